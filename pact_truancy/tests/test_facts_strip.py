from datetime import date, timedelta

from odoo.tests import tagged

from .common import TODAY, TruancyCommon


@tagged("post_install", "-at_install")
class TestStrip(TruancyCommon):
    def cells(self, student, name="strip_days"):
        student.invalidate_recordset([name])
        return {row[0]: row[1:] for row in student[name]["days"]}

    def test_a_cell_a_school_day(self):
        """Thirty school days up to today, no week-end, ascending."""
        student = self.make_student()
        strip = student.strip_days
        expected = [day.isoformat() for day in self.school_days(30)]
        self.assertEqual([row[0] for row in strip["days"]], expected)
        self.assertEqual({row[1] for row in strip["days"]}, {"present"})
        self.assertEqual(strip["years"], [])

    def test_what_a_day_was(self):
        days = self.school_days(30)
        student = self.make_student(entry=days[1])
        self.make_events(student, [days[4]], "UNX")
        self.make_events(student, [days[5]], "CUT", portion=0.5)
        self.make_events(student, [days[5]], "EXE", portion=0.25)
        self.make_events(student, [days[6]], "TDY", portion=0)
        received = self.env["pact.attendance.received"]
        received.search(
            [("school_id", "=", self.school.id), ("date", "in", [days[2], days[3]])]
        ).unlink()
        self.make_events(student, [days[3]], "EXE")
        cells = self.cells(student)
        words = [cells[day.isoformat()] for day in days[:8]]
        self.assertEqual(
            words,
            [
                ["out"],
                ["present"],
                ["missing"],
                ["missing", "excused", "1", "EXE", self.codes["EXE"].name],
                ["event", "unexcused", "1", "UNX", self.codes["UNX"].name],
                [
                    "event",
                    "unexcused",
                    "0.75",
                    "CUT, EXE",
                    f"{self.codes['CUT'].name}, {self.codes['EXE'].name}",
                ],
                ["event", "tardy", "0", "TDY", self.codes["TDY"].name],
                ["present"],
            ],
        )

    def test_closed_day_takes_no_cell(self):
        student = self.make_student()
        day = self.school_days(10)[0]
        self.assertIn(day.isoformat(), self.cells(student))
        self.calendar.day_ids.filtered(lambda d: d.date == day).kind = "weather"
        cells = self.cells(student)
        self.assertNotIn(day.isoformat(), cells)
        self.assertEqual(len(cells), 30)

    def test_year_and_window(self):
        """The year's strip begins with the year; the window crosses the summer and
        says where a year begins."""
        student = self.make_student()
        year = [row[0] for row in student.strip_year["days"]]
        self.assertEqual((year[0], year[-1]), ("2025-08-25", TODAY.isoformat()))
        window = student.strip_window
        self.assertEqual(len(window["days"]), 180)
        self.assertEqual(window["years"], ["2025-08-25"])

    def test_own_calendar(self):
        calendar = self.make_calendar("Evening school")
        day = self.school_days(5)[0]
        calendar.day_ids.filtered(lambda d: d.date == day).kind = "closed"
        student = self.make_student()
        self.assertIn(day.isoformat(), self.cells(student))
        student.enrollment_ids.calendar_id = calendar
        self.assertNotIn(day.isoformat(), self.cells(student))

    def test_withdrawn_is_not_shown(self):
        student = self.make_student()
        day = self.school_days(3)[0]
        event_model = self.env["pact.attendance.event"]
        code = self.codes["UNX"]
        row = (
            1,
            student.id,
            self.school.id,
            day,
            "",
            code.id,
            code.portion,
            None,
            None,
            None,
            None,
        )
        event_model._stage(self.source, [row])
        event_model._apply_stage(self.source)
        self.assertEqual(self.cells(student)[day.isoformat()][1], "unexcused")
        event_model._stage(self.source, [], replace=([self.school.id], day, day))
        event_model._apply_stage(self.source)
        self.assertEqual(self.cells(student)[day.isoformat()], ["present"])

    def test_other_school_shows_no_code(self):
        """Evidence from a school that the reader does not serve: date, category and
        portion, never the code that tells the reason."""
        days = self.school_days(20)
        student = self.make_student(school=self.other_school, exit_date=days[9])
        self.env["pact.enrollment"].create(
            {
                "student_id": student.id,
                "school_id": self.school.id,
                "entry_date": days[10],
            }
        )
        self.make_events(student, [days[5]], "MHD", school=self.other_school)
        self.make_events(student, [days[12]], "MHD", school=self.school)
        secretary = self.make_user("secretary", "school_staff", self.school)
        cells = self.cells(student.with_user(secretary))
        self.assertEqual(
            cells[days[5].isoformat()], ["event", "excused", "1", None, None]
        )
        self.assertEqual(cells[days[12].isoformat()][3], "MHD")
        manager = self.make_user("manager", "case_manager", self.office)
        cells = self.cells(student.with_user(manager))
        self.assertEqual(cells[days[5].isoformat()][3], "MHD")

    def test_no_enrollment_no_strip(self):
        student = self.env["pact.student"].create(
            {"first_name": "No", "last_name": "School"}
        )
        self.assertFalse(student.strip_days)
        self.assertFalse(self.env["pact.student"].new({}).strip_year)

    def test_queries_do_not_grow(self):
        students = self.env["pact.student"]
        for number in range(12):
            student = self.make_student("Student", f"Number {number}")
            self.make_events(student, self.school_days(30)[number : number + 3])
            students |= student
        self.env.flush_all()

        def queries(records):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.mapped("strip_days")
            return self.env.cr.sql_log_count - before

        queries(students[:1])
        self.assertEqual(queries(students[:2]), queries(students))
        self.assertLessEqual(queries(students), 12)

    def test_as_of_the_pinned_day(self):
        student = self.make_student()
        self.set_today(date(2025, 12, 3))
        days = [row[0] for row in student.strip_days["days"]]
        self.assertEqual(days[-1], "2025-12-03")
        self.set_today(TODAY + timedelta(days=4))
        student.invalidate_recordset(["strip_days"])
        days = [row[0] for row in student.strip_days["days"]]
        self.assertEqual(days[-1], "2026-03-06", "a Saturday: Friday is the last day")
