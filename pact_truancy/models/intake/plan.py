"""What an import would do, before it does it."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

# columns of which a file holds few different values
FEW_VALUES = ("date", "entry_date", "exit_date", "birth_date", "school")
# rows of each operation that are kept to look at; rejected ones are all kept
SHOWN = 2000


class PlanRow(NamedTuple):
    operation: str
    line: int
    label: str
    problem: str = ""
    before: str = ""
    after: str = ""


@dataclass
class Plan:
    """`rows` are shown to people; `counts` say how many there really are; `payload` is
    what the loader needs to carry it out; `digest` is whatever else decides whether a
    later plan is the same."""

    rows: list = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    skipped: int = 0
    school_ids: set = field(default_factory=set)
    warnings: Counter = field(default_factory=Counter)
    payload: dict = field(default_factory=dict)
    digest: list = field(default_factory=list)

    def add(self, operation, line, label, **texts):
        """Count a row; keep it where there is something to see."""
        self.counts[operation] += 1
        if operation != "unchanged":
            self.rows.append(PlanRow(operation, line, label, **texts))

    def fingerprint(self):
        """Return what tells this difference from any other."""
        text = json.dumps(
            [
                sorted(self.counts.items()),
                [list(row) for row in self.rows],
                self.digest,
            ],
            default=str,
        )
        return hashlib.sha256(text.encode()).hexdigest()


class Sheet:
    """The rows of a file with the meaning of its columns."""

    is_wide = False  # several contacts stood in one row, see wide.py

    def __init__(self, table, columns):
        self.table = table
        self.rows = table.rows
        self.width = len(table.headers)
        self.is_workbook = table.is_workbook
        place = {header: number for number, header in enumerate(table.headers)}
        self.columns = {
            code: place[header] for code, header in columns.items() if header in place
        }

    def has(self, code):
        return code in self.columns

    def value(self, cells, code):
        """Return the cell that means `code`; '' where no column means it."""
        number = self.columns.get(code)
        return "" if number is None else cells[number]

    def text(self, cells, code):
        value = self.value(cells, code)
        return value if isinstance(value, str) else str(value)

    def distinct(self, code):
        """Return the different non-empty values of a column. The columns with few of
        them are read together, once a file."""
        number = self.columns.get(code)
        if number is None:
            return set()
        # rows that were unfolded (wide.py) are no longer the table's
        found = self.table.found if self.rows is self.table.rows else {}
        if number not in found:
            together = {self.columns[c] for c in FEW_VALUES if self.has(c)}
            numbers = together - found.keys() if number in together else {number}
            sets = [(place, found.setdefault(place, set())) for place in numbers]
            for _line, cells in self.rows:
                for place, values in sets:
                    values.add(cells[place])
            for _place, values in sets:
                values.discard("")
        return found[number]
