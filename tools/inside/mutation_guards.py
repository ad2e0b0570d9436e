"""Guards that ./pact test --mutations breaks: (what, model, method, replacement).

A replacement is called as replacement(original, self, *args, **kwargs).
"""


def _nothing(value=None):
    return lambda original, self, *args, **kwargs: value


def _a_day_early(original, self, wanted):
    """Waiting times are one school day shorter."""
    return original(
        self, [(key, calendar, day, count - 1) for key, calendar, day, count in wanted]
    )


def _a_day_late(original, self, wanted):
    return original(
        self, [(key, calendar, day, count + 1) for key, calendar, day, count in wanted]
    )


def _every_line_met(original, self, day):
    """The gate is open, whatever is missing."""
    return {
        case_id: [
            line._replace(answer=line.answer._replace(met=True)) for line in lines
        ]
        for case_id, lines in original(self, day).items()
    }


GUARDS = [
    ("the gate is open", "pact.case", "_gate", _every_line_met),
    ("ages do not limit statutory steps", "pact.case", "_gate_age", _nothing()),
    ("numbers do not gate a step", "pact.case", "_gate_numbers", _nothing()),
    ("a step needs no referral", "pact.case", "_gate_referral", _nothing()),
    ("steps may be skipped", "pact.case", "_step_problem", _nothing()),
    ("anybody may override", "pact.case", "_is_coordinator", _nothing(True)),
    (
        "everything may be overridden",
        "pact.case",
        "_may_override",
        lambda original, self, unmet, reason: bool(reason),
    ),
    ("progress is judged at once", "pact.case", "_judged_from", _nothing({})),
    ("waits end a day early", "pact.school.calendar", "_days_after", _a_day_early),
    ("waits end a day late", "pact.school.calendar", "_days_after", _a_day_late),
    ("no snapshot with a step", "pact.case", "_take", _nothing({})),
    ("advice is never refreshed", "pact.case", "_refresh_advice", _nothing()),
    ("open cases are not watched", "pact.program", "_watch_cases", _nothing()),
    ("ages do not limit flags", "pact.program", "_age_domain", _nothing([])),
    ("starts are not known", "pact.program", "_starts", _nothing({})),
]
