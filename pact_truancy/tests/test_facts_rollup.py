from datetime import timedelta
from fractions import Fraction

import psycopg2
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.pact_truancy.models.facts.units import DAY

from .common import TruancyCommon


@tagged("post_install", "-at_install")
class TestRollup(TruancyCommon):
    """Roll-up rules: what a system sends becomes parts of a day, by school and date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.make_student()
        cls.day = cls.school_days(1)[0]
        cls.Event = cls.env["pact.attendance.event"]

    def rule(self, place=None, **values):
        place = place or self.school
        field = "school_id" if place._name == "pact.school" else "district_id"
        return self.env["pact.attendance.rollup"].create({field: place.id, **values})

    def send(self, rows, day=None, by_row_id=False, day_minutes=None, code="UNX"):
        """Send rows of one student-day: dicts with key, code, minutes, periods, part,
        sent. Returns the counts of `_stage`."""
        staged = [
            (
                number,
                self.student.id,
                self.school.id,
                day or self.day,
                row.get("key", str(number)),
                self.codes[row.get("code", code)].id,
                row.get("sent"),
                row.get("minutes"),
                None,
                row.get("part"),
                row.get("periods"),
            )
            for number, row in enumerate(rows, 1)
        ]
        counts = self.Event._stage(
            self.source, staged, by_row_id=by_row_id, day_minutes=day_minutes
        )
        self.Event._apply_stage(self.source)
        return counts

    def portions(self, day=None):
        events = self.Event.search(
            [
                ("student_id", "=", self.student.id),
                ("date", "=", day or self.day),
                ("is_withdrawn", "!=", True),
            ],
            order="source_key",
        )
        return [Fraction(portion, DAY) for portion in events.mapped("portion")]

    def test_without_a_rule(self):
        """Minutes by what the file says of a day's minutes, then the portion sent,
        then the code's (counting.md 13)."""
        day = self.day
        self.send([{"minutes": 90, "sent": DAY}], day_minutes=360)
        self.assertEqual(self.portions(), [Fraction(1, 4)])
        self.send([{"minutes": 90, "sent": DAY // 2}], day - timedelta(7))
        self.assertEqual(self.portions(day - timedelta(7)), [Fraction(1, 2)])
        self.codes["UNX"].portion = DAY // 3
        self.send([{"minutes": 0}], day - timedelta(8), day_minutes=360)
        self.assertEqual(self.portions(day - timedelta(8)), [Fraction(1, 3)])

    def test_cutoffs_hold_for_the_day(self):
        """Three periods of 60 minutes are a whole day where 180 minutes are one, each
        a third of it."""
        self.rule(kind="cutoffs", full_from=180, half_from=90)
        for minutes, days in {
            (60, 60, 60): [Fraction(1, 3)] * 3,
            (180,): [1],
            (179,): [Fraction(1, 2)],
            (90,): [Fraction(1, 2)],
            (89,): [0],
            (45, 44): [0, 0],
            (45, 45): [Fraction(1, 4)] * 2,
            (400,): [1],
        }.items():
            with self.subTest(minutes=minutes):
                self.send([{"minutes": number} for number in minutes])
                self.assertEqual(self.portions(), days)

    def test_whole_days_only(self):
        self.rule(kind="cutoffs", full_from=180, half_from=0)
        self.send([{"minutes": 179}])
        self.assertEqual(self.portions(), [0])

    def test_a_tardy_fills_no_cutoff_of_an_absence(self):
        self.rule(kind="cutoffs", full_from=180, half_from=90)
        self.send([{"minutes": 150}, {"minutes": 40, "code": "TDY"}])
        self.assertEqual(self.portions(), [Fraction(1, 2), 0])

    def test_periods_and_halves(self):
        """Six sixths and eleven elevenths are one day; a half is one part of a day."""
        rule = self.rule(kind="periods", periods=6)
        self.send([{"part": str(number)} for number in range(6)])
        self.assertEqual(self.portions(), [Fraction(1, 6)] * 6)
        rule.periods = 11
        self.send([{"part": f"{number:02}"} for number in range(11)])
        self.assertEqual(sum(self.portions()), 1)
        self.send([{"periods": 4}])
        self.assertEqual(self.portions(), [Fraction(DAY * 4 // 11, DAY)])
        rule.kind = "half_days"
        self.send([{"part": "AM"}, {"part": "PM"}])
        self.assertEqual(self.portions(), [Fraction(1, 2)] * 2)
        self.send([{"part": "All Day"}])
        self.assertEqual(self.portions(), [1])

    def test_more_than_the_day_has_is_refused(self):
        self.rule(kind="periods", periods=6)
        rows = [{"part": str(number), "key": str(number)} for number in range(7)]
        self.assertEqual(self.send(rows)["rejected"], 7)

    def test_exact_rounds_down_once_a_day(self):
        self.rule(kind="exact", day_minutes=371)
        self.send([{"minutes": 53} for _number in range(7)])
        self.assertEqual(sum(self.portions()), 1)
        self.send([{"minutes": 100}])
        self.assertEqual(self.portions(), [Fraction(100 * DAY // 371, DAY)])

    def test_a_row_that_comes_alone_is_added_to_its_day(self):
        """With row ids a file brings one row of a day; cut-offs still see the day."""
        self.rule(kind="cutoffs", full_from=180, half_from=90)
        self.send([{"key": "a", "minutes": 100}], by_row_id=True)
        self.assertEqual(self.portions(), [Fraction(1, 2)])
        counts = self.send([{"key": "b", "minutes": 100}], by_row_id=True)
        self.assertEqual((counts["new"], counts["changed"]), (1, 0))
        self.assertEqual(self.portions(), [Fraction(1, 2)] * 2)
        counts = self.send([{"key": "c", "minutes": 200}], by_row_id=True)
        self.assertEqual((counts["new"], counts["changed"]), (1, 2))
        self.assertEqual(
            self.portions(), [Fraction(1, 4), Fraction(1, 4), Fraction(1, 2)]
        )
        changes = self.Event.search([("source_key", "=", "a")]).change_ids
        self.assertEqual(changes.mapped("operation"), ["rule", "create"])

    def test_the_rule_of_the_date_and_the_school_wins(self):
        self.rule(self.district, kind="exact", day_minutes=400)
        last = self.day - timedelta(5)
        self.rule(kind="exact", day_minutes=300, date_to=last)
        self.rule(kind="exact", day_minutes=200, date_from=last + timedelta(1))
        self.send([{"minutes": 100}], day_minutes=1000)
        self.assertEqual(self.portions(), [Fraction(1, 2)])
        self.send([{"minutes": 100}], last)
        self.assertEqual(self.portions(last), [Fraction(1, 3)])
        self.env["pact.attendance.rollup"].search(
            [("school_id", "=", self.school.id)]
        ).unlink()
        self.send([{"minutes": 100}])
        self.assertEqual(self.portions(), [Fraction(1, 4)])

    def test_a_rule_cannot_be_nonsense(self):
        self.rule(kind="periods")
        with self.assertRaisesRegex(ValidationError, "already has a roll-up rule"):
            self.rule(kind="exact", date_from=self.day)
        for values in (
            {"kind": "periods", "periods": 0},
            {"kind": "cutoffs", "full_from": 90, "half_from": 90},
            {"kind": "exact", "day_minutes": 0},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.rule(self.sister_school, **values)

    def test_random_days_equal_the_words_of_the_rule(self):
        """Each kind against a plain reading of its sentence, for the whole day."""
        rule = self.rule(kind="exact")

        @settings(max_examples=40, deadline=None)
        @given(
            st.sampled_from(["exact", "cutoffs", "periods"]),
            st.integers(1, 16),
            st.lists(st.integers(1, 90), min_size=1, max_size=6),
        )
        def check(kind, count, numbers):
            rule.write({"kind": kind, "periods": count, "day_minutes": 40 * count})
            name = "periods" if kind == "periods" else "minutes"
            if kind == "periods":
                numbers = [number % 3 + 1 for number in numbers]
            counts = self.send([{name: number} for number in numbers])
            total, full = sum(numbers), count if kind == "periods" else 40 * count
            if kind == "cutoffs":
                wanted = 2 * (total >= 180) or 1 * (total >= 90)
                wanted *= DAY // 2
            else:
                wanted = total * DAY // full
            if len(numbers) == 1:
                wanted = min(wanted, DAY)
            if wanted > DAY:
                self.assertEqual(counts["rejected"], len(numbers))
            else:
                self.assertEqual(sum(self.portions()) * DAY, wanted)

        check()

    # -- run again for past days -----------------------------------------------------

    def again(self, rule, user=None):
        wizards = self.env["pact.attendance.rollup.again"]
        return wizards.with_user(user or self.env.user).create({"rollup_id": rule.id})

    def test_a_changed_rule_runs_again(self):
        """A preview with numbers, then the change with its history; what staff decided
        and a day that would be more than whole stay."""
        rule = self.rule(kind="exact", day_minutes=400)
        days = self.school_days(4)
        for day in days:
            self.send([{"minutes": 100}], day)
        self.make_events(self.student, days[3:], code="EXE", portion=0.75)
        events = self.Event.search(
            [("student_id", "=", self.student.id), ("source_id", "=", self.source.id)],
            order="date",
        )
        events[0].portion = DAY
        rule.write({"kind": "cutoffs", "full_from": 200, "half_from": 100})
        boss = self.make_user("boss", "coordinator", self.district)
        wizard = self.again(rule, boss)
        self.assertIn("2 absences change", wizard.summary)
        self.assertIn("1 that staff decided", wizard.summary)
        self.assertIn("1 stay", wizard.summary)
        self.assertIn("half day", wizard.lines)
        self.assertEqual(self.portions(days[1]), [Fraction(1, 4)], "only a preview")
        done = wizard.action_run()
        self.assertIn("changed: ", done["params"]["message"])
        self.assertEqual(
            [Fraction(p, DAY) for p in events.mapped("portion")],
            [1, Fraction(1, 2), Fraction(1, 2), Fraction(1, 4)],
        )
        change = events[1].change_ids.sorted("id")[-1]
        self.assertEqual((change.operation, change.detail), ("rule", rule.name))
        self.assertEqual(change.create_uid, boss)
        self.assertEqual(len(events[0].change_ids), 2, "what held still holds")
        self.assertEqual(
            self.again(rule, boss).summary,
            "0 absences change.\n1 stay: their day would be more than one whole day.",
        )
        # the next file with the same rows finds nothing changed
        self.assertEqual(self.send([{"minutes": 100}], days[1])["unchanged"], 1)

    def test_who_runs_a_rule_again(self):
        rule = self.rule(self.district, kind="exact", day_minutes=400)
        self.send([{"minutes": 100}])
        rule.day_minutes = 200
        for role, scope in (
            ("coordinator", self.school),
            ("coordinator", self.other_district),
            ("school_admin", self.school),
        ):
            user = self.make_user(f"{role}{scope.id}{scope._name}", role, scope)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.again(rule, user).action_run()
        admin = new_test_user(
            self.env,
            login="appadmin",
            groups="base.group_user,pact_truancy.group_pact_administrator",
        )
        wizard = self.again(rule, admin)
        self.assertIn("1 absences change", wizard.summary)
        self.assertFalse(wizard.lines, "no child by that role alone")
        wizard.action_run()
        self.assertEqual(self.portions(), [Fraction(1, 2)])
