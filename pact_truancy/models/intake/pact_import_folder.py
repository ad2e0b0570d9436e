import logging
import os
import re
import stat
import time
from contextlib import closing, contextmanager, suppress

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import config

from .pact_import_queue import RACES

_logger = logging.getLogger(__name__)

# Where the watched folders lie: an option of the server's configuration file, so that
# no administrator of a database chooses what the server reads.
OPTION = "pact_import_folder"
# Names that transfer programs give to a file while it is not complete.
UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload", "~")
MAX_FILES = 50
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def opened(name, at=None, flags=DIRECTORY):
    """Open `name` in the directory `at`, never following a link; yields the number."""
    number = os.open(name, flags, dir_fd=at)
    try:
        yield number
    finally:
        os.close(number)


def identity(status):
    """Return what tells a file from any other that had or gets its name."""
    return f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"


class PactImportProfile(models.Model):
    """The watched folder: `<configured folder>/<database>/<profile's folder>`.

    A file stays where the transfer put it until its import is decided, and is then
    moved to `done` or `refused` beside it, after the transaction that decided it. So a
    worker may be killed at any moment: the next look finds the file or its job.
    """

    _inherit = "pact.import.profile"

    @api.model
    def _cron_fetch(self):
        """Look into all watched folders, and see what did not come in time."""
        cron = self.env["ir.cron"]
        profiles = self.search([("is_unattended", "=", True)])
        watching = profiles.filtered("folder")
        cron._commit_progress(remaining=len(watching) + 1)
        for profile in watching:
            if profile.try_lock_for_update(allow_referencing=True):
                try:
                    for _job in profile._fetch():
                        # each file is taken in for good before the next is looked at
                        cron._commit_progress()
                except (OSError, *RACES):
                    # one folder that cannot be read must not stop the others
                    self.env.cr.rollback()
                    _logger.exception("Profile %s: its folder", profile.id)
            if not cron._commit_progress(1):
                return
        profiles._expect_files()
        cron._commit_progress(1)

    def action_fetch(self):
        """Look into the folder now, and say how many files were taken in."""
        self.ensure_one()
        self.check_access("write")
        self._check_administrator({"folder": True})
        if not self._base_folder():
            raise UserError(
                self.env._(
                    "The server has no folder for files yet. Its administrator sets "
                    "%(option)s in the server's configuration.",
                    option=OPTION,
                )
            )
        # sudo: takes files in with the reach of the profile
        profile_sudo = self.sudo()
        with profile_sudo._opened_folder() as folder:
            found = folder is not None
        if not found:
            raise UserError(
                self.env._(
                    "There is no folder %(name)s on the server yet. The server's "
                    "administrator makes it, in the folder of this database.",
                    name=self.folder,
                )
            )
        count = len([job for job in profile_sudo._fetch() if job])
        if count:
            text = self.env._(
                "Files taken in: %(count)s. They are worked on in the background; "
                "'Attendance, Files' says how they fared.",
                count=count,
            )
        else:
            text = self.env._(
                "There is no new file. One that just came is taken in when nobody has "
                "written to it for a while."
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if count else "info",
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _base_folder(self):
        return os.environ.get("PACT_IMPORT_FOLDER") or config.get(OPTION)

    @contextmanager
    def _opened_folder(self):
        """Open the profile's folder, with no link on the way to it; yields None where
        there is none."""
        base = self._base_folder()
        if not (base and self.folder and self.is_unattended):
            yield None
            return
        follow = DIRECTORY & ~os.O_NOFOLLOW  # the server's administrator chose it
        try:
            with (
                opened(base, flags=follow) as top,
                opened(self.env.cr.dbname, top) as database,
                opened(self.folder, database) as folder,
            ):
                yield folder
        except (FileNotFoundError, NotADirectoryError) as problem:
            # a link where a folder should be answers like no folder
            _logger.warning("Profile %s: no folder %s", self.id, problem.filename)
            yield None

    def _fetch(self):
        """Put away what is decided; take in what lies complete in the folder. Yields
        the job of each file, so that the caller may commit."""
        self.ensure_one()
        with self._opened_folder() as folder:
            if folder is None:
                return
            self._put_away(folder)
            for name in sorted(self._complete_files(folder))[:MAX_FILES]:
                yield self._fetch_file(folder, name)

    def _complete_files(self, folder):
        """Yield the names of plain files of this profile that nobody writes any more:
        unchanged for as long as the setting says."""
        parameter = self.env["ir.config_parameter"].sudo().get_param
        quiet = int(parameter("pact_truancy.import_quiet_seconds", 60))
        waiting = self._waiting_entries()
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if (
                    name.startswith(".")
                    or name.lower().endswith(UNFINISHED)
                    or not self._takes(name)
                ):
                    continue
                status = entry.stat(follow_symlinks=False)
                # one name only: a second one could be a file of somebody else's
                if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                    continue
                # a transfer may set the time of the content, never that of a change
                changed = max(status.st_mtime, status.st_ctime)
                if time.time() - changed < quiet:
                    continue
                if f"{name}:{identity(status)}" not in waiting:
                    yield name

    def _waiting_entries(self):
        jobs = self.env["pact.import.job"].search(
            [("profile_id", "=", self.id), ("folder_entry", "!=", False)]
        )
        return set(jobs.mapped("folder_entry"))

    def _fetch_file(self, folder, name):
        """Read the file and queue it; returns its job, or None when the file is not
        what it was."""
        try:
            number = os.open(
                name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder
            )
        except OSError:
            return None  # gone, or a link by now
        with closing(os.fdopen(number, "rb")) as stream:
            before = os.fstat(number)
            if not stat.S_ISREG(before.st_mode) or before.st_nlink != 1:
                return None
            entry = f"{name}:{identity(before)}"
            if before.st_size > self._max_bytes():
                return self._receive_too_large(name, before.st_size, entry)
            content = stream.read(self._max_bytes() + 1)
            if identity(os.fstat(number)) != identity(before):
                return None  # still written after all
        return self._receive(name, content, "folder", entry)

    def _receive_too_large(self, name, size, entry):
        job = self.env["pact.import.job"].create(
            {
                "kind": self.kind,
                "source_id": self.source_id.id,
                "profile_id": self.id,
                "school_ids": [(6, 0, self.school_ids.ids)],
                "file_name": name,
                "unattended": True,
                "responsible_id": self.user_id.id,
                "arrived_by": "folder",
                "arrival_day": self._counted_day(),
                "folder_entry": entry,
            }
        )
        self._note_file(name, "")
        job._settle(
            "refused",
            self.env._(
                "The file has %(size)s MB, more than the %(limit)s MB that are taken.",
                size=size // 2**20,
                limit=self._max_bytes() // 2**20,
            ),
        )
        return job

    def _put_away(self, folder):
        """Move the files whose imports are decided to `done` or `refused`."""
        jobs = self.env["pact.import.job"].search(
            [
                ("profile_id", "=", self.id),
                ("folder_entry", "!=", False),
                ("run_state", "in", ("done", "stopped", "refused")),
            ]
        )
        for job in jobs:
            place = "refused" if job.run_state == "refused" else "done"
            name, inode, size, modified = job.folder_entry.rsplit(":", 3)
            try:
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if identity(status) == f"{inode}:{size}:{modified}":
                    self._move(folder, name, place, job.id)
            except FileNotFoundError:
                _logger.debug("%s was moved already, by somebody", name)
            except OSError:
                _logger.exception("Profile %s: %s was not put away", self.id, name)
                continue
            job.folder_entry = False

    @api.model
    def _move(self, folder, name, place, number):
        with suppress(FileExistsError):
            os.mkdir(place, 0o700, dir_fd=folder)
        kept = re.sub(r"[^\w.-]", "_", name)
        with opened(place, folder) as target:
            os.rename(name, f"{number}-{kept}", src_dir_fd=folder, dst_dir_fd=target)


class PactImportJob(models.Model):
    _inherit = "pact.import.job"

    folder_entry = fields.Char(
        readonly=True,
        copy=False,
        help="The file in its folder, until it is put away.",
    )
