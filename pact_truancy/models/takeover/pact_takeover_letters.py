from odoo import models


class PactTakeover(models.Model):
    """The sheet of letters that were sent."""

    _inherit = "pact.takeover"

    def _plan_letters(self, plan):
        entries = plan.of("letters")
        kinds = self._letter_kinds(entries)
        languages = self.env["pact.import.loader"]._languages()
        for entry in entries:
            self._past(entry, "date", plan.day)
            self._plan_letter(entry, kinds, languages, plan)
        known = self._known_letters(entries)
        for entry in plan.of("letters"):
            kind = entry.values["kind"]
            entry.key = (entry.student, kind, entry.row.cells["date"])
            if entry.key in known:
                entry.operation = "known"

    def _letter_kinds(self, entries):
        """Return {program: its kinds of letters}."""
        programs = {one.values["program"] for one in entries}
        # sudo: kinds are no child's record
        kinds_sudo = (
            self.env["pact.letter.kind"]
            .sudo()
            .search([("step_id.program_id", "in", [one.id for one in programs])])
        )
        own = kinds_sudo.grouped(lambda kind: kind.step_id.program_id)
        return {program: own.get(program, kinds_sudo.browse()) for program in programs}

    def _plan_letter(self, entry, kinds, languages, plan):
        program, row = entry.values["program"], entry.row
        kind = self._one_named(kinds[program], row.text("letter"))
        language = row.text("language")
        lang_id = languages.get(language.casefold())
        if not kind:
            entry.reject(
                self.env._(
                    "'%(program)s' has no letter '%(letter)s'. Its letters: "
                    "%(letters)s.",
                    program=program.name,
                    letter=row.text("letter"),
                    letters=", ".join(kinds[program].mapped("code")),
                )
            )
        elif language and not lang_id:
            entry.reject(self.env._("No language is called '%(name)s'.", name=language))
        else:
            problem = self.env["pact.letter"]._takeover_problem(
                kind,
                plan.case_steps.get((entry.student, program)),
                row.cells["date"],
                plan.day,
            )
            if problem:
                entry.reject(problem)
        entry.values |= {"kind": kind, "lang_id": lang_id}

    def _known_letters(self, entries):
        """Return {(student, kind, date)} of letters that went out, ours too; what was
        struck through is not brought back."""
        rows_sudo = (
            self.env["pact.letter"]
            .sudo()
            .search(
                [
                    ("student_id", "in", [one.student.id for one in entries]),
                    ("date_sent", "!=", False),
                ]
            )
        )
        return {(row.student_id, row.kind_id, row.date_sent) for row in rows_sudo}

    def _take_letters(self, entries, plan):
        self.env["pact.letter"]._take_over(
            [
                {
                    "student_id": one.student.id,
                    "school_id": one.school.id,
                    "kind_id": one.values["kind"].id,
                    "date_sent": one.row.cells["date"],
                    "prior_recipient": one.row.text("recipient") or False,
                    "prior_lang_id": one.values["lang_id"],
                }
                for one in entries
            ]
        )
