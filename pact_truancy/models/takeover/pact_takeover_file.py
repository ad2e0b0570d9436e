import io

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from odoo import api, models

from ..casework.pact_intervention import RESULTS
from ..facts.pact_attendance_prior import TYPED
from ..intake.workbook import text_cell
from .layout import READ_ME, SHEET, WRONG
from .pact_takeover_orders import STATES

HEAD = PatternFill("solid", fgColor="DDE5EE")
WIDTHS = {"text": 22, "date": 14, "number": 14}
FORMATS = {"text": "@", "date": "yyyy-mm-dd", "number": "General"}
ROWS = 1000  # that the lists to choose from reach down to


class PactTakeover(models.Model):
    """The workbooks that people get: the empty one, and the rejected rows."""

    _inherit = "pact.takeover"

    @api.model
    def _template(self):
        """Return the empty workbook as bytes: a sheet a subject, lists to choose from,
        and a page that says what each column means."""
        self.check_access("create")
        book = Workbook()
        self._write_read_me(book.active)
        lists = book.create_sheet("Lists")
        lists.sheet_state = "hidden"
        places = self._write_lists(lists)
        for sheet in self._sheets():
            page = book.create_sheet(sheet.title)
            self._write_heads(page, sheet.columns)
            for number, column in enumerate(sheet.columns, 1):
                source = places.get(f"{sheet.code}.{column.code}")
                if source:
                    self._offer(page, number, source)
        return _bytes(book)

    def _write_read_me(self, page):
        page.title = READ_ME
        page.column_dimensions["A"].width = 26
        page.column_dimensions["B"].width = 90
        page.append([self.env._("Taking over a running year")])
        page["A1"].font = Font(bold=True, size=14)
        for line in self._read_me_lines():
            page.append([line])
        for sheet in self._sheets():
            page.append([])
            page.append([sheet.title, sheet.about])
            page.cell(page.max_row, 1).font = Font(bold=True)
            for column in sheet.columns:
                needed = self.env._("required") if column.is_required else ""
                parts = (needed, column.help, "2026-03-31" * (column.kind == "date"))
                page.append([column.title, "; ".join(filter(None, parts))])
        for title, pairs in self._code_lists():
            page.append([])
            page.append([title])
            page.cell(page.max_row, 1).font = Font(bold=True)
            for code, name in pairs:
                page.append([code, name])
        for row in page.iter_rows(min_col=2, max_col=2):
            row[0].alignment = Alignment(wrap_text=True, vertical="top")

    def _read_me_lines(self):
        return [
            self.env._(
                "Fill in the sheets that you need, read the workbook in the program, "
                "look at the preview, then take over. Nothing is sent to anybody."
            ),
            self.env._(
                "Read it as often as you like: what is known already is not written "
                "again."
            ),
            self.env._("Students must be enrolled at the school that you name."),
            self.env._(
                "Absences by day come in by Attendance, Import, like those of this "
                "year."
            ),
        ]

    def _code_lists(self):
        """Return [(title, [(code, name)])] of what the columns take."""
        # sudo: programs and kinds are no child's record
        programs = self.env["pact.program"].sudo().search([])
        kinds = self.env["pact.letter.kind"].sudo().search([])
        interventions = self.env["pact.intervention.kind"].sudo().search([])
        lists = [
            (
                self.env._("Steps of %(program)s", program=program.code),
                [(step.code, step.name) for step in program._rungs()],
            )
            for program in programs
        ]
        for program, own in kinds.grouped(lambda one: one.step_id.program_id).items():
            lists.append(
                (
                    self.env._("Letters of %(program)s", program=program.code),
                    [(kind.code, kind.name) for kind in own],
                )
            )
        lists.append(
            (
                self.env._("Kinds of interventions"),
                [(one.code, one.name) for one in interventions],
            )
        )
        return lists

    @api.model
    def _choices(self):
        """Return {'sheet.column': values that it offers}."""
        programs = self.env["pact.program"].sudo().search([]).mapped("code")
        kinds = self.env["pact.intervention.kind"].sudo().search([]).mapped("code")
        return {
            **{
                f"{sheet.code}.program": programs
                for sheet in self._sheets()
                if any(column.code == "program" for column in sheet.columns)
            },
            "interventions.kind": kinds,
            "interventions.result": [label for _value, label in RESULTS],
            "orders.outcome": [label for _value, label in STATES],
            "totals.category": [label for _value, label in TYPED],
            "totals.year": self.env["pact.school.year"].search([]).mapped("name"),
        }

    def _write_lists(self, page):
        """Write what is offered, a column a list; returns {'sheet.column': formula}."""
        places, written = {}, {}
        for name, values in self._choices().items():
            key = tuple(values)
            if key and key not in written:
                letter = get_column_letter(len(written) + 1)
                written[key] = f"Lists!${letter}$1:${letter}${len(values)}"
                for number, value in enumerate(values, 1):
                    page[f"{letter}{number}"] = value
            if key:
                places[name] = written[key]
        return places

    @staticmethod
    def _offer(page, number, source):
        # a name is taken too: what is offered is no limit
        offer = DataValidation(type="list", formula1=source, allow_blank=True)
        offer.showErrorMessage = False
        letter = get_column_letter(number)
        offer.add(f"{letter}2:{letter}{ROWS}")
        page.add_data_validation(offer)

    @staticmethod
    def _write_heads(page, columns):
        page.freeze_panes = "A2"
        for number, column in enumerate(columns, 1):
            letter = get_column_letter(number)
            width = max(WIDTHS[column.kind], len(column.title) + 4)
            page.column_dimensions[letter].width = width
            page.column_dimensions[letter].number_format = FORMATS[column.kind]
            cell = page.cell(1, number, column.title)
            cell.font = Font(bold=column.is_required)
            cell.fill = HEAD

    def _rejected(self):
        """Return the rejected rows as bytes of a workbook that can be corrected and
        read again; beside each stands what is wrong."""
        self.ensure_one()
        self.check_access("read")
        wrong = {
            (one.sheet, one.line): one.problem
            for one in self.env["pact.takeover.row"].search(
                [("takeover_id", "=", self.id), ("operation", "=", "rejected")]
            )
        }
        book = Workbook(write_only=True)
        pages = {}
        for row in self._read_rows() if wrong else []:
            problem = wrong.get((row.sheet, row.line))
            if problem is None:
                continue
            sheet = SHEET[row.sheet]
            if sheet.code not in pages:
                page = pages[sheet.code] = book.create_sheet(sheet.title)
                page.freeze_panes = "A2"
                for number, column in enumerate(sheet.columns, 1):
                    letter = get_column_letter(number)
                    page.column_dimensions[letter].width = WIDTHS[column.kind]
                page.append(
                    [
                        text_cell(page, head, Font(bold=True))
                        for head in (*(c.title for c in sheet.columns), WRONG)
                    ]
                )
            page = pages[sheet.code]
            cells = [row.cells.get(column.code, "") for column in sheet.columns]
            cells = [str(one) if isinstance(one, str) else one for one in cells]
            page.append([text_cell(page, cell) for cell in (*cells, problem)])
        if not pages:
            book.create_sheet(READ_ME)
        return _bytes(book)


def _bytes(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
