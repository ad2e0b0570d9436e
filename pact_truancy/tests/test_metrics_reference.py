import os
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.pact_truancy.models.facts.units import DAY
from odoo.addons.pact_truancy.models.metrics.packed import unpack
from odoo.addons.pact_truancy.models.metrics.specs import (
    DAY_MEASURES,
    EVENT_MEASURES,
    RATE_MEASURES,
    WINDOWS,
    Counting,
    Spec,
    is_valid,
)

from .common import TruancyCommon
from .random_district import HOLIDAY, LAST, RandomDistrict

FULL = os.environ.get("PACT_FULL") == "1"
STUDENTS = 50
SIZES = {"previous": (5, 20, 180), "enrolled": (5, 30, 180), "rolling": (1, 10, 30)}
EVERY = [
    spec
    for measure in (*DAY_MEASURES, *EVENT_MEASURES, *RATE_MEASURES)
    for window in WINDOWS
    for size in SIZES.get(window, (0,))
    for counting in ("plain", "program")
    for unit in ("days", "occasions", "dates")
    if is_valid(spec := Spec(measure, window, size, counting, unit))
]
# short windows, in which a rate is exactly 90 % now and then
ALWAYS = [
    Spec("attendance_rate", "previous", 20),
    Spec("attendance_rate", "enrolled", 30),
    Spec("attendance_rate", "rolling", 30),
    Spec("attendance_rate", "month"),
]
# what is counted by subtraction, if nothing else is asked with it (limits.py)
LIMITED = [
    spec
    for spec in EVERY
    if spec.counting == "program"
    and spec.unit == "days"
    and spec.measure not in ("truancy", "unexcused_run")
    and spec.window in ("previous", "year", "month", "rolling", "since_letter", "order")
]
ROW_BY_ROW = [s for s in EVERY if s.counting == "program" and s not in LIMITED]
# a class of case that never came up proves nothing
CLASSES = [
    "no enrollment yet", "no beginning", "not received", "medical letter", "cap",
    "unverified_limit", "split at a limit", "pending", "over by return",
    "over at the latest", "excluded", "a run of several days", "mover",
    "other calendar", "overlap", "ended before", "sunday", "holiday", "summer",
    "exactly a whole number", "exactly 90 %", "snow day", "re-coded", "back-dated",
    "not received any more", "a total beyond what is dated",
    "a total that is all dated",
]  # fmt: skip


