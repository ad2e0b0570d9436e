"""What an import would do, before it does it."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

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
        return str(self.value(cells, code))

    def distinct(self, code):
        """Return the different non-empty values of a column."""
        number = self.columns.get(code)
        if number is None:
            return set()
        return {cells[number] for _line, cells in self.rows if cells[number] != ""}
