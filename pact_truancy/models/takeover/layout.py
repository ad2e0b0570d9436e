"""The workbook with which a running year is taken over: its sheets and columns.

The names are part of the file's format and are not translated, so that a file made in
one language is read in another.
"""

from typing import NamedTuple


class Column(NamedTuple):
    """`kind`: 'text', 'date', 'number'."""

    code: str
    title: str
    is_required: bool = False
    kind: str = "text"
    help: str = ""


class Sheet(NamedTuple):
    code: str
    title: str
    about: str
    columns: tuple

    def column(self, code):
        return next(column for column in self.columns if column.code == code)


_WHO = (
    Column("student", "Student", True, help="The number in the information system."),
    Column("school", "School", True, help="Number or name."),
)
_PROGRAM = Column("program", "Program", True, help="Its code.")

SHEETS = (
    Sheet(
        "cases",
        "Cases",
        "Running cases, each in the step in which it stands. Earlier steps may stand "
        "in rows of their own; the furthest one is the present step.",
        (
            *_WHO,
            _PROGRAM,
            Column("step", "Step", True, help="Code or name of the step."),
            Column("date", "In Step Since", True, "date"),
            Column("date_open", "Opened", kind="date", help="Empty: the first step."),
            Column("manager", "Case Manager", help="Log-in or e-mail."),
            Column("note", "Note", help="Stands in the history of the case."),
        ),
    ),
    Sheet(
        "letters",
        "Letters",
        "Letters that were sent. None of them is sent again.",
        (
            *_WHO,
            _PROGRAM,
            Column("letter", "Letter", True, help="Code or name of the kind."),
            Column("date", "Sent on", True, "date"),
            Column("recipient", "Sent to"),
            Column("language", "Language", help="Name or code, as far as known."),
        ),
    ),
    Sheet(
        "interventions",
        "Interventions",
        "Contacts and other interventions, a row each.",
        (
            *_WHO,
            Column("date", "Date", True, "date"),
            Column("kind", "Kind", True, help="Code or name."),
            Column("result", "Result", help="Empty: done."),
            Column("by", "By", help="Log-in or e-mail. Empty: who takes over."),
            Column("note", "Note"),
        ),
    ),
    Sheet(
        "referrals",
        "Referrals",
        "Truancy referrals of the schools. One without an answer waits for it.",
        (
            *_WHO,
            _PROGRAM,
            Column("step", "Step", True, help="The step that it asks for."),
            Column("submitted", "Submitted on", True, "date"),
            Column("accepted", "Accepted on", kind="date"),
            Column("credits", "Credits"),
            Column("grades", "Grades"),
            Column("discipline", "Discipline"),
            Column("other", "Other Information"),
        ),
    ),
    Sheet(
        "orders",
        "Orders",
        "Orders of hearings, one a case. Empty terms are those of the program.",
        (
            *_WHO,
            _PROGRAM,
            Column("date", "Ordered on", True, "date"),
            Column("start", "First Day", kind="date", help="Empty: next school day."),
            Column("days", "School Days", kind="number"),
            Column("unexcused", "Unexcused Days Allowed", kind="number"),
            Column("rate", "Attendance at Least (%)", kind="number"),
            Column("outcome", "Outcome", help="In force, failed, met or ended."),
            Column("decided", "Decided on", kind="date"),
        ),
    ),
    Sheet(
        "totals",
        "Prior Totals",
        "Totals of a school year without dates, from its first day through a day. They "
        "count in that school year's total alone.",
        (
            *_WHO,
            Column("year", "School Year", True, help="Its name, such as 2025-2026."),
            Column("category", "What", True, help="See the list."),
            Column("days", "Days", True, "number"),
            Column("through", "Through", True, "date"),
            Column("note", "Known from"),
        ),
    ),
)
SHEET = {sheet.code: sheet for sheet in SHEETS}
READ_ME = "Read Me"
WRONG = "What Is Wrong"  # the column that a list of rejected rows has beside


def key_of(text):
    """Return a name as it is compared: case, blanks and signs do not matter."""
    return "".join(one for one in str(text).casefold() if one.isalnum())
