import logging
from datetime import date, timedelta

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import TODAY
from .test_board_flags import BoardCommon


class CaseCommon(BoardCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flag = cls.make_flags()
        cls.flag.action_confirm()
        cls.case = cls.flag.case_id
        cls.student = cls.case.student_id
        cls.there = cls.make_user("there", "case_manager", cls.other_school)

    def move(self, school, day=TODAY):
        """The student leaves the present school the day before `day`, and enters."""
        self.student.enrollment_ids.filtered(
            lambda enrollment: not enrollment.exit_date
        ).exit_date = day - timedelta(days=1)
        if school:
            self.env["pact.enrollment"].create(
                {
                    "student_id": self.student.id,
                    "school_id": school.id,
                    "grade": "08",
                    "entry_date": day,
                }
            )
        self.env.flush_all()


@tagged("post_install", "-at_install")
class TestMoves(CaseCommon):
    def test_move_inside_the_office_hands_the_case_over(self):
        """The case goes with the child in its step, and a manager there accepts it."""
        self.move(self.other_school)
        self.assertRecordValues(
            self.case,
            [
                {
                    "school_id": self.other_school.id,
                    "step_id": self.step.id,
                    "manager_id": self.manager.id,
                    "offered_to_id": self.there.id,
                    "is_offered": True,
                    "is_open": True,
                }
            ],
        )
        self.assertEqual(self.case.activity_ids.user_id, self.there)
        own = self.case.with_user(self.there)
        own.action_accept()
        self.assertRecordValues(
            self.case,
            [{"manager_id": self.there.id, "is_offered": False, "round": 1}],
        )
        self.assertFalse(self.case.activity_ids)
        with self.assertRaisesRegex(UserError, "accepted already"):
            own.action_accept()

    def test_same_manager_at_both_schools_accepts_nothing(self):
        self.move(self.sister_school)
        self.assertEqual(self.case.school_id, self.sister_school)
        self.assertFalse(self.case.is_offered)
        self.assertEqual(self.case.manager_id, self.manager)

    def test_ladder_starts_again_where_the_program_says_so(self):
        self.program.on_move = "restart"
        self.program._rungs()[1].entry = "decision"
        self.program._rungs()[1].criterion_ids.unlink()
        self.case.action_advance()
        self.assertEqual(self.case.step_id.code, "step1")
        self.move(self.other_school)
        self.assertEqual(self.case.step_id.code, "step1", "not before it is accepted")
        self.case.with_user(self.there).action_accept()
        self.assertRecordValues(
            self.case, [{"step_id": self.step.id, "round": 2, "date_step": TODAY}]
        )

    def test_second_enrollment_is_no_move(self):
        self.env["pact.enrollment"].create(
            {
                "student_id": self.student.id,
                "school_id": self.other_school.id,
                "entry_date": TODAY,
                "is_primary": False,
            }
        )
        self.env.flush_all()
        self.assertEqual(self.case.school_id, self.school)
        self.assertFalse(self.case.left_on)

    def test_move_away_is_proposed_and_closed_by_a_person(self):
        """Drafts are withdrawn, and the case says where the student went."""
        self.program._rungs()[1].entry = "decision"
        letter = self.case.letter_ids
        self.assertEqual(letter.state, "draft")
        self.move(None)
        self.assertTrue(self.case.is_open)
        self.assertEqual(self.case.left_on, TODAY - timedelta(days=1))
        self.assertEqual(self.case.activity_ids.user_id, self.manager)
        own = self.case.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "where the student went"):
            own.action_close("moved")
        own.action_close("moved", destination="Example District 9")
        self.assertFalse(self.case.is_open)
        self.assertFalse(self.case.activity_ids)
        self.assertEqual(letter.state, "canceled")

    def test_who_is_still_enrolled_did_not_move_away(self):
        """Else the case would be reopened at once, without a word."""
        with self.assertRaisesRegex(UserError, "still enrolled at Lincoln Middle"):
            self.case.action_close("moved", destination="Example District 9")
        self.assertTrue(self.case.is_open)

    def test_move_to_a_school_that_the_program_does_not_serve(self):
        self.program.office_ids = False
        self.program.school_ids = self.school
        self.move(self.other_school)
        self.assertEqual(self.case.school_id, self.school)
        self.assertTrue(self.case.left_on)

    def test_enrollment_again_reopens_the_same_case(self):
        """One child, one history: no second case beside the first."""
        self.move(None)
        self.case.action_close("moved", destination="Not known")
        later = TODAY + timedelta(days=7)
        self.set_today(later)
        self.move(self.sister_school, later)
        self.assertRecordValues(
            self.case,
            [
                {
                    "is_open": True,
                    "school_id": self.sister_school.id,
                    "outcome": False,
                    "left_on": False,
                    "round": 1,
                }
            ],
        )
        self.assertEqual(len(self.student.case_ids), 1)

    def test_closed_for_another_reason_stays_closed(self):
        self.case.action_close("improved")
        self.move(None)
        self.move(self.sister_school, TODAY + timedelta(days=1))
        self.assertFalse(self.case.is_open)

    def test_summer_is_no_move(self):
        """counting.md 4: between two school years the last school counts."""
        self.student.enrollment_ids.exit_date = date(2026, 5, 29)
        self.set_today(date(2026, 7, 1))
        self.env["pact.student"]._cron_day_turn()
        self.assertFalse(self.case.left_on)
        self.assertTrue(self.case.is_open)


