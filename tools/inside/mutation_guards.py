"""Guards that ./pact test --mutations breaks: (what, model, method, replacement).

A replacement is called as replacement(original, self, *args, **kwargs).
ASKED_FIRST names tests that are likely to notice one: it saves minutes, and decides
nothing, for the others are asked after them.
"""


def _nothing(value=None):
    return lambda original, self, *args, **kwargs: value


def _no_case(original, self, *args, **kwargs):
    return self.browse()


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


def every_answer_met(original, self, cases, day):
    """A requirement is met, whatever is missing."""
    return {
        case_id: answer._replace(met=True)
        for case_id, answer in original(self, cases, day).items()
    }


def _no_first_day(original, self, case, first_day, day):
    """A wait does not say when it is over."""
    return original(self, case, first_day, day)._replace(first_day=None)


def _terms(**values):
    return lambda original, self, days: original(self, days)._replace(**values)


def _one_more_allowed(original, self, days):
    terms = original(self, days)
    return terms._replace(unexcused=terms.unexcused + 1)


def _numbers(**values):
    """The numbers that an order is held against."""
    return lambda original, self, program, day: {
        key: (terms, numbers._replace(**values))
        for key, (terms, numbers) in original(self, program, day).items()
    }


def _starts_without(name):
    def replacement(original, self, students, day):
        return {**original(self, students, day), name: {}}

    return replacement


GUARDS = [
    # the gate
    ("the gate is open", "pact.case", "_gate", _every_line_met),
    ("ages do not limit statutory steps", "pact.case", "_gate_age", _nothing()),
    ("numbers do not gate a step", "pact.case", "_gate_numbers", _nothing()),
    ("a step needs no referral", "pact.case", "_gate_referral", _nothing()),
    ("corrections ask for no review", "pact.case", "_to_review", _nothing({})),
    ("progress is judged at once", "pact.case", "_judged_from", _nothing({})),
    ("steps may be skipped", "pact.case", "_step_problem", _nothing()),
    (
        "interventions before the step count",
        "pact.program.requirement",
        "_intervention_starts",
        lambda original, self, cases, day: {
            case.id: self._year_start(day) for case in cases
        },
    ),
    # who may go on nevertheless
    ("anybody may override", "pact.case", "_is_coordinator", _nothing(True)),
    (
        "everything may be overridden",
        "pact.case",
        "_may_override",
        lambda original, self, unmet, reason: bool(reason),
    ),
    # days
    ("waits end a day early", "pact.school.calendar", "_days_after", _a_day_early),
    ("waits end a day late", "pact.school.calendar", "_days_after", _a_day_late),
    (
        "a wait names no first day",
        "pact.program.requirement",
        "_waited",
        _no_first_day,
    ),
    ("nobody is told what is due", "pact.case", "_refresh_due", _no_case),
    # what is kept and recommended
    ("no snapshot with a step", "pact.case", "_take", _nothing({})),
    ("advice is never refreshed", "pact.case", "_refresh_advice", _no_case),
    (
        "improvement is never seen",
        "pact.case",
        "_improved",
        _no_case,
    ),
    ("open cases are not watched", "pact.program", "_watch_cases", _nothing()),
    ("outgrowing the ages is not told", "pact.case", "_tell_ages", _nothing()),
    ("cases stay at the end of a year", "pact.case", "_end_year", _nothing()),
    # who is found
    ("ages do not limit flags", "pact.program", "_age_domain", _nothing([])),
    (
        "every school is served",
        "pact.program",
        "_schools",
        lambda original, self, day: self.env["pact.school"].search([]),
    ),
    ("early cases for everybody", "pact.case", "_early_problem", _nothing()),
    ("a notice comes again at once", "pact.flag", "_had_notice", _nothing(set())),
    ("who has a case is flagged again", "pact.flag", "_in_open_case", _nothing(set())),
    ("dismissed comes again", "pact.flag", "_last_dismissed", _nothing({})),
    # where windows and counting rules begin; an order reads its own days
    *(
        (f"'{name}' is not known", "pact.program", "_starts", _starts_without(name))
        for name in ("since_step", "since_letter", "probation", "medical")
    ),
    (
        "what a person ended goes on",
        "pact.program",
        "_begun",
        lambda original, self, *args: (original(self, *args)[0], {}),
    ),
    # orders
    ("an order asks for no rate", "pact.order", "_terms_now", _terms(rate=0)),
    ("one unexcused day more", "pact.order", "_terms_now", _one_more_allowed),
    (
        "what is missing does not matter",
        "pact.order",
        "_read_numbers",
        _numbers(missing=0),
    ),
    ("grace does not matter", "pact.order", "_read_numbers", _numbers(pending=0)),
    ("an order is over at once", "pact.order", "_read_numbers", _numbers(is_over=True)),
    ("an order is never over", "pact.order", "_read_numbers", _numbers(is_over=False)),
    ("an order runs at once", "pact.order", "_read_numbers", _numbers(is_started=True)),
    ("the last day stays", "pact.order", "_refresh_stop", _nothing()),
    ("orders are not followed", "pact.order", "_refresh", _nothing()),
    ("nobody is told of a verdict", "pact.order", "_tell", _nothing()),
    (
        "an order of a former round counts",
        "pact.order",
        "_is_standing",
        lambda original, self: self.filtered(lambda order: not order.is_void),
    ),
    (
        "a voided order counts",
        "pact.order",
        "_is_standing",
        lambda original, self: self.filtered(
            lambda order: order.round == order.case_id.round
        ),
    ),
]

ASKED_FIRST = {
    "a step needs no referral": "from_flag_to_services",
    "corrections ask for no review": "test_case_review",
    "progress is judged at once": "test_watched",
    "steps may be skipped": "skips_a_step",
    "interventions before the step count": "its_own_interventions",
    "'wait' is met by nothing": "seventh_school_day",
    "'interventions' is met by nothing": "its_own_interventions",
    "'contact' is met by nothing": "from_flag_to_services",
    "'services' is met by nothing": "court_after_the_hearing",
    "'data' is met by nothing": "data_are_updated",
    "'document' is met by nothing": "TestSOP.",
    "'statement' is met by nothing": "TestSOP.",
    "'consultation' is met by nothing": "test_safeguards",
    "'letter' is met by nothing": "followed_up_after",
    "'meeting' is met by nothing": "followed_up_after",
    "'order_made' is met by nothing": "court_after_the_hearing",
    "'order_failed' is met by nothing": "court_when_the_order",
    "anybody may override": "firm_demands",
    "everything may be overridden": "firm_demands",
    "waits end a day early": "seventh_school_day",
    "waits end a day late": "seventh_school_day",
    "a wait names no first day": "seventh_school_day",
    "nobody is told what is due": "test_due",
    "no snapshot with a step": "test_case_review",
    "advice is never refreshed": "watched_after_the_hearing",
    "improvement is never seen": "test_watched",
    "open cases are not watched": "watched_after_the_hearing",
    "outgrowing the ages is not told": "TestAge.",
    "cases stay at the end of a year": "end_of_the_year",
    "ages do not limit flags": "ages_of_flags",
    "every school is served": "only_students_of_the_schools",
    "early cases for everybody": "early_cases",
    "a notice comes again at once": "comes_again",
    "who has a case is flagged again": "from_flag_to_services",
    "dismissed comes again": "dismissed_comes_again",
    "'since_step' is not known": "TestSOPEdges.",
    "'since_letter' is not known": "two_thirds",
    "'probation' is not known": "probation",
    "'medical' is not known": "medical",
    "what a person ended goes on": "probation_begins",
}
