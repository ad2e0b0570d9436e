from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import tagged

from odoo.addons.pact_truancy.models.metrics.pact_student_summary import FEW

from .common import TODAY, TruancyCommon


@tagged("post_install", "-at_install")
class TestSummary(TruancyCommon):
    """The kept numbers of the lists are those that a fresh count gives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.make_student()
        cls.days = cls.school_days(40)
        cls.follow()

    @classmethod
    def follow(cls):
        """What happens before each commit."""
        cls.env.flush_all()
        cls.env.cr.precommit.run()
        cls.env.invalidate_all()

    def differences(self):
        return self.env["pact.student.summary"]._differences(TODAY)

    def found(self, *domain):
        return self.env["pact.student"].search(list(domain))

    def test_follows_each_road(self):
        """Recording, re-coding, taking back, a closed day, a day not received, an
        enrollment: the kept number is right without a rebuild."""
        events = self.make_events(self.student, self.days[:6], "UNV")
        self.follow()
        self.assertEqual(self.student.listed_unverified, 6)
        self.assertEqual(self.student.listed_absent, 6)
        events[0].code_id = self.codes["UNX"]
        events[1].action_withdraw()
        self.follow()
        self.assertEqual(self.student.listed_unverified, 4)
        self.assertEqual(self.student.listed_unexcused, 1)
        self.env["pact.school.day"].search(
            [("calendar_id", "=", self.calendar.id), ("date", "=", self.days[2])]
        ).kind = "weather"
        self.follow()
        self.assertEqual(self.student.listed_unverified, 3)
        self.assertFalse(self.differences())
        self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", "=", self.days[3])]
        ).unlink()
        self.follow()
        self.assertEqual(self.student.listed_unverified, 2)
        self.assertFalse(self.differences())
        self.student.enrollment_ids.entry_date = self.days[5]
        self.follow()
        self.assertEqual(self.student.listed_unverified, 1)
        self.assertFalse(self.differences())

    def test_a_code_that_means_something_else(self):
        self.make_events(self.student, self.days[:2], "UNV")
        self.codes["UNV"].category = "excused"
        self.follow()
        self.assertEqual(self.student.listed_unverified, 0)
        self.assertFalse(self.differences())

    def test_another_limit_of_excused_days(self):
        """R21-04: the kept number of the last 180 school days knows the limit."""
        self.make_events(self.student, self.days[:4], "EXE")
        self.follow()
        self.assertEqual(self.student.listed_unexcused_window, 0)
        self.district.excused_day_cap = 3
        self.env.flush_all()
        self.school.write({"own_excused_day_cap": True, "excused_day_cap": 3})
        self.follow()
        self.assertEqual(self.student.listed_unexcused_window, 1)
        self.assertFalse(self.differences())

    def test_filters(self):
        other = self.make_student("Theo", "Park")
        self.make_events(self.student, self.days[:5], "UNV")
        self.make_events(other, self.days[:4], "UNV")
        self.make_events(other, self.days[4:5], "UNV", portion=0.5)
        self.follow()
        both = [("id", "in", (self.student | other).ids)]
        self.assertEqual(
            self.found(("listed_unverified", ">=", 5), *both), self.student
        )
        self.assertEqual(
            self.env["pact.student"].search(both, order="listed_absent desc").ids,
            [self.student.id, other.id],
        )

    def test_exactly_90_percent_is_not_under_90(self):
        student = self.make_student("Eve", "Ten", entry=self.school_days(10)[0])
        self.make_events(student, self.school_days(1))
        self.follow()
        mine = ("id", "=", student.id)
        self.assertEqual(student.listed_rate, 90)
        self.assertFalse(self.found(mine, ("listed_rate", "<", 90)))
        self.make_events(student, self.school_days(2)[:1], portion=0.5)
        self.follow()
        self.assertEqual(self.found(mine, ("listed_rate", "<", 90)), student)

    def test_the_denominator_grows_without_a_write(self):
        """Tomorrow everybody has one more school day; no row is written for it."""
        summary = self.env["pact.student.summary"]
        self.follow()
        tomorrow = TODAY + timedelta(days=1)
        self.set_today(tomorrow)
        self.env["pact.attendance.received"]._mark(
            self.school, tomorrow, tomorrow, self.source
        )
        before = self.student._listed_pair()[1]
        self.assertEqual(summary._refresh(tomorrow, self.student), 0)
        self.env.invalidate_all()
        self.assertEqual(self.student._listed_pair()[1], before)
        self.assertEqual(self.student._listed_pair()[1], self.student.possible_days)
        self.assertFalse(summary._differences(tomorrow))

    def test_many_wait_for_the_scheduled_job(self):
        students = self.env["pact.student"].create(
            [{"first_name": f"S{n}", "last_name": "Many"} for n in range(FEW + 5)]
        )
        self.env["pact.enrollment"].create(
            [
                {
                    "student_id": student.id,
                    "school_id": self.school.id,
                    "entry_date": self.days[0],
                }
                for student in students
            ]
        )
        self.follow()
        self.assertFalse(students[0].summary_id)
        with self.enter_registry_test_mode():
            self.env.ref("pact_truancy.ir_cron_refresh_summary").method_direct_trigger()
        self.env.invalidate_all()
        self.assertTrue(all(students.mapped("summary_id")))
        run = self.env["pact.summary.run"].search([("day", "=", TODAY)])
        self.assertTrue(run.is_done)
        self.assertEqual(students[0].listed_day, TODAY)
        self.assertFalse(self.differences())

    def test_repair_names_each_difference(self):
        self.make_events(self.student, self.days[:2])
        self.follow()
        self.env.cr.execute(
            "UPDATE pact_student_summary SET absent = 7 WHERE student_id = %s",
            (self.student.id,),
        )
        admin = self.make_user("sam")
        admin.group_ids |= self.env.ref("pact_truancy.group_pact_administrator")
        runs = self.env["pact.summary.run"].with_user(admin)
        # as the button above the list calls it
        action = call_kw(runs, "action_repair", [[]], {})
        run = runs.browse(action["res_id"])
        self.assertEqual(run.difference_count, 1)
        self.assertIn("stored 7, computed 2", run.difference_text)
        self.assertNotIn("Rivera", run.difference_text)
        self.env.invalidate_all()
        self.assertEqual(self.student.listed_absent, 2)
        self.assertFalse(self.differences())
        with self.assertRaises(AccessError):
            self.env["pact.summary.run"].with_user(
                self.make_user("eve")
            ).action_repair()

    def test_without_enrollment_there_are_no_numbers(self):
        """Who has no enrollment any more (merged, entered by mistake) keeps no old
        numbers in the lists, and is no difference that the repair reports."""
        self.make_events(self.student, self.days[:2])
        self.follow()
        self.assertEqual(self.student.listed_absent, 2)
        self.student.enrollment_ids.unlink()
        self.follow()
        self.assertFalse(self.student.summary_id)
        self.assertEqual(self.student.listed_absent, 0)
        self.assertFalse(self.differences())

    def test_the_repair_removes_numbers_of_nobody(self):
        self.make_events(self.student, self.days[:2])
        self.follow()
        self.env.cr.execute(
            "DELETE FROM pact_enrollment WHERE student_id = %s", (self.student.id,)
        )
        admin = self.make_user("sam")
        admin.group_ids |= self.env.ref("pact_truancy.group_pact_administrator")
        runs = self.env["pact.summary.run"].with_user(admin)
        run = runs.browse(runs.action_repair()["res_id"])
        self.assertTrue(run.difference_count)
        self.assertFalse(self.differences())
        self.assertFalse(runs.browse(runs.action_repair()["res_id"]).difference_count)

    def test_who_waits_for_the_scheduled_job_is_no_difference(self):
        self.make_events(self.student, self.days[:2])
        self.follow()
        self.env.cr.execute(
            "UPDATE pact_student_summary SET absent = 7 WHERE student_id = %s",
            (self.student.id,),
        )
        self.env.cr.execute(
            "INSERT INTO pact_summary_waiting VALUES (%s)", (self.student.id,)
        )
        admin = self.make_user("sam")
        admin.group_ids |= self.env.ref("pact_truancy.group_pact_administrator")
        runs = self.env["pact.summary.run"].with_user(admin)
        self.assertFalse(runs.browse(runs.action_repair()["res_id"]).difference_count)
        self.env.invalidate_all()
        self.assertEqual(self.student.listed_absent, 2)

    def test_rows_are_read_through_the_student_alone(self):
        secretary = self.make_user("sec", "school_staff", self.school)
        stranger = self.make_user("far", "school_staff", self.other_school)
        with self.assertRaises(AccessError):
            self.env["pact.student.summary"].with_user(secretary).search([])
        mine = [("id", "=", self.student.id), ("listed_absent", "<", 1000)]
        students = self.env["pact.student"]
        self.assertEqual(students.with_user(secretary).search_count(mine), 1)
        self.assertEqual(students.with_user(stranger).search_count(mine), 0)

    def test_schools_that_sent_nothing_today(self):
        self.assertFalse(self.school.is_missing_today)
        self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", "=", TODAY)]
        ).unlink()
        self.assertTrue(self.school.is_missing_today)
        self.assertEqual(
            self.found(
                ("id", "=", self.student.id),
                ("school_id.is_missing_today", "=", True),
            ),
            self.student,
        )
        self.set_today(TODAY + timedelta(days=4))  # a Saturday
        self.env.invalidate_all()
        self.assertFalse(self.school.is_missing_today)
