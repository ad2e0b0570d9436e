"""Reads the bytes of a CSV or XLSX file into a table of text. No database here.

What can be wrong with a file is told in one `FileProblem` whose `code` is a key of
`pact.import.job._file_problem_text` (translated there).
"""

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime

DELIMITERS = ",;\t|"
NULL = re.compile(r'(^|[,;\t|"\n])\\N(?=[,;\t|"\r\n]|$)')
# what other kinds of file begin with
SIGNATURES = {b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG"}


class FileProblem(Exception):
    """The file as a whole cannot be read; `values` fill the text of `code`."""

    def __init__(self, code, **values):
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass
class Limits:
    """Largest file (bytes), number of rows, and unpacked size of a workbook (bytes)."""

    size: int = 50 * 1024 * 1024
    rows: int = 500_000
    unpacked: int = 400 * 1024 * 1024


@dataclass
class Table:
    """What was read. `rows` are (line number, list of cells); a cell is text, or a
    date where a workbook says so itself."""

    headers: list
    rows: list
    encoding: str = ""
    delimiter: str = ""
    is_workbook: bool = False


def read_table(content, limits=None, encoding=None, delimiter=None):
    """Return the `Table` in `content` (bytes).

    :param encoding, delimiter: forced by the profile; found out where not given
    :raise FileProblem: the file as a whole cannot be read
    """
    limits = limits or Limits()
    if len(content) > limits.size:
        raise FileProblem("too_large", limit=limits.size // 2**20)
    if not content.strip(b"\x00\r\n\t ,;|\xef\xbb\xbf\xff\xfe"):
        raise FileProblem("empty")
    if content.startswith(b"PK\x03\x04"):
        table = _read_workbook(content, limits)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileProblem("old_excel")
    else:
        for signature, kind in SIGNATURES.items():
            if content.startswith(signature):
                raise FileProblem("wrong_kind", kind=kind)
        table = _read_text(content, limits, encoding, delimiter)
    _check_headers(table)
    return table


def _check_headers(table):
    names = [name for name in table.headers if name]
    if not table.rows:
        raise FileProblem("no_rows")
    if not names or any(_is_data(name) for name in names):
        raise FileProblem("no_header")
    seen, twice = set(), []
    for name in names:
        key = name.casefold()
        if key in seen and name not in twice:
            twice.append(name)
        seen.add(key)
    if twice:
        raise FileProblem("duplicate_headers", names=", ".join(twice))
    table.headers = [
        name or f"({number})" for number, name in enumerate(table.headers, 1)
    ]


def _is_data(name):
    """Return whether a heading is a number or a date: then the file has no headings."""
    return not isinstance(name, str) or bool(
        re.fullmatch(r"[-+]?\d+([./-]\d+)*(\.\d+)?", name)
    )


# text ---------------------------------------------------------------------------


def _read_text(content, limits, encoding, delimiter):
    text, encoding = _decode(content, encoding)
    if text.lstrip()[:1] == "<" and "<html" in text[:2000].lower():
        raise FileProblem("wrong_kind", kind="HTML")
    delimiter = delimiter or _find_delimiter(text)
    headers, rows, uneven = _parse(text, limits, delimiter, escaped=False)
    quoted_headers = any(len(h) > 1 and h[0] == h[-1] == "'" for h in headers)
    null_word = quoted_headers
    if '\\"' in text and (uneven or quoted_headers):
        # some systems write \" inside quotes (Aspen): keep what fits more rows
        other = _parse(
            NULL.sub(r"\1", text), limits, delimiter, escaped=True, lenient=True
        )
        if other[2] <= uneven:
            headers, rows, uneven = other
            null_word = True
    elif uneven < 0:
        raise FileProblem("broken_text")
    headers = [h.strip().strip("'").strip() for h in headers]
    nulls = {"\\N", "NULL"} if null_word else {"\\N"}
    for _line, cells in rows:
        for place, cell in enumerate(cells):
            cell = cell.strip()
            cells[place] = "" if cell in nulls else cell
    return Table(headers, rows, encoding=encoding, delimiter=delimiter)


def _decode(content, encoding):
    """Return (text, name of the encoding)."""
    if not encoding:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            encoding = "utf-16"
        elif content.startswith(b"\xef\xbb\xbf"):
            encoding = "utf-8-sig"
        elif b"\x00" in content[:4096]:
            raise FileProblem("wrong_kind", kind="binary")
    for name in [encoding] if encoding else ["utf-8", "cp1252"]:
        try:
            return content.decode(name), name
        except (UnicodeDecodeError, LookupError):
            continue
    raise FileProblem("encoding", encoding=encoding or "UTF-8, Windows-1252")


def _find_delimiter(text):
    """Return the delimiter that cuts the first lines into most cells, evenly."""
    sample = "\n".join(text.splitlines()[:20])
    best, best_score = ",", (0, 0)
    for delimiter in DELIMITERS:
        try:
            widths = [
                len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter)
            ]
        except csv.Error:
            continue
        widths = [width for width in widths if width]
        if not widths or widths[0] < 2:
            continue
        score = (widths.count(widths[0]) / len(widths), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _parse(text, limits, delimiter, escaped, lenient=False):
    """Return (headers, rows, number of rows with too many cells; -1: broken)."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        escapechar="\\" if escaped else None,
        doublequote=not escaped,
    )
    headers, rows, uneven, line = None, [], 0, 1
    try:
        for cells in reader:
            start, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if headers is None:
                headers = cells
                while headers and not headers[-1].strip():
                    headers.pop()
                continue
            if len(rows) >= limits.rows:
                raise FileProblem("too_many_rows", limit=limits.rows)
            width = len(headers)
            if len(cells) > width and not any(c.strip() for c in cells[width:]):
                del cells[width:]
            elif len(cells) > width:
                uneven += 1
            elif len(cells) < width:
                cells.extend([""] * (width - len(cells)))
            rows.append((start, cells))
    except csv.Error as error:
        if lenient or "field larger" in str(error):
            raise FileProblem("broken_text") from error
        return headers or [], rows, -1
    if headers is None:
        raise FileProblem("empty")
    return headers, rows, uneven


# workbooks ----------------------------------------------------------------------


def _read_workbook(content, limits):
    import openpyxl

    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise FileProblem("broken_workbook") from error
    if "xl/workbook.xml" not in names:
        raise FileProblem("wrong_kind", kind="ZIP")
    # a member is never unpacked further than the size that it declares
    if sum(info.file_size for info in archive.infolist()) > limits.unpacked:
        raise FileProblem("unpacked", limit=limits.unpacked // 2**20)
    try:
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        sheets = [s for s in book.worksheets if s.sheet_state == "visible"]
        for sheet in sheets or book.worksheets:
            headers, rows = _read_sheet(sheet, limits)
            if headers:
                return Table(headers, rows, is_workbook=True)
    except FileProblem:
        raise
    except Exception as error:
        # openpyxl raises whatever the broken XML makes it stumble over
        raise FileProblem("broken_workbook") from error
    raise FileProblem("empty")


def _read_sheet(sheet, limits):
    headers, rows, blank = None, [], 0
    sheet.reset_dimensions()
    for line, values in enumerate(sheet.iter_rows(values_only=True), 1):
        cells = [_cell(value) for value in values]
        if not any(cells):
            blank += 1
            if blank > limits.rows:
                raise FileProblem("too_many_rows", limit=limits.rows)
            continue
        if headers is None:
            headers = cells
            while headers and not headers[-1]:
                headers.pop()
            continue
        if len(rows) >= limits.rows:
            raise FileProblem("too_many_rows", limit=limits.rows)
        width = len(headers)
        if len(cells) > width and not any(cells[width:]):
            del cells[width:]
        cells.extend([""] * (width - len(cells)))
        rows.append((line, cells))
    return headers, rows


def _cell(value):
    """Return a cell as text (ids without '.0'), or as the date that it is."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
