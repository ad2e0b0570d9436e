import io
from datetime import date, datetime

from openpyxl import Workbook, load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.takeover.layout import SHEET
from .takeover_common import TakeoverCommon


@tagged("post_install", "-at_install")
class TestTakeoverR21(TakeoverCommon):
    """Taking over a running year of R21."""

    PROGRAM = "r21"

    def mid_step(self):
        """A case in step 1 since 15 school days, its letter sent, and what was done."""
        since = self.school_days(16, self.today)[0]
        self.since = since
        after = self.school_days(5, self.today)[0]
        return {
            "cases": [
                {"student": "0101", "step": "identified", "date": date(2025, 11, 3)},
                {
                    "student": "0101",
                    "step": "step1",
                    "date": since,
                    "manager": "case-manager",
                },
            ],
            "letters": [
                {
                    "student": "0101",
                    "letter": "R21 truancy letter",
                    "date": since,
                    "recipient": "Ana Rivera",
                    "language": "Spanish",
                }
            ],
            "interventions": [
                {"student": "0101", "date": after, "kind": "phone", "result": "Reached"}
            ],
            "referrals": [
                {
                    "student": "0101",
                    "step": "step1",
                    "submitted": since,
                    "accepted": since,
                    "credits": "4 of 6",
                }
            ],
        }

    def letter_code(self):
        return self.env.ref("pact_truancy.letter_kind_r21").code

    def year(self):
        sheets = self.mid_step()
        sheets["letters"][0]["letter"] = self.letter_code()
        return sheets

    def test_case_goes_on_where_it_stands(self):
        """Cases, letters, interventions and referrals satisfy gates: what is left is
        what the step asks for anew (R21-09, R21-10)."""
        self.take_over(**self.year())
        case = self.case_of(self.maya)
        self.assertEqual((case.step_id.code, case.is_prior), ("step1", True))
        self.assertEqual(
            (case.date_step, case.date_open), (self.since, date(2025, 11, 3))
        )
        self.assertEqual(case.manager_id, self.manager)
        self.assertEqual(
            case.step_history_ids.mapped("is_prior"), [True, True], "history says so"
        )
        unmet = " ".join(self.unmet(case))
        self.assertNotIn("letter", unmet)
        self.assertNotIn("intervention", unmet)
        self.assertIn("0 unexcused days since the last step", unmet)
        self.miss(self.maya)
        self.provide(case)
        self.assertEqual(self.advance(case), "step2")
        # from here on the program goes its own way: the new step has its draft
        drafts = case.sudo().letter_ids.filtered(lambda one: one.state == "draft")
        self.assertEqual(drafts.kind_id.step_id, case.step_id)

    def test_what_was_not_taken_over_is_asked_for(self):
        """The same case without letter and intervention does not go on."""
        sheets = self.year()
        del sheets["letters"], sheets["interventions"]
        self.take_over(**sheets)
        case = self.case_of(self.maya)
        self.miss(self.maya)
        self.provide(case)
        self.cannot_advance(case, "not sent yet", "1 intervention asked for, none")

    def test_nothing_is_drafted_or_sent(self):
        before = (
            self.env["mail.mail"].search_count([]),
            self.env["mail.activity"].search_count([]),
            self.env["mail.followers"].search_count([("res_model", "=", "pact.case")]),
        )
        self.take_over(**self.year())
        case = self.case_of(self.maya).sudo()
        self.assertEqual(case.letter_ids.mapped("state"), ["sent"])
        self.assertFalse(case.letter_ids.delivery_ids)
        self.assertEqual(case.letter_ids.recipients, "Ana Rivera")
        after = (
            self.env["mail.mail"].search_count([]),
            self.env["mail.activity"].search_count([]),
            self.env["mail.followers"].search_count([("res_model", "=", "pact.case")]),
        )
        self.assertEqual(after, before)

    def test_no_flood_of_to_dos(self):
        """A case that is late when it comes shows on the board, not as a to-do; one
        that is not has its to-do, and so has the next step."""
        self.env.ref("pact_truancy.program_r21_step1").due_days = 20
        self.env.ref("pact_truancy.program_r21_step2").due_days = 20
        rows = [
            {"student": "0101", "step": "step1", "date": self.before(30)[0]},
            {"student": "0102", "step": "step1", "date": self.before(5)[0]},
        ]
        self.take_over(cases=rows)
        late, running = self.case_of(self.maya), self.case_of(self.omar)
        self.assertEqual((late.is_overdue, running.is_overdue), (True, False))
        self.assertFalse(late.sudo().activity_ids)
        self.assertEqual(len(running.sudo().activity_ids), 1)
        self.env["pact.case"].search([])._refresh_advice(self.today)
        self.assertFalse(late.sudo().activity_ids)
        self.bare_ladder(self.program)
        self.assertEqual(self.advance(late), "step2")
        self.assertEqual(len(late.sudo().activity_ids), 1)

    def test_the_same_file_again(self):
        """All is known; nothing is written."""
        sheets = self.year()
        self.take_over(**sheets)
        models = ("case", "case.step", "letter", "intervention", "referral")
        count = {m: self.env[f"pact.{m}"].search_count([]) for m in models}
        again = self.preview(**sheets)
        self.assertEqual((again.new_count, again.known_count), (0, 5))
        self.assertEqual(again.rejected_count, 0)
        with self.assertRaisesRegex(UserError, "nothing to take over"):
            again.action_apply()
        self.assertEqual(
            count, {m: self.env[f"pact.{m}"].search_count([]) for m in models}
        )
        # also when the case went on meanwhile
        case = self.case_of(self.maya)
        self.miss(self.maya)
        self.provide(case)
        self.advance(case)
        self.assertEqual(self.preview(**sheets).known_count, 5)

    def test_what_was_voided_does_not_come_back(self):
        sheets = self.year()
        self.take_over(**sheets)
        self.env["pact.intervention"].search(
            [("student_id", "=", self.maya.id)]
        ).with_user(self.coordinator).action_void("Another child's")
        again = self.preview(**sheets)
        self.assertEqual((again.new_count, again.known_count), (0, 5))

    def test_a_letter_taken_over_by_mistake(self):
        """A coordinator strikes it through: it satisfies nothing any more, and the
        same file does not bring it back."""
        sheets = self.year()
        self.take_over(**sheets)
        case = self.case_of(self.maya)
        letter = case.sudo().letter_ids
        with self.assertRaisesRegex(AccessError, "Only a coordinator"):
            letter.with_user(self.manager)._cancel("Another child's")
        with self.assertRaisesRegex(UserError, "in a few words"):
            letter.with_user(self.coordinator)._cancel(" ")
        letter.with_user(self.coordinator)._cancel("Another child's")
        self.assertEqual(letter.state, "canceled")
        self.assertIn("not sent yet", " ".join(self.unmet(case)))
        self.assertEqual(self.preview(**sheets).known_count, 5)

    def test_preview_writes_nothing_but_itself(self):
        takeover = self.preview(**self.year())
        self.assertEqual(takeover.new_count, 5)
        self.assertFalse(self.case_of(self.maya))
        self.assertFalse(
            self.env["pact.letter"].search([("student_id", "=", self.maya.id)])
        )
        self.assertEqual(takeover.school_ids, self.school)

    def test_good_rows_are_taken_and_bad_ones_named(self):
        sheets = self.year()
        sheets["interventions"] += [
            {"student": "9999", "date": date(2026, 1, 5), "kind": "phone"},
            {"student": "0102", "date": date(2026, 1, 5), "kind": "smoke signal"},
        ]
        takeover = self.preview(**sheets)
        problems = self.problems(takeover)
        self.assertIn("No student with the number 9999", problems["interventions", 3])
        self.assertIn("No intervention is called", problems["interventions", 4])
        takeover.action_apply()
        self.assertTrue(self.case_of(self.maya))
        book = load_workbook(io.BytesIO(takeover._rejected()))
        rows = list(book["Interventions"].iter_rows(values_only=True))
        self.assertEqual(len(rows), 3)
        self.assertIn("smoke signal", rows[2][-1])
        # corrected, it can be read again as it is
        book["Interventions"]["D3"] = "phone"
        again = self.upload(self.bytes_of(book))
        again.action_preview()
        self.assertEqual((again.new_count, again.rejected_count), (1, 1))

    def test_something_changed_since_the_preview(self):
        """Then only the preview is made anew, and says so."""
        takeover = self.preview(**self.year())
        self.take_over(**self.year())
        result = takeover.action_apply()
        self.assertEqual(result["params"]["type"], "warning")
        self.assertEqual((takeover.state, takeover.new_count), ("preview", 0))

    def test_a_flag_of_what_was_known(self):
        """A flag that was raised before is settled: no second case, no letter."""
        self.make_events(self.maya, self.before(9))
        self.assertEqual(self.flags(self.maya), {"identified"})
        self.take_over(**self.year())
        self.assertFalse(self.flags(self.maya))
        flag = self.env["pact.flag"].search([("student_id", "=", self.maya.id)])
        self.assertEqual(flag.case_id, self.case_of(self.maya))
        self.assertEqual(flag.state, "confirmed")

    # -- hostile files -----------------------------------------------------------------

    def test_a_case_as_a_whole(self):
        """One bad row of a case rejects all of it: nothing half done."""
        sheets = {"cases": self.year()["cases"]}
        sheets["cases"][0]["step"] = "step 17"
        problems = self.problems(self.preview(**sheets))
        self.assertIn("has no step 'step 17'", problems["cases", 2])
        self.assertIn("line 2 of it was rejected", problems["cases", 3])

    def test_steps_in_order(self):
        rows = self.year()["cases"]
        rows[0]["date"], rows[1]["date"] = rows[1]["date"], rows[0]["date"]
        problems = self.problems(self.preview(cases=rows))
        self.assertIn("dates go backwards", problems["cases", 3])
        self.assertEqual(len(problems), 2)

    def test_rows_of_a_case(self):
        good = {"student": "0101", "step": "step1", "date": date(2026, 1, 5)}
        wrong = lambda **cells: self.wrong("cases", **{**good, **cells})  # noqa: E731
        self.assertIn("in the future", wrong(date=date(2026, 2, 2)))
        self.assertIn("three years ago", wrong(date=date(1926, 1, 5)))
        self.assertIn("is no date: '1/5/2026'", wrong(date="1/5/2026"))
        self.assertIn("In Step Since is empty", wrong(date=None))
        self.assertIn("holds a formula", wrong(date="=TODAY()"))
        self.assertIn("holds a formula", wrong(student='="0101"'))
        self.assertIn("No program has the code", wrong(program="X9"))
        self.assertIn("Nobody with the log-in", wrong(manager="nobody"))
        self.assertIn("Nobody with the log-in", wrong(manager="secretary"))
        self.assertIn("go backwards", wrong(date_open=date(2026, 1, 6)))
        self.assertIn("No student with the number", wrong(school="Oak Elementary"))
        self.assertIn("no school that you coordinate", wrong(school="Hogwarts"))
        self.assertIn("Leading zeros are lost", wrong(student=999))
        self.program.office_ids = self.attorney
        self.assertIn("does not serve", wrong())

    def test_text_dates_and_lost_zeros(self):
        """An ISO date as text, and a number whose zero Excel ate, are understood."""
        self.take_over(
            cases=[{"student": 101, "step": "Step1", "date": "2026-01-05"}],
            interventions=[
                {"student": 101, "date": datetime(2026, 1, 6, 9), "kind": "PHONE"}
            ],
        )
        self.assertEqual(self.case_of(self.maya).date_step, date(2026, 1, 5))

    def test_a_mistyped_year(self):
        """A date before the birth is none of this student's."""
        self.maya.birth_date = date(2012, 5, 1)
        takeover = self.preview(
            interventions=[
                {"student": "0101", "date": "1926-01-05", "kind": "phone"},
                {"student": "0101", "date": "2026-01-05", "kind": "phone"},
            ]
        )
        self.assertEqual((takeover.new_count, takeover.rejected_count), (1, 1))
        problem = takeover.row_ids.filtered("problem").problem
        self.assertIn("before the student was born", problem)

    def test_an_open_case_is_not_replaced(self):
        self.make_events(self.maya, self.before(9))
        self.confirm(self.maya)
        problem = self.wrong(
            "cases", student="0101", step="step2", date=date(2026, 1, 5)
        )
        self.assertIn("has an open case", problem)

    def test_twice_in_one_file(self):
        row = {"student": "0101", "date": date(2026, 1, 5), "kind": "phone"}
        problems = self.problems(self.preview(interventions=[row, row]))
        self.assertEqual(problems, {("interventions", 3): "The same stands in line 2."})
        case = {"student": "0101", "step": "step1", "date": date(2026, 1, 5)}
        other = {**case, "date": date(2026, 1, 6)}
        problems = self.problems(self.preview(cases=[case, other]))
        self.assertEqual(set(problems), {("cases", 2), ("cases", 3)})

    def test_letters_of_a_step_to_come(self):
        letter = {"student": "0101", "letter": "r21-board", "date": date(2026, 1, 6)}
        kind = self.env.ref("pact_truancy.letter_kind_r21_board")
        letter["letter"] = kind.code
        problem = self.wrong("letters", **letter)
        self.assertIn("Enter the case too", problem)
        case = {"student": "0101", "step": "step1", "date": date(2026, 1, 5)}
        problems = self.problems(self.preview(cases=[case], letters=[letter]))
        self.assertIn("the case is only in", problems["letters", 2])

    def test_referrals(self):
        good = {"student": "0101", "step": "step1", "submitted": date(2026, 1, 5)}
        wrong = lambda **cells: self.wrong(  # noqa: E731
            "referrals", **{**good, **cells}
        )
        self.assertIn("Enter the case too", wrong(accepted=date(2026, 1, 6)))
        self.assertIn("before it was submitted", wrong(accepted=date(2026, 1, 4)))
        self.assertIn("not entered by a referral", wrong(step="step2"))
        self.assertIn("in the future", wrong(submitted=date(2026, 2, 5)))
        self.take_over(referrals=[good])
        referral = self.env["pact.referral"].search([("student_id", "=", self.maya.id)])
        self.assertEqual((referral.state, referral.is_prior), ("submitted", True))

    def test_a_waiting_referral_is_answered(self):
        """What the school had sent is accepted like any other, by the same gate."""
        self.make_events(self.maya, self.before(9))
        self.take_over(
            referrals=[
                {
                    "student": "0101",
                    "step": "step1",
                    "submitted": date(2026, 1, 9),
                    "credits": "4 of 6",
                    "other": "A long bus ride",
                }
            ],
            interventions=[
                {"student": "0101", "date": date(2026, 1, 5), "kind": "home_visit"},
                {"student": "0101", "date": date(2026, 1, 6), "kind": "conference"},
            ],
        )
        referral = self.env["pact.referral"].search([("student_id", "=", self.maya.id)])
        referral.with_user(self.manager).action_accept()
        self.assertEqual(referral.case_id.step_id.code, "step1")

    def test_files_that_cannot_be_read(self):
        def refused(content, text):
            with self.assertRaises(UserError) as caught:
                self.upload(content).action_preview()
            self.assertIn(text, str(caught.exception))

        refused(b"Student,School\n1,2\n", "no workbook")
        refused(b"PK\x03\x04nonsense", "damaged")
        refused(b" ", "empty")
        refused(self.book(cases=[]), "no rows")
        book = Workbook()
        book.active.title = "Casess"
        book.active.append(["Student"])
        refused(self.bytes_of(book), "'Casess' is not known")
        book.active.title = "Cases"
        refused(self.bytes_of(book), "columns are missing: School")
        book.active["B1"] = "Shcool"
        refused(self.bytes_of(book), "not known: 'Shcool'")
        book.active["B1"] = "Student"
        refused(self.bytes_of(book), "'Student' is there twice")
        with self.assertRaisesRegex(UserError, "Choose the workbook first"):
            self.env["pact.takeover"].with_user(self.coordinator).create(
                {"source_id": self.source.id}
            ).action_preview()

    def test_template(self):
        """The empty workbook can be read as it is, and names what it takes."""
        book = load_workbook(
            io.BytesIO(
                self.env["pact.takeover"].with_user(self.coordinator)._template()
            )
        )
        self.assertEqual(
            book.sheetnames,
            ["Read Me", "Lists", *(sheet.title for sheet in SHEET.values())],
        )
        told = {str(row[0]) for row in book["Read Me"].iter_rows(values_only=True)}
        self.assertIn(self.letter_code(), told)
        self.assertIn("step2", told)
        page = book["Interventions"]
        page.append(["0101", "Lincoln Middle", date(2026, 1, 5), "phone"])
        takeover = self.upload(self.bytes_of(book))
        takeover.action_preview()
        self.assertEqual((takeover.new_count, takeover.rejected_count), (1, 0))

    # -- whose students ----------------------------------------------------------------

    def test_students_of_others(self):
        """Another office's students, and numbers that do not exist, are answered
        alike; nothing tells them apart."""
        theirs = self.make_numbered("Lena", "0900", self.other_school)
        local = self.make_user("local", "coordinator", self.district)
        row = {"student": "0900", "step": "step1", "date": date(2026, 1, 5)}
        texts = []
        for number in ("0900", "0901"):
            takeover = self.preview(
                local, cases=[{**row, "student": number, "school": "River High"}]
            )
            texts.append(self.problems(takeover)["cases", 2])
            takeover = self.preview(local, cases=[{**row, "student": number}])
            texts.append(self.problems(takeover)["cases", 2].replace(number, "N"))
        self.assertEqual(texts[:2], texts[2:])
        self.assertFalse(self.case_of(theirs))

    def test_only_coordinators(self):
        for user in (self.manager, self.secretary):
            with self.assertRaises(AccessError):
                self.upload(self.book(**self.year()), user)
        takeover = self.preview(**self.year())
        local = self.make_user("local-2", "coordinator", self.other_school)
        with self.assertRaises(AccessError):
            takeover.with_user(local).action_apply()
        with self.assertRaises(AccessError):
            takeover.with_user(local).row_ids.read(["label"])
        for vals in ({"state": "applied"}, {"school_ids": [(5,)]}, {"new_count": 1}):
            with self.assertRaises(AccessError):
                takeover.write(vals)
        takeover.action_apply()
        with self.assertRaisesRegex(UserError, "stays on record"):
            takeover.unlink()
        with self.assertRaisesRegex(UserError, "taken over already"):
            takeover.action_preview()

    def test_the_mark_is_the_servers(self):
        """Nobody marks what they log today as from before."""
        for user in (self.secretary, self.coordinator):
            with self.assertRaises(AccessError):
                self.env["pact.intervention"].with_user(user).create(
                    {
                        "student_id": self.maya.id,
                        "kind_id": self.env["pact.intervention.kind"]
                        .search([], limit=1)
                        .id,
                        "result": "done",
                        "is_prior": True,
                    }
                )
        self.take_over(**self.year())
        case = self.case_of(self.maya, self.coordinator)
        with self.assertRaises(AccessError):
            case.is_prior = False
        with self.assertRaises(AccessError):
            case.letter_ids.prior_recipient = "Somebody"

    # -- by hand -----------------------------------------------------------------------

    def wizard(self, user=None, **vals):
        wizards = self.env["pact.case.takeover"].with_user(user or self.coordinator)
        return wizards.create(
            {
                "student_id": self.maya.id,
                "program_id": self.program.id,
                "step_id": self.env.ref("pact_truancy.program_r21_step2").id,
                "date": "2026-01-05",
                "reason": "Paper file",
                **vals,
            }
        )

    def test_by_hand(self):
        action = self.wizard().action_take_over()
        case = self.env["pact.case"].browse(action["res_id"])
        self.assertEqual((case.step_id.code, case.is_prior), ("step2", True))
        self.assertEqual(case.manager_id, self.manager)
        self.assertIn("Paper file", case.step_history_ids.reason)
        self.assertFalse(case.letter_ids)
        with self.assertRaisesRegex(UserError, "open case"):
            self.wizard().action_take_over()

    def test_by_hand_is_refused(self):
        cases = (
            ({"date": "2026-02-05"}, "future"),
            ({"date_open": "2026-01-06"}, "backwards"),
            ({"reason": " "}, "known from"),
            ({"manager_id": self.secretary.id}, "does not work on cases"),
            (
                {"step_id": self.env.ref("pact_truancy.program_sop_letter1").id},
                "no step of a case",
            ),
        )
        for vals, text in cases:
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                self.wizard(**vals).action_take_over()
        with self.assertRaises(AccessError):
            self.wizard(self.manager)
        taken = self.wizard().sudo()
        local = self.make_user("local-3", "coordinator", self.other_school)
        with self.assertRaises(AccessError):
            taken.with_user(local).action_take_over()

    def test_queries_do_not_grow(self):
        """Set-based: twenty cases cost the queries of two, but for the rows written."""

        def count(names):
            for number in names:
                self.make_numbered(f"Kid{number}", f"{number}")
            rows = [
                {"student": f"{number}", "step": "step1", "date": date(2026, 1, 5)}
                for number in names
            ]
            takeover = self.upload(self.book(cases=rows))
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            takeover.action_preview()
            self.env.flush_all()
            middle = self.env.cr.sql_log_count
            takeover.action_apply()
            self.env.flush_all()
            return middle - start, self.env.cr.sql_log_count - middle

        count(range(2000, 2002))
        few, many = count(range(3000, 3002)), count(range(4000, 4040))
        self.assertLess(many[0] - few[0], 10)
        self.assertLess(many[1] - few[1], 30, (few, many))
