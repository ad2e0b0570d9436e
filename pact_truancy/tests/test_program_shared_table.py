from pathlib import Path

from odoo.tests import TransactionCase, tagged

DOCUMENT = Path(__file__).parents[2] / "docs" / "programs.md"
HEAD = """# The five programs as they are shipped

What `pact_truancy/data/pact_program_*.xml` says, rule by rule, as the app words it. A
district changes any of it in the web interface. `test_program_shared_table.py` holds
this page and the data together: who changes a threshold, a demand or a day changes a
line here, to be read beside the source (the requirement ids stand in the data files).
"""


def rule(criterion):
    counting = dict(criterion._fields["counting"]._description_selection(criterion.env))
    cited = f" [{criterion.citation}]" if criterion.citation else ""
    unit = criterion.unit if criterion.unit != "days" else "days or parts of days"
    return (
        f"{criterion.sentence} ({counting[criterion.counting].lower()}; {unit}){cited}"
    )


def demand(requirement):
    firm = "" if requirement.is_overridable else " (nobody goes on without it)"
    cited = f" [{requirement.citation}]" if requirement.citation else ""
    return f"{requirement.sentence}{firm}{cited}"


def settings(record, names):
    """Return 'label: value' of the fields that say something."""
    found = []
    for name in names:
        field, value = record._fields[name], record[name]
        label = field._description_string(record.env)
        if field.type == "selection":
            value = dict(field._description_selection(record.env)).get(value)
        elif field.type == "many2one":
            value = value.display_name
        elif field.type == "boolean":
            value = "yes" if value else None
        if value:
            found.append(f"{label}: {value}")
    return found


PROGRAM = (
    "min_age", "max_age", "age_notice", "excused_cap", "unverified_limit",
    "medical_rule", "grace_days", "exclude_homebound", "tardy_minutes", "year_end",
    "on_move", "is_early", "letter_gap",
)  # fmt: skip
STEP = (
    "entry", "role", "is_statutory", "asks_progress", "caseload", "monitor_days",
    "due_days", "meeting_kind_id", "makes_order", "order_days", "order_unexcused",
    "order_rate", "failure_step_id", "success", "is_drop",
)  # fmt: skip


def page(programs):
    """Return the page of these programs."""
    lines = [HEAD]
    for program in programs:
        lines += [f"## {program.name} ({program.code}, {program.state_id.name})", ""]
        lines += [f"- {text}" for text in settings(program, PROGRAM)]
        lines += [f"- Adequate progress: {rule(one)}" for one in program.progress_ids]
        for step in program.step_ids.sorted("sequence"):
            repeat = settings(step, ("repeat",)) if step.entry == "notice" else []
            if step.entry == "notice" and step.repeat == "more":
                repeat += settings(step, ("repeat_more",))
            lines += ["", f"### {step.name} (`{step.code}`)", ""]
            lines += [f"- {text}" for text in settings(step, STEP) + repeat]
            lines += [
                f"- Numbers, group {criterion.group}: {rule(criterion)}"
                for criterion in step.criterion_ids.sorted(lambda c: (c.group, c.id))
            ]
            lines += [f"- Demands: {demand(one)}" for one in step.requirement_ids]
            lines += [
                f"- Letter: {kind.name}"
                + (
                    " (drafted when the order is recorded)"
                    if kind.is_order
                    else ("" if kind.draft_on_entry else " (drafted by hand)")
                )
                for kind in step.letter_kind_ids
            ]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


@tagged("post_install", "-at_install")
class TestTable(TransactionCase):
    def test_the_page_says_what_is_shipped(self):
        """GEN-01, GEN-02: every number, demand and day of the five programs, as a
        sentence, beside what was read from the sources."""
        programs = self.env["pact.program"].search(
            [("code", "in", ["R21", "R53", "SOP", "SAC", "WTB"])], order="sequence"
        )
        self.assertEqual(len(programs), 5)
        self.maxDiff = None
        self.assertEqual(page(programs), DOCUMENT.read_text("utf-8"))

    def test_the_statute_is_named(self):
        """WTB-01: it says that the law has ten where the program has eleven."""
        year = self.env.ref("pact_truancy.program_wtb_year")
        self.assertEqual((year.threshold, year.window), (11, "year"))
        self.assertIn("10-198a: ten", year.citation)
        self.assertIn("law (C.G.S. 10-198a) says ten", year.step_id.description)
