from datetime import date
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo.exceptions import UserError

from .program_common import ProgramCommon

NOTICE = "The notice of the present step was sent"
MEETING = "The meeting of the present step was held"
SERVICE = "At least 1 service tried"
SAFEGUARDS = {
    "disability": "The IEP or 504 team met about the absences",
    "homeless": "The liaison for homeless students was consulted",
    "foster": "The agency worker was invited",
    "parenting": "The nurse or social worker who knows the student was consulted",
    "violence": "The nurse or social worker who knows the student was consulted",
    "illness": "The nurse or social worker who knows the student was consulted",
}


class Rung(NamedTuple):
    """What the source says of a step, as far as it times or limits it.

    `watched`, `due`: school days; None where nothing is asked of it here. `letters`:
    codes of the kinds drafted on entry. `firm`: demands that nobody overrides.
    """

    code: str
    statutory: bool = True
    watched: int | None = None
    due: int = 0
    caseload: str = "no"
    letters: tuple = ()
    firm: tuple = ()


class ProgramRules(ProgramCommon):
    """What holds for every shipped program, each with its own numbers, which its
    subclass names: ages, watching, due dates, caseload, letters, improvement, the end
    of the year, safeguards. Each on both sides of its limit, by cases that stand in
    the step."""

    AGES = ()  # from, under
    LADDER = ()
    YEAR_END = None
    SAFEGUARDED = None  # the step that asks for consultations
    IMPROVED = {"none", "excused", "before", "capped"}

    def absent(self, student):
        """What the first rung asks for, before today."""
        raise NotImplementedError

    def step_of(self, code):
        return self.program.step_ids.filtered(lambda step: step.code == code)

    def cases_in(self, code, *students):
        """Open cases that came into this step today."""
        every = self.env["pact.student"].union(*students)
        cases = self.env["pact.case"]
        return cases._open(every, self.program, self.step_of(code), self.today, {})

    def following(self):
        """(rung, code of the rung before) of each but the first."""
        return [
            (rung, before.code)
            for before, rung in zip(self.LADDER, self.LADDER[1:], strict=False)
        ]

    def aged(self, years, days=0):
        """A student who is so many years old, and had the birthday `days` ago."""
        born = self.today - relativedelta(years=years, days=days)
        return self.make_student(first=f"{years} and {days}", birth_date=born)

    def test_steps_follow_each_other(self):
        """GEN-01: each step leads to the next one, and the last to none."""
        for rung, before in self.following():
            case = self.cases_in(before, self.make_student())
            self.assertEqual(case._following_step().code, rung.code)
        case = self.cases_in(self.LADDER[-1].code, self.make_student())
        self.assertFalse(case._following_step())

    def test_ages_of_flags(self):
        """R21-01, R53-04, SAC-01, WTB-08: on the birthday and the day before it."""
        least, most = self.AGES
        students = self.aged(least) | self.aged(least, -1)
        students |= self.aged(most) | self.aged(most, -1)
        for student in students:
            self.absent(student)
        self.screen()
        flags = self.env["pact.flag"].search(
            [("student_id", "in", students.ids), ("step_id.entry", "=", "flag")]
        )
        inside = students[0] | students[3]
        self.assertEqual(
            flags.student_id, inside if self.LADDER[0].statutory else students
        )

    def test_ages_of_steps(self):
        """R21-01, R53-04: the law's ages limit the statutory steps, and no others."""
        least, most = self.AGES
        students = self.aged(least) | self.aged(least, -1)
        students |= self.aged(most) | self.aged(most, -1)
        outside = students[1] | students[2]
        for rung, before in self.following():
            cases = self.cases_in(before, students)
            gate = cases._gate(self.today)
            refused = cases.filtered(
                lambda case, gate=gate: any(
                    "This step is for ages" in line.answer.text
                    for line in gate[case.id]
                )
            )
            expected = outside if rung.statutory else outside.browse()
            self.assertEqual(refused.student_id, expected, rung.code)
            cases._close(self.today, "improved")

    def test_watched(self):
        """R53-17, R21-22, SOP-15: attendance in a step is judged after so many school
        days, not a day before; on the step's own day in none."""
        for rung in self.LADDER:
            if rung.watched is None:
                continue
            self.go_to(self.START)
            case = self.cases_in(rung.code, self.make_student())
            self.pass_days(max(rung.watched, 1) - 1)
            self.assertFalse(case._improved(self.today), rung.code)
            self.pass_days()
            self.assertTrue(case._improved(self.today), rung.code)

    def test_what_is_improvement(self):
        """R53-17, R21-22, SAC-01, WTB-02: no unexcused absence since the step; what
        was before it does not matter, half a day since does."""
        self.district.excused_day_cap = 3
        days = [self.after(number) for number in range(1, 30)]
        absences = {
            "none": {},
            "before": {"UNX": self.before(5)},
            "excused": {"EXE": days[1:3]},
            "capped": {"EXE": days[1:5]},
            "half": {"UNX": days[1:2]},
            "one": {"UNX": days[1:2]},
        }
        students = {name: self.make_student(first=name) for name in absences}
        cases = self.cases_in(self.LADDER[1].code, *students.values())
        self.go_to(days[(self.LADDER[1].watched or 0) + 5])
        for name, by_code in absences.items():
            for code, missed in by_code.items():
                portion = 0.5 if name == "half" else 1
                self.make_events(students[name], missed, code, portion)
        self.assertEqual(
            set(cases._improved(self.today).student_id.mapped("first_name")),
            self.IMPROVED,
        )

    def test_due(self):
        """GEN-01: not overdue on the last day that the step gives, overdue on the next
        school day; a step without a number never is."""
        cases = {
            rung: self.cases_in(rung.code, self.make_student()) for rung in self.LADDER
        }
        days = sorted({rung.due for rung in self.LADDER if rung.due} | {40})
        for count in days:
            for day, late in ((count, False), (count + 1, True)):
                self.go_to(self.START)
                self.pass_days(day)
                for rung, case in cases.items():
                    overdue = bool(rung.due) and (
                        rung.due < count or rung.due == count and late
                    )
                    self.assertEqual(case.is_overdue, overdue, (rung.code, day))

    def test_caseload(self):
        """R53-06, R53-08: the manager's choice, none, or not in this step."""
        for rung in self.LADDER:
            case = self.cases_in(rung.code, self.make_student()).with_user(self.manager)
            self.assertEqual(case.on_caseload, rung.caseload == "must", rung.code)
            if rung.caseload == "no":
                self._refused(
                    lambda case=case: case.action_place_on_caseload("Asked for help"),
                    ["nobody is placed on the caseload"],
                )
            elif rung.caseload == "must":
                self._refused(
                    lambda case=case: case.action_take_off_caseload("Doing well"),
                    ["stays on the caseload"],
                )
            else:
                case.action_place_on_caseload("Asked for help")
                self.assertTrue(case.on_caseload)
                case.action_take_off_caseload("Doing well")
                self.assertFalse(case.on_caseload)

    def test_letters(self):
        """GEN-01: each step drafts its letters, and those of no other step."""
        for rung in self.LADDER:
            case = self.cases_in(rung.code, self.make_student())
            self.assertEqual(
                sorted(case.letter_ids.kind_id.mapped("code")),
                sorted(rung.letters),
                rung.code,
            )

    def test_firm_demands(self):
        """R53-10, R53-13, R21-17, SOP-20, SOP-22: a coordinator goes on without a
        demand, with a reason, but not without these; nobody else does."""
        for rung, before in self.following():
            case = self.cases_in(before, self.make_student())
            lines = case.with_user(self.coordinator)._gate(self.today)[case.id]
            demands = set(self.step_of(rung.code).requirement_ids.mapped("sentence"))
            lines = [line for line in lines if line.what in demands]
            firm = {
                line.what
                for line in lines
                if not case.with_user(self.coordinator)._may_override([line], "Urgent")
            }
            self.assertEqual(firm, set(rung.firm), rung.code)
            for line in lines:
                self.assertFalse(
                    case.with_user(self.manager)._may_override([line], "Urgent")
                )

    def test_end_of_the_year(self):
        """GEN-01: what becomes of the cases at the end of the school year."""
        rung = self.LADDER[1].code
        case = self.cases_in(rung, self.make_student())
        self.go_to(date(2026, 6, 1))
        wizard = self.env["pact.year.end"].with_user(self.coordinator)
        wizard.create({}).action_apply()
        self.assertEqual(
            (case.is_open, case.step_id.code, case.outcome),
            {
                "carry": (True, rung, False),
                "close": (False, rung, "year_end"),
            }[self.YEAR_END],
        )

    def test_safeguards(self):
        """Who has such a circumstance is not moved on before somebody was consulted;
        nobody else waits for that."""
        if not self.SAFEGUARDED:
            return
        before = {rung.code: code for rung, code in self.following()}
        principal = self.make_user("principal", "school_admin", self.school)
        students = {"": self.make_student(first="None")}
        for code in SAFEGUARDS:
            students[code] = self.make_student(first=code)
            self.env["pact.student.circumstance"].with_user(principal).create(
                {
                    "student_id": students[code].id,
                    "kind_id": self.env.ref(
                        f"pact_truancy.circumstance_kind_{code}"
                    ).id,
                    "source": "The school",
                }
            )
        cases = self.cases_in(before[self.SAFEGUARDED], *students.values())
        gate = cases.with_user(self.manager)._gate(self.today)
        for code, student in students.items():
            case = cases.filtered(lambda one, who=student: one.student_id == who)
            asked = {
                line.what
                for line in gate[case.id]
                if line.what in SAFEGUARDS.values() and not line.answer.met
            }
            expected = {SAFEGUARDS[code]} if code else set()
            self.assertEqual(asked, expected, code)

    def test_early_cases(self):
        """R21-27, WTB-08: before any threshold only where the program says so."""
        student = self.make_student()
        cases = self.env["pact.case"].with_user(self.manager)
        if self.program.code in ("R21", "WTB"):
            case = cases._open_early(student, self.program, "Asked for help")
            self.assertEqual(case.step_id.code, self.LADDER[0].code)
        else:
            with self.assertRaises(UserError):
                cases._open_early(student, self.program, "Asked for help")
