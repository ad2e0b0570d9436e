"""Names as people and as comparisons take them."""

import re
import unicodedata


def full_name(*parts):
    """Return the parts of a name that there are, as one text."""
    return " ".join(part for part in parts if part)


def match_key(first_name, last_name):
    """Return what two spellings of one name share: letters and digits only, without
    accents and case; first and last name stay apart ('ann|lee' is not 'an|nlee')."""
    return f"{_plain(first_name)}|{_plain(last_name)}"


def _plain(text):
    decomposed = unicodedata.normalize("NFKD", text or "")
    return re.sub(r"[\W_]+", "", decomposed.casefold())


def is_slip(first, second):
    """Return whether two birth dates differ as a slip of the pen does: in one digit, by
    two neighboring digits swapped, or by day and month swapped."""
    one, two = (f"{day:%m%d%Y}" for day in (first, second))
    places = [i for i in range(8) if one[i] != two[i]]
    if len(places) == 1:
        return True
    if len(places) == 2 and places[1] == places[0] + 1:
        if one[places[0]] == two[places[1]] and one[places[1]] == two[places[0]]:
            return True
    return (first.month, first.day) == (second.day, second.month) and (
        first.year == second.year
    )
