"""A random district, as plain lists and, from the same lists, as records.

Small, but full of what makes counting hard: movers, part years, two calendars, several
events a day, gaps, limits, notes. The records are written by a few statements; which
events count is left to the app.
"""

from datetime import date, timedelta
from fractions import Fraction

from odoo.tools import SQL

from odoo.addons.pact_truancy.models.facts.pact_attendance_event import flags_of_code
from odoo.addons.pact_truancy.models.facts.units import CATEGORY_NUMBER, DAY

from .reference import TYPED, Reference

YEARS = [(date(y, 7, 1), date(y + 1, 6, 30)) for y in (2023, 2024, 2025)]
FIRST, LAST = date(2024, 4, 1), date(2026, 5, 29)
HOLIDAY = date(2025, 11, 11)
# code: (category, absent, chronic, valid cause, minutes where the source says none)
CODES = {
    "RUNX": ("unexcused", True, True, False, 0),
    "RUNV": ("unverified", True, True, False, 0),
    "REXE": ("excused", True, True, True, 0),
    "REXN": ("excused", True, False, True, 0),
    "RMED": ("medical", True, True, True, 0),
    "ROSS": ("suspension", True, True, True, 0),
    "RTDY": ("tardy", False, False, False, 31),
    "RTAR": ("tardy", False, False, False, 0),
    "RTDE": ("tardy", False, False, True, 0),
    "RTAB": ("tardy", True, False, False, 0),
    "RHOM": ("homebound", True, False, True, 0),
    "RHOP": ("homebound", False, False, True, 0),
    "RACT": ("activity", False, False, True, 0),
}
WEIGHTS = dict.fromkeys(CODES, 2) | {"RUNX": 12, "RUNV": 10, "REXE": 10, "RMED": 4}
PORTIONS = [Fraction(1)] * 5 + [Fraction(1, 2)] * 3 + [Fraction(1, 6), Fraction(5, 6)]
PORTIONS += [Fraction(1, 3), Fraction(1, 7)]
MINUTES = [0, 0, 0, 5, 29, 30, 31, 45, 240, 511, 600]
CAPS = [None, Fraction(10), Fraction(3), Fraction(5, 2), Fraction(3)]


