"""How days are counted, in plain Python: slow, simple, written from docs/counting.md.

Imports nothing of the app. Works on dates and fractions from generated lists, never on
rows that were read back. `seen` counts which classes of case came up.
"""

from bisect import bisect_right
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

ONE_DAY = timedelta(days=1)
NEVER = date(9999, 12, 31)

SUMS = {  # measure -> the category that it adds up
    "unexcused": "unexcused",
    "unverified": "unverified",
    "excused": "excused",
    "medical": "medical",
    "suspension": "suspension",
    "homebound": "homebound",
}
# the categories that can be typed as totals
TYPED = ("unexcused", "unverified", "excused", "medical", "suspension")
RATES = {
    "absence_rate": ("absent", "possible"),
    "attendance_rate": ("attended", "possible"),
    "unexcused_rate": ("unexcused", "possible"),
    "chronic_rate": ("chronic", "possible"),
    "unexcused_share": ("unexcused", "absent"),
}


class Reference:
    """
    :param years: list of (first date, last date)
    :param calendars: {calendar: set of school days}
    :param schools: {school: (calendar, cap in days or None)}
    :param received: set of (school, date)
    :param enrollments: {student: list of dicts: number, school, calendar (or None),
        primary, entry, exit (or None)}
    :param events: {student: list of dicts: number, school, date, category, portion
        (Fraction of a day), absent, chronic, valid, minutes, documented, decision
        (None, 'excused' or 'unexcused'), withdrawn}
    :param totals: {student: list of dicts: year (first, last date), category, portion
        (Fraction of a day), through, withdrawn}: typed, without dates
    """

    def __init__(
        self, years, calendars, schools, received, enrollments, events, totals=None
    ):
        self.years = years
        self.calendars = calendars
        self.schools = schools
        self.received = received
        self.enrollments = enrollments
        self.events = events
        self.totals = totals or {}
        self.seen = Counter()
        self.ask({}, {})

    def ask(self, rules, starts):
        """Set the counting rules (keys of the program's `Counting`) and the dates of
        students, {name: {student: date}}."""
        self.rules = rules
        self.starts = starts
        self.known = {}  # what was computed already for this question

    def once(self, function, *args):
        key = (function.__name__, *args)
        if key not in self.known:
            self.known[key] = function(*args)
        return self.known[key]

    # -- who is where ----------------------------------------------------------------

    def calendar_of(self, enrollment):
        return self.calendars[
            enrollment["calendar"] or self.schools[enrollment["school"]][0]
        ]

    @staticmethod
    def covers(enrollment, day):
        return enrollment["entry"] <= day <= (enrollment["exit"] or NEVER)

    def as_of(self, student, day):
        """Of those that hold the primary, the earliest entry, the smaller number; else
        the last that ended; None before the first entry."""
        begun = [e for e in self.enrollments[student] if e["entry"] <= day]
        held = [e for e in begun if self.covers(e, day)]
        if not held and begun:
            last = max(e["exit"] for e in begun)
            held = [e for e in begun if e["exit"] == last]
        return min(
            held,
            key=lambda e: (not e["primary"], e["entry"], e["number"]),
            default=None,
        )

    def year_of(self, day):
        return next((y for y in self.years if y[0] <= day <= y[1]), None)

    # -- which days ------------------------------------------------------------------

    def window(self, student, day, window, size):
        """Return (first day, last day, set of dates or None for all between them);
        None where it has no beginning."""
        if window == "previous":
            calendar = self.calendar_of(self.as_of(student, day))
            past = sorted(d for d in calendar if d <= day)[-size:]
            return (past[0], day, set(past)) if past else None
        if window == "enrolled":
            past = sorted(self.once(self.school_days, student, day))[-size:]
            return (past[0], day, None) if past else None
        if window == "month":
            return day.replace(day=1), day, None
        if window == "rolling":
            return day - (size - 1) * ONE_DAY, day, None
        if window in ("year", "any_month"):
            year = self.year_of(day)
            return (year[0], day, None) if year else None
        if window == "since_entry":
            entry, year = self.as_of(student, day)["entry"], self.year_of(day)
            return max(entry, year[0]) if year else entry, day, None
        first = self.starts.get(window, {}).get(student)
        if first is None or first > day:
            return None
        last = day
        if window == "order":
            last = min(day, self.starts.get("order_end", {}).get(student) or day)
        return first, last, None

    @staticmethod
    def inside(window, day):
        first, last, dates = window
        return first <= day <= last and (dates is None or day in dates)

    def school_days(self, student, day, received_only=False):
        """The dates up to `day` that were a school day of an enrollment of the
        student."""
        result = set()
        for enrollment in self.enrollments[student]:
            for d in self.calendar_of(enrollment):
                if d > day or not self.covers(enrollment, d):
                    continue
                if received_only and (enrollment["school"], d) not in self.received:
                    continue
                result.add(d)
        return result

    # -- what counts -----------------------------------------------------------------

    def counts(self, student, event):
        """Not withdrawn, inside an enrollment at its school, on a school day of that
        enrollment's calendar, received."""
        if event["withdrawn"]:
            return False
        if (event["school"], event["date"]) not in self.received:
            self.seen["not received"] += 1
            return False
        return any(
            e["school"] == event["school"]
            and self.covers(e, event["date"])
            and event["date"] in self.calendar_of(e)
            for e in self.enrollments[student]
        )

    def counted(self, student):
        """The events that count, in order of date, then number."""
        own = [e for e in self.events[student] if self.counts(student, e)]
        return sorted(own, key=lambda e: (e["date"], e["number"]))

    def absent_on(self, student):
        """{date: portion absent}"""
        result = Counter()
        for event in self.once(self.counted, student):
            if event["absent"]:
                result[event["date"]] += event["portion"]
        return result

    def days_as_of(self, student, day):
        """The school days of the calendar as of D, ascending."""
        return sorted(self.calendar_of(self.as_of(student, day)))

    def rows(self, student, day, counting):
        """What counts up to `day`, as the program reads it: a list of dicts with
        category, portion, rule, pending, beyond, leads (one of an event) and the
        event's own facts (`held` is its category)."""
        events = [
            {**e, "held": e["category"]}
            for e in self.once(self.counted, student)
            if e["date"] <= day
        ]
        running = Counter()
        result = []
        for event in events:
            rule, turned, beyond = None, Fraction(0), Fraction(0)
            if counting == "program":
                rule = self.medical_rule(student, event)
                if rule:
                    event["category"] = "unexcused"
                turned, beyond = self.limits(student, event, running)
            pending = counting == "program" and self.is_pending(student, day, event)
            kept = event["portion"] - turned
            on = {**event, "pending": pending}
            if kept > 0 or event["portion"] == 0:
                left = beyond - turned if event["category"] == "unverified" else 0
                result.append(
                    {**on, "portion": kept, "rule": rule, "leads": True, "beyond": left}
                )
            if turned > 0:
                name = "cap" if event["category"] == "excused" else "unverified_limit"
                self.seen[name] += 1
                self.seen["split at a limit"] += kept > 0
                row = {**on, "portion": turned, "category": "unexcused", "rule": name}
                result.append(
                    {
                        **row,
                        "leads": kept == 0,
                        "beyond": turned if name == "unverified_limit" else 0,
                    }
                )
        return result

    def medical_rule(self, student, event):
        """Rule 1."""
        first = self.starts.get("medical", {}).get(student)
        last = self.starts.get("medical_end", {}).get(student) or NEVER
        if not (self.rules["medical"] and first and first <= event["date"] <= last):
            return None
        if not event["absent"] or event["documented"]:
            return None
        if event["category"] in ("excused", "medical", "unverified"):
            self.seen["medical letter"] += 1
            return "medical"
        return None

    def limits(self, student, event, running):
        """Rules 2 and 3: return (portion that turns, portion beyond the unverified
        limit); `running` holds the counts of the school year."""
        if not event["absent"]:
            return Fraction(0), Fraction(0)
        key = (event["category"], self.year_of(event["date"]))
        running[key] += event["portion"]

        def over(limit):
            return min(event["portion"], max(Fraction(0), running[key] - limit))

        if event["category"] == "excused" and self.rules["excused_cap"]:
            cap = self.schools[event["school"]][1]
            if cap is None or event["decision"] == "excused":
                return Fraction(0), Fraction(0)
            return over(cap), Fraction(0)
        limit = self.rules["unverified_limit"]
        if event["category"] == "unverified" and limit:
            first = self.starts.get("probation", {}).get(student)
            last = self.starts.get("probation_end", {}).get(student) or NEVER
            beyond = over(limit)
            on_probation = first is not None and first <= event["date"] <= last
            return (beyond if on_probation else Fraction(0)), beyond
        return Fraction(0), Fraction(0)

    def is_pending(self, student, day, event):
        """Rule 4."""
        n, m = self.rules["grace_days"], self.rules["grace_latest"]
        if not n or not event["absent"] or event["documented"]:
            return False
        if event["held"] not in ("unexcused", "unverified"):
            return False
        school = self.as_of(student, day)["school"]
        days = self.once(self.days_as_of, student, day)
        absent_on = self.once(self.absent_on, student)

        def nth_after(start, number):
            later = bisect_right(days, start) + number - 1
            return days[later] if later < len(days) else NEVER

        back = next(
            (
                d
                for d in days[bisect_right(days, event["date"]) :]
                if d <= day and (school, d) in self.received and absent_on[d] < 1
            ),
            None,
        )
        by_return = nth_after(back, n) if back else NEVER
        latest = nth_after(event["date"], m) if m else event["date"]
        pending = day <= min(by_return, latest)
        if pending:
            self.seen["pending"] += 1
        elif back and by_return < day <= latest:
            self.seen["over by return"] += 1
        elif latest < day <= by_return:
            self.seen["over at the latest"] += 1
        return pending

    # -- how much --------------------------------------------------------------------

    def belongs(self, row, measure, counting):
        """Whether a row is one of `measure`."""
        if measure == "tardy":
            return row["held"] == "tardy"
        if measure == "truancy":
            limit, minutes = self.rules["tardy_minutes"], min(row["minutes"], 511)
            if row["absent"] and row["category"] == "unexcused":
                return (
                    row["portion"] > 0
                    and not row["pending"]
                    and (minutes == 0 or minutes > limit)
                )
            return row["held"] == "tardy" and not row["valid"] and minutes > limit
        if not row["absent"]:
            return False
        if measure == "pending":
            return row["pending"]
        if measure == "unverified_beyond":
            return row["beyond"] > 0
        if measure in SUMS:
            if row["pending"] and measure in ("unexcused", "unverified"):
                return False
            return row["category"] == SUMS[measure]
        excluded = self.rules["excluded"] if counting == "program" else ()
        if row["held"] in excluded:
            self.seen["excluded"] += 1
            return False
        return measure == "absent" or row["chronic"]

    def total(self, rows, measure, counting, unit):
        """Add up the rows that belong to `measure`."""
        own = [row for row in rows if self.belongs(row, measure, counting)]
        if unit == "days":
            name = "beyond" if measure == "unverified_beyond" else "portion"
            return sum((Fraction(row[name]) for row in own), Fraction(0))
        if measure not in ("tardy", "truancy"):
            own = [row for row in own if row["portion"] > 0]
        if measure in ("absent", "chronic"):
            own = [row for row in own if row["leads"]]
        if unit == "dates":
            return len({row["date"] for row in own})
        return len(own)

    def possible(self, student, day, window, rows, counting):
        days = [
            d
            for d in self.once(self.school_days, student, day, True)
            if self.inside(window, d)
        ]
        excluded = sum(
            row["portion"]
            for row in rows
            if counting == "program"
            and row["held"] in self.rules["excluded"]
            and self.inside(window, row["date"])
        )
        return max(Fraction(0), len(days) - excluded)

    def run(self, student, day, window, rows):
        """The longest row of whole unexcused days inside the window."""
        unexcused = Counter()
        for row in rows:
            if self.belongs(row, "unexcused", "program"):
                unexcused[row["date"]] += row["portion"]
        longest = length = 0
        for d in sorted(self.once(self.school_days, student, day, True)):
            if self.inside(window, d):
                length = length + 1 if unexcused[d] >= 1 else 0
                longest = max(longest, length)
        self.seen["a run of several days"] += longest > 1
        return Fraction(longest)

    # -- typed totals ----------------------------------------------------------------

    def typed(self, student, day):
        """{measure: days without dates that the school year to date has more}, of the
        typed totals known as of `day`; None where there are none. 'possible' is there
        only where school days are typed."""
        year = self.year_of(day)
        own = [
            total
            for total in self.totals.get(student, [])
            if total["year"] == year
            and total["through"] <= day
            and not total["withdrawn"]
        ]
        if not own:
            return None
        through = max(total["through"] for total in own)
        dated, sums = Counter(), Counter()
        for event in self.once(self.counted, student):
            if event["absent"] and year[0] <= event["date"] <= through:
                dated[event["category"]] += event["portion"]
                dated["absent"] += event["portion"]
                dated["chronic"] += event["portion"] * event["chronic"]
        for total in own:
            sums[total["category"]] += total["portion"]
        sums["absent"] = max(sums["absent"], sum(sums[name] for name in TYPED))
        sums["chronic"] = sums["absent"]
        names = [*TYPED, "absent", "chronic"]
        if any(total["category"] == "possible" for total in own):
            names.append("possible")
            days = self.once(self.school_days, student, day, True)
            dated["possible"] = sum(year[0] <= d <= through for d in days)
        self.seen["a total beyond what is dated"] += any(
            0 < dated[name] < sums[name] for name in names
        )
        self.seen["a total that is all dated"] += any(
            0 < sums[name] <= dated[name] for name in names
        )
        return {name: max(Fraction(0), sums[name] - dated[name]) for name in names}

    def more(self, student, day, spec, of_days):
        """What typed totals add to a measure. Beside school days they count only where
        school days are typed too."""
        measure, window, _size, _counting, unit = spec
        if window != "year" or unit != "days":
            return 0
        typed = self.once(self.typed, student, day)
        if not typed or (of_days and "possible" not in typed):
            return 0
        return typed.get(measure, 0)

    def value(self, student, day, spec, of_days=False):
        """The number that a spec (measure, window, size, counting, unit) asks for: a
        Fraction of days, a number of occasions or dates, a pair for a rate; None where
        it is empty; 'nobody' without an enrollment so far."""
        measure, window_name, size, counting, unit = spec
        if self.as_of(student, day) is None:
            self.seen["no enrollment yet"] += 1
            return "nobody"
        window = self.window(student, day, window_name, size)
        if window is None:
            self.seen["no beginning"] += 1
            return None
        if measure in RATES:
            pair = RATES[measure]
            return tuple(
                self.value(student, day, (one, *spec[1:]), "possible" in pair)
                for one in pair
            )
        more = self.more(student, day, spec, of_days)
        rows = self.once(self.rows, student, day, counting)
        if measure == "possible":
            return self.possible(student, day, window, rows, counting) + more
        if measure == "attended":
            absent = self.value(student, day, ("absent", *spec[1:]), True)
            possible = self.value(student, day, ("possible", *spec[1:]))
            return max(Fraction(0), possible - absent)
        if measure == "unexcused_run":
            return self.run(student, day, window, rows)
        rows = [row for row in rows if self.inside(window, row["date"])]
        if window_name != "any_month":
            return self.total(rows, measure, counting, unit) + more
        months = {(row["date"].year, row["date"].month) for row in rows}
        return max(
            (
                self.total(
                    [r for r in rows if (r["date"].year, r["date"].month) == month],
                    measure,
                    counting,
                    unit,
                )
                for month in months
            ),
            default=Fraction(0),
        )

    def days(self, student, day, spec):
        """The days that make a number: {date: Fraction of the day}; of a rate those of
        its numerator, of a highest month those of the whole year."""
        measure, window_name, size, counting, _unit = spec
        measure = RATES.get(measure, (measure,))[0]
        measure = {"attended": "absent", "unexcused_run": "unexcused"}.get(
            measure, measure
        )
        window = self.window(student, day, window_name, size)
        if window is None or measure == "possible":
            return {}
        name = "beyond" if measure == "unverified_beyond" else "portion"
        days = {}
        for row in self.once(self.rows, student, day, counting):
            if self.inside(window, row["date"]) and self.belongs(
                row, measure, counting
            ):
                if row["portion"] > 0 or measure in ("tardy", "truancy"):
                    days[row["date"]] = days.get(row["date"], 0) + Fraction(row[name])
        return days
