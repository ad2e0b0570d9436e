"""The closed list of what a letter's text may name: `{student}`, `{count}`, ...

A text is checked against it on save; a word in braces that is not in the list never
reaches a family.
"""

import re

from markupsafe import Markup, escape

BRACES = re.compile(r"\{([^{}<>]*)\}")
TABLE = re.compile(r"<(p|div)[^>]*>\s*\{absences\}\s*(?:<br/?>\s*)?</\1>")


def descriptions(env):
    """Return {placeholder: what it stands for, in the reader's language}."""
    return {
        "student": env._("the student's full name"),
        "student_first": env._("the first name that the student goes by"),
        "school": env._("the student's school"),
        "district": env._("the school's district"),
        "count": env._("the days that were counted, for example 9 or 8.5"),
        "window_days": env._("how many school days were looked at, for example 180"),
        "first_day": env._("the first of these days"),
        "last_day": env._("the last of these days"),
        "last_absence": env._("the last day that the student missed"),
        "office": env._("the office that serves the school"),
        "contact": env._("the person to call"),
        "contact_phone": env._("the phone number to call"),
        "letter_date": env._("the date of the letter"),
        "absences": env._("the table of the dates, in a paragraph of its own"),
    }


def order_descriptions(env):
    """Return what a text of a kind that tells of an order may name besides (SOP-21,
    R53-11)."""
    return {
        "order_date": env._("the day on which the order was made"),
        "order_start": env._("the first day of the order"),
        "order_stop": env._("the last day of the order; empty where it has none"),
        "order_terms": env._("what the order asks for, in words"),
    }


# what a sample letter is filled with: an invented student
SAMPLE = {
    "student": "Maya Rivera",
    "student_first": "Maya",
    "school": "Lincoln Middle School",
    "district": "Example District 1",
    "count": "9",
    "window_days": "180",
    "office": "Example Regional Office",
    "contact": "Ms. Sample",
    "contact_phone": "(555) 010-0100",
    "order_terms": "[ ... ]",
}


def unknown(text, known):
    """Return what stands in braces in `text` and is not in `known`, or the rest of
    `text` from a brace on that has no partner."""
    text = text or ""
    wrong = [f"{{{word}}}" for word in BRACES.findall(text) if word not in known]
    rest = BRACES.sub("", text)
    broken = re.search(r"[{}].{0,20}", rest, re.DOTALL)
    if broken:
        wrong.append(broken.group())
    return wrong


def fill(text, values):
    """Return `text` with each placeholder replaced; values are escaped in markup."""
    if isinstance(text, Markup):
        return Markup(
            BRACES.sub(lambda found: str(escape(values.get(found[1], ""))), str(text))
        )
    return BRACES.sub(lambda found: str(values.get(found[1], "")), text or "")


def split_at_table(body):
    """Return the markup before and after the paragraph `{absences}`; a text without
    it has the table at its end."""
    parts = TABLE.split(str(body or ""), maxsplit=1)
    if len(parts) == 3:
        return Markup(parts[0]), Markup(parts[2])
    return Markup(parts[0]), Markup("")
