"""The closed lists of what can be counted, and over which days.

A spec is one number asked per student: what (measure), over which days (window), read
how (counting). Whatever shows, compares or explains a number names a spec.
"""

from typing import NamedTuple

from odoo.tools.translate import LazyTranslate

from ..facts.units import CATEGORY_NUMBER, DAY, format_days

_lt = LazyTranslate(__name__)

# Labels are shown through the selection fields that use them, which translate them.
# measure -> (label, unit, categories that it adds up; None: every absence)
MEASURES = {
    "absent": ("absent days, any reason", "days", None),
    "unexcused": ("absent days without valid cause", "days", ("unexcused",)),
    "unverified": ("unverified absent days", "days", ("unverified",)),
    "excused": ("excused absent days", "days", ("excused",)),
    "medical": ("medical absent days", "days", ("medical",)),
    "suspension": ("days of suspension", "days", ("suspension",)),
    "possible": ("school days enrolled", "days", ()),
}
MEASURE_SELECTION = [(code, label) for code, (label, _u, _c) in MEASURES.items()]

# window -> (label, whether it takes a size)
WINDOWS = {
    "previous": ("the previous N school days", True),
    "year": ("the school year to date", False),
}
WINDOW_SELECTION = [(code, label) for code, (label, _size) in WINDOWS.items()]

# measure -> (one of it, several of it), as a sentence names a number
COUNTED = {
    "absent": (_lt("%(days)s absent day"), _lt("%(days)s absent days")),
    "unexcused": (_lt("%(days)s unexcused day"), _lt("%(days)s unexcused days")),
    "unverified": (_lt("%(days)s unverified day"), _lt("%(days)s unverified days")),
    "excused": (_lt("%(days)s excused day"), _lt("%(days)s excused days")),
    "medical": (_lt("%(days)s medical day"), _lt("%(days)s medical days")),
    "suspension": (_lt("%(days)s day suspended"), _lt("%(days)s days suspended")),
    "possible": (_lt("%(days)s school day"), _lt("%(days)s school days enrolled")),
}
WITHIN = {
    "previous": _lt("%(counted)s in the previous %(size)s school days"),
    "year": _lt("%(counted)s this school year"),
}

COUNTING_SELECTION = [
    ("plain", "As coded"),
    ("capped", "Excused days beyond the school's limit count as unexcused"),
]


class Spec(NamedTuple):
    """One number per student.

    `size` is the N of the window in school days (0 where it takes none). `counting`:
    'plain' reads the codes; 'capped' turns what is beyond the yearly limit of excused
    days into unexcused (R21-04).
    """

    measure: str
    window: str
    size: int = 0
    counting: str = "plain"


def category_numbers(measure):
    """Return the category numbers that `measure` adds up, or None for all."""
    codes = MEASURES[measure][2]
    return None if codes is None else [CATEGORY_NUMBER[code] for code in codes]


def describe(env, spec, value):
    """Return a number in words: '9 unexcused days in the previous 180 school days'.

    :param value: in 1/25200 day
    """
    one, several = COUNTED[spec.measure]
    counted = env._(one if value == DAY else several) % {"days": format_days(value)}
    return env._(WITHIN[spec.window]) % {"counted": counted, "size": spec.size}
