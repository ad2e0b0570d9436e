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
}
TEACHER_ROOM = ("0102", "7A")  # of the teacher who logs in
# who get a password and are shown by ./pact demo, in the order in which one would try
# them; the administrator comes last
LOGINS = (
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
)
