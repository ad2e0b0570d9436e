from random import Random

from odoo import api, models
from odoo.fields import Command

from . import names
from .schools import FIRST_REGION, REGION_OF, SCHOOLS
from .staff import STAFF, TEACHER_ROOM

LANGUAGE = {"en": "en_US", "es": "es_419", "pl": "pl_PL", "ar": "ar_001", "uk": "uk_UA"}


class PactDemo(models.AbstractModel):
    _inherit = "pact.demo"

    @api.model
    def _create_homerooms(self, plan):
        """Return {(school key, year, name): homeroom}."""
        years = [self._demo("demo_year_last").id, self._demo("demo_year").id]
        keys = plan.people.homerooms
        records = self.env["pact.homeroom"].create(
            [
                {
                    "name": name,
                    "school_id": self._demo(f"demo_school_{school}").id,
                    "year_id": years[year],
                }
                for school, year, name in keys
            ]
        )
        homerooms = dict(zip(keys, records, strict=True))
        school, name = TEACHER_ROOM
        self._name_records({"demo_homeroom": homerooms[school, 1, name]})
        return homerooms

    @api.model
    def _create_staff(self, plan, homerooms):
        """Users and their assignments. Nobody gets a password here, so nobody can log
        in before `_set_passwords`."""
        people = list(STAFF)
        rnd = Random(f"{plan.seed}/teachers")
        taken = {key for key, *_rest in people}
        own = self._demo("demo_homeroom")
        rooms = [r for (_s, year, _n), r in homerooms.items() if year == 1 and r != own]
        for room in rooms:
            key = None
            while key is None or key in taken:
                origin = rnd.choice(["en", "en", "es"])
                first = rnd.choice(names.FIRST_NAMES[origin])
                last = rnd.choice(names.LAST_NAMES[origin])
                key = f"{first}.{last}".lower()
            taken.add(key)
            people.append((key, f"{first} {last}", "teacher", room))
        users = self.env["res.users"].create(
            [
                {
                    "name": name,
                    "login": f"{key}@example.org",
                    "email": f"{key}@example.org",
                    "tz": self._zone(scope),
                    "group_ids": [Command.set([self.env.ref("base.group_user").id])],
                }
                for key, name, _role, scope in people
            ]
        )
        self._name_records(
            {
                f"demo_user_{key.replace('.', '_')}": user
                for (key, *_rest), user in zip(STAFF, users, strict=False)
            }
        )
        field_of = {
            "pact.office": "office_id",
            "pact.district": "district_id",
            "pact.school": "school_id",
            "pact.homeroom": "homeroom_id",
        }
        assignments = []
        for (_key, _name, role, scope), user in zip(people, users, strict=True):
            if role:
                record = self._demo(scope) if isinstance(scope, str) else scope
                assignments.append(
                    {
                        "user_id": user.id,
                        "role": role,
                        field_of[record._name]: record.id,
                    }
                )
        self.env["pact.assignment"].create(assignments)
        # where the work of the role begins, instead of Discuss
        students = self.env.ref("pact_truancy.pact_student_action")
        flags = self.env.ref("pact_truancy.pact_flag_action")
        for (_key, _name, role, _scope), user in zip(people, users, strict=True):
            if role:
                at_school = role in ("school_staff", "teacher")
                user.action_id = (students if at_school else flags).id

    @api.model
    def _zone(self, scope):
        """Return the time zone in which the work of an assignment's scope is done.

        :param scope: external id or record, see STAFF; None: no part in the app
        """
        record = self._demo(scope) if isinstance(scope, str) else scope
        if record and record._name == "pact.office":
            return record.tz
        if record and record._name == "pact.homeroom":
            record = record.school_id
        if record and record._name == "pact.school":
            record = record.district_id
        region = REGION_OF[record.code] if record else FIRST_REGION
        return region.tz

    @api.model
    def _languages(self):
        """Return {our language: id of res.lang}; Spanish letters need it active."""
        Lang = self.env["res.lang"].with_context(active_test=False)
        Lang._activate_lang(LANGUAGE["es"])
        ids = {lang.code: lang.id for lang in Lang.search([])}
        return {ours: ids[code] for ours, code in LANGUAGE.items()}

    @api.model
    def _create_students(self, plan):
        """Return {key: student}."""
        languages = self._languages()
        people = plan.people.students
        records = self.env["pact.student"].create(
            [
                {
                    "first_name": student.first,
                    "middle_name": student.middle,
                    "last_name": student.last,
                    "suffix": student.suffix,
                    "preferred_name": student.preferred,
                    "birth_date": student.birth,
                    "lang_id": languages[student.lang],
                }
                for student in people
            ]
        )
        by_key = {s.key: record for s, record in zip(people, records, strict=True)}
        state = self._demo("demo_source_state").id
        identifiers = []
        for student in people:
            record = by_key[student.key]
            identifiers.append((record, state, student.state_id))
            districts = {
                school.district
                for school in SCHOOLS
                if any(e.school == school.key for e in student.enrollments)
            }
            for district in sorted(districts):
                source = self._demo(f"demo_source_{district}").id
                identifiers.append((record, source, student.local_id(district)))
        self.env["pact.student.identifier"].create(
            [
                {"student_id": record.id, "source_id": source, "value": value}
                for record, source, value in identifiers
            ]
        )
        return by_key

    @api.model
    def _create_guardians(self, plan, students):
        languages = self._languages()
        people = plan.people.guardians
        states = {
            code: self.env.ref(f"base.{region.state}").id
            for code, region in REGION_OF.items()
        }
        records = self.env["pact.guardian"].create(
            [
                {
                    **one.values,
                    "lang_id": languages[one.lang],
                    "state_id": states[one.district],
                }
                for one in people
            ]
        )
        self.env["pact.student.guardian"].create(
            [
                {
                    "student_id": students[key].id,
                    "guardian_id": record.id,
                    **values,
                }
                for one, record in zip(people, records, strict=True)
                for key, values in one.links
            ]
        )

    @api.model
    def _create_enrollments(self, plan, students, homerooms):
        schools = {s.key: self._demo(f"demo_school_{s.key}").id for s in SCHOOLS}
        source = {s.key: self._demo(f"demo_source_{s.district}").id for s in SCHOOLS}
        self.env["pact.enrollment"].create(
            [
                {
                    "student_id": students[student.key].id,
                    "school_id": schools[one.school],
                    "grade": one.grade,
                    "homeroom_id": homerooms[one.school, one.year, one.homeroom].id,
                    "entry_date": one.entry,
                    "exit_date": one.exit,
                    "entry_reason": one.entry_reason,
                    "exit_reason": one.exit_reason,
                    "source_id": source[one.school],
                }
                for student in plan.people.students
                # who comes back to a case is enrolled again on that day
                for one in student.enrollments[: 1 if student.walk else None]
            ]
        )
