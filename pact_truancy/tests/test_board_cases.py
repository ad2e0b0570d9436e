from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TODAY
from .test_board_flags import BoardCommon


@tagged("post_install", "-at_install")
class TestBoard(BoardCommon):
    def make_cases(self, count=1, school=None):
        flags = self.make_flags(count, school)
        flags.with_user(self.manager).action_confirm()
        return flags.case_id

    def columns(self, domain, **context):
        groups = (
            self.env["pact.case"]
            .with_user(self.manager)
            .with_context(read_group_expand=True, **context)
            .formatted_read_group(domain, ["step_id"], ["__count"])
        )
        return [(group["step_id"][1], group["__count"]) for group in groups]

    def test_every_column_shows(self):
        """GEN-05: all steps of the program stand on the board, also the empty ones."""
        names = self.program.step_ids.mapped("name")
        filtered = [("is_open", "=", True), ("program_id", "=", self.program.id)]
        self.assertEqual(self.columns(filtered), [(name, 0) for name in names])
        self.make_cases(2)
        expected = [(names[0], 2)] + [(name, 0) for name in names[1:]]
        self.assertEqual(self.columns(filtered), expected)
        self.assertEqual(self.columns([("is_open", "=", True)]), expected)

    def test_attendance_strip(self):
        """GEN-05: each card shows the last school days, by queries that do not grow
        with the cards."""
        ids = self.make_cases(4).ids

        def strips_of(ids):
            self.env.invalidate_all()
            cases = self.env["pact.case"].with_user(self.manager).browse(ids)
            before = self.env.cr.sql_log_count
            return cases.mapped("strip_days"), self.env.cr.sql_log_count - before

        strips_of(ids)
        _one, queries = strips_of(ids[:1])
        strips, of_all = strips_of(ids)
        self.assertEqual(len(strips), 4)
        self.assertLessEqual(of_all, queries)
        for strip in strips:
            self.assertEqual(len(strip["days"]), 30)
            missed = [day for day in strip["days"] if day[1] == "event"]
            self.assertEqual({day[2] for day in missed}, {"unexcused"})
            self.assertEqual(len(missed), 9)

    def test_each_program_has_its_board(self):
        """GEN-04: the filter of one program does not show another's columns."""
        self.make_cases()
        other = self.program.copy({"name": "Another program", "sequence": 1})
        other.step_ids[0].name = "Start here"
        names = [name for name, _n in self.columns([("program_id", "=", other.id)])]
        self.assertEqual(names[0], "Start here")
        self.assertEqual(len(names), 5)
        action = self.env["pact.case"].with_user(self.manager).action_board()
        self.assertEqual(
            action["context"]["search_default_program_id"],
            self.program.id,
            "the board opens where there are cases",
        )

    def test_drop_on_a_step_says_what_is_missing(self):
        case = self.make_cases().with_user(self.manager)
        step = self.env.ref("pact_truancy.program_r21_step1")
        with self.assertRaisesRegex(
            UserError, "Maya Rivera cannot move.*yet"
        ) as caught:
            case.web_save({"step_id": step.id}, {})
        self.assertIn("referral has not been accepted", str(caught.exception))
        self.assertEqual(case.step_id, self.step)

    def test_checklist_of_the_next_step(self):
        case = self.make_cases()
        self.assertEqual(
            case.next_step_id, self.env.ref("pact_truancy.program_r21_step1")
        )
        self.assertEqual([line["met"] for line in case.next_checklist], [False])
        self.assertEqual(case.waits_for, case.next_checklist[0]["text"])
        case.next_step_id.entry = "decision"
        case.invalidate_recordset()
        self.assertFalse(case.waits_for)
        case.with_user(self.manager).action_advance()
        self.assertEqual(case.step_id.code, "step1")
        self.assertEqual(case.step_history_ids.step_id.mapped("code")[0], "step1")

    def test_school_days_in_step(self):
        case = self.make_cases()
        self.assertEqual(case.days_in_step, 0)
        self.set_today(TODAY + timedelta(days=7))
        case.invalidate_recordset()
        self.assertEqual(case.days_in_step, 5, "a week-end takes no day")

    def close(self, case, user, outcome, note=False):
        action = case.with_user(user).action_ask_close()
        form = Form(
            self.env[action["res_model"]]
            .with_user(user)
            .with_context(**action["context"])
        )
        form.outcome = outcome
        if note:
            form.note = note
        return form.save().action_close()

    def test_close_with_outcome(self):
        case = self.make_cases()
        self.close(case, self.manager, "improved")
        self.assertRecordValues(
            case, [{"is_open": False, "outcome": "improved", "date_closed": TODAY}]
        )
        self.assertFalse(case.next_step_id)

    def test_close_by_mistake_asks_for_a_note(self):
        case = self.make_cases()
        with self.assertRaises(AssertionError):  # the form asks for it
            self.close(case, self.manager, "error")
        with self.assertRaisesRegex(UserError, "few words"):
            case.with_user(self.manager).action_close("error")
        self.close(case, self.manager, "error", "Wrong student")
        self.assertEqual(case.outcome_note, "Wrong student")

    def test_closed_is_not_closed_again(self):
        case = self.make_cases()
        self.close(case, self.manager, "completed")
        with self.assertRaisesRegex(UserError, "open cases first"):
            case.with_user(self.manager).action_ask_close()
        self.assertEqual(case.outcome, "completed")

    def test_school_staff_read_but_do_not_move_or_close(self):
        case = self.make_cases()
        own = case.with_user(self.secretary)
        self.assertEqual(own.step_id, self.step)
        with self.assertRaises(AccessError):
            own.action_close("improved")
        with self.assertRaises(AccessError):
            self.close(case, self.secretary, "improved")
        with self.assertRaises(AccessError):
            own.step_id = self.env.ref("pact_truancy.program_r21_step1")
        self.assertTrue(case.is_open)
        self.close(case, self.principal, "improved")

    def test_form_opens_for_readers(self):
        case = self.make_cases()
        with Form(case.with_user(self.manager)) as form:
            self.assertEqual(form.next_step_id.code, "step1")
            form.manager_id = self.principal
        self.assertEqual(case.manager_id, self.principal)

    def test_board_reads_with_constant_queries(self):
        counts = []
        for total in (10, 80):
            cases = self.make_cases(total)
            self.set_today(TODAY)
            records, queries = self.read_view(
                self.manager,
                "pact_truancy.pact_case_view_kanban",
                [("id", "in", cases.ids)],
            )
            self.assertEqual(len(records), total)
            counts.append(queries)
        self.assertEqual(counts[0], counts[1])
