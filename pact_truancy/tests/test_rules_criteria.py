import operator
import random
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import Form, tagged

from odoo.addons.pact_truancy.models.facts.units import DAY
from odoo.addons.pact_truancy.models.metrics.specs import (
    DAY_MEASURES,
    EVENT_MEASURES,
    RATE_MEASURES,
    WINDOWS,
    Spec,
    is_valid,
)

from ..models.casework.pact_case import GATE
from .common import TODAY, TruancyCommon
from .common_letters import LettersCommon

OPERATORS = {
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}


class CriteriaCommon(TruancyCommon):
    """A program of one step, whose criteria each test chooses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env["pact.program"].create(
            {"name": "Test", "code": "TST", "office_ids": cls.office.ids}
        )
        cls.step = cls.env["pact.program.step"].create(
            {
                "program_id": cls.program.id,
                "name": "First",
                "code": "one",
                "entry": "flag",
            }
        )

    @classmethod
    def set_criteria(cls, *criteria):
        cls.step.criterion_ids.unlink()
        return cls.env["pact.program.criterion"].create(
            [{"step_id": cls.step.id, **values} for values in criteria]
        )

    def found(self, *criteria, day=TODAY):
        """Return the ids of the students who meet `criteria` by the SQL."""
        self.set_criteria(*criteria)
        domain = self.program._student_domain(day)
        starts = self.program._starts(domain, day)
        return self.program._found(domain, day, self.step, starts)[self.step].keys()

    def assertMeets(self, student, criterion, expected):
        """`expected`: the operators of which the criterion holds, '' for none."""
        for name in OPERATORS:
            with self.subTest(operator=name, **criterion):
                found = self.found({**criterion, "operator": name})
                self.assertEqual(student.id in found, name in expected.split())


@tagged("post_install", "-at_install")
class TestComparison(CriteriaCommon):
    def test_days(self):
        """Both sides of every operator; two halves are a day."""
        student = self.make_student()
        self.make_events(student, self.school_days(3))
        self.make_events(student, self.school_days(5)[:2], portion=0.5)
        days = {"window": "year", "unit": "days"}
        self.assertMeets(student, {**days, "threshold": 4}, "ge le")
        self.assertMeets(student, {**days, "threshold": 3.99}, "ge gt")
        self.assertMeets(student, {**days, "threshold": 4.01}, "le lt")
        self.assertMeets(student, {**days, "threshold": 3.5}, "ge gt")

    def test_thirds_are_exact(self):
        student = self.make_student()
        self.make_events(student, self.school_days(3), portion=Fraction(1, 3))
        self.assertMeets(student, {"window": "year", "threshold": 1}, "ge le")

    def test_percent_of_the_window(self):
        """5 % of 180 are 9 days, also where only 20 days were possible."""
        student = self.make_student(entry=self.school_days(20)[0])
        share = {"window": "previous", "size": 180, "unit": "percent", "threshold": 5}
        self.make_events(student, self.school_days(8))
        half = self.make_events(student, self.school_days(9)[:1], portion=0.5)
        self.assertMeets(student, share, "le lt")
        half.portion = DAY
        self.assertMeets(student, share, "ge le")

    def test_percent_of_the_days_possible(self):
        student = self.make_student(entry=self.school_days(20)[0])
        self.make_events(student, self.school_days(1), code="EXE")
        share = {
            "measure": "excused",
            "window": "previous",
            "size": 180,
            "unit": "percent",
            "percent_of": "possible",
            "threshold": 5,
        }
        self.assertMeets(student, share, "ge le")
        # a day that was not received leaves both sides: 1 of 19 is more
        self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", "=", self.school_days(2)[0])]
        ).unlink()
        self.assertMeets(student, share, "ge gt")

    def test_rate_of_exactly_90(self):
        student = self.make_student(entry=self.school_days(20)[0])
        self.make_events(student, self.school_days(2))
        rate = {"measure": "attendance_rate", "window": "year", "unit": "percent"}
        self.assertMeets(student, {**rate, "threshold": 90}, "ge le")
        self.assertMeets(student, {**rate, "threshold": 90.01}, "le lt")
        self.assertMeets(student, {**rate, "threshold": 89.99}, "ge gt")

    def test_two_of_three_is_no_66_67_percent(self):
        student = self.make_student()
        self.make_events(student, self.school_days(3)[:2])
        self.make_events(student, self.school_days(1), code="EXE")
        share = {"measure": "unexcused_share", "window": "year", "unit": "percent"}
        self.assertMeets(student, {**share, "threshold": 66.66}, "ge gt")
        self.assertMeets(student, {**share, "threshold": 66.67}, "le lt")

    def test_occasions_and_dates(self):
        student = self.make_student()
        days = self.school_days(4)
        self.make_events(student, days[:3], code="TDY")
        self.make_events(student, days[3:], portion=0.5)
        self.make_events(student, days[3:], code="EXE", portion=0.5)
        tardy = {"measure": "tardy", "window": "year", "unit": "occasions"}
        self.assertMeets(student, {**tardy, "threshold": 3}, "ge le")
        self.assertMeets(student, {**tardy, "threshold": 4}, "le lt")
        absent = {"measure": "absent", "window": "year", "threshold": 1}
        self.assertMeets(student, {**absent, "unit": "occasions"}, "ge gt")
        self.assertMeets(student, {**absent, "unit": "dates"}, "ge le")

    def test_empty_meets_nothing(self):
        """No letter, no step: the window has no beginning, and even 'at most' does not
        hold."""
        student = self.make_student()
        for window in ("since_letter", "since_step", "order"):
            self.assertMeets(student, {"window": window, "threshold": 3}, "")

    def test_nothing_of_nothing_meets_nothing(self):
        student = self.make_student(entry=TODAY)
        self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", "=", TODAY)]
        ).unlink()
        for measure in RATE_MEASURES:
            rate = {"measure": measure, "window": "year", "unit": "percent"}
            self.assertMeets(student, {**rate, "threshold": 90}, "")
        share = {"window": "year", "unit": "percent", "percent_of": "possible"}
        self.assertMeets(student, {**share, "threshold": 5}, "")
        self.assertMeets(student, {**share, "measure": "excused", "threshold": 5}, "")

    def test_and_in_a_group_or_between_groups(self):
        """SOP-14: under 90 % with at least one unexcused absence."""
        both = self.make_student(first="Both", entry=self.school_days(10)[0])
        low = self.make_student(first="Low", entry=self.school_days(10)[0])
        some = self.make_student(first="Some")
        tardy = self.make_student(first="Tardy")
        self.make_events(both, self.school_days(2))
        self.make_events(low, self.school_days(2), code="EXE")
        self.make_events(some, self.school_days(2))
        self.make_events(tardy, self.school_days(5), code="TDY")
        rate = {
            "measure": "attendance_rate",
            "window": "year",
            "unit": "percent",
            "operator": "lt",
            "threshold": 90,
        }
        one = {"window": "year", "threshold": 1}
        late = {"measure": "tardy", "window": "month", "unit": "occasions", "group": 7}
        self.assertEqual(self.found(rate, one), {both.id})
        self.assertEqual(self.found(rate), {both.id, low.id})
        self.set_criteria(rate, one, {**late, "threshold": 2})
        domain = self.program._student_domain(TODAY)
        found = self.program._found(domain, TODAY, self.step, {})[self.step]
        self.assertEqual(set(found), {both.id, tardy.id})
        self.assertEqual(len(found[both.id]), 2, "the criteria of the first group")
        self.assertEqual(found[tardy.id].measure, "tardy")

    def test_two_steps_in_one_statement(self):
        student = self.make_student()
        self.make_events(student, self.school_days(6))
        self.set_criteria({"window": "year", "threshold": 5})
        other = self.step.copy({"code": "two", "name": "Second"})
        other.criterion_ids.threshold = 6.5
        steps = self.step | other
        found = self.program._found(
            self.program._student_domain(TODAY), TODAY, steps, {}
        )
        self.assertEqual(set(found[self.step]), {student.id})
        self.assertFalse(found[other])


@tagged("post_install", "-at_install")
class TestAgainstPython(CriteriaCommon):
    """The comparison in SQL finds whom plain Python finds in the values of `_read`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chance = random.Random(7)
        cls.district.excused_day_cap = 3
        cls.program.excused_cap = True
        days = cls.school_days(60)
        for number in range(14):
            student = cls.make_student(
                first=f"No. {number}", entry=days[chance.randrange(40)]
            )
            for day in chance.sample(days, number):
                if day >= student.enrollment_ids.entry_date:
                    cls.make_events(
                        student,
                        [day],
                        code=chance.choice(["UNX", "EXE", "UNV", "MED", "TDY"]),
                        portion=chance.choice([1, 0.5, Fraction(1, 3)]),
                    )

    def test_every_measure_and_window(self):
        """Thresholds that lie on a student's value, and beside it."""
        asked = [
            (measure, window, unit)
            for measure in (*DAY_MEASURES, *EVENT_MEASURES, *RATE_MEASURES)
            for window in WINDOWS
            for unit in ("days", "occasions", "dates", "percent")
        ]
        domain = self.program._student_domain(TODAY)
        starts = {
            "since_step": {student.id: TODAY - timedelta(days=20) for student in
                           self.env["pact.student"].search(domain, limit=7)},
        }  # fmt: skip
        met = set()

        @settings(
            max_examples=220,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(data=st.data())
        def check(data):
            measure, window, unit = data.draw(st.sampled_from(asked))
            values = {
                "measure": measure,
                "window": window,
                "unit": unit,
                "size": data.draw(st.sampled_from([1, 30, 180])),
                "counting": data.draw(st.sampled_from(["plain", "program"])),
                "percent_of": data.draw(st.sampled_from(["window", "possible"])),
                "operator": data.draw(st.sampled_from(sorted(OPERATORS))),
                "threshold": 1,
            }
            if (
                self.step.new({"criterion_ids": [(0, 0, values)]})
                .criterion_ids[0]
                ._problem()
            ):
                return
            criterion = self.set_criteria(values)
            size = values["size"] if WINDOWS[window][1] else 0
            spec = Spec(
                measure,
                window,
                size,
                values["counting"],
                unit if unit in ("occasions", "dates") else "days",
            )
            possible = Spec("possible", window, size, values["counting"])
            specs = [one for one in (spec, possible) if is_valid(one)]
            read = self.env["pact.metrics"]._read(
                domain, TODAY, specs, self.program._counting(), starts
            )
            shares = {
                student_id: self.share(values, own[spec], own.get(possible))
                for student_id, own in read.items()
            }
            near = sorted(
                {round(float(share), 2) for share in shares.values() if share}
            ) or [1]
            threshold = data.draw(st.sampled_from(near)) + data.draw(
                st.sampled_from([0, 0, 0.01, -0.01])
            )
            if unit in ("occasions", "dates"):
                threshold = round(threshold) or 1
            threshold = min(max(threshold, 0.01), 100)
            criterion.threshold = threshold
            expected = {
                student_id
                for student_id, share in shares.items()
                if share is not None
                and OPERATORS[values["operator"]](share, Fraction(f"{threshold:.2f}"))
            }
            found = self.program._found(domain, TODAY, self.step, starts)[self.step]
            self.assertEqual(set(found), expected, criterion.sentence)
            if expected and len(expected) < len(read):
                met.add((measure, unit))

        check()
        self.assertGreater(len(met), 25, "the comparisons tell students apart")

    @staticmethod
    def share(values, value, possible):
        """Return the value in the unit of the threshold; None where it is empty."""
        if value is None:
            return None
        if isinstance(value, tuple):
            return Fraction(value[0] * 100, value[1]) if value[1] else None
        if values["unit"] == "days":
            return Fraction(value, DAY)
        if values["unit"] != "percent":
            return Fraction(value)
        if values["percent_of"] == "window":
            return Fraction(value * 100, values["size"] * DAY)
        return Fraction(value * 100, possible) if possible else None


@tagged("post_install", "-at_install")
class TestSentences(CriteriaCommon):
    def test_sentences_read_like_speech(self):
        """GEN-02: the rule in words, for each kind of measure, window and unit."""
        rate = {"unit": "percent", "window": "year"}
        for values, sentence in (
            (
                {"measure": "attendance_rate", "operator": "lt", "threshold": 90}
                | rate,
                "Attendance rate this school year: under 90 %",
            ),
            (
                {"window": "any_month", "threshold": 4},
                "At least 4 unexcused days in any one month of this school year",
            ),
            (
                {"window": "month", "threshold": 1, "operator": "gt"},
                "More than 1 unexcused day this month",
            ),
            (
                {"window": "previous", "unit": "percent", "threshold": 7.5},
                "Absent days without valid cause in the previous 180 school days: at "
                "least 7.5 % (13.5 days)",
            ),
            (
                {"measure": "unverified", "percent_of": "possible", "threshold": 5}
                | rate,
                "Unverified absent days this school year: at least 5 % of the days "
                "possible",
            ),
            (
                {"measure": "tardy", "window": "rolling", "size": 30, "threshold": 3}
                | {"unit": "occasions", "operator": "lt"},
                "Fewer than 3 tardies in the last 30 days",
            ),
            (
                {"measure": "tardy", "window": "since_letter", "threshold": 1}
                | {"unit": "dates"},
                "Tardies since the last letter: on at least 1 date",
            ),
            (
                {"measure": "absent", "window": "since_entry", "threshold": 2}
                | {"unit": "occasions", "operator": "gt"},
                "Absent days, any reason this school year since the entry at the "
                "school: on more than 2 occasions",
            ),
            (
                {"measure": "unexcused_run", "window": "enrolled", "size": 20}
                | {"threshold": 3},
                "At least 3 unexcused days in a row in the previous 20 school days of "
                "enrollment",
            ),
            (
                {"measure": "truancy", "window": "year", "threshold": 3}
                | {"unit": "occasions"},
                "At least 3 absences without excuse and long tardies this school year; "
                "a tardy counts when it is longer than 30 minutes",
            ),
        ):
            with self.subTest(sentence):
                criterion = self.set_criteria(values)
                self.assertEqual(criterion.sentence, sentence)

    def test_the_rules_that_matter_are_said(self):
        """Each counting rule is told where it can change the number."""
        self.program.write(
            {
                "excused_cap": True,
                "unverified_limit": 10,
                "medical_rule": True,
                "grace_days": 3,
                "exclude_homebound": True,
            }
        )
        unexcused = {"window": "year", "threshold": 2, "counting": "program"}
        sentence = self.set_criteria(unexcused).sentence
        for words in (
            "medical letter",
            "yearly limit",
            "beyond 10 in the school year",
            "3 school days after the return, 10 after the absence",
        ):
            self.assertIn(words, sentence)
        self.assertNotIn("homebound", sentence)
        self.assertEqual(len(self.program._counting_words().split("; ")), 6)
        rate = {"measure": "attendance_rate", "unit": "percent", "threshold": 90}
        sentence = self.set_criteria({**unexcused, **rate}).sentence
        self.assertTrue(sentence.endswith("days homebound or in hospital are left out"))
        plain = self.set_criteria({**unexcused, "counting": "plain"}).sentence
        self.assertEqual(plain, "At least 2 unexcused days this school year")

    def test_form_proposes_what_fits(self):
        form = Form(
            self.env["pact.program.criterion"].with_context(
                default_step_id=self.step.id
            ),
            "pact_truancy.pact_program_criterion_view_form",
        )
        form.measure = "tardy"
        self.assertEqual(form.unit, "occasions")
        form.measure = "attendance_rate"
        self.assertEqual(form.unit, "percent")
        form.measure = "unexcused_run"
        self.assertEqual(form.unit, "days")
        form.measure = "pending"
        self.assertEqual(form.counting, "program")
        form.measure = "unexcused"
        form.unit = "percent"
        form.window = "year"
        self.assertEqual(form.percent_of, "possible")
        form.threshold = 5
        form.save()


@tagged("post_install", "-at_install")
class TestStarts(CriteriaCommon):
    def open_case(self, student, *steps, closed=None):
        """A case of this program that took `steps` (days) since the first of them."""
        case = (
            self.env["pact.case"]
            .with_context(pact_gate=GATE)
            .create(
                {
                    "student_id": student.id,
                    "school_id": self.school.id,
                    "program_id": self.program.id,
                    "step_id": self.step.id,
                    "date_open": steps[0],
                    "date_step": steps[-1],
                    "is_open": not closed,
                    "date_closed": closed,
                }
            )
        )
        for number, day in enumerate(steps):
            self.env["pact.case.step"].create(
                {
                    "case_id": case.id,
                    "step_id": self.step.id,
                    "round": number + 1,
                    "date": day,
                    "user_id": self.env.uid,
                }
            )
        return case

    def test_last_step_of_the_open_case(self):
        student, other = self.make_student(), self.make_student(first="Other")
        first, second = date(2026, 1, 12), date(2026, 2, 16)
        self.open_case(student, first, second)
        self.open_case(other, first, closed=date(2026, 2, 1))
        for students in (student | other, [("id", "in", student.ids)], None):
            starts = self.program._starts(students, TODAY)
            self.assertEqual(starts["since_step"], {student.id: second})
        early = self.program._starts(None, date(2026, 1, 20))
        self.assertEqual(early["since_step"], {student.id: first, other.id: first})
        self.assertFalse(self.program._starts(other, TODAY)["since_step"])

    def test_since_the_last_step(self):
        student = self.make_student()
        days = self.school_days(5)
        self.open_case(student, days[2])
        self.make_events(student, days)
        since = {"window": "since_step", "threshold": 3}
        self.assertMeets(student, since, "ge le")


@tagged("post_install", "-at_install")
class TestSinceLetter(LettersCommon):
    def test_last_letter_that_was_sent(self):
        """A letter counts from the day it was sent, and only once it is sent."""
        letter = self.make_letter()
        other = self.make_letter(student=self.make_student(first="Other"))
        sent = TODAY - timedelta(days=5)
        letter.sudo()._gated().write({"state": "sent", "date_sent": sent})
        students = letter.student_id | other.student_id
        for asked in (students, [("id", "in", students.ids)], None):
            starts = self.program._starts(asked, TODAY)
            self.assertEqual(starts["since_letter"], {letter.student_id.id: sent})
            self.assertEqual(set(starts["since_step"]), set(students.ids))
        letter.case_id.sudo().with_context(pact_gate=GATE).date_open = sent
        before = self.program._starts(students, sent - timedelta(days=1))
        self.assertFalse(before["since_letter"])
        self.assertFalse(self.program._starts(other.student_id, TODAY)["since_letter"])
