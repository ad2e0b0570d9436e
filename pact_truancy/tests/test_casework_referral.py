from datetime import date, timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.pact_truancy.models.facts.units import DAY

from .common import TODAY, TruancyCommon
from .test_casework_records import RecordsCommon

FORM = "odoo.addons.pact_truancy.models.casework.pact_referral_form"
CREDITS = "4.5 of 6 credits"


class ReferralCommon(RecordsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require(cls.step1, "interventions", count=3)

    @classmethod
    def make_truant(cls, **vals):
        """A student with nine unexcused days, who is flagged and has no case."""
        student = cls.make_student(**vals)
        cls.make_events(student, cls.school_days(9))
        return student

    def intervene(self, student, day=TODAY, kinds=("phone", "letter", "home_visit")):
        for kind in kinds:
            self.log(student, kind, day, user=self.env.user)

    def refer(self, student, step=None, user=None, **vals):
        return (
            self.env["pact.referral"]
            .with_user(user or self.secretary)
            .create(
                {
                    "student_id": student.id,
                    "program_id": self.program.id,
                    "step_id": (step or self.step1).id,
                    **vals,
                }
            )
        )

    def accept(self, referral):
        referral.action_submit()
        referral.with_user(self.manager).action_accept()
        return referral.case_id

    def second_referral(self):
        """The second step becomes a referral, as in the programs with several."""
        step2 = self.program._rungs()[2]
        step2.entry = "referral"
        return step2


@tagged("post_install", "-at_install")
class TestReferral(ReferralCommon):
    def test_first_referral_opens_the_case(self):
        """R21-06, R53-04, WTB-02: the school submits, the office accepts; the case
        opens and stands in the step, and history says what it rests on."""
        student = self.make_truant()
        self.intervene(student)
        referral = self.refer(student)
        referral.action_submit()
        self.assertFalse(student.case_ids)
        self.assertEqual(referral.state, "submitted")
        self.assertEqual(referral.submitted_by_id, self.secretary)
        referral.with_user(self.manager).action_accept()
        case = student.case_ids
        self.assertRecordValues(
            case, [{"step_id": self.step1.id, "manager_id": self.manager.id}]
        )
        self.assertRecordValues(
            referral,
            [
                {
                    "state": "accepted",
                    "case_id": case.id,
                    "date_decided": TODAY,
                    "decided_by_id": self.manager.id,
                }
            ],
        )
        row = case.step_history_ids.filtered(lambda one: one.step_id == self.step1)
        proofs = [tuple(one) for line in row.met for one in line["proof"]]
        self.assertIn(("pact.referral", referral.id), proofs)
        self.assertEqual(
            len([one for one in proofs if one[0] == "pact.intervention"]), 3
        )

    def test_first_rung_entered_by_a_referral(self):
        """R53-04: where the ladder begins with a referral, accepting opens it there."""
        first = self.program._rungs()[:1]
        first.write({"entry": "referral"})
        self.require(first, "interventions", count=1)
        student = self.make_truant()
        self.intervene(student)
        case = self.accept(self.refer(student, first))
        self.assertEqual(case.step_id, first)
        proofs = [one[0] for line in case.step_history_ids.met for one in line["proof"]]
        self.assertEqual(proofs, ["pact.referral"] + 3 * ["pact.intervention"])

    def test_interventions_and_absences_are_named(self):
        """R21-05: both are checked and what is missing is named."""
        student = self.make_student()
        self.make_events(student, self.school_days(8))
        referral = self.refer(student)
        with self.assertRaises(UserError) as caught:
            referral.action_submit()
        text = str(caught.exception)
        self.assertIn("it is 8 unexcused days", text)
        self.assertIn("3 interventions asked for, none logged", text)
        self.make_events(student, self.school_days(9)[:1])
        self.intervene(student, kinds=("phone", "letter", "ticket"))
        with self.assertRaises(UserError) as caught:
            referral.action_submit()
        text = str(caught.exception)
        self.assertNotIn("8 unexcused days", text)
        self.assertIn("3 interventions asked for, 2 logged", text)
        self.intervene(student, kinds=("home_visit",))
        referral.action_submit()
        self.assertEqual(referral.state, "submitted")

    def test_form_data_is_demanded_by_the_step(self):
        """R21-07, R21-14: each piece of data that is not filled in is named."""
        self.require(self.step1, "data", referral_field="credits")
        self.require(self.step1, "data", referral_field="grades", name="Report card")
        student = self.make_truant()
        self.intervene(student)
        referral = self.refer(student, discipline="None")
        with self.assertRaises(UserError) as caught:
            referral.action_submit()
        text = str(caught.exception)
        self.assertIn("Credits: not filled in", text)
        self.assertIn("Report card: not filled in", text)
        self.assertNotIn("Discipline", text)
        referral.write({"credits": CREDITS, "grades": "B"})
        self.assertTrue(all(line["met"] for line in referral.checklist))
        self.assertEqual(self.accept(referral).step_id, self.step1)

    def test_attendance_and_interventions_fill_themselves_in(self):
        """R21-07: from the records; what was submitted is kept as it was."""
        student = self.make_truant()
        self.intervene(student)
        referral = self.refer(student)
        self.assertIn("9 unexcused days in the previous 180", referral.attendance)
        self.assertEqual(len(referral.intervention_ids), 3)
        referral.action_submit()
        part = referral.sudo().snapshot_id._parts()[0]
        self.assertEqual(part["value"], 9 * DAY)
        before = referral.attendance
        self.make_events(student, self.school_days(12)[:2])
        self.intervene(student)
        referral.invalidate_recordset()
        self.assertEqual(referral.attendance, before)
        self.assertEqual(len(referral.intervention_ids), 3)

    def test_three_before_each_referral(self):
        """R53-01: those before the first referral do not count for the second."""
        step2 = self.second_referral()
        self.require(step2, "interventions", count=3)
        student = self.make_truant()
        self.intervene(student)
        case = self.accept(self.refer(student))
        self.set_today(TODAY + timedelta(days=1))
        referral = self.refer(student, step2)
        with self.assertRaisesRegex(UserError, "3 interventions asked for, none"):
            referral.action_submit()
        self.intervene(student, TODAY + timedelta(days=1))
        self.assertEqual(self.accept(referral), case)
        self.assertEqual(case.step_id, step2)

    def test_too_early_names_the_day(self):
        """R53-07, R53-08, R53-09: seven school days after the referral before; on the
        sixth it is refused and names the seventh."""
        step2 = self.second_referral()
        self.require(step2, "wait", count=7)
        student = self.make_truant()
        self.intervene(student)
        case = self.accept(self.refer(student))
        referral = self.refer(student, step2)
        self.set_today(date(2026, 3, 11))
        with self.assertRaises(UserError) as caught:
            referral.action_submit()
        self.assertIn("It is possible from Mar 12, 2026 on.", str(caught.exception))
        self.set_today(date(2026, 3, 12))
        self.accept(referral)
        self.assertEqual(case.step_id, step2)

    def test_flagged_case_advances(self):
        """R21-06: with an open case accepting takes the step through the gate."""
        case = self.make_case()
        self.assertFalse(
            [line for line in case.next_checklist if "accepted" in line["text"]][0][
                "met"
            ]
        )
        with self.assertRaisesRegex(UserError, "referral has not been accepted"):
            case.with_user(self.manager).action_advance()
        # who writes none is offered none, and told who does
        for user, button in (
            (self.manager, None),
            (self.secretary, "action_open_referral"),
        ):
            line = case.with_user(user).next_checklist[0]
            self.assertEqual(line["button"], button, line)
        with self.assertRaisesRegex(UserError, "School staff write and submit it"):
            case.with_user(self.manager).action_open_referral()
        self.intervene(case.student_id)
        referral = self.refer(case.student_id)
        referral.action_submit()
        case.invalidate_recordset()
        line = case.with_user(self.manager).next_checklist[0]
        self.assertIn("Mar 3, 2026", line["text"])
        self.assertEqual(line["button"], "action_open_referral")
        referral.with_user(self.manager).action_accept()
        self.assertEqual(case.step_id, self.step1)
        self.assertEqual(referral.case_id, case)
        self.assertEqual(case.with_user(self.manager).referral_ids, referral)

    def test_what_lapsed_meanwhile_is_refused(self):
        """R21-05: the office's word does not replace what is missing by then."""
        student = self.make_truant()
        self.intervene(student)
        referral = self.refer(student)
        referral.action_submit()
        self.env["pact.intervention"].search(
            [("student_id", "=", student.id)], limit=1
        ).with_user(self.coordinator).action_void("Another student's")
        with self.assertRaisesRegex(UserError, "3 interventions asked for, 2"):
            referral.with_user(self.manager).action_accept()
        self.assertFalse(student.case_ids)

    def test_what_the_office_must_see_to_is_asked_too(self):
        """A first referral goes past no requirement: what is not the school's (here a
        wait stands for it) is asked when the office accepts."""
        self.require(self.step1, "wait", count=7)
        student = self.make_truant()
        self.intervene(student)
        referral = self.refer(student)
        with patch(f"{FORM}.SCHOOL_KINDS", ("interventions",)):
            referral.action_submit()
            with self.assertRaises(UserError) as caught:  # and all is undone
                referral.with_user(self.manager).action_accept()
        self.assertIn("7 school days since", str(caught.exception))
        self.assertFalse(student.case_ids)
        self.assertEqual(referral.state, "submitted")

    def test_only_the_next_step(self):
        step2 = self.second_referral()
        student = self.make_truant()
        self.intervene(student)
        with self.assertRaisesRegex(UserError, "no open case"):
            self.refer(student, step2).action_submit()
        self.program._rungs()[:1].entry = "referral"
        with self.assertRaisesRegex(UserError, "no open case"):
            self.refer(student).action_submit()
        self.env["pact.referral"].search([]).action_void("Tried")
        self.program._rungs()[:1].entry = "flag"
        self.accept(self.refer(student))
        with self.assertRaisesRegex(UserError, "stands in 'Step 1: Letter' already"):
            self.refer(student).action_submit()

    def test_office_accepts_and_returns(self):
        """R21-06, WTB-02: the school submits, the office answers; nobody does the
        other's."""
        student = self.make_truant()
        self.intervene(student)
        referral = self.refer(student)
        with self.assertRaises(AccessError):
            self.refer(self.make_truant(), user=self.manager)
        with self.assertRaises(AccessError):
            referral.with_user(self.manager).action_submit()
        referral.action_submit()
        for user in (self.secretary, self.principal):
            for name, args in (("action_accept", ()), ("action_return", ("No",))):
                with self.assertRaises(AccessError):
                    getattr(referral.with_user(user), name)(*args)
        with self.assertRaises(AccessError):
            referral.with_user(self.secretary).state = "accepted"
        with self.assertRaisesRegex(UserError, "was submitted"):
            referral.with_user(self.secretary).credits = CREDITS
        action = referral.with_user(self.manager).action_ask_return()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        wizard.reason = "Please add the credits"
        wizard.save().action_return()
        self.assertRecordValues(
            referral, [{"state": "returned", "return_reason": "Please add the credits"}]
        )
        with self.assertRaisesRegex(UserError, "not submitted"):
            referral.with_user(self.manager).action_accept()
        referral.credits = CREDITS
        self.accept(referral)
        self.assertFalse(referral.return_reason)

    def test_who_left_is_not_referred(self):
        """WTB-08: the school refers students who are enrolled there; after a move the
        new school makes its own referral."""
        student = self.make_truant()
        self.intervene(student)
        referral = self.refer(student)
        student.enrollment_ids.exit_date = TODAY - timedelta(days=1)
        self.env["pact.enrollment"].create(
            {
                "student_id": student.id,
                "school_id": self.sister_school.id,
                "entry_date": TODAY,
            }
        )
        with self.assertRaisesRegex(UserError, "is not at Lincoln Middle"):
            referral.action_submit()
        clerk = self.make_user("clerk", "school_staff", self.sister_school)
        with self.assertRaises(UserError):
            self.refer(student, school_id=self.school.id, user=clerk)
        own = self.refer(student, user=clerk)
        self.assertEqual(own.school_id, self.sister_school)
        self.assertRecordValues(
            referral,
            [{"state": "withdrawn", "void_reason": "The student left the school."}],
        )

    def test_progress_shows_on_the_form_and_is_asked(self):
        """R53-04, R53-17: a step for students who did not improve is refused to who
        did, and the form shows the number."""
        self.program.progress_ids.unlink()
        self.step1.monitor_days = 0
        self.env["pact.program.criterion"].create(
            {
                "program_id": self.program.id,
                "purpose": "progress",
                "measure": "unexcused",
                "window": "since_step",
                "counting": "plain",
                "operator": "le",
                "threshold": 1,
                "unit": "days",
            }
        )
        step2 = self.second_referral()
        step2.asks_progress = True
        student = self.make_truant()
        self.intervene(student)
        self.accept(self.refer(student))
        self.set_today(date(2026, 3, 12))
        self.env["pact.attendance.received"]._mark(
            self.school, TODAY, date(2026, 3, 12), self.source
        )
        referral = self.refer(student, step2)
        self.assertIn("since the last step", referral.attendance)
        with self.assertRaisesRegex(UserError, "Adequate progress"):
            referral.action_submit()
        self.make_events(student, [date(2026, 3, 9), date(2026, 3, 10)])
        referral.action_submit()
        self.assertEqual(referral.state, "submitted")

    def test_rights_at_one_school_are_none_at_another(self):
        """A case manager of another school who is staff here does not accept here."""
        both = self.make_user("both", "case_manager", self.other_school)
        self.env["pact.assignment"].create(
            {"user_id": both.id, "role": "school_staff", "school_id": self.school.id}
        )
        student = self.make_truant()
        self.intervene(student)
        referral = self.refer(student, user=both)
        referral.action_submit()
        with self.assertRaises(AccessError):
            referral.with_user(both).action_accept()
        with self.assertRaises(AccessError):
            referral.with_user(self.stranger).read(["credits"])

    @mute_logger("odoo.sql_db")
    def test_one_open_referral_a_step(self):
        student = self.make_truant()
        referral = self.refer(student)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.refer(student)
        referral.action_void("Entered twice")
        self.assertRecordValues(referral, [{"state": "withdrawn", "is_void": True}])
        self.refer(student)

    def test_void_of_what_was_accepted(self):
        """Only a coordinator; it meets the gate no more."""
        case = self.make_case()
        self.intervene(case.student_id)
        referral = self.refer(case.student_id)
        self.accept(referral)
        case.with_user(self.coordinator).action_void_step("Another student's")
        self.assertTrue(case.next_checklist[0]["met"])
        with self.assertRaises(AccessError):
            referral.with_user(self.secretary).action_void("Another student's")
        referral.with_user(self.coordinator).action_void("Another student's")
        case.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "has not been accepted"):
            case.with_user(self.manager).action_advance()

    def test_form_suggests_program_and_step(self):
        """R21-06: from the student the form knows school, program, step and numbers."""
        student = self.make_truant()
        action = student.with_user(self.secretary).action_open_referral()
        form = Form(
            self.env["pact.referral"]
            .with_user(self.secretary)
            .with_context(**action["context"])
        )
        self.assertEqual(form.program_id, self.program)
        self.assertEqual(form.step_id, self.step1)
        self.assertEqual(form.school_id, self.school)
        self.assertIn("9 unexcused days", form.attendance)
        self.assertFalse(form.checklist[-1]["met"])
        referral = form.save()
        again = student.with_user(self.secretary).action_open_referral()
        self.assertEqual(again["res_id"], referral.id)

    def test_age_limits_the_statutory_step(self):
        self.step1.is_statutory = True
        student = self.make_truant(birth_date="2008-01-01")
        self.intervene(student)
        with self.assertRaisesRegex(UserError, "ages"):
            self.refer(student).action_submit()

    def test_two_records_of_a_child_with_open_referrals(self):
        first, second = self.make_truant(), self.make_student(first="Twice")
        self.refer(first)
        self.refer(second)
        with self.assertRaisesRegex(UserError, "Both records have an open referral"):
            second._merge(first)

    def test_gate_takes_as_many_queries_for_many(self):
        counts = []
        for total in (1, 3, 30):  # the first one fills the registry's caches
            flags = self.make_flags(total)
            flags.action_confirm()
            cases = self.env["pact.case"].browse(flags.case_id.ids)
            self.env.invalidate_all()
            cases.mapped("step_id.entry")
            before = self.env.cr.sql_log_count
            cases._gate(TODAY)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestShippedForm(TruancyCommon):
    def test_the_shipped_form_from_empty_to_accepted(self):
        """R21-05, R21-06, R21-07: the program as it ships names everything that is
        missing, piece by piece, until the office can accept."""
        program = self.env.ref("pact_truancy.program_r21")
        program.office_ids = self.office
        clerk = self.make_user("clerk", "school_staff", self.school)
        manager = self.make_user("manager", "case_manager", self.office)
        student = self.make_student()
        days = self.school_days(9)
        self.make_events(student, days[:8])
        referral = (
            self.env["pact.referral"]
            .with_user(clerk)
            .create(
                {
                    "student_id": student.id,
                    "program_id": program.id,
                    "step_id": self.env.ref("pact_truancy.program_r21_step1").id,
                }
            )
        )

        def give(**values):
            referral.write(values)

        def intervene():
            kinds = ("home_visit", "conference")
            self.env["pact.intervention"].with_user(clerk).create(
                [
                    {
                        "student_id": student.id,
                        "kind_id": self.env.ref(
                            f"pact_truancy.intervention_kind_{kind}"
                        ).id,
                        "result": "done",
                    }
                    for kind in kinds
                ]
            )

        pieces = (
            ("8 unexcused days", lambda: self.make_events(student, days[8:])),
            ("2 interventions asked for", intervene),
            ("Credits: not filled in", lambda: give(credits="4 of 6")),
            (
                "Other Relevant Information: not filled in",
                lambda: give(other_information="Long bus ride"),
            ),
        )
        for place, (_words, provide) in enumerate(pieces):
            with self.assertRaises(UserError) as caught:
                referral.action_submit()
            text = str(caught.exception)
            for number, (words, _provide) in enumerate(pieces):
                self.assertEqual(words in text, number >= place, (words, text))
            provide()
        referral.action_submit()
        referral.with_user(manager).action_accept()
        self.assertEqual(student.case_ids.step_id.code, "step1")

    def test_the_shipped_first_referral_without_a_case(self):
        """R53-01, R53-04: no case is needed for the first referral; with two
        interventions it is refused, with three the case opens there, and once."""
        program = self.env.ref("pact_truancy.program_r53")
        program.office_ids = self.office
        clerk = self.make_user("clerk", "school_staff", self.school)
        manager = self.make_user("manager", "case_manager", self.office)
        student = self.make_student()
        self.make_events(student, self.school_days(5))
        first = self.env.ref("pact_truancy.program_r53_referral1")
        values = {"student_id": student.id, "program_id": program.id}
        referral = self.env["pact.referral"].with_user(clerk)
        referral = referral.create({**values, "step_id": first.id})
        for kind in ("phone", "letter", "ticket", "home_visit"):
            with self.assertRaisesRegex(UserError, "3 interventions asked for"):
                referral.action_submit()
            self.env["pact.intervention"].with_user(clerk).create(
                {
                    "student_id": student.id,
                    "kind_id": self.env.ref(
                        f"pact_truancy.intervention_kind_{kind}"
                    ).id,
                    "result": "done",
                }
            )
        referral.action_submit()
        referral.with_user(manager).action_accept()
        case = student.case_ids
        self.assertEqual(case.step_id, first)
        self.assertEqual(case.step_history_ids.step_id, first)
        with self.assertRaisesRegex(UserError, "not submitted"):
            referral.with_user(manager).action_accept()
