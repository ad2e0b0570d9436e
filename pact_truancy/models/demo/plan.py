"""The whole of the demo data as plain values: the same seed, scale and day give the
same plan, so that a later step (the main job's file) needs no memory of the first."""

from datetime import date
from functools import cached_property

from .attendance import Attendance
from .calendars import first_day, lay_calendars, pinned_day, school_years
from .ladders import WALKS, deeds
from .people import People
from .schools import SCHOOLS

SEED = 21


class Plan:
    """`day`: the day of installation; `scale`: 1.0 are about 3,000 students."""

    def __init__(self, day, scale=1.0, seed=SEED):
        self.today = pinned_day(day)
        self.scale = scale
        self.seed = seed
        self.calendars = lay_calendars(self.today)
        self.years = school_years(first_day(self.today))

    @cached_property
    def people(self):
        return People(self.seed, self.scale, self.today, self.calendars, WALKS)

    @cached_property
    def attendance(self):
        return Attendance(self.seed, self.today, self.calendars, self.people)

    @cached_property
    def deeds(self):
        """What people did on the ladders on past days: [(day, deeds)], by day."""
        district = {school.key: school.district for school in SCHOOLS}
        return deeds(self.calendars, self.today, district)

    def settings(self):
        """Return what `from_settings` makes this plan of."""
        return {
            "day": self.today.isoformat(),
            "scale": self.scale,
            "seed": self.seed,
        }

    @classmethod
    def from_settings(cls, values):
        day = date.fromisoformat(values["day"])
        return cls(day, values["scale"], values["seed"])
