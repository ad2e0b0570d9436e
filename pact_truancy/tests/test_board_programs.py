from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .test_board_flags import BoardCommon


@tagged("post_install", "-at_install")
class TestPrograms(BoardCommon):
    def test_numbers_are_edited_in_place(self):
        """GEN-01: an administrator changes a threshold in the program's own list; the
        sentence and the next screening follow."""
        flag = self.make_flags()
        self.assertEqual(flag.state, "open")
        with Form(self.program.with_user(self.administrator)) as form:
            with form.criterion_ids.edit(0) as line:
                self.assertIn("at least 5 % (9 days)", line.sentence)
                line.threshold = 10
                self.assertIn("at least 10 % (18 days)", line.sentence)
        self.assertIn("10 % (18 days)", self.step.rule)
        self.program._screen(TODAY)
        self.assertEqual(flag.state, "gone")

    def test_only_administrators_change_programs(self):
        with self.assertRaises(AccessError):
            self.step.criterion_ids.with_user(self.manager).threshold = 1
        with self.assertRaises(AccessError):
            self.program.with_user(self.principal).is_trial = True

    def test_conditions_read_as_and_and_or(self):
        criterion = self.step.criterion_ids
        criterion.copy({"group": 1, "measure": "absent", "counting": "plain"})
        criterion.copy({"group": 2, "counting": "plain", "unit": "days"})
        lines = self.step.rule.split("\n")
        self.assertEqual(len(lines), 3)
        self.assertTrue(lines[1].startswith("and Absent days, any reason"))
        self.assertEqual(
            lines[2], "or At least 5 unexcused days in the previous 180 school days"
        )

    def test_impossible_numbers_are_refused(self):
        """In plain words, which say what to choose instead."""
        criterion = self.step.criterion_ids
        for values, words in (
            ({"threshold": 101}, "above 100"),
            ({"threshold": 0}, "every student"),
            ({"threshold": 0, "operator": "lt"}, "under 0"),
            ({"size": 0}, "between 1 and 1000"),
            ({"window": "year"}, "N school days"),
            ({"window": "rolling"}, "N school days"),
            ({"window": "any_month", "percent_of": "possible"}, "highest month"),
            ({"measure": "attendance_rate", "unit": "days"}, "percentage"),
            ({"measure": "unexcused_share", "window": "any_month"}, "highest month"),
            ({"measure": "tardy"}, "occasions or in dates"),
            ({"measure": "unexcused_run"}, "not a share"),
            ({"measure": "possible", "percent_of": "possible"}, "not a share"),
            ({"measure": "possible", "unit": "dates"}, "counted in days"),
            ({"measure": "pending", "counting": "plain"}, "counting rules"),
            ({"unit": "occasions", "threshold": 2.5}, "whole numbers"),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                criterion.write(values)

    @mute_logger("odoo.sql_db")
    def test_threshold_is_not_negative(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.step.criterion_ids.threshold = -1
            self.step.criterion_ids.flush_recordset()

    def test_preview_counts_and_writes_nothing(self):
        student = self.make_student()
        self.make_events(student, self.school_days(9))
        known = self.make_flags(school=self.sister_school)
        preview = self.program.with_user(self.manager).preview()
        self.assertEqual(preview["total"]["found"], 2)
        self.assertEqual(preview["total"]["known"], 2)
        self.env["pact.flag"].search([("student_id", "=", student.id)]).unlink()
        preview = self.program.with_user(self.manager).preview()
        self.assertEqual(preview["total"]["new"], 1)
        lincoln = preview["schools"][0]
        self.assertEqual(lincoln["name"], "Lincoln Middle")
        self.assertEqual(lincoln["names"], [[student.id, "Maya Rivera"]])
        self.assertEqual(preview["schools"][1]["known"], 1)
        self.assertEqual(self.env["pact.flag"].search([]), known)

    def test_administrator_sees_counts_but_no_names(self):
        """GEN-07: the role administrator opens no child's record."""
        student = self.make_student()
        self.make_events(student, self.school_days(9))
        program = self.program.with_user(self.administrator)
        preview = program.preview()
        self.assertEqual(preview["total"]["new"], 1)
        self.assertEqual(preview["schools"][0]["hidden"], 1)
        self.assertNotIn("Maya", str(preview))
        message = program.action_screen()["params"]
        self.assertIn("1 student read: 1 new flag, 0 still", message["message"])
        self.assertEqual(message["next"]["type"], "ir.actions.act_window_close")
        self.assertEqual(program.flag_count, 1)
        with self.assertRaises(AccessError):
            program.action_open_flags()
        with self.assertRaises(AccessError):
            self.env["pact.flag"].with_user(self.administrator).search([])

    def test_principal_sees_names_of_the_own_school_only(self):
        for school in (self.school, self.other_school):
            student = self.make_student(school=school)
            self.make_events(student, self.school_days(9))
        schools = self.program.with_user(self.principal).preview()["schools"]
        self.assertEqual(
            {row["name"]: (len(row["names"]), row["hidden"]) for row in schools},
            {"Lincoln Middle": (1, 0), "River High": (0, 1)},
        )

    def test_secretary_does_not_screen(self):
        with self.assertRaises(AccessError):
            self.program.with_user(self.secretary).action_screen()
        with self.assertRaises(AccessError):
            self.program.with_user(self.secretary).preview()

    def test_school_without_calendar_is_named(self):
        """What could not be counted is said before, and with, the result."""
        bare = self.make_school("Prairie Alternative", self.district)
        bare.calendar_id = False
        self.make_student(school=bare)
        self.assertEqual(self.program.without_calendar, "Prairie Alternative")
        message = self.program.with_user(self.manager).action_screen()["params"]
        self.assertEqual(message["type"], "warning")
        self.assertIn("Prairie Alternative", message["message"])
        run = self.program.screening_ids[0]
        self.assertEqual(run.without_calendar, "Prairie Alternative")
        with Form(run.with_user(self.administrator)) as form:
            self.assertEqual(form.student_count, 1)
