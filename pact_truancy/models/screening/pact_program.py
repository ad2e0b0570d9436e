import time

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..facts.words import short_date


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
            runs |= program._screen(day)
        action = {"type": "ir.actions.act_window_close"}
        if self.env["pact.flag"].has_access("read"):
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "pact_truancy.pact_flag_action"
            )
            action["target"] = "main"
        warnings = runs.filtered("without_calendar")
        message = self.env._(
            "%(students)s students read: %(new)s new flags, %(kept)s still true, "
            "%(gone)s no longer true.",
            students=sum(runs.mapped("student_count")),
            new=sum(runs.mapped("new_count")),
            kept=sum(runs.mapped("kept_count")),
            gone=sum(runs.mapped("gone_count")),
        )
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

    def action_preview(self):
        """Show who would be flagged today."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "pact_preview",
            "name": self.env._("Who Would Be Flagged Today: %s", self.display_name),
            "target": "new",
            "params": {"program_id": self.id},
        }

    @api.readonly
    def preview(self):
        """Return who would be flagged as of today; nothing is written.

        Counts are of all students of the program, whoever asks; names are those of the
        students that the user may see.

        :return: dict: day (text), rules (list of sentences), total (dict: students,
            found, known, new), schools (list of dict: name, has_calendar, the same
            counts, names: list of [student id, name], hidden: number of new students
            whom the user may not see)
        """
        self.ensure_one()
        self._check_may_screen()
        day = self.env["pact.clock"]._today()
        # sudo: a number does not depend on who asks
        program_sudo = self.sudo()
        students = self.env["pact.student"].sudo().search(self._student_domain(day))
        found = set()
        steps = program_sudo._flag_steps()
        for step in steps:
            found |= program_sudo._find(students, day, step).keys()
        running = [("program_id", "=", self.id), ("student_id", "in", list(found))]
        flags = self.env["pact.flag"].sudo()
        cases = self.env["pact.case"].sudo()
        known = set(
            flags.search(
                [*running, ("state", "in", ("open", "snoozed"))]
            ).student_id.ids
        ) | set(cases.search([*running, ("is_open", "=", True)]).student_id.ids)
        new = students.browse(found - known)
        visible = self.env["pact.student"]
        if visible.has_access("read"):
            visible = visible.search([("id", "in", new.ids)])
        bare = self._bare(students.school_id)
        schools = []
        for school, group in students.grouped("school_id").items():
            own = group.filtered(lambda student: student in new)
            named = own & visible.sudo()
            schools.append(
                {
                    "name": school.name,
                    "has_calendar": school not in bare,
                    "students": len(group),
                    "found": len(found.intersection(group.ids)),
                    "known": len(known.intersection(group.ids)),
                    "new": len(own),
                    "names": [[student.id, student.name] for student in named],
                    "hidden": len(own - named),
                }
            )
        schools.sort(key=lambda school: (-school["new"], school["name"]))
        return {
            "day": short_date(self.env, day),
            "rules": steps.criterion_ids.mapped("sentence"),
            "total": {
                key: sum(school[key] for school in schools)
                for key in ("students", "found", "known", "new")
            },
            "schools": schools,
        }

    def _flag_steps(self):
        """Return the steps that are entered by a flag and say when."""
        self.ensure_one()
        return self.step_ids.filtered(
            lambda step: step.entry == "flag" and step.criterion_ids
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
        for step in program_sudo._flag_steps():
            rules += step.criterion_ids.mapped("sentence")
            found = program_sudo._find(students, day, step)
            changes = Flag_sudo._record(program_sudo, step, day, found)
            for key, number in changes.items():
                counts[key] += number
        bare = self._bare(students.school_id)
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
        values = self.env["pact.metrics"]._read(
            students,
            day,
            specs.values(),
            self._counting(),
            self._starts(students, day),
        )
        groups = criteria.grouped("group")
        found = {}
        for student_id, own in values.items():
            for _number, group in sorted(groups.items()):
                if all(criterion._holds(own[specs[criterion]]) for criterion in group):
                    found[student_id] = group
                    break
        return found
