"""The regions, towns and schools of the demo data: one region a shipped program, each
with its own office, districts and people. Everything is invented."""

from dataclasses import dataclass

GRADES = ["KG", *[f"{number:02}" for number in range(1, 13)]]


@dataclass(frozen=True)
class Region:
    """Where a program is at work: `program` is its code, `state` the external id of its
    state, `office` the name of the office that runs it, `coordinator` the key of the
    one who leads it (staff.py)."""

    program: str
    office: str
    kind: str
    county: str
    court: str
    attorney: str
    attorney_title: str
    state: str
    tz: str
    area_codes: tuple
    districts: dict  # code: name
    coordinator: str
    title: str
    street: str = "100 Example Plaza"


REGIONS = [
    Region(
        program="R21",
        office="Example Regional Office of Education",
        kind="regional",
        county="Example County",
        court="Circuit Court of Example County",
        attorney="Example County State's Attorney",
        attorney_title="State's Attorney",
        state="state_us_14",  # Illinois
        tz="America/Chicago",
        area_codes=("217", "309", "618", "815", "779", "447"),
        districts={
            "101": "Willow Bend Community Unit School District 101",
            "202": "Fox Hollow Unit School District 202",
            "303": "Stone Creek School District 303",
        },
        coordinator="denise.okafor",
        title="Coordinator of Truancy Prevention",
    ),
    Region(
        program="R53",
        office="East Example County Regional Office of Education",
        kind="regional",
        county="East Example County",
        court="Circuit Court of East Example County",
        attorney="East Example County State's Attorney",
        attorney_title="State's Attorney",
        state="state_us_14",
        tz="America/Chicago",
        area_codes=("309",),
        districts={"401": "Maple Ridge Community Unit School District 401"},
        coordinator="paul.hendricks",
        title="Assistant Regional Superintendent",
        street="8 Orchard Street",
    ),
    Region(
        program="SOP",
        office="West Example County Regional Office of Education",
        kind="regional",
        county="West Example County",
        court="Circuit Court of West Example County",
        attorney="West Example County State's Attorney",
        attorney_title="State's Attorney",
        state="state_us_14",
        tz="America/Chicago",
        area_codes=("815",),
        districts={"501": "Cedar Grove Elementary District 501"},
        coordinator="susan.whitaker",
        title="Director of Attendance",
        street="40 Meadow Road",
    ),
    Region(
        program="SAC",
        office="Example County Office of Education",
        kind="cooperative",
        county="Example County",
        court="Superior Court of Example County",
        attorney="Example County District Attorney",
        attorney_title="District Attorney",
        state="state_us_5",  # California
        tz="America/Los_Angeles",
        area_codes=("916", "530"),
        districts={
            "601": "Valley Oak Unified School District",
            "602": "Sunfield Unified School District",
        },
        coordinator="teresa.fong",
        title="Attendance Programs Coordinator",
        street="15 River Park Drive",
    ),
    Region(
        program="WTB",
        office="Example County Truancy Prevention Office",
        kind="cooperative",
        county="Example County",
        court="Juvenile Court of Example County",
        attorney="Example County Juvenile Prosecutor",
        attorney_title="Supervisory Juvenile Prosecutor",
        state="state_us_7",  # Connecticut
        tz="America/New_York",
        area_codes=("203", "475"),
        districts={"701": "Harborview Public Schools"},
        coordinator="anthony.russo",
        title="Program Coordinator",
        street="3 Canal Street",
    ),
]
REGION_OF = {code: region for region in REGIONS for code in region.districts}
DISTRICT_NAME = {
    code: name for region in REGIONS for code, name in region.districts.items()
}
FIRST_REGION = REGIONS[0]


@dataclass(frozen=True)
class School:
    """A school: `seats` is the number of students in one grade; `absence` the mean
    part of the days that is missed, `unexcused` the part of it without valid cause
    (a habit of the school's coding more than of its students)."""

    key: str
    district: str
    name: str
    level: str
    grades: tuple
    seats: int
    absence: float
    unexcused: float
    principal: str


SCHOOLS = [
    School("0101", "101", "Willow Bend Elementary School", "elementary",
           tuple(GRADES[:6]), 70, 0.056, 0.09, "Dr. Amara Okonjo"),
    School("0102", "101", "Willow Bend Middle School", "middle",
           tuple(GRADES[6:9]), 105, 0.062, 0.14, "Thomas Brandt"),
    School("0103", "101", "Willow Bend High School", "high",
           tuple(GRADES[9:]), 120, 0.086, 0.15, "Renee Castellanos"),
    School("0201", "202", "Fox Hollow Elementary School", "elementary",
           tuple(GRADES[:6]), 60, 0.060, 0.07, "Hiro Tanabe"),
    School("0202", "202", "Fox Hollow Middle School", "middle",
           tuple(GRADES[6:9]), 75, 0.066, 0.12, "Colleen Mayfield"),
    School("0203", "202", "Fox Hollow High School", "high",
           tuple(GRADES[9:]), 82, 0.092, 0.13, "Samuel Achebe"),
    School("0301", "303", "Stone Creek School", "combined",
           tuple(GRADES[:9]), 66, 0.063, 0.09, "Lourdes Villareal"),
    School("0302", "303", "Horizon Alternative School", "alternative",
           tuple(GRADES[7:]), 13, 0.200, 0.24, "Patrick Donnelly"),
    School("0401", "401", "Maple Ridge Junior High School", "middle",
           tuple(GRADES[6:9]), 24, 0.062, 0.12, "Victor Amadi"),
    School("0402", "401", "Maple Ridge High School", "high",
           tuple(GRADES[9:]), 16, 0.080, 0.12, "Rosalind Pryor"),
    School("0501", "501", "Cedar Grove Elementary School", "elementary",
           tuple(GRADES[:6]), 22, 0.060, 0.08, "Dr. Yusuf Demir"),
    School("0601", "601", "Valley Oak Middle School", "middle",
           tuple(GRADES[6:9]), 24, 0.064, 0.12, "Janet Ito"),
    School("0602", "602", "Sunfield School", "combined",
           tuple(GRADES[:9]), 8, 0.064, 0.10, "Oscar Benavides"),
    School("0701", "701", "Harborview School", "combined",
           tuple(GRADES[:9]), 14, 0.066, 0.11, "Helen Novak"),
]  # fmt: skip
SCHOOL = {school.key: school for school in SCHOOLS}
ALTERNATIVE = "0302"
TOWNS = {
    "101": ("Willow Bend", "61981"),
    "202": ("Fox Hollow", "61982"),
    "303": ("Stone Creek", "61983"),
    "401": ("Maple Ridge", "61984"),
    "501": ("Cedar Grove", "61985"),
    "601": ("Valley Oak", "95901"),
    "602": ("Sunfield", "95902"),
    "701": ("Harborview", "06701"),
}


def region_of_school(key):
    """Return the region of a school."""
    return REGION_OF[SCHOOL[key].district]
