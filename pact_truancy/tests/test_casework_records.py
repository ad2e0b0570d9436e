from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .test_board_flags import BoardCommon

FIRST_DAY = date(2025, 7, 1)  # of the present school year


class RecordsCommon(BoardCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coordinator = cls.make_user("coordinator", "coordinator", cls.office)
        cls.stranger = cls.make_user("stranger", "school_staff", cls.other_school)
        cls.step1 = cls.env.ref("pact_truancy.program_r21_step1")
        cls.kinds = {
            kind.code: kind for kind in cls.env["pact.intervention.kind"].search([])
        }

    @classmethod
    def make_case(cls):
        flag = cls.make_flags()
        flag.with_user(cls.manager).action_confirm()
        return flag.case_id

    @classmethod
    def require(cls, step, kind, **values):
        return cls.env["pact.program.requirement"].create(
            {"step_id": step.id, "kind": kind, **values}
        )

    @classmethod
    def log(cls, student, kind="phone", day=TODAY, result="reached", user=None, **vals):
        return (
            cls.env["pact.intervention"]
            .with_user(user or cls.secretary)
            .create(
                {
                    "student_id": student.id,
                    "kind_id": cls.kinds[kind].id,
                    "date": day,
                    "result": result,
                    **vals,
                }
            )
        )

    def answer(self, requirement, case, day=TODAY):
        return requirement._answers(case, day)[requirement][case.id]


@tagged("post_install", "-at_install")
class TestInterventions(RecordsCommon):
    def test_kinds(self):
        """R53-02, R21-05: the kinds of the sources are there and may be extended."""
        names = set(self.env["pact.intervention.kind"].search([]).mapped("name"))
        self.assertLessEqual(
            {
                "Phone call with parents",
                "Letter home",
                "Conversation with the student",
                "Home visit",
                "Meeting with parents or student",
                "Intervention staffing",
                "Incentive program",
                "Counselor conference",
            },
            names,
        )
        kinds = self.env["pact.intervention.kind"].with_user(self.administrator)
        self.kinds["peer"] = kinds.create({"name": "Peer mentor", "code": "peer"})
        case = self.make_case()
        self.log(case.student_id, "peer")
        requirement = self.require(self.step1, "interventions", count=1)
        self.assertTrue(self.answer(requirement, case).met)

    @mute_logger("odoo.sql_db")
    def test_a_ticket_never_counts(self):
        """R53-03: it can be logged, and no setting makes it count."""
        case = self.make_case()
        requirement = self.require(self.step1, "interventions", count=1)
        ticket = self.log(case.student_id, "ticket", result="done")
        self.assertTrue(ticket.exists())
        self.assertFalse(self.answer(requirement, case).met)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.kinds["ticket"].with_user(self.administrator).counts = True
            self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "stays a penalty"):
            self.kinds["ticket"].with_user(self.administrator).write(
                {"is_penalty": False, "counts": True}
            )

    def test_number_of_interventions_is_a_setting(self):
        """R53-01: two of three are not enough, three are; the number is a setting and
        the gate names kinds and dates."""
        case = self.make_case()
        requirement = self.require(self.step1, "interventions", count=3)
        first = self.log(case.student_id, "phone", date(2026, 2, 3))
        self.log(case.student_id, "home_visit", date(2026, 2, 9))
        answer = self.answer(requirement, case)
        self.assertFalse(answer.met)
        for words in (
            "3 interventions asked for, 2 logged",
            "Phone call with parents (Feb 3, 2026)",
            "Home visit (Feb 9, 2026)",
        ):
            self.assertIn(words, answer.text)
        third = self.log(case.student_id, "letter")
        answer = self.answer(requirement, case)
        self.assertTrue(answer.met)
        self.assertEqual(len(answer.proof), 3)
        self.assertIn((third._name, third.id), answer.proof)
        self.assertIn((first._name, first.id), answer.proof)
        requirement.count = 4
        self.assertFalse(self.answer(requirement, case).met)

    def test_strictly_after_the_present_step(self):
        """R53-01: what was done before the last referral, or on its day, does not count
        for the next one; the day after does."""
        case = self.make_case()
        self.step1.entry = "decision"
        case.with_user(self.manager).action_advance()
        step2 = case._following_step()
        requirement = self.require(step2, "interventions", count=1)
        for day in (TODAY - timedelta(days=1), TODAY):
            self.log(case.student_id, day=day)
            self.assertFalse(self.answer(requirement, case).met, day)
        tomorrow = TODAY + timedelta(days=1)
        self.set_today(tomorrow)
        self.log(case.student_id, day=tomorrow)
        self.assertFalse(self.answer(requirement, case).met, "known only tomorrow")
        self.assertTrue(self.answer(requirement, case, tomorrow).met)

    def test_before_the_first_step_of_this_school_year(self):
        """R53-01: before any referral, interventions of this school year count; those
        of the last one do not."""
        case = self.make_case()
        requirement = self.require(self.step1, "interventions", count=1)
        self.log(case.student_id, day=FIRST_DAY - timedelta(days=1))
        self.assertFalse(self.answer(requirement, case).met)
        self.log(case.student_id, day=FIRST_DAY)
        self.assertTrue(self.answer(requirement, case).met)

    def test_another_students_do_not_count(self):
        case = self.make_case()
        requirement = self.require(self.step1, "interventions", count=1)
        self.log(self.make_student(first="Noah"))
        self.assertFalse(self.answer(requirement, case).met)

    def test_recommendation_follows(self):
        case = self.make_case()
        self.step1.entry = "decision"
        self.require(self.step1, "interventions", count=1)
        case._refresh_advice(TODAY)
        self.assertEqual(case.advice, "needs")
        entry = self.log(case.student_id)
        self.assertEqual(case.advice, "advance")
        entry.with_user(self.coordinator).action_void("Wrong student")
        self.assertEqual(case.advice, "needs")

    def test_gate_takes_as_many_queries_for_many(self):
        requirement = self.require(self.step1, "interventions", count=1)
        counts = []
        for total in (3, 30):
            flags = self.make_flags(total)
            flags.action_confirm()
            for case in flags.case_id[:total]:
                self.log(case.student_id, user=self.env.user)
            self.env.flush_all()
            self.env.invalidate_all()
            cases = self.env["pact.case"].browse(flags.case_id.ids)
            cases.mapped("step_id.entry")
            before = self.env.cr.sql_log_count
            answers = requirement._answers(cases, TODAY)[requirement]
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(sum(one.met for one in answers.values()), total)
        self.assertEqual(counts[0], counts[1])

    def test_voided_counts_no_more(self):
        """R53-01: a coordinator strikes an entry through with a reason; it stays."""
        case = self.make_case()
        requirement = self.require(self.step1, "interventions", count=1)
        entry = self.log(case.student_id)
        for user in (self.secretary, self.principal, self.manager):
            with self.assertRaises(AccessError):
                entry.with_user(user).action_void("Wrong student")
        with self.assertRaisesRegex(UserError, "Say why"):
            entry.with_user(self.coordinator).action_void(" ")
        action = entry.with_user(self.coordinator).action_ask_void()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.coordinator)
            .with_context(**action["context"])
        )
        wizard.reason = "Wrong student"
        wizard.save().action_void()
        self.assertRecordValues(
            entry,
            [
                {
                    "is_void": True,
                    "void_reason": "Wrong student",
                    "voided_by_id": self.coordinator.id,
                }
            ],
        )
        self.assertFalse(self.answer(requirement, case).met)

    def test_what_happened_is_not_rewritten(self):
        """WTB-03: kind, day and result stay; whether it helped shows later."""
        entry = self.log(self.make_student())
        for vals in (
            {"date": TODAY - timedelta(days=1)},
            {"kind_id": self.kinds["home_visit"].id},
            {"result": "refused"},
            {"school_id": self.sister_school.id},
        ):
            with self.assertRaises(UserError):
                entry.with_user(self.secretary).write(vals)
        with self.assertRaises(AccessError):
            entry.with_user(self.secretary).is_void = True
        entry.with_user(self.secretary).write({"helped": "yes", "note": "Came back"})
        with self.assertRaises(UserError):
            entry.with_user(self.coordinator).unlink()
        with self.assertRaisesRegex(UserError, "never deleted"):
            entry.sudo().unlink()

    def test_not_in_the_future(self):
        self.log(self.make_student())
        with self.assertRaisesRegex(ValidationError, "future"):
            self.log(self.make_student(), day=TODAY + timedelta(days=1))

    def test_only_for_own_students_at_their_school(self):
        student = self.make_student()
        with self.assertRaises(AccessError):
            self.log(student, user=self.stranger)
        with self.assertRaises(UserError):
            self.log(student, user=self.stranger, school_id=self.other_school.id)
        with self.assertRaises(UserError):
            self.log(student, school_id=self.other_school.id)
        entry = self.log(student)
        with self.assertRaises(AccessError):
            entry.with_user(self.stranger).read(["note"])

    def test_a_former_school_logs_nothing(self):
        student = self.make_student(exit_date=TODAY - timedelta(days=5))
        self.env["pact.enrollment"].create(
            {
                "student_id": student.id,
                "school_id": self.other_school.id,
                "entry_date": TODAY - timedelta(days=4),
            }
        )
        with self.assertRaisesRegex(UserError, "is not at Lincoln Middle"):
            self.log(student, school_id=self.school.id)
        entry = self.log(student, user=self.stranger)
        self.assertEqual(entry.school_id, self.other_school)

    def test_case_is_the_students_own_and_open(self):
        case = self.make_case()
        with self.assertRaisesRegex(ValidationError, "another student"):
            self.log(self.make_student(first="Noah"), case_id=case.id)
        case.action_close("error", "Wrong student")
        with self.assertRaisesRegex(ValidationError, "closed"):
            self.log(case.student_id, case_id=case.id)

    def log_form(self, record, user):
        action = record.with_user(user).action_log_intervention()
        return Form(
            self.env[action["res_model"]]
            .with_user(user)
            .with_context(**action["context"]),
            view=action["views"][0][0],
        )

    def test_two_clicks_and_a_sentence(self):
        """WTB-03, R21-31: a kind, a result, a sentence; from the case and from the
        student; last tried and last reached show on the case."""
        case = self.make_case()
        form = self.log_form(case, self.manager)
        form.kind_id = self.kinds["phone"]
        form.result = "no_answer"
        form.note = "Rang twice"
        entry = form.save()
        self.assertRecordValues(
            entry,
            [
                {
                    "case_id": case.id,
                    "school_id": self.school.id,
                    "date": TODAY,
                    "user_id": self.manager.id,
                }
            ],
        )
        self.assertRecordValues(case, [{"date_tried": TODAY, "date_reached": False}])
        self.set_today(TODAY + timedelta(days=1))
        form = self.log_form(case.student_id, self.secretary)
        form.kind_id = self.kinds["home_visit"]
        form.result = "reached"
        form.save()
        case.invalidate_recordset()
        tomorrow = TODAY + timedelta(days=1)
        self.assertRecordValues(
            case, [{"date_tried": tomorrow, "date_reached": tomorrow}]
        )
        self.assertEqual(len(case.with_user(self.manager).intervention_ids), 2)

    def test_attempts_to_reach_the_family(self):
        """R53-05: an attempt since the last step, whatever came of it; a conversation
        with the student is none."""
        case = self.make_case()
        requirement = self.require(self.step1, "contact")
        self.log(case.student_id, day=TODAY - timedelta(days=1))
        self.log(case.student_id, "student_talk")
        self.assertFalse(self.answer(requirement, case).met)
        self.log(case.student_id, result="no_answer")
        answer = self.answer(requirement, case)
        self.assertTrue(answer.met)
        self.assertEqual(len(answer.proof), 1)

    def test_board_reads_contacts_with_constant_queries(self):
        counts = []
        for total in (3, 30):
            flags = self.make_flags(total)
            flags.action_confirm()
            cases = self.env["pact.case"].browse(flags.case_id.ids)
            self.env.invalidate_all()
            cases.student_id.mapped("name")
            before = self.env.cr.sql_log_count
            cases.mapped("date_tried")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestServices(RecordsCommon):
    def offer(self, student, kind="mentoring", user=None, **vals):
        return (
            self.env["pact.service"]
            .with_user(user or self.secretary)
            .create(
                {
                    "student_id": student.id,
                    "kind_id": self.env.ref(f"pact_truancy.service_kind_{kind}").id,
                    **vals,
                }
            )
        )

    def test_offered_is_not_tried(self):
        """R21-26, WTB-05: a service counts once it runs, ended or was refused."""
        case = self.make_case()
        requirement = self.require(self.step1, "services", count=2)
        optional = self.offer(case.student_id, "optional")
        counseling = self.offer(case.student_id, "counseling")
        self.assertEqual(optional.school_id, self.school)
        answer = self.answer(requirement, case)
        self.assertFalse(answer.met)
        self.assertIn("2 services to be tried, none on record", answer.text)
        optional.state = "accepted"
        self.assertFalse(self.answer(requirement, case).met)
        counseling.state = "refused"
        answer = self.answer(requirement, case)
        self.assertTrue(answer.met)
        self.assertIn(("pact.service", counseling.id), answer.proof)
        self.assertIn("Optional education (alternative school) (Mar 3", answer.text)
        optional.state = "ended"
        self.assertTrue(self.answer(requirement, case).met)
        counseling.with_user(self.coordinator).action_void("Another student's")
        self.assertFalse(self.answer(requirement, case).met)

    def test_states_follow_each_other(self):
        """R53-16: offered, running, ended, with their days."""
        service = self.offer(self.make_student())
        with self.assertRaisesRegex(UserError, "does not become 'Ended'"):
            service.state = "ended"
        service.state = "accepted"
        self.set_today(TODAY + timedelta(days=9))
        service.write({"state": "ended", "helped": "yes"})
        self.assertRecordValues(
            service,
            [
                {
                    "date_offered": TODAY,
                    "date_start": TODAY,
                    "date_end": TODAY + timedelta(days=9),
                }
            ],
        )
        with self.assertRaisesRegex(UserError, "does not become 'Running'"):
            service.state = "accepted"

    def test_last_years_services_are_over(self):
        case = self.make_case()
        requirement = self.require(self.step1, "services", count=1)
        self.offer(
            case.student_id,
            state="refused",
            date_offered=FIRST_DAY - timedelta(days=1),
        )
        self.assertFalse(self.answer(requirement, case).met)
        self.offer(case.student_id, state="refused", date_offered=FIRST_DAY)
        self.assertTrue(self.answer(requirement, case).met)

    def test_services_of_own_students_only(self):
        student = self.make_student()
        with self.assertRaises(AccessError):
            self.offer(student, user=self.stranger)
        service = self.offer(student)
        with self.assertRaises(AccessError):
            service.with_user(self.stranger).read(["state"])
        with self.assertRaisesRegex(ValidationError, "future"):
            service.date_start = TODAY + timedelta(days=1)
