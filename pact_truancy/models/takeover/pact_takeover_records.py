from odoo import models

from ..casework.pact_intervention import RESULTS


class PactTakeover(models.Model):
    """The sheets of what was done for students: interventions and referrals."""

    _inherit = "pact.takeover"

    # -- interventions -----------------------------------------------------------------

    def _plan_interventions(self, plan):
        entries = plan.of("interventions")
        # sudo: kinds are no child's record
        kinds = self.env["pact.intervention.kind"].sudo().search([])
        users = self._users(entries, "by")
        for entry in entries:
            self._past(entry, "date", plan.day)
            self._plan_intervention(entry, kinds, users)
        known = self._known_interventions(entries)
        for entry in plan.of("interventions"):
            values = entry.values
            entry.key = (
                entry.student,
                values["kind"],
                entry.row.cells["date"],
                values["result"],
                entry.row.text("note"),
            )
            if entry.key in known:
                entry.operation = "known"

    def _plan_intervention(self, entry, kinds, users):
        row = entry.row
        kind, by = self._one_named(kinds, row.text("kind")), row.text("by")
        if not kind:
            entry.reject(
                self.env._(
                    "No intervention is called '%(kind)s'. There are: %(kinds)s.",
                    kind=row.text("kind"),
                    kinds=", ".join(kinds.mapped("code")),
                )
            )
        result = self._choice(
            entry, "result", self.env["pact.intervention"]._fields["result"], RESULTS
        )
        if by and by.casefold() not in users:
            entry.reject(
                self.env._(
                    "No employee has the log-in or e-mail '%(login)s'.", login=by
                )
            )
        entry.values |= {
            "kind": kind,
            "result": result or "done",
            "user": users.get(by.casefold(), self.env.user),
        }

    def _choice(self, entry, code, field, choices):
        """Return the value that a cell names by its code or label, or reject the row;
        None where it is empty."""
        text = entry.row.text(code).casefold()
        if not text:
            return None
        labels = {
            label.casefold(): value
            for value, label in (
                *choices,
                *field._description_selection(self.env),
                *((value, value) for value, _label in choices),
            )
        }
        if text not in labels:
            entry.reject(
                self.env._(
                    "'%(value)s' is none of these: %(values)s.",
                    value=entry.row.text(code),
                    values=", ".join(label for _value, label in choices),
                )
            )
        return labels.get(text)

    def _known_interventions(self, entries):
        """Return the keys of what is logged already, by whomever; what was voided is
        not brought back."""
        rows_sudo = (
            self.env["pact.intervention"]
            .sudo()
            .search([("student_id", "in", [one.student.id for one in entries])])
        )
        return {
            (row.student_id, row.kind_id, row.date, row.result, row.note or "")
            for row in rows_sudo
        }

    def _take_interventions(self, entries, plan):
        # sudo: marked as from before our records, which only the app does; the user
        # coordinates these schools
        self.env["pact.intervention"].sudo().create(
            [
                {
                    "student_id": one.student.id,
                    "school_id": one.school.id,
                    "kind_id": one.values["kind"].id,
                    "date": one.row.cells["date"],
                    "result": one.values["result"],
                    "user_id": one.values["user"].id,
                    "note": one.row.text("note") or False,
                    "is_prior": True,
                }
                for one in entries
            ]
        )

    # -- referrals ---------------------------------------------------------------------

    def _plan_referrals(self, plan):
        for entry in plan.of("referrals"):
            self._past(entry, "submitted", plan.day)
            self._past(entry, "accepted", plan.day)
            self._find_step(entry)
            if entry.is_good:
                self._plan_referral(entry, plan)
        known = self._known_referrals(plan.of("referrals"))
        for entry in plan.of("referrals"):
            step, cells = entry.values["step"], entry.row.cells
            entry.key = (entry.student, step)
            if entry.key + (cells["submitted"],) in known:
                entry.operation = "known"
            elif not cells.get("accepted") and entry.key in known:
                entry.reject(
                    self.env._(
                        "%(student)s has an open referral for '%(step)s' already.",
                        student=entry.student.name,
                        step=step.name,
                    )
                )

    def _plan_referral(self, entry, plan):
        """An accepted referral took its case into its step; one that waits for its
        answer asks for the step that comes next."""
        step, cells = entry.values["step"], entry.row.cells
        here = plan.case_steps.get((entry.student, entry.values["program"]))
        accepted = cells.get("accepted")
        if step.entry != "referral":
            entry.reject(
                self.env._(
                    "'%(step)s' is not entered by a referral in %(program)s.",
                    step=step.name,
                    program=entry.values["program"].name,
                )
            )
        elif accepted and accepted < cells["submitted"]:
            entry.reject(self.env._("It was accepted before it was submitted."))
        elif accepted and (not here or here._place() < step._place()):
            entry.reject(
                self.env._(
                    "The referral was accepted, but no case of %(student)s is in "
                    "'%(step)s' or beyond. Enter the case too.",
                    student=entry.student.name,
                    step=step.name,
                )
            )
        elif not accepted and here and here._place() >= step._place():
            entry.reject(
                self.env._(
                    "The case is in '%(now)s' already: when was the referral accepted?",
                    now=here.name,
                )
            )

    def _known_referrals(self, entries):
        """Return {(student, step, day)} of what is on record, and {(student, step)} of
        what is not answered yet."""
        rows_sudo = (
            self.env["pact.referral"]
            .sudo()
            .search([("student_id", "in", [one.student.id for one in entries])])
        )
        known = {(row.student_id, row.step_id, row.date_submitted) for row in rows_sudo}
        return known | {
            (row.student_id, row.step_id)
            for row in rows_sudo
            if row.state in ("draft", "submitted", "returned")
        }

    def _take_referrals(self, entries, plan):
        cases = self._open_cases(entries)
        rows = []
        for one in entries:
            accepted = one.row.cells.get("accepted") or False
            program = one.values["program"]
            case = cases.get((one.student, program)) if accepted else None
            rows.append(
                {
                    "student_id": one.student.id,
                    "school_id": one.school.id,
                    "program_id": program.id,
                    "step_id": one.values["step"].id,
                    "state": "accepted" if accepted else "submitted",
                    "date_submitted": one.row.cells["submitted"],
                    "date_decided": accepted,
                    "case_id": case.id if case else False,
                    "credits": one.row.text("credits") or False,
                    "grades": one.row.text("grades") or False,
                    "discipline": one.row.text("discipline") or False,
                    "other_information": one.row.text("other") or False,
                    "is_prior": True,
                }
            )
        # sudo: see `_take_interventions`
        self.env["pact.referral"].sudo().create(rows)

    def _open_cases(self, entries):
        """Return {(student, program): open case}."""
        cases_sudo = (
            self.env["pact.case"]
            .sudo()
            .search(
                [
                    ("student_id", "in", [one.student.id for one in entries]),
                    ("is_open", "=", True),
                ]
            )
        )
        return {(case.student_id, case.program_id): case for case in cases_sudo}
