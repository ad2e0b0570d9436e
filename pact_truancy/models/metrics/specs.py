"""The closed lists of what can be counted, and over which days.

A spec is one number asked per student: what (measure), over which days (window), read
how (counting), counted in what (unit). Whatever shows, compares or explains a number
names a spec. How a program turns one category into another is its `Counting`.
"""

from typing import NamedTuple

from odoo.tools.translate import LazyTranslate

from ..facts.units import CATEGORY_NUMBER, DAY, format_days

_lt = LazyTranslate(__name__)

# Labels are shown through the selection fields that use them, which translate them.
# Measures of days. measure -> (label, categories that it adds up; None: every absence)
DAY_MEASURES = {
    "absent": ("absent days, any reason", None),
    "unexcused": ("absent days without valid cause", ("unexcused",)),
    "unverified": ("unverified absent days", ("unverified",)),
    "excused": ("excused absent days", ("excused",)),
    "medical": ("medical absent days", ("medical",)),
    "suspension": ("days of suspension", ("suspension",)),
    "homebound": ("days homebound or in hospital", ("homebound",)),
    "chronic": ("absent days that count as chronic", None),
    # unexcused or unverified, and the days of grace for a note are not over
    "pending": ("absent days that may still be explained", None),
    # what a probation letter would turn into unexcused days (SOP-09)
    "unverified_beyond": ("unverified days beyond the program's limit", None),
    "possible": ("school days enrolled", ()),
    "attended": ("days attended", ()),
    # whole unexcused days in a row; closed and not received days do not break it
    "unexcused_run": ("unexcused days in a row", ()),
}
# measures that are always occasions or dates: they have no part of a day
EVENT_MEASURES = {
    "tardy": "tardies",
    # California Education Code 48260: an unexcused absence, or a tardy without valid
    # excuse of more than the program's minutes
    "truancy": "absences without excuse and long tardies",
}
# A rate is a pair (missed, possible), compared crosswise; (numerator, denominator).
RATE_MEASURES = {
    "absence_rate": ("share of days absent", ("absent", "possible")),
    "attendance_rate": ("attendance rate", ("attended", "possible")),
    "unexcused_rate": ("share of days unexcused", ("unexcused", "possible")),
    "chronic_rate": ("share of days absent, as chronic", ("chronic", "possible")),
    "unexcused_share": (
        "unexcused share of the days absent",
        ("unexcused", "absent"),
    ),
}
MEASURE_SELECTION = [
    *((code, label) for code, (label, _categories) in DAY_MEASURES.items()),
    *EVENT_MEASURES.items(),
    *((code, label) for code, (label, _pair) in RATE_MEASURES.items()),
]

# window -> (label, whether it takes a size)
WINDOWS = {
    # the N dates of the calendar of the school attended as of D (counting.md 1)
    "previous": ("the previous N school days", True),
    # the N school days on which the student was enrolled, at whichever school
    "enrolled": ("the previous N school days of enrollment", True),
    "year": ("the school year to date", False),
    "month": ("the calendar month", False),
    "rolling": ("the last N calendar days", True),
    # the calendar month of this school year with the most (counting.md 8)
    "any_month": ("any one month of this school year", False),
    # from a date of each student on, that date included (counting.md 7)
    "since_entry": ("this school year since the entry at the school", False),
    "since_step": ("the time since the last step", False),
    "since_letter": ("the time since the last letter", False),
    # from an order's first day to its last; without a last day up to D
    "order": ("the days of the order", False),
}
WINDOW_SELECTION = [(code, label) for code, (label, _size) in WINDOWS.items()]
# windows whose first day comes in with `starts`
STARTED_WINDOWS = ("since_step", "since_letter", "order")

UNIT_SELECTION = [
    ("days", "days"),
    ("occasions", "occasions"),
    ("dates", "dates"),
]

