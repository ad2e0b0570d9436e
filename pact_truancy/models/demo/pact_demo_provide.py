import base64
from datetime import datetime, time, timedelta

from odoo import api, models

# what a school tries, in turn: kind and what came of it
TRIED = (
    ("phone", "reached"),
    ("letter", "done"),
    ("home_visit", "no_answer"),
    ("conference", "done"),
    ("student_talk", "done"),
    ("meeting", "reached"),
)
CONTACTS = (("phone", "reached"), ("home_visit", "reached"))
SERVICES = ("service_kind_counseling", "service_kind_mentoring")
FORM = {
    "credits": "4.5 of 6 credits on track; algebra is missing.",
    "grades": "C in math, B in English, incomplete in science.",
    "discipline": "No entries this year.",
    "other_information": "Lives with the grandmother; the bus stop is far.",
}


# what a person says or writes where a step asks for it
WORDS = {
    "data": "Up to date as of today: see the student system's report, on file.",
    "statement": "We tried what we have, and the student still misses days.",
}
HELD = {
    "family_came": "both",
    "others": "Counselor and homeroom teacher",
    "outcome": "Mornings are hard since the move; a ride and a check-in were agreed.",
}
MORNING = time(16)  # UTC: a morning hour in each of the three states


class PactDemo(models.AbstractModel):
    """Provides what a step asks for, one function a kind of requirement. A kind that
    nobody provides leaves the case where it is: the gate says so, and a test fails."""

    _inherit = "pact.demo"

    @api.model
    def _provide(self, cases, day, asked=None):
        """Provide for cases what their next steps still ask for.

        :param asked: which requirements are provided (function); None: all
        """
        # sudo: the gate's own reading
        for step, own in cases.sudo().grouped(lambda c: c._following_step()).items():
            for requirement in step.requirement_ids.filtered(asked or bool):
                answers = requirement._answers(own, day)[requirement]
                unmet = own.filtered(
                    lambda case, answers=answers: (
                        case.id in answers and not answers[case.id].met
                    )
                )
                provide = getattr(self, f"_provide_{requirement.kind}", None)
                if unmet and provide:
                    provide(unmet.sudo(False), requirement, day)

    @api.model
    def _provide_interventions(self, cases, requirement, day, tried=TRIED):
        """The school tries something on the days since the last step."""
        kinds = self._kinds("pact.intervention.kind")
        for secretary, own in self._as(cases, "school_staff"):
            self.env["pact.intervention"].with_user(secretary).create(
                [
                    {
                        "student_id": case.student_id.id,
                        "school_id": case.school_id.id,
                        "case_id": case.id,
                        "kind_id": kinds[tried[number % len(tried)][0]],
                        "date": self._between(case, day, number),
                        "result": tried[number % len(tried)][1],
                    }
                    for case in own
                    for number in range(requirement.count)
                ]
            )

    @api.model
    def _provide_contact(self, cases, requirement, day):
        """The case manager reaches the family."""
        kinds = self._kinds("pact.intervention.kind")
        for manager, own in self._as(cases, "case_manager"):
            self.env["pact.intervention"].with_user(manager).create(
                [
                    {
                        "student_id": case.student_id.id,
                        "school_id": case.school_id.id,
                        "case_id": case.id,
                        "kind_id": kinds[CONTACTS[number % 2][0]],
                        "date": self._between(case, day, 1),
                        "result": CONTACTS[number % 2][1],
                    }
                    for number, case in enumerate(own)
                ]
            )

    @api.model
    def _provide_services(self, cases, requirement, day):
        """A service is offered and taken."""
        for manager, own in self._as(cases, "case_manager"):
            self.env["pact.service"].with_user(manager).create(
                [
                    {
                        "student_id": case.student_id.id,
                        "school_id": case.school_id.id,
                        "case_id": case.id,
                        "kind_id": self._demo(SERVICES[number % 2]).id,
                        "date_offered": self._between(case, day, 1),
                        "state": "accepted",
                    }
                    for number, case in enumerate(own)
                ]
            )

    @api.model
    def _provide_data(self, cases, requirement, day):
        """The school sends what is asked for; a referral's form brings its own."""
        if requirement.step_id.entry == "referral":
            return
        file = base64.b64encode(b"Made-up content of the demo data.")
        for secretary, own in self._as(cases, "school_staff"):
            self.env["pact.case.item"].with_user(secretary).create(
                [
                    {
                        "case_id": case.id,
                        "requirement_id": requirement.id,
                        **(
                            {"file": file, "file_name": "packet.txt"}
                            if requirement.kind == "document"
                            else {"text": WORDS[requirement.kind]}
                        ),
                    }
                    for case in own
                ]
            )

    _provide_document = _provide_data
    _provide_statement = _provide_data

    @api.model
    def _provide_meeting(self, cases, requirement, day):
        """The family, the school and the office met since the last step."""
        for manager, own in self._as(cases, "case_manager"):
            meetings = self.env["pact.meeting"].with_user(manager)
            meetings = meetings.create(
                [
                    {
                        "case_id": case.id,
                        "start": datetime.combine(self._met_on(case, day), MORNING),
                        "location": case.school_id.name,
                        **HELD,
                    }
                    for case in own
                ]
            )
            meetings.action_held()

    @api.model
    def _met_on(self, case, day):
        """Return the day of the meeting; a hearing is soon, so that the order made
        there can be seen to fail."""
        return self._between(case, day, 0 if case.step_id.makes_order else 2)

    @api.model
    def _hear(self, cases, day):
        """Who stands in the hearing had it, and is under its order."""
        cases = cases.filtered(lambda case: case.is_open and case.step_id.makes_order)
        self._provide_meeting(cases, None, day)
        self._provide_order_made(cases, None, day)

    @api.model
    def _plan_meetings(self, cases, day):
        """Where a step is for a meeting that was not held yet, it is planned."""
        cases = cases.filtered(
            lambda case: (
                case.is_open
                and case.step_id.meeting_kind_id
                and not case.step_id.makes_order
            )
        )
        ahead = day + timedelta(days=7)
        for manager, own in self._as(cases, "case_manager"):
            self.env["pact.meeting"].with_user(manager).create(
                [
                    {
                        "case_id": case.id,
                        "start": datetime.combine(ahead, MORNING),
                        "location": case.school_id.name,
                    }
                    for case in own
                ]
            )

    @api.model
    def _provide_order_made(self, cases, requirement, day):
        """The order, made on the day of the hearing; its letter goes out."""
        for officer, own in self._as(cases, "hearing_officer"):
            orders = self.env["pact.order"].with_user(officer)
            for made_on, several in own.grouped(
                lambda case: self._met_on(case, day)
            ).items():
                self._go_to(made_on)
                orders.create([{"case_id": case.id} for case in several])
                self._send_letters(several.with_env(self.env), made_on)
        self._go_to(day)

    @api.model
    def _provide_order_failed(self, cases, requirement, day):
        """The order, and the word that it can no longer be met."""
        self._provide_order_made(cases, requirement, day)
        orders = cases._standing_orders()
        for officer, own in self._as(cases, "hearing_officer"):
            for case in own:
                orders[case.id].with_user(officer).action_confirm()

    @api.model
    def _refer(self, case, step):
        """The school fills in the form and submits it; the case manager accepts."""
        asked = step.requirement_ids.mapped("referral_field")
        ((secretary, _own),) = self._as(case.sudo(), "school_staff")
        referral = (
            self.env["pact.referral"]
            .with_user(secretary)
            .create(
                {
                    "student_id": case.student_id.id,
                    "school_id": case.school_id.id,
                    "program_id": case.program_id.id,
                    "step_id": step.id,
                    **{name: text for name, text in FORM.items() if name in asked},
                }
            )
        )
        referral.action_submit()
        referral.with_user(case.env.user).action_accept()

    @api.model
    def _kinds(self, model):
        return {kind.code: kind.id for kind in self.env[model].search([])}
