"""Schools, families and enrollments of the demo data, as plain values.

Everything is drawn from one seed; nothing here knows the database.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from . import names
from .schools import (
    ALTERNATIVE,
    FIRST_REGION,
    GRADES,
    REGION_OF,
    REGIONS,
    SCHOOL,
    SCHOOLS,
    TOWNS,
)

LANGUAGES = {"en": 67, "es": 28, "pl": 2, "ar": 2, "uk": 1}  # of 100 families


EXITS = ("Moved out of state", "To a private school", "Homeschooled", "Moved away")


@dataclass
class Enrollment:
    school: str
    year: int  # 0: last year, 1: this year
    grade: str
    entry: date
    exit: date | None
    entry_reason: str | None = None
    exit_reason: str | None = None
    homeroom: str | None = None


@dataclass
class Student:
    key: int
    first: str
    middle: str | None
    last: str
    suffix: str | None
    preferred: str | None
    birth: date
    lang: str
    district: str
    enrollments: list = field(default_factory=list)
    walk: object = None  # the ladder that the student goes up (ladders.py)

    def local_id(self, district):
        """The district's number of the student; begins with zeros."""
        return f"{int(district) % 7 + 1:03}{self.key * 3 + int(district) % 3:04}"

    @property
    def state_id(self):
        return f"0{52000000 + self.key * 37:08}"


@dataclass
class Guardian:
    key: int
    values: dict  # fields of pact.guardian without relations
    lang: str
    district: str
    links: list = field(default_factory=list)  # (student key, fields of the link)