# measure -> (one of it, several of it), as a sentence names a number
COUNTED = {
    "absent": (_lt("%(days)s absent day"), _lt("%(days)s absent days")),
    "unexcused": (_lt("%(days)s unexcused day"), _lt("%(days)s unexcused days")),
    "unverified": (_lt("%(days)s unverified day"), _lt("%(days)s unverified days")),
    "excused": (_lt("%(days)s excused day"), _lt("%(days)s excused days")),
    "medical": (_lt("%(days)s medical day"), _lt("%(days)s medical days")),
    "suspension": (_lt("%(days)s day suspended"), _lt("%(days)s days suspended")),
    "homebound": (_lt("%(days)s day homebound"), _lt("%(days)s days homebound")),
    "chronic": (
        _lt("%(days)s absent day that counts as chronic"),
        _lt("%(days)s absent days that count as chronic"),
    ),
    "pending": (
        _lt("%(days)s absent day that may still be explained"),
        _lt("%(days)s absent days that may still be explained"),
    ),
    "unverified_beyond": (
        _lt("%(days)s unverified day beyond the limit"),
        _lt("%(days)s unverified days beyond the limit"),
    ),
    "possible": (_lt("%(days)s school day"), _lt("%(days)s school days enrolled")),
    "attended": (_lt("%(days)s day attended"), _lt("%(days)s days attended")),
    "unexcused_run": (
        _lt("%(days)s unexcused day in a row"),
        _lt("%(days)s unexcused days in a row"),
    ),
    "tardy": (_lt("%(days)s tardy"), _lt("%(days)s tardies")),
    "truancy": (
        _lt("%(days)s absence without excuse or long tardy"),
        _lt("%(days)s absences without excuse and long tardies"),
    ),
}
# unit -> (one, several) of a measure that is otherwise one of days
IN_UNITS = {
    "occasions": (
        _lt("%(count)s occasion of: %(measure)s"),
        _lt("%(count)s occasions of: %(measure)s"),
    ),
    "dates": (
        _lt("%(count)s date of: %(measure)s"),
        _lt("%(count)s dates of: %(measure)s"),
    ),
}
RATED = {
    "absence_rate": _lt("%(rate)s absent (%(part)s of %(whole)s days)"),
    "attendance_rate": _lt("%(rate)s attendance (%(part)s of %(whole)s days)"),
    "unexcused_rate": _lt("%(rate)s unexcused (%(part)s of %(whole)s days)"),
    "chronic_rate": _lt("%(rate)s chronically absent (%(part)s of %(whole)s days)"),
    "unexcused_share": _lt("%(rate)s of %(whole)s absent days unexcused"),
}
# what a rate of nothing says
RATED_NONE = {
    "unexcused_share": _lt("No absent days"),
    "absence_rate": _lt("No school days counted"),
    "attendance_rate": _lt("No school days counted"),
    "unexcused_rate": _lt("No school days counted"),
    "chronic_rate": _lt("No school days counted"),
}
# what a window without a first day says
NOT_BEGUN = {
    "since_step": _lt("No step has been taken yet"),
    "since_letter": _lt("No letter has been sent yet"),
    "order": _lt("No order has been recorded yet"),
}
WITHIN = {
    "previous": _lt("%(counted)s in the previous %(size)s school days"),
    "enrolled": _lt("%(counted)s in the previous %(size)s school days of enrollment"),
    "year": _lt("%(counted)s this school year"),
    "month": _lt("%(counted)s this month"),
    "rolling": _lt("%(counted)s in the last %(size)s days"),
    "any_month": _lt("%(counted)s in one month of this school year"),
    "since_entry": _lt("%(counted)s this school year since the entry at the school"),
    "since_step": _lt("%(counted)s since the last step"),
    "since_letter": _lt("%(counted)s since the last letter"),
    "order": _lt("%(counted)s in the days of the order"),
}

COUNTING_SELECTION = [
    ("plain", "As coded"),
    ("program", "By the program's counting rules"),
]


class Spec(NamedTuple):
    """One number per student.

    `size` is the N of the window (0 where it takes none): school days, for 'rolling'
    calendar days. `counting`: 'plain' reads the codes as they hold; 'program' applies
    the program's `Counting`. `unit`: 'days' (in 1/25200 day), 'occasions' (events) or
    'dates' (days on which it happened, however often); measures of EVENT_MEASURES are
    never in days.
    """

    measure: str
    window: str
    size: int = 0
    counting: str = "plain"
    unit: str = "days"


class Counting(NamedTuple):
    """How a program reads attendance (design.md, Metrics; counting.md 15 to 20).

    The rules apply in the order of counting.md 15. What one turned, the next does not
    count.
    """

    # R21-04: excused days beyond the school's yearly cap count as unexcused
    excused_cap: bool = False
    # SOP-17: from the date in starts['medical'] on excused, medical and unverified
    # absences without documentation count as unexcused
    medical: bool = False
    # SOP-09: unverified days beyond so many in the school year count as unexcused when
    # dated from starts['probation'] on; 0: the rule is off
    unverified_limit: int = 0
    # an unexcused or unverified absence without documentation is pending until so many
    # school days after the return, at the latest so many after itself; 0: off
    grace_days: int = 0
    grace_latest: int = 10
    # categories whose days leave numerator and denominator; none that a rule turns
    excluded: tuple = ()
    # California: more than so many minutes late make a tardy an occasion of truancy
    tardy_minutes: int = 30


