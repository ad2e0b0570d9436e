from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.pact_truancy.models.facts.units import DAY
from odoo.addons.pact_truancy.models.metrics.specs import Counting, Spec

from .common import TODAY, TruancyCommon

UNEXCUSED_180 = Spec("unexcused", "previous", 180)
ABSENT_YEAR = Spec("absent", "year")
POSSIBLE_YEAR = Spec("possible", "year")
RATE_YEAR = Spec("attendance_rate", "year")


@tagged("post_install", "-at_install")
class TestMetricsBoundaries(TruancyCommon):
    """Each edge by its name, against numbers that were worked out by hand."""

    def value_of(self, student, spec, day=TODAY):
        own = self.env["pact.metrics"]._read(student, day, [spec]).get(student.id)
        return "nobody" if own is None else own[spec]

    def days(self, student, spec, day=TODAY):
        value = self.value_of(student, spec, day)
        return value if value in (None, "nobody") else value / DAY

    def flagged(self, student):
        program = self.env.ref("pact_truancy.program_r21")
        program.office_ids |= self.office
        program._screen(TODAY)
        flags = self.env["pact.flag"].search([("student_id", "=", student.id)])
        return bool(flags)

    def test_8_and_a_half_of_180(self):
        """R21-01: 8.5 days are under 5 % of 180."""
        student = self.make_student()
        days = self.school_days(9)
        self.make_events(student, days[:8])
        self.make_events(student, days[8:], portion=0.5)
        self.assertEqual(self.days(student, UNEXCUSED_180), 8.5)
        self.assertFalse(self.flagged(student))

    def test_9_whole_of_180(self):
        """R21-01: 9 days are 5 % of 180."""
        student = self.make_student()
        self.make_events(student, self.school_days(9))
        self.assertEqual(self.days(student, UNEXCUSED_180), 9)
        self.assertTrue(self.flagged(student))

    def test_18_halves_of_180(self):
        """R21-01: half days count 0.5."""
        student = self.make_student()
        self.make_events(student, self.school_days(18), portion=0.5)
        self.assertEqual(self.days(student, UNEXCUSED_180), 9)
        self.assertTrue(self.flagged(student))

    def test_the_180th_day_and_the_181st(self):
        """R21-02: the window holds 180 days and crosses into the last year."""
        student = self.make_student()
        days = self.school_days(181)
        self.assertLess(days[0], date(2025, 7, 1))
        self.make_events(student, days[:2])
        self.assertEqual(self.days(student, UNEXCUSED_180), 1)

    def test_rate_of_exactly_90_percent(self):
        student = self.make_student(entry=self.school_days(20)[0])
        self.make_events(student, self.school_days(2))
        self.assertEqual(self.value_of(student, RATE_YEAR), (18 * DAY, 20 * DAY))

    def test_first_day_of_the_year(self):
        student = self.make_student()
        first, last = date(2025, 8, 25), date(2025, 5, 29)
        self.make_events(student, [last, first])
        self.assertEqual(self.days(student, ABSENT_YEAR, first), 1)
        self.assertEqual(self.days(student, POSSIBLE_YEAR, first), 1)
        self.assertEqual(self.days(student, Spec("absent", "previous", 2), first), 2)

    def test_before_the_first_school_day_of_the_year(self):
        student = self.make_student()
        self.assertEqual(self.days(student, POSSIBLE_YEAR, date(2025, 8, 24)), 0)
        self.assertEqual(self.value_of(student, RATE_YEAR, date(2025, 8, 24)), (0, 0))

    def test_entry_today(self):
        student = self.make_student(entry=TODAY)
        self.make_events(student, [TODAY])
        self.assertEqual(self.days(student, POSSIBLE_YEAR), 1)
        self.assertEqual(self.days(student, ABSENT_YEAR), 1)
        yesterday = TODAY - timedelta(days=1)
        self.assertEqual(self.days(student, ABSENT_YEAR, yesterday), "nobody")

    def test_exit_yesterday(self):
        days = self.school_days(2)
        student = self.make_student(exit_date=days[0])
        self.make_events(student, days, school=self.school)
        self.assertEqual(self.days(student, ABSENT_YEAR), 1, "the exit day counts")

    def test_as_of_a_holiday(self):
        """A closed D takes the school days before it."""
        student = self.make_student()
        sunday = date(2026, 3, 1)
        days = self.school_days(2, until=sunday)
        self.make_events(student, days)
        window = Spec("absent", "previous", 2)
        self.assertEqual(self.days(student, window, sunday), 2)
        self.assertEqual(self.days(student, window, sunday + timedelta(days=1)), 1)

    def test_student_without_enrollment(self):
        student = self.env["pact.student"].create(
            {"first_name": "No", "last_name": "School"}
        )
        self.assertEqual(self.value_of(student, ABSENT_YEAR), "nobody")

    def test_limits_by_subtraction(self):
        """R21-04: what a window holds beyond the yearly cap, where each of the ways to
        count it must agree: a decision about one day, an order that ended, the highest
        month, occasions."""
        self.school.write({"own_excused_day_cap": True, "excused_day_cap": 2})
        student = self.make_student()
        days = self.school_days(8)
        events = self.make_events(student, days, code="EXE")
        counting = Counting(excused_cap=True)

        def read(*specs, starts=None):
            own = self.env["pact.metrics"]._read(
                student, TODAY, list(specs), counting, starts
            )[student.id]
            return [own[s] / DAY if s.unit == "days" else own[s] for s in specs]

        year = Spec("unexcused", "year", 0, "program")
        five = Spec("unexcused", "previous", 5, "program")
        order = Spec("unexcused", "order", 0, "program")
        starts = {
            "order": {student.id: days[1]},
            "order_end": {student.id: days[4]},
        }
        self.assertEqual(read(year, five, order, starts=starts), [6, 5, 3])
        excused = Spec("excused", "year", 0, "program")
        self.assertEqual(read(excused), [2])
        self.assertEqual(read(Spec("truancy", "year", 0, "program", "occasions")), [6])
        self.assertEqual(read(year._replace(unit="occasions")), [6])
        month = [day for day in days if day.month == TODAY.month]
        highest = year._replace(window="any_month")
        self.assertEqual(read(highest), [max(len(month), 6 - len(month))])
        events[-1].cap_decision = "excused"
        self.assertEqual(read(year, five, order, starts=starts), [5, 4, 3])

    def test_limits_with_another_calendar(self):
        """Rule 1: of the days beyond the cap those count that are school days of the
        calendar as of D, too."""
        other = self.make_calendar("Other days")
        days = self.school_days(10)
        self.env["pact.school.day"].search(
            [("calendar_id", "=", other.id), ("date", "=", days[5])]
        ).kind = "weather"
        self.school.write({"own_excused_day_cap": True, "excused_day_cap": 2})
        student = self.make_student(exit_date=days[7])
        self.env["pact.enrollment"].create(
            {
                "student_id": student.id,
                "school_id": self.school.id,
                "calendar_id": other.id,
                "entry_date": days[8],
            }
        )
        self.make_events(student, days[3:8], code="EXE")
        spec = Spec("unexcused", "previous", 20, "program")
        own = self.env["pact.metrics"]._read(
            student, TODAY, [spec], Counting(excused_cap=True)
        )
        self.assertEqual(own[student.id][spec], 2 * DAY)

    def test_two_enrollments_on_one_day(self):
        """An overlapping day is one possible day; absences at both schools count."""
        days = self.school_days(4)
        student = self.make_student(entry=days[0], exit_date=days[2])
        self.env["pact.enrollment"].create(
            {
                "student_id": student.id,
                "school_id": self.sister_school.id,
                "entry_date": days[2],
            }
        )
        self.make_events(student, [days[2]], portion=0.5, school=self.school)
        self.make_events(student, [days[2]], portion=0.5, school=self.sister_school)
        self.assertEqual(self.days(student, POSSIBLE_YEAR), 4)
        self.assertEqual(self.days(student, ABSENT_YEAR), 1)

    def test_leap_day(self):
        """Feb 29, 2028 is a school day like any other; a window of 30 calendar days
        knows it."""
        self.env["pact.school.year"].create(
            {"name": "2027-2028", "date_start": "2027-07-01", "date_end": "2028-06-30"}
        )
        calendar = self.make_calendar("Leap", years=((2027, 2028),))
        school = self.make_school("Leap", self.district, calendar_id=calendar.id)
        leap, now = date(2028, 2, 29), date(2028, 3, 29)
        self.set_today(now)
        self.env["pact.attendance.received"]._mark(
            school, date(2027, 8, 1), now, self.source
        )
        student = self.make_student(school=school, entry=date(2027, 8, 25))
        self.make_events(student, [leap])
        self.assertEqual(self.days(student, Spec("absent", "rolling", 30), now), 1)
        self.assertEqual(self.days(student, Spec("absent", "rolling", 29), now), 0)
        self.assertEqual(self.days(student, Spec("absent", "month"), leap), 1)

    def test_event_on_a_sunday(self):
        student = self.make_student()
        self.make_events(student, [date(2026, 3, 1)])
        self.assertEqual(self.days(student, ABSENT_YEAR), 0)

    def test_event_after_the_exit(self):
        days = self.school_days(3)
        student = self.make_student(exit_date=days[0])
        self.make_events(student, days[1:], school=self.school)
        self.assertEqual(self.days(student, ABSENT_YEAR), 0)

    def test_event_on_a_day_closed_later(self):
        """A snow day: the absence stops counting, and one more day is in the window."""
        student = self.make_student()
        days = self.school_days(181)
        self.make_events(student, [days[0], days[100]])
        self.assertEqual(self.days(student, UNEXCUSED_180), 1)
        self.env["pact.school.day"].search(
            [("calendar_id", "=", self.calendar.id), ("date", "=", days[100])]
        ).kind = "weather"
        self.assertEqual(self.days(student, UNEXCUSED_180), 1, "the other one now")
        self.assertEqual(self.days(student, Spec("unexcused", "previous", 179)), 0)

    def test_six_sixths_of_a_day(self):
        """Six periods are exactly one day: no rounding."""
        student = self.make_student()
        for code in ("UNX", "UNV", "EXE", "MED", "OSS", "MHD"):
            self.make_events(student, [TODAY], code, portion="1/6")
        self.assertEqual(self.value_of(student, ABSENT_YEAR), DAY)
        self.assertEqual(self.value_of(student, Spec("unexcused", "year")), DAY // 6)

    def test_evening_run_in_another_time_zone(self):
        """At 23:30 UTC on Mar 3 it is still Mar 3 in Chicago, and at 05:30 UTC on Mar 4
        as well: today's absence counts, and no tomorrow is screened."""
        self.env["ir.config_parameter"].set_param("pact_truancy.pinned_day", "")
        # who runs it has no time zone: the office's is taken
        self.env.user.tz = False
        student = self.make_student()
        self.make_events(student, self.school_days(9))
        program = self.env.ref("pact_truancy.program_r21")
        program.office_ids |= self.office
        for instant in (datetime(2026, 3, 3, 23, 30), datetime(2026, 3, 4, 5, 30)):
            with freeze_time(instant):
                self.assertEqual(self.env["pact.clock"]._today(), TODAY)
        with freeze_time(datetime(2026, 3, 3, 23, 30)):
            run = program._screen(self.env["pact.clock"]._today())
        self.assertEqual(run.day, TODAY)
        flag = self.env["pact.flag"].search([("student_id", "=", student.id)])
        self.assertEqual((flag.date, flag.value), (TODAY, 9 * DAY))
