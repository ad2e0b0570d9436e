"""Two years of attendance by exception for the demo data, as plain values.

Shapes follow published figures: propensity by student is a Beta around the mean of
the school's level, Mondays and Fridays are worse than Wednesdays, winter is worse than
fall, illness comes in runs of days, excuses are filed days later.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from random import Random

from ..facts.units import DAY
from .schools import ALTERNATIVE, FIRST_REGION, REGION_OF, SCHOOL

CONCENTRATION = 18  # of the Beta of propensities
SHARE_CONCENTRATION = 9
WEEKDAY = (1.04, 0.93, 0.90, 0.93, 1.10)
# by tenth of the school year, of its mean
SEASON = (0.92, 0.86, 0.92, 1.00, 1.07, 1.14, 1.00, 0.91, 1.00, 1.18)
RUN_LENGTHS = ((1, 2, 3, 4, 5), (72, 16, 7, 3, 2))
MEAN_RUN = 1.47
EXCUSED = ("EXE", "MED", "APT", "MHD", "FAM", "REL", "DIF", "CRT")
EXCUSED_WEIGHTS = (58, 15, 10, 6, 5, 3, 2, 1)
REASONS = {
    "EXE": ("Fever", "Stomach flu", "Cold", "Called in by a parent", "Headache", None),
    "MED": ("Doctor's note", "Clinic visit, note on file", "Strep, doctor's note"),
    "APT": ("Dentist", "Doctor", "Counseling", "Orthodontist"),
    "FAM": ("Family emergency",),
    "DIF": ("Funeral",),
    "VACU": ("Family trip",),
}
SETTLED = {"OSS", "ISS", "ACT", "HOM", "TDY", "LTE", "EDP"}

LOADED_AGO = 5  # school days that the main job's file brings
FILE_DAYS = 7  # of that file; it begins after the gap, so that the gap stays
LATE_SCHOOL_AGO = 3  # the alternative school sends late
FIRST_DELIVERY_AGO = 12
GAP_SCHOOL = "0201"
GAP_AGO = (9, 7)  # days that never arrived there
NEVER_CALLED_IN = (7, 5)  # days of students of the sample school
SAMPLE_SCHOOL = "0102"  # sends its last day by hand: the sample file


@dataclass
class Event:
    student: int
    school: str
    date: date
    code: str
    portion: int
    reason: str | None
    place: int  # of the date in the school's calendar
    settle: int  # school days until the code is known; 'UNV' before

    def known(self, place):
        """Return the code as the school knew it on the day at `place`."""
        if self.settle and self.place + self.settle > place:
            return "UNV"
        return self.code

    @property
    def key(self):
        return (self.student, self.school, self.date)


@dataclass
class File:
    """What the schools of a district sent for the days from `first` to `last`."""

    district: str
    schools: list
    first: date
    last: date
    rows: list  # (event, code as known on the last day)


class Attendance:
    """All events up to the day, and what of it arrived when."""

    def __init__(self, seed, today, calendars, people):
        self.random = Random(f"{seed}/attendance")
        self.today = today
        self.calendars = calendars
        self.people = people
        self.student = {student.key: student for student in people.students}
        self.events = []
        self.aimed = {}
        walkers, others = [], []
        for student in people.students:
            (walkers if student.walk else others).append(student)
        first = [s for s in others if REGION_OF[s.district] == FIRST_REGION]
        for student in first:
            self._draw(student)
        self.candidates = first  # for the edges: of the first region
        self._aim_at_the_edges()
        # a random row of their own: whoever is added changes nobody above
        self.random = Random(f"{seed}/attendance/more")
        for student in others[len(first) :]:
            self._draw(student)
        for student in walkers:
            self._walk(student)

    def calendar(self, school):
        return self.calendars[SCHOOL[school].district]

    def day_ago(self, school, count):
        """Return the school day `count` school days before today."""
        calendar = self.calendar(school)
        return calendar.open_days[calendar.index(self.today) - count]

    def loaded_through(self, school):
        """Return the last day of `school` that has arrived when the data are loaded."""
        late = LATE_SCHOOL_AGO if school == ALTERNATIVE else 0
        return self.day_ago(school, LOADED_AGO + late)

    def file_span(self, school):
        """Return the first and the last day of `school` in the file of the main job."""
        late = {ALTERNATIVE: LATE_SCHOOL_AGO, SAMPLE_SCHOOL: 1}.get(school, 0)
        return self.day_ago(school, late + FILE_DAYS - 1), self.day_ago(school, late)

    def gap(self, school):
        """Return (first, last) day that never arrived, or None."""
        if school != GAP_SCHOOL:
            return None
        return self.day_ago(school, GAP_AGO[0]), self.day_ago(school, GAP_AGO[1])

    def in_gap(self, event):
        gap = self.gap(event.school)
        return bool(gap) and gap[0] <= event.date <= gap[1]

    # -- drawing -----------------------------------------------------------------------

    def _draw(self, student):
        rnd = self.random
        mean = SCHOOL[student.enrollments[-1].school].absence
        own = rnd.betavariate(mean * CONCENTRATION, (1 - mean) * CONCENTRATION) / mean
        fresh = rnd.betavariate(mean * CONCENTRATION, (1 - mean) * CONCENTRATION) / mean
        share = SCHOOL[student.enrollments[-1].school].unexcused
        # who is absent more is excused less
        share = min(0.85, share * (0.7 + 0.3 * min(own, 3)))
        share = rnd.betavariate(
            share * SHARE_CONCENTRATION, (1 - share) * SHARE_CONCENTRATION
        )
        tardy = rnd.betavariate(0.7, 26)
        for enrollment in student.enrollments:
            factor = own if enrollment.year else 0.6 * own + 0.4 * fresh
            self._draw_enrollment(student, enrollment, factor, share, tardy)

    def _walk(self, student):
        """Absent as the way up the ladder asks for it, and ill now and then before."""
        calendar = self.calendar(student.walk.school)
        places = student.walk.absences(calendar, self.today)
        for place in places:
            self._add(student, student.walk.school, place, "UNX", DAY)
        for number, code in ((5, "EXE"), (6, "EXE"), (9, "MED"), (12, "LTE")):
            portion = 0 if code == "LTE" else DAY
            place = places[0] - number
            self._add(student, student.walk.school, place, code, portion)

    def _draw_enrollment(self, student, enrollment, factor, share, tardy):
        """Walk through the school days of an enrollment; absences come in runs."""
        rnd = self.random
        school = SCHOOL[enrollment.school]
        calendar = self.calendar(enrollment.school)
        days = calendar.open_days
        first = calendar.index(calendar.firsts[enrollment.year])
        low = bisect_left(days, enrollment.entry)
        high = bisect_right(days, min(enrollment.exit or self.today, self.today))
        grade = 1.2 if enrollment.grade in ("KG", "01") else 1.0
        rate = min(0.75, school.absence * factor * grade) / MEAN_RUN
        if school.level in ("high", "alternative"):
            tardy *= 1.5
        place = self._draw_block(student, enrollment, low, high)
        blocked = range(*place) if place else ()
        place = low
        while place < high:
            if place in blocked:
                place += 1
                continue
            tenth = min(9, (place - first) * 10 // 176)
            chance = rate * WEEKDAY[days[place].weekday()] * SEASON[tenth]
            drawn = rnd.random()
            if drawn < chance:
                place = self._draw_run(student, school, place, high, blocked, share)
            else:
                if drawn > 1 - tardy:
                    code = rnd.choices(["LTE", "TDY", "EDP"], [72, 20, 8])[0]
                    self._add(student, school.key, place, code, 0)
                place += 1

    def _draw_block(self, student, enrollment, low, high):
        """Now and then a suspension or instruction at home; return its places."""
        rnd = self.random
        if high - low < 40:
            return None
        level = SCHOOL[enrollment.school].level
        chance = {"elementary": 0.003, "combined": 0.01}.get(level, 0.035)
        drawn = rnd.random()
        if drawn < chance:
            code, length = "OSS", rnd.choice((1, 1, 2, 3, 3, 5))
        elif drawn < chance * 1.6:
            code, length = "ISS", rnd.choice((1, 1, 2))
        elif drawn > 0.9985:
            code, length = "HOM", rnd.randrange(10, 25)
        elif drawn > 0.97:
            code, length = "ACT", 1
        else:
            return None
        start = rnd.randrange(low, high - length)
        portion = DAY if code in ("OSS", "HOM") else 0
        for place in range(start, start + length):
            self._add(student, enrollment.school, place, code, portion)
        return start, start + length

    def _draw_run(self, student, school, place, high, blocked, share):
        """A run of absent days with one reason; return the place after it."""
        rnd = self.random
        length = rnd.choices(*RUN_LENGTHS)[0]
        if rnd.random() < share:
            code = "VACU" if length > 2 and rnd.random() < 0.4 else "UNX"
        else:
            code = rnd.choices(EXCUSED, EXCUSED_WEIGHTS)[0]
        reason = rnd.choice(REASONS[code]) if code in REASONS else None
        portion = DAY
        if code == "APT":
            length, portion = 1, DAY // 2
        elif code == "UNX" and school.level == "high" and rnd.random() < 0.10:
            # a few of seven periods
            code, length, portion = "CUT", 1, DAY * rnd.choice((1, 2, 3)) // 7
        elif length == 1 and rnd.random() < 0.08:
            portion = DAY // 2
        settle = 0
        if code in ("UNX", "EXE", "MED", "VACU", "FAM") and rnd.random() < 0.55:
            settle = rnd.randrange(1, 11)
        if rnd.random() < 0.012:
            code, reason, settle = "UNV", None, 0  # nobody ever followed it up
        for number in range(length):
            if place >= high or place in blocked:
                break
            self._add(student, school.key, place, code, portion, reason, settle)
            if code == "CUT" and rnd.random() < 0.15:
                # the same day in two rows
                self._add(student, school.key, place, "LTE", 0)
            place += 1
            settle = max(0, settle - 1) if number < length - 1 else settle
        return place

    def _add(self, student, school, place, code, portion, reason=None, settle=0):
        day = self.calendar(school).open_days[place]
        self.events.append(
            Event(student.key, school, day, code, portion, reason, place, settle)
        )

    # -- the edges of the rule ---------------------------------------------------------

    def window(self, school):
        """Return the previous 180 school days of a school, without the snow day."""
        calendar = self.calendar(school)
        days = [
            day
            for day in calendar.open_days
            if day <= self.today and day != calendar.snow
        ]
        return days[-180:]

    def unexcused(self, events, window):
        """Return the unexcused portions of one student's events inside `window`."""
        return sum(
            event.portion
            for event in events
            if event.code in ("UNX", "VACU", "CUT")
            and event.date in window
            and event.date != self.calendar(event.school).snow
            and not self.in_gap(event)
        )

    def _aim_at_the_edges(self):
        """Bring a few students to exactly 9 days, and to just under, so that the edges
        of the rule can be seen; they have no event in the last days. And one who gets
        there by the sample file, one who gets there over two schools."""
        by_student = {}
        for event in self.events:
            by_student.setdefault(event.student, []).append(event)
        targets = [
            ("sample", 8, SAMPLE_SCHOOL),
            *[("exactly", 9, school) for school in ("0103", "0203", "0301")],
            *[("under", 8.5, school) for school in ("0102", "0103", "0202")],
            ("mover", 9.5, None),
        ]
        removed = set()
        for label, days, school in targets:
            student = self._candidate(by_student, school, days)
            if student is None:
                continue
            self.aimed.setdefault(label, []).append(student.key)
            removed |= self._aim(student, by_student.get(student.key, []), days)
            if label == "sample":
                place = self.calendar(school).index(self.today)
                self._add(student, school, place, "UNX", DAY)
        for days in NEVER_CALLED_IN:
            removed |= self._aim_unverified(by_student, days)
        if removed:
            self.events = [event for event in self.events if id(event) not in removed]

    def _aim_unverified(self, by_student, days):
        """Give a student of the school that has a secretary so many days of this year
        for which nobody called in.

        :return: ids of the events that go
        """
        student = self._candidate(by_student, SAMPLE_SCHOOL, 3)
        if student is None:
            return set()
        self.aimed.setdefault("unverified", []).append(student.key)
        events = by_student.get(student.key, [])
        recent = self.day_ago(SAMPLE_SCHOOL, FIRST_DELIVERY_AGO + 1)
        gone = {id(event) for event in events if event.date >= recent}
        window = set(self.window(SAMPLE_SCHOOL))
        calendar = self.calendar(SAMPLE_SCHOOL)
        free = [
            (school, place)
            for school, place in self._free_days(student, events, window, recent)
            if calendar.open_days[place] >= calendar.firsts[1]
        ]
        for school, place in free[:days]:
            self._add(student, school, place, "UNV", DAY)
        return gone

    def _candidate(self, by_student, school, days):
        """Return the student of `school` (None: one who moved this year) who is next
        under `days` of unexcused absence."""
        best = None
        taken = {key for keys in self.aimed.values() for key in keys}
        for student in self.candidates:
            if student.key in taken or not self._suits(student, school):
                continue
            events = by_student.get(student.key, [])
            window = set(self.window(student.enrollments[-1].school))
            count = self.unexcused(events, window)
            excused = sum(e.portion for e in events if e.code in EXCUSED)
            fits = count <= days * DAY and count % (DAY // 2) == 0
            if fits and excused <= 9 * DAY and (best is None or count > best[0]):
                best = (count, student)
        return best and best[1]

    def _suits(self, student, school):
        age = (self.today - student.birth).days / 365.25
        current = [e for e in student.enrollments if e.year == 1]
        if not 6.1 < age < 16.9 or not current or current[-1].exit:
            return False
        if school:
            calendar = self.calendar(school)
            return (
                len(current) == 1
                and current[0].school == school
                and current[0].entry == calendar.firsts[1]
            )
        schools = {enrollment.school for enrollment in current}
        oldest = self.day_ago(current[-1].school, 30)
        return (
            len(schools) == 2
            and not {ALTERNATIVE, GAP_SCHOOL} & schools
            and current[-1].entry < oldest
        )

    def _aim(self, student, events, days):
        """Add or take away unexcused days until the count in the window is `days`.

        :return: ids of the events that go
        """
        window = set(self.window(student.enrollments[-1].school))
        recent = self.day_ago(student.enrollments[-1].school, FIRST_DELIVERY_AGO + 1)
        gone = {id(event) for event in events if event.date >= recent}
        kept = [event for event in events if id(event) not in gone]
        for event in kept:
            event.settle = 0
        missing = int(days * DAY) - self.unexcused(kept, window)
        free = self._free_days(student, kept, window, recent)
        while missing > 0:
            portion = min(missing, DAY)
            school, place = free.pop()
            self._add(student, school, place, "UNX", portion)
            missing -= portion
        return gone

    def _free_days(self, student, events, window, recent):
        """Return (school, place) of days without an event, in drawing order: for a
        mover of each school in turn."""
        busy = {event.date for event in events}
        groups = []
        for enrollment in student.enrollments:
            calendar = self.calendar(enrollment.school)
            until = min(enrollment.exit or recent, recent)
            free = [
                (enrollment.school, calendar.index(day))
                for day in calendar.open_days
                if enrollment.entry <= day <= until
                and day in window
                and day not in busy
                and day not in (calendar.snow, recent)
            ]
            self.random.shuffle(free)
            if enrollment.year or len(student.enrollments) < 2:
                groups.append(free)
        order = []
        while any(groups):
            for group in groups:
                if group:
                    order.append(group.pop())
        return order[::-1]

    # -- deliveries --------------------------------------------------------------------

    def deliveries(self):
        """Return the two deliveries that are loaded with the data, each a list of
        (event, code as known then): all of two years, and a week later the last days
        again, with what became known since."""
        first, second = [], []
        for school in SCHOOL:
            calendar = self.calendar(school)
            through = calendar.index(self.loaded_through(school))
            early = through - (FIRST_DELIVERY_AGO - LOADED_AGO)
            for event in self._of_school(school):
                if event.place > through or self.in_gap(event):
                    continue
                if event.place <= early:
                    first.append((event, event.known(early)))
                if event.place > early - 10:
                    second.append((event, event.known(through)))
        return first, second

    def files(self):
        """Return the files of the main job: of each district the last school days, and
        the two before with what became known since. A school that sends late has a
        file of its own."""
        groups = {}
        for school in SCHOOL.values():
            span = self.file_span(school.key)
            groups.setdefault((school.district, *span), []).append(school.key)
        files = []
        for (district, first, last), schools in groups.items():
            rows = [
                (event, event.known(self.calendar(school).index(last)))
                for school in schools
                for event in self._of_school(school)
                if first <= event.date <= last
            ]
            files.append(File(district, schools, first, last, rows))
        return files

    def sample_rows(self):
        """Return the rows of the day that the sample school has not sent yet."""
        return [
            (event, event.known(event.place))
            for event in self._of_school(SAMPLE_SCHOOL)
            if event.date == self.today
        ]

    def _of_school(self, school):
        return self._by_school.get(school, [])

    @cached_property
    def _by_school(self):
        schools = {}
        for event in self.events:
            schools.setdefault(event.school, []).append(event)
        return schools
