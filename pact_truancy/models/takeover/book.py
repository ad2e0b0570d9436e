"""Reads the workbook with which a running year is taken over. No database here."""

import io
from datetime import date
from typing import NamedTuple

from ..intake.readers import FileProblem, Limits, check_archive, to_cell
from ..intake.values import parse_date, parse_number
from .layout import READ_ME, SHEETS, WRONG, key_of

LIMITS = Limits(size=32 * 2**20, rows=50_000, unpacked=256 * 2**20)


class BookProblem(Exception):
    """A sheet cannot be read as a whole; `values` fill the text of `code`, which is a
    key of `pact.takeover._book_problem_text`."""

    def __init__(self, code, **values):
        super().__init__(code)
        self.code = code
        self.values = values


class Formula(str):
    """A cell that holds a formula: what it shows is only known to the program that
    computed it last."""


class Row(NamedTuple):
    """`cells`: {code of the column: text, date or `Formula`}, '' where empty."""

    sheet: str
    line: int
    cells: dict

    def text(self, code):
        value = self.cells.get(code, "")
        return value.isoformat() if isinstance(value, date) else str(value)


def read_book(content):
    """Return the list of `Row` in `content` (bytes), in the order of the sheets.

    :raise FileProblem: the file as a whole cannot be read
    :raise BookProblem: a sheet or a column that is not known or is missing
    """
    import openpyxl

    if len(content) > LIMITS.size:
        raise FileProblem("too_large", limit=LIMITS.size // 2**20)
    if not content.strip(b"\x00\r\n\t "):
        raise FileProblem("empty")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileProblem("old_excel")
    if not content.startswith(b"PK\x03\x04"):
        raise BookProblem("no_workbook")
    check_archive(content, LIMITS)
    try:
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=False, keep_links=False
        )
        sheets = [one for one in book.worksheets if one.sheet_state == "visible"]
        read = [(one.title, list(_lines(one))) for one in sheets]
    except FileProblem:
        raise
    except Exception as error:
        # openpyxl raises whatever the broken XML makes it stumble over
        raise FileProblem("broken_workbook") from error
    return _rows(read)


def _lines(sheet):
    """Yield (line number, cells) of each line that is not blank."""
    sheet.reset_dimensions()
    count = 0
    for line, cells in enumerate(sheet.iter_rows(), 1):
        values = [
            Formula(cell.value) if cell.data_type == "f" else to_cell(cell.value)
            for cell in cells
        ]
        if line > 4 * LIMITS.rows or count > LIMITS.rows:
            raise FileProblem("too_many_rows", limit=LIMITS.rows)
        if any(values):
            count += 1
            yield line, values


def _rows(read):
    known = {key_of(sheet.title): sheet for sheet in SHEETS}
    found, rows = set(), {sheet.code: [] for sheet in SHEETS}
    for title, lines in read:
        key = key_of(title)
        if key == key_of(READ_ME) or not lines:
            continue
        if key not in known:
            raise BookProblem(
                "sheet",
                sheet=title,
                sheets=", ".join(sheet.title for sheet in SHEETS),
            )
        if key in found:
            raise BookProblem("sheet_twice", sheet=title)
        found.add(key)
        rows[known[key].code] = list(_sheet_rows(known[key], lines))
    if not any(rows.values()):
        raise FileProblem("no_rows")
    return [row for own in rows.values() for row in own]


def _sheet_rows(sheet, lines):
    (_line, heads), *lines = lines
    known = {key_of(column.title): column for column in sheet.columns}
    places = {}
    for place, head in enumerate(heads):
        key = key_of(head)
        if not key or key == key_of(WRONG):
            continue
        if key not in known:
            raise BookProblem(
                "column",
                sheet=sheet.title,
                column=str(head),
                columns=", ".join(column.title for column in sheet.columns),
            )
        if known[key].code in places:
            raise BookProblem("column_twice", sheet=sheet.title, column=str(head))
        places[known[key].code] = place
    missing = [
        column.title
        for column in sheet.columns
        if column.is_required and column.code not in places
    ]
    if missing:
        raise BookProblem(
            "column_missing", sheet=sheet.title, columns=", ".join(missing)
        )
    for line, cells in lines:
        own = {
            code: cells[place] if place < len(cells) else ""
            for code, place in places.items()
        }
        if any(own.values()):
            yield Row(sheet.code, line, own)


def as_date(value):
    """Return the date in a cell, or None. Text is read as 2026-03-31 only: of 3/4/2026
    nobody knows which day is meant."""
    return parse_date(value, "iso")


def as_number(value):
    """Return a number of a cell as text, or None."""
    return parse_number(value)
