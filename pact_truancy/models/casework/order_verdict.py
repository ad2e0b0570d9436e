"""What an order has come to (counting.md 21). Portions in 1/25200 day."""

from typing import NamedTuple

from ..facts.units import DAY


class Terms(NamedTuple):
    """What an order asks. `unexcused`: whole days that are allowed; `rate`: percent of
    its days to be attended, 0 where nothing is asked; `days`: school days of the order
    on which the student is enrolled, None without a last day."""

    unexcused: int
    rate: int
    days: int | None


class Numbers(NamedTuple):
    """What is known: portions unexcused, in grace for a note, absent; `missing`: days
    of which no attendance was received; `is_over`: the last day has passed."""

    unexcused: int = 0
    pending: int = 0
    absent: int = 0
    missing: int = 0
    is_started: bool = True
    is_over: bool = False


def allowed_absence(terms):
    """Return how much may be missed, or None where no rate is asked."""
    if not terms.rate or terms.days is None:
        return None
    return terms.days * DAY * (100 - terms.rate) / 100


def verdict(terms, numbers):
    """Return the key of the verdict. It is 'failed' as soon as nothing can mend it, and
    'met' only when all is known."""
    if not numbers.is_started:
        return "not_started"
    limit = terms.unexcused * DAY
    too_much = (
        bool(terms.rate)
        and terms.days is not None
        and numbers.absent * 100 > terms.days * DAY * (100 - terms.rate)
    )
    if numbers.unexcused > limit or too_much:
        return "failed"
    if terms.days is None or not numbers.is_over:
        at_risk = numbers.unexcused + numbers.pending > limit
        return "at_risk" if at_risk else "running"
    return "waiting" if numbers.missing or numbers.pending else "met"
