"""Units of attendance, and small helpers that turn them into words.

A day is cut into 25,200 parts (2^4 * 3^2 * 5^2 * 7): halves, periods from 1 to 10 and
minutes of usual days are whole numbers of it, so counting never rounds.
"""

from fractions import Fraction

from odoo import fields

DAY = 25200

# What an absence is, as the small integer that stands on each event (design.md, Facts).
# The order is part of the stored data: add at the end, never renumber.
CATEGORIES = [
    ("present", 0),
    ("unexcused", 1),
    ("unverified", 2),
    ("excused", 3),
    ("medical", 4),
    ("suspension", 5),
    ("tardy", 6),
    ("activity", 7),
    ("homebound", 8),
]
CATEGORY_NUMBER = dict(CATEGORIES)
CATEGORY_CODE = {number: code for code, number in CATEGORIES}
CATEGORY_LABELS = [
    ("present", "Present"),
    ("unexcused", "Unexcused"),
    ("unverified", "Unverified"),
    ("excused", "Excused"),
    ("medical", "Medical"),
    ("suspension", "Suspension"),
    ("tardy", "Tardy"),
    ("activity", "School activity"),
    ("homebound", "Homebound or hospital"),
]


class SmallInteger(fields.Integer):
    """An integer of two bytes: keeps the covering index of the events narrow."""

    _column_type = ("int2", "int2")


def to_portion(days):
    """Return `days` (float, str or Fraction of a day) in 1/25200 of a day.

    A decimal is read as the nearest fraction with a denominator up to 12
    (counting.md 13): 0.33 is one third of a day.
    """
    fraction = Fraction(str(days)) if isinstance(days, float) else Fraction(days)
    return int(fraction.limit_denominator(12) * DAY)


def format_days(portion):
    """Return a portion (1/25200 day) as people write days: '9', '8.5', '0.33'."""
    text = f"{portion / DAY:.2f}".rstrip("0").rstrip(".")
    return text or "0"
