"""Who stands where on the ladders of the five programs, as plain values.

Each walk is a student with attendance that leads up the ladder; the runner
(pact_demo_ladder.py) does on the days named here what people would do: screen,
confirm, try, refer, write, decide. All counts are school days of the school's calendar.
"""

from collections import namedtuple
from dataclasses import dataclass

# the rungs of the shipped programs; a test compares them with the data
RUNGS = {
    "R21": ("identified", "step1", "step2", "step3", "step4"),
    "R53": ("identified", "referral1", "referral2", "referral3", "hearing", "court"),
    "SOP": ("letter1", "letter2", "letter3", "hearing", "court"),
    "SAC": ("identified", "invited", "meeting", "follow_up"),
    "WTB": ("identified", "referral", "meeting", "services"),
}
# where the walkers of a program go to school, and in which grades
PLACES = {
    "R21": (("0102", "07"), ("0102", "08"), ("0103", "09"), ("0102", "06")),
    "R53": (("0401", "07"), ("0401", "08"), ("0401", "06")),
    "SOP": (("0501", "03"), ("0501", "05"), ("0501", "02"), ("0501", "04")),
    "SAC": (("0601", "07"), ("0601", "08"), ("0601", "06")),
    "WTB": (("0701", "06"), ("0701", "04"), ("0701", "08"), ("0701", "07")),
}
# a step that a coordinator took without something that may be overridden
OVERRIDDEN = {"R21": "step2", "SOP": "hearing", "WTB": "meeting"}

PACE = 8  # days between two steps: a referral waits for seven
# days since the last step. All walks keep step, so that a program's people do on one
# day what is to do for several students: the data are there sooner
LATEST = 9
LEAD = 14  # absences before the flag, every other day
BETWEEN = (1, 3, 5)  # days after a step on which the student is absent again
IMPROVED_AFTER = 21  # days without an absence after which the case is closed
MOVED_AFTER, BACK_AFTER = 3, 10

Deed = namedtuple("Deed", "day walk what")


@dataclass(frozen=True)
class Walk:
    """One student's way: `step` is the rung where it stands now, for `ago` days, with
    `since` unexcused days in them; `end` what else happened there: None, 'override',
    'improved', 'reopened'."""

    program: str
    school: str
    grade: str
    step: str
    ago: int
    since: int
    end: str | None = None

    def _taken(self, here):
        """Return the places of the days on which the rungs were taken, from the first
        one on; `here` is the place of today."""
        last = here - self.ago
        count = RUNGS[self.program].index(self.step)
        return [last - PACE * number for number in range(count, -1, -1)]

    def deeds(self, calendar, today):
        """Return what people do in the case, as `Deed`s in order."""
        days, here = calendar.open_days, calendar.index(today)
        taken = self._taken(here)
        last = taken[-1]
        done = [(taken[0], "flag"), *((place, "step") for place in taken[1:])]
        if self.end == "override":
            done[-1] = (last, "override")
        elif self.end == "improved":
            done.append((last + IMPROVED_AFTER, "improved"))
        elif self.end == "reopened":
            done += [(last + MOVED_AFTER, "moved"), (last + BACK_AFTER, "back")]
        return [Deed(days[place], self, what) for place, what in done]

    def absences(self, calendar, today):
        """Return the places of the days without a valid cause."""
        here = calendar.index(today)
        taken = self._taken(here)
        places = [taken[0] - 2 - 2 * number for number in range(LEAD)]
        for place in taken[:-1]:
            places += [place + number for number in BETWEEN]
        after = taken[-1] + (BACK_AFTER if self.end == "reopened" else 0)
        places += [after + 1 + 2 * number for number in range(self.since)]
        return sorted(place for place in places if place <= here)

    def spans(self, calendar, today):
        """Return (entry, exit) of the enrollments of this year."""
        days, first = calendar.open_days, calendar.firsts[1]
        if self.end != "reopened":
            return [(first, None)]
        last = self._taken(calendar.index(today))[-1]
        left, back = last + MOVED_AFTER - 1, last + BACK_AFTER
        return [(first, days[left]), (days[back], None)]


def _walks():
    """On each rung one who goes on missing days; on the second one who came there a
    week ago, one who improved and one who left and came back; and an override."""
    for program, rungs in RUNGS.items():
        ways = [(code, LATEST, 2, None) for code in rungs]
        ways += [
            (rungs[0], LATEST, 1, None),
            (rungs[1], LATEST, 0, None),
            (rungs[1], LATEST + 3 * PACE, 0, "improved"),
            (rungs[1], LATEST + PACE, 1, "reopened"),
        ]
        if program in OVERRIDDEN:
            ways.append((OVERRIDDEN[program], LATEST, 1, "override"))
        places = PLACES[program]
        for number, way in enumerate(ways):
            school, grade = places[number % len(places)]
            yield Walk(program, school, grade, *way)


WALKS = tuple(_walks())


def deeds(calendars, today, district_of):
    """Return [(day, deeds)] of all walks, by day.

    :param district_of: {school key: district code}
    """
    by_day = {}
    for walk in WALKS:
        for deed in walk.deeds(calendars[district_of[walk.school]], today):
            by_day.setdefault(deed.day, []).append(deed)
    return sorted(by_day.items())
