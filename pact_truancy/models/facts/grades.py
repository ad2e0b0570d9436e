"""Grade levels (CEDS 'Entry Grade Level' codes)."""

GRADES = [
    ("PK", "Pre-K"),
    ("KG", "Kindergarten"),
    *[(f"{number:02}", f"Grade {number}") for number in range(1, 13)],
    ("UG", "Ungraded"),
]
