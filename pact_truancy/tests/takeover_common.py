import base64
import io

from openpyxl import Workbook

from ..models.takeover.layout import SHEET
from .program_common import ProgramCommon


class TakeoverCommon(ProgramCommon):
    """Workbooks as an office fills them in, and what becomes of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maya = cls.make_numbered("Maya", "0101")
        cls.omar = cls.make_numbered("Omar", "0102")

    @classmethod
    def make_numbered(cls, first, number, school=None):
        student = cls.make_student(first=first, school=school)
        cls.env["pact.student.identifier"].create(
            {"student_id": student.id, "source_id": cls.source.id, "value": number}
        )
        return student

    def book(self, heads=None, **sheets):
        """The bytes of a workbook.

        :param sheets: {code of the sheet: list of dicts {code of the column: cell}}
        :param heads: {code of the sheet: other headings}
        """
        book = Workbook()
        book.remove(book.active)
        for code, rows in sheets.items():
            sheet = SHEET[code]
            page = book.create_sheet(sheet.title)
            page.append([column.title for column in sheet.columns])
            for row in rows:
                row = {"school": "Lincoln Middle", "program": self.program.code, **row}
                page.append([row.get(column.code) for column in sheet.columns])
        return self.bytes_of(book)

    @staticmethod
    def bytes_of(book):
        content = io.BytesIO()
        book.save(content)
        return content.getvalue()

    def upload(self, content, user=None):
        takeovers = self.env["pact.takeover"].with_user(user or self.coordinator)
        return takeovers.create(
            {
                "source_id": self.source.id,
                "file": base64.b64encode(content),
                "file_name": "year.xlsx",
            }
        )

    def preview(self, user=None, **sheets):
        takeover = self.upload(self.book(**sheets), user)
        takeover.action_preview()
        return takeover

    def take_over(self, user=None, **sheets):
        """All rows are good and are taken over."""
        takeover = self.preview(user, **sheets)
        self.assertFalse(takeover.rejected_count, takeover.row_ids.mapped("problem"))
        takeover.action_apply()
        self.assertEqual(takeover.state, "applied")
        self.env.invalidate_all()
        return takeover

    def problems(self, takeover):
        """{(sheet, line): what is wrong}"""
        rows = takeover.row_ids.filtered(lambda row: row.operation == "rejected")
        return {(row.sheet, row.line): row.problem for row in rows}

    def wrong(self, sheet, **cells):
        """What is said of one row."""
        takeover = self.preview(**{sheet: [cells]})
        self.assertEqual(takeover.new_count, 0)
        return self.problems(takeover)[sheet, 2]

    def case_of(self, student, user=None):
        case = self.env["pact.case"].search([("student_id", "=", student.id)])
        return case.with_user(user or self.manager)
