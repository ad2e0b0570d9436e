from datetime import date

from odoo.tests import HttpCase, TransactionCase, tagged

from odoo.addons.pact_truancy.models.demo.ladders import OVERRIDDEN, RUNGS, WALKS
from odoo.addons.pact_truancy.models.demo.plan import Plan
from odoo.addons.pact_truancy.models.demo.schools import REGIONS
from odoo.addons.pact_truancy.models.demo.staff import LOGINS

TODAY = date(2026, 11, 23)


@tagged("post_install", "-at_install")
class TestDemoLadders(HttpCase):
    """A newcomer can walk each ladder: loaded once, at a small scale."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["pact.demo"]._load(day=TODAY, scale=0.02)
        cls.result = cls.env["pact.demo"]._run_main_job()
        cls.programs = {
            program.code: program for program in cls.env["pact.program"].search([])
        }

    def cases(self, code, **values):
        domain = [("program_id.code", "=", code)]
        domain += [(name, "=", value) for name, value in values.items()]
        return self.env["pact.case"].search(domain)

    def test_every_rung_has_a_case(self):
        """GEN-04: five programs in one database, each with students on every rung."""
        for code, rungs in RUNGS.items():
            program = self.programs[code]
            self.assertEqual(tuple(program._rungs().mapped("code")), rungs)
            standing = self.cases(code, is_open=True).step_id
            self.assertEqual(standing, program._rungs(), code)

    def test_everybody_stands_where_the_plan_says(self):
        """By the way that the gate lets them go, not by written numbers."""
        for code, rungs in RUNGS.items():
            for case in self.cases(code):
                taken = case.step_history_ids.sorted("id")
                codes = tuple(taken.step_id.mapped("code"))
                self.assertEqual(codes, rungs[: len(codes)])
                days = taken.mapped("date")
                self.assertEqual(days, sorted(days))
                for row in taken.filtered("step_id.requirement_ids"):
                    self.assertTrue(row.met, case.display_name)
                self.assertTrue(case.flag_ids)
        open_walks = [walk for walk in WALKS if walk.end != "improved"]
        for walk in open_walks:
            self.assertTrue(
                self.cases(walk.program, is_open=True).filtered(
                    lambda case, walk=walk: case.step_id.code == walk.step
                ),
                walk,
            )

    def test_how_cases_go(self):
        """R53-17, R21-22: one improved; one left and came back; one was overridden."""
        for code in RUNGS:
            self.assertTrue(self.cases(code, outcome="improved"), code)
            spans = self.env["pact.enrollment"].search(
                [("student_id", "in", self.cases(code, is_open=True).student_id.ids)]
            )
            back = spans.filtered(lambda span: span.entry_reason == "Came back")
            again = self.cases(code, is_open=True).filtered(
                lambda case, back=back: case.student_id in back.student_id
            )
            self.assertTrue(again, code)
            bodies = " ".join(again.message_ids.mapped("body"))
            self.assertIn("The student is back", bodies, code)
            for case in again.filtered("date_due"):
                self.assertTrue(case.activity_ids, case.display_name)
            rows = self.cases(code).step_history_ids.filtered("is_override")
            self.assertEqual(
                set(rows.step_id.mapped("code")), {OVERRIDDEN.get(code)} - {None}
            )

    def test_every_inbox_has_an_open_flag(self):
        """Who tries a program begins with the decision on a flag."""
        for code in RUNGS:
            domain = [("program_id.code", "=", code), ("state", "=", "open")]
            domain += [("step_id.is_rung", "=", True)]
            flags = self.env["pact.flag"].search(domain)
            self.assertTrue(flags, code)

    def test_an_order_failed_and_one_runs(self):
        """Who stands in the hearing can go on to the court, by an order to confirm."""
        orders = self.env["pact.order"].search([("state", "=", "running")])
        for code in ("R53", "SOP"):
            own = orders.filtered(lambda one, c=code: one.program_id.code == c)
            self.assertIn("failed", own.mapped("verdict"), code)
        self.assertIn("running", orders.mapped("verdict"))
        self.assertFalse([one.date for one in orders if one.date.weekday() > 4])

    def test_a_consultation_waits(self):
        """A circumstance is there for those who may see it; the others see only that
        a consultation is missing."""
        rows = self.env["pact.student.circumstance"].search([])
        self.assertEqual(
            set(rows.mapped("student_id.case_ids.program_id.code")),
            {"R21", "R53", "SOP"},
        )
        case = self.cases("R21", is_open=True).filtered(
            lambda case: case.student_id in rows.student_id
        )
        for key, sees in (("maria_delgado", True), ("linda_kowalczyk", False)):
            user = self.env.ref(f"pact_truancy.demo_user_{key}")
            own = case.with_user(user)
            own.invalidate_recordset()
            texts = str(own.next_checklist)
            self.assertIn("onsult", texts)
            self.assertEqual("liaison" in texts, sees, texts)

    def test_letters_were_sent_and_wait(self):
        letters = self.env["pact.letter"].search([])
        for code in RUNGS:
            own = letters.filtered(lambda one, c=code: one.program_id.code == c)
            self.assertIn("sent", own.mapped("state"), code)
            sent = own.filtered(lambda one: one.state == "sent")
            self.assertTrue(all(sent.delivery_ids.mapped("pdf")), code)
        self.assertIn("draft", letters.mapped("state"))

    def test_each_program_has_its_own_schools(self):
        """SAC-09: an office each, and its own districts."""
        seen = self.env["pact.school"]
        for region in REGIONS:
            schools = self.programs[region.program]._schools(TODAY)
            self.assertEqual(
                set(schools.district_id.mapped("code")), set(region.districts)
            )
            self.assertFalse(seen & schools)
            seen |= schools
            states = schools.district_id.county_id.state_id
            self.assertEqual(states, self.env.ref(f"base.{region.state}"))
            self.assertEqual(states, self.programs[region.program].state_id)

    def test_log_ins_work(self):
        """Who works in a program sees its board, and no child of another program."""
        logins = self.env["pact.demo"]._set_passwords()
        names = {login["program"] for login in logins}
        self.assertEqual(len(names - {""}), len(RUNGS))
        by_login = {login["login"]: login for login in logins}
        for code, keys in LOGINS.items():
            own = self.cases(code)
            for key in keys:
                login = by_login[f"{key}@example.org"]
                self.authenticate(login["login"], login["password"])
                user = self.env["res.users"].search([("login", "=", login["login"])])
                Case = self.env["pact.case"].with_user(user)
                if not Case.has_access("read"):
                    continue
                seen = Case.search([]).sudo()
                self.assertFalse(seen - own, key)

    def test_people_of_the_school_and_of_the_office(self):
        """GEN-07: of each program somebody of each role that its steps name."""
        assignments = self.env["pact.assignment"]
        for region in REGIONS:
            program = self.programs[region.program]
            schools = self.cases(region.program).school_id
            for role in set(program._rungs().mapped("role")):
                users = assignments._responsible_users(schools, role)
                self.assertTrue(users, (region.program, role))


@tagged("post_install", "-at_install")
class TestDemoWalks(TransactionCase):
    """The plan alone: no record is made."""

    def test_deeds_lie_before_what_was_loaded(self):
        for day in (TODAY, date(2027, 1, 1), date(2026, 7, 4), date(2028, 2, 29)):
            plan = Plan(day, 0.02)
            days = [day for day, _deeds in plan.deeds]
            self.assertEqual(days, sorted(days))
            for day, deeds in plan.deeds:
                for deed in deeds:
                    loaded = plan.attendance.loaded_through(deed.walk.school)
                    self.assertLess(day, loaded)
            for student in plan.people.students:
                if student.walk:
                    calendar = plan.attendance.calendar(student.walk.school)
                    places = student.walk.absences(calendar, plan.today)
                    self.assertEqual(len(places), len(set(places)))
                    first = calendar.index(calendar.firsts[1])
                    self.assertGreater(places[0] - 12, first)
