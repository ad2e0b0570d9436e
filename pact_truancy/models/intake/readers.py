"""Reads the bytes of a CSV or XLSX file into a table of text. No database here.

What can be wrong with a file is told in one `FileProblem` whose `code` is a key of
`pact.import.job._file_problem_text` (translated there).
"""

import codecs
import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

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
    """Largest file (bytes), number of rows and of columns, and unpacked size of a
    workbook (bytes)."""

    size: int = 128 * 1024 * 1024
    rows: int = 2_000_000
    columns: int = 1_000
    unpacked: int = 400 * 1024 * 1024


@dataclass
class Table:
    """What was read. `rows` are (line number, list of cells), to be read as often as
    wished; a cell is text, or a date where a workbook says so itself."""

    headers: list
    rows: list
    encoding: str = ""
    delimiter: str = ""
    is_workbook: bool = False
    found: dict = field(default_factory=dict)  # different values of a column by place


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
    if len(table.headers) > limits.columns:
        raise FileProblem("too_many_columns", limit=limits.columns)
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


class TextRows:
    """The rows of a text file, parsed each time anew: a year's file of a million rows
    is never held as a million lists."""

    def __init__(self, content, encoding, delimiter, escaped=False):
        self._content = content
        self._encoding = encoding
        self._delimiter = delimiter
        self._escaped = escaped
        self._count = 0
        self.headers = None
        self.nulls = {"\\N"}

    def _lines(self):
        lines = io.TextIOWrapper(
            io.BytesIO(self._content), encoding=self._encoding, newline=""
        )
        if self._escaped:
            return (NULL.sub(r"\1", line) for line in lines)
        return lines

    def _parse(self):
        """Yield (line number, cells) of each line that is not blank."""
        reader = csv.reader(
            self._lines(),
            delimiter=self._delimiter,
            escapechar="\\" if self._escaped else None,
            doublequote=not self._escaped,
        )
        line = 1
        for cells in reader:
            start, line = line, reader.line_num + 1
            if any(cells) and any(cell.strip() for cell in cells):
                yield start, cells

    def scan(self, limits):
        """Read the headings and count the rows; returns how many have too many cells.

        :raise FileProblem: too many rows, or the last one breaks off
        :raise csv.Error: no table
        """
        rows = self._parse()
        _line, headers = next(rows, (0, None))
        if headers is None:
            raise FileProblem("empty")
        while not headers[-1].strip():
            headers.pop()
        self.headers = headers
        width, uneven = len(headers), 0
        line, cells = 1, headers
        # the last of both is asked below
        for count, (line, cells) in enumerate(rows, 1):  # noqa: B007
            if count > limits.rows:
                raise FileProblem("too_many_rows", limit=limits.rows)
            self._count = count
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                uneven += 1
        if len(cells) < width and self._content.rstrip(b"\x00")[-1:] not in b"\r\n":
            raise FileProblem("cut_off", line=line)
        return uneven

    def __len__(self):
        return self._count

    def __getitem__(self, number):
        return next(islice(self, number, None))

    def __iter__(self):
        width, nulls = len(self.headers), self.nulls
        for line, cells in islice(self._parse(), 1, None):
            cells = [cell.strip() for cell in cells]
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]
            elif len(cells) < width:
                cells.extend([""] * (width - len(cells)))
            if not nulls.isdisjoint(cells):
                cells = ["" if cell in nulls else cell for cell in cells]
            yield line, cells


def _read_text(content, limits, encoding, delimiter):
    encoding = _find_encoding(content, encoding)
    head = content[:65536].decode(encoding, "ignore")
    if head.lstrip()[:1] == "<" and "<html" in head[:2000].lower():
        raise FileProblem("wrong_kind", kind="HTML")
    delimiter = delimiter or _find_delimiter(head)
    rows = TextRows(content, encoding, delimiter)
    try:
        uneven = rows.scan(limits)
    except csv.Error as error:
        if "field larger" in str(error):
            raise FileProblem("broken_text") from error
        uneven = -1
    except FileProblem as problem:
        if problem.code != "cut_off" or b'\\"' not in content:
            raise
        uneven = -1
    quoted_headers = any(
        len(h) > 1 and h[0] == h[-1] == "'" for h in rows.headers or ()
    )
    null_word = quoted_headers
    if b'\\"' in content and (uneven or quoted_headers):
        # some systems write \" inside quotes (Aspen): keep what fits more rows
        other = TextRows(content, encoding, delimiter, escaped=True)
        try:
            other_uneven = other.scan(limits)
        except csv.Error as error:
            raise FileProblem("broken_text") from error
        if uneven < 0 or other_uneven <= uneven:
            rows, null_word = other, True
    elif uneven < 0:
        raise FileProblem("broken_text")
    if null_word:
        rows.nulls = {"\\N", "NULL"}
    headers = [h.strip().strip("'").strip() for h in rows.headers]
    return Table(headers, rows, encoding=encoding, delimiter=delimiter)


def _find_encoding(content, encoding):
    """Return the name of an encoding in which all of `content` can be read."""
    if not encoding:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            encoding = "utf-16"
        elif content.startswith(b"\xef\xbb\xbf"):
            encoding = "utf-8-sig"
        elif b"\x00" in content[:4096]:
            raise FileProblem("wrong_kind", kind="binary")
    view, step = memoryview(content), 2**20
    for name in [encoding] if encoding else ["utf-8", "cp1252"]:
        try:
            decoder = codecs.getincrementaldecoder(name)()
            for start in range(0, len(content), step):
                decoder.decode(view[start : start + step], start + step >= len(content))
            return name
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


# workbooks ----------------------------------------------------------------------


def check_archive(content, limits):
    """Refuse what is no workbook, or unpacks to more than it may.

    :raise FileProblem: see there
    """
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


def _read_workbook(content, limits):
    import openpyxl

    check_archive(content, limits)
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
        cells = [to_cell(value) for value in values]
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


class NumberText(str):
    """The text of a cell that a workbook holds as a number: zeros in front of it are
    lost."""


def to_cell(value):
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
        value = int(value)
    if isinstance(value, int):
        return NumberText(value)
    return str(value)