class RandomDistrict:
    """`reference` holds the lists; `ids` maps their names to record ids."""

    def __init__(self, env, rng, students):
        self.env, self.rng = env, rng
        self.names = [f"student {number}" for number in range(students)]
        self.reference = Reference(
            YEARS, self._calendars(), self._schools(), set(), {}, {}, {}
        )
        world = self.reference
        self.numbers = 0
        for name in self.names:
            world.totals[name] = self._totals()
        for name in self.names:
            world.enrollments[name] = self._enrollments()
            world.events[name] = self._events(name)
        for school in world.schools:
            # the calendars of all its enrollments may need the day
            for offset in range((LAST - FIRST).days + 1):
                if rng.random() > 0.03:
                    world.received.add((school, FIRST + timedelta(days=offset)))
        self._load()

    # -- lists -----------------------------------------------------------------------

    def _next(self):
        self.numbers += 1
        return self.numbers

    def _calendars(self):
        result = {}
        for number in range(3):
            days = set()
            for first, last in (
                (FIRST + timedelta(days=7 * (number == 2)), date(2024, 5, 31)),
                (date(2024, 8, 26) + timedelta(days=2 * number), date(2025, 5, 30)),
                (date(2025, 8, 25) + timedelta(days=3 * number), LAST),
            ):
                for offset in range((last - first).days + 1):
                    day = first + timedelta(days=offset)
                    if (
                        day.weekday() < 5
                        and self.rng.random() > (0.06, 0.06, 0.2)[number]
                    ):
                        days.add(day)
            result[f"calendar {number}"] = days - {HOLIDAY}
        return result

    def _schools(self):
        return {
            f"school {number}": (f"calendar {number % 3}", cap)
            for number, cap in enumerate(CAPS)
        }

    def _day(self, first=FIRST, last=LAST):
        return first + timedelta(days=self.rng.randrange((last - first).days + 1))

    def _enrollments(self):
        rng = self.rng
        one, two, three = rng.sample([f"school {n}" for n in range(len(CAPS))], 3)
        middle = self._day(date(2024, 11, 1), date(2026, 4, 1))
        kind = rng.choice(
            ["whole", "whole", "yearly", "mover", "mover", "same day", "away", "late"]
            + ["left", "future", "parallel", "own calendar", "three", "none"]
        )
        spans = {
            "whole": [(one, FIRST, None)],
            "yearly": [
                (one, FIRST, date(2025, 5, 30)),
                (one, date(2025, 8, 20), None),
            ],
            "mover": [
                (one, FIRST, middle - timedelta(days=1)),
                (two, middle, None),
            ],
            "same day": [(one, FIRST, middle), (two, middle, None)],
            "away": [
                (one, FIRST, middle),
                (one, middle + timedelta(days=rng.randrange(5, 90)), None),
            ],
            "late": [(one, middle, None)],
            "left": [(one, FIRST, middle)],
            "future": [(one, date(2026, 4, 20), None)],
            "parallel": [(one, FIRST, None), (two, middle, None)],
            "own calendar": [(one, FIRST, None)],
            "three": [
                (one, FIRST, middle),
                (two, middle + timedelta(days=1), middle + timedelta(days=40)),
                (three, middle + timedelta(days=38), None),
            ],
            "none": [],
        }[kind]
        # of two at once one is not primary: the later or the earlier one
        second = rng.choice([0, 1, 1, None]) if kind == "parallel" else None
        return [
            {
                "number": self._next(),
                "school": school,
                "calendar": f"calendar {rng.randrange(3)}"
                if kind == "own calendar"
                else None,
                "primary": number != second,
                "entry": entry,
                "exit": leave,
            }
            for number, (school, entry, leave) in enumerate(spans)
        ]

    def _events(self, name):
        """Single days and runs of days; never more than a whole day of absence."""
        rng, enrollments = self.rng, self.reference.enrollments[name]
        decided = rng.random() < 0.4
        days = [(self._day(), None) for _n in range(rng.choice([0, 8, 20, 40]))]
        for _run in range(rng.randrange(4)):
            start, same = (
                self._day(),
                rng.choice([None, "RUNX", "RUNX", "RUNV", "REXE"]),
            )
            days += [
                (start + timedelta(days=n), same) for n in range(rng.randrange(3, 12))
            ]
        left, result = {}, []
        for day, same in days:
            held = [
                e for e in enrollments if e["entry"] <= day <= (e["exit"] or date.max)
            ]
            school = rng.choice(held)["school"] if held else "school 0"
            if rng.random() < 0.03:
                school = f"school {rng.randrange(len(CAPS))}"
            code = same or rng.choices(list(CODES), WEIGHTS.values())[0]
            category, absent, chronic, valid, code_minutes = CODES[code]
            room = left.get(day, Fraction(1))
            whole = Fraction(1) if same else rng.choice(PORTIONS)
            portion = min(whole, room) * absent
            if category in ("tardy", "activity") and not absent:
                portion = rng.choice([Fraction(0), Fraction(1, 6)])
            if code == "RHOP":
                portion = Fraction(1)
            if absent:
                left[day] = room - portion
            minutes = rng.choice(MINUTES) if category != "excused" else 0
            result.append(
                {
                    "number": self._next(),
                    "school": school,
                    "date": day,
                    "code": code,
                    "category": category,
                    "absent": absent,
                    "chronic": chronic,
                    "valid": valid,
                    "sent_minutes": minutes,
                    "minutes": minutes or code_minutes,
                    "portion": portion,
                    "documented": rng.random() < 0.15,
                    "decision": rng.choice([None] * 3 + ["excused", "unexcused"])
                    if category == "excused" and decided
                    else None,
                    "withdrawn": rng.random() < 0.03,
                }
            )
        return result

    def _totals(self):
        """Typed totals of a school or two, of some students; one of each category,
        school and year."""
        rng, result = self.rng, {}
        for _number in range(rng.choice([0, 0, 1, 2, 5])):
            year = rng.choice(YEARS[1:])
            category = rng.choice([*TYPED, "absent", "possible"])
            most = 150 if category == "possible" else 25
            school = f"school {rng.randrange(len(CAPS))}"
            result[school, year, category] = {
                "school": school,
                "year": year,
                "category": category,
                "portion": rng.randrange(most) + rng.choice(PORTIONS),
                "through": self._day(year[0], min(year[1], LAST)),
                "withdrawn": rng.random() < 0.1,
            }
        return list(result.values())

    def starts(self, day):
        """Return random dates of some students, some of them after `day`, many the day
        of an event."""
        rng = self.rng

        def one(name, first, last):
            days = [
                event["date"]
                for event in self.reference.events[name]
                if first <= (event["date"] - day).days < last
            ]
            if days and rng.random() < 0.6:
                return rng.choice(days)
            return day + timedelta(days=rng.randrange(first, last))

        def some(share, first=-120, last=5):
            return {
                name: one(name, first, last)
                for name in self.names
                if rng.random() < share
            }

        return {
            "since_step": some(0.5),
            "since_letter": some(0.7, -500, 5),
            "order": some(0.5, -150, 5),
            "order_end": some(0.4, -60, 20),
            "medical": some(0.3),
            "medical_end": some(0.1),
            "probation": some(0.5, -200, 5),
            "probation_end": some(0.1),
        }

    def rules(self):
        rng = self.rng
        return {
            "excused_cap": rng.random() < 0.7,
            "medical": rng.random() < 0.5,
            "unverified_limit": rng.choice([0, 1, 2, 3, 10]),
            "grace_days": rng.choice([0, 0, 1, 3]),
            "grace_latest": rng.choice([2, 5, 10]),
            "excluded": rng.choice([(), ("homebound",)]),
            "tardy_minutes": rng.choice([30, 30, 10]),
        }

    # -- records ---------------------------------------------------------------------

    def _load(self):
        env, world = self.env, self.reference
        county = env["pact.county"].create(
            {
                "name": "Example County of the Test",
                "state_id": env.ref("base.state_us_14").id,
            }
        )
        district = env["pact.district"].create(
            {"name": "Random district", "county_id": county.id}
        )
        years = env["pact.school.year"]
        for first, last in YEARS:
            if not years.search_count([("date_start", "=", first)]):
                name = f"{first.year}-{last.year % 100}"
                years.create({"name": name, "date_start": first, "date_end": last})
        self.calendars = {
            name: env["pact.school.calendar"].create({"name": name})
            for name in world.calendars
        }
        env["pact.school.day"].create(
            [
                {"calendar_id": self.calendars[name].id, "date": day}
                for name, days in world.calendars.items()
                for day in days
            ]
        )
        self.schools = {}
        for name, (calendar, cap) in world.schools.items():
            self.schools[name] = env["pact.school"].create(
                {
                    "name": name,
                    "district_id": district.id,
                    "calendar_id": self.calendars[calendar].id,
                    "own_excused_day_cap": True,
                    "excused_day_cap": float(cap or 0),
                }
            )
        codes = env["pact.attendance.code"].create(
            [
                {
                    "code": code,
                    "name": code,
                    "category": category,
                    "is_absent": absent,
                    "is_chronic": chronic,
                    "has_valid_cause": valid,
                    "minutes": minutes,
                    "district_id": district.id,
                }
                for code, (category, absent, chronic, valid, minutes) in CODES.items()
            ]
        )
        self.codes = {code.code: code for code in codes}
        students = env["pact.student"].create(
            [{"first_name": name, "last_name": "Random"} for name in self.names]
        )
        self.students = dict(zip(self.names, students, strict=True))
        env.flush_all()
        self._insert(
            "pact_enrollment",
            ["student_id", "school_id", "calendar_id", "is_primary", "entry_date"]
            + ["exit_date"],
            [
                (
                    self.students[name].id,
                    self.schools[e["school"]].id,
                    self.calendars[e["calendar"]].id if e["calendar"] else None,
                    e["primary"],
                    e["entry"],
                    e["exit"],
                )
                for name in self.names
                for e in world.enrollments[name]
            ],
        )
        self._insert(
            "pact_attendance_received",
            ["school_id", "date"],
            [(self.schools[school].id, day) for school, day in sorted(world.received)],
        )
        years = {
            year: env["pact.school.year"].search([("date_start", "=", year[0])])
            for year in YEARS
        }
        self._insert(
            "pact_attendance_prior",
            ["student_id", "school_id", "year_id", "category", "portion"]
            + ["date_through", "is_withdrawn"],
            [
                (
                    self.students[name].id,
                    self.schools[total["school"]].id,
                    years[total["year"]].id,
                    total["category"],
                    int(total["portion"] * DAY),
                    total["through"],
                    total["withdrawn"],
                )
                for name in self.names
                for total in world.totals[name]
            ],
        )
        self._load_events()
        env.invalidate_all()
        env["pact.attendance.event"]._refresh_counted()
        env.cr.execute(
            "ANALYZE pact_attendance_event, pact_enrollment, pact_school_day,"
            " pact_attendance_received, pact_school, pact_student"
        )

    def _insert(self, table, columns, rows):
        """Insert in the order of `rows`, so that ids ascend with it."""
        cr = self.env.cr
        if rows:
            values = SQL(", ").join(SQL("%s", row) for row in rows)
            cr.execute(
                SQL(
                    "INSERT INTO %s (%s) VALUES %s",
                    SQL.identifier(table),
                    SQL(", ").join(map(SQL.identifier, columns)),
                    values,
                )
            )

    def _load_events(self):
        """Events in the order of their numbers; the flags are the app's."""
        source = self.env["pact.source"].create({"name": "Random", "code": "random"})
        rows = [
            (
                self.students[name].id,
                self.schools[e["school"]].id,
                e["date"],
                self.codes[e["code"]].id,
                self.codes[e["code"]].id,
                int(e["portion"] * DAY),
                int(e["portion"] * DAY),
                e["sent_minutes"],
                CATEGORY_NUMBER[e["category"]],
                e["documented"],
                e["decision"],
                e["withdrawn"],
                source.id,
                str(e["number"]),
                False,
            )
            for name in self.names
            for e in self.reference.events[name]
        ]
        self._insert(
            "pact_attendance_event",
            ["student_id", "school_id", "date", "code_id", "source_code_id"]
            + ["portion", "source_portion", "source_minutes", "category"]
            + ["is_documented", "cap_decision", "is_withdrawn", "source_id"]
            + ["source_key", "is_counted"],
            rows,
        )
        self.env.cr.execute(
            f"""UPDATE pact_attendance_event e
                   SET flags = {flags_of_code("c")} + e.is_documented::int * 2
                       + CASE e.cap_decision WHEN 'excused' THEN 4
                              WHEN 'unexcused' THEN 8 ELSE 0 END
                  FROM pact_attendance_code c
                 WHERE c.id = e.code_id AND e.source_id = %s""",
            (source.id,),
        )

    def event_record(self, event):
        return self.env["pact.attendance.event"].search(
            [("source_key", "=", str(event["number"]))]
        )
