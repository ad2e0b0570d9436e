from datetime import date, timedelta

from odoo.tests import tagged

from . import program_rules as rules
from .program_common import ProgramCommon


@tagged("post_install", "-at_install")
class TestSAC(ProgramCommon):
    """Partners Against Chronic Truancy of a District Attorney."""

    PROGRAM = "sac"

    def truant(self, name, count, **values):
        """A student who entered 40 school days ago."""
        days = self.school_days(40, self.today)
        student = self.make_student(first=name, entry=days[0], **values)
        self.make_events(student, days[5 : 5 + count])
        return student

    def test_chronic_truants(self):
        """SAC-01: 10 % of the school days since the entry, not less."""
        under = self.truant("Under", 3)
        self.make_events(under, self.before(1), portion=0.9)
        self.assertFalse(self.flags(under))
        self.assertEqual(self.flags(self.truant("Exact", 4)), {"identified"})

    def test_of_this_school_year(self):
        """SAC-01, California Education Code 48263.6: 'in one school year'. An
        enrollment that runs on from former years does not dilute the share."""
        year_start = self.env["pact.flag"]._year_start(self.today)
        days = [day for day in self.school_days(200, self.today) if day >= year_start]
        student = self.make_student(first="Long", entry=year_start - timedelta(400))
        least = -(-len(days) // 10)
        self.make_events(student, days[: least - 1])
        self.assertFalse(self.flags(student))
        self.make_events(student, days[least - 1 : least])
        self.assertEqual(self.flags(student), {"identified"})

    def test_excused_days_are_none(self):
        """SAC-01"""
        student = self.truant("Under", 3)
        self.make_events(student, self.before(4), code="EXE")
        self.assertFalse(self.flags(student))

    def test_who_is_invited_is_a_setting(self):
        """SAC-10, GEN-01: students just starting are reached by another number."""
        student = self.truant("Starting", 2)
        self.assertFalse(self.flags(student))
        self.program._rungs()[0].criterion_ids.threshold = 5
        self.assertEqual(self.flags(student), {"identified"})

    def test_of_compulsory_age(self):
        """SAC-01: from 6 and under 18."""
        self.assertFalse(self.flags(self.truant("Old", 8, birth_date="2008-01-12")))
        self.assertTrue(self.flags(self.truant("Young", 8, birth_date="2008-01-13")))
        self.assertFalse(self.flags(self.truant("Small", 8, birth_date="2020-01-13")))
        self.assertTrue(self.flags(self.truant("Six", 8, birth_date="2020-01-12")))

    def test_invited(self):
        """SAC-01: a confirmed flag is invited by the District Attorney's letter."""
        case = self.confirm(self.truant("Exact", 4))
        self.assertEqual(self.advance(case), "invited")

    def test_followed_up_after_the_meeting(self):
        """SAC-01: letter, meeting, follow-up; each after the one before."""
        case = self.confirm(self.truant("Exact", 4))
        self.advance(case)
        self.cannot_advance(case, "not sent yet")
        self.send_notice(case)
        self.assertEqual(self.advance(case), "meeting")
        self.cannot_advance(case, "PACT meeting: not held yet")
        self.meet(case)
        self.assertEqual(self.advance(case), "follow_up")


@tagged("post_install", "-at_install")
class TestSACRules(rules.ProgramRules):
    """What the source says of each step; the meeting and what follows is for all who
    were invited."""

    PROGRAM = "sac"
    AGES = (6, 18)
    YEAR_END = "close"
    LADDER = (
        rules.Rung("identified"),
        rules.Rung("invited", due=20, letters=("SAC-1",)),
        rules.Rung("meeting", statutory=False),
        rules.Rung("follow_up", statutory=False),
    )

    def absent(self, student):
        self.make_events(student, self.before(40))


@tagged("post_install", "-at_install")
class TestSACEdges(ProgramCommon):
    """Both sides of what the program counts."""

    PROGRAM = "sac"

    def test_since_the_enrollment(self):
        """SAC-01: from the date of enrollment to the current date, in one school year
        (48263.6): who came late has fewer days to compare with."""
        days = self.before(9)
        old = self.make_student(first="Old")
        new = self.make_student(first="New", entry=date(2025, 9, 15))
        for student in (old, new):
            self.make_events(student, days)
        self.assertEqual(self.found(old, new), {"identified": {"New"}})
