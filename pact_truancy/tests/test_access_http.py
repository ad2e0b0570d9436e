import json
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import TODAY, TruancyCommon


@tagged("post_install", "-at_install")
class TestAccessHttp(TruancyCommon, HttpCase):
    """Over the wire, with an API key or a session: what the rights say, and no more.

    Each refusal has its twin: the same call on the same record by the school's people.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.make_student(first="Zebulon", last="Quick")
        cls.link = cls.make_guardian(cls.student, first="Wilma", last="Quick")
        cls.make_events(cls.student, cls.school_days(9))
        program = cls.env.ref("pact_truancy.program_r21")
        program.office_ids = cls.office
        program._screen(TODAY)
        flag = cls.env["pact.flag"].search([("student_id", "=", cls.student.id)])
        flag.action_confirm()
        cls.case = flag.case_id
        cls.file = cls.env["ir.attachment"].create(
            {
                "name": "note.txt",
                "raw": b"Zebulon was ill",
                "res_model": "pact.case",
                "res_id": cls.case.id,
            }
        )
        cls.insider = cls.make_user("insider", "coordinator", cls.school)
        cls.elsewhere = cls.make_user("elsewhere", "coordinator", cls.other_school)
        cls.outsider = cls.make_user("outsider")
        cls.strangers = cls.elsewhere | cls.outsider
        for user in cls.insider | cls.strangers:
            user.group_ids += cls.env.ref("base.group_allow_export")
        until = fields.Datetime.now() + timedelta(days=1)
        cls.keys = {
            user: cls.env["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "test", until)
            for user in cls.insider | cls.strangers
        }

    def api(self, user, model, method, **arguments):
        """Call /json/2; return (status, text)."""
        response = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(arguments),
            headers={
                "Authorization": f"bearer {self.keys[user]}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.env.cr.dbname,
            },
        )
        return response.status_code, response.text

    def assertSilent(self, text):
        for name in ("Zebulon", "Wilma"):
            self.assertNotIn(name, text)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_reading_by_the_api(self):
        """GEN-07: read, search, name search, grouping, export, forms."""
        student, guardian = self.student.id, self.link.guardian_id.id
        name = {"display_name": {}}
        calls = (
            ("pact.student", "read", {"ids": [student], "fields": ["name"]}),
            ("pact.student", "search_read", {"domain": [], "fields": ["name"]}),
            ("pact.student", "name_search", {"name": "Zebulon"}),
            ("pact.student", "web_read", {"ids": [student], "specification": name}),
            ("pact.student", "web_search_read", {"domain": [], "specification": name}),
            (
                "pact.student",
                "formatted_read_group",
                {"domain": [], "groupby": ["first_name"], "aggregates": ["__count"]},
            ),
            (
                "pact.student",
                "web_read_group",
                {"domain": [], "groupby": ["first_name"], "aggregates": []},
            ),
            (
                "pact.student",
                "export_data",
                {"ids": [student], "fields_to_export": ["name"]},
            ),
            ("pact.guardian", "read", {"ids": [guardian], "fields": ["name"]}),
            (
                "pact.guardian",
                "search_read",
                {
                    "domain": [["student_link_ids.student_id.name", "ilike", "Zeb"]],
                    "fields": ["name"],
                },
            ),
            (
                "pact.attendance.event",
                "search_read",
                {"domain": [], "fields": ["student_id"]},
            ),
            (
                "pact.attendance.event",
                "formatted_read_group",
                {"domain": [], "groupby": ["student_id"], "aggregates": ["__count"]},
            ),
            ("pact.case", "search_read", {"domain": [], "fields": ["student_id"]}),
            ("pact.flag", "search_read", {"domain": [], "fields": ["student_id"]}),
            ("pact.letter", "search_read", {"domain": [], "fields": ["student_id"]}),
            (
                "pact.letter.delivery",
                "search_read",
                {"domain": [], "fields": ["name", "address"]},
            ),
            (
                "pact.enrollment",
                "onchange",
                {
                    "ids": [],
                    "values": {},
                    "field_names": [],
                    "fields_spec": {"student_id": {"fields": name}},
                    "context": {"default_student_id": student},
                },
            ),
            (
                "pact.student",
                "explain",
                {"ids": [student], "measure": "unexcused", "window": "year"},
            ),
        )
        for model, method, arguments in calls:
            with self.subTest(model=model, method=method):
                status, text = self.api(self.insider, model, method, **arguments)
                self.assertEqual(status, 200, text[:300])
                self.assertRegex(text, "Zebulon|Wilma")
                for user in self.strangers:
                    _status, text = self.api(user, model, method, **arguments)
                    self.assertSilent(text)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_changing_by_the_api(self):
        """GEN-07: create, write, delete, and the buttons."""
        student, source = self.student.id, self.source.id
        calls = (
            ("pact.student", "write", {"ids": [student], "vals": {"suffix": "Jr."}}),
            (
                "pact.student.identifier",
                "create",
                {
                    "vals_list": [
                        {"student_id": student, "source_id": source, "value": "{user}"}
                    ]
                },
            ),
            (
                "pact.attendance.event",
                "write",
                {
                    "ids": self.student.event_ids[:1].ids,
                    "vals": {"reason": "flu {user}"},
                },
            ),
            ("pact.student.guardian", "unlink", {"ids": self.link.ids}),
            (
                "pact.case",
                "action_close",
                {"ids": self.case.ids, "outcome": "improved"},
            ),
        )
        for model, method, arguments in calls:
            with self.subTest(model=model, method=method):
                for user in self.strangers:
                    status, text = self.api(user, model, method, **arguments)
                    self.assertIn(status, (403, 404), text[:300])
                    self.assertSilent(text)
                status, text = self.api(self.insider, model, method, **arguments)
                self.assertEqual(status, 200, text[:300])

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_private_methods_and_rights_by_the_api(self):
        """GEN-07: nobody reaches what has an underscore, or gives rights to oneself."""
        for user in self.insider | self.strangers:
            for model, method, arguments in (
                ("pact.access", "_rebuild", {"users": [user.id]}),
                ("pact.student", "_refresh_reach", {"day": "2026-03-03"}),
                ("pact.clock", "_today", {}),
                ("pact.demo", "_load", {}),
                (
                    "pact.access",
                    "create",
                    {
                        "vals_list": [
                            {
                                "user_id": user.id,
                                "school_id": self.school.id,
                                "role": "coordinator",
                                "assignment_id": 1,
                                "breadth": 1,
                                "valid_from": "2000-01-01 00:00:00",
                                "valid_to": "2099-01-01 00:00:00",
                            }
                        ]
                    },
                ),
                (
                    "pact.assignment",
                    "create",
                    {
                        "vals_list": [
                            {
                                "user_id": user.id,
                                "school_id": self.school.id,
                                "role": "coordinator",
                            }
                        ]
                    },
                ),
            ):
                with self.subTest(user=user.login, method=f"{model}.{method}"):
                    status, _text = self.api(user, model, method, **arguments)
                    self.assertIn(status, (403, 404, 422))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_files_and_reports(self):
        """GEN-07: downloads, pictures, reports and the export of a list."""
        copies = ",".join(map(str, self.case.letter_ids.delivery_ids.ids))
        self.assertTrue(copies)
        pages = (
            f"/web/content/{self.file.id}",
            f"/web/content/{self.file.id}?download=1",
            f"/web/content/ir.attachment/{self.file.id}/datas",
            f"/report/html/pact_truancy.report_letter/{copies}",
        )
        self.authenticate("insider", "insider")
        for page in pages:
            with self.subTest(page):
                response = self.url_open(page)
                self.assertEqual(response.status_code, 200)
                self.assertIn("Zebulon", response.text)
        for login in ("elsewhere", "outsider", None):
            self.authenticate(login, login)
            for page in pages:
                with self.subTest(page, login=login):
                    response = self.url_open(page)
                    self.assertSilent(response.text)
                    self.assertTrue(
                        response.status_code >= 400 or "/web/login" in response.url
                    )
                    # a guess at the record itself says no more
                    for model in ("pact.case", "pact.student"):
                        guess = self.url_open(f"/odoo/{model}/{self.student.id}")
                        self.assertSilent(guess.text)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_rejected_rows_of_an_import(self):
        """GEN-07: the rows that an import rejected, for its maker and the coordinator
        of its schools."""
        maker = self.make_user("maker", "school_staff", self.school)
        colleague = self.make_user("colleague", "school_staff", self.school)
        job = (
            self.env["pact.import.job"]
            .with_user(maker)
            .create(
                {
                    "kind": "attendance",
                    "source_id": self.source.id,
                    "school_ids": [(6, 0, self.school.ids)],
                    "file_name": "absences.csv",
                    "file": "U3R1ZGVudCxEYXRlLENvZGUKWmVidWxvbiwyMDI2LTAzLTAyLFVOWAo=",
                }
            )
        )
        job.action_read()
        self.env["pact.import.row"].create(
            {"job_id": job.id, "operation": "rejected", "line": 2, "problem": "Unknown"}
        )
        page = f"/pact/import/{job.id}/rejected.csv"
        for user, found in (
            (maker, True),
            (self.insider, True),
            (colleague, False),
            (self.elsewhere, False),
            (self.outsider, False),
        ):
            with self.subTest(user.login):
                self.authenticate(user.login, user.login)
                response = self.url_open(page)
                self.assertEqual(response.status_code, 200 if found else 404)
                self.assertEqual("Zebulon" in response.text, found)
