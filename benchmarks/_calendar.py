"""The years, and the calendars: twenty that differ, 175 to 180 school days a year."""

from datetime import date, timedelta

TODAY = date(2026, 2, 10)
FIRST_YEARS = (2023, 2024, 2025)
CALENDARS = 20


def make(env):
    """Make the school years and calendars; return the calendars."""
    env["pact.school.year"].create(
        [
            {
                "name": f"{year}-{year + 1}",
                "date_start": date(year, 7, 1),
                "date_end": date(year + 1, 6, 30),
            }
            for year in FIRST_YEARS
        ]
    )
    calendars = env["pact.school.calendar"].create(
        [{"name": f"Calendar {number + 1}"} for number in range(CALENDARS)]
    )
    env["pact.school.day"].create(
        [
            {"calendar_id": calendar.id, **day}
            for number, calendar in enumerate(calendars)
            for year in FIRST_YEARS
            for day in _days(number, year)
        ]
    )
    return calendars


def _days(number, year):
    """Return the weekdays of a school year: 175 to 180 of school, the others named."""
    day = date(year, 8, 12) + timedelta(days=number)
    open_days, days = 0, []
    while open_days < 175 + number % 6:
        if day.weekday() < 5:
            kind = _kind(number, year, day)
            open_days += kind == "instruction"
            days.append({"date": day, "kind": kind})
        day += timedelta(days=1)
    return days


def _kind(number, year, day):
    spring = date(year + 1, 3, 16) + timedelta(days=7 * (number % 3))
    snow = {
        date(year + 1, 1, 6 + (number * 3 + year) % 24),
        date(year + 1, 2, 1 + number % 9),
    }
    if (
        day.month == 12 and day.day >= 21
        or day.month == 1 and day.day <= 2
        or day.month == 11 and 22 <= day.day <= 28 and day.weekday() >= 2
        or spring <= day < spring + timedelta(days=7)
        or day.month == 9 and day.day <= 7 and day.weekday() == 0
    ):  # fmt: skip
        return "holiday"
    if day in snow:
        return "weather"
    if day.day == 11 + number % 4 and day.month in (10, 2):
        return "teacher"
    return "instruction"
