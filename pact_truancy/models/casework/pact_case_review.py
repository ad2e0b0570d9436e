from odoo import api, fields, models
from odoo.tools import SQL

from ..facts.words import short_date
from ..metrics.specs import describe, from_json
from .pact_case import GATE


class PactCase(models.Model):
    """After a correction a case waits for review: what its present step rested on is
    read again, as of the step's own day: by each screening, and by the gate itself."""

    _inherit = "pact.case"

    reviewed_change = fields.Integer(
        readonly=True,
        copy=False,
        help="The last entry of the attendance history that this case was held "
        "against.",
    )

    def _corrections(self):
        """Return {case: (what a correction took away in words or False, id of the last
        change)} of the open cases whose student's attendance changed since they were
        last held against it. One statement for each day on which their present steps
        were taken; writes nothing.
        """
        # sudo: a gate does not depend on who asks
        cases_sudo = self.sudo().filtered("is_open")
        touched = cases_sudo._corrected()
        before = {row: step for row, _change, step in touched.values()}
        rows_sudo = self.env["pact.case.step"].sudo().browse(before)
        texts = {}
        for (step, former, day), rows in rows_sudo.grouped(
            lambda row: (row.step_id, before[row.id], row.snapshot_id.day)
        ).items():
            texts |= rows._no_longer(step, step.browse(former), day)
        return {
            case: (
                texts.get(rows_sudo.browse(touched[case.id][0])),
                touched[case.id][1],
            )
            for case in cases_sudo
            if case.id in touched
        }

    def _review_corrections(self):
        """Mark the open cases whose present step would not have been taken by the
        corrected numbers; take the mark back where they hold again."""
        for case, (text, change) in self._corrections().items():
            values = {"reviewed_change": change}
            if text is not None:
                values["needs_review"] = text
            case.with_context(pact_gate=GATE).write(values)

    def _to_review(self):
        """Add what changed since the last screening."""
        texts = super()._to_review()
        for case, (text, _change) in self._corrections().items():
            if text is not None:
                texts[case.id] = text
        return texts

    def action_reviewed(self):
        """A person has looked at what a correction changed, up to now."""
        self.check_access("write")
        self._review_corrections()
        result = super().action_reviewed()
        self._refresh_advice(self.env["pact.clock"]._today())
        return result

    def _corrected(self):
        """Return {case id: (id of the present step's history row, id of the last
        change, id of the step before or None)} of those whose student's attendance up
        to the step's day changed after the step was taken. One query."""
        if not self:
            return {}
        for name in ("pact.case", "pact.case.step", "pact.attendance.change"):
            self.env[name].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id, s.id, max(h.id),
                          (SELECT r.step_id FROM pact_case_step r
                            WHERE r.case_id = c.id AND r.round = c.round
                              AND r.voided_on IS NULL AND r.id < s.id
                            ORDER BY r.id DESC LIMIT 1)
                     FROM pact_case c
                     JOIN LATERAL (
                       SELECT r.id, r.snapshot_id, r.create_date
                         FROM pact_case_step r
                        WHERE r.case_id = c.id AND r.round = c.round
                          AND r.voided_on IS NULL
                        ORDER BY r.id DESC LIMIT 1) s ON s.snapshot_id IS NOT NULL
                     JOIN pact_snapshot n ON n.id = s.snapshot_id
                     JOIN pact_attendance_change h ON h.student_id = c.student_id
                      AND h.id > COALESCE(c.reviewed_change, 0) AND h.date <= n.day
                      -- by the hour: a file that was being read meanwhile
                      AND h.create_date >= s.create_date - interval '1 hour'
                    WHERE c.id = ANY(%s)
                    GROUP BY c.id, s.id""",
                self.ids,
            )
        )
        return {case_id: tuple(rest) for case_id, *rest in rows}


class PactCaseStep(models.Model):
    _inherit = "pact.case.step"

    @api.model
    def _spec_groups(self, step, before):
        groups = {"entry": step._criterion_groups()}
        if step.asks_progress and before:
            groups["progress"] = before._progress()._groups()
        return groups

    def _no_longer(self, step, before, day):
        """Hold what these rows of one step and day rested on against the facts of now.

        :param before: the step that the cases came from, or none
        :return: {row: text of what changed, or False where it holds again}
        """
        groups = self._spec_groups(step, before)
        if not any(groups.values()):
            return {}
        program, students = step.program_id, self.case_id.student_id
        starts = {}
        for row in self:
            for name, dates in row.snapshot_id._starts().items():
                starts.setdefault(name, {}).update(dates)
        counting = program._counting()
        found = program._find(students, day, groups, starts)
        specs = {spec for row in self for spec in row.snapshot_id._specs()}
        values = self.env["pact.metrics"]._read(
            students, day, list(specs), counting, starts
        )
        result = {}
        for row in self:
            student = row.case_id.student_id.id
            holds = (not groups["entry"] or student in found["entry"]) and (
                student not in found.get("progress", {})
            )
            changed = row._changed_words(values.get(student, {}))
            if holds or not changed:
                result[row] = False
                continue
            result[row] = self.env._(
                "A correction changed what '%(step)s' of %(day)s rested on: "
                "%(changes)s.",
                step=step.name,
                day=short_date(self.env, row.date),
                changes=changed,
            )
        return result

    def _changed_words(self, values):
        """Return what was known and what holds now, of the numbers that differ."""
        self.ensure_one()
        words = []
        snapshot = self.snapshot_id
        for spec, part in zip(snapshot._specs(), snapshot._parts(), strict=True):
            then, now = from_json(spec, part["value"]), values.get(spec)
            if then != now:
                words.append(
                    self.env._(
                        "%(then)s then, %(now)s now",
                        then=describe(self.env, spec, then),
                        now=describe(self.env, spec, now),
                    )
                )
        return "; ".join(words)
