from odoo import api, fields, models

from ..facts.units import CATEGORY_CODE
from .packed import unpack


class PactExplain(models.AbstractModel):
    """Explaining what a screening noted in short: number and days (packed.py)."""

    _inherit = "pact.explain"

    @api.model
    def _recall(self, student, readings, day, noted_on, counting, starts):
        """Explain noted numbers beside those of `day`. Window and codes, which were not
        noted, are those of `noted_on` as they stand by now.

        :param readings: list of (Spec, dict: sentence, value, days; complete_through
            and last where not all of the window had come)
        :param counting, starts: see `pact.metrics._read`
        :return: dict, see `_explain`
        """
        asked = (counting, starts)
        readings = [
            (spec, self._full_part(student, spec, part, noted_on, asked))
            for spec, part in readings
        ]
        return self._explain(student, readings, day, noted_on, *asked)

    @api.model
    def _full_part(self, student, spec, part, day, asked):
        """Return a noted part with the keys of a part of `pact.snapshot.content`."""
        metrics = self.env["pact.metrics"]
        window = metrics._read_window(student, day, spec, *asked)
        first, last, count = window.get(student.id, (None, None, 0))
        prior = metrics._read_prior(student, day, spec, *asked).get(student.id)
        through = part.get("complete_through")
        if "last" not in part:
            school = student.sudo().school_id
            received = self.env["pact.attendance.received"]
            through = received._complete_through(school, day).get(school.id)
        gaps = metrics._read_gaps(student, day, spec, *asked)
        return {
            **part,
            "first": fields.Date.to_string(first) or None,
            "last": fields.Date.to_string(last) or None,
            "window_days": count,
            "gaps": len(gaps.get(student.id, [])),
            "complete_through": fields.Date.to_string(through) or None,
            **({"prior": [prior[0].isoformat(), *prior[1:]]} if prior else {}),
            "rows": self._noted_rows(student, spec, part["days"], day, asked),
        }

    @api.model
    def _noted_rows(self, student, spec, days, day, asked):
        """Return the noted days as rows of a snapshot: what still counts by its code
        and rule, what does not as the absence of that day."""
        rows = self.env["pact.metrics"]._read_evidence(student, day, spec, *asked)
        counts = {}
        for row in rows.get(student.id, []):
            counts.setdefault(row["date"], []).append(row)
        then = unpack(days)
        # sudo: see `_explain_part`; the codes of schools not served are masked there
        events_sudo = self.env["pact.attendance.event"].sudo()
        absences = {
            event.date: event
            for event in events_sudo.search(
                [("student_id", "=", student.id), ("date", "in", list(then))],
                order="is_counted, id desc",
            )
        }
        codes = self.env["pact.attendance.code"].sudo()
        schools = self.env["pact.school"].sudo()
        result = []
        for date, portion in then.items():
            now = counts.get(date, [])
            if sum(row["portion"] for row in now) != portion:
                now = [{**row, "portion": portion} for row in now[:1]]
            result += [
                {
                    **row,
                    "code": codes.browse(row["code_id"]).code,
                    "category": CATEGORY_CODE[row["category"]],
                    "school": schools.browse(row["school_id"]).name,
                }
                for row in now
            ]
            if not now:
                event = absences.get(date, events_sudo)
                result.append(
                    {
                        "date": date,
                        "event_id": event.id or 0,
                        "code": event.code_id.code,
                        "category": event.code_id.category,
                        "portion": portion,
                        "rule": None,
                        "school_id": event.school_id.id,
                        "school": event.school_id.name,
                    }
                )
        return [{**row, "date": row["date"].isoformat()} for row in result]
