import random
from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY
from .test_rules_criteria import CriteriaCommon

CODES = ("UNX", "EXE", "UNV", "MED", "TDY")


class ScreeningCommon(CriteriaCommon):
    def flags(self):
        """Return {(student id, state)} of the program's flags."""
        flags = self.env["pact.flag"].search([("program_id", "=", self.program.id)])
        return {(flag.student_id.id, flag.state) for flag in flags}

    def forget(self):
        """What happened so far in this transaction happened before the next run."""
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM pact_touched")

    def in_a_savepoint(self, function):
        """Return what `function` returns, and undo what it did."""
        with self.env.cr.savepoint() as savepoint:
            result = function()
            self.env.flush_all()
            savepoint.rollback()
        self.env.invalidate_all()
        return result


@tagged("post_install", "-at_install")
class TestTouched(ScreeningCommon):
    """The second run of a day reads whose facts changed, and leaves what a run of all
    would leave."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chance = random.Random(11)
        cls.students = cls.env["pact.student"]
        days = cls.school_days(30)
        for number in range(16):
            student = cls.make_student(
                first=f"No. {number}",
                school=chance.choice([cls.school, cls.sister_school]),
            )
            cls.make_events(student, chance.sample(days, number % 8))
            cls.students |= student
        cls.manager = cls.make_user("case-manager", "case_manager", cls.office)

    def change(self, chance):
        """One random change of facts; every way in which a number can change."""
        student = chance.choice(self.students)
        events = self.env["pact.attendance.event"].search(
            [("student_id", "=", student.id), ("is_withdrawn", "=", False)]
        )
        way = chance.randrange(8)
        if way == 0:
            free = set(self.school_days(30)) - set(events.mapped("date"))
            self.make_events(student, [chance.choice(sorted(free))])
        elif way == 1 and events:
            chance.choice(events).code_id = self.codes[chance.choice(CODES)]
        elif way == 2 and events:
            chance.choice(events).portion //= 2
        elif way == 3:
            student.enrollment_ids.exit_date = TODAY - timedelta(days=9)
        elif way == 4:
            student.birth_date = chance.choice(["2012-10-10", "2001-10-10"])
        elif way == 5:
            school = chance.choice([self.school, self.sister_school])
            received = self.env["pact.attendance.received"].search(
                [("school_id", "=", school.id), ("date", "=", self.school_days(4)[0])]
            )
            if received:
                received.unlink()
        elif way == 6:
            flag = self.env["pact.flag"].search([("state", "=", "open")], limit=1)
            flag.with_user(self.manager).action_confirm()
        elif way == 7:
            case = self.env["pact.case"].search([("is_open", "=", True)], limit=1)
            case.with_user(self.manager).action_close("improved")
        return way

    def compare(self, seed):
        """Return (ways, number of students touched, whether flags changed)."""
        chance = random.Random(seed)
        self.program._screen(TODAY)
        self.forget()
        before = self.flags()
        ways = {self.change(chance) for _number in range(4)}
        self.env.flush_all()
        touched = self.program._touched_today(TODAY)

        def flags_after(students):
            self.program._screen(TODAY, students)
            return self.flags()

        part = self.in_a_savepoint(lambda: flags_after(touched))
        full = self.in_a_savepoint(lambda: flags_after(None))
        self.assertEqual(part, full, f"seed {seed}")
        return ways, len(touched), full != before

    def test_same_flags_as_a_run_of_all(self):
        for criteria in (
            [{"window": "previous", "size": 20, "threshold": 3}],
            [
                {
                    "measure": "attendance_rate",
                    "window": "rolling",
                    "size": 30,
                    "unit": "percent",
                    "operator": "lt",
                    "threshold": 85,
                }
            ],
        ):
            ways, sizes, changes = set(), set(), 0
            self.set_criteria(*criteria)
            for seed in range(14):
                more, size, changed = self.in_a_savepoint(
                    lambda s=seed: self.compare(s)
                )
                ways |= more
                sizes.add(size)
                changes += changed
            self.assertEqual(ways, set(range(8)), "every way came up")
            self.assertLess(min(sizes), 5, "few students were read")
            self.assertGreater(changes, 5)

    def test_nothing_changed_reads_nobody(self):
        self.set_criteria({"window": "year", "threshold": 3})
        self.program._screen(TODAY)
        self.forget()
        touched = self.program._touched_today(TODAY)
        self.assertEqual(len(touched), 0)
        run = self.program._screen(TODAY, touched)
        self.assertFalse(run.is_full)
        self.assertEqual((run.student_count, run.gone_count), (0, 0))

    def test_the_button_reads_what_changed(self):
        self.set_criteria({"window": "year", "threshold": 3})
        program = self.program.with_user(self.manager)
        message = program.action_screen()["params"]["message"]
        self.assertIn("16 students read: ", message)
        self.forget()
        message = program.action_screen()["params"]["message"]
        self.assertEqual(message, "Nothing has changed since the last screening today.")
        self.make_events(self.students[0], self.school_days(30)[:3])
        message = program.action_screen()["params"]["message"]
        self.assertEqual(
            message,
            "1 student changed since the last screening today: 1 new flag, 0 still "
            "true, 0 no longer true.",
        )

    def test_other_rules_and_days_read_all(self):
        self.set_criteria({"window": "year", "threshold": 3})
        self.assertIsNone(self.program._touched_today(TODAY), "no run yet")

        def is_full(change):
            self.program._screen(TODAY)
            self.forget()
            self.assertIsNotNone(self.program._touched_today(TODAY))
            change()
            self.env.flush_all()
            return self.program._touched_today(self.env["pact.clock"]._today()) is None

        snow = self.calendar.day_ids.filtered(lambda day: day.date == TODAY)
        for name, change in {
            "threshold": lambda: self.step.criterion_ids.write({"threshold": 4}),
            "counting": lambda: self.program.write({"grace_days": 2}),
            "ages": lambda: self.program.write({"max_age": 18}),
            "schools": lambda: self.program.write(
                {"office_ids": [Command.clear()], "school_ids": self.school.ids}
            ),
            "limit": lambda: self.district.write({"excused_day_cap": 5}),
            "calendar": lambda: snow.write({"kind": "closed"}),
            "day": lambda: self.set_today(TODAY + timedelta(days=1)),
        }.items():
            with self.subTest(name):
                self.assertTrue(self.in_a_savepoint(lambda c=change: is_full(c)))

    def test_another_database_reads_all(self):
        self.assertIsNone(self.env["pact.touched"]._since("1/1:1:"))


@tagged("post_install", "-at_install")
class TestFlags(ScreeningCommon):
    def setUp(self):
        super().setUp()
        self.set_criteria({"window": "year", "threshold": 3})

    def test_history_begins_with_the_screening(self):
        """No message and no follower a flag; the run says who started it and when."""
        student = self.make_student()
        self.make_events(student, self.school_days(3))
        env = self.env(context={**self.env.context, "tracking_disable": False})
        run = self.program.with_env(env)._screen(TODAY)
        flag = self.env["pact.flag"].search([("student_id", "=", student.id)])
        self.assertEqual(flag.screening_id, run)
        self.assertEqual(flag.create_uid, self.env.user)
        self.assertTrue(flag.create_date)
        self.assertFalse(flag.message_ids)
        self.assertFalse(flag.message_follower_ids)

    def test_says_where_attendance_is_not_complete(self):
        student = self.make_student()
        days = self.school_days(5)
        self.make_events(student, days[:3])
        self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", "in", days[3:])]
        ).unlink()
        self.program._screen(TODAY)
        flag = self.env["pact.flag"].search([("student_id", "=", student.id)])
        self.assertTrue(
            flag.sentence.endswith("; attendance is complete through Feb 27 only"),
            flag.sentence,
        )

    def test_pending_absences_make_no_flag(self):
        """SOP: while a note may still come, nobody is flagged."""
        self.program.grace_days = 3
        criterion = self.step.criterion_ids
        criterion.counting = "program"
        student = self.make_student()
        self.make_events(student, self.school_days(4)[:3])
        self.program._screen(TODAY)
        self.assertFalse(self.flags())
        criterion.counting = "plain"
        self.program._screen(TODAY)
        self.assertEqual(self.flags(), {(student.id, "open")})

    def test_dismissed_comes_again_with_a_later_absence(self):
        """The window moved: the same count, but of another day."""
        self.set_criteria({"window": "previous", "size": 5, "threshold": 2})
        manager = self.make_user("case-manager", "case_manager", self.office)
        student = self.make_student()
        days = self.school_days(5)
        self.make_events(student, days[:2])
        self.program._screen(TODAY)
        flag = self.env["pact.flag"].search([("student_id", "=", student.id)])
        flag.with_user(manager).action_dismiss("In treatment")
        tomorrow = TODAY + timedelta(days=1)
        self.set_today(tomorrow)
        self.env["pact.attendance.received"]._mark(
            self.school, tomorrow, tomorrow, self.source
        )
        self.program._screen(tomorrow)
        self.assertEqual(self.flags(), {(student.id, "dismissed")})
        self.make_events(student, [tomorrow])
        self.program._screen(tomorrow)
        self.assertEqual(
            self.flags(), {(student.id, "dismissed"), (student.id, "open")}
        )

    def test_dismissed_rate_comes_again_when_lower(self):
        rate = {"measure": "attendance_rate", "window": "year", "unit": "percent"}
        self.set_criteria({**rate, "operator": "lt", "threshold": 90})
        manager = self.make_user("case-manager", "case_manager", self.office)
        student = self.make_student(entry=self.school_days(10)[0])
        self.make_events(student, self.school_days(3)[1:])
        self.program._screen(TODAY)
        flag = self.env["pact.flag"].search([("student_id", "=", student.id)])
        self.assertIn("80.0 % attendance (8 of 10 days)", flag.sentence)
        flag.with_user(manager).action_dismiss("In treatment")
        self.program._screen(TODAY)
        self.assertEqual(self.flags(), {(student.id, "dismissed")})
        self.make_events(student, self.school_days(3)[:1])
        self.program._screen(TODAY)
        self.assertEqual(len(self.flags()), 2)


@tagged("post_install", "-at_install")
class TestPreviewOfADay(ScreeningCommon):
    def setUp(self):
        super().setUp()
        self.set_criteria({"window": "year", "threshold": 3})

    def test_another_day_counts_who_was_there_then(self):
        moved = self.make_student(exit_date=date(2026, 1, 30))
        self.env["pact.enrollment"].create(
            {
                "student_id": moved.id,
                "school_id": self.sister_school.id,
                "entry_date": date(2026, 2, 2),
            }
        )
        before = date(2026, 1, 20)
        self.make_events(moved, self.school_days(3, until=before), school=self.school)
        late = self.make_student(first="Late")
        self.make_events(late, self.school_days(3))
        self.env.flush_all()
        then = self.program.preview("2026-01-20")
        self.assertEqual((then["date"], then["total"]["found"]), ("2026-01-20", 1))
        rows = {row["name"]: row["names"] for row in then["schools"]}
        self.assertEqual(rows["Lincoln Middle"], [[moved.id, "Maya Rivera"]])
        now = self.program.preview()
        self.assertEqual((now["date"], now["total"]["found"]), (str(TODAY), 2))
        self.assertEqual(
            {row["name"]: row["new"] for row in now["schools"]},
            {"Lincoln Middle": 1, "Oak Elementary": 1},
        )
        self.assertFalse(self.flags(), "nothing is written")

    def test_a_day_to_come_is_refused(self):
        with self.assertRaisesRegex(UserError, "up to today"):
            self.program.preview(TODAY + timedelta(days=1))

    def test_dismissed_is_known(self):
        """The preview promises no flag that a screening would not make."""
        student = self.make_student()
        self.make_events(student, self.school_days(4)[:3])
        self.program._screen(TODAY)
        manager = self.make_user("case-manager", "case_manager", self.office)
        flag = self.env["pact.flag"].search([("student_id", "=", student.id)])
        flag.with_user(manager).action_dismiss("In treatment")
        total = self.program.preview()["total"]
        self.assertEqual((total["found"], total["known"], total["new"]), (1, 1, 0))
        self.make_events(student, [TODAY])
        self.assertEqual(self.program.preview()["total"]["new"], 1)

    def test_queries_do_not_grow(self):
        counts = []
        for size in (2, 12):
            for number in range(size):
                student = self.make_student(first=f"N{size}-{number}")
                self.make_events(student, self.school_days(3))
            self.program.preview("2026-03-02")  # what is cached is cached
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.program.preview("2026-03-02")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
