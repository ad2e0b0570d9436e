import base64
import hashlib
import hmac
import re
import secrets
from fnmatch import fnmatchcase

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

# What only the administrator of the app sets.
UNATTENDED_FIELDS = {
    "is_unattended", "school_ids", "file_pattern", "folder", "accepts_upload",
    "upload_ref", "upload_key_hash", "reject_limit", "covers_all", "expect",
    "expect_time", "expect_weekday", "expected_since", "tz", "user_id",
    "last_file_name", "last_file_on", "last_result", "run_status",
}  # fmt: skip
FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# no path, no control character, and nothing that is no text: a folder holds any bytes
FILE_NAME = re.compile(r"[^\x00-\x1f/\\\ud800-\udfff]{1,120}")


class PactImportProfile(models.Model):
    """A profile whose files come by themselves.

    Such a run is bound by the profile's schools and source, whoever runs it: what lies
    outside is answered like what does not exist.
    """

    _inherit = "pact.import.profile"

    is_unattended = fields.Boolean(string="Runs Unattended", copy=False)
    school_ids = fields.Many2many(
        "pact.school",
        string="Schools",
        help="Only rows of these schools are taken; others are rejected as unknown.",
    )
    covers_all = fields.Boolean(
        string="A School without a Row Had No Absence",
        help="Otherwise such a school counts as not received, and somebody is asked.",
    )
    file_pattern = fields.Char(
        default="*",
        help="The names of the files, with * for any characters: absences_*.csv",
    )
    folder = fields.Char(
        string="Watched Folder",
        copy=False,
        help="The name of a folder below the one that the server's administrator set; "
        "letters, digits, - and _ only.",
    )
    accepts_upload = fields.Boolean(string="Authenticated Upload", copy=False)
    upload_ref = fields.Char(readonly=True, copy=False)
    upload_url = fields.Char(compute="_compute_upload_url", string="Address")
    upload_key_hash = fields.Char(copy=False, groups=NO_ACCESS)
    upload_key_on = fields.Datetime(string="Key Made On", readonly=True, copy=False)
    reject_limit = fields.Integer(
        string="Stop above Rejected Rows (%)",
        default=5,
        help="If more than this share of the rows is rejected, nothing is applied "
        "until a person has looked.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        ondelete="restrict",
        domain="[('share', '=', False)]",
        help="Gets the task when a file is late, empty or refused. Otherwise it goes "
        "to a coordinator of the schools, or to an administrator.",
    )
    last_file_name = fields.Char(string="Last File", readonly=True, copy=False)
    last_file_on = fields.Datetime(string="Came On", readonly=True, copy=False)
    last_result = fields.Char(string="Result", readonly=True, copy=False)

    _folder_once = models.UniqueIndex(
        "(folder) WHERE folder IS NOT NULL", "Another profile watches this folder."
    )
    _ref_once = models.UniqueIndex("(upload_ref) WHERE upload_ref IS NOT NULL")
    _limit_percent = models.Constraint(
        "CHECK (reject_limit BETWEEN 0 AND 100)", "A share is 0 to 100 %."
    )

    @api.depends("upload_ref", "accepts_upload")
    def _compute_upload_url(self):
        for profile in self:
            profile.upload_url = bool(profile.upload_ref) and (
                f"{profile.get_base_url()}/pact/import/upload/{profile.upload_ref}"
            )

    @api.constrains("folder")
    def _check_folder(self):
        for profile in self:
            name = profile.folder
            if name and (
                not FOLDER_NAME.fullmatch(name) or name in ("done", "refused")
            ):
                raise ValidationError(
                    self.env._(
                        "%(name)s cannot be the name of a watched folder. Give one "
                        "name of letters, digits, - and _; the server's administrator "
                        "says where it lies.",
                        name=name,
                    )
                )

    @api.constrains(
        "is_unattended", "school_ids", "folder", "accepts_upload", "mode", "kind"
    )
    def _check_unattended(self):
        for profile in self.filtered("is_unattended"):
            if not profile.school_ids:
                raise ValidationError(
                    self.env._("Say of which schools the unattended files speak.")
                )
            if not (profile.folder or profile.accepts_upload):
                raise ValidationError(
                    self.env._("Say how the files come: a watched folder or an upload.")
                )
            if profile.kind == "attendance" and not profile.mode:
                raise ValidationError(
                    self.env._(
                        "Say whether a file replaces what was sent for its schools and "
                        "dates, or adds to it."
                    )
                )

    @api.constrains("user_id")
    def _check_user(self):
        for profile in self.filtered("user_id"):
            if not profile.with_user(profile.user_id).has_access("read"):
                raise ValidationError(
                    self.env._(
                        "%(user)s has no part in imports and cannot be responsible.",
                        user=profile.user_id.name,
                    )
                )

    # rights -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # what is empty is as if it was not said
            self._check_administrator({n: value for n, value in vals.items() if value})
        return super().create(vals_list)

    def write(self, vals):
        self._check_administrator(vals)
        # whose files these are, and whether they are looked for at all
        if {"source_id", "kind", "active"} & vals.keys():
            if any(self.mapped("is_unattended")):
                self._check_administrator({"is_unattended": True})
        return super().write(vals)

    @api.model
    def _check_administrator(self, vals):
        """Refuse to let anybody but an administrator of the app set how files come."""
        names = UNATTENDED_FIELDS & vals.keys()
        if not (any(self.mapped("is_unattended")) or vals.get("is_unattended")):
            # of a profile that people use, the schools are a proposal
            names -= {"school_ids"}
        if (
            names
            and not self.env.su
            and not self.env.user.has_group("pact_truancy.group_pact_administrator")
        ):
            raise AccessError(
                self.env._(
                    "How files come by themselves is set by an administrator of the "
                    "app."
                )
            )

    # the upload's key -------------------------------------------------------------

    def action_new_key(self):
        """Make a new key for the upload and show it, this once. The old one is void."""
        self.ensure_one()
        self.check_access("write")
        self._check_administrator({"upload_key_hash": True})
        key = secrets.token_urlsafe(32)
        # sudo: nobody reads the hash
        self.sudo().write(
            {
                "upload_ref": self.upload_ref or secrets.token_urlsafe(12),
                "upload_key_hash": self._hash(key),
                "upload_key_on": fields.Datetime.now(),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Key for %(profile)s", profile=self.name),
            "res_model": "pact.import.key",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_key": key, "default_url": self.upload_url},
        }

    @api.model
    def _hash(self, key):
        # the key is 256 random bits: nothing to guess, so no slow hash is needed
        return hashlib.sha256(key.encode()).hexdigest()

    @api.model
    def _by_key(self, ref, key):
        """Return the profile with this reference and key, or an empty record. Takes as
        long for a reference that does not exist."""
        # a reference is printed letters; the database takes no zero byte in a text
        known = ref.isprintable() and [("upload_ref", "=", ref)]
        profile = self.search(known or [("id", "=", False)], limit=1)
        held = profile.upload_key_hash or "0" * 64
        return (
            profile
            if hmac.compare_digest(held, self._hash(key)) and profile
            else self.browse()
        )

    # a file came ------------------------------------------------------------------

    @api.model
    def _max_bytes(self):
        """Return the bytes that a file may have, whichever way it came."""
        parameter = self.env["ir.config_parameter"].sudo().get_param
        return int(parameter("pact_truancy.import_max_mb", 128)) * 2**20

    def _takes(self, name):
        """Return whether files of this name are the profile's."""
        return bool(FILE_NAME.fullmatch(name)) and any(
            fnmatchcase(name.casefold(), pattern.strip().casefold())
            for pattern in (self.file_pattern or "*").split(",")
        )

    def _receive(self, name, content, by, entry=False):
        """Take a file in: queue it, once.

        The same content is one import as long as it waits, or is the last that was
        applied; what was refused may come again.

        :param content: bytes
        :param by: 'folder' or 'upload'
        :param entry: what tells the file in its folder from any other of its name
        :return: its job, a new one or the one that has it already
        """
        self.ensure_one()
        # Whoever comes second of two at once fails here with a serialization error, is
        # repeated, and finds the first one's job.
        self.env.cr.execute(
            SQL(
                "UPDATE pact_import_profile SET last_file_on = %s WHERE id = %s",
                fields.Datetime.now(),
                self.id,
            )
        )
        self.invalidate_recordset(["last_file_on"])
        jobs = self.env["pact.import.job"]
        digest = hashlib.sha256(content).hexdigest()
        mine = [("profile_id", "=", self.id), ("unattended", "=", True)]
        twin = jobs.search(
            [
                *mine,
                ("sha256", "=", digest),
                ("run_state", "in", ("queued", "running", "stopped")),
            ],
            limit=1,
        )
        # by whomever: a person may have brought the late file by hand
        last = jobs.search(
            [("profile_id", "=", self.id), ("state", "=", "applied")],
            order="applied_on desc, id desc",
            limit=1,
        )
        # who brought it for one school of several did not bring it for the others
        whole = last.unattended or self.school_ids <= last.school_ids
        if not twin and last.sha256 == digest and whole:
            twin = last
            self._note_file(name, self.env._("The same file as the last one."))
            self._arrived_again(last)
        if twin:
            if entry:
                twin.folder_entry = entry
            return twin
        job = jobs.create(
            {
                "kind": self.kind,
                "source_id": self.source_id.id,
                "profile_id": self.id,
                "school_ids": [(6, 0, self.school_ids.ids)],
                "file": base64.b64encode(content),
                "file_name": name,
                "sha256": digest,
                "unattended": True,
                "responsible_id": self.user_id.id,
                "arrived_by": by,
                "arrival_day": self._counted_day(),
                "folder_entry": entry,
                "run_state": "queued",
                "run_step": "read",
                "run_until": "apply",
                "is_empty": not content.strip(),
            }
        )
        self._note_file(name, self.env._("Waiting for its turn."))
        if job.is_empty:
            job._settle("refused", self.env._("The file is empty."))
        else:
            jobs._wake()
        return job

    def _note_file(self, name, result):
        self.write(
            {
                "last_file_name": name,
                "last_file_on": fields.Datetime.now(),
                "last_result": result,
            }
        )