@tagged("post_install", "-at_install")
class TestYearEnd(CaseCommon):
    def wizard(self, user=None):
        coordinator = user or self.make_user("coord", "coordinator", self.office)
        return self.env["pact.year.end"].with_user(coordinator).create({})

    def test_dry_run_writes_nothing(self):
        wizard = self.wizard()
        self.assertEqual(wizard.year_id, self.years[1])
        self.assertEqual(wizard.line_ids.program_id, self.program)
        self.assertEqual(wizard.line_ids.case_count, 1)
        self.assertIn("Lincoln Middle", wizard.warning, "next year has no calendar")
        with self.assertRaisesRegex(UserError, "still has school days"):
            wizard.action_apply()
        self.assertTrue(self.case.is_open)

    def test_carry_close_restart(self):
        coordinator = self.make_user("coord", "coordinator", self.office)
        for policy, expected in (
            ("carry", {"is_open": True, "round": 1, "outcome": False}),
            ("restart", {"is_open": True, "round": 2, "outcome": False}),
            ("close", {"is_open": False, "round": 2, "outcome": "year_end"}),
        ):
            self.program.year_end = policy
            self.set_today(date(2026, 6, 10))
            with self.subTest(policy=policy):
                self.wizard(coordinator).action_apply()
                self.assertRecordValues(self.case, [expected])
        self.assertEqual(self.case.outcome_note, "2025-2026")

    def test_only_own_cases(self):
        """GEN-07: a coordinator of another district ends nothing here."""
        self.set_today(date(2026, 6, 10))
        self.program.year_end = "close"
        other = self.make_user("elsewhere", "coordinator", self.other_district)
        self.assertFalse(self.wizard(other).line_ids)
        self.assertTrue(self.case.is_open)


