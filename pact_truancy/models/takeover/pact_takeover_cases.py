from odoo import models

from ..casework.pact_case_takeover import TakenOver


class PactTakeover(models.Model):
    """The sheet of running cases. Rows of one student and program are one case; it is
    taken over as a whole or not at all."""

    _inherit = "pact.takeover"

    def _plan_cases(self, plan):
        entries = [one for one in plan.entries if one.row.sheet == "cases"]
        for entry in plan.of("cases"):
            self._find_step(entry)
            if entry.is_good:
                entry.key = (
                    entry.student,
                    entry.values["program"],
                    entry.values["step"],
                )
        self._find_managers(plan.of("cases"))
        self._reject_twice(plan, "cases")
        groups = {}
        for entry in entries:
            row = entry.row
            whose = tuple(map(row.text, ("student", "school", "program")))
            groups.setdefault(whose, []).append(entry)
        self._note_open_cases(plan)
        known, served = self._known_steps(plan), self._served(plan)
        for group in groups.values():
            self._plan_case(plan, group, known, served)

    def _find_step(self, entry):
        program, text = entry.values["program"], entry.row.text("step")
        step = self._one_named(program.step_ids, text)
        entry.values["step"] = step
        if not step:
            entry.reject(
                self.env._(
                    "'%(program)s' has no step '%(step)s'. Its steps: %(steps)s.",
                    program=program.name,
                    step=text,
                    steps=", ".join(program._rungs().mapped("code")),
                )
            )

    def _find_managers(self, entries):
        """Set `values['manager']`: who is named, else who serves the school."""
        schools = self.env["pact.school"].sudo().union(*(one.school for one in entries))
        users = self._users(entries, "manager")
        cases = self.env["pact.case"]
        able = cases._takeover_managers(schools) if users else {}
        serving = self.env["pact.assignment"]._responsible_users(
            schools, "case_manager"
        )
        for entry in entries:
            text = entry.row.text("manager")
            manager = users.get(text.casefold(), self.env["res.users"])
            if text and manager not in able.get(entry.school, manager.browse()):
                entry.reject(
                    self.env._(
                        "Nobody with the log-in or e-mail '%(login)s' works on cases "
                        "of %(school)s.",
                        login=text,
                        school=entry.school.name,
                    )
                )
            entry.values["manager"] = manager or serving.get(entry.school.id, manager)

    def _note_open_cases(self, plan):
        """Note in which step the open cases stand of the students that are named."""
        students = self.env["pact.student"].union(
            *(one.student.sudo(False) for one in plan.entries if one.student)
        )
        # sudo: whether there is one, whichever school has it
        for case in (
            self.env["pact.case"]
            .sudo()
            .search([("student_id", "in", students.ids), ("is_open", "=", True)])
        ):
            plan.case_steps[case.student_id, case.program_id] = case.step_id

    def _known_steps(self, plan):
        """Return {(student, program, step): {dates}} of the history of their cases."""
        students = [one.student.id for one in plan.of("cases")]
        rows_sudo = (
            self.env["pact.case.step"]
            .sudo()
            .search([("case_id.student_id", "in", students), ("voided_on", "=", False)])
        )
        known = {}
        for row in rows_sudo:
            key = (row.case_id.student_id, row.case_id.program_id, row.step_id)
            known.setdefault(key, set()).add(row.date)
        return known

    def _served(self, plan):
        programs = {one.values["program"] for one in plan.of("cases")}
        return {program: program._schools(plan.day) for program in programs}

    def _plan_case(self, plan, group, known, served):
        """Plan the rows of one case; `values['taken']` of the last one holds it."""
        if all(self._is_known(entry, known) for entry in group):
            for entry in group:
                entry.operation = "known"
            return
        bad = next((one for one in group if not one.is_good), None)
        if not bad:
            group = sorted(group, key=lambda one: one.values["step"]._place())
            self._plan_good_case(plan, group, served)
            bad = next((one for one in group if not one.is_good), None)
        if bad:
            for entry in group:
                entry.reject(
                    self.env._(
                        "The case is taken over as a whole, and line %(line)s of it "
                        "was rejected.",
                        line=bad.row.line,
                    )
                )

    @staticmethod
    def _is_known(entry, known):
        return entry.is_good and entry.row.cells["date"] in known.get(entry.key, ())

    def _plan_good_case(self, plan, group, served):
        last = group[-1]
        key = (last.student, last.values["program"])
        if key in plan.case_steps:
            last.reject(
                self.env._(
                    "%(student)s has an open case in '%(program)s', in '%(step)s'.",
                    student=last.student.name,
                    program=key[1].name,
                    step=plan.case_steps[key].name,
                )
            )
            return
        notes = [one.row.text("note") for one in group]
        dates = [one.row.cells.get("date_open") for one in group]
        taken = TakenOver(
            student=last.student,
            school=last.school,
            program=key[1],
            step=last.values["step"],
            date=last.row.cells["date"],
            date_open=next(filter(None, dates), group[0].row.cells["date"]),
            manager=last.values["manager"],
            reason=self.env._("Before our records. %(note)s", note=notes[-1]).strip(),
            history=tuple(
                (one.values["step"], one.row.cells["date"]) for one in group[:-1]
            ),
        )
        problem = self.env["pact.case"]._takeover_problem(taken, plan.day, served)
        if problem:
            last.reject(problem)
            return
        last.values["taken"] = taken
        plan.case_steps[key] = taken.step

    def _take_cases(self, entries, plan):
        taken = [one.values["taken"] for one in entries if "taken" in one.values]
        self.env["pact.case"]._take_over(taken, plan.day)
