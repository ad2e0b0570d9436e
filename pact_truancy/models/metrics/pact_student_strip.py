from bisect import bisect_left
from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

from ..facts.pact_attendance_event import FLAG_ABSENT
from ..facts.units import CATEGORY_CODE, DAY, format_days
from .specs import Spec


class PactStudent(models.Model):
    """The attendance strip: what each school day was, for the widget of that name.

    The value of a strip (None without an enrollment or calendar):

        {"days": [[date, state, category, days, code, name], ...],
         "years": [date, ...]}

    `days` are the school days, ascending, up to the program's day; the calendar is that
    of the enrollment that holds then. `date` is ISO text. `state` is 'present',
    'event', 'missing' (nothing was received) or 'out' (not enrolled); the other four
    stand only where something was recorded: category of units.py, missed days as text
    ('0.5'; '0' for a tardy), code and its name. Two absences on a day: the bigger one
    names the category, the days add up, the codes stand beside each other. `years` are
    the days on which a school year begins inside the strip.

    Evidence from a school that the reader does not serve shows date, category and
    portion; code and name, which tell the reason, are None there.
    """

    _inherit = "pact.student"

    strip_days = fields.Json(
        string="Last 30 School Days", compute="_compute_strip_days"
    )
    strip_window = fields.Json(
        string="Last 180 School Days", compute="_compute_strip_window"
    )
    strip_year = fields.Json(string="This School Year", compute="_compute_strip_year")

    @api.depends_context("uid")
    def _compute_strip_days(self):
        self._compute_strip("strip_days", Spec("absent", "previous", 30))

    @api.depends_context("uid")
    def _compute_strip_window(self):
        self._compute_strip("strip_window", Spec("absent", "previous", 180))

    @api.depends_context("uid")
    def _compute_strip_year(self):
        self._compute_strip("strip_year", Spec("absent", "year"))

    def _compute_strip(self, name, spec):
        strips = self._origin._strips(self.env["pact.clock"]._today(), spec)
        for student in self:
            student[name] = strips.get(student._origin.id)

    def _strips(self, day, spec):
        """Return {student id: strip} over the window of `spec` as of `day`, in a number
        of queries that does not grow with the students."""
        if not self.ids:
            return {}
        drivers = self._strip_drivers(day, spec)
        first = min((low for _calendar, low in drivers.values()), default=day)
        calendars = self._strip_calendars(drivers, first, day)
        enrollments = self._strip_enrollments(day)
        received = self._strip_received(enrollments, first, day)
        events = self._strip_events(first, day)
        strips = {}
        for student_id, (calendar, low) in drivers.items():
            days, years = calendars.get(calendar, ([], []))
            days = days[bisect_left(days, low) :]
            spans = enrollments.get(student_id, [])
            own = events.get(student_id, {})
            strips[student_id] = {
                "days": [
                    [
                        one.isoformat(),
                        _state(one, spans, received, own),
                        *own.get(one, (None, []))[1],
                    ]
                    for one in days
                ],
                "years": [one.isoformat() for one in years if one >= low],
            }
        return strips

    def _strip_drivers(self, day, spec):
        """Return {student id: (calendar id, first date)}; the window is that of every
        other number (pact.metrics)."""
        bounds = self.env["pact.metrics"]._read_bounds(self, day, spec)
        return {
            student: (calendar, low)
            for student, (calendar, low, _high) in bounds.items()
            if low
        }

    def _strip_calendars(self, drivers, first, last):
        """Return {calendar id: (its school days, those that begin a school year)}."""
        rows = self.env.execute_query(
            SQL(
                """SELECT d.calendar_id, d.date, d.year_id FROM pact_school_day d
                    WHERE d.calendar_id = ANY(%s) AND d.is_school_day
                      AND d.date BETWEEN %s AND %s
                    ORDER BY d.calendar_id, d.date""",
                list({calendar for calendar, _low in drivers.values()}),
                first,
                last,
            )
        )
        calendars, year_before = {}, {}
        for calendar, one, year in rows:
            days, years = calendars.setdefault(calendar, ([], []))
            if year_before.setdefault(calendar, year) != year:
                years.append(one)
            year_before[calendar] = year
            days.append(one)
        return calendars

    def _strip_enrollments(self, day):
        """Return {student id: [(entry, exit, school id)]}, the one that wins on a day
        first (counting.md 3)."""
        rows = self.env.execute_query(
            SQL(
                """SELECT e.student_id, e.entry_date, e.exit_date, e.school_id
                     FROM pact_enrollment e
                    WHERE e.student_id = ANY(%s) AND e.entry_date <= %s
                    ORDER BY e.student_id, e.is_primary DESC, e.entry_date, e.id""",
                self.ids,
                day,
            )
        )
        enrollments = {}
        for student, entry, leave, school in rows:
            enrollments.setdefault(student, []).append(
                (entry, leave or date.max, school)
            )
        return enrollments

    def _strip_received(self, enrollments, first, last):
        """Return the set of (school id, date) that were received."""
        schools = {school for spans in enrollments.values() for *_s, school in spans}
        return set(
            self.env.execute_query(
                SQL(
                    """SELECT r.school_id, r.date FROM pact_attendance_received r
                        WHERE r.school_id = ANY(%s) AND r.date BETWEEN %s AND %s""",
                    list(schools),
                    first,
                    last,
                )
            )
        )

    def _strip_events(self, first, last):
        """Return {student id: {date: (whether it counts, [category, days, code,
        name])}} of what was recorded and not withdrawn."""
        rows = self.env.execute_query(
            SQL(
                """SELECT e.student_id, e.date, e.school_id, e.category, e.portion,
                          e.code_id, e.flags & %s > 0, e.is_counted
                     FROM pact_attendance_event e
                    WHERE e.student_id = ANY(%s) AND e.date BETWEEN %s AND %s
                      AND e.is_withdrawn IS NOT TRUE
                    ORDER BY e.student_id, e.date, e.flags & 1 DESC, e.portion DESC,
                             e.id""",
                FLAG_ABSENT,
                self.ids,
                first,
                last,
            )
        )
        served = self._strip_served_schools()
        # sudo: codes are words, no child's record; a reader of a strip may lack them
        codes = self.env["pact.attendance.code"].sudo()
        codes.browse({row[5] for row in rows}).fetch(["code", "name"])
        result = {}
        for student, one, school, category, portion, code, absent, counted in rows:
            code = codes.browse(code)
            shown = served is None or school in served
            row = {
                "category": CATEGORY_CODE[category],
                "portion": portion if absent else 0,
                "counted": bool(counted),
                "codes": [code.code] if shown else [],
                "names": [code.name] if shown else [],
            }
            held = result.setdefault(student, {}).get(one)
            if held:
                held["portion"] += row["portion"]
                held["counted"] |= row["counted"]
                held["codes"] += row["codes"]
                held["names"] += row["names"]
            else:
                result[student][one] = row
        return {
            student: {one: _event(row) for one, row in days.items()}
            for student, days in result.items()
        }

    def _strip_served_schools(self):
        """Return the ids of the schools that the reader serves, or None for all."""
        if self.env.su:
            return None
        # sudo: the reader's own rights, which are not a record that staff may open
        access_sudo = self.env["pact.access"].sudo()
        rows = access_sudo._read_group(
            [
                ("user_id", "=", self.env.uid),
                ("valid_from", "<=", "now"),
                ("valid_to", ">", "now"),
            ],
            ["school_id"],
        )
        return {school.id for (school,) in rows}


def _state(one, spans, received, events):
    """Return what a school day was for a student."""
    school = next((s for entry, leave, s in spans if entry <= one <= leave), None)
    if school is None:
        return "out"
    if one in events and events[one][0]:
        return "event"
    return "present" if (school, one) in received else "missing"


def _event(row):
    """Return (counts, what stands in the strip) of one day's events."""
    return row["counted"], [
        row["category"],
        format_days(min(row["portion"], DAY)),
        ", ".join(dict.fromkeys(row["codes"])) or None,
        ", ".join(dict.fromkeys(row["names"])) or None,
    ]
