"""What the total line of a letter says was counted: one sentence for each measure, in
words that a family uses, so that the line never says more or else than the rule."""

from odoo.tools.translate import LazyTranslate

from ..facts.units import DAY, format_days
from ..metrics.specs import format_rate, is_rate

_lt = LazyTranslate(__name__)

# measure -> (one day, several)
DAYS = {
    "absent": (
        _lt("%(count)s day away from school, whatever the reason"),
        _lt("%(count)s days away from school, whatever the reason"),
    ),
    "unexcused": (
        _lt("%(count)s day without a valid cause"),
        _lt("%(count)s days without a valid cause"),
    ),
    "unverified": (
        _lt("%(count)s day that nobody has explained to the school yet"),
        _lt("%(count)s days that nobody has explained to the school yet"),
    ),
    "excused": (
        _lt("%(count)s day away with a valid cause"),
        _lt("%(count)s days away with a valid cause"),
    ),
    "medical": (
        _lt("%(count)s day away for medical reasons"),
        _lt("%(count)s days away for medical reasons"),
    ),
    "suspension": (
        _lt("%(count)s day of suspension"),
        _lt("%(count)s days of suspension"),
    ),
    "homebound": (
        _lt("%(count)s day at home or in hospital for medical reasons"),
        _lt("%(count)s days at home or in hospital for medical reasons"),
    ),
    "chronic": (
        _lt("%(count)s day away from school"),
        _lt("%(count)s days away from school"),
    ),
    "pending": (
        _lt("%(count)s day that can still be explained"),
        _lt("%(count)s days that can still be explained"),
    ),
    "unverified_beyond": (
        _lt("%(count)s day beyond the limit that nobody has explained"),
        _lt("%(count)s days beyond the limit that nobody has explained"),
    ),
    "possible": (_lt("%(count)s school day"), _lt("%(count)s school days")),
    "attended": (_lt("%(count)s day at school"), _lt("%(count)s days at school")),
    "unexcused_run": (
        _lt("%(count)s day in a row without a valid cause"),
        _lt("%(count)s days in a row without a valid cause"),
    ),
}
# measure -> (once, several times), where occasions or dates are counted
TIMES = {
    "unexcused": (
        _lt("%(count)s absence without a valid cause"),
        _lt("%(count)s absences without a valid cause"),
    ),
    "unverified": (
        _lt("%(count)s absence that nobody has explained to the school yet"),
        _lt("%(count)s absences that nobody has explained to the school yet"),
    ),
    "excused": (
        _lt("%(count)s absence with a valid cause"),
        _lt("%(count)s absences with a valid cause"),
    ),
    "medical": (
        _lt("%(count)s absence for medical reasons"),
        _lt("%(count)s absences for medical reasons"),
    ),
    "tardy": (_lt("late %(count)s time"), _lt("late %(count)s times")),
    "truancy": (
        _lt("away or very late without a valid cause %(count)s time"),
        _lt("away or very late without a valid cause %(count)s times"),
    ),
}
ANY_TIME = (_lt("%(count)s absence"), _lt("%(count)s absences"))
RATES = {
    "attendance_rate": _lt("at school on %(part)s of %(whole)s days (%(rate)s)"),
    "absence_rate": _lt(
        "away on %(part)s of %(whole)s days (%(rate)s), whatever the reason"
    ),
    "chronic_rate": _lt("away on %(part)s of %(whole)s days (%(rate)s)"),
    "unexcused_rate": _lt(
        "away without a valid cause on %(part)s of %(whole)s days (%(rate)s)"
    ),
    "unexcused_share": _lt(
        "%(part)s of the %(whole)s days away were without a valid cause (%(rate)s)"
    ),
}


def missed(spec, value):
    """Return what a text's {count} stands for: the days or occasions that the letter
    speaks of; of a rate the days away that it is about."""
    if not is_rate(spec):
        return value or 0
    part, whole = value or (0, 0)
    return whole - part if spec.measure == "attendance_rate" else part


def count_text(env, spec, value):
    """Return a count as people write it in the language of `env`: '8.5', '3'."""
    is_days = is_rate(spec) or spec.unit == "days"
    return _local(env, format_days(value) if is_days else str(value))


def counted_text(env, spec, value):
    """Return in words what was counted: '9 days without a valid cause'.

    :param value: as `pact.metrics._read` gives it
    """
    if is_rate(spec):
        part, whole = value or (0, 0)
        return env._(RATES[spec.measure]) % {
            "part": _local(env, format_days(part)),
            "whole": _local(env, format_days(whole)),
            "rate": _local(env, format_rate(part, whole)),
        }
    value = value or 0
    if spec.unit == "days":
        one, several = DAYS[spec.measure]
        single = value == DAY
    else:
        one, several = TIMES.get(spec.measure, ANY_TIME)
        single = value == 1
    return env._(one if single else several) % {"count": count_text(env, spec, value)}


def _local(env, text):
    """Return a number with the decimal sign of the language of `env`."""
    language = env["res.lang"]._get_data(code=env.lang)
    return text.replace(".", language.decimal_point or ".")
