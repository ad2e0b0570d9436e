"""School years that are laid around the day of installation.

The day is about school day 120 of the current year, whatever the date is. Federal
holidays stand on their real dates; breaks follow the first day of school. The day
itself is always a school day, also when it is installed on a holiday.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

SCHOOL_DAYS = 176  # of a year
NUMBER_TODAY = 120
SNOW_DAYS_AGO = 16  # school days between the snow day and the day
WEEK = timedelta(days=7)


@dataclass
class Calendar:
    """Days of one district over two years.

    `days`: {date: (kind, note)} of weekdays; `snow`: the day that was closed after the
    attendance of the day had come in (a school day in `days`).
    """

    name: str
    days: dict = field(default_factory=dict)
    firsts: list = field(default_factory=list)  # first and last school day by year
    lasts: list = field(default_factory=list)
    snow: date = None

    @cached_property
    def open_days(self):
        """School days in order, the snow day among them."""
        return sorted(day for day, (kind, _note) in self.days.items() if is_open(kind))

    @cached_property
    def _places(self):
        return {day: place for place, day in enumerate(self.open_days)}

    def index(self, day):
        """Place of a school day among all of the calendar, from 0."""
        return self._places[day]


def is_open(kind):
    return kind in ("instruction", "make_up")


def pinned_day(day):
    """Return the day of the demo: `day`, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _nth(year, month, weekday, number):
    """Return the `number`-th weekday of a month; -1 is the last."""
    if number > 0:
        first = date(year, month, 1)
        return (
            first
            + timedelta(days=(weekday - first.weekday()) % 7)
            + WEEK * (number - 1)
        )
    last = (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(
        days=1
    )
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def holidays(year):
    """Return {date: name} of the days on which schools are closed in `year`."""
    thanksgiving = _nth(year, 11, 3, 4)
    days = {
        date(year, 1, 1): "New Year's Day",
        _nth(year, 1, 0, 3): "Martin Luther King Jr. Day",
        _nth(year, 2, 0, 3): "Presidents' Day",
        _nth(year, 5, 0, -1): "Memorial Day",
        date(year, 6, 19): "Juneteenth",
        date(year, 7, 4): "Independence Day",
        _nth(year, 9, 0, 1): "Labor Day",
        _nth(year, 10, 0, 2): "Indigenous Peoples' Day",
        date(year, 11, 11): "Veterans Day",
        thanksgiving: "Thanksgiving",
        thanksgiving + timedelta(days=1): "Thanksgiving break",
    }
    eve = date(year, 12, 24)
    monday = eve - timedelta(days=eve.weekday())
    for number in range(12):
        days.setdefault(monday + timedelta(days=number), "Winter break")
    return days


def _closed(first, breaks, never):
    """Return {date: (kind, note)} of the closed weekdays of a year from `first` on.

    :param breaks: (week of the year, weekday, number of days, kind, note)
    :param never: day that stays open, or None
    """
    closed = {}
    for year in (first.year, first.year + 1):
        for day, name in holidays(year).items():
            closed[day] = ("holiday", name)
    monday = first - timedelta(days=first.weekday())
    for week, weekday, count, kind, note in breaks:
        start = monday + WEEK * week + timedelta(days=weekday)
        for number in range(count):
            closed.setdefault(start + timedelta(days=number), (kind, note))
    closed.pop(never, None)
    return closed


def _year(first, breaks, never, total):
    """Return {date: (kind, note)} of a year of `total` school days from `first` on."""
    closed = _closed(first, breaks, never)
    days, day, count = {}, first, 0
    while count < total:
        if day.weekday() < 5:
            days[day] = closed.get(day, ("instruction", None))
            count += is_open(days[day][0])
        day += timedelta(days=1)
    return days


def first_day(today):
    """Return the first day of the school year of which `today` is about school day 120
    (one day more before the snow day is closed)."""
    breaks = DISTRICT_BREAKS["101"]
    best = None
    for back in range(150, 240):
        first = today - timedelta(days=back)
        closed = _closed(first, breaks, today)
        if first.weekday() > 4 or first in closed:
            continue
        span = (first + timedelta(days=number) for number in range(back + 1))
        number = sum(day.weekday() < 5 and day not in closed for day in span)
        distance = abs(number - NUMBER_TODAY - 1)
        if best is None or distance < best[0]:
            best = (distance, first)
    return best[1]


# what closes a district's schools beside the holidays (see _closed)
DISTRICT_BREAKS = {
    "101": [
        (4, 4, 1, "teacher", "Teachers' institute"),
        (9, 3, 2, "holiday", "Fall break"),
        (18, 0, 1, "teacher", "Grading day"),
        (31, 0, 5, "holiday", "Spring break"),
    ],
    "202": [
        (6, 4, 1, "teacher", "Teachers' institute"),
        (9, 4, 1, "holiday", "Fall break"),
        (17, 4, 1, "teacher", "Parent-teacher conferences"),
        (32, 0, 5, "holiday", "Spring break"),
    ],
    "303": [
        (5, 0, 1, "teacher", "Teachers' institute"),
        (10, 3, 2, "holiday", "Fall break"),
        (20, 4, 1, "teacher", "Records day"),
        (31, 0, 5, "holiday", "Spring break"),
    ],
    "401": [
        (4, 4, 1, "teacher", "Teachers' institute"),
        (9, 4, 1, "holiday", "Fall break"),
        (32, 0, 5, "holiday", "Spring break"),
    ],
    "501": [
        (6, 4, 1, "teacher", "Teachers' institute"),
        (9, 3, 2, "holiday", "Fall break"),
        (20, 4, 1, "teacher", "Report card conferences"),
        (31, 0, 5, "holiday", "Spring break"),
    ],
    "601": [
        (7, 0, 1, "teacher", "Staff development"),
        (19, 0, 1, "teacher", "Staff development"),
        (30, 0, 5, "holiday", "Spring recess"),
    ],
    "602": [
        (5, 4, 1, "teacher", "Staff development"),
        (30, 0, 5, "holiday", "Spring recess"),
    ],
    "701": [
        (8, 1, 1, "teacher", "Professional development"),
        (24, 0, 2, "holiday", "Winter recess"),
        (32, 0, 5, "holiday", "Spring recess"),
    ],
}
# school days by which a district begins later than the first one
DISTRICT_DELAY = {
    "101": 0,
    "202": 2,
    "303": 4,
    "401": 1,
    "501": 2,
    "601": 0,
    "602": 1,
    "701": 3,
}


def school_years(first):
    """Return [(name, first day, last day)] of last year and this one: twelve months
    each, from the month before school begins."""
    start = (first.replace(day=1) - timedelta(days=1)).replace(day=1)
    years = []
    for begin in (start.replace(year=start.year - 1), start):
        end = begin.replace(year=begin.year + 1) - timedelta(days=1)
        name = str(begin.year)
        if end.year != begin.year:
            name = f"{begin.year}-{end.year}"
        years.append((name, begin, end))
    return years


def lay_calendars(today):
    """Return {district code: Calendar} of last school year and this one."""
    calendars = {}
    start = first_day(today)
    for district, breaks in DISTRICT_BREAKS.items():
        calendar = Calendar(f"District {district}")
        # 52 weeks earlier: the same weekdays
        for base, never in ((start - 52 * WEEK, None), (start, today)):
            first = _later(base, DISTRICT_DELAY[district], breaks, never)
            days = _year(first, breaks, never, SCHOOL_DAYS)
            calendar.days.update(days)
            calendar.firsts.append(first)
            calendar.lasts.append(max(days))
        if district == "101":
            # the day that makes up for the snow day, after the last one
            extra = calendar.lasts[-1] + timedelta(days=1)
            while extra.weekday() > 4:
                extra += timedelta(days=1)
            calendar.days[extra] = ("make_up", "Makes up for a closed day")
            calendar.lasts[-1] = extra
            calendar.snow = calendar.open_days[calendar.index(today) - SNOW_DAYS_AGO]
        calendars[district] = calendar
    return calendars


def _later(first, delay, breaks, never):
    """Return the school day that is `delay` school days after `first`."""
    closed = _closed(first, breaks, never)
    while delay:
        first += timedelta(days=1)
        delay -= first.weekday() < 5 and first not in closed
    return first
