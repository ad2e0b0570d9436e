from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .program_common import ProgramCommon


class HearingCommon(ProgramCommon):
    PROGRAM = "r53"

    def setUp(self):
        super().setUp()
        self.student = self.make_student()
        step = self.env.ref("pact_truancy.program_r53_hearing")
        self.case = self.env["pact.case"]._open(
            self.student, self.program, step, self.today, {}
        )


@tagged("post_install", "-at_install")
class TestMeeting(HearingCommon):
    def plan(self, days=0, **values):
        return (
            self.env["pact.meeting"]
            .with_user(self.manager)
            .create(
                {
                    "case_id": self.case.id,
                    "start": f"{self.today + timedelta(days=days)} 18:00:00",
                    **values,
                }
            )
        )

    def test_kind_comes_from_the_step(self):
        self.assertEqual(
            self.plan().kind_id, self.env.ref("pact_truancy.meeting_kind_hearing")
        )

    def test_what_is_planned_is_opened(self):
        """The checklist opens the meeting that is planned, and plans no second one."""
        case = self.case.with_user(self.manager)

        def button():
            case.invalidate_recordset()
            lines = [one["button"] for one in case.next_checklist if not one["met"]]
            return {"action_plan_meeting", "action_open_meeting"}.intersection(lines)

        self.assertEqual(button(), {"action_plan_meeting"})
        self.assertFalse(case.action_open_meeting().get("res_id"))
        meeting = self.plan(days=1)
        self.assertEqual(button(), {"action_open_meeting"})
        self.assertEqual(case.action_open_meeting()["res_id"], meeting.id)

    def test_held_on_its_day_with_who_came(self):
        """R53-13: a meeting to come proves nothing."""
        meeting = self.plan(days=1)
        self.assertIn("planned for", " ".join(self.unmet(self.case)))
        meeting.family_came = "nobody"
        with self.assertRaisesRegex(UserError, "The meeting is on"):
            meeting.action_held()
        today = self.plan()
        with self.assertRaisesRegex(UserError, "who came"):
            today.action_held()
        today.family_came = "nobody"
        today.action_held()
        self.assertNotIn("hearing", " ".join(self.unmet(self.case)))
        with self.assertRaisesRegex(UserError, "already"):
            today.action_held()
        today.with_user(self.coordinator).action_void("Another child")
        self.assertIn("Truancy hearing", " ".join(self.unmet(self.case)))

    def test_the_day_is_that_of_the_meeting(self):
        """Nobody types another day beside it: a meeting to come is not held today, and
        one that was held keeps the day that a gate rests on."""
        meeting = self.plan(days=1)
        meeting.family_came = "parent"
        with self.assertRaises(AccessError):
            meeting.day = self.today
        with self.assertRaises(AccessError):
            self.plan(days=1, day=self.today)
        with self.assertRaisesRegex(UserError, "The meeting is on"):
            meeting.action_held()

    def test_not_held_says_why(self):
        meeting = self.plan()
        with self.assertRaisesRegex(UserError, "why it was not held"):
            meeting.action_not_held()
        meeting.outcome = "Snow"
        meeting.action_not_held()
        self.assertIn("not held yet", " ".join(self.unmet(self.case)))

    def test_another_kind_or_an_earlier_step_proves_nothing(self):
        """R53-13"""
        other = self.plan(kind_id=self.env.ref("pact_truancy.meeting_kind_team").id)
        before = self.plan(days=-3)
        (other | before).family_came = "both"
        (other | before).action_held()
        self.assertIn("Truancy hearing: not held yet", self.unmet(self.case))

    def test_late_evening_is_the_same_day(self):
        """23:30 in the office is another day in UTC."""
        self.office.tz = "America/Chicago"
        meeting = self.plan()
        meeting.start = f"{self.today + timedelta(days=1)} 05:30:00"
        self.assertEqual(meeting.day, self.today)

    def test_a_closed_case_has_no_meeting_to_come(self):
        meeting = self.plan(days=5)
        self.case.action_close("completed")
        self.assertEqual(meeting.state, "canceled")
        with self.assertRaisesRegex(UserError, "closed"):
            self.plan()

    def test_what_is_over_keeps_its_day(self):
        """R53-13: an old meeting is not moved into the present step."""
        meeting = self.plan(family_came="both")
        meeting.start = f"{self.today} 19:00:00"
        meeting.action_held()
        with self.assertRaisesRegex(UserError, "do not change"):
            meeting.start = f"{self.today} 20:00:00"
        meeting.outcome = "A plan was agreed"
        meeting.with_user(self.coordinator).action_void("Another child")
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "voided meeting"):
            meeting.outcome = "Changed"

    def test_the_state_is_the_apps(self):
        meeting = self.plan()
        with self.assertRaises(AccessError):
            meeting.write({"state": "held"})


@tagged("post_install", "-at_install")
class TestProceeding(HearingCommon):
    def refer(self, **values):
        return (
            self.env["pact.proceeding"]
            .with_user(self.manager)
            .create({"case_id": self.case.id, "against": "student", **values})
        )

    def test_declined_with_a_reason(self):
        """R21-34: filed, declined and dismissed are told apart."""
        one = self.refer()
        with self.assertRaisesRegex(ValidationError, "why it was declined"):
            one.state = "declined"
        one.write({"state": "declined", "reason": "Services first"})
        self.assertEqual(one.date_decided, self.today)
        parent = self.refer(against="parent")
        parent.state = "filed"
        self.assertEqual((parent.date_filed, parent.date_decided), (self.today, False))
        self.assertEqual(len(self.case.proceeding_ids), 2)

    def test_the_school_does_not_read_it(self):
        """Juvenile court records are confidential."""
        one = self.refer()
        for user in (
            self.secretary,
            self.make_user("head", "school_admin", self.school),
        ):
            with self.assertRaises(AccessError):
                one.with_user(user).read(["state"])
            with self.assertRaises(AccessError):
                self.case.with_user(user).read(["proceeding_ids"])

    def test_no_guardian_in_the_students_own(self):
        guardian = self.env["pact.guardian"].create(
            {"first_name": "Ana", "last_name": "Rivera"}
        )
        self.env["pact.student.guardian"].create(
            {"student_id": self.student.id, "guardian_id": guardian.id}
        )
        with self.assertRaisesRegex(ValidationError, "names no guardian"):
            self.refer(guardian_id=guardian.id)
