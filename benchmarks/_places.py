"""Office, counties, districts and schools of 500 to 1,000 students."""

import _calendar

SIZES = (500, 560, 640, 700, 760, 820, 900, 1000)
LEVELS = ("elementary", "elementary", "middle", "high")


def make(env, students):
    """Return the schools with the number of students that each begins with."""
    office = env["pact.office"].create({"name": "Example County Regional Office"})
    counties = env["pact.county"].create(
        [
            {
                "name": f"Example County {number + 1}",
                "state_id": env.ref("base.state_us_14").id,
                "default_office_id": office.id,
            }
            for number in range(5)
        ]
    )
    sizes = _sizes(students)
    districts = env["pact.district"].create(
        [
            {
                "name": f"District {number + 1}",
                "code": str(number + 1),
                "county_id": counties[number % 5].id,
                "excused_day_cap": 10,
            }
            for number in range(1 + len(sizes) // 10)
        ]
    )
    calendars = _calendar.make(env)
    schools = env["pact.school"].create(
        [
            {
                "name": f"School {number + 1}",
                "code": str(number + 1),
                "level": LEVELS[number % 4],
                "district_id": districts[number // 10].id,
                # two calendars a district, as for its lower and upper schools
                "calendar_id": calendars[
                    (number // 10 * 2 + number % 2) % len(calendars)
                ].id,
                # one school of five caps nothing
                "own_excused_day_cap": number % 5 == 0,
                **({"excused_day_cap": 0} if number % 5 == 0 else {}),
            }
            for number in range(len(sizes))
        ]
    )
    env["pact.program"].search([]).office_ids = office
    return schools, sizes


def _sizes(students):
    sizes = []
    while sum(sizes) < students:
        left = students - sum(sizes)
        sizes.append(min(SIZES[len(sizes) % len(SIZES)], left))
    return sizes
