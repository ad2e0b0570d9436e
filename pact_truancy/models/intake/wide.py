"""Guardian files with one wide row a student: 'Contact 1 Name', 'Contact 2 Name' ..."""

# what a wide row says about each contact; the first one bears the plain codes
WIDE_FIELDS = (
    "name", "first_name", "last_name", "relationship", "phone", "mobile", "email",
    "lives_with", "receives_mail", "education_rights",
)  # fmt: skip
PLACES = (1, 2, 3, 4)
# to whom letters about a child may go without anybody having said so
FAMILY = {"mother", "father", "stepparent", "grandparent", "foster", "guardian"}


def wide_code(code, place):
    """Return the code of a column about the contact at `place`: 'phone', 'phone_2'."""
    return code if place == 1 else f"{code}_{place}"


def wide_aliases():
    """Return {code of a column: headings}, as in `layouts.ALIASES`."""
    words = {
        "name": "name fullname",
        "first_name": "firstname first givenname",
        "last_name": "lastname last surname",
        "relationship": "relationship relation type",
        "phone": "phone homephone phonenumber phone1",
        "mobile": "cell mobile cellphone mobilephone phone2",
        "email": "email emailaddress",
        "lives_with": "liveswith residential",
        "receives_mail": "mailing receivesmail mailings",
        "education_rights": "educationrights edrights legalguardian",
    }
    heads = ("contact", "guardian", "parent", "parentguardian")
    return {
        wide_code(code, place): " ".join(
            f"{head}{place}{word}" for head in heads for word in words[code].split()
        )
        for place in PLACES
        for code in WIDE_FIELDS
    }


def split_name(text):
    """Return (first, last) of 'Ana Maria Rivera' or 'Rivera, Ana Maria'."""
    last, comma, first = (part.strip() for part in text.partition(","))
    if comma:
        return first, last
    first, _space, last = text.strip().rpartition(" ")
    return first.strip(), last


def unfold(sheet):
    """Turn each wide row into one row a contact, with its place in the student's list;
    a sheet that is not wide stays as it is. Changes `sheet`."""
    wide = [
        place
        for place in PLACES[1:]
        if any(sheet.has(wide_code(code, place)) for code in WIDE_FIELDS)
    ]
    if not wide and not sheet.has("name"):
        return sheet
    plain = [
        code
        for code in sheet.columns
        if code.rsplit("_", 1)[-1] not in map(str, PLACES) and code != "name"
    ]
    shared = [code for code in plain if code not in WIDE_FIELDS]
    extra = [code for code in WIDE_FIELDS if code != "name"]
    if wide:
        extra.append("slot")
        shared = [code for code in shared if code not in ("slot", "contact")]
    codes = [*shared, *extra]
    rows = []
    for line, cells in sheet.rows:
        for place in (1, *wide):
            row = {code: sheet.value(cells, code) for code in shared}
            row.update(_contact(sheet, cells, place))
            if not (row["first_name"] or row["last_name"]) and wide:
                continue
            if wide:
                row["slot"] = str(place)
            rows.append((line, [row.get(code, "") for code in codes]))
    sheet.is_wide = bool(wide)
    sheet.rows = rows
    sheet.width = len(codes)
    sheet.columns = {code: number for number, code in enumerate(codes)}
    return sheet


def _contact(sheet, cells, place):
    """Return {code: cell} of the contact at `place`."""
    row = {
        code: sheet.value(cells, wide_code(code, place))
        for code in WIDE_FIELDS
        if code != "name"
    }
    name = sheet.text(cells, wide_code("name", place))
    if name and not (row["first_name"] or row["last_name"]):
        row["first_name"], row["last_name"] = split_name(name)
    return row