@tagged("post_install", "-at_install")
class TestCoordinator(CaseCommon):
    """What only a coordinator of the case's school may do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coordinator = cls.make_user("coord", "coordinator", cls.district)
        cls.step1 = cls.program._rungs()[1]
        cls.bare_ladder(cls.program)
        cls.step1.entry = "decision"
        cls.step1.requirement_ids = [
            Command.create({"kind": "wait", "count": 7, "is_overridable": True})
        ]

    def decide(self, decision, user=None):
        own = self.case.with_user(user or self.coordinator)
        asks = {"override": "override", "void": "void_step"}
        action = getattr(own, f"action_ask_{asks.get(decision, 'caseload')}")()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(user or self.coordinator)
            .with_context(**action["context"])
        )
        wizard.reason = "Agreed on the phone"
        return wizard.save()

    def test_override_with_a_reason_and_back(self):
        """A step taken without what was missing says so; taken back, it stays struck
        through and counts for nothing."""
        wizard = self.decide("override")
        self.assertIn("7 school days", wizard.what)
        wizard.action_decide()
        self.assertEqual(self.case.step_id, self.step1)
        row = self.case.step_history_ids.sorted("id")[-1]
        self.assertRecordValues(
            row, [{"is_override": True, "reason": "Agreed on the phone"}]
        )
        self.assertEqual([line["met"] for line in row.met], [False])
        self.decide("void").action_decide()
        self.assertEqual(self.case.step_id, self.step)
        self.assertTrue(row.voided_on)
        self.assertEqual(row.voided_by_id, self.coordinator)
        starts = self.program._starts(self.student, TODAY)
        self.assertEqual(starts["since_step"], {self.student.id: TODAY})

    def test_what_may_not_be_overridden(self):
        self.step1.requirement_ids.is_overridable = False
        wizard = self.decide("override")
        with self.assertRaisesRegex(UserError, "possible from"):
            wizard.action_decide()
        self.assertEqual(self.case.step_id, self.step)

    def test_a_refused_drop_offers_the_override(self):
        """R53-09: a coordinator reads what is missing and goes on with a reason, from
        the board as from the button; the gate on the server stays as it is."""
        own = self.case.with_user(self.coordinator)
        drops = (
            lambda: own.web_save({"step_id": self.step1.id}, {}),
            own.action_advance,
        )
        for drop in drops:
            with self.assertRaises(RedirectWarning) as caught:
                drop()
            self.assertLess(caught.exception.loglevel, logging.WARNING)
            text, action_id, _button, context = caught.exception.args
            self.assertIn("7 school days", text)
            self.assertIn("possible from", text)
            self.assertEqual(self.case.step_id, self.step)
        action = self.env["ir.actions.act_window"].browse(action_id)
        self.assertEqual(action.target, "new")
        wizard = Form(
            self.env[action.res_model]
            .with_user(self.coordinator)
            .with_context(**safe_eval(action.context), **context)
        )
        self.assertIn("7 school days", wizard.what)
        wizard.reason = "Agreed on the phone"
        done = wizard.save().action_decide()
        self.assertEqual(done["tag"], "soft_reload", "the board shows the card anew")
        self.assertEqual(self.case.step_id, self.step1)
        row = self.case.step_history_ids.sorted("id")[-1]
        self.assertRecordValues(
            row,
            [
                {
                    "is_override": True,
                    "reason": "Agreed on the phone",
                    "user_id": self.coordinator.id,
                }
            ],
        )

    def test_a_refused_drop_of_others_offers_nothing(self):
        """Neither who is no coordinator of the school, nor for what nobody may
        override, nor a run without a person."""
        elsewhere = self.make_user("mixed", "coordinator", self.other_district)
        self.env["pact.assignment"].create(
            {
                "user_id": elsewhere.id,
                "role": "case_manager",
                "school_id": self.school.id,
            }
        )
        drop = {"step_id": self.step1.id}
        for case in (
            self.case.with_user(self.manager),
            self.case.with_user(elsewhere),
            self.case.with_user(self.coordinator).sudo(),
        ):
            with self.assertRaisesRegex(UserError, "7 school days"):
                case.write(drop)
        self.step1.requirement_ids.is_overridable = False
        with self.assertRaisesRegex(UserError, "7 school days"):
            self.case.with_user(self.coordinator).write(drop)
        self.assertEqual(self.case.step_id, self.step)

    def test_no_reason_helps_where_nobody_may_override(self):
        """The coordinator is told before and after what no reason replaces."""
        self.step1.requirement_ids.is_overridable = False
        case = self.case.with_user(self.coordinator)
        wizard = self.env["pact.case.reason"].with_user(self.coordinator)
        dialog = wizard.create(
            {"case_id": case.id, "decision": "override", "reason": "Urgent"}
        )
        self.assertIn("Nobody may go on without this", dialog.what)
        with self.assertRaisesRegex(UserError, "(?s)Nobody may.*7 school days"):
            dialog.action_decide()
        self.assertEqual(self.case.step_id, self.step)

    def test_a_coordinator_elsewhere_is_no_coordinator_here(self):
        """GEN-07: roles never add up across schools."""
        user = self.make_user("mixed", "coordinator", self.other_district)
        self.env["pact.assignment"].create(
            {"user_id": user.id, "role": "case_manager", "school_id": self.school.id}
        )
        own = self.case.with_user(user)
        for call in (own.action_override, own.action_void_step):
            with self.assertRaisesRegex(AccessError, "Only a coordinator"):
                call("I want it")

    def test_copy_of_a_program(self):
        """GEN-03: steps, numbers and requirements come along, in trial mode."""
        action = self.program.with_user(self.administrator).action_copy()
        copy = self.env["pact.program"].browse(action["res_id"])
        copy.invalidate_recordset()
        self.assertTrue(copy.is_trial)
        self.assertEqual(
            copy.step_ids.mapped("demands"), self.program.step_ids.mapped("demands")
        )
        self.assertEqual(
            copy.criterion_ids.mapped("sentence"),
            self.program.criterion_ids.mapped("sentence"),
        )

    def test_caseload_by_choice(self):
        """R53-06: the manager places the student on the caseload, with a reason, where
        the step leaves it open."""
        own = self.case.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "nobody is placed"):
            own.action_place_on_caseload("Mother asked for help")
        self.step.caseload = "may"
        with self.assertRaisesRegex(UserError, "Say why"):
            own.action_place_on_caseload(" ")
        self.assertFalse(self.case.on_caseload)
        self.decide("on", self.manager).action_decide()
        self.assertTrue(self.case.on_caseload)
        self.assertEqual(self.case.caseload_reason, "Agreed on the phone")
        self.decide("off", self.manager).action_decide()
        self.assertFalse(self.case.on_caseload)

    def test_caseload_without_choice(self):
        """R53-08: the step places the student on the caseload, and nobody takes it
        off."""
        self.step1.caseload = "must"
        self.step1.requirement_ids.unlink()
        self.case.with_user(self.manager).action_advance()
        self.assertTrue(self.case.on_caseload)
        with self.assertRaisesRegex(UserError, "stays on the caseload"):
            self.case.with_user(self.manager).action_take_off_caseload("Done")
