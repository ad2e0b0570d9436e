"""Turns the text of one cell into a value. No database here, nothing is guessed:
the format of dates is one for the whole column."""

import re
from datetime import date, timedelta

# the meanings of columns that hold dates
DATE_FIELDS = ("date", "entry_date", "exit_date", "birth_date")
DATE_FORMATS = [
    ("iso", "2026-03-31"),
    ("us", "3/31/2026 (month first)"),
    ("eu", "31/3/2026 (day first)"),
    ("compact", "20260331"),
    ("excel", "46112 (Excel serial number)"),
]
_TIME = r"(?:[T ][\d:.]+(?: ?[AaPp][Mm]|Z|[+-]\d\d:?\d\d)?)?"
_PATTERNS = {
    "iso": (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})" + _TIME), (1, 2, 3)),
    "us": (re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})" + _TIME), (3, 1, 2)),
    "eu": (re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})" + _TIME), (3, 2, 1)),
    "compact": (re.compile(r"(\d{4})(\d{2})(\d{2})"), (1, 2, 3)),
}
EXCEL_DAY_0 = date(1899, 12, 30)

TRUE = {"1", "y", "yes", "true", "t", "x"}
FALSE = {"0", "n", "no", "false", "f"}


def parse_date(value, date_format, is_workbook=False):
    """Return the date in a cell, or None where it is not one in that format."""
    if isinstance(value, date):
        return value
    text = str(value)
    if date_format == "excel" or (is_workbook and re.fullmatch(r"\d{5}", text)):
        if re.fullmatch(r"\d{5}(\.\d+)?", text):
            return EXCEL_DAY_0 + timedelta(days=int(float(text)))
        return None
    if date_format not in _PATTERNS:
        return None
    pattern, order = _PATTERNS[date_format]
    match = pattern.fullmatch(text)
    if not match:
        return None
    try:
        return date(*(int(match.group(place)) for place in order))
    except ValueError:
        return None


def possible_date_formats(values):
    """Return the formats that fit most of these cells (all but a tenth, or but one):
    one where the values decide it, several where they do not."""
    texts = {value for value in values if value and not isinstance(value, date)}
    if not texts:
        return ["iso"]
    fits = {}
    for name, _label in DATE_FORMATS:
        good = sum(
            parsed is not None and 1900 <= parsed.year <= 2100
            for parsed in (parse_date(text, name) for text in texts)
        )
        if good and len(texts) - good <= max(1, len(texts) // 10):
            fits[name] = good
    best = max(fits.values(), default=0)
    return [name for name, good in fits.items() if good == best]


def parse_bool(value):
    """Return True, False, or None where the cell says neither."""
    text = str(value).lower()
    if text in TRUE:
        return True
    return False if text in FALSE else None


def parse_number(value):
    """Return a non-negative number as text for Fraction, or None."""
    text = str(value)
    return text if re.fullmatch(r"\d+(\.\d+)?|\.\d+", text) else None


_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
).split()
_GRADES = {
    **{word: f"{number:02}" for number, word in enumerate(_ORDINALS, 1)},
    **{str(number): f"{number:02}" for number in range(1, 13)},
    **{f"{number:02}": f"{number:02}" for number in range(1, 13)},
    **dict.fromkeys(("k", "kg", "kn", "kk", "0", "00", "kindergarten", "kf"), "KG"),
    **dict.fromkeys(("pk", "pre-k", "prek", "-1", "preschool", "p3", "p4"), "PK"),
    **dict.fromkeys(
        ("early education", "preschool/prekindergarten", "pre-kindergarten"), "PK"
    ),
    **dict.fromkeys(("ug", "ungraded", "un"), "UG"),
}


def parse_grade(value):
    """Return the CEDS code of a grade ('Ninth grade', '9', '09', 'K'), or None."""
    text = str(value).rsplit("#", 1)[-1].strip().lower()
    text = re.sub(r"\b(grade|gr\.?)\b", "", text).strip()
    text = re.sub(r"^(\d+)(st|nd|rd|th)$", r"\1", text)
    return _GRADES.get(text)


RELATIONSHIPS = {
    "mother": "mother", "mom": "mother", "mo": "mother", "m": "mother",
    "father": "father", "dad": "father", "fa": "father", "f": "father",
    "stepmother": "stepparent", "stepfather": "stepparent", "step mother": "stepparent",
    "step father": "stepparent", "stepparent": "stepparent",
    "step parent": "stepparent",
    "mother, step": "stepparent", "father, step": "stepparent",
    "grandmother": "grandparent", "grandfather": "grandparent",
    "grandparent": "grandparent", "foster parent": "foster", "foster": "foster",
    "mother, foster": "foster", "father, foster": "foster",
    "guardian": "guardian", "legal guardian": "guardian", "parent": "guardian",
    "court appointed guardian": "guardian", "aunt": "relative", "uncle": "relative",
    "sister": "relative", "brother": "relative", "cousin": "relative",
    "relative": "relative", "agency": "agency", "agency representative": "agency",
}  # fmt: skip


def parse_relationship(value):
    """Return the relationship; a word that we do not know is 'other'."""
    return RELATIONSHIPS.get(str(value).rsplit("#", 1)[-1].strip().lower(), "other")


CALENDAR_EVENTS = {
    "instructional day": "instruction", "instruction": "instruction",
    "instructional": "instruction", "school day": "instruction",
    "in session": "instruction",
    "student late arrival/early dismissal": "instruction", "1": "instruction",
    "y": "instruction", "yes": "instruction", "true": "instruction",
    "make-up day": "make_up", "make up day": "make_up", "makeup day": "make_up",
    "holiday": "holiday", "vacation": "holiday", "break": "holiday",
    "weather day": "weather", "snow day": "weather", "weather": "weather",
    "emergency day": "emergency", "emergency": "emergency",
    "teacher only day": "teacher", "teacher in-service": "teacher",
    "professional development": "teacher", "strike": "closed",
    "non-instructional day": "closed", "other": "closed", "closed": "closed",
    "0": "closed", "n": "closed", "no": "closed", "false": "closed",
}  # fmt: skip


def parse_calendar_event(value):
    """Return the kind of a calendar day, or None where the word is not known."""
    return CALENDAR_EVENTS.get(str(value).rsplit("#", 1)[-1].strip().lower())
