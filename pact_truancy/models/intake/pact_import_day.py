from odoo import api, fields, models

from ..facts.words import short_date

STATES = [
    ("ok", "Came"),
    ("late", "Late"),
    ("missing", "Missing"),
    ("empty", "Empty"),
    ("refused", "Refused"),
    ("stopped", "Waits for a Person"),
    ("partial", "Schools Missing"),
    ("rejected", "Rejected Rows"),
]


class PactImportDay(models.Model):
    """What came by an unattended profile for one day; the task that it makes where that
    is not a good file. One a profile and day, so one task. No child's data."""

    _name = "pact.import.day"
    _description = "Files of a Day"
    _order = "date desc, profile_id"
    _rec_name = "date"

    profile_id = fields.Many2one(
        "pact.import.profile", required=True, readonly=True, ondelete="cascade"
    )
    date = fields.Date(required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    note = fields.Text(readonly=True)
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null")
    had_task = fields.Boolean(readonly=True)

    _once = models.UniqueIndex("(profile_id, date)", "This day is there already.")

    @api.model
    def _note(self, profile, date, state, note=""):
        """Keep what is known of a day; open, change or close its task."""
        self.env.cr.execute(
            """INSERT INTO pact_import_day (profile_id, date, state, create_uid,
                      create_date, write_uid, write_date)
               VALUES (%(profile)s, %(date)s, %(state)s, %(uid)s,
                       now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC')
                   ON CONFLICT (profile_id, date) DO UPDATE SET state = %(state)s""",
            {
                "profile": profile.id,
                "date": date,
                "state": state,
                "uid": self.env.uid,
            },
        )
        self.invalidate_model()
        day = self.search([("profile_id", "=", profile.id), ("date", "=", date)])
        day.write({"state": state, "note": note})
        day._keep_task()
        return day

    def _keep_task(self):
        """One task while the day is not good; a person who ticked it off is not asked
        again for that day."""
        self.ensure_one()
        if self.state == "ok":
            self.activity_id.unlink()
            self.had_task = False
            return
        summary = self._summary()
        if self.activity_id:
            self.activity_id.write({"summary": summary, "note": self.note})
        elif not self.had_task:
            profile = self.profile_id
            self.activity_id = profile.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.date,
                summary=summary,
                note=self.note,
                user_id=profile._task_user().id,
            )
            self.had_task = True

    def _summary(self):
        texts = {
            "late": self.env._("The file of %(date)s did not come in time."),
            "missing": self.env._("The file of %(date)s is missing."),
            "empty": self.env._("The file of %(date)s is empty."),
            "refused": self.env._("The file of %(date)s cannot be read."),
            "stopped": self.env._("The file of %(date)s waits for a person."),
            "partial": self.env._("The file of %(date)s leaves out schools."),
            "rejected": self.env._("Rows of the file of %(date)s are rejected."),
        }
        return texts[self.state] % {"date": short_date(self.env, self.date)}


class PactImportProfile(models.Model):
    _inherit = "pact.import.profile"

    day_ids = fields.One2many("pact.import.day", "profile_id", readonly=True)

    def _task_user(self):
        """Return whose task a problem of this profile is: the responsible person's,
        else a coordinator's of all its schools, else an administrator's."""
        self.ensure_one()
        now = fields.Datetime.now()
        candidates = self.user_id
        access = self.env["pact.access"]._read_group(
            [
                ("school_id", "in", self.school_ids.ids),
                ("role", "=", "coordinator"),
                ("valid_from", "<=", now),
                ("valid_to", ">", now),
            ],
            ["user_id"],
            ["school_id:count_distinct"],
            order="user_id",
        )
        for user, schools in access:
            if schools == len(self.school_ids):
                candidates |= user
        group = self.env.ref("pact_truancy.group_pact_administrator")
        candidates |= group.all_user_ids.filtered(lambda u: not u.share).sorted(
            lambda user: (user._is_superuser(), user.id)
        )
        for user in candidates:
            if user.active and self.with_user(user).has_access("read"):
                return user
        return self.env.user

    def _review(self, day):
        """Say anew what is known of `day`, from the imports of its files."""
        self.ensure_one()
        jobs = self.env["pact.import.job"].search(
            [
                ("profile_id", "=", self.id),
                ("unattended", "=", True),
                ("arrival_day", "=", day),
            ],
            order="id",
        )
        if not jobs or jobs[-1].run_state in ("queued", "running"):
            return
        state, note = self._judge(jobs)
        self.env["pact.import.day"]._note(self, day, state, note)
        if jobs[-1].run_state == "done":
            self._close_earlier(jobs[-1], day)

    def _judge(self, jobs):
        """Return (state, note) of a day with these imports, in the order they came."""
        stopped = jobs.filtered(lambda job: job.run_state == "stopped")
        if stopped:
            return "stopped", stopped[-1].run_note
        last = jobs[-1]
        if last.run_state == "refused":
            return "empty" if last.is_empty else "refused", last.run_note
        done = jobs.filtered(lambda job: job.run_state == "done")
        rejected = self.env["pact.import.row"].search_count(
            [("job_id", "in", done.ids), ("decision", "=", "open")]
        )
        if last.missing_school_ids:
            names = ", ".join(last.missing_school_ids.mapped("name"))
            return "partial", self.env._("No row of: %(schools)s.", schools=names)
        if rejected:
            return "rejected", self.env._(
                "%(count)s rejected rows wait for a decision.", count=rejected
            )
        return "ok", ""

    def _close_earlier(self, job, day):
        """A good file closes the tasks of earlier days that it makes up for: those
        whose attendance it covers, or any, for files that always hold everything."""
        earlier = self.env["pact.import.day"].search(
            [
                ("profile_id", "=", self.id),
                ("date", "<", day),
                ("state", "in", ("late", "missing", "empty", "refused")),
            ]
        )
        for row in earlier:
            # the file of a day may speak of the day before
            if job.kind != "attendance" or job.date_from and job.date_from < row.date:
                self.env["pact.import.day"]._note(self, row.date, "ok")
