"""How days are counted, in plain Python: slow, simple, and written from counting.md.

Imports nothing of the app. Works on dates and fractions from generated lists, never on
rows that were read back.
"""

from fractions import Fraction


class Reference:
    """
    :param years: list of (first date, last date)
    :param calendars: {calendar: set of school days}
    :param schools: {school: (calendar, cap in days or None)}
    :param received: set of (school, date)
    :param enrollments: {student: list of dicts: id, school, calendar (or None),
        primary, entry, exit (or None)}
    :param events: {student: list of dicts: id, school, date, category, absent,
        portion (Fraction of a day), decision (None, 'excused' or 'unexcused')}
    """

    def __init__(self, years, calendars, schools, received, enrollments, events):
        self.years = years
        self.calendars = calendars
        self.schools = schools
        self.received = received
        self.enrollments = enrollments
        self.events = events

    def calendar_of(self, enrollment):
        return enrollment["calendar"] or self.schools[enrollment["school"]][0]

    def covers(self, enrollment, day):
        return enrollment["entry"] <= day and (
            enrollment["exit"] is None or day <= enrollment["exit"]
        )

    def as_of(self, student, day):
        """The enrollment that holds on `day`, else the last that ended (3, 4)."""
        begun = [e for e in self.enrollments[student] if e["entry"] <= day]
        held = [e for e in begun if self.covers(e, day)]

        def rank(enrollment):
            return (not enrollment["primary"], enrollment["entry"], enrollment["id"])

        if held:
            return min(held, key=rank)
        if begun:
            last = max(e["exit"] for e in begun)
            return min((e for e in begun if e["exit"] == last), key=rank)
        return None

    def counts(self, student, event):
        """Rule 2: inside an enrollment at its school, a school day there, received."""
        day = event["date"]
        return (event["school"], day) in self.received and any(
            e["school"] == event["school"]
            and self.covers(e, day)
            and day in self.calendars[self.calendar_of(e)]
            for e in self.enrollments[student]
        )

    def year_start(self, day):
        return next((first for first, last in self.years if first <= day <= last), None)

    def absences(self, student, day, capped):
        """The (date, category, portion) of what counts up to `day`, with excused days
        beyond the limit turned into unexcused ones (15, 16)."""
        result = []
        running = {}
        rows = [
            e
            for e in self.events[student]
            if e["date"] <= day and e["absent"] and self.counts(student, e)
        ]
        for event in sorted(rows, key=lambda e: (e["date"], e["id"])):
            portion, beyond = event["portion"], Fraction(0)
            cap = self.schools[event["school"]][1]
            if capped and event["category"] == "excused":
                year = self.year_start(event["date"])
                before = running.get(year, Fraction(0))
                running[year] = before + portion
                if cap is not None and event["decision"] != "excused":
                    beyond = min(portion, max(Fraction(0), before + portion - cap))
            result.append((event["date"], event["category"], portion - beyond))
            result.append((event["date"], "unexcused", beyond))
        return result

    def value(self, student, day, measure, window, size, capped):
        """The number in days (a Fraction), or None without an enrollment so far."""
        enrollment = self.as_of(student, day)
        if enrollment is None:
            return None
        calendar = self.calendars[self.calendar_of(enrollment)]
        past = sorted(d for d in calendar if d <= day)
        if not past:
            return None
        if window == "previous":
            dates = set(past[-size:])
            first = min(dates)
        else:
            first = self.year_start(day)
            dates = None
        if first is None:
            return Fraction(0)
        if measure == "possible":
            return Fraction(
                sum(
                    1
                    for d in set().union(*self.calendars.values())
                    if first <= d <= day
                    and (dates is None or d in dates)
                    and any(
                        self.covers(e, d)
                        and d in self.calendars[self.calendar_of(e)]
                        and (e["school"], d) in self.received
                        for e in self.enrollments[student]
                    )
                )
            )
        return sum(
            (
                portion
                for date, category, portion in self.absences(student, day, capped)
                if date >= first
                and (dates is None or date in dates)
                and (measure == "absent" or category == measure)
            ),
            Fraction(0),
        )