class People:
    """Draws families until the seats of all schools are taken, then one family for each
    student of the ladders. A region draws from a seed of its own: what is added to one
    of them changes nobody in another."""

    def __init__(self, seed, scale, today, calendars, walks=()):
        self.scale = scale
        self.today = today
        self.calendars = calendars
        self.students = []
        self.guardians = []
        for region in REGIONS:
            first = region == FIRST_REGION
            name = "people" if first else f"people/{region.program}"
            self.random = Random(f"{seed}/{name}")
            self._places = {}
            for district in region.districts:
                self._fill(district)
            self._enroll()
        self.random = Random(f"{seed}/people/ladders")
        for walk in walks:
            self._walk(walk)
        self._assign_homerooms()

    # -- families ----------------------------------------------------------------------

    def _fill(self, district):
        """Make the families of a district; grade 13 left with the last year."""
        seats = []
        for school in SCHOOLS:
            if school.district != district:
                continue
            count = max(1, round(school.seats * self.scale))
            for grade in school.grades:
                place = GRADES.index(grade)
                seats += [(place, school.key)] * count
                if grade == "12":
                    seats += [(place + 1, school.key)] * count
        self.random.shuffle(seats)
        while seats:
            size = self.random.choices([1, 2, 3, 4], [52, 34, 11, 3])[0]
            children = [seats.pop()]
            while seats and len(children) < size:
                taken = {place for place, _school in children}
                pick = self._next_seat(seats, taken)
                if pick is None:
                    break
                children.append(seats.pop(pick))
            self._family(district, children)

    def _next_seat(self, seats, taken):
        """Return the place of the next seat in another grade; now and then twins."""
        for number in range(len(seats) - 1, max(-1, len(seats) - 12), -1):
            if seats[number][0] not in taken or self.random.random() < 0.03:
                return number
        return None

    def _family(self, district, children):
        rnd = self.random
        lang = rnd.choices(list(LANGUAGES), list(LANGUAGES.values()))[0]
        # many families of every origin speak English at home
        origin = "es" if lang == "en" and rnd.random() < 0.12 else lang
        last = rnd.choice(names.LAST_NAMES[origin])
        if origin == "es" and rnd.random() < 0.25:
            last = f"{last}-{rnd.choice(names.LAST_NAMES['es'])}"
        start = self.calendars[district].firsts[1]
        members = []
        for place, school in children:
            student = self._student(place, last, origin, lang, district, start)
            members.append((student, place, school))
            self.students.append(student)
        self._parents(members, last, origin, lang, district)
        for student, place, school in members:
            self._places[student.key] = (place, school)

    def _student(self, place, last, origin, lang, district, start):
        rnd = self.random
        first = rnd.choice(names.FIRST_NAMES[origin])
        older = 365 if rnd.random() < 0.03 else 0  # repeated a grade
        age = timedelta(days=int((5 + place) * 365.25) + rnd.randrange(365) + older)
        return Student(
            key=len(self.students) + 1,
            first=first,
            middle=rnd.choice(names.MIDDLE_NAMES) if rnd.random() < 0.35 else None,
            last=last,
            suffix="Jr." if rnd.random() < 0.008 else None,
            preferred=names.NICKNAMES.get(first) if rnd.random() < 0.5 else None,
            birth=start - age,
            lang=lang,
            district=district,
        )

    def _address(self, district):
        rnd = self.random
        town, code = TOWNS[district]
        address = {
            "street": f"{rnd.randrange(10, 1990)} {rnd.choice(names.STREETS)} "
            f"{rnd.choice(names.STREET_KINDS)}",
            "city": town,
            "zip": code,
        }
        if rnd.random() < 0.2:
            address["street2"] = f"Apt {rnd.randrange(1, 24)}{rnd.choice('ABCD')}"
        return address

    def _phone(self, district):
        rnd, codes = self.random, REGION_OF[district].area_codes
        return f"({rnd.choice(codes)}) 555-01{rnd.randrange(100):02}"

    def _guardian(self, kind, last, origin, lang, address, district):
        rnd = self.random
        woman = kind == "mother" or (kind != "father" and rnd.random() < 0.7)
        first = rnd.choice((names.WOMEN if woman else names.MEN)[origin])
        key = len(self.guardians) + 1
        values = {"first_name": first, "last_name": last, **address}
        if rnd.random() < 0.94:
            values["mobile"] = self._phone(district)
        if rnd.random() < 0.35:
            values["phone"] = self._phone(district)
        if rnd.random() < 0.84:
            plain = f"{first}.{last}".lower().replace(" ", "").replace("'", "")
            values["email"] = f"{plain}{key}@example.org"
        values["opt_out_sms"] = rnd.random() < 0.04
        values["opt_out_email"] = rnd.random() < 0.02
        values["needs_interpreter"] = lang != "en" and rnd.random() < 0.3
        guardian = Guardian(key, values, lang, district)
        self.guardians.append(guardian)
        return guardian

    def _parents(self, members, last, origin, lang, district):
        """One household, two of them, or one parent alone."""
        rnd = self.random
        address = self._address(district)
        form = rnd.choices(["two", "one", "split", "kin"], [58, 24, 13, 5])[0]
        kind = {"kin": rnd.choice(["grandparent", "relative", "foster"])}.get(
            form, "mother" if rnd.random() < 0.8 else "father"
        )
        if kind == "foster":
            first_last = rnd.choice(names.LAST_NAMES["en"])
        else:
            first_last = last
        # where somebody is in danger the address is kept apart
        if form != "two" and rnd.random() < 0.012:
            address = {**address, "address_protected": True}
        first = self._guardian(kind, first_last, origin, lang, address, district)
        self._link(first, members, relationship=kind, contact_order=1)
        if form == "two":
            other = "father" if kind == "mother" else "mother"
            second = self._guardian(other, last, origin, lang, address, district)
            self._link(second, members, relationship=other, contact_order=2)
        elif form == "split":
            other = "father" if kind == "mother" else "mother"
            near = list(REGION_OF[district].districts)[:2]
            elsewhere = rnd.choice([district, district, *near])
            second = self._guardian(
                other,
                rnd.choice(names.LAST_NAMES[origin]),
                origin,
                lang,
                self._address(elsewhere),
                elsewhere,
            )
            custody = self._custody(first)
            self._link(second, members, relationship=other, contact_order=2, **custody)

    def _custody(self, first):
        """Return the fields of the parent who lives elsewhere."""
        chance = self.random.random()
        if first.values.get("address_protected") or chance < 0.04:
            return {
                "lives_with": False,
                "receives_mail": False,
                "has_education_rights": False,
                "custody_restriction": "no_contact",
                "custody_note": "Order of protection: no contact with child or school.",
            }
        if chance < 0.10:
            return {
                "lives_with": False,
                "receives_mail": False,
                "has_education_rights": False,
                "custody_restriction": "no_information",
                "custody_note": "The court gave the school records to the other parent "
                "alone.",
            }
        return {"lives_with": chance < 0.45, "receives_mail": chance < 0.85}

    def _link(self, guardian, members, **values):
        for student, _place, _school in members:
            guardian.links.append((student.key, values))

    # -- enrollments -------------------------------------------------------------------

    def school_for(self, district, grade):
        """Return the key of the regular school for a grade, or None."""
        return next(
            (
                school.key
                for school in SCHOOLS
                if school.district == district
                and grade in school.grades
                and school.key != ALTERNATIVE
            ),
            None,
        )

    def _has_neighbor(self, school, grade):
        """Return whether another district of the region teaches this grade."""
        own = SCHOOL[school].district
        return any(
            self.school_for(code, grade)
            for code in REGION_OF[own].districts
            if code != own
        )

    def _other_district(self, district, grade):
        """Return another district of the region with this grade; there may be none."""
        choices = [
            code
            for code in REGION_OF[district].districts
            if code != district and self.school_for(code, grade)
        ]
        return self.random.choice(choices) if choices else None

    def _enroll(self):
        """Give each student the enrollments of two years. The shares are cumulative:
        who came late, moved, left, came back."""
        for student in self.students[-len(self._places) :]:
            place, school = self._places[student.key]
            if place < len(GRADES):
                self._enroll_current(student, place, school)
            else:
                self._add(student, 0, GRADES[-1], school, exit_reason="Graduated")

    def _enroll_current(self, student, place, school):
        rnd = self.random
        chance = rnd.random()
        grade = GRADES[place]
        if school == ALTERNATIVE and chance < 0.6:
            self._move_to_alternative(student, place)
        elif chance < 0.030 and self._has_neighbor(school, grade):
            self._move(student, place, school)
        elif chance < 0.045 and place and self._has_neighbor(school, GRADES[place - 1]):
            self._move_last_year(student, place, school)
        elif chance < 0.075:
            day = self._day(school, 1, 8, 112)
            self._add(
                student, 1, grade, school, entry=day, entry_reason="From elsewhere"
            )
        elif chance < 0.092:
            self._last_year(student, place, school)
            reason = rnd.choice(EXITS)
            day = self._day(school, 1, 15, 110)
            self._add(student, 1, grade, school, exit=day, exit_reason=reason)
        elif chance < 0.100:
            self._last_year(student, place, school)
            self._leave_and_return(student, grade, school)
        elif chance < 0.150:
            self._add(student, 1, grade, school, entry_reason="From elsewhere")
        else:
            self._last_year(student, place, school)
            self._add(student, 1, grade, school)

    def _walk(self, walk):
        """One child alone, at the school since the year's first day; who comes back to
        a case has left in between."""
        district = SCHOOL[walk.school].district
        self._places = {}
        self._family(district, [(GRADES.index(walk.grade), walk.school)])
        student = self.students[-1]
        student.walk = walk
        calendar = self.calendars[district]
        spans = walk.spans(calendar, self.today)
        for entry, exit in spans:
            self._add(
                student,
                1,
                walk.grade,
                walk.school,
                entry=entry,
                exit=exit,
                entry_reason="From elsewhere" if entry == spans[0][0] else "Came back",
                exit_reason="Moved away" if exit else None,
            )

    def _leave_and_return(self, student, grade, school):
        days = self._year_days(school, 1)
        left = self.random.randrange(20, 60)
        self._add(student, 1, grade, school, exit=days[left], exit_reason="Moved away")
        back = days[left + self.random.randrange(10, 30)]
        self._add(student, 1, grade, school, entry=back, entry_reason="Came back")

    def _move(self, student, place, school):
        """Between two districts during this year."""
        grade = GRADES[place]
        other = self._other_district(student.district, grade)
        former = self.school_for(other, grade)
        last_grade = GRADES[place - 1] if place else None
        if last_grade and self.school_for(other, last_grade):
            self._add(student, 0, last_grade, self.school_for(other, last_grade))
        entry = self._day(school, 1, 15, 105)
        self._add(
            student, 1, grade, former, exit=self._before(former, entry),
            exit_reason="Moved to another district",
        )  # fmt: skip
        self._add(student, 1, grade, school, entry=entry, entry_reason="Transfer")

    def _move_last_year(self, student, place, school):
        """Between two districts in the last weeks of last year: the window of 180
        school days still reaches there."""
        grade = GRADES[place - 1]
        other = self._other_district(student.district, grade)
        former = self.school_for(other, grade)
        own = self.school_for(student.district, grade) or school
        entry = self._day(own, 0, 125, 165)
        self._add(
            student, 0, grade, former, exit=self._before(former, entry),
            exit_reason="Moved to another district",
        )  # fmt: skip
        self._add(student, 0, grade, own, entry=entry, entry_reason="Transfer")
        self._add(student, 1, GRADES[place], school)

    def _move_to_alternative(self, student, place):
        """From a regular school to the alternative one in the middle of this year."""
        grade = GRADES[place]
        home = self._other_district("303", grade)
        former = self.school_for(home, grade)
        before = GRADES[place - 1]
        self._add(student, 0, before, self.school_for(home, before))
        entry = self._day(ALTERNATIVE, 1, 10, 90)
        self._add(
            student, 1, grade, former, exit=self._before(former, entry),
            exit_reason="To the alternative school",
        )  # fmt: skip
        self._add(student, 1, grade, ALTERNATIVE, entry=entry, entry_reason="Placement")

    def _last_year(self, student, place, school):
        """The year before at the same place; kindergarten had none."""
        if not place:
            return
        grade = GRADES[place - 1]
        former = self.school_for(SCHOOL[school].district, grade)
        if school == ALTERNATIVE and grade in SCHOOL[school].grades:
            former = school
        if former:
            self._add(student, 0, grade, former)

    def _year_days(self, school, year):
        calendar = self.calendars[SCHOOL[school].district]
        first, last = calendar.firsts[year], calendar.lasts[year]
        return [day for day in calendar.open_days if first <= day <= last]

    def _day(self, school, year, low, high):
        """Return a school day between two numbers of the year."""
        return self._year_days(school, year)[self.random.randrange(low, high)]

    def _before(self, school, day):
        calendar = self.calendars[SCHOOL[school].district]
        return max(one for one in calendar.open_days if one < day)

    def _add(self, student, year, grade, school, entry=None, exit=None, **reasons):
        calendar = self.calendars[SCHOOL[school].district]
        if not exit and year == 0:
            exit = calendar.lasts[0]
            reasons.setdefault("exit_reason", "End of the year")
        student.enrollments.append(
            Enrollment(
                school, year, grade, entry or calendar.firsts[year], exit, **reasons
            )
        )

    def _assign_homerooms(self):
        """Rooms of about 26 students, by school, year and grade."""
        rooms = {}
        for student in self.students:
            for enrollment in student.enrollments:
                place = (enrollment.school, enrollment.year, enrollment.grade)
                rooms.setdefault(place, []).append(enrollment)
        self.homerooms = []
        for (school, year, grade), members in sorted(rooms.items()):
            count = max(1, round(len(members) / 26))
            label = "K" if grade == "KG" else str(int(grade))
            for number, enrollment in enumerate(members):
                enrollment.homeroom = f"{label}{'ABCDEFGHIJ'[number % count]}"
            for number in range(count):
                self.homerooms.append((school, year, f"{label}{'ABCDEFGHIJ'[number]}"))
