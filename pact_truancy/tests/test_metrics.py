from datetime import date, timedelta

from odoo.tests import tagged

from odoo.addons.pact_truancy.models.facts.units import DAY
from odoo.addons.pact_truancy.models.metrics.specs import Counting, Spec

from .common import TODAY, TruancyCommon

CAP = Counting(excused_cap=True)
UNEXCUSED_180 = Spec("unexcused", "previous", 180, "program")


@tagged("post_install", "-at_install")
class TestMetrics(TruancyCommon):
    def value(self, student, spec=UNEXCUSED_180, day=TODAY):
        values = self.env["pact.metrics"]._read(student, day, [spec], CAP)
        return values[student.id][spec]

    def test_sums_portions(self):
        student = self.make_student()
        days = self.school_days(3)
        self.make_events(student, days[:2])
        self.make_events(student, days[2:], portion=0.5)
        self.assertEqual(self.value(student), 2 * DAY + DAY // 2)

    def test_window_crosses_years(self):
        """R21-02: the window is 180 school days of the calendar, across two years."""
        student = self.make_student()
        window = self.school_days(180)
        self.assertLess(window[0], date(2025, 6, 1), "reaches into last year")
        before = self.school_days(181)[0]
        self.make_events(student, [before, window[0], TODAY])
        self.assertEqual(self.value(student), 2 * DAY)

    def test_closed_day_moves_the_window(self):
        """R21-02: closing a day later brings one more day of last year in."""
        student = self.make_student()
        before = self.school_days(181)[0]
        self.make_events(student, [before])
        self.assertEqual(self.value(student), 0)
        snow = self.env["pact.school.day"].search(
            [("calendar_id", "=", self.calendar.id), ("date", "=", TODAY)]
        )
        snow.kind = "weather"
        self.assertEqual(self.value(student), DAY)

    def test_not_enrolled_not_received_not_school_day(self):
        student = self.make_student(entry=self.school_days(10)[0])
        days = self.school_days(12)
        sunday = TODAY - timedelta(days=2)
        self.make_events(student, [days[0], days[5], sunday])
        self.assertEqual(self.value(student), DAY, "before entry, on a Sunday: no")
        self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", "=", days[5])]
        ).unlink()
        self.assertEqual(self.value(student), 0, "not received: no")

    def test_no_enrollment_is_empty_not_zero(self):
        student = self.env["pact.student"].create(
            {"first_name": "No", "last_name": "School"}
        )
        self.assertEqual(
            self.env["pact.metrics"]._read(student, TODAY, [UNEXCUSED_180], CAP), {}
        )

    def test_mover_brings_absences_along(self):
        """R21-02: absences at the former school count inside the same dates."""
        days = self.school_days(30)
        student = self.make_student(school=self.other_school, exit_date=days[10])
        self.env["pact.enrollment"].create(
            {
                "student_id": student.id,
                "school_id": self.school.id,
                "entry_date": days[11],
            }
        )
        self.make_events(student, [days[5]], school=self.other_school)
        self.make_events(student, [days[20]])
        self.assertEqual(self.value(student), 2 * DAY)

    def test_day_closed_at_the_new_school_does_not_count(self):
        """counting.md 1: the window is a set of dates of the present calendar."""
        days = self.school_days(30)
        other = self.make_calendar("Other calendar")
        self.other_school.calendar_id = other
        student = self.make_student(school=self.other_school, exit_date=days[10])
        self.env["pact.enrollment"].create(
            {
                "student_id": student.id,
                "school_id": self.school.id,
                "entry_date": days[11],
            }
        )
        self.make_events(student, [days[5]], school=self.other_school)
        self.assertEqual(self.value(student), DAY)
        self.env["pact.school.day"].search(
            [("calendar_id", "=", self.calendar.id), ("date", "=", days[5])]
        ).kind = "holiday"
        self.assertEqual(self.value(student), 0)

    def test_excused_beyond_the_cap(self):
        """R21-04: in order of date, split at the limit, decision of the school wins."""
        self.district.excused_day_cap = 2.5
        student = self.make_student()
        days = self.school_days(5)
        events = self.make_events(student, days, code="EXE")
        self.assertEqual(self.value(student), 2 * DAY + DAY // 2)
        evidence = self.env["pact.metrics"]._read_evidence(
            student, TODAY, UNEXCUSED_180, CAP
        )[student.id]
        self.assertEqual([row["date"] for row in evidence], days[2:])
        self.assertEqual(evidence[0]["portion"], DAY // 2)
        self.assertTrue(all(row["rule"] == "cap" for row in evidence))
        events[4].cap_decision = "excused"
        self.assertEqual(self.value(student), DAY + DAY // 2)
        plain = UNEXCUSED_180._replace(counting="plain")
        self.assertEqual(self.value(student, plain), 0, "read plain, codes decide")

    def test_cap_of_the_school_wins_over_the_district(self):
        """R21-04: the default comes from the district."""
        self.district.excused_day_cap = 2
        self.school.write({"own_excused_day_cap": True, "excused_day_cap": 4})
        student = self.make_student()
        self.make_events(student, self.school_days(5), code="EXE")
        self.assertEqual(self.value(student), DAY)

    def test_cap_is_per_school_year(self):
        """R21-04: a new school year starts a new count."""
        self.district.excused_day_cap = 2
        student = self.make_student()
        last_year = self.calendar._school_days(date(2025, 5, 20), date(2025, 5, 29))[:2]
        self.make_events(student, last_year + self.school_days(2), code="EXE")
        self.assertEqual(self.value(student), 0)

    def test_medical_does_not_fill_the_cap(self):
        """R21-04: the limit is filled by excused absences alone (counting.md 16)."""
        self.district.excused_day_cap = 2
        student = self.make_student()
        days = self.school_days(5)
        self.make_events(student, days[:3], code="MED")
        self.make_events(student, days[3:], code="EXE")
        self.assertEqual(self.value(student), 0)

    def test_tardy_is_no_absence(self):
        student = self.make_student()
        self.make_events(student, self.school_days(1), code="TDY", portion=1)
        self.assertEqual(self.value(student, Spec("absent", "year")), 0)

    def test_rate(self):
        student = self.make_student(entry=self.school_days(10)[0])
        self.make_events(student, self.school_days(1))
        self.assertEqual(student.possible_days, 10)
        self.assertEqual(student.attendance_rate, "90.0 %")

    def test_one_statement_for_all(self):
        students = self.env["pact.student"].browse()
        for number in range(5):
            students |= self.make_student(first=f"S{number}")
        self.env.flush_all()
        metrics = self.env["pact.metrics"]
        metrics._read(students[:1], TODAY, [UNEXCUSED_180], CAP)
        counts = []
        for some in (students[:1], students):
            before = self.env.cr.sql_log_count
            metrics._read(some, TODAY, [UNEXCUSED_180], CAP)
            counts.append(self.env.cr.sql_log_count - before)
        # beside the statement: 'no JIT' and the school years
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 3)


@tagged("post_install", "-at_install")
class TestGaps(TruancyCommon):
    def test_days_not_received_of_the_schools_attended(self):
        """A mover's gaps are those of each school while the student was there; a school
        that received all its days has none."""
        days = self.school_days(10)
        stayed, complete = (
            self.make_student(),
            self.make_student(first="Complete", school=self.other_school),
        )
        moved = self.make_student(
            first="Moved", school=self.sister_school, exit_date=days[4]
        )
        self.env["pact.enrollment"].create(
            {
                "student_id": moved.id,
                "school_id": self.school.id,
                "entry_date": days[5],
            }
        )
        self.env["pact.attendance.received"].search(
            [
                ("school_id", "in", (self.school | self.sister_school).ids),
                ("date", "in", (days[2], days[7])),
            ]
        ).unlink()
        self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", "=", days[3])]
        ).unlink()
        students = stayed | complete | moved
        for spec in (Spec("unexcused", "year"), Spec("unexcused", "previous", 10)):
            gaps = self.env["pact.metrics"]._read_gaps(students, TODAY, spec)
            self.assertEqual(
                gaps,
                {
                    stayed.id: [days[2], days[3], days[7]],
                    moved.id: [days[2], days[7]],
                },
            )
