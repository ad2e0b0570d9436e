from odoo import api, models
from odoo.tools import SQL

from ..facts.units import format_days
from .pact_import_row import OPERATIONS
from .plan import SHOWN, Plan, PlanRow


class PactImportAttendance(models.AbstractModel):
    """Attendance: rows are looked up one by one as they stream into the database
    (`pact_import_attendance_rows.py`), then compared and written in a few statements by
    `pact.attendance.event._stage` and `_apply_stage`.

    A code that nobody mapped is staged under a negative number, its place in
    `payload["unmapped"]`; it becomes a code of its own (unverified) on applying.
    """

    _name = "pact.import.attendance"
    _inherit = ["pact.import.loader"]
    _description = "Import: Attendance"

    @api.model
    def _plan(self, job, sheet, reach):
        """Return the `Plan`; the staged rows stand in `pact_event_stage`."""
        plan = Plan()
        context = self._context(job, sheet, reach)
        plan.payload.update(
            unmapped=context["unmapped"], kept=set(), taken=0, unknown=0
        )
        replace = None
        if job.mode == "replace":
            replace = (job.school_ids.ids, job.date_from, job.date_to)

        def kept():
            # where every row was rejected the file says nothing about its days
            if not plan.payload["taken"] and plan.payload["kept"]:
                return None
            return plan.payload["kept"] - {None}

        staged = self.env["pact.attendance.event"]._stage(
            job.source_id,
            self._rows(job, sheet, context, plan),
            replace=replace,
            by_row_id=sheet.has("row_id"),
            kept=kept,
            day_minutes=job.minutes_per_day,
            columns=self._columns(sheet),
            schools=job.school_ids.ids,
        )
        plan.skipped += staged.pop("repeated")
        plan.counts.update(staged)
        plan.school_ids = set(job.school_ids.ids)
        plan.payload["held"] = self._count_held(job)
        plan.payload["explained"] = self._count_explained()
        plan.rows.extend(self._staged_rows(plan))
        plan.digest = [
            *self.env["pact.attendance.event"]._stage_digest(),
            job.mode,
            sorted(job.school_ids.ids),
            job.date_from,
            job.date_to,
        ]
        return plan

    @api.model
    def _count_held(self, job):
        """Return how many absences of the source hold in the schools and dates of the
        file."""
        return self.env.execute_query(
            SQL(
                """SELECT count(*) FROM pact_attendance_event
                    WHERE source_id = %s AND school_id = ANY(%s)
                      AND date BETWEEN %s AND %s AND is_withdrawn IS NOT TRUE""",
                job.source_id.id,
                job.school_ids.ids,
                job.date_from,
                job.date_to,
            )
        )[0][0]

    @api.model
    def _count_explained(self):
        """Return how many staged changes say why a student was absent of whom that was
        not known."""
        return self.env.execute_query(
            SQL(
                """SELECT count(*) FROM pact_event_stage t
                     JOIN pact_attendance_event e ON e.id = t.event_id
                     JOIN pact_attendance_code c ON c.id = e.source_code_id
                    WHERE t.operation = 'changed' AND c.category = 'unverified'
                      AND e.is_withdrawn IS NOT TRUE"""
            )
        )[0][0]

    @api.model
    def _staged_rows(self, plan):
        """Return the staged rows to show: all rejected ones, the first of others."""
        unmapped = {
            number: text for text, number in plan.payload.get("unmapped", {}).items()
        }
        self.env.cr.execute(
            SQL(
                """SELECT o.operation, t.line, s.name, t.date, t.problem,
                          t.code_id, c.code, t.portion, t.reason,
                          COALESCE(sc.code, hc.code),
                          COALESCE(e.source_portion, e.portion),
                          CASE WHEN e.decided_by_id IS NOT NULL THEN hc.code END,
                          e.is_withdrawn
                     FROM unnest(%s) o (operation)
                    CROSS JOIN LATERAL (
                       SELECT * FROM pact_event_stage
                        WHERE COALESCE(shown, operation) = o.operation
                        ORDER BY line, date, event_id
                        LIMIT CASE WHEN o.operation <> 'rejected' THEN %s END) t
                     JOIN pact_student s ON s.id = t.student_id
                     LEFT JOIN pact_attendance_code c ON c.id = t.code_id
                     LEFT JOIN pact_attendance_event e ON e.id = t.event_id
                     LEFT JOIN pact_attendance_code hc ON hc.id = e.code_id
                     LEFT JOIN pact_attendance_code sc ON sc.id = e.source_code_id
                    ORDER BY t.line NULLS LAST, t.date, s.name, t.event_id""",
                [name for name, _label in OPERATIONS if name != "unchanged"],
                SHOWN,
            )
        )
        rows = []
        for row in self.env.cr.fetchall():
            operation, line, name, day, problem, code_id, code, portion = row[:8]
            reason, held_code, held_portion, decided, withdrawn = row[8:]
            said = self._said(code or unmapped.get(code_id, ""), portion, reason)
            before = ""
            if held_code:
                before = self._said(held_code, held_portion, None)
                if withdrawn:
                    before = self.env._("%(said)s, withdrawn", said=before)
            after = "" if operation == "withdrawn" else said
            if operation == "conflict" and not line:
                after = self.env._("no longer sent")
            if decided and after:
                after = self.env._(
                    "%(said)s (staff decided %(code)s: that stays)",
                    said=after,
                    code=decided,
                )
            rows.append(
                PlanRow(
                    operation, line or 0, f"{name}, {day}", problem or "", before, after
                )
            )
        return rows

    @api.model
    def _said(self, code, portion, reason):
        days = format_days(portion or 0)
        if not portion:
            text = code
        elif days == "1":
            text = self.env._("%(code)s, 1 day", code=code)
        else:
            text = self.env._("%(code)s, %(days)s days", code=code, days=days)
        return f"{text}, {reason}" if reason else text

    @api.model
    def _execute(self, job, plan):
        """Write what `_plan` staged."""
        self._create_unmapped(job, plan)
        if plan.payload["taken"]:
            # a file of which no row could be read says nothing about its days
            self.env["pact.attendance.received"]._mark(
                job.school_ids,
                job.date_from,
                min(job.date_to, self.env["pact.clock"]._today()),
                job.source_id,
                job_id=job.id,
            )
        self.env["pact.attendance.event"].with_context(
            pact_import_job=job.id
        )._apply_stage(
            job.source_id,
            self.env._("Import %(name)s", name=job.name),
            history={"job_id": job.id},
        )

    @api.model
    def _create_unmapped(self, job, plan):
        """Make a code of its own, unverified, of each code that nobody mapped: it is
        kept, and it counts as unverified until somebody says what it means."""
        self.env.cr.execute(
            """SELECT DISTINCT code_id FROM pact_event_stage
                WHERE code_id < 0 AND operation IN ('new', 'changed')"""
        )
        used = {number for (number,) in self.env.cr.fetchall()}
        unmapped = {
            text: number
            for text, number in plan.payload["unmapped"].items()
            if number in used
        }
        plan.payload["unmapped"] = unmapped
        if not unmapped:
            return
        district = job._district()
        twin = self.env.ref("pact_truancy.code_unx")
        model = self.env["pact.attendance.code"].with_context(active_test=False)
        codes = model.search(
            [("code", "in", list(unmapped)), ("district_id", "=", district.id)]
        )
        codes |= model.create(
            [
                {
                    "code": text,
                    "name": self.env._("%(code)s: not yet mapped", code=text),
                    "category": "unverified",
                    "district_id": district.id,
                    "twin_id": twin.id,
                    "sequence": 900,
                }
                for text in unmapped.keys() - set(codes.mapped("code"))
            ]
        )
        for code in codes:
            self.env.cr.execute(
                "UPDATE pact_event_stage SET code_id = %s WHERE code_id = %s",
                (code.id, unmapped[code.code]),
            )
            job.code_ids.filtered(
                lambda line, code=code: line.value == code.code
            ).code_id = code
