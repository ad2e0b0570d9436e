from odoo import api, models

from .schools import DISTRICT_NAME, REGION_OF, REGIONS, SCHOOLS, TOWNS
from .staff import STAFF


class PactDemo(models.AbstractModel):
    _inherit = "pact.demo"

    @api.model
    def _create_places(self, plan):
        """Offices, counties, districts, calendars, schools, and who serves whom."""
        self._create_offices()
        for region in REGIONS[1:]:
            self._create_region(region)
        self._create_districts(plan)
        years = self.env["pact.school.year"].create(
            [
                {"name": name, "date_start": start, "date_end": end}
                for name, start, end in plan.years
            ]
        )
        self._name_records({"demo_year_last": years[0], "demo_year": years[1]})
        days = []
        for code, laid in plan.calendars.items():
            calendar = self.env["pact.school.calendar"].create(
                {
                    "name": self.env._("Calendar of District %(code)s", code=code),
                    "district_id": self._demo(f"demo_district_{code}").id,
                }
            )
            self._name_records({f"demo_calendar_{code}": calendar})
            days += [
                {"calendar_id": calendar.id, "date": day, "kind": kind, "note": note}
                for day, (kind, note) in laid.days.items()
            ]
        self.env["pact.school.day"].create(days)
        self._create_schools(plan)
        self._demo("program_r21").office_ids = self._demo("demo_office")
        for region in REGIONS[1:]:
            program = self._demo(f"program_{region.program.lower()}")
            if region.program == "SOP":  # a district's own procedure
                program.district_ids = self._demo("demo_district_501")
            else:
                key = f"demo_office_{region.program.lower()}"
                program.office_ids = self._demo(key)
        # one district is served by another branch than its county since this year
        self.env["pact.office.service"].create(
            {
                "district_id": self._demo("demo_district_202").id,
                "office_id": self._demo("demo_branch_south").id,
                "date_from": plan.years[1][1],
            }
        )

    @api.model
    def _create_offices(self):
        state = self.env.ref("base.state_us_14")  # Illinois
        common = {
            "tz": "America/Chicago",
            "state_id": state.id,
            "letterhead_slogan": "Every student. Every day.",
        }
        Office = self.env["pact.office"]
        office = Office.create(
            {
                **common,
                "name": "Example Regional Office of Education",
                "kind": "regional",
                "signer_name": "Denise Okafor",
                "signer_title": "Coordinator of Truancy Prevention",
                "street": "100 Example Plaza",
                "city": "Willow Bend",
                "zip": "61981",
                "phone": "(217) 555-0100",
                "email": "truancy@roe.example.org",
            }
        )
        branches = Office.create(
            [
                {
                    **common,
                    "name": name,
                    "letterhead_name": "Example Regional Office of Education",
                    "kind": "branch",
                    "parent_id": office.id,
                    "signer_name": signer,
                    "signer_title": "Truancy Interventionist",
                    "street": street,
                    "city": city,
                    "zip": code,
                    "phone": phone,
                    "email": email,
                }
                for name, signer, street, city, code, phone, email in (
                    (
                        "North Branch",
                        "Maria Delgado",
                        "100 Example Plaza, Suite 2",
                        "Willow Bend",
                        "61981",
                        "(217) 555-0110",
                        "north@roe.example.org",
                    ),
                    (
                        "South Branch",
                        "James Whitfield",
                        "25 Station Street",
                        "Stone Creek",
                        "61983",
                        "(618) 555-0120",
                        "south@roe.example.org",
                    ),
                )  # fmt: skip
            ]
        )
        attorneys = Office.create(
            [
                {
                    **common,
                    "letterhead_slogan": False,
                    "name": f"{county} State's Attorney",
                    "kind": "attorney",
                    "signer_name": signer,
                    "signer_title": "State's Attorney",
                    "street": "1 Courthouse Square",
                    "city": city,
                    "zip": code,
                    "phone": phone,
                    "email": email,
                }
                for county, signer, city, code, phone, email in (
                    (
                        "Example County",
                        "Harriet Boone",
                        "Willow Bend",
                        "61981",
                        "(217) 555-0130",
                        "attorney@examplecounty.example.org",
                    ),
                    (
                        "Sample County",
                        "Luis Arroyo",
                        "Stone Creek",
                        "61983",
                        "(618) 555-0140",
                        "attorney@samplecounty.example.org",
                    ),
                )  # fmt: skip
            ]
        )
        counties = self.env["pact.county"].create(
            [
                {
                    "name": name,
                    "state_id": state.id,
                    "court_name": f"Circuit Court of {name}",
                    "attorney_office_id": attorney.id,
                    "default_office_id": branch.id,
                }
                for name, attorney, branch in zip(
                    ("Example County", "Sample County"),
                    attorneys,
                    branches,
                    strict=True,
                )
            ]
        )
        self._name_records(
            {
                "demo_office": office,
                "demo_branch_north": branches[0],
                "demo_branch_south": branches[1],
                "demo_attorney_example": attorneys[0],
                "demo_attorney_sample": attorneys[1],
                "demo_county_example": counties[0],
                "demo_county_sample": counties[1],
            }
        )

    @api.model
    def _create_region(self, region):
        """The office of a program, its county and the attorney."""
        key = region.program.lower()
        town, code = TOWNS[next(iter(region.districts))]
        area = region.area_codes[0]
        common = {
            "tz": region.tz,
            "state_id": self.env.ref(f"base.{region.state}").id,
            "city": town,
            "zip": code,
        }
        leader = self._person(region.coordinator)
        office, attorney = self.env["pact.office"].create(
            [
                {
                    **common,
                    "name": region.office,
                    "kind": region.kind,
                    "letterhead_slogan": "Every student. Every day.",
                    "signer_name": leader,
                    "signer_title": region.title,
                    "street": region.street,
                    "phone": f"({area}) 555-0170",
                    "email": f"truancy@{key}.example.org",
                },
                {
                    **common,
                    "name": region.attorney,
                    "kind": "attorney",
                    "signer_title": region.attorney_title,
                    "street": "1 Courthouse Square",
                    "phone": f"({area}) 555-0180",
                    "email": f"attorney@{key}.example.org",
                },
            ]
        )
        county = self.env["pact.county"].create(
            {
                "name": region.county,
                "state_id": common["state_id"],
                "court_name": region.court,
                "attorney_office_id": attorney.id,
                "default_office_id": office.id,
            }
        )
        self._name_records(
            {
                f"demo_office_{key}": office,
                f"demo_attorney_{key}": attorney,
                f"demo_county_{key}": county,
            }
        )

    @api.model
    def _person(self, key):
        """Return the name of one of the STAFF."""
        return next(name for one, name, *_rest in STAFF if one == key)

    @api.model
    def _county(self, code):
        """Return the county of the district with `code`."""
        if code == "303":
            return self._demo("demo_county_sample")
        region = REGION_OF[code]
        name = "example" if region == REGIONS[0] else region.program.lower()
        return self._demo(f"demo_county_{name}")

    @api.model
    def _create_districts(self, plan):
        districts = self.env["pact.district"].create(
            [
                {
                    "name": name,
                    "code": code,
                    "county_id": self._county(code).id,
                    # one district limits what parents may excuse in a year
                    "excused_day_cap": 15 if code == "202" else 0,
                }
                for code, name in DISTRICT_NAME.items()
            ]
        )
        *sources, state = self.env["pact.source"].create(
            [
                {
                    "name": f"Student system of District {district.code}",
                    "code": f"demo-{district.code}",
                    "district_id": district.id,
                }
                for district in districts
            ]
            + [{"name": "State student ID", "code": "demo-state"}]
        )
        self._name_records(
            {f"demo_district_{district.code}": district for district in districts}
            | {
                f"demo_source_{d.code}": s
                for d, s in zip(districts, sources, strict=True)
            }
            | {"demo_source_state": state}
        )

    @api.model
    def _create_schools(self, plan):
        values = []
        for number, school in enumerate(SCHOOLS):
            town, code = TOWNS[school.district]
            region = REGION_OF[school.district]
            values.append(
                {
                    "name": school.name,
                    "code": school.key,
                    "level": school.level,
                    "district_id": self._demo(f"demo_district_{school.district}").id,
                    "calendar_id": self._demo(f"demo_calendar_{school.district}").id,
                    "principal_name": school.principal,
                    "street": f"{number * 110 + 45} School Street",
                    "city": town,
                    "state_id": self.env.ref(f"base.{region.state}").id,
                    "zip": code,
                    "phone": f"({region.area_codes[0]}) 555-01{50 + number}",
                    "email": f"attendance.{school.key}@schools.example.org",
                }
            )
        schools = self.env["pact.school"].create(values)
        self._name_records({f"demo_school_{s.code}": s for s in schools})
