"""What the columns of known information systems mean (interop.md 2.1, 4).

A file of an unknown layout gets a proposal from these words; the person corrects it.
"""

import re
from dataclasses import dataclass, field

from .wide import wide_aliases


@dataclass
class Layout:
    """One system's file: `signature` are headings that tell it from others, `columns`
    maps headings to fields, `codes` maps a file's code to the xmlid of ours."""

    name: str
    kind: str
    signature: set
    columns: dict
    codes: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)


def normalize(header):
    """Return a heading without case, blanks and punctuation: 'Student ID' and
    'student_id' are the same."""
    return re.sub(r"[^a-z0-9]", "", str(header).lower())


_FLAG_CODES = {
    "A": "code_unx",
    "A-E": "code_exe",
    "T": "code_tar",
    "T-E": "code_tde",
    "D": "code_edp",
    "D-E": "code_edp",
    "A-D": "code_unx",
    "A-D-E": "code_exe",
    "A-T": "code_unx",
    "A-T-E": "code_exe",
    "T-D": "code_tar",
    "T-D-E": "code_tde",
    "P": "code_p",
}
# the words of Ed-Fi's descriptor; used for every file whose codes are words
WORD_CODES = {
    "excused absence": "code_exe",
    "unexcused absence": "code_unx",
    "absent excused": "code_exe",
    "absent unexcused": "code_unx",
    "excused": "code_exe",
    "unexcused": "code_unx",
    "tardy": "code_tar",
    "late": "code_tar",
    "early departure": "code_edp",
    # attended a part of the day; how much of it is missing nobody said
    "partial": "code_edp",
    "present": "code_p",
    "in attendance": "code_p",
    "suspended": "code_oss",
    "medical": "code_med",
}

LAYOUTS = [
    Layout(
        "Ed-Fi",
        "attendance",
        {"studentuniqueid", "eventdate", "attendanceeventcategory"},
        {
            "studentuniqueid": "student",
            "schoolid": "school",
            "eventdate": "date",
            "attendanceeventcategory": "code",
            "attendanceeventcategorydescriptor": "code",
            "attendanceeventreason": "reason",
            "eventduration": "portion",
            "schoolattendanceduration": "minutes",
            "sectionidentifier": "part",
            "id": "row_id",
        },
        settings={"date_format": "iso"},
    ),
    Layout(
        "Aspen, nightly file",
        "attendance",
        {"eventdate", "localid", "absence", "tardy"},
        {
            "eventdate": "date",
            "localid": "student",
            "stateid": "",
            "schoollocalid": "school",
            "absence": "flag_absent",
            "tardy": "flag_tardy",
            "dismissed": "flag_dismissed",
            "excused": "flag_excused",
            "reason": "reason",
        },
        _FLAG_CODES,
        {"date_format": "iso"},
    ),
    Layout(
        "Aspen, older nightly file",
        "attendance",
        {"stateid", "absence", "tardy", "eventdate"},
        {
            "eventdate": "date",
            "stateid": "student",
            "schoollocalid": "school",
            "absence": "flag_absent",
            "tardy": "flag_tardy",
        },
        _FLAG_CODES,
        {"date_format": "iso"},
    ),
    Layout(
        "Aspen, table dump",
        "attendance",
        {"attoid", "attstdoid", "attdate", "attcodeview"},
        {
            "attoid": "row_id",
            "attstdoid": "student",
            "attskloid": "school",
            "attdate": "date",
            "attcodeview": "code",
            "attreasoncode": "reason",
            "attportionabsent": "portion",
        },
        _FLAG_CODES,
        {"date_format": "iso"},
    ),
    Layout(
        "Vermont / PowerSchool 07_PS_Att",
        "attendance",
        {"permnumber", "enrorgid", "atteventdate", "dailystatus"},
        {
            "enrorgid": "school",
            "permnumber": "student",
            "atteventdate": "date",
            "dailystatus": "code",
            "abscatid": "code_detail",
        },
        {
            "PRS": "code_p",
            "ABS": "code_unv",
            "ABS-EA": "code_exe",
            "ABS-UA": "code_unx",
            "ABS-SUS": "code_oss",
            "ABS-EXP": "code_oss",
            "ABS-SNE": "code_p",
        },
        {"date_format": "us"},
    ),
    Layout(
        "Aeries ATT",
        "attendance",
        {"sc", "sn", "dt", "al"},
        {"sc": "school", "sn": "student", "dt": "date", "al": "code"},
        settings={"student_by_school": True},
    ),
    Layout(
        "eSchoolPLUS ATT_STU_DAY_TOTALS",
        "attendance",
        {"building", "studentid", "attendancedate", "viewtype", "attendancecode"},
        {
            "building": "school",
            "studentid": "student",
            "attendancedate": "date",
            "viewtype": "view",
            "attendancecode": "code",
            "attcodevalue": "portion",
            "absenttime": "minutes",
        },
    ),
]

