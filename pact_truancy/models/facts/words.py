"""Dates and parts of a day as people read them, in the reader's language."""

from babel.dates import format_date as babel_date
from babel.dates import format_skeleton

from odoo.tools.misc import babel_locale_parse, get_lang

from .units import DAY, format_days


def short_date(env, day, today=None):
    """Return `day` as 'Mar 3', or 'Mar 3, 2026' when it is not of the year of `today`
    (or no `today` is given)."""
    skeleton = "MMMd" if today and day.year == today.year else "yMMMd"
    return format_skeleton(skeleton, day, locale=_locale(env))


def weekday(env, day):
    """Return the short name of the weekday: 'Tue'."""
    return babel_date(day, "EEE", locale=_locale(env))


def part_of_day(env, portion):
    """Return a portion (1/25200 day) in words: 'whole day', 'half day', '0.33 day'."""
    if portion == DAY:
        return env._("whole day")
    if portion * 2 == DAY:
        return env._("half day")
    return env._("%(part)s day", part=format_days(portion))


def _locale(env):
    return babel_locale_parse(get_lang(env).code)
