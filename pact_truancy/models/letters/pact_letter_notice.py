from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .pact_letter import GATE


class PactLetter(models.Model):
    """Letters without a case: a confirmed flag of a step beside the ladder drafts its
    letter for the student (SOP-07, SOP-08, SOP-11). A case that is opened later takes
    them in."""

    _inherit = "pact.letter"

    flag_id = fields.Many2one(
        "pact.flag",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The confirmed flag that asked for this letter.",
    )

    _once_flag = models.UniqueIndex(
        "(flag_id, kind_id) WHERE flag_id IS NOT NULL",
        "The letter of this flag already exists.",
    )

    @api.model
    def _draft_notices(self, flags, day):
        """Draft the letters of confirmed flags beside the ladder, once a flag (unique
        index); a number of queries that does not grow with the flags.

        :param flags: `pact.flag` records of steps that are notices
        :return: the new letters
        """
        kinds = flags.step_id.letter_kind_ids.filtered("draft_on_entry")
        known = self.search([("flag_id", "in", flags.ids)])
        had = {(letter.flag_id, letter.kind_id) for letter in known}
        wanted = [
            (flag, kind)
            for flag in flags
            for kind in kinds
            if kind.step_id == flag.step_id and (flag, kind) not in had
        ]
        if not wanted:
            return self.browse()
        cases = self.env["pact.case"].search(
            [
                ("student_id", "in", flags.student_id.ids),
                ("program_id", "in", flags.program_id.ids),
                ("is_open", "=", True),
            ]
        )
        case_of = {(case.student_id, case.program_id): case for case in cases}
        number = self._numbers(flags.student_id, kinds)
        school_of = {
            flag: flag.student_id.school_id or flag.school_id for flag in flags
        }
        schools = flags.school_id.union(*school_of.values())
        offices = schools._serving_offices(day)
        vals_list = []
        for flag, kind in wanted:
            case = case_of.get((flag.student_id, flag.program_id), cases.browse())
            key = (flag.student_id.id, kind.id)
            number[key] = number.get(key, 0) + 1
            vals_list.append(
                {
                    "flag_id": flag.id,
                    "case_id": case.id,
                    "kind_id": kind.id,
                    "sequence": number[key],
                    "student_id": flag.student_id.id,
                    "school_id": school_of[flag].id,
                    "day": day,
                    "snapshot_id": flag.snapshot_id.id,
                    "office_id": self._office_id(offices, school_of[flag]),
                }
            )
        return self._make(vals_list, day)

    @api.model
    def _numbers(self, students, kinds):
        """Return {(student id, kind id): number of the last letter of the kind}."""
        rows = self._read_group(
            [("student_id", "in", students.ids), ("kind_id", "in", kinds.ids)],
            ["student_id", "kind_id"],
            ["sequence:max"],
        )
        return {(student.id, kind.id): last for student, kind, last in rows}

    @api.model
    def _adopt(self, case_steps, day):
        """Put this school year's letters without a case into the cases that were opened
        since, so that gates, windows and the case's own list find them. A letter of the
        step itself that was sent before stands for the one the step would draft.

        :param case_steps: `pact.case.step` rows, just written
        """
        row_of = {
            (row.case_id.student_id, row.case_id.program_id): row for row in case_steps
        }
        year_start = self.env["pact.program.requirement"]._year_start(day)
        letters = self.search(
            Domain("case_id", "=", False)
            & Domain("student_id", "in", case_steps.case_id.student_id.ids)
            & Domain("program_id", "in", case_steps.case_id.program_id.ids)
            & Domain("state", "!=", "canceled")
            & Domain("day", ">=", year_start),
            order="day desc, id desc",
        )
        stands = set()
        for letter in letters:
            row = row_of.get((letter.student_id, letter.program_id))
            if not row:
                continue
            vals = {"case_id": row.case_id.id}
            if letter.kind_id.step_id.is_rung:
                if (row.case_id, letter.kind_id) in stands:
                    continue  # the newest of its kind stands for the step
                stands.add((row.case_id, letter.kind_id))
                vals.update({"case_step_id": row.id, "round": row.round})
            letter.with_context(pact_letter_gate=GATE).write(vals)

    def _refresh(self, day, numbers=False):
        """A notice follows the student to another school of its program while it is a
        draft."""
        # sudo: see super
        for letter in self.sudo().filtered("flag_id"):
            school = letter.student_id.school_id
            if school != letter.school_id and school in letter.program_id._schools(day):
                letter.with_context(pact_letter_gate=GATE).write(
                    {"school_id": school.id}
                )
        return super()._refresh(day, numbers)

    def _finalize(self, day, reason=None):
        """A notice is for students of the program's schools; who left gets none."""
        for program, letters in self.filtered("flag_id").grouped("program_id").items():
            schools = program.sudo()._schools(day)
            # sudo: also of a student who moved out of the user's reach
            for letter in letters.sudo():
                if letter.student_id.school_id not in schools:
                    raise UserError(
                        self.env._(
                            "%(student)s no longer attends a school of '%(program)s'. "
                            "Cancel the letter with that reason.",
                            student=letter.student_id.name,
                            program=program.name,
                        )
                    )
        return super()._finalize(day, reason)

    def _no_longer_true(self, day):
        """Return those of these notices, all of one program, whose step's criteria do
        not hold on `day`; one statement."""
        if not self:
            return self
        program = self.program_id
        groups = {step: step._criterion_groups() for step in self.kind_id.step_id}
        students = self.student_id
        starts = program._starts(students, day)
        found = program._find(students, day, groups, starts)
        return self.filtered(
            lambda letter: letter.student_id.id not in found[letter.kind_id.step_id]
        )

    def _cancel(self, reason):
        """A person who cancels the letter of a flag dismisses the flag with that
        reason: it comes again when a later absence makes it worse, so no child is
        missed for the rest of the year."""
        result = super()._cancel(reason)
        # sudo: the flag follows its letter, whoever may cancel it
        flags_sudo = self.sudo().flag_id.filtered(
            lambda flag: set(flag.letter_ids.mapped("state")) == {"canceled"}
        )
        flags_sudo.write(
            {
                "state": "dismissed",
                "reason": reason.strip(),
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )
        return result


class PactProgram(models.Model):
    _inherit = "pact.program"

    def _screen(self, day, students=None):
        """Letters whose turn has come are there again after each screening."""
        run = super()._screen(day, students)
        self._bring_back(day)
        return run

    def _bring_back(self, day):
        """Look at the drafts that wait: read the numbers of those whose day has come,
        withdraw what is no longer true, and ask all whose turn it is. A fixed number of
        queries."""
        self.ensure_one()
        # sudo: what waits does not depend on who starts the screening
        waiting = (
            self.env["pact.letter"]
            .sudo()
            .search(
                [
                    ("program_id", "=", self.id),
                    ("state", "=", "draft"),
                    ("not_before", "!=", False),
                ]
            )
        )
        back = waiting.filtered(
            lambda letter: letter.flag_id and letter.not_before <= day
        )
        over = back._no_longer_true(day)
        if over:
            over._cancel(self.env._("No longer true when its turn came."))
            # nobody dismissed it: a new flag asks again when it is true again
            over.flag_id.write({"state": "gone", "reason": False})
        (back - over)._refresh(day, numbers=True)
        (waiting - over)._take_turns(day)
