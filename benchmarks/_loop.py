"""What a per-student loop over records looks like, and what it costs."""

from datetime import timedelta

from odoo.addons.pact_truancy.models.facts.units import CATEGORY_NUMBER


def numbers(env, student, day, specs):
    """Return {spec: value} of one student for `_measures.SIMPLE`, by searches and sums
    in Python; the same numbers as the engine's."""
    year = env["pact.school.year"].search(
        [("date_start", "<=", day), ("date_end", ">=", day)], limit=1
    )
    enrollments = env["pact.enrollment"].search(
        [("student_id", "=", student.id), ("entry_date", "<=", day)],
        order="is_primary desc, entry_date, id",
    )
    now = enrollments.filtered(lambda e: not e.exit_date or e.exit_date >= day)
    last = now[:1] or enrollments.sorted(lambda e: (e.exit_date, e.id))[-1:]
    calendar = last.calendar_id or last.school_id.calendar_id
    previous = env["pact.school.day"].search(
        [
            ("calendar_id", "=", calendar.id),
            ("is_school_day", "=", True),
            ("date", "<=", day),
        ],
        order="date desc",
        limit=180,
    )
    dates = set(previous.mapped("date"))
    events = env["pact.attendance.event"].search(
        [
            ("student_id", "=", student.id),
            ("is_counted", "=", True),
            ("date", "<=", day),
            ("date", ">=", min(previous[-1:].mapped("date") + [year.date_start])),
        ]
    )
    lows = {
        "year": year.date_start,
        "month": day.replace(day=1),
        "rolling": day - timedelta(days=29),
    }
    result = {}
    for spec in specs:
        if spec.window == "previous":
            inside = events.filtered(lambda e: e.date in dates)
        else:
            inside = events.filtered_domain([("date", ">=", lows[spec.window])])
        if spec.measure == "possible":
            result[spec] = 25200 * len(_possible(env, enrollments, year, day))
        elif spec.measure == "tardy":
            number = CATEGORY_NUMBER["tardy"]
            result[spec] = len(inside.filtered_domain([("category", "=", number)]))
        else:
            absent = inside.filtered("code_id.is_absent")
            if spec.measure != "absent":
                number = CATEGORY_NUMBER[spec.measure]
                absent = absent.filtered_domain([("category", "=", number)])
            result[spec] = sum(absent.mapped("portion"))
    return result


def _possible(env, enrollments, year, day):
    """Return the dates of this year on which the student was enrolled and attendance
    was received."""
    dates = set()
    for enrollment in enrollments:
        first = max(enrollment.entry_date, year.date_start)
        until = min(enrollment.exit_date or day, day)
        calendar = enrollment.calendar_id or enrollment.school_id.calendar_id
        days = env["pact.school.day"].search(
            [
                ("calendar_id", "=", calendar.id),
                ("is_school_day", "=", True),
                ("date", ">=", first),
                ("date", "<=", until),
            ]
        )
        received = env["pact.attendance.received"].search(
            [
                ("school_id", "=", enrollment.school_id.id),
                ("date", ">=", first),
                ("date", "<=", until),
            ]
        )
        dates |= set(days.mapped("date")) & set(received.mapped("date"))
    return dates
