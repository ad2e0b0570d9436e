"""The roles of an assignment, and the group that each of them gives."""

ROLES = [
    ("teacher", "Teacher"),
    ("school_staff", "School staff"),
    ("school_admin", "School administrator"),
    ("case_manager", "Case manager"),
    ("hearing_officer", "Hearing officer"),
    ("coordinator", "Coordinator"),
    ("auditor", "Auditor"),
]
ROLE_GROUP = {role: f"pact_truancy.group_pact_{role}" for role, _label in ROLES}
