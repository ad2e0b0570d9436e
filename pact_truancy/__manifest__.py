{
    "name": "Truancy Prevention (PACT)",
    "summary": "From raw attendance to the last step of due process: find the "
    "students who need help, reach their families, keep every rule",
    "version": "19.0.1.0.0",
    "category": "Education/Truancy",
    "license": "LGPL-3",
    "author": "pact_truancy contributors",
    "depends": ["mail"],
    "external_dependencies": {"python": ["openpyxl"]},
    "data": [
        "security/pact_groups.xml",
        "security/ir.model.access.csv",
        "security/pact_rules.xml",
        "data/pact_source_data.xml",
        "data/pact_attendance_code_data.xml",
        "data/pact_program_r21.xml",
        "data/pact_cron_data.xml",
        "views/pact_menus.xml",
    ],
    "application": True,
}
