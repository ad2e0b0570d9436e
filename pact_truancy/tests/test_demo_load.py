import json
from datetime import date

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from odoo.addons.pact_truancy.models.demo.pact_demo import PLAN
from odoo.addons.pact_truancy.models.demo.staff import STAFF
from odoo.addons.pact_truancy.models.facts.units import DAY
from odoo.addons.pact_truancy.models.metrics.specs import Spec

TODAY = date(2026, 11, 23)
WINDOW = Spec("unexcused", "previous", 180)


@tagged("post_install", "-at_install")
class TestDemoLoad(TransactionCase):
    """The demo data of a small scale (60 students), loaded once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.demo = cls.env["pact.demo"]
        cls.demo._load(day=TODAY, scale=0.02)
        cls.plan = cls.demo._plan()
        cls.students = cls.env["pact.student"].search([])

    def student(self, key):
        state_id = self.plan.attendance.student[key].state_id
        return self.students.identifier_ids.filtered(
            lambda identifier: identifier.value == state_id
        ).student_id

    def test_day_is_pinned(self):
        self.assertEqual(self.env["pact.clock"]._today(), TODAY)
        self.assertEqual(
            json.loads(self.env["ir.config_parameter"].get_param(PLAN))["scale"], 0.02
        )

    def test_only_into_an_empty_database(self):
        with self.assertRaisesRegex(UserError, "already holds schools"):
            self.demo._load(day=TODAY, scale=0.02)

    def test_nothing_is_callable_from_outside(self):
        own = [name for name in vars(type(self.demo)) if not name.startswith("_")]
        self.assertFalse([name for name in own if callable(getattr(self.demo, name))])

    def test_everybody_has_an_enrollment_and_a_guardian(self):
        self.assertFalse(self.students.filtered(lambda s: not s.enrollment_ids))
        self.assertFalse(self.students.filtered(lambda s: not s.guardian_link_ids))
        current = self.students.filtered("school_id")
        self.assertGreater(len(current), len(self.students) * 0.8)
        self.assertFalse(current.filtered(lambda s: not s.homeroom_id or not s.grade))

    def test_whose_numbers(self):
        """Each district's system knows its own students, the state's everybody."""
        state = self.env.ref("pact_truancy.demo_source_state")
        sources = self.students.identifier_ids.source_id - state
        self.assertFalse(state.district_id)
        self.assertEqual(state, self.students.identifier_ids.source_id - sources)
        self.assertEqual(len(sources.district_id), len(sources))
        for source in sources:
            numbers = self.students.identifier_ids.filtered(
                lambda one, source=source: one.source_id == source
            )
            districts = numbers.student_id.enrollment_ids.school_id.district_id
            self.assertIn(source.district_id, districts)
            self.assertTrue(
                all(
                    source.district_id
                    in one.student_id.enrollment_ids.school_id.district_id
                    for one in numbers
                )
            )

    def test_two_languages_and_leading_zeros(self):
        codes = set(self.env["pact.guardian"].search([]).lang_id.mapped("code"))
        self.assertLessEqual({"en_US", "es_419"}, codes)
        values = self.students.identifier_ids.mapped("value")
        self.assertTrue(all(value.startswith("0") for value in values))

    def test_events_are_sane(self):
        self.env.cr.execute(
            """SELECT max(total) FROM (
                 SELECT sum(portion) FILTER (WHERE flags & 1 > 0) AS total
                   FROM pact_attendance_event WHERE is_withdrawn IS NOT TRUE
                  GROUP BY student_id, date) d"""
        )
        self.assertLessEqual(self.env.cr.fetchone()[0], DAY)
        events = self.env["pact.attendance.event"].search([])
        uncounted = events.filtered(lambda event: not event.is_counted)
        # only the day that was closed later does not count
        snow = self.plan.calendars["101"].snow
        self.assertFalse(uncounted.filtered(lambda event: event.date != snow))
        self.assertGreater(len(events), 1000)

    def test_counts_stand_after_a_repair(self):
        """What the load wrote is what the one function says counts."""
        Event = self.env["pact.attendance.event"]
        before = Event.search([("is_counted", "=", True)]).ids
        Event._refresh_counted()
        self.assertEqual(Event.search([("is_counted", "=", True)]).ids, before)

    def test_students_on_the_edges(self):
        aimed = self.plan.attendance.aimed
        for label, days in (("exactly", 9), ("under", 8.5), ("sample", 8)):
            for key in aimed[label]:
                student = self.student(key)
                values = self.env["pact.metrics"]._read(student, TODAY, [WINDOW])
                self.assertEqual(values[student.id][WINDOW], days * DAY, label)

    def test_staff_have_their_schools_and_no_password(self):
        for key, _name, role, _scope in STAFF:
            user = self.env.ref(f"pact_truancy.demo_user_{key.replace('.', '_')}")
            seen = self.env["pact.student"].with_user(user)
            if role:
                self.assertTrue(seen.search([]), key)
            else:
                self.assertFalse(user.has_group("pact_truancy.group_pact_user"))
            self.env.cr.execute("SELECT password FROM res_users WHERE id=%s", [user.id])
            self.assertFalse(self.env.cr.fetchone()[0], "cannot log in yet")

    def test_branch_that_serves(self):
        """R21-23: a district of the county is served by another branch since a day."""
        school = self.env.ref("pact_truancy.demo_school_0203")
        north = self.env.ref("pact_truancy.demo_branch_north")
        south = self.env.ref("pact_truancy.demo_branch_south")
        self.assertEqual(school.county_id.default_office_id, north)
        self.assertEqual(school.office_id, south)
        year = self.env.ref("pact_truancy.demo_year_last")
        before = school._serving_offices(year.date_start)
        self.assertEqual(before[school.id], north)

    def test_complete_through_differs(self):
        schools = self.env["pact.school"].search([])
        through = self.env["pact.attendance.received"]._complete_through(schools, TODAY)
        self.assertGreaterEqual(len(set(through.values())), 3)
