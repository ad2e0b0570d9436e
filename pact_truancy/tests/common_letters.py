import base64
import io

from pypdf import PdfReader

from ..models.casework.pact_case import GATE
from .common import TODAY, TruancyCommon


class LettersCommon(TruancyCommon):
    """R21 on the example schools, with an office that can sign."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env.ref("pact_truancy.program_r21")
        cls.program.office_ids = cls.office
        cls.step = cls.env.ref("pact_truancy.program_r21_identified")
        cls.step1 = cls.env.ref("pact_truancy.program_r21_step1")
        cls.kind = cls.env.ref("pact_truancy.letter_kind_r21")
        state = cls.env.ref("base.state_us_14")
        cls.office.write(
            {
                "letterhead_slogan": "Every child, every day",
                "signer_name": "Pat Example",
                "signer_title": "Regional Superintendent",
                "street": "1 Office Plaza",
                "city": "Sampleton",
                "state_id": state.id,
                "zip": "60000",
                "phone": "(555) 010-0100",
                "email": "office@example.com",
            }
        )
        cls.school.write(
            {"street": "5 School Lane", "city": "Sampleton", "zip": "60001"}
        )
        cls.manager = cls.make_user("case-manager", "case_manager", cls.office)
        cls.spanish = cls.env.ref("base.lang_es_419")

    def open_cases(self, students, user=None):
        """Screen today and confirm the flags of `students`; return their cases."""
        self.program._screen(TODAY)
        flags = self.env["pact.flag"].search([("student_id", "in", students.ids)])
        flags.with_user(user or self.manager).action_confirm()
        return flags.case_id

    def make_letter(self, absences=9, student=None, **guardian):
        """A letter about a student with one guardian and that many absences."""
        student = student or self.make_student()
        if guardian is not None:
            self.make_guardian(student, **guardian)
        self.make_events(student, self.school_days(absences))
        return self.open_cases(student).letter_ids

    def to_step1(self, case):
        """What the acceptance of the school's referral will do."""
        case.with_context(pact_gate=GATE).write({"step_id": self.step1.id})
        case._log_step(TODAY, {})

    def reader(self, copy):
        return PdfReader(io.BytesIO(base64.b64decode(copy.pdf)))

    def text_of(self, copy):
        """The PDF's text with plain spaces."""
        pages = self.reader(copy).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())
