import base64
import hashlib

from odoo.tests import tagged

from .common import TODAY
from .common_letters import LettersCommon

MM = 25.4 / 72


@tagged("post_install", "-at_install")
class TestLettersPrint(LettersCommon):
    """The PDF as wkhtmltopdf really makes it: text, pages, millimeters."""

    def family(self, letter):
        return letter.delivery_ids.filtered("guardian_id")

    def print_letter(self, letter):
        letter.with_user(self.manager).action_print()
        return self.family(letter)

    def positions(self, copy):
        """Return [(x, y, text)] in mm from the top left corner of the first page."""
        page = self.reader(copy).pages[0]
        height = float(page.mediabox.height)
        found = []

        def visit(text, cm, tm, _font, _size):
            if text.strip():
                x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
                y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
                found.append((x * MM, (height - y) * MM, " ".join(text.split())))

        page.extract_text(visitor_text=visit)
        return found

    def test_nine_dates(self):
        """R21-08: one page, the dates, the total, the letterhead, whom to call."""
        copy = self.print_letter(self.make_letter())
        self.assertEqual(len(self.reader(copy).pages), 1)
        text = self.text_of(copy)
        for words in (
            "Example Regional Office",
            "Every child, every day",
            "(555) 010-0100",
            "Ana Rivera",
            "12 Example Street",
            "Re: Maya Rivera Born October 10, 2012 Lincoln Middle, Grade 8",
            "Sampleton 60000",
            "March 3, 2026",
            "Feb 19, 2026",
            "whole day",
            "Total: 9 days without a valid cause",
            "Please call us: Case-Manager",
            "Pat Example",
            "Regional Superintendent",
            "Copy to: Lincoln Middle",
            "105 ILCS 5/26-2a",
            "Attendance received through March 3, 2026",
            copy.reference,
            "DRAFT - not sent",
        ):
            self.assertIn(words, text)
        self.assertNotIn("{", text)

    def test_forty_dates_stay_on_one_page(self):
        letter = self.make_letter(absences=40)
        copy = self.print_letter(letter)
        self.assertEqual(len(self.reader(copy).pages), 1)
        text = self.text_of(copy)
        self.assertIn("Total: 40 days", text)
        self.assertIn("105 ILCS 5/26-2a", text)
        for row in letter.snapshot_id._parts()[0]["rows"]:
            day = self.env["report.pact_truancy.report_letter"]._day(
                row["date"], "en_US", "medium"
            )
            self.assertIn(day, text)

    def test_forty_dates_in_spanish_beyond_the_limit(self):
        self.district.excused_day_cap = 10
        student = self.make_student()
        days = self.school_days(50)
        self.make_guardian(student, lang_id=self.spanish.id)
        self.make_events(student, days[:30:2], code="EXE")
        self.make_events(student, days[1:30:2])
        self.make_events(student, days[30:], portion=0.5)
        letter = self.open_cases(student).letter_ids
        self.assertEqual(len(letter.snapshot_id._parts()[0]["rows"]), 40)
        copy = self.print_letter(letter)
        self.assertEqual(len(self.reader(copy).pages), 1)
        self.assertIn("más allá del límite", self.text_of(copy))

    def test_ten_long_rows_are_set_closer(self):
        """A row a date would run over the page here: Spanish, long reasons, a long
        name and office."""
        self.district.excused_day_cap = 1
        self.office.name = "Example Regional Office of Education and of Attendance"
        student = self.make_student(first="Maria-Fernanda", last="Villanueva-Castellon")
        self.make_guardian(student, lang_id=self.spanish.id)
        self.make_events(student, self.school_days(11), code="EXE")
        letter = self.open_cases(student).letter_ids
        self.assertEqual(len(letter.snapshot_id._parts()[0]["rows"]), 10)
        copy = self.print_letter(letter)
        self.assertEqual(len(self.reader(copy).pages), 1)
        self.assertIn("105 ILCS 5/26-2a", self.text_of(copy))

    def test_halves_and_days_beyond_the_limit(self):
        """R21-04: a half day and a day beyond the limit say so in the letter."""
        self.district.excused_day_cap = 2
        student = self.make_student()
        self.make_guardian(student)
        days = self.school_days(12)
        self.make_events(student, days[:3], code="EXE")
        self.make_events(student, days[3:11])
        self.make_events(student, days[11:], portion=0.5)
        text = self.text_of(self.print_letter(self.open_cases(student).letter_ids))
        self.assertIn("half day", text)
        self.assertIn("Excused by parent or guardian (beyond the limit)", text)
        self.assertIn("the school accepts 2 excused days a year", text)
        self.assertIn("Total: 9.5 days", text)

    def test_spanish(self):
        """GEN-06: text, labels and dates in the family's language; the school reads
        English."""
        letter = self.make_letter(lang_id=self.spanish.id)
        copy = self.print_letter(letter)
        text = self.text_of(copy)
        for words in (
            "Estimada familia de Maya",
            "Queremos ayudar para que Maya vaya a la escuela todos los días",
            "3 de marzo de 2026",
            "día completo",
            "Injustificada",
            "Atentamente",
            "BORRADOR",
        ):
            self.assertIn(words, text)
        school = letter.delivery_ids - copy
        self.assertIn("Dear family of Maya", self.text_of(school))

    def test_names_in_vietnamese_stay_text(self):
        copy = self.print_letter(self.make_letter(first="Nguyễn Thị", last="Hồng Đặng"))
        self.assertIn("Nguyễn Thị Hồng Đặng", self.text_of(copy))

    def test_address_stands_in_the_window(self):
        """A number 10 window shows x 22 to 111 and y 63.5 to 80.4 mm; nothing else
        stands where it may slip to (y 52 to 92, x up to 137)."""
        copy = self.print_letter(
            self.make_letter(street2="Apartment 7 B", last="Rivera-Montgomery")
        )
        places = self.positions(copy)
        address = ["Ana Rivera-Montgomery", *copy.address.splitlines()]
        inside = [
            (x, y, text) for x, y, text in places if 52 < y < 92 and x < 137 and text
        ]
        self.assertEqual([text for _x, _y, text in inside], address)
        for x, _y, _text in inside:
            self.assertAlmostEqual(x, 24, delta=2)
        # baselines: the first line's top is at 64 mm, the last line ends by 80 mm
        self.assertAlmostEqual(inside[0][1], 67.3, delta=2)
        self.assertLess(inside[-1][1], 80)

    def test_protected_address_is_never_printed(self):
        letter = self.make_letter(address_protected=True)
        copy = self.print_letter(letter)
        self.assertEqual(copy.channel, "hand")
        self.assertFalse(copy.address)
        self.assertIn("protected", letter.problem)
        for one in letter.delivery_ids:
            self.assertNotIn("12 Example Street", self.text_of(one))
        self.assertIn("By hand", self.text_of(copy))

    def test_no_copy_names_another_household(self):
        student = self.make_student()
        self.make_guardian(student, street="77 Other Road", first="Luis")
        letter = self.make_letter(student=student)
        self.assertEqual(len(self.family(letter)), 2)
        self.print_letter(letter)
        streets = {"77 Other Road", "12 Example Street"}
        for copy in letter.delivery_ids:
            others = streets - {(copy.address or "").split("\n")[0]}
            for street in others:
                self.assertNotIn(street, self.text_of(copy))
            for other in self.family(letter) - copy:
                self.assertNotIn(other.name, self.text_of(copy))

    def test_kept_with_its_hash_and_made_again_while_draft(self):
        letter = self.make_letter()
        copy = self.print_letter(letter)
        content = base64.b64decode(copy.pdf)
        self.assertEqual(copy.sha256, hashlib.sha256(content).hexdigest())
        copy.guardian_id.street = "99 New Street"
        self.print_letter(letter)
        self.assertIn("99 New Street", copy.address)
        self.assertIn("99 New Street", self.text_of(copy))
        self.assertNotEqual(base64.b64decode(copy.pdf), content)

    def test_final_letter_bears_no_draft_mark_and_keeps_its_words(self):
        letter = self.make_letter()
        self.to_step1(letter.case_id)
        letter.with_user(self.manager)._finalize(TODAY)
        copy = self.family(letter)
        self.assertNotIn("DRAFT", self.text_of(copy))
        before = copy.pdf
        copy.guardian_id.street = "99 New Street"
        letter.with_user(self.manager).action_print()
        self.assertEqual(copy.pdf, before)
        self.assertNotIn("99 New Street", copy.address)

    def test_report_gives_all_copies_as_one_file(self):
        letter = self.make_letter()
        self.print_letter(letter)
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, kind = report.with_user(self.manager)._render_qweb_pdf(
            "pact_truancy.report_letter", letter.delivery_ids.ids
        )
        self.assertEqual(kind, "pdf")
        copy = self.family(letter)
        copy.sudo()._gated().write({"pdf": base64.b64encode(content)})
        self.assertEqual(len(self.reader(copy).pages), 2)
