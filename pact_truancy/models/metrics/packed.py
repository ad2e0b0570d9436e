"""A day with its portion as one number: what made a flag, a hundred thousand times.

The number is (days since BASE) * RADIX + portion, portion in 1/25200 day.
"""

from datetime import date, timedelta

BASE = date(2000, 1, 1)
# more than the portion of one day
RADIX = 32768


def unpack(numbers):
    """Return {date: portion in 1/25200 day} of packed days, by date; parts of one day
    added up."""
    days = {}
    for number in sorted(numbers or ()):
        since, portion = divmod(number, RADIX)
        day = BASE + timedelta(days=since)
        days[day] = days.get(day, 0) + portion
    return days
