from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get

WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]
# A file that comes so long before the hour is that day's, not the last one's again.
LEAD = timedelta(hours=12)
# How far back is looked when the server stood still.
LOOK_BACK = 7


class PactImportProfile(models.Model):
    """When a file is expected, asked on the calendars of the profile's schools."""

    _inherit = "pact.import.profile"

    expect = fields.Selection(
        [
            ("none", "Whenever it comes"),
            ("same", "On each school day"),
            ("next", "On the day after each school day"),
            ("weekly", "Once a week"),
        ],
        string="Expected",
        default="none",
        required=True,
    )
    expect_time = fields.Float(string="Until", default=6.0)
    expect_weekday = fields.Selection(WEEKDAYS, string="On", default="0")
    expected_since = fields.Date(readonly=True, copy=False)
    tz = fields.Selection(
        _tz_get, string="Time Zone", default=lambda s: s.env["pact.clock"]._office_tz()
    )
    run_status = fields.Selection(
        [
            ("new", "No File Yet"),
            ("ok", "Good"),
            ("busy", "Running"),
            ("late", "Late"),
            ("stopped", "Needs a Person"),
        ],
        string="Status",
        compute="_compute_run_status",
        search="_search_run_status",
    )
    next_expected = fields.Datetime(compute="_compute_next_expected")
    task_text = fields.Text(string="To Do", compute="_compute_run_status")

    _time_of_day = models.Constraint(
        "CHECK (expect_time >= 0 AND expect_time < 24)",
        "The time lies between 0:00 and 23:59.",
    )

    @api.depends("day_ids.state", "last_file_on")
    def _compute_run_status(self):
        open_days = self.env["pact.import.day"].search(
            [("profile_id", "in", self.ids), ("state", "!=", "ok")], order="date"
        )
        jobs = self.env["pact.import.job"].sudo()
        # sudo: whether something waits, no more; the files themselves are not shown
        busy = {
            profile.id
            for (profile,) in jobs._read_group(
                [
                    ("profile_id", "in", self.ids),
                    ("unattended", "=", True),
                    ("run_state", "in", ("queued", "running")),
                ],
                ["profile_id"],
            )
        }
        by_profile = open_days.grouped("profile_id")
        for profile in self:
            days = by_profile.get(profile._origin, open_days.browse())
            states = set(days.mapped("state"))
            # what several days have in common is said once
            texts = [text for day in days for text in (day._summary(), day.note)]
            profile.task_text = "\n".join(dict.fromkeys(filter(None, texts)))
            if states - {"late", "missing"}:
                profile.run_status = "stopped"
            elif states:
                profile.run_status = "late"
            elif profile.id in busy:
                profile.run_status = "busy"
            else:
                profile.run_status = "ok" if profile.last_file_on else "new"

    @api.model
    def _search_run_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        profiles = self.search([("is_unattended", "=", True)])
        found = profiles.filtered(lambda profile: profile.run_status in value)
        return [("id", "in", found.ids)]

    @api.depends(
        "expect", "expect_time", "expect_weekday", "tz", "school_ids", "is_unattended"
    )
    def _compute_next_expected(self):
        for profile in self:
            profile.next_expected = False
            if profile.is_unattended:
                profile.next_expected = profile._next_deadline()

    @api.model_create_multi
    def create(self, vals_list):
        profiles = super().create(vals_list)
        profiles.filtered("is_unattended")._expect_from_today()
        return profiles

    def write(self, vals):
        result = super().write(vals)
        if vals.get("is_unattended") or {"expect", "expect_time"} & vals.keys():
            self.filtered("is_unattended")._expect_from_today()
        return result

    def _expect_from_today(self):
        """Files are expected from now on, not for the days before."""
        for profile in self:
            profile.sudo().expected_since = profile._local_now().date()

    # the day ----------------------------------------------------------------------

    def _local_now(self):
        """Return the profile's local time (naive) on the day of the program."""
        zone = pytz.timezone(self.tz or self.env["pact.clock"]._office_tz())
        now = pytz.utc.localize(fields.Datetime.now()).astimezone(zone)
        day = self.env["pact.clock"]._today(zone.zone)
        return datetime.combine(day, now.time())

    def _deadline(self, day):
        """Return the local time (naive) until which the file of `day` is expected."""
        minutes = round(self.expect_time * 60)
        return datetime.combine(day, time(minutes // 60 % 24, minutes % 60))

    def _due_days(self, first, last):
        """Return the days from `first` to `last` on which a file is expected: none on
        holidays, none in a week without school."""
        self.ensure_one()
        if self.expect == "none" or not self.school_ids:
            return []
        school_days = set()
        for calendar in self.school_ids.calendar_id:
            school_days.update(
                calendar._school_days(first - timedelta(days=LOOK_BACK), last)
            )
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        if self.expect == "same":
            return [day for day in days if day in school_days]
        if self.expect == "next":
            return [day for day in days if day - timedelta(days=1) in school_days]
        return [
            day
            for day in days
            if str(day.weekday()) == self.expect_weekday
            and any(day - timedelta(days=n) in school_days for n in range(LOOK_BACK))
        ]

    def _next_deadline(self):
        """Return the next deadline as UTC (naive), or False: none within 60 days."""
        now = self._local_now()
        for day in self._due_days(now.date(), now.date() + timedelta(days=60)):
            if self._deadline(day) > now:
                zone = pytz.timezone(self.tz or "UTC")
                local = zone.localize(self._deadline(day))
                return local.astimezone(pytz.utc).replace(tzinfo=None)
        return False

    def _counted_day(self):
        """Return the day whose file a file that comes now is: one that is late, else
        one that is due in the next hours, else today's."""
        now = self._local_now()
        late = self.env["pact.import.day"].search(
            [
                ("profile_id", "=", self.id),
                ("state", "in", ("late", "missing")),
                ("date", ">=", now.date() - timedelta(days=LOOK_BACK)),
            ],
            limit=1,
        )
        if late:
            return late.date
        today = now.date()
        for day in self._due_days(today, today + timedelta(days=1)):
            if now <= self._deadline(day) <= now + LEAD:
                return day
        return today

    # what did not come ------------------------------------------------------------

    def _expect_files(self):
        """Make a task of each file that should have come and did not."""
        for profile in self.filtered(lambda p: p.expect != "none"):
            profile._expect_file(profile._local_now())

    def _expect_file(self, now):
        """:param now: local time of the profile (naive)"""
        self.ensure_one()
        today = now.date()
        since = max(self.expected_since or today, today - timedelta(days=LOOK_BACK))
        due = [d for d in self._due_days(since, today) if self._deadline(d) <= now]
        known = {
            row.date: row
            for row in self.env["pact.import.day"].search(
                [("profile_id", "=", self.id), ("date", ">=", since)]
            )
        }
        came = {
            day
            for (day,) in self.env["pact.import.job"]._read_group(
                [
                    ("profile_id", "=", self.id),
                    ("unattended", "=", True),
                    ("arrival_day", "in", due),
                ],
                ["arrival_day:day"],
            )
        }
        for day in due:
            state = "late" if day == today else "missing"
            row = known.get(day)
            if row and (row.state != "late" or state == "late"):
                continue
            if not row and day in came:
                continue
            self.env["pact.import.day"]._note(
                self,
                day,
                state,
                self.env._(
                    "Nothing came until %(time)s. See whether the information system "
                    "sent it, and whether the transfer ran.",
                    time=self._deadline(day).strftime("%H:%M"),
                ),
            )

    def _arrived_again(self, job):
        """The last file came once more: its day is in."""
        day = self._counted_day()
        known = self.env["pact.import.day"].search(
            [("profile_id", "=", self.id), ("date", "=", day)]
        )
        if known.state in (False, "late", "missing"):
            self.env["pact.import.day"]._note(self, day, "ok")
