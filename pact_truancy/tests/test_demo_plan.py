from datetime import date

from odoo.tests import TransactionCase, tagged

from odoo.addons.pact_truancy.models.demo.calendars import lay_calendars, pinned_day
from odoo.addons.pact_truancy.models.demo.plan import Plan
from odoo.addons.pact_truancy.models.facts.units import DAY

DAYS = {
    "Monday": date(2026, 11, 23),
    "Saturday": date(2026, 3, 7),
    "New Year's Day": date(2027, 1, 1),
    "Independence Day": date(2026, 7, 4),
    "leap day": date(2028, 2, 29),
    "Christmas": date(2026, 12, 25),
    "New Year's Eve on a Sunday": date(2028, 12, 31),
}
SCALE = 0.02


@tagged("post_install", "-at_install")
class TestDemoPlan(TransactionCase):
    """The generator alone: no record is made."""

    def test_day_is_pinned_to_a_school_day_about_the_120th(self):
        for name, day in DAYS.items():
            with self.subTest(name):
                today = pinned_day(day)
                self.assertLess(today.weekday(), 5)
                self.assertLessEqual((day - today).days, 2)
                for calendar in lay_calendars(today).values():
                    self.assertIn(today, calendar.open_days)
                    first = calendar.firsts[1]
                    number = sum(
                        first <= one <= today and one != calendar.snow
                        for one in calendar.open_days
                    )
                    self.assertLessEqual(abs(number - 120), 6)

    def test_calendars_lie_inside_their_school_years(self):
        for name, day in DAYS.items():
            with self.subTest(name):
                plan = Plan(day, SCALE)
                self.assertEqual(len({year for year, _s, _e in plan.years}), 2)
                for calendar in plan.calendars.values():
                    for year, (_name, start, end) in enumerate(plan.years):
                        self.assertLessEqual(start, calendar.firsts[year])
                        self.assertLessEqual(calendar.lasts[year], end)

    def test_same_seed_same_data(self):
        def flat(plan):
            events = [
                (e.student, e.school, e.date, e.code, e.portion, e.reason, e.settle)
                for e in plan.attendance.events
            ]
            people = [vars(guardian) for guardian in plan.people.guardians]
            return [vars(s) for s in plan.people.students].__repr__(), people, events

        day = DAYS["Monday"]
        once = flat(Plan(day, SCALE))
        self.assertEqual(once, flat(Plan(day, SCALE)))
        self.assertNotEqual(once, flat(Plan(day, SCALE, seed=22)))
        again = Plan.from_settings(Plan(day, SCALE).settings())
        self.assertEqual(once, flat(again))

    def test_some_move_between_schools_inside_the_window(self):
        plan = Plan(DAYS["Monday"], SCALE)
        crossing = 0
        for student in plan.people.students:
            window = plan.attendance.window(student.enrollments[-1].school)
            schools = {
                enrollment.school
                for enrollment in student.enrollments
                if enrollment.exit is None or enrollment.exit > window[0]
                if enrollment.year == 1
            }
            crossing += len(schools) > 1
        self.assertTrue(crossing)

    def test_no_student_day_of_more_than_a_day(self):
        totals = {}
        plan = Plan(DAYS["Monday"], SCALE)
        for event in plan.attendance.events:
            key = (event.student, event.date)
            totals[key] = totals.get(key, 0) + event.portion
            self.assertLessEqual(event.date, plan.today)
        self.assertLessEqual(max(totals.values()), DAY)

    def test_files_of_the_main_job_bring_what_was_not_loaded(self):
        attendance = Plan(DAYS["Monday"], SCALE).attendance
        loaded = {id(event) for part in attendance.deliveries() for event, _c in part}
        sent = {id(row[0]) for file in attendance.files() for row in file.rows}
        by_hand = {id(event) for event, _code in attendance.sample_rows()}
        self.assertTrue(sent - loaded)
        self.assertTrue(by_hand)
        self.assertFalse(by_hand & (sent | loaded))
