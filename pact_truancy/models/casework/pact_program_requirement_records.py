from datetime import timedelta

from odoo import api, fields, models

from ..facts.words import short_date
from ..rules.pact_program_requirement import Answer

LOG = "action_log_intervention"
OFFER = "action_offer_service"


class PactProgramRequirement(models.Model):
    """What was done before a step: interventions, contacts, services."""

    _inherit = "pact.program.requirement"

    kind = fields.Selection(
        selection_add=[
            ("interventions", "Interventions since the last step"),
            ("contact", "An attempt to reach the family"),
            ("services", "Services tried"),
        ],
        ondelete={
            "interventions": "cascade",
            "contact": "cascade",
            "services": "cascade",
        },
    )

    @api.model
    def _counted_kinds(self):
        return super()._counted_kinds() | {"interventions", "services"}

    def _sentence_interventions(self):
        if self.count == 1:
            return self.env._("At least 1 intervention since the last step")
        return self.env._(
            "At least %(count)s interventions since the last step", count=self.count
        )

    def _sentence_contact(self):
        return self.env._("An attempt to reach the family since the last step")

    def _sentence_services(self):
        if self.count == 1:
            return self.env._("At least 1 service tried")
        return self.env._("At least %(count)s services tried", count=self.count)

    # -- interventions (R53-01, R53-03, R21-05) ----------------------------------------

    def _check_requirement_interventions(self, cases, day):
        """Interventions of a kind that counts: strictly after the day of the present
        step. Before the first step that a person took up (no case, or a case that a
        flag opened and that still stands there) those of the present school year."""
        self.ensure_one()
        first = self._intervention_starts(cases, day)
        return self._interventions(
            {case.id: (case.student_id, first[case.id]) for case in cases}, day
        )

    @api.model
    def _intervention_starts(self, cases, day):
        """Return {case id: first date that counts for the next step}."""
        year_start = self._year_start(day)
        first_rungs = {one: one._rungs()[:1] for one in cases.program_id}
        return {
            case.id: year_start
            if case.step_id.entry == "flag"
            and case.step_id == first_rungs[case.program_id]
            else case.date_step + timedelta(days=1)
            for case in cases
        }

    @api.model
    def _year_start(self, day):
        """Return the first day of the school year of `day`, in summer of the one
        before."""
        # sudo: calendars are no child's record
        year = (
            self.env["pact.school.year"]
            .sudo()
            .search([("date_start", "<=", day)], order="date_start desc", limit=1)
        )
        return year.date_start or day

    def _interventions(self, spans, day):
        """Return {key: Answer}; see `pact.intervention._between`."""
        self.ensure_one()
        found = self.env["pact.intervention"]._between(
            spans, day, [("kind_id.counts", "=", True)]
        )
        return {
            key: self._intervention_answer(rows, spans[key][1])
            for key, rows in found.items()
        }

    def _intervention_answer(self, rows, first):
        values = {
            "done": len(rows),
            "count": self.count,
            "first": short_date(self.env, first),
        }
        text = (
            self.env._("%(count)s intervention asked for", **values)
            if self.count == 1
            else self.env._("%(count)s interventions asked for", **values)
        )
        text = (
            self.env._(
                "%(text)s, %(done)s logged from %(first)s on", text=text, **values
            )
            if rows
            else self.env._(
                "%(text)s, none logged from %(first)s on", text=text, **values
            )
        )
        if rows:
            text += ": " + self._named(rows)
        return Answer(
            len(rows) >= self.count,
            text,
            proof=tuple((row._name, row.id) for row in rows),
            button=LOG,
        )

    def _named(self, rows):
        """Return 'Home visit (Mar 3), Letter home (Mar 9)': date and kind, no note."""
        return ", ".join(
            self.env._(
                "%(kind)s (%(day)s)",
                # read here, in the reader's language
                kind=row.kind_id.with_env(self.env).sudo().name,
                day=short_date(self.env, row.date),
            )
            for row in rows
        )

    # -- contact (R53-05, R21-31) ------------------------------------------------------

    def _check_requirement_contact(self, cases, day):
        """An attempt to reach the family, whatever came of it, on the day of the
        present step or later: whoever accepts a referral may call the same day."""
        self.ensure_one()
        found = self.env["pact.intervention"]._between(
            {case.id: (case.student_id, case.date_step) for case in cases},
            day,
            [("kind_id.is_contact", "=", True)],
        )
        return {case.id: self._contact_answer(case, found[case.id]) for case in cases}

    def _contact_answer(self, case, rows):
        since = short_date(self.env, case.date_step)
        if not rows:
            text = self.env._(
                "No attempt to reach the family was logged since %(since)s", since=since
            )
            return Answer(False, text, button=LOG)
        text = self.env._(
            "Attempts to reach the family: %(named)s", named=self._named(rows)
        )
        return Answer(True, text, proof=tuple((row._name, row.id) for row in rows))

    # -- services (R21-26, WTB-05) -----------------------------------------------------

    def _check_requirement_services(self, cases, day):
        """Services tried: running, ended or refused in this school year or since the
        case was opened. What was only offered was not tried."""
        self.ensure_one()
        year_start = self._year_start(day)
        first = {}
        for case in cases:
            start = min(case.date_open, year_start)
            first[case.student_id.id] = min(start, first.get(case.student_id.id, start))
        return self._services({case.id: case.student_id for case in cases}, first, day)

    def _services(self, students, first, day):
        """Return {key: Answer}.

        :param students: {key: student}
        :param first: {student id: first date that counts}
        """
        self.ensure_one()
        every = self.env["pact.student"].union(*students.values())
        tried = self.env["pact.service"]._tried(every, first, day)
        none = self.env["pact.service"]
        return {
            key: self._service_answer(tried.get(student.id, none))
            for key, student in students.items()
        }

    def _service_answer(self, rows):
        asked = (
            self.env._("1 service to be tried")
            if self.count == 1
            else self.env._("%(count)s services to be tried", count=self.count)
        )
        text = (
            self.env._(
                "%(asked)s, %(done)s on record: %(named)s",
                asked=asked,
                done=len(rows),
                named=", ".join(
                    self.env._(
                        "%(kind)s (%(day)s)",
                        kind=row.kind_id.with_env(self.env).sudo().name,
                        day=short_date(self.env, row.date_offered),
                    )
                    for row in rows
                ),
            )
            if rows
            else self.env._(
                "%(asked)s, none on record: offer one and write down the family's "
                "answer",
                asked=asked,
            )
        )
        return Answer(
            len(rows) >= self.count,
            text,
            proof=tuple((row._name, row.id) for row in rows),
            button=OFFER,
        )
