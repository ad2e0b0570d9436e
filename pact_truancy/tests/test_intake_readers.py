import io
import zipfile
from datetime import date, datetime

import openpyxl

from odoo.tests import BaseCase, tagged

from odoo.addons.pact_truancy.models.intake.layouts import propose
from odoo.addons.pact_truancy.models.intake.readers import (
    FileProblem,
    Limits,
    read_table,
)
from odoo.addons.pact_truancy.models.intake.values import (
    parse_date,
    parse_grade,
    possible_date_formats,
)

TEXT = "id,name,day\n007,Peña,2026-03-02\n008,Zoë,2026-03-03\n"


def workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@tagged("post_install", "-at_install")
class TestIntakeReaders(BaseCase):
    def assertProblem(self, code, content, **limits):
        with self.assertRaises(FileProblem) as caught:
            read_table(content, Limits(**limits) if limits else None)
        self.assertEqual(caught.exception.code, code)

    def test_encodings(self):
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
            with self.subTest(encoding):
                table = read_table(TEXT.encode(encoding))
                self.assertEqual(table.headers, ["id", "name", "day"])
                self.assertEqual(table.rows[0], (2, ["007", "Peña", "2026-03-02"]))

    def test_delimiters_and_line_numbers(self):
        for delimiter in ",;\t|":
            with self.subTest(delimiter):
                text = TEXT.replace(",", delimiter).replace("\n", "\r\n")
                table = read_table(text.encode())
                self.assertEqual(table.delimiter, delimiter)
                self.assertEqual([line for line, _cells in table.rows], [2, 3])

    def test_line_number_after_a_cell_of_two_lines(self):
        table = read_table(b'id,note\n1,"two\nlines"\n2,x\n')
        self.assertEqual([line for line, _cells in table.rows], [2, 4])

    def test_backslash_escapes_and_null(self):
        """Aspen: headings in single quotes, \\" inside double quotes, NULL and \\N."""
        table = read_table(
            b"'ATT_OID','ATT_COMMENT','ATT_DATE'\n"
            b'"A1","said \\"sick\\", called",NULL\n"A2",\\N,"2026-03-02"\n'
        )
        self.assertEqual(table.headers, ["ATT_OID", "ATT_COMMENT", "ATT_DATE"])
        self.assertEqual(table.rows[0][1], ["A1", 'said "sick", called', ""])
        self.assertEqual(table.rows[1][1], ["A2", "", "2026-03-02"])

    def test_null_is_a_name_elsewhere(self):
        table = read_table(b"id,last\n1,NULL\n2,\\N\n")
        self.assertEqual([cells[1] for _l, cells in table.rows], ["NULL", ""])

    def test_short_and_blank_rows(self):
        table = read_table(b"id,name,note\n1,a\n,,\n\n2,b,c,,\n")
        self.assertEqual([c for _l, c in table.rows], [["1", "a", ""], ["2", "b", "c"]])

    def test_workbook(self):
        content = workbook(
            [
                ["id", "day", "days"],
                [4821, datetime(2026, 3, 2), 0.5],
                ["007", 46083, 1.0],
                [None, None, None],
            ]
        )
        table = read_table(content)
        self.assertEqual(table.rows[0], (2, ["4821", date(2026, 3, 2), "0.5"]))
        self.assertEqual(table.rows[1][1][0], "007")
        self.assertEqual(parse_date(table.rows[1][1][1], "us", True), date(2026, 3, 2))
        self.assertEqual(len(table.rows), 2)

    def test_what_cannot_be_read(self):
        self.assertProblem("empty", b"")
        self.assertProblem("empty", b"\xef\xbb\xbf\r\n,,\r\n")
        self.assertProblem("no_rows", b"id,name\n")
        self.assertProblem("no_header", b"004821,2026-03-02,A\n004822,2026-03-02,A\n")
        self.assertProblem("duplicate_headers", b"id,Day,day\n1,2,3\n")
        self.assertProblem("wrong_kind", b"%PDF-1.7 something")
        self.assertProblem("wrong_kind", b"<!DOCTYPE html><html><body>")
        self.assertProblem("old_excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
        self.assertProblem("broken_workbook", b"PK\x03\x04 not a workbook")
        self.assertProblem("broken_workbook", workbook([["id"], ["1"]])[:-80])

    def test_other_zip(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("a.csv", TEXT)
        self.assertProblem("wrong_kind", stream.getvalue())

    def test_limits(self):
        self.assertProblem("too_large", TEXT.encode(), size=len(TEXT.encode()) - 1)
        read_table(TEXT.encode(), Limits(size=len(TEXT.encode()), rows=2))
        self.assertProblem("too_many_rows", TEXT.encode(), rows=1)
        self.assertProblem("too_many_rows", workbook([["id"], ["1"], ["2"]]), rows=1)
        self.assertProblem("too_many_columns", b"a,b,c\n1,2,3\n", columns=2)
        self.assertProblem(
            "too_many_columns", workbook([["a", "b"], [1, 2]]), columns=1
        )
        self.assertProblem("unpacked", workbook([["id"], ["1"]]), unpacked=1000)

    def test_dates_are_never_guessed(self):
        self.assertEqual(possible_date_formats({"2026-03-02"}), ["iso"])
        self.assertEqual(possible_date_formats({"20260302"}), ["compact"])
        self.assertEqual(possible_date_formats({"3/2/2026", "3/31/2026"}), ["us"])
        self.assertEqual(possible_date_formats({"3/2/2026", "31/3/2026"}), ["eu"])
        self.assertEqual(possible_date_formats({"3/2/2026"}), ["us", "eu"])
        self.assertEqual(parse_date("03/02/2026", "us"), date(2026, 3, 2))
        self.assertEqual(parse_date("03/02/2026", "eu"), date(2026, 2, 3))
        self.assertEqual(parse_date("2026-03-02T00:00:00", "iso"), date(2026, 3, 2))
        self.assertIsNone(parse_date("2026-02-30", "iso"))
        self.assertIsNone(parse_date("3/2/26", "us"))
        self.assertIsNone(parse_date("", "us"))

    def test_one_bad_date_does_not_hide_the_format(self):
        texts = {"11/20/2026", "11/23/2026", "31/31/2026"}
        self.assertEqual(possible_date_formats(texts), ["us"])
        self.assertEqual(possible_date_formats({"31/31/2026"}), [])
        self.assertEqual(
            possible_date_formats({"11/23/2026", "23/11/2026"}), ["us", "eu"]
        )

    def test_a_file_that_breaks_off(self):
        for end in ("", "009,Ana", '009,"Ana'):
            content = (TEXT + end).encode()
            if not end:
                self.assertEqual(len(read_table(content).rows), 2)
                continue
            with self.assertRaises(FileProblem) as caught:
                read_table(content)
            self.assertEqual(caught.exception.code, "cut_off")
            self.assertEqual(caught.exception.values, {"line": 4})
        # short, but whole: the line has its end
        self.assertEqual(len(read_table((TEXT + "009,Ana\n").encode()).rows), 3)
        # all cells of the last row are there
        self.assertEqual(len(read_table(TEXT.rstrip("\n").encode()).rows), 2)

    def test_grades(self):
        for text, grade in {
            "Ninth grade": "09",
            "9": "09",
            "09": "09",
            "K": "KG",
            "Kindergarten": "KG",
            "PK": "PK",
            "uri://ed-fi.org/GradeLevelDescriptor#First grade": "01",
            "13": None,
        }.items():
            self.assertEqual(parse_grade(text), grade, text)

    def test_generic_headings_get_a_proposal(self):
        columns, layout = propose(
            ["Student ID", "School", "Attendance Date", "Absence Code", "Comment"],
            "attendance",
        )
        self.assertIsNone(layout)
        self.assertEqual(
            list(columns.values()), ["student", "school", "date", "code", "reason"]
        )
