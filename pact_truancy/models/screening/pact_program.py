import time

from odoo import api, fields, models
from odoo.exceptions import UserError


class PactProgram(models.Model):
    _inherit = "pact.program"

    flag_count = fields.Integer(compute="_compute_flag_count", string="Open Flags")
    screening_ids = fields.One2many("pact.screening", "program_id")

    def _compute_flag_count(self):
        counts = dict(
            self.env["pact.flag"]._read_group(
                [("program_id", "in", self.ids), ("state", "=", "open")],
                ["program_id"],
                ["__count"],
            )
        )
        for program in self:
            program.flag_count = counts.get(program, 0)

    def action_screen(self):
        """Run the rules for today, and show the open flags."""
        self.env["pact.flag"].check_access("write")
        for program in self:
            program._screen(self.env["pact.clock"]._today())
        return self.env["ir.actions.act_window"]._for_xml_id(
            "pact_truancy.pact_flag_action"
        )

    @api.model
    def _cron_screen(self):
        """Screen every active program for today; one program a commit."""
        programs = self.search([])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(programs))
        for program in programs:
            program._screen(self.env["pact.clock"]._today())
            if not cron._commit_progress(1):
                break

    def _screen(self, day):
        """Find the students who meet the criteria of a step that is entered by a flag.

        Idempotent: the same facts for the same day change nothing. Two at once: the
        second waits and then finds nothing new. A student with an open case in the
        program is already known. A dismissed flag comes again only with a later
        absence or a higher count.

        Flags are made for all students of the program's schools, whoever starts the
        run: a number does not depend on who asks.

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
        Flag_sudo = self.env["pact.flag"].sudo()
        students = self.env["pact.student"].sudo().search(self._student_domain(day))
        counts = {"new": 0, "kept": 0, "gone": 0}
        rules = []
        for step in program_sudo.step_ids.filtered(
            lambda step: step.entry == "flag" and step.criterion_ids
        ):
            rules += step.criterion_ids.mapped("sentence")
            found = program_sudo._find(students, day, step)
            changes = Flag_sudo._record(program_sudo, step, day, found)
            for key, number in changes.items():
                counts[key] += number
        bare = students.school_id.filtered(
            lambda school: not school.calendar_id.day_ids[:1]
        )
        return (
            self.env["pact.screening"]
            .sudo()
            .create(
                {
                    "program_id": self.id,
                    "day": day,
                    "rule": "\n".join(rules),
                    "student_count": len(students),
                    "new_count": counts["new"],
                    "kept_count": counts["kept"],
                    "gone_count": counts["gone"],
                    "without_calendar": ", ".join(bare.mapped("name")) or False,
                    "seconds": time.monotonic() - started,
                }
            )
        )

    def _find(self, students, day, step):
        """Return {student id: criteria of the first group that all hold} as of `day`;
        writes nothing. One statement for all students and criteria."""
        criteria = step.criterion_ids
        specs = {criterion: criterion._spec() for criterion in criteria}
        values = self.env["pact.metrics"]._read(students, day, specs.values())
        groups = criteria.grouped("group")
        found = {}
        for student_id, own in values.items():
            for _number, group in sorted(groups.items()):
                if all(criterion._holds(own[specs[criterion]]) for criterion in group):
                    found[student_id] = group
                    break
        return found
