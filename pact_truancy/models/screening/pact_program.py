import time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class PactProgram(models.Model):
    _inherit = "pact.program"

    flag_count = fields.Integer(compute="_compute_flag_count", string="Open Flags")
    screening_ids = fields.One2many(
        "pact.screening", "program_id", string="Last Screenings"
    )
    without_calendar = fields.Char(
        compute="_compute_without_calendar", string="Schools without a Calendar"
    )

    def _compute_flag_count(self):
        # sudo: administrators see how many, not whom
        counts = dict(
            self.env["pact.flag"]
            .sudo()
            ._read_group(
                [("program_id", "in", self.ids), ("state", "=", "open")],
                ["program_id"],
                ["__count"],
            )
        )
        for program in self:
            program.flag_count = counts.get(program, 0)

    def _compute_without_calendar(self):
        """Warn of schools whose students cannot be counted, before a screening does."""
        day = self.env["pact.clock"]._today()
        for program in self:
            bare = self._bare(program._schools(day))
            program.without_calendar = ", ".join(bare.mapped("name")) or False

    @api.model
    def _bare(self, schools):
        """Return those of `schools` that have no calendar with a school day."""
        rows = self.env["pact.school.day"]._read_group(
            [
                ("is_school_day", "=", True),
                ("calendar_id", "in", schools.calendar_id.ids),
            ],
            ["calendar_id"],
        )
        return schools.filtered(lambda school: (school.calendar_id,) not in rows)

    def _check_may_screen(self):
        """Screening is for those who decide on flags, and for administrators, who then
        see its counts alone."""
        if not self.env.user.has_group("pact_truancy.group_pact_administrator"):
            self.env["pact.flag"].check_access("write")

    def action_screen(self):
        """Run the rules for today; say what was found and show the open flags."""
        self._check_may_screen()
        day = self.env["pact.clock"]._today()
        runs = self.env["pact.screening"]
        for program in self:
            runs |= program._screen(day, program._touched_today(day))
        action = {"type": "ir.actions.act_window_close"}
        if self.env["pact.flag"].has_access("read"):
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "pact_truancy.pact_flag_action"
            )
            action["target"] = "main"
        warnings = runs.filtered("without_calendar")
        message = runs._in_words()
        if warnings:
            message = self.env._(
                "%(found)s These schools have no calendar, so their students could not "
                "be counted: %(schools)s.",
                found=message,
                schools=", ".join(warnings.mapped("without_calendar")),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if warnings else "success",
                "sticky": bool(warnings),
                "message": message,
                "next": action,
            },
        }

    def action_open_flags(self):
        """Show the open flags of the program, to those who may see flags."""
        self.env["pact.flag"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pact_truancy.pact_flag_action"
        )
        action["context"] = {
            "search_default_open": 1,
            "search_default_program_id": self.id,
        }
        return action

    def _flag_steps(self):
        """Return the steps that are entered by a flag and say when, those beside the
        ladder included."""
        self.ensure_one()
        return self.step_ids.filtered(
            lambda step: step.entry in ("flag", "notice") and step.criterion_ids
        )

    @api.model
    def _cron_screen(self):
        """Screen every active program for today; one program a commit."""
        programs = self.search([])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(programs))
        for program in programs:
            day = self.env["pact.clock"]._today()
            program._screen(day, program._touched_today(day))
            if not cron._commit_progress(1):
                break

    def _screen(self, day, students=None):
        """Find the students who meet the criteria of a step that is entered by a flag.

        Idempotent: the same facts for the same day change nothing. Two at once: the
        second waits and then finds nothing new. A student with an open case in the
        program is already known. A dismissed flag comes again only with a later
        absence or a worse number.

        Flags are made for all students of the program's schools, whoever starts the
        run: a number does not depend on who asks.

        :param students: only these `pact.student`: those whose facts changed since a
            full run of the same day. Windows move with the day, so the first run of a
            day is one of all (None).
        :return: `pact.screening` record
        """
        self.ensure_one()
        started = time.monotonic()
        if day != self.env["pact.clock"]._today():
            raise UserError(
                self.env._("Screening is for today. Any other day is a preview.")
            )
        self.env.cr.execute(
            "SELECT pg_advisory_xact_lock(hashtext('pact_screen'), %s)", (self.id,)
        )
        # sudo: see above
        program_sudo = self.sudo()
        domain = self._student_domain(day)
        if students is not None:
            domain &= Domain("id", "in", students.ids)
        steps = program_sudo._flag_steps()
        bare = self._bare(self._schools(day))
        run_sudo = (
            self.env["pact.screening"]
            .sudo()
            .create(
                {
                    "program_id": self.id,
                    "day": day,
                    "is_full": students is None,
                    "moment": self.env["pact.touched"]._moment(),
                    "basis": program_sudo._basis(day),
                    "rule": "\n".join(steps.criterion_ids.mapped("sentence")),
                    "student_count": self.env["pact.student"]
                    .sudo()
                    .search_count(domain),
                    "without_calendar": ", ".join(bare.mapped("name")) or False,
                }
            )
        )
        starts = program_sudo._starts(domain, day)
        counts = {"new": 0, "kept": 0, "gone": 0}
        found = program_sudo._found(domain, day, steps, starts)
        for step in steps:
            changes = run_sudo.env["pact.flag"]._record(
                run_sudo, step, found[step], starts, students
            )
            for key, number in changes.items():
                counts[key] += number
        program_sudo._watch_cases(day, students)
        run_sudo.write(
            {
                **{f"{key}_count": number for key, number in counts.items()},
                "seconds": time.monotonic() - started,
            }
        )
        return run_sudo

    def _found(self, students, day, steps, starts, groups=None):
        """Return {step: {student id: criteria of the first group that all hold}} as of
        `day`: see `_find`. Of a statutory step only students within the ages.

        :param groups: {step: list of groups of criteria} instead of the steps' own
        """
        groups = groups or {step: step._criterion_groups() for step in steps}
        found = self._find(students, day, groups, starts)
        statutory = steps.filtered("is_statutory")
        ids = set().union(*(found[step] for step in statutory))
        if ids:
            outside = self.env["pact.student"]._search(
                Domain("id", "in", list(ids)) & ~self._age_domain(day)
            )
            for student_id in outside:
                for step in statutory:
                    found[step].pop(student_id, None)
        return found

    def _watch_cases(self, day, students=None):
        """Every screening watches the open cases too, also after a hearing: whether a
        correction took away what they rest on, who outgrows the ages, and what is
        recommended for each (R53-17), by a number of queries that does not grow with
        the cases.

        :param students: only theirs; None: all
        """
        self.ensure_one()
        domain = Domain("program_id", "=", self.id) & Domain("is_open", "=", True)
        if students is not None:
            domain &= Domain("student_id", "in", students.ids)
        cases = self.env["pact.case"].search(domain)
        cases._review_corrections()
        cases._tell_ages(day)
        cases._refresh_advice(day)
