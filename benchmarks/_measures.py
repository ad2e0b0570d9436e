"""All measures of the five programs (programs.md) as specs, and dates to begin from."""

import random
from datetime import timedelta

from odoo.addons.pact_truancy.models.metrics.specs import Counting, Spec

# program by program: what its criteria, letters and reports name
OF_PROGRAMS = {
    "R21": [
        Spec("unexcused", "previous", 180, "program"),
        Spec("unexcused", "year"),
        Spec("absent", "previous", 180),
        Spec("absence_rate", "previous", 180),
    ],
    "R53": [
        Spec("unexcused", "previous", 180),
        Spec("unexcused", "since_step"),
        Spec("absent", "since_letter"),
        Spec("attendance_rate", "since_step"),
    ],
    "SOP": [
        Spec("absent", "year"),
        Spec("unverified", "year"),
        Spec("excused", "year"),
        Spec("medical", "year"),
        Spec("suspension", "year"),
        Spec("unexcused", "year", 0, "program"),
        Spec("unverified_beyond", "year", 0, "program"),
        Spec("attendance_rate", "year"),
        Spec("attendance_rate", "since_letter"),
        Spec("unexcused", "since_letter", 0, "program"),
        Spec("unexcused_share", "since_letter", 0, "program"),
        Spec("absent", "order"),
        Spec("unexcused", "order", 0, "program"),
        Spec("attendance_rate", "order"),
    ],
    "WTB": [
        Spec("unexcused", "month"),
        Spec("unexcused", "rolling", 30),
        Spec("unexcused", "any_month"),
        Spec("absent", "month"),
        Spec("absent", "rolling", 30),
        Spec("absent", "any_month"),
    ],
    "SAC": [
        Spec("truancy", "year", 0, "plain", "occasions"),
        Spec("tardy", "year", 0, "plain", "occasions"),
        Spec("chronic", "year"),
        Spec("chronic_rate", "year"),
        Spec("unexcused_rate", "previous", 180),
    ],
}
ALL = list(dict.fromkeys(spec for specs in OF_PROGRAMS.values() for spec in specs))
# the same over each student's own last 180 days of enrollment
OWN = [*ALL, *(s._replace(window="enrolled") for s in ALL if s.window == "previous")]
COUNTING = Counting(excused_cap=True, medical=True, unverified_limit=10)
# what a plain loop over students computes, too
SIMPLE = [
    *(
        Spec(measure, window, size)
        for measure in ("unexcused", "absent")
        for window, size in (
            ("previous", 180), ("year", 0), ("month", 0), ("rolling", 30)
        )
    ),
    *(Spec(m, "year") for m in ("unverified", "excused", "medical", "suspension")),
    Spec("tardy", "year", 0, "plain", "occasions"),
    Spec("possible", "year"),
]  # fmt: skip


def starts(student_ids, day):
    """Return dates for `pact.metrics`: of 100 students 4 have had a letter, 2 are on
    probation, 1 has a medical letter, 1 has an order of twenty days; each by chance."""
    chance = random.Random(4)

    def some(share, back):
        return {
            student: day - timedelta(days=back + student % 60)
            for student in student_ids
            if chance.random() < share
        }

    letters = some(0.04, 20)
    orders = some(0.01, 10)
    return {
        "since_letter": letters,
        "since_step": {s: sent + timedelta(days=6) for s, sent in letters.items()},
        "probation": some(0.02, 30),
        "medical": some(0.01, 30),
        "order": orders,
        "order_end": {s: first + timedelta(days=28) for s, first in orders.items()},
    }