@tagged("post_install", "-at_install")
class TestMetricsReference(TruancyCommon):
    """The SQL equals a plain Python reference, exactly, over random districts."""

    def test_every_measure_and_window_is_tried(self):
        self.assertEqual({spec.window for spec in EVERY}, set(WINDOWS))
        measures = {*DAY_MEASURES, *EVENT_MEASURES, *RATE_MEASURES}
        self.assertEqual({spec.measure for spec in EVERY}, measures)

    def test_equals_the_reference(self):
        seen, cases = Counter(), set()

        @settings(
            max_examples=40 if FULL else 3,
            deadline=None,
            derandomize=not FULL,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # a smaller seed is no simpler district
        )
        @given(seed=st.integers(0, 2**32))
        def check(seed):
            with self.env.cr.savepoint() as savepoint:
                self.check_district(Random(seed), seed, seen, cases)
                self.env.flush_all()
                savepoint.rollback()
                self.env.invalidate_all()

        check()
        for name in CLASSES:
            with self.subTest(name):
                self.assertTrue(seen[name], f"{name} never came up")
        self.assertEqual({case[2] for case in cases}, set(EVERY))
        self.assertGreater(len(cases), 80_000)

    def check_district(self, rng, seed, seen, cases):
        district = RandomDistrict(self.env, rng, STUDENTS)
        world = district.reference
        sunday = date(2025, 12, 7)
        days = [sunday, HOLIDAY, date(2025, 7, 10), date(2025, 8, 27)]
        days += [district._day(date(2025, 9, 1)) for _n in range(3)]
        seen.update(["sunday", "holiday", "summer"])
        for day in days:
            self.compare(district, rng, day, seed, cases, 30)
        self.correct(district, rng, seen)
        for day in days[-2:]:
            self.compare(district, rng, day, seed, cases, 30)
        seen.update(world.seen)
        for enrollments in world.enrollments.values():
            schools = {e["school"] for e in enrollments}
            calendars = {
                e["calendar"] or world.schools[e["school"]][0] for e in enrollments
            }
            seen["mover"] += len(schools) > 1
            seen["other calendar"] += len(calendars) > 1
            seen["ended before"] += any(e["exit"] for e in enrollments)
            seen["overlap"] += any(
                one["number"] < two["number"]
                and two["entry"] <= (one["exit"] or LAST)
                and one["entry"] <= (two["exit"] or LAST)
                for one in enrollments
                for two in enrollments
            )

    def correct(self, district, rng, seen):
        """What happens late: staff re-code, a day was closed, an enrollment began
        earlier, a day was not received after all. No rebuild by hand."""
        world = district.reference
        events = [e for own in world.events.values() for e in own if e["absent"]]
        for event in rng.sample(events, 12):
            if event["category"] in ("unverified", "unexcused"):
                district.event_record(event).code_id = district.codes["REXE"]
                event.update(category="excused", valid=True)
                seen["re-coded"] += 1
        for name, days in world.calendars.items():
            closed = rng.choice(sorted(d for d in days if d.year == 2025))
            days.remove(closed)
            self.env["pact.school.day"].search(
                [
                    ("calendar_id", "=", district.calendars[name].id),
                    ("date", "=", closed),
                ]
            ).kind = "weather"
            seen["snow day"] += 1
        for name in district.names:
            late = [e for e in world.enrollments[name] if e["entry"].year == 2025]
            if late and rng.random() < 0.3:
                record = self.env["pact.enrollment"].search(
                    [
                        ("student_id", "=", district.students[name].id),
                        ("school_id", "=", district.schools[late[0]["school"]].id),
                        ("entry_date", "=", late[0]["entry"]),
                    ]
                )
                late[0]["entry"] -= timedelta(days=9)
                record.entry_date = late[0]["entry"]
                seen["back-dated"] += 1
        for school, day in rng.sample(sorted(world.received), 6):
            world.received.remove((school, day))
            self.env["pact.attendance.received"].search(
                [("school_id", "=", district.schools[school].id), ("date", "=", day)]
            ).unlink()
            seen["not received any more"] += 1

    def compare(self, district, rng, day, seed, cases, count):
        rules, starts = district.rules(), district.starts(day)
        # each round also asks what was not asked yet
        asked = {case[2] for case in cases}
        left = [spec for spec in EVERY if spec not in asked][:80]
        mixed = [*ALWAYS, *rng.sample(EVERY, count), *left]
        self.compare_specs(district, mixed, day, seed, cases, rules, starts)
        limited = rng.sample(LIMITED, count) + rng.sample(ROW_BY_ROW, rng.randrange(2))
        rules |= {"excused_cap": True, "grace_days": 0}
        self.compare_specs(district, limited, day, seed, cases, rules, starts)

    def compare_specs(self, district, specs, day, seed, cases, rules, starts):
        world = district.reference
        world.ask(rules, starts)
        records = self.env["pact.student"].browse(
            [student.id for student in district.students.values()]
        )
        asked = (
            Counting(**rules),
            {
                name: {district.students[one].id: d for one, d in dates.items()}
                for name, dates in starts.items()
            },
        )
        self.compare_days(district, records, day, specs[:20], asked)
        values = self.env["pact.metrics"]._read(records, day, specs, *asked)
        for name in district.names:
            own = values.get(district.students[name].id)
            for spec in specs:
                expected = world.value(name, day, spec)
                actual = "nobody" if own is None else _in_days(spec, own[spec])
                if actual != expected:
                    self.fail(self.story(district, name, day, spec, expected, actual))
                cases.add((f"{seed} {name}", day, spec))
                if isinstance(expected, tuple):
                    world.seen["exactly 90 %"] += (
                        expected[0] * 10 == expected[1] * 9 != 0
                    )
                elif isinstance(expected, Fraction):
                    world.seen["exactly a whole number"] += (
                        expected >= 1 and not expected % 1
                    )

    def compare_days(self, district, records, day, specs, asked):
        """What a flag notes (`evidenced`) are the days of the reference."""
        specs = list(dict.fromkeys(specs))
        metrics = self.env["pact.metrics"]
        sql, names = metrics._select(records, day, specs, *asked, evidenced=specs)
        metrics._prepare()
        self.env.cr.execute(sql)
        rows = {row["student_id"]: row for row in self.env.cr.dictfetchall()}
        for name in district.names:
            row = rows.get(district.students[name].id)
            for spec in specs if row else ():
                expected = district.reference.days(name, day, spec)
                actual = {
                    date: Fraction(portion, DAY)
                    for date, portion in unpack(row[names[spec][-1]]).items()
                }
                if actual != expected:
                    self.fail(self.story(district, name, day, spec, expected, actual))

    def story(self, district, name, day, spec, expected, actual):
        """Return what a person needs to decide who is right."""
        world = district.reference
        lines = [
            f"{spec} as of {day} ({day:%a}): reference {expected}, SQL {actual}",
            f"rules {world.rules}",
            f"starts { {k: v[name] for k, v in world.starts.items() if name in v} }",
            *(f"  enrolled {e}" for e in world.enrollments[name]),
            *(f"  typed {total}" for total in world.totals[name]),
        ]
        lines += [
            f"  {row['date']} {row['school']} {row['held']}->{row['category']} "
            f"{row['portion']} of {row['code']} minutes {row['minutes']} "
            f"{'documented ' * row['documented']}{'pending ' * row['pending']}"
            f"{row['rule'] or ''}"
            for row in world.rows(name, day, spec.counting)
        ]
        return "\n".join(lines)


def _in_days(spec, value):
    """Return a value of the engine as the reference gives it."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return tuple(Fraction(one, DAY) for one in value)
    return Fraction(value, DAY) if spec.unit == "days" else value