# {kind: {field: headings, normalized, the best first}}
ALIASES = {
    "attendance": {
        "student": (
            "studentuniqueid studentid studentnumber localid localstudentid "
            "stdidlocal permnumber permid sisid stateid statestudentid pupilid "
            "pupilnumber studentlocalid lasid sasid student"
        ),
        "school": (
            "schoolid schoolcode schoolnumber school building buildingcode "
            "schoolname sc schoollocalid enrorgid campus nameofinstitution"
        ),
        "date": (
            "date eventdate attendancedate attdate absencedate schooldate "
            "calendardate atteventdate dt"
        ),
        "code": (
            "code attendancecode attcode absencecode attendanceeventcategory "
            "alldayattendancecode status attendancestatus type absencetype category"
        ),
        "reason": "reason attendanceeventreason absencereason comment note",
        "portion": (
            "days portion daysabsent portionabsent eventduration absencevalue dayvalue"
        ),
        "minutes": "minutes minutesabsent totalminutes minutesmissed",
        "periods": "periods periodsabsent periodsmissed totalperiods",
        "part": "period partofday session sectionidentifier ampm",
        "row_id": "id rowid recordid eventid attendanceid sourcedid",
    },
    "student": {
        "student": (
            "studentuniqueid studentid studentnumber localid localstudentid "
            "stdidlocal permnumber permid sisid stateid statestudentid pupilid "
            "pupilnumber studentlocalid lasid sasid student id"
        ),
        "school": (
            "schoolid schoolcode schoolnumber school building buildingcode "
            "schoolname sc schoollocalid enrorgid campus nameofinstitution"
        ),
        "first_name": "firstname givenname first legalfirstname studentfirstname",
        "middle_name": "middlename middle legalmiddlename",
        "last_name": (
            "lastname lastsurname familyname surname last legallastname studentlastname"
        ),
        "suffix": "suffix generationcodesuffix namesuffix",
        "preferred_name": (
            "preferredname preferredfirstname nickname preferredgivenname"
        ),
        "birth_date": "birthdate dateofbirth dob birthday",
        "language": (
            "language homelanguage primarylanguage languagecode correspondencelanguage"
        ),
    },
    "guardian": {
        "student": (
            "studentuniqueid studentid studentnumber localid localstudentid "
            "stdidlocal permnumber permid sisid stateid statestudentid pupilid "
            "pupilnumber studentlocalid lasid sasid student"
        ),
        "contact": (
            "contactref ref contactuniqueid contactid guardianid parentid "
            "parentuniqueid contactnumber"
        ),
        "slot": "slot contactslot contactsequence",
        "first_name": (
            "contactfirstname guardianfirstname parentfirstname firstname givenname "
            "first legalfirstname studentfirstname"
        ),
        "last_name": (
            "contactlastname guardianlastname parentlastname lastname lastsurname "
            "familyname surname last legallastname studentlastname"
        ),
        "relationship": "relation relationship relationdescriptor relationtype",
        "phone": "phone telephone homephone phonenumber primaryphone",
        "mobile": "mobile mobilephone cellphone cell textphone sms",
        "email": "email emailaddress electronicmail electronicmailaddress",
        "street": "street address streetaddress address1 addressline1",
        "street2": "street2 address2 addressline2 apt apartment unit",
        "city": "city town",
        "state": "state stateabbreviation",
        "zip": "zip zipcode postalcode",
        "language": (
            "language homelanguage primarylanguage languagecode correspondencelanguage"
        ),
        "interpreter": "interpreter needsinterpreter interpreterneeded",
        "lives_with": "liveswith liveswithstudent residential",
        "receives_mail": "receivesmail mailing receivemail mailings",
        "education_rights": "educationrights educationalrights edrights legalguardian",
        "contact_order": "contactorder contactpriority priority order",
        "restriction": "contactrestrictions restriction custodynote custodyalert",
        "address_protected": "addressprotected addressconfidential confidentialaddress",
    },
    "enrollment": {
        "student": (
            "studentuniqueid studentid studentnumber localid localstudentid "
            "stdidlocal permnumber permid sisid stateid statestudentid pupilid "
            "pupilnumber studentlocalid lasid sasid student id"
        ),
        "school": (
            "schoolid schoolcode schoolnumber school building buildingcode "
            "schoolname sc schoollocalid enrorgid campus nameofinstitution"
        ),
        "entry_date": (
            "entrydate enrollmentdate startdate begindate enrolldate enterdate"
        ),
        "exit_date": (
            "exitdate exitwithdrawdate withdrawaldate enddate leavedate withdrawdate"
        ),
        "grade": "grade gradelevel entrygradelevel entrygradeleveldescriptor gr",
        "homeroom": "homeroom homeroomname hr advisory",
        "entry_reason": "entryreason entrytype entrycode enrollmenttype",
        "exit_reason": "exitreason exitwithdrawtype withdrawalreason exitcode",
        "is_primary": "primary primaryschool isprimary",
    },
    "calendar": {
        "school": (
            "schoolid schoolcode schoolnumber school building buildingcode "
            "schoolname sc schoollocalid enrorgid campus nameofinstitution"
        ),
        "calendar": "calendar calendarname calendarcode calendarid",
        "date": "date calendardate schooldate day",
        "event": (
            "calendarevent event daytype eventtype type insession "
            "calendareventdescriptor kind"
        ),
        "note": "note description comment eventname name",
    },
}

ALIASES["guardian"].update(
    (code, f"{ALIASES['guardian'].get(code, '')} {headings}".strip())
    for code, headings in wide_aliases().items()
)


def find_layout(headers, kind):
    """Return the known layout of these headings, or None."""
    names = {normalize(header) for header in headers}
    fitting = [
        layout
        for layout in LAYOUTS
        if layout.kind == kind and layout.signature <= names
    ]
    return max(fitting, key=lambda layout: len(layout.signature), default=None)


def propose(headers, kind):
    """Return ({heading: field code}, layout or None) for a file's headings.

    Each field is proposed for one column only, the one with the best heading.
    """
    layout = find_layout(headers, kind)
    result, taken = {}, set()
    if layout:
        for header in headers:
            code = layout.columns.get(normalize(header))
            if code and code not in taken:
                result[header] = code
                taken.add(code)
    known = {normalize(header): header for header in headers}
    for code, names in ALIASES[kind].items():
        if code in taken:
            continue
        for name in names.split():
            header = known.get(name)
            closed = layout and name in layout.columns
            if header and header not in result and not closed:
                result[header] = code
                taken.add(code)
                break
    return result, layout
