from odoo import api, models
from odoo.exceptions import UserError

from .pact_letter import GATE

# steps whose letters speak of the step's own criteria; a rung's letter speaks of the
# ladder's first
BESIDE = ("notice", "aside")


class PactLetter(models.Model):
    """How letters are drafted: for steps of cases, and anew while they are drafts."""

    _inherit = "pact.letter"

    @api.model
    def _draft(self, case_steps, day):
        """Draft the letters that the steps ask for, once (unique index), for all cases
        in a fixed number of queries. A draft that already stands is kept.

        :param case_steps: `pact.case.step` rows, just written
        :return: the new letters
        """
        kinds = self.env["pact.letter.kind"].search([("draft_on_entry", "=", True)])
        wanted = {
            (row.case_id.id, kind.id, row.round): row
            for row in case_steps
            for kind in kinds
            if kind._drafted_in(row.step_id) and not row._is_early()
        }
        if not wanted:
            return self.browse()
        cases = case_steps.case_id
        known = self.search(
            [("case_id", "in", cases.ids), ("kind_id", "in", kinds.ids)]
        )
        for letter in known:
            wanted.pop((letter.case_id.id, letter.kind_id.id, letter.round), None)
        rows = case_steps.browse([row.id for row in wanted.values()])
        snapshots = self._snapshots(rows, day)
        offices = rows.case_id.school_id._serving_offices(day)
        return self._make(
            [
                {
                    "case_id": case_id,
                    "kind_id": kind_id,
                    "round": round_,
                    "case_step_id": row.id,
                    "student_id": row.case_id.student_id.id,
                    "school_id": row.case_id.school_id.id,
                    "day": day,
                    "snapshot_id": snapshots.get(row.id, row.snapshot_id).id,
                    "office_id": self._office_id(offices, row.case_id.school_id),
                }
                for (case_id, kind_id, round_), row in wanted.items()
            ],
            day,
        )

    @api.model
    def _office_id(self, offices, school):
        """Return the id of the office that serves `school`, or False.

        :param offices: see `pact.school._serving_offices`
        """
        office = offices.get(school.id)
        return office.id if office else False

    @api.model
    def _make(self, vals_list, day):
        """Create drafts with their copies, and say of each when its turn is."""
        letters = self.with_context(
            pact_letter_gate=GATE, tracking_disable=True, mail_create_nosubscribe=True
        ).create(vals_list)
        letters = letters.with_context(pact_letter_gate=None, tracking_disable=None)
        self.env["pact.letter.delivery"]._sync(letters, day)
        letters._take_turns(day)
        return letters

    @api.model
    def _snapshots(self, case_steps, day):
        """Return {case step id: snapshot} of what the letters of rungs speak of: what
        the program's first criteria read on `day`. The first rung's own snapshot says
        it already; what a later rung rested on (absences since the step before, say)
        begins anew with the step and is nothing to write to a family about."""
        found = {}
        later = case_steps.filtered(
            lambda row: (
                not row.snapshot_id
                or row.step_id
                != row.step_id.program_id._rungs().filtered("criterion_ids")[:1]
            )
        )
        for program, rows in later.grouped(lambda row: row.case_id.program_id).items():
            taken = self._take(rows.case_id.student_id, program, day)
            for row in rows:
                if row.case_id.student_id.id in taken:
                    found[row.id] = taken[row.case_id.student_id.id]
        return found

    @api.model
    def _take(self, students, program, day, step=None):
        """Return {student id: new snapshot} of what letters speak of.

        :param step: a step beside the ladder, of which the criteria that hold are read
            (the first where none does); None: the ladder's first criteria
        """
        starts = program._starts(students, day)
        counting = program._counting()
        if step:
            groups = step._criterion_groups()
            found = program._find(students, day, {step: groups}, starts)[step]
            by_group = {}
            for student in students:
                group = found.get(student.id, groups[0])
                by_group.setdefault(group, []).append(student.id)
        else:
            first = program._rungs().filtered("criterion_ids")[:1]
            by_group = {first.criterion_ids: students.ids}
        taken = {}
        for group, student_ids in by_group.items():
            readings = [
                (spec, criterion.sentence)
                for criterion in group
                for spec in (criterion._specs() if step else [criterion._spec()])
            ]
            taken.update(
                self.env["pact.snapshot"]._take(
                    students.browse(student_ids), day, readings, counting, starts
                )
            )
        return taken

    def _own_step(self):
        """Return the step of whose own criteria this letter speaks, else None."""
        self.ensure_one()
        step = self.kind_id.step_id
        return step if step.entry in BESIDE and step.criterion_ids else None

    def action_update(self):
        """Read numbers, recipients, addresses and letterhead of drafts anew."""
        self.check_access("write")
        drafts = self.filtered(lambda letter: letter.state == "draft")
        if not drafts:
            raise UserError(self.env._("Only a draft can be changed."))
        day = self.env["pact.clock"]._today()
        drafts._refresh(day, numbers=True)
        # sudo: which letter goes first does not depend on who asks
        drafts.sudo()._take_turns(day)
        return True

    def _refresh(self, day, numbers=False):
        """Make date, letterhead and recipients of these drafts true for `day`."""
        # sudo: what stands on a letter does not depend on who looks; rights on the
        # letters were checked by the caller
        letters_sudo = self.sudo()
        offices = letters_sudo.school_id._serving_offices(day)
        taken = {}
        if numbers:
            with_numbers = letters_sudo.filtered(lambda one: not one.kind_id.is_order)
            for (program, step), letters in with_numbers.grouped(
                lambda letter: (letter.program_id, letter._own_step())
            ).items():
                snapshots = self.sudo()._take(letters.student_id, program, day, step)
                for letter in letters:
                    taken[letter] = snapshots.get(letter.student_id.id)
        for letter in letters_sudo:
            vals = {"day": day, "office_id": self._office_id(offices, letter.school_id)}
            if taken.get(letter):
                vals["snapshot_id"] = taken[letter].id
            letter._gated().write(vals)
        self.env["pact.letter.delivery"].sudo()._sync(letters_sudo, day)
