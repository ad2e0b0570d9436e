from odoo import api, models

from ..facts.pact_attendance_event import (
    FLAG_ABSENT,
    FLAG_MINUTES_SHIFT,
    FLAG_VALID,
)
from ..facts.words import part_of_day, short_date, weekday
from .specs import EVENT_MEASURES, category_numbers, counted_measure


class PactExplain(models.AbstractModel):
    """The days of a window that do not count, and why."""

    _inherit = "pact.explain"

    @api.model
    def _turned(self, rule):
        """Return in words what rule of the program turned an absence, '' for none."""
        return {
            "cap": self.env._("beyond the yearly limit of excused days"),
            "medical": self.env._("without documentation after the medical letter"),
            "unverified_limit": self.env._("beyond the limit of unverified days"),
        }.get(rule, "")

    @api.model
    def _others(self, student, spec, rows, span, day, reader, asked):
        """Return the absences (for tardies: also those) of the window that do not
        count, each with why.

        :param span: (first, last day of the window); first is None where it has none
        :param asked: (counting, starts), see `pact.metrics._read`
        """
        first, last = span
        if not first or counted_measure(spec.measure) == "possible":
            return []
        counted = {row["event_id"] for row in rows}
        # sudo: see `pact.metrics`: a number does not depend on who asks
        events = (
            self.env["pact.attendance.event"]
            .sudo()
            .search(
                [
                    ("student_id", "=", student.id),
                    ("date", ">=", first),
                    ("date", "<=", last),
                    ("id", "not in", list(counted)),
                ],
                order="date, id",
            )
            .filtered(
                lambda event: (
                    event.flags & FLAG_ABSENT
                    or spec.measure in EVENT_MEASURES
                    and event.category_name == "tardy"
                )
            )
        )
        why = self._why(events, spec, student, day, asked)
        return [
            {
                "id": event.id,
                "date": short_date(self.env, event.date),
                "weekday": weekday(self.env, event.date),
                "school": event.school_id.name,
                "what": self._what(
                    {
                        "school_id": event.school_id.id,
                        "code": event.code_id.code,
                        "category": event.category_name,
                    },
                    reader,
                ),
                "portion": part_of_day(self.env, event.portion),
                "why": why[event],
            }
            for event in events
        ]

    @api.model
    def _why(self, events, spec, student, day, asked):
        """Return {event: why it does not count}; a fixed number of statements."""
        result = self._why_outside(
            events.filtered(lambda e: not e.is_counted or e.is_withdrawn)
        )
        ruled = self._why_ruled(spec, student, day, asked)
        for event in events - events.browse([e.id for e in result]):
            result[event] = ruled.get(event.id) or self._why_other(
                event, spec, asked[0]
            )
        return result

    @api.model
    def _why_outside(self, events):
        """Return {event: why it counts for no number}."""
        if not events:
            return {}
        dates = events.mapped("date")
        span = [("date", ">=", min(dates)), ("date", "<=", max(dates))]
        calendars = events.school_id.calendar_id | (
            events.student_id.enrollment_ids.calendar_id
        )
        open_days = set(
            self.env["pact.school.day"]
            .search(
                [
                    ("calendar_id", "in", calendars.ids),
                    ("is_school_day", "=", True),
                    *span,
                ]
            )
            .mapped("date")
        )
        received = {
            (row.school_id.id, row.date)
            for row in self.env["pact.attendance.received"]
            .sudo()
            .search([("school_id", "in", events.school_id.ids), *span])
        }
        result = {}
        for event in events:
            if event.is_withdrawn:
                text = self.env._("The school's file no longer contains it.")
            elif event.date not in open_days:
                text = self.env._("Not a school day.")
            elif (event.school_id.id, event.date) not in received:
                text = self.env._("That day's attendance has not been received.")
            else:
                text = self.env._("Not enrolled at that school on that day.")
            result[event] = text
        return result

    @api.model
    def _why_ruled(self, spec, student, day, asked):
        """Return {event id: why} of absences that a rule of the program takes out."""
        if spec.counting != "program":
            return {}
        metrics, counting = self.env["pact.metrics"], asked[0]
        result = {}
        turned = spec._replace(measure="unexcused", unit="days")
        for row in metrics._read_evidence(student, day, turned, *asked).get(
            student.id, []
        ):
            if row["rule"]:
                result[row["event_id"]] = self.env._(
                    "Counts as unexcused: %(rule)s.", rule=self._turned(row["rule"])
                )
        if counting.grace_days:
            pending = turned._replace(measure="pending")
            for row in metrics._read_evidence(student, day, pending, *asked).get(
                student.id, []
            ):
                until = row["pending_until"]
                result[row["event_id"]] = (
                    self.env._(
                        "May still be explained until %(date)s.",
                        date=short_date(self.env, until),
                    )
                    if until.year < 9999
                    else self.env._("May still be explained.")
                )
        return result

    @api.model
    def _why_other(self, event, spec, counting):
        """Return why an absence that counts is not one of this number."""
        measure = counted_measure(spec.measure)
        if spec.counting == "program" and event.category_name in counting.excluded:
            return self.env._("The program leaves such days out of both sides.")
        if measure == "chronic" and not event.code_id.is_chronic:
            return self.env._("Does not count as chronic absence.")
        if measure == "truancy" and event.category_name in ("unexcused", "tardy"):
            if event.flags & FLAG_VALID:
                return self.env._("Late with a valid cause.")
            return (
                self.env._(
                    "Not more than %(minutes)s minutes.", minutes=counting.tardy_minutes
                )
                if event.flags >> FLAG_MINUTES_SHIFT
                else self.env._("How many minutes were missed is not known.")
            )
        numbers = category_numbers(measure)
        if (
            numbers is not None
            and event.category not in numbers
            or (measure in EVENT_MEASURES)
        ):
            labels = dict(
                self.env["pact.attendance.code"]
                ._fields["category"]
                ._description_selection(self.env)
            )
            return self.env._(
                "Counts as %(category)s.", category=labels[event.category_name]
            )
        if spec.window == "any_month":
            return self.env._("In another month.")
        return self.env._(
            "Not a school day of the school that the student attends now."
        )
