"""The people of the demo who log in: key, name, role, scope, how the role reads."""

OFFICE = "demo_office"
NORTH = "demo_branch_north"
SOUTH = "demo_branch_south"

# key, name, role of the assignment (None: no part in the app), external id of its scope
STAFF = [
    ("denise.okafor", "Denise Okafor", "coordinator", OFFICE),
    ("robert.lindqvist", "Robert Lindqvist", "hearing_officer", OFFICE),
    ("maria.delgado", "Maria Delgado", "case_manager", NORTH),
    ("james.whitfield", "James Whitfield", "case_manager", SOUTH),
    ("aisha.rahman", "Aisha Rahman", "case_manager", "demo_district_202"),
    ("thomas.brandt", "Thomas Brandt", "school_admin", "demo_school_0102"),
    ("linda.kowalczyk", "Linda Kowalczyk", "school_staff", "demo_school_0102"),
    ("andre.baptiste", "Andre Baptiste", "school_staff", "demo_school_0103"),
    ("renee.castellanos", "Renee Castellanos", "school_admin", "demo_school_0103"),
    ("grace.park", "Grace Park", "teacher", "demo_homeroom"),
    ("victor.stein", "Victor Stein", "auditor", OFFICE),
    ("nora.fields", "Nora Fields", None, None),
    ("paul.hendricks", "Paul Hendricks", "coordinator", "demo_office_r53"),
    ("ingrid.solheim", "Dr. Ingrid Solheim", "hearing_officer", "demo_office_r53"),
    ("keisha.monroe", "Keisha Monroe", "case_manager", "demo_office_r53"),
    ("ellen.marsh", "Ellen Marsh", "school_staff", "demo_school_0401"),
    ("victor.amadi", "Victor Amadi", "school_admin", "demo_school_0401"),
    ("susan.whitaker", "Susan Whitaker", "coordinator", "demo_office_sop"),
    ("george.lindell", "George Lindell", "hearing_officer", "demo_office_sop"),
    ("carla.jimenez", "Carla Jimenez", "case_manager", "demo_district_501"),
    ("betty.nowak", "Betty Nowak", "school_staff", "demo_school_0501"),
    ("yusuf.demir", "Dr. Yusuf Demir", "school_admin", "demo_school_0501"),
    ("teresa.fong", "Teresa Fong", "coordinator", "demo_office_sac"),
    ("marcus.bell", "Marcus Bell", "case_manager", "demo_district_601"),
    ("lupe.orozco", "Lupe Orozco", "school_staff", "demo_school_0601"),
    ("janet.ito", "Janet Ito", "school_admin", "demo_school_0601"),
    ("sonia.reyes", "Sonia Reyes", "case_manager", "demo_district_602"),
    ("anthony.russo", "Anthony Russo", "coordinator", "demo_office_wtb"),
    ("sheila.grant", "Sheila Grant", "case_manager", "demo_office_wtb"),
    ("rafael.ortega", "Rafael Ortega", "school_staff", "demo_school_0701"),
    ("helen.novak", "Helen Novak", "school_admin", "demo_school_0701"),
]
# what the role is called where the assignment's role says less
TITLES = {
    "denise.okafor": "Regional coordinator",
    "maria.delgado": "Interventionist",
    "james.whitfield": "Interventionist",
    "aisha.rahman": "Interventionist",
    "thomas.brandt": "Principal",
    "renee.castellanos": "Principal",
    "linda.kowalczyk": "School secretary",
    "andre.baptiste": "Counselor",
    "nora.fields": "Employee without any part in the app",
    "paul.hendricks": "Assistant Regional Superintendent",
    "ingrid.solheim": "Regional Superintendent",
    "ellen.marsh": "School secretary",
    "victor.amadi": "Principal",
    "susan.whitaker": "Director of Attendance",
    "carla.jimenez": "Truancy interventionist",
    "betty.nowak": "Building secretary",
    "yusuf.demir": "Principal",
    "teresa.fong": "County coordinator",
    "marcus.bell": "Attendance supervisor",
    "sonia.reyes": "Attendance supervisor",
    "lupe.orozco": "School secretary",
    "janet.ito": "Principal",
    "anthony.russo": "Program coordinator",
    "rafael.ortega": "School attendance counselor",
    "helen.novak": "Principal",
}
TEACHER_ROOM = ("0102", "7A")  # of the teacher who logs in
# who get a password and are shown by ./pact demo: of each program in the order in which
# one would try them; the administrator comes last
LOGINS = {
    "R21": (
        "maria.delgado",
        "denise.okafor",
        "linda.kowalczyk",
        "thomas.brandt",
        "andre.baptiste",
        "grace.park",
        "james.whitfield",
        "robert.lindqvist",
        "victor.stein",
        "nora.fields",
    ),
    "R53": (
        "keisha.monroe",
        "paul.hendricks",
        "ellen.marsh",
        "victor.amadi",
        "ingrid.solheim",
    ),
    "SOP": (
        "carla.jimenez",
        "susan.whitaker",
        "betty.nowak",
        "yusuf.demir",
        "george.lindell",
    ),
    "SAC": ("marcus.bell", "teresa.fong", "lupe.orozco", "janet.ito", "sonia.reyes"),
    "WTB": ("sheila.grant", "anthony.russo", "rafael.ortega", "helen.novak"),
}
