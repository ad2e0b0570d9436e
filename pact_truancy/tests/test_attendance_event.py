from datetime import timedelta

import psycopg2
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.pact_truancy.models.facts.units import (
    DAY,
    format_days,
    to_portion,
)

from .common import TODAY, TruancyCommon


@tagged("post_install", "-at_install")
class TestAttendanceEvent(TruancyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.make_student()
        cls.secretary = cls.make_user("secretary", "school_staff", cls.school)
        cls.days = cls.school_days(5)

    def test_call_in_is_coded_and_every_recoding_kept(self):
        """SOP-02: the secretary codes what the guardian says; the original code and
        every re-coding stay, with who and when."""
        event = (
            self.env["pact.attendance.event"]
            .with_user(self.secretary)
            .create(
                {
                    "student_id": self.student.id,
                    "school_id": self.school.id,
                    "date": self.days[0],
                    "code_id": self.codes["UNV"].id,
                }
            )
        )
        event.write({"code_id": self.codes["EXE"].id, "reason": "Mother called"})
        event.write({"code_id": self.codes["MED"].id, "is_documented": True})
        self.assertEqual(event.source_code_id.code, "UNV", "what was said first")
        self.assertEqual(event.code_id.code, "MED")
        self.assertEqual(event.decided_by_id, self.secretary)
        changes = event.change_ids.sorted("id")
        self.assertEqual(changes.mapped("operation"), ["create", "staff", "staff"])
        self.assertEqual(
            [(c.code_before_id.code, c.code_after_id.code) for c in changes],
            [(False, "UNV"), ("UNV", "EXE"), ("EXE", "MED")],
        )
        self.assertEqual(changes.create_uid, self.secretary)
        self.assertIn("documented", changes[2].detail)

    def test_district_codes(self):
        """SOP-02, R21-03: a district's own code wins over a shared one of that name."""
        own = self.env["pact.attendance.code"].create(
            {
                "code": "exe",
                "name": "Excused, our way",
                "category": "medical",
                "district_id": self.district.id,
            }
        )
        Code = self.env["pact.attendance.code"]
        self.assertEqual(Code._by_code(self.district)["EXE"], own)
        self.assertEqual(
            Code._by_code(self.other_district)["EXE"],
            self.env.ref("pact_truancy.code_exe"),
        )

    def test_what_the_source_said_is_never_edited(self):
        event = self.make_events(self.student, self.days[:1])
        for field, value in {
            "date": self.days[1],
            "student_id": self.make_student(first="Other").id,
            "source_code_id": self.codes["EXE"].id,
            "is_counted": False,
        }.items():
            with self.subTest(field=field), self.assertRaises(AccessError):
                event.write({field: value})

    def test_not_more_than_one_day(self):
        self.make_events(self.student, self.days[:1], portion=0.5)
        with self.assertRaisesRegex(ValidationError, "1.5 days"):
            self.make_events(self.student, self.days[:1], code="EXE")

    def test_not_more_than_one_day_across_schools(self):
        self.make_events(self.student, self.days[:1])
        with self.assertRaisesRegex(ValidationError, "River High"):
            self.make_events(
                self.student,
                self.days[:1],
                code="EXE",
                portion=0.5,
                school=self.other_school,
            )

    def test_two_halves_are_one_day(self):
        self.make_events(self.student, self.days[:1], portion=0.5)
        self.make_events(self.student, self.days[:1], code="EXE", portion=0.5)
        self.assertEqual(self.student.absent_days, 1)

    def test_not_in_the_future(self):
        with self.assertRaisesRegex(ValidationError, "future"):
            self.make_events(self.student, [TODAY + timedelta(days=1)])

    def test_never_deleted(self):
        event = self.make_events(self.student, self.days[:1])
        with self.assertRaisesRegex(UserError, "never deleted"):
            event.unlink()
        event.action_withdraw()
        self.assertEqual(self.student.absent_days, 0)
        self.assertEqual(event.change_ids.sorted("id")[-1].operation, "withdraw")
        self.make_events(self.student, self.days[:1])
        self.assertEqual(self.student.absent_days, 1, "recorded once more")

    def test_double_click_records_once(self):
        self.make_events(self.student, self.days[:1], portion=0.5)
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.make_events(self.student, self.days[:1], portion=0.5)

    def test_closing_a_day_later_stops_its_events(self):
        self.make_events(self.student, self.days[:1])
        day = self.env["pact.school.day"].search(
            [("calendar_id", "=", self.calendar.id), ("date", "=", self.days[0])]
        )
        day.kind = "weather"
        self.assertEqual(self.student.absent_days, 0)
        day.kind = "make_up"
        self.assertEqual(self.student.absent_days, 1)

    def test_back_dated_exit_and_entry(self):
        self.make_events(self.student, self.days)
        enrollment = self.student.enrollment_ids
        enrollment.exit_date = self.days[2]
        self.assertEqual(self.student.absent_days, 3, "the exit day counts")
        enrollment.exit_date = False
        enrollment.entry_date = self.days[3]
        self.assertEqual(self.student.absent_days, 2, "the entry day counts")

    def test_a_code_that_changes_its_category_changes_the_count(self):
        self.make_events(self.student, self.days[:1], code="UNV")
        self.env.flush_all()
        self.env.ref("pact_truancy.code_unv").category = "unexcused"
        self.env.invalidate_all()
        self.assertEqual(self.student.unexcused_days, 1)


@tagged("post_install", "-at_install")
class TestUnits(TruancyCommon):
    def test_decimals_are_the_nearest_fraction(self):
        """counting.md 13: a decimal is a fraction with a denominator up to 12."""
        for text, portion in {
            "1": DAY,
            "0.5": DAY // 2,
            "0.33": DAY // 3,
            "0.67": DAY * 2 // 3,
            "0.17": DAY // 6,
            "0": 0,
        }.items():
            self.assertEqual(to_portion(text), portion, text)
            self.assertEqual(to_portion(float(text)), portion, text)

    @given(st.integers(1, 12), st.integers(0, 12))
    @settings(max_examples=200, deadline=None)
    def test_fractions_survive_two_decimals(self, whole, part):
        if part > whole:
            return
        portion = DAY * part // whole
        self.assertEqual(to_portion(format_days(portion)), portion)
