import base64
from datetime import date

from odoo.exceptions import UserError

from .common import TruancyCommon


class ProgramCommon(TruancyCommon):
    """Walks a shipped program as people do: absences come in, days pass, schools try
    and refer, the office accepts and takes steps, the gate refuses by name.

    `PROGRAM` names the program; START is the day on which a walk begins.
    """

    PROGRAM = None
    START = date(2026, 1, 12)  # a Monday; 100 school days of the year are to come

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env.ref(f"pact_truancy.program_{cls.PROGRAM}")
        cls.program.office_ids = cls.office
        cls.manager = cls.make_user("case-manager", "case_manager", cls.office)
        cls.secretary = cls.make_user("secretary", "school_staff", cls.school)
        cls.coordinator = cls.make_user("coordinator", "coordinator", cls.office)
        cls.set_today(cls.START)
        cls.today = cls.START

    def setUp(self):
        super().setUp()
        self.go_to(self.START)

    # -- days ----------------------------------------------------------------------

    def go_to(self, day):
        """Make `day` today, with everything received through it."""
        type(self).today = day
        self.set_today(day)
        schools = self.school | self.sister_school | self.other_school
        self.env["pact.attendance.received"]._mark(
            schools, date(2024, 8, 1), day, self.source
        )
        self.env.invalidate_all()

    def after(self, count):
        """The `count`-th school day after today."""
        days = self.calendar._days_after([(0, self.calendar.id, self.today, count)])
        return days[0]

    def pass_days(self, count=1):
        self.go_to(self.after(count))

    def before(self, count):
        """The last `count` school days before today, ascending."""
        return self.school_days(count + 1, self.today)[:-1]

    def miss(self, student, count=1, code="UNX", portion=1):
        """Absent on each of the next `count` school days; the last of them is today."""
        for _number in range(count):
            self.pass_days()
            self.make_events(student, [self.today], code, portion)

    # -- flags and cases -------------------------------------------------------------

    def screen(self):
        return self.program._screen(self.today)

    def flags(self, student, state="open"):
        """Codes of the steps that the student is flagged for."""
        self.screen()
        flags = self.env["pact.flag"].search(
            [
                ("student_id", "=", student.id),
                ("program_id", "=", self.program.id),
                ("state", "=", state),
            ]
        )
        return set(flags.step_id.mapped("code"))

    def found(self, *students):
        """{step code: names of the students who meet its criteria today}, of every
        step that says when, also those beside the ladder."""
        steps = self.program.step_ids.filtered("criterion_ids")
        every = self.env["pact.student"].union(*students)
        starts = self.program._starts(every, self.today)
        groups = {step: step._criterion_groups() for step in steps}
        found = self.program._find(every, self.today, groups, starts)
        return {
            step.code: {every.browse(one).first_name for one in ids}
            for step, ids in found.items()
            if ids
        }

    def confirm(self, student):
        """Screen and confirm the student's flag; return the case."""
        self.screen()
        flag = self.env["pact.flag"].search(
            [
                ("student_id", "=", student.id),
                ("program_id", "=", self.program.id),
                ("state", "=", "open"),
                ("step_id.entry", "=", "flag"),
            ]
        )
        flag.with_user(self.manager).action_confirm()
        return flag.case_id.with_user(self.manager)

    # -- what people do --------------------------------------------------------------

    def intervene(self, student, *kinds):
        """Log one intervention of each kind (codes), today."""
        Kind = self.env["pact.intervention.kind"]
        self.env["pact.intervention"].with_user(self.secretary).create(
            [
                {
                    "student_id": student.id,
                    "kind_id": Kind.search([("code", "=", code)]).id,
                    "date": self.today,
                    "result": "reached",
                }
                for code in kinds
            ]
        )

    def three(self, student):
        self.intervene(student, "phone", "letter", "home_visit")

    def serve(self, student):
        """A service that was offered and taken."""
        self.env["pact.service"].with_user(self.manager).create(
            {
                "student_id": student.id,
                "school_id": student.school_id.id,
                "kind_id": self.env.ref("pact_truancy.service_kind_mentoring").id,
                "date_offered": self.today,
                "state": "accepted",
            }
        )

    def provide(self, case):
        """Whatever data, documents and statements the next step still asks for."""
        items = self.env["pact.case.item"].with_user(self.secretary)
        for requirement in case._following_step().requirement_ids:
            if requirement.kind not in ("data", "document", "statement"):
                continue
            is_file = requirement.kind == "document"
            items.create(
                {
                    "case_id": case.id,
                    "requirement_id": requirement.id,
                    "text": False if is_file else "As asked",
                    "file": base64.b64encode(b"%PDF") if is_file else False,
                }
            )

    def meet(self, case):
        """The meeting of the present step was held, today."""
        meeting = (
            self.env["pact.meeting"]
            .with_user(self.manager)
            .create(
                {
                    "case_id": case.id,
                    "start": f"{self.today} 18:00:00",
                    "family_came": "both",
                }
            )
        )
        meeting.action_held()
        return meeting

    def referral(self, student, code, **values):
        step = self.program.step_ids.filtered(lambda step: step.code == code)
        form = self.env["pact.referral"].with_user(self.secretary)
        waiting = form.search(
            [("student_id", "=", student.id), ("step_id", "=", step.id)]
        ).filtered(lambda one: one.state == "draft")
        return waiting or form.create(
            {
                "student_id": student.id,
                "program_id": self.program.id,
                "step_id": step.id,
                **values,
            }
        )

    def refer(self, student, code, **values):
        """The school refers, the office accepts; return the case."""
        referral = self.referral(student, code, **values)
        referral.action_submit()
        referral.with_user(self.manager).action_accept()
        return referral.case_id.with_user(self.manager)

    def cannot_refer(self, student, code, *texts):
        self._refused(self.referral(student, code).action_submit, texts)

    def letter(self, case, xml_id):
        """A draft of a kind that no step drafts by itself."""
        letters = self.env["pact.letter"]._gated()
        return letters.create(
            {
                "case_id": case.id,
                "kind_id": self.env.ref(f"pact_truancy.{xml_id}").id,
                "student_id": case.student_id.id,
                "school_id": case.school_id.id,
                "day": self.today,
            }
        )

    def send(self, letters):
        """These letters went out today."""
        letters.sudo()._gated().write({"state": "sent", "date_sent": self.today})

    def send_notice(self, case):
        """The letters of the present step, which it drafted, went out today."""
        letters = case.sudo().letter_ids.filtered(
            lambda letter: (
                letter.kind_id.step_id == case.step_id and letter.state == "draft"
            )
        )
        self.assertTrue(letters, case.step_id.name)
        self.send(letters)

    def advance(self, case, user=None):
        case.with_user(user or self.manager).action_advance()
        return case.step_id.code

    def cannot_advance(self, case, *texts):
        """The gate refuses, and its text holds each of `texts`."""
        step = case.step_id
        self._refused(case.action_advance, texts)
        self.assertEqual(case.step_id, step)

    def _refused(self, action, texts):
        with self.assertRaises(UserError) as caught:
            action()
        for text in texts:
            self.assertIn(text, str(caught.exception))

    def unmet(self, case):
        """What the next step still lacks, in sentences."""
        case.invalidate_recordset()
        return [line["text"] for line in case.next_checklist if not line["met"]]
