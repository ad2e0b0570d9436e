from datetime import date

from odoo.tests import tagged

from .common import TODAY, TruancyCommon


@tagged("post_install", "-at_install")
class TestAccessRouting(TruancyCommon):
    """Which office serves a school, and who of its people."""

    def responsible(self, school, role="case_manager"):
        found = self.env["pact.assignment"]._responsible_users(school, role)
        return found.get(school.id)

    def serve(self, office, **values):
        return self.env["pact.office.service"].create(
            {"office_id": office.id, **values}
        )

    def office_of(self, school, day=TODAY):
        return school._serving_offices(day).get(school.id)

    def test_the_narrowest_assignment_wins(self):
        """R21-23: school before district before county before office, so one county's
        districts may be served by different people."""
        self.assertFalse(self.responsible(self.school))
        for name, scope in (
            ("office", self.office),
            ("county", self.county),
            ("district", self.district),
            ("school", self.school),
        ):
            user = self.make_user(f"cm-{name}", "case_manager", scope)
            self.assertEqual(self.responsible(self.school), user, name)
        self.assertEqual(self.responsible(self.sister_school).login, "cm-district")
        self.assertEqual(self.responsible(self.other_school).login, "cm-county")

    def test_two_districts_of_one_county_two_people(self):
        """R21-23: one county, two interventionists."""
        one = self.make_user("cm-one", "case_manager", self.district)
        two = self.make_user("cm-two", "case_manager", self.other_district)
        self.assertEqual(self.responsible(self.school), one)
        self.assertEqual(self.responsible(self.sister_school), one)
        self.assertEqual(self.responsible(self.other_school), two)

    def test_only_who_is_there_and_in_that_role(self):
        """R21-23: not somebody of another role, not who left, not before the day."""
        self.make_user("co", "coordinator", self.school)
        gone = self.make_user("cm-gone", "case_manager", self.school)
        gone.active = False
        self.make_user(
            "cm-ended", "case_manager", self.school, date_to=date(2026, 3, 2)
        )
        self.make_user(
            "cm-later", "case_manager", self.school, date_from=date(2026, 3, 4)
        )
        self.assertFalse(self.responsible(self.school))
        office = self.make_user("cm-office", "case_manager", self.office)
        self.assertEqual(self.responsible(self.school), office)

    def test_the_older_assignment_first(self):
        """Two people with the same breadth: the one assigned first, so a deputy who
        helps out does not take over the new cases."""
        first = self.make_user("cm-first", "case_manager", self.school)
        self.make_user("cm-deputy", "case_manager", self.school, deputy_of_id=first.id)
        self.assertEqual(self.responsible(self.school), first)

    def test_a_new_case_goes_to_who_serves_the_school(self):
        """R21-23: the manager of a new case is the one of the student's school."""
        self.make_user("cm-office", "case_manager", self.office)
        own = self.make_user("cm-own", "case_manager", self.other_school)
        program = self.env.ref("pact_truancy.program_r21")
        program.office_ids = self.office
        student = self.make_student(school=self.other_school)
        self.make_events(student, self.school_days(9))
        program._screen(TODAY)
        flag = self.env["pact.flag"].search([("student_id", "=", student.id)])
        flag.with_user(own).action_confirm()
        self.assertEqual(flag.case_id.manager_id, own)

    def test_office_that_serves_a_school(self):
        """R21-23: the school's own link before the district's before the county's
        default; from its first day to its last."""
        self.assertEqual(self.office_of(self.school), self.office)
        self.serve(self.branch, district_id=self.district.id)
        self.assertEqual(self.office_of(self.school), self.branch)
        self.assertEqual(self.office_of(self.other_school), self.office)
        self.serve(
            self.office,
            school_id=self.school.id,
            date_from=date(2026, 3, 3),
            date_to=date(2026, 3, 5),
        )
        for day, office in (
            (date(2026, 3, 2), self.branch),
            (date(2026, 3, 3), self.office),
            (date(2026, 3, 5), self.office),
            (date(2026, 3, 6), self.branch),
        ):
            self.assertEqual(self.office_of(self.school, day), office, day)
        self.assertEqual(self.office_of(self.sister_school), self.branch)
        self.assertEqual(self.school.office_id, self.office)

    def test_several_districts_under_one_office(self):
        """SAC-09: each district with its own schools; the office's people reach all of
        them, a district's people their own."""
        cases = {}
        for school in (self.school, self.sister_school, self.other_school):
            cases[school] = self.make_student(first=school.name, school=school)
        for scope, schools in (
            (self.office, {self.school, self.sister_school, self.other_school}),
            (self.district, {self.school, self.sister_school}),
            (self.other_district, {self.other_school}),
        ):
            user = self.make_user(f"u-{scope._name}-{scope.id}", "coordinator", scope)
            found = self.env["pact.student"].with_user(user).search([])
            self.assertEqual(set(found.school_id), schools)
            events = (
                self.env["pact.student"]
                .with_user(user)
                ._read_group([], ["school_id"], ["__count"])
            )
            self.assertEqual(
                {school.id for school, _n in events}, {school.id for school in schools}
            )
