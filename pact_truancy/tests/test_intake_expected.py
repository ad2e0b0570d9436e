from datetime import date, datetime
from unittest.mock import patch

from odoo.tests import tagged

from .unattended_common import DAY, HEAD, UnattendedCommon

MONDAY, TUESDAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 7)


@tagged("post_install", "-at_install")
class TestIntakeExpected(UnattendedCommon):
    """A file that does not come, comes late, or is no good is somebody's task."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.write({"expect": "same", "expect_time": 6.0})
        cls.profile.expected_since = MONDAY

    def setUp(self):
        super().setUp()
        # in the evening a file would be the next day's
        model = type(self.profile)
        hour = datetime.min.time().replace(hour=9)

        def morning(profile):
            return datetime.combine(profile.env["pact.clock"]._today(), hour)

        self.startPatcher(patch.object(model, "_local_now", morning))

    def expect(self, day, hour):
        self.set_today(day)
        self.profile._expect_file(
            datetime.combine(day, datetime.min.time()).replace(hour=hour)
        )

    def state(self, day):
        days = self.profile.day_ids.filtered(lambda row: row.date == day)
        return days.state

    def arrive(self, text=DAY, day=None):
        job = self.profile._receive("absences.csv", text.encode(), "upload")
        if day:
            job.arrival_day = day
        self.env.flush_all()
        self.work()
        return job

    def test_before_the_hour_nothing_is_late(self):
        self.expect(MONDAY, 5)
        self.assertFalse(self.profile.day_ids)
        self.expect(MONDAY, 6)
        self.assertEqual(self.state(MONDAY), "late")
        self.assertEqual(len(self.tasks()), 1)
        self.assertEqual(self.tasks().user_id, self.coordinator)

    def test_one_task_a_day(self):
        self.expect(MONDAY, 6)
        self.expect(MONDAY, 9)
        self.assertEqual(len(self.tasks()), 1)
        self.expect(TUESDAY, 5)
        self.assertEqual(len(self.tasks()), 1)
        self.assertEqual(self.state(MONDAY), "missing")
        self.assertIn("missing", self.tasks().summary)
        self.expect(TUESDAY, 6)
        self.assertEqual(len(self.tasks()), 2)

    def test_a_task_that_was_ticked_off_does_not_come_back(self):
        self.expect(MONDAY, 6)
        self.tasks().action_feedback()
        self.expect(MONDAY, 9)
        self.expect(TUESDAY, 5)
        self.assertFalse(self.tasks())

    def test_the_task_closes_itself_when_the_file_comes(self):
        self.expect(MONDAY, 6)
        self.assertEqual(self.profile.run_status, "late")
        self.arrive()
        self.assertEqual(self.state(MONDAY), "ok")
        self.assertFalse(self.tasks())
        self.assertEqual(self.profile.run_status, "ok")

    def test_the_next_file_closes_what_it_makes_up_for(self):
        self.expect(MONDAY, 6)
        self.expect(TUESDAY, 6)
        self.arrive(HEAD + "004821,0012,2026-03-02,UNX\n", TUESDAY)
        self.assertEqual(self.state(TUESDAY), "ok")
        self.assertEqual(self.state(MONDAY), "missing", "Monday's spoke of Friday")
        self.arrive(DAY + "004821,0012,2026-02-27,UNX\n", TUESDAY)
        self.assertEqual(self.state(MONDAY), "ok")
        self.assertFalse(self.tasks())

    def test_no_alarm_on_holidays(self):
        self.expect(SATURDAY, 12)
        states = {row.date.weekday() for row in self.profile.day_ids}
        self.assertEqual(states, {0, 1, 2, 3, 4})
        self.calendar.day_ids.filtered(
            lambda d: d.date == date(2026, 3, 9)
        ).kind = "holiday"
        self.expect(date(2026, 3, 9), 12)
        self.assertFalse(self.state(date(2026, 3, 9)))

    def test_the_day_after_each_school_day(self):
        self.profile.expect = "next"
        self.assertEqual(
            self.profile._due_days(MONDAY, date(2026, 3, 8)),
            [date(2026, 3, n) for n in (3, 4, 5, 6, 7)],
        )

    def test_once_a_week_only_with_school(self):
        self.profile.write({"expect": "weekly", "expect_weekday": "4"})
        self.assertEqual(
            self.profile._due_days(MONDAY, date(2026, 3, 15)),
            [date(2026, 3, 6), date(2026, 3, 13)],
        )
        self.assertFalse(self.profile._due_days(date(2026, 7, 1), date(2026, 7, 31)))

    def test_from_the_day_it_was_switched_on(self):
        self.profile.with_user(self.admin).write({"expect_time": 7.0})
        self.expect(TUESDAY, 12)
        self.assertEqual(self.profile.day_ids.mapped("date"), [TUESDAY])

    def test_refused_is_a_task_until_a_good_one_comes(self):
        self.profile.expected_since = TUESDAY
        self.arrive("nothing\n")
        self.assertEqual(self.state(TUESDAY), "empty")
        self.assertEqual(len(self.tasks()), 1)
        self.expect(TUESDAY, 23)
        self.assertEqual(len(self.tasks()), 1, "one task a day")
        self.arrive()
        self.assertFalse(self.tasks())

    def test_the_task_falls_to_who_can_see_it(self):
        self.profile.user_id = False
        self.assertEqual(self.profile._task_user(), self.coordinator)
        self.profile.school_ids |= self.other_school
        self.assertTrue(
            self.profile._task_user().has_group("pact_truancy.group_pact_administrator")
        )
        self.profile.user_id = self.secretary
        self.assertEqual(self.profile._task_user(), self.secretary)
        self.secretary.active = False
        self.assertNotEqual(self.profile._task_user(), self.secretary)

    def test_the_cron_sees_it(self):
        self.profile.expect_time = 0.0
        self.profile.expected_since = MONDAY
        self.fetch()
        self.assertEqual(self.state(TUESDAY), "late")
        self.assertEqual(self.state(MONDAY), "missing")

    def test_the_list_says_what_stands(self):
        self.assertTrue(self.profile.next_expected)
        self.expect(MONDAY, 6)
        profiles = self.env["pact.import.profile"].with_user(self.admin)
        self.assertEqual(profiles.search([("run_status", "=", "late")]), self.profile)
        self.assertFalse(profiles.search([("run_status", "=", "stopped")]))
