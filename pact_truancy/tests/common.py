from datetime import date, timedelta

from odoo.tests import TransactionCase, new_test_user

from odoo.addons.pact_truancy.models.facts.units import to_portion

TODAY = date(2026, 3, 3)  # a Tuesday


class TruancyCommon(TransactionCase):
    """Two years of a plain calendar, an office with two branches, two districts.

    The day is pinned at TODAY. School years 2024-2025 and 2025-2026, every weekday from
    the last Monday of August to the end of May is a school day, all of it received.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.set_today(TODAY)
        state = cls.env.ref("base.state_us_14")  # Illinois
        cls.attorney = cls.env["pact.office"].create(
            {"name": "Example County State's Attorney", "kind": "attorney"}
        )
        cls.office = cls.env["pact.office"].create(
            {"name": "Example Regional Office", "tz": "America/Chicago"}
        )
        cls.branch = cls.env["pact.office"].create(
            {
                "name": "North Branch",
                "kind": "branch",
                "parent_id": cls.office.id,
                "tz": "America/Chicago",
            }
        )
        cls.county = cls.env["pact.county"].create(
            {
                "name": "Example County",
                "state_id": state.id,
                "default_office_id": cls.office.id,
                "attorney_office_id": cls.attorney.id,
            }
        )
        cls.years = cls.env["pact.school.year"].create(
            [
                {
                    "name": "2024-2025",
                    "date_start": "2024-07-01",
                    "date_end": "2025-06-30",
                },
                {
                    "name": "2025-2026",
                    "date_start": "2025-07-01",
                    "date_end": "2026-06-30",
                },
            ]
        )
        cls.calendar = cls.make_calendar("Example calendar")
        cls.district = cls.env["pact.district"].create(
            {"name": "Example District 1", "county_id": cls.county.id}
        )
        cls.other_district = cls.env["pact.district"].create(
            {"name": "Example District 2", "county_id": cls.county.id}
        )
        cls.school = cls.make_school("Lincoln Middle", cls.district)
        cls.sister_school = cls.make_school("Oak Elementary", cls.district)
        cls.other_school = cls.make_school("River High", cls.other_district)
        cls.source = cls.env["pact.source"].create({"name": "Test SIS", "code": "sis"})
        cls.env["pact.attendance.received"]._mark(
            cls.school | cls.sister_school | cls.other_school,
            date(2024, 8, 1),
            TODAY,
            cls.source,
        )
        cls.codes = cls.env["pact.attendance.code"]._by_code(cls.district)

    @classmethod
    def set_today(cls, day):
        cls.env["ir.config_parameter"].set_param(
            "pact_truancy.pinned_day", day.isoformat()
        )

    @classmethod
    def make_calendar(cls, name, years=((2024, 2025), (2025, 2026))):
        calendar = cls.env["pact.school.calendar"].create({"name": name})
        days = []
        for first, second in years:
            day = date(first, 8, 25)
            while day <= date(second, 5, 29):
                if day.weekday() < 5:
                    days.append({"calendar_id": calendar.id, "date": day})
                day += timedelta(days=1)
        cls.env["pact.school.day"].create(days)
        return calendar

    @classmethod
    def bare_ladder(cls, program):
        """Leave of a shipped program the steps and its first criteria: for tests that
        say themselves what a step asks for."""
        steps = program.step_ids
        steps.requirement_ids.unlink()
        program.progress_ids.unlink()
        steps.monitor_days = 0
        (steps - program._rungs()[:1]).criterion_ids.unlink()

    @classmethod
    def make_school(cls, name, district, **values):
        return cls.env["pact.school"].create(
            {
                "name": name,
                "district_id": district.id,
                "calendar_id": cls.calendar.id,
                **values,
            }
        )

    @classmethod
    def make_student(
        cls, first="Maya", last="Rivera", school=None, entry=None, **values
    ):
        """A student of 13 with an enrollment from the first year on."""
        exit_date = values.pop("exit_date", False)
        student = cls.env["pact.student"].create(
            {
                "first_name": first,
                "last_name": last,
                "birth_date": "2012-10-10",
                **values,
            }
        )
        cls.env["pact.enrollment"].create(
            {
                "student_id": student.id,
                "school_id": (school or cls.school).id,
                "grade": "08",
                "entry_date": entry or date(2024, 8, 26),
                "exit_date": exit_date,
            }
        )
        return student

    @classmethod
    def make_guardian(cls, student, first="Ana", last="Rivera", **values):
        link = {
            key: values.pop(key)
            for key in list(values)
            if key in cls.env["pact.student.guardian"]._fields
            and key not in cls.env["pact.guardian"]._fields
        }
        guardian = cls.env["pact.guardian"].create(
            {
                "first_name": first,
                "last_name": last,
                "street": "12 Example Street",
                "city": "Sampleton",
                "zip": "60000",
                **values,
            }
        )
        return cls.env["pact.student.guardian"].create(
            {"student_id": student.id, "guardian_id": guardian.id, **link}
        )

    @classmethod
    def make_events(cls, student, days, code="UNX", portion=1, school=None):
        """Absences on `days`; `portion` is a part of a day."""
        return cls.env["pact.attendance.event"].create(
            [
                {
                    "student_id": student.id,
                    "school_id": (school or student.school_id).id,
                    "date": day,
                    "code_id": cls.codes[code].id,
                    "portion": to_portion(portion),
                }
                for day in days
            ]
        )

    @classmethod
    def school_days(cls, count, until=TODAY, calendar=None):
        """The last `count` school days up to `until`, ascending."""
        return (calendar or cls.calendar)._school_days(date(2024, 8, 1), until)[-count:]

    @classmethod
    def make_user(cls, login, role=None, scope=None, **values):
        """An employee, with an assignment in `role` for the record `scope`."""
        user = new_test_user(
            cls.env, login=login, groups="base.group_user", name=login.title()
        )
        if role:
            field = {
                "pact.office": "office_id",
                "pact.county": "county_id",
                "pact.district": "district_id",
                "pact.school": "school_id",
                "pact.homeroom": "homeroom_id",
            }[scope._name]
            cls.env["pact.assignment"].create(
                {"user_id": user.id, "role": role, field: scope.id, **values}
            )
        return user
