from odoo.tests import tagged

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
