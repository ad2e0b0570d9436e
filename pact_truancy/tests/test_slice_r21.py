from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.pact_truancy.models.facts.units import DAY
from odoo.addons.pact_truancy.models.metrics.packed import unpack

from .common import TODAY, TruancyCommon


@tagged("post_install", "-at_install")
class TestChronicTruant(TruancyCommon):
    """The first slice of the way: attendance, flag, case in its first step."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env.ref("pact_truancy.program_r21")
        cls.program.office_ids = cls.office
        cls.step = cls.env.ref("pact_truancy.program_r21_identified")
        cls.manager = cls.make_user("case-manager", "case_manager", cls.office)

    def screen(self):
        return self.program._screen(TODAY)

    def flags(self, student):
        return self.env["pact.flag"].search([("student_id", "=", student.id)])

    def test_threshold_from_both_sides(self):
        """R21-01: 8.5 days no, 9 days yes, 18 halves yes."""
        under = self.make_student(first="Under")
        exact = self.make_student(first="Exact")
        halves = self.make_student(first="Halves")
        days = self.school_days(18)
        self.make_events(under, days[:8])
        self.make_events(under, days[8:9], portion=0.5)
        self.make_events(exact, days[:9])
        self.make_events(halves, days, portion=0.5)
        self.screen()
        self.assertFalse(self.flags(under))
        self.assertEqual(self.flags(exact).value, 9 * DAY)
        self.assertEqual(self.flags(halves).value, 9 * DAY)

    def test_percentage_and_window_are_settings(self):
        """R21-01, GEN-01: other numbers take effect with the next screening."""
        student = self.make_student()
        self.make_events(student, self.school_days(9))
        criterion = self.step.criterion_ids
        criterion.threshold = 5.1
        self.screen()
        self.assertFalse(self.flags(student))
        criterion.write({"threshold": 10, "size": 90})
        self.screen()
        self.assertEqual(self.flags(student).state, "open")

    def test_compulsory_age(self):
        """R21-01: from 6, under 17; both sides of both birthdays."""
        born = {
            "five": date(2020, 3, 4),
            "six": date(2020, 3, 3),
            "sixteen": date(2009, 3, 4),
            "seventeen": date(2009, 3, 3),
        }
        students = {
            name: self.make_student(first=name, birth_date=day)
            for name, day in born.items()
        }
        for student in students.values():
            self.make_events(student, self.school_days(9))
        self.screen()
        found = {name for name, student in students.items() if self.flags(student)}
        self.assertEqual(found, {"six", "sixteen"})
        self.program.max_age = 18
        self.screen()
        self.assertTrue(self.flags(students["seventeen"]))

    def test_unknown_birth_date_is_not_missed(self):
        student = self.make_student(birth_date=False)
        self.make_events(student, self.school_days(9))
        self.screen()
        self.assertTrue(self.flags(student))

    def test_excused_by_code(self):
        """R21-03: the code decides; a district adds a valid cause as a code."""
        code = self.env["pact.attendance.code"].create(
            {
                "code": "FUN",
                "name": "Funeral of a friend",
                "category": "excused",
                "district_id": self.district.id,
            }
        )
        self.codes["FUN"] = code
        student = self.make_student()
        days = self.school_days(9)
        self.make_events(student, days[:8])
        late = self.make_events(student, days[8:], code="FUN")
        self.screen()
        self.assertFalse(self.flags(student))
        late.code_id = self.codes["UNX"]
        self.screen()
        self.assertEqual(self.flags(student).value, 9 * DAY)

    def test_beyond_the_cap_makes_a_flag_and_says_so(self):
        """R21-04: a day beyond the yearly limit counts as unexcused and says so."""
        self.district.excused_day_cap = 3
        student = self.make_student()
        days = self.school_days(12)
        self.make_events(student, days, code="EXE")
        self.screen()
        flag = self.flags(student)
        self.assertEqual(flag.value, 9 * DAY)
        noted = unpack(flag.sudo().reading[0]["days"])
        self.assertEqual(noted, dict.fromkeys(days[3:], DAY))
        self.assertEqual(flag.last_date, days[-1])
        flag._keep_evidence(TODAY)
        rows = flag.snapshot_id._parts()[0]["rows"]
        self.assertEqual([row["date"] for row in rows], [str(d) for d in days[3:]])
        self.assertTrue(all(row["rule"] == "cap" for row in rows))

    def test_flag_says_why(self):
        """GEN-02: rule, window, count and the dates that made it."""
        student = self.make_student()
        days = self.school_days(9)
        self.make_events(student, days)
        self.screen()
        flag = self.flags(student)
        self.assertEqual(unpack(flag._parts()[0]["days"]), dict.fromkeys(days, DAY))
        self.assertEqual((flag.value, flag.last_date), (9 * DAY, days[-1]))
        said = (flag.sentence, flag.rule)
        flag.action_confirm()
        self.assertEqual(
            (flag.sentence, flag.rule), said, "the same day, the same words"
        )
        part = flag.snapshot_id._parts()[0]
        self.assertEqual(part["window_days"], 180)
        self.assertEqual(part["first"], str(self.school_days(180)[0]))
        self.assertEqual(part["last"], str(TODAY))
        self.assertEqual(part["complete_through"], str(TODAY))
        self.assertEqual(part["value"], 9 * DAY)
        self.assertEqual([row["date"] for row in part["rows"]], [str(d) for d in days])
        self.assertEqual(
            flag.sentence,
            "Maya Rivera, grade 8, Lincoln Middle: 9 unexcused days in the previous "
            "180 school days, the last on Mar 3",
        )
        self.assertIn("previous 180 school days: at least 5 % (9 days)", flag.rule)

    def test_twice_changes_nothing(self):
        student = self.make_student()
        self.make_events(student, self.school_days(9))
        first = self.screen()
        flag = self.flags(student)
        again = self.screen()
        self.assertEqual((first.new_count, first.kept_count), (1, 0))
        self.assertEqual((again.new_count, again.kept_count), (0, 1))
        self.assertEqual(self.flags(student), flag)

    def test_correction_makes_it_no_longer_true(self):
        student = self.make_student()
        events = self.make_events(student, self.school_days(9))
        self.screen()
        events[0].code_id = self.codes["MED"]
        self.screen()
        self.assertEqual(self.flags(student).state, "gone")
        part = self.flags(student).explain()["parts"][0]
        self.assertEqual(
            (part["then"]["value"], part["now"]["value"]),
            ("9", "8"),
            "what was known on the day is kept",
        )
        gone = [row for row in part["rows"] if not row["now"]]
        self.assertEqual([row["why"] for row in gone], ["Counts as Medical."])

    def test_what_was_corrected_since_is_not_confirmed(self):
        """A wrong letter hurts: between the screening and the decision a day was
        excused, so there are not nine any more."""
        student = self.make_student()
        events = self.make_events(student, self.school_days(9))
        self.screen()
        events[0].code_id = self.codes["MED"]
        flag = self.flags(student)
        with self.assertRaisesRegex(UserError, "Corrected since.*Maya Rivera"):
            flag.action_confirm()
        self.assertEqual((flag.state, flag.case_id.ids), ("open", []))
        flag.action_dismiss("Excused by now")
        self.assertEqual(flag.snapshot_id._parts()[0]["value"], 8 * DAY)

    def test_other_day_is_refused(self):
        with self.assertRaisesRegex(UserError, "for today"):
            self.program._screen(TODAY - timedelta(days=1))

    def test_confirm_opens_the_case_with_the_one_who_serves(self):
        """R21-23, GEN-05: the case stands in its first step with the interventionist
        who serves that school."""
        own = self.make_user("near", "case_manager", self.school)
        student = self.make_student()
        elsewhere = self.make_student(first="Else", school=self.sister_school)
        for one in student | elsewhere:
            self.make_events(one, self.school_days(9))
        self.screen()
        flags = self.flags(student) | self.flags(elsewhere)
        flags.with_user(self.manager).action_confirm()
        case = self.flags(student).case_id
        self.assertEqual(case.step_id, self.step)
        self.assertEqual(case.manager_id, own)
        self.assertEqual(self.flags(elsewhere).case_id.manager_id, self.manager)
        self.assertEqual(case.step_history_ids.snapshot_id.student_id, student)
        columns = self.env["pact.case"].formatted_read_group(
            [("program_id", "=", self.program.id)],
            ["step_id"],
            ["__count"],
        )
        self.assertEqual([c["__count"] for c in columns if c["step_id"]], [2])

    def test_double_click_makes_one_case(self):
        student = self.make_student()
        self.make_events(student, self.school_days(9))
        self.screen()
        flag = self.flags(student).with_user(self.manager)
        flag.action_confirm()
        with self.assertRaisesRegex(UserError, "already decided"):
            flag.action_confirm()
        self.assertEqual(self.env["pact.case"].search_count([]), 1)
        self.screen()
        self.assertEqual(len(self.flags(student)), 1, "a known case is not flagged")

    def test_dismissed_comes_again_only_when_worse(self):
        student = self.make_student()
        days = self.school_days(10)
        self.make_events(student, days[:9])
        self.screen()
        self.flags(student).with_user(self.manager).action_dismiss("In treatment")
        self.screen()
        self.assertEqual(len(self.flags(student)), 1)
        self.make_events(student, days[9:])
        self.screen()
        self.assertEqual(
            self.flags(student).sorted("id").mapped("state"), ["dismissed", "open"]
        )

    def test_snoozed_wakes(self):
        student = self.make_student()
        self.make_events(student, self.school_days(9))
        self.screen()
        flag = self.flags(student).with_user(self.manager)
        flag.action_snooze(TODAY + timedelta(days=1))
        self.screen()
        self.assertEqual(flag.state, "snoozed")
        self.set_today(TODAY + timedelta(days=1))
        self.program._screen(TODAY + timedelta(days=1))
        self.assertEqual(flag.state, "open")

    def test_case_moves_through_the_gate_only(self):
        """No write, create, load or drop reaches a step without its requirements."""
        student = self.make_student()
        self.make_events(student, self.school_days(9))
        self.screen()
        self.flags(student).with_user(self.manager).action_confirm()
        case = self.flags(student).case_id.with_user(self.manager)
        step1 = self.env.ref("pact_truancy.program_r21_step1")
        step2 = self.env.ref("pact_truancy.program_r21_step2")
        with self.assertRaisesRegex(UserError, "referral has not been accepted"):
            case.step_id = step1
        with self.assertRaisesRegex(UserError, "one after the other"):
            case.write({"step_id": step2.id})
        with self.assertRaises(AccessError):
            case.write({"is_open": False})
        with self.assertRaisesRegex(UserError, "confirming a flag"):
            self.env["pact.case"].with_user(self.manager).create(
                {
                    "student_id": student.id,
                    "school_id": self.school.id,
                    "program_id": self.program.id,
                    "step_id": step2.id,
                    "date_open": TODAY,
                    "date_step": TODAY,
                }
            )
        self.assertEqual(case.step_id, self.step)

    def test_queries_do_not_grow_with_students(self):
        counts = []
        for size in (3, 12):
            for number in range(size):
                student = self.make_student(first=f"N{size}-{number}")
                self.make_events(student, self.school_days(9))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.screen()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)
