import os
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.pact_truancy.models.facts.units import DAY
from odoo.addons.pact_truancy.models.metrics.specs import Counting, Spec

from .common import TruancyCommon
from .reference import Reference

FULL = os.environ.get("PACT_FULL") == "1"
STUDENTS = 60
YEARS = [(date(2024, 7, 1), date(2025, 6, 30)), (date(2025, 7, 1), date(2026, 6, 30))]
SPECS = [
    Spec("absent", "year"),
    Spec("unexcused", "year", counting="program"),
    Spec("excused", "year", counting="program"),
    Spec("excused", "year"),
    Spec("possible", "year"),
    Spec("unexcused", "previous", 180, "program"),
    Spec("unexcused", "previous", 180),
    Spec("unverified", "previous", 20),
    Spec("absent", "previous", 40),
    Spec("possible", "previous", 180),
]
CODES = {  # code -> category
    "UNX": "unexcused",
    "EXE": "excused",
    "UNV": "unverified",
    "MED": "medical",
    "OSS": "suspension",
    "TDY": "tardy",
}


@tagged("post_install", "-at_install")
class TestMetricsReference(TruancyCommon):
    """The SQL equals a plain Python reference, exactly, over random districts."""

    def test_equals_the_reference(self):
        seen = Counter()
        cases = Counter()

        @settings(
            max_examples=40 if FULL else 4,
            deadline=None,
            derandomize=not FULL,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # a smaller seed is no simpler district
        )
        @given(seed=st.integers(0, 2**32))
        def check(seed):
            with self.env.cr.savepoint() as savepoint:
                self.compare(Random(seed), seen, cases)
                self.env.flush_all()
                savepoint.rollback()
                self.env.invalidate_all()

        check()
        # the test proves nothing about what never came up
        for kind in (
            "mover",
            "other calendar",
            "gap",
            "closed later",
            "outside",
            "sunday",
            "split at the limit",
            "decided",
            "no enrollment yet",
            "ended before",
            "overlap",
        ):
            self.assertTrue(seen[kind], f"no case of: {kind}")
        self.assertGreater(cases["compared"], 4000 if FULL else 1500)

    def compare(self, rnd, seen, cases):
        world, students = self.make_world(rnd, seen)
        days = [date(2025, 8, 30), date(2026, 1, 1), date(2026, 3, 3)]
        day = rnd.choice([*days, date(2025, 7, 10), date(2026, 5, 20)])
        self.set_today(day)
        values = self.env["pact.metrics"]._read(
            students, day, SPECS, Counting(excused_cap=True)
        )
        for student in students:
            for spec in SPECS:
                expected = world.value(
                    student.id,
                    day,
                    spec.measure,
                    spec.window,
                    spec.size,
                    spec.counting == "program",
                )
                got = values.get(student.id, {}).get(spec)
                got = None if got is None else Fraction(got, DAY)
                cases["compared"] += 1
                if expected is None:
                    seen["no enrollment yet"] += 1
                self.assertEqual(got, expected, (day, spec, student.id))
            plain, capped = SPECS[6], SPECS[5]
            own = values.get(student.id)
            if own and (own[capped] - own[plain]) % DAY:
                seen["split at the limit"] += 1

    def make_world(self, rnd, seen):
        other_calendar = self.make_calendar("Other")
        Day = self.env["pact.school.day"]
        days = Day.search([("calendar_id", "in", (self.calendar | other_calendar).ids)])
        for calendar_days in days.grouped("calendar_id").values():
            closed = calendar_days.browse(rnd.sample(calendar_days.ids, 12))
            closed.kind = rnd.choice(["holiday", "weather"])
        self.other_school.calendar_id = other_calendar
        schools = [self.school, self.sister_school, self.other_school]
        for school in schools:
            school.write(
                {
                    "own_excused_day_cap": True,
                    "excused_day_cap": rnd.choice([0, 1, 2.5, 5]),
                }
            )
        Received = self.env["pact.attendance.received"]
        gaps = Received.search([("school_id", "in", [s.id for s in schools])])
        gaps.browse(rnd.sample(gaps.ids, 30)).unlink()
        seen["gap"] += 1
        students = self.env["pact.student"].create(
            [
                {
                    "first_name": f"S{n}",
                    "last_name": "Random",
                    "birth_date": "2012-01-01",
                }
                for n in range(STUDENTS)
            ]
        )
        spans = self.make_enrollments(rnd, students, schools, other_calendar, seen)
        events = self.make_random_events(rnd, students, schools, spans, seen)
        # a day closed after all of it was recorded
        late = rnd.choice(days.filtered("is_school_day"))
        late.kind = "weather"
        seen["closed later"] += 1
        school_days = Day.search([("is_school_day", "=", True)])
        return (
            Reference(
                YEARS,
                {
                    calendar.id: set(own.mapped("date"))
                    for calendar, own in school_days.grouped("calendar_id").items()
                },
                {
                    s.id: (
                        s.calendar_id.id,
                        Fraction(str(s.excused_day_cap)) if s.excused_day_cap else None,
                    )
                    for s in schools
                },
                {(r.school_id.id, r.date) for r in Received.search([])},
                spans,
                events,
            ),
            students,
        )

    def make_enrollments(self, rnd, students, schools, other_calendar, seen):
        rows = []
        for student in students:
            kind = rnd.random()
            entry = date(2024, 8, 20) + timedelta(days=rnd.choice([0, 5, 30, 200, 380]))
            school = rnd.choice(schools)
            first = {
                "student": student.id,
                "school": school.id,
                "calendar": other_calendar.id if rnd.random() < 0.1 else None,
                "primary": True,
                "entry": entry,
                "exit": None,
            }
            rows.append(first)
            if kind < 0.5:  # moves, with or without days between
                first["exit"] = entry + timedelta(days=rnd.randint(20, 400))
                new = rnd.choice([s for s in schools if s != school])
                if new.calendar_id != school.calendar_id:
                    seen["other calendar"] += 1
                rows.append(
                    {
                        **first,
                        "school": new.id,
                        "calendar": None,
                        "entry": first["exit"] + timedelta(days=rnd.choice([1, 1, 9])),
                        "exit": None,
                    }
                )
                seen["mover"] += 1
            elif kind < 0.65:  # two at once, the later one may be the primary one
                first["primary"] = rnd.random() < 0.5
                new = rnd.choice([s for s in schools if s != school])
                rows.append(
                    {
                        **first,
                        "school": new.id,
                        "calendar": None,
                        "primary": rnd.random() < 0.5,
                        "entry": entry + timedelta(days=rnd.randint(1, 30)),
                        "exit": None,
                    }
                )
                seen["overlap"] += 1
            elif kind < 0.75:
                first["exit"] = entry + timedelta(days=rnd.randint(10, 500))
                seen["ended before"] += 1
        records = self.env["pact.enrollment"].create(
            [
                {
                    "student_id": row["student"],
                    "school_id": row["school"],
                    "calendar_id": row["calendar"],
                    "is_primary": row["primary"],
                    "entry_date": row["entry"],
                    "exit_date": row["exit"],
                }
                for row in rows
            ]
        )
        spans = {student.id: [] for student in students}
        for record, row in zip(records, rows, strict=True):
            spans[row["student"]].append({**row, "id": record.id})
        return spans

    def make_random_events(self, rnd, students, schools, spans, seen):
        self.set_today(date(2026, 6, 30))
        rows = []
        for student in students:
            dates = rnd.sample(range(0, 640), rnd.randint(0, 25))
            for number in dates:
                day = date(2024, 8, 26) + timedelta(days=number)
                inside = [
                    s
                    for s in spans[student.id]
                    if s["entry"] <= day and (s["exit"] is None or day <= s["exit"])
                ]
                school = rnd.choice(inside)["school"] if inside else schools[0].id
                if not inside:
                    seen["outside"] += 1
                if day.weekday() == 6:
                    seen["sunday"] += 1
                code = rnd.choice(["UNX", "EXE", "EXE", "EXE", *CODES])
                portion = rnd.choice([Fraction(1), Fraction(1, 2), Fraction(1, 6)])
                decision = None
                if code == "EXE" and rnd.random() < 0.15:
                    decision = rnd.choice(["excused", "unexcused"])
                    seen["decided"] += 1
                rows.append((student.id, school, day, code, portion, decision))
        records = self.env["pact.attendance.event"].create(
            [
                {
                    "student_id": student,
                    "school_id": school,
                    "date": day,
                    "code_id": self.codes[code].id,
                    "portion": int(portion * DAY),
                    "cap_decision": decision,
                }
                for student, school, day, code, portion, decision in rows
            ]
        )
        events = {student.id: [] for student in students}
        for record, (student, school, day, code, portion, decision) in zip(
            records, rows, strict=True
        ):
            events[student].append(
                {
                    "id": record.id,
                    "school": school,
                    "date": day,
                    "category": CODES[code],
                    "absent": code != "TDY",
                    "portion": portion,
                    "decision": decision,
                }
            )
        return events