PLAIN = Counting()

# measures that are only asked in days, and of which no month is the highest
WHOLE_MEASURES = {"possible", "attended", "unexcused_run", *RATE_MEASURES}
# measures that are made by a counting rule
PROGRAM_ONLY = {"pending", "unverified_beyond"}
_DAYS_ONLY = WHOLE_MEASURES | PROGRAM_ONLY


def is_valid(spec):
    """Return whether `spec` can be asked: whether window, size and unit fit the
    measure."""
    if spec.window not in WINDOWS or spec.counting not in dict(COUNTING_SELECTION):
        return False
    if not isinstance(spec.size, int) or not 0 <= spec.size <= 1000:
        return False
    if WINDOWS[spec.window][1] != (spec.size > 0):
        return False
    if spec.measure in EVENT_MEASURES:
        return spec.unit in ("occasions", "dates")
    if spec.measure in WHOLE_MEASURES and spec.window == "any_month":
        return False
    if spec.measure in PROGRAM_ONLY and spec.counting != "program":
        return False
    return spec.unit == "days" or spec.measure not in _DAYS_ONLY


def is_rate(spec):
    """Return whether values of `spec` are pairs (missed, possible)."""
    return spec.measure in RATE_MEASURES


def counted_measure(measure):
    """Return the measure whose events make a number: of a rate its numerator."""
    if measure in RATE_MEASURES:
        measure = RATE_MEASURES[measure][1][0]
    return {"attended": "absent", "unexcused_run": "unexcused"}.get(measure, measure)


def from_json(spec, value):
    """Return a value as `pact.metrics._read` gives it; JSON knows no pairs."""
    return tuple(value) if is_rate(spec) and value is not None else value


def is_weaker(spec, now, then):
    """Return whether a number no longer says what it said: fewer days or occasions, a
    smaller share; of attendance a greater one."""
    if now is None:
        return True
    if spec.measure in ("attended", "attendance_rate"):
        now, then = then, now
    if is_rate(spec):
        return now[0] * then[1] < then[0] * now[1]
    return now < then


def category_numbers(measure):
    """Return the category numbers that `measure` adds up, or None for all."""
    codes = DAY_MEASURES[measure][1] if measure in DAY_MEASURES else None
    return None if codes is None else [CATEGORY_NUMBER[code] for code in codes]


def format_rate(part, whole):
    """Return a rate as people read it: '88.4 %'. Rounded down, so that 89.96 % never
    reads as 90 %; '-' for a share of nothing."""
    return f"{part * 1000 // whole / 10:.1f} %" if whole else "-"


def format_value(spec, value):
    """Return a number as people write it: '8.5', '3', '88.4 %'; '-' where a measure is
    empty."""
    if value is None:
        return "-"
    if is_rate(spec):
        return format_rate(*value)
    return format_days(value) if spec.unit == "days" else str(value)


def describe(env, spec, value):
    """Return a number in words: '9 unexcused days in the previous 180 school days'.

    :param value: as `pact.metrics._read` gives it
    """
    if value is None and spec.window in NOT_BEGUN:
        return env._(NOT_BEGUN[spec.window])
    return env._(WITHIN[spec.window]) % {
        "counted": _counted(env, spec, value),
        "size": spec.size,
    }


def _counted(env, spec, value):
    if is_rate(spec):
        part, whole = value or (0, 0)
        if not whole:
            return env._(RATED_NONE[spec.measure])
        return env._(RATED[spec.measure]) % {
            "rate": format_rate(part, whole),
            "part": format_days(part),
            "whole": format_days(whole),
        }
    if spec.unit == "days" or spec.measure in EVENT_MEASURES:
        one, several = COUNTED[spec.measure]
        single = value == (DAY if spec.unit == "days" else 1)
        text = format_value(spec, value)
        return env._(one if single else several) % {"days": text}
    one, several = IN_UNITS[spec.unit]
    labels = dict(MEASURE_SELECTION)
    return env._(one if value == 1 else several) % {
        "count": format_value(spec, value),
        "measure": env._(labels[spec.measure]),
    }
