import base64
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.mail.tools.discuss import Store

from .common import TODAY, TruancyCommon

NAME = {"display_name": {}}


@tagged("post_install", "-at_install")
class TestAccessLeaks(TruancyCommon):
    """No way around a record gives away its name: messages, activities, files, errors,
    searches by a path, grouping."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.make_student(
            first="Zebulon", last="Quick", school=cls.other_school
        )
        cls.link = cls.make_guardian(cls.student, first="Wilma", last="Quick")
        cls.make_events(cls.student, cls.school_days(9))
        program = cls.env.ref("pact_truancy.program_r21")
        program.office_ids = cls.office
        program._screen(TODAY)
        cls.flag = cls.env["pact.flag"].search([("student_id", "=", cls.student.id)])
        cls.flag.action_confirm()
        cls.case = cls.flag.case_id
        cls.outsider = cls.make_user("outsider")
        cls.elsewhere = cls.make_user("elsewhere", "coordinator", cls.school)
        cls.insider = cls.make_user("insider", "case_manager", cls.other_school)
        # somebody at home, so that 'nothing' is not an empty database
        own = cls.make_student(first="Own", last="Quick")
        cls.make_guardian(own, first="Olga", last="Quick")

    def assertNoName(self, value):
        text = repr(value)
        for name in ("Zebulon", "Wilma"):
            self.assertNotIn(name, text)

    def test_search_by_a_path(self):
        """A search through related records finds nothing by what it may not read, and
        confirms no guess."""
        for user, twin in ((self.elsewhere, False), (self.insider, True)):
            for model, domain in (
                (
                    "pact.guardian",
                    [("student_link_ids.student_id.name", "=ilike", "Z%")],
                ),
                (
                    "pact.student",
                    [("guardian_link_ids.guardian_id.name", "=ilike", "W%")],
                ),
                ("pact.student", [("event_ids.date", "=", TODAY)]),
                ("pact.student", [("case_ids.is_open", "=", True)]),
                ("pact.school", [("access_ids.school_id.name", "=", "River High")]),
                ("pact.program", [("step_ids.name", "=", "nothing")]),
            ):
                records = self.env[model].with_user(user)
                try:
                    found = records.search(domain)
                except AccessError:
                    found = records.browse()
                if model in ("pact.guardian", "pact.student"):
                    self.assertEqual(bool(found), twin, (user.login, domain))
                else:
                    self.assertFalse(found)

    def test_whether_there_are_lines(self):
        """Who may not read cases does not learn who has one, neither by whether there
        are any nor by trying their ids: a teacher about the own class."""
        room = self.env["pact.homeroom"].create(
            {
                "name": "8A",
                "school_id": self.other_school.id,
                "year_id": self.years[1].id,
            }
        )
        self.student.enrollment_ids.homeroom_id = room
        teacher = self.make_user("teacher", "teacher", room)
        for user, twin in ((teacher, False), (self.insider, True)):
            students = self.env["pact.student"].with_user(user)
            self.assertTrue(students.search([("id", "=", self.student.id)]))
            for domain in (
                [("case_ids", "!=", False)],
                [("case_ids", "in", self.case.ids)],
                [("case_ids", "=", self.case.id)],
                [("case_ids", "not in", [False])],
                ["!", ("case_ids", "=", False)],
                [("enrollment_ids.student_id.case_ids", "!=", False)],
                [("enrollment_ids.student_id.case_ids", "in", self.case.ids)],
            ):
                with self.subTest(user=user.login, domain=domain):
                    try:
                        found = students.search(domain)
                    except AccessError:
                        found = students.browse()
                    self.assertEqual(bool(found), twin)
        own = self.env["pact.student"].with_user(self.insider)
        self.assertNotIn(self.student, own.search([("case_ids", "=", False)]))

    def test_everybody_may_ask_about_schools_but_not_whom_they_teach(self):
        """Public words (schools, codes, programs) lead to no child."""
        for model in sorted(self.env):
            if not model.startswith("pact.") or self.env[model]._abstract:
                continue
            records = self.env[model].with_user(self.elsewhere)
            if not records.has_access("read"):
                continue
            for name, field in records._fields.items():
                if field.comodel_name != "pact.student" or not field.store:
                    continue
                with self.subTest(model=model, field=name):
                    found = records.search([(f"{name}.last_name", "=", "Quick")])
                    self.assertNoName(found.mapped("display_name"))
                    groups = records.formatted_read_group([], [name], ["__count"])
                    self.assertNoName(groups)

    def test_activity_of_any_record(self):
        """An employee who types model and id into an activity learns no name."""
        for user, twin in ((self.outsider, False), (self.insider, True)):
            for record in (self.case, self.student):
                activities = self.env["mail.activity"].with_user(user)
                values = {
                    "res_model_id": self.env["ir.model"]._get_id(record._name),
                    "res_model": record._name,
                    "res_id": record.id,
                }
                try:
                    result = activities.onchange(
                        values, ["res_id"], {"res_name": {}, "display_name": {}}
                    )
                    new = activities.new(values).res_name
                except AccessError:
                    result, new = None, None
                self.assertEqual("Zebulon" in repr([result, new]), twin)
            with self.assertRaises(AccessError) if not twin else patch("os.getpid"):
                self.case.with_user(user).activity_schedule(
                    "mail.mail_activity_data_todo", user_id=user.id
                )

    def test_activity_after_the_right_ended(self):
        """An activity stays assigned; what it says about the child does not."""
        activity = self.case.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.insider.id
        )
        activities = self.env["mail.activity"].with_user(self.insider)
        self.assertIn("Zebulon", activities.search([("id", "=", activity.id)]).res_name)
        self.insider.sudo().pact_assignment_ids.date_to = TODAY - timedelta(days=1)
        self.env.invalidate_all()
        self.assertFalse(activities.search([("id", "=", activity.id)]))
        self.assertFalse(activities.search_read([("res_id", "=", self.case.id)]))
        with self.assertRaises(AccessError):
            activity.with_user(self.insider).read(["res_name", "summary"])
        self.assertNoName(self.insider.with_user(self.insider)._get_activity_groups())

    def test_messages(self):
        """Neither a message's thread nor the name of its record."""
        message = self.case.message_post(body="Home visit with Zebulon")
        for user, twin in (
            (self.outsider, False),
            (self.elsewhere, False),
            (self.insider, True),
        ):
            messages = self.env["mail.message"].with_user(user)
            self.assertEqual(
                bool(messages.search([("id", "=", message.id)])), twin, user.login
            )
            thread = self.case.with_user(user)
            if twin:
                thread.message_post(body="Seen")
                continue
            for attempt in (
                lambda t=thread: t.message_post(body="Hello"),
                lambda t=thread: t.read(["message_ids"]),
                lambda m=message, u=user: m.with_user(u).read(["body"]),
            ):
                with self.assertRaises(AccessError):
                    attempt()
            thread.message_subscribe(user.partner_id.ids)
            self.assertNotIn(user.partner_id, self.case.message_partner_ids)
            values = {"model": "pact.case", "res_id": self.case.id}
            try:
                result = messages.onchange(values, ["res_id"], {"record_name": {}})
                new = messages.new(values).record_name
            except AccessError:
                result, new = None, None
            self.assertNoName([result, new])

    def test_notify_on_any_record(self):
        """`message_notify` takes any model and id; the message carries no name."""
        notify = self.env["mail.thread"].with_user(self.outsider)
        for record in (self.case, self.student):
            try:
                message = notify.message_notify(
                    body="x",
                    model=record._name,
                    res_id=record.id,
                    partner_ids=self.outsider.partner_id.ids,
                )
            except AccessError:
                continue
            self.assertNoName(message.with_user(self.outsider).read())
            mails = self.env["mail.mail"].sudo()
            found = mails.search([("mail_message_id", "=", message.id)])
            self.assertNoName(found.read(["subject", "body_html", "body"]))

    def test_a_message_follows_the_right_to_its_record(self):
        """Neither who wrote, nor who was told, nor who follows: the client shows a
        message with the name of its record."""
        partners = self.outsider.partner_id + self.insider.partner_id
        for record in (self.case, self.student):
            message = (
                self.env["mail.thread"]
                .with_user(self.insider)
                .sudo()
                .message_notify(
                    body="x",
                    model=record._name,
                    res_id=record.id,
                    author_id=self.outsider.partner_id.id,
                    partner_ids=partners.ids,
                )
            )
            for user, twin in ((self.outsider, False), (self.insider, True)):
                seen = message.with_user(user).sudo(False)
                found = seen.search([("id", "=", message.id)])
                self.assertEqual(bool(found), twin, user.login)
                self.assertEqual(seen.has_access("read"), twin, user.login)
                store = Store().add(seen, "message_format")
                self.assertEqual("Zebulon" in repr(store.get_result()), twin)

    def test_who_follows_and_only_reads_writes_nothing(self):
        auditor = self.make_user("auditor", "auditor", self.other_school)
        case = self.case.with_user(auditor)
        self.assertTrue(case.has_access("read"))
        case.message_subscribe(auditor.partner_id.ids)
        with self.assertRaises(AccessError):
            case.message_post(body="Heard of it")

    def test_composer_on_any_record(self):
        composer = self.env["mail.compose.message"].with_user(self.outsider)
        for record in (self.case, self.student):
            try:
                result = composer.with_context(
                    default_model=record._name, default_res_ids=repr(record.ids)
                ).onchange(
                    {},
                    [],
                    {
                        "subject": {},
                        "body": {},
                        "record_name": {},
                        "res_ids": {},
                    }
                    if "record_name" in composer._fields
                    else {"subject": {}, "body": {}},
                )
            except AccessError:
                continue
            self.assertNoName(result)

    def test_followers_whose_right_ended_hear_nothing(self):
        self.case.message_subscribe(self.insider.partner_id.ids)
        self.case.message_subscribe(self.outsider.partner_id.ids)
        message = self.case.message_post(
            body="News of Zebulon", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(message.notified_partner_ids, self.insider.partner_id)
        self.insider.sudo().pact_assignment_ids.date_to = TODAY - timedelta(days=1)
        message = self.case.message_post(
            body="More of Zebulon", subtype_xmlid="mail.mt_comment"
        )
        self.assertFalse(message.notified_partner_ids)

    def test_errors_in_debug_mode(self):
        """Every employee can turn on debug mode; a refusal must not name the child."""
        self.elsewhere.group_ids += self.env.ref("base.group_no_one")
        for record in (self.student, self.link.guardian_id, self.case):
            with patch.object(
                type(self.env["res.users"]), "has_group", return_value=True
            ):
                with self.assertRaises(AccessError) as refusal:
                    record.with_user(self.elsewhere).read(["display_name"])
            self.assertNoName(refusal.exception.args)

    def test_files(self):
        """A file on a child's record opens with the record alone."""
        attachment = self.env["ir.attachment"].create(
            {
                "name": "Zebulon.pdf",
                "raw": b"%PDF-Zebulon",
                "res_model": "pact.case",
                "res_id": self.case.id,
            }
        )
        for user, twin in (
            (self.outsider, False),
            (self.elsewhere, False),
            (self.insider, True),
        ):
            files = self.env["ir.attachment"].with_user(user)
            self.assertEqual(bool(files.search([("id", "=", attachment.id)])), twin)
            if twin:
                self.assertTrue(attachment.with_user(user).read(["datas"])[0]["datas"])
                continue
            with self.assertRaises(AccessError):
                attachment.with_user(user).read(["datas", "name"])
            with self.assertRaises(AccessError):
                files.create(
                    {
                        "name": "x",
                        "datas": base64.b64encode(b"x"),
                        "res_model": "pact.case",
                        "res_id": self.case.id,
                    }
                )

    def test_households_of_protected_addresses(self):
        """A protected address joins no household: its key is empty, so no search for
        neighbors finds it; and it stays so when somebody else types it in."""
        guardian = self.link.guardian_id
        key = guardian.address_key
        self.assertTrue(key)
        guardian.address_protected = True
        insider = self.env["pact.guardian"].with_user(self.insider)
        self.assertFalse(guardian.address_key)
        self.assertFalse(insider.search([("address_key", "=", key)]))
        self.assertFalse(insider.search([("zip", "=", "60000")]))
        groups = insider.formatted_read_group([], ["address_key"], ["__count"])
        self.assertNotIn(key, repr(groups))

    def test_numbers_of_the_day_do_not_depend_on_who_asks(self):
        """Rights restrict students, never the events of a count: a case manager of the
        new school sees the number with the days at the old one."""
        self.student.enrollment_ids.exit_date = TODAY - timedelta(days=1)
        self.env["pact.enrollment"].create(
            {
                "student_id": self.student.id,
                "school_id": self.school.id,
                "entry_date": TODAY,
            }
        )
        values = self.student.with_user(self.elsewhere).read(
            ["unexcused_days", "event_ids"]
        )[0]
        self.assertEqual(values["unexcused_days"], 8, "nine, less the day he left")
        self.assertFalse(
            self.env["pact.attendance.event"]
            .with_user(self.make_user("new-school", "school_staff", self.school))
            .search([("student_id", "=", self.student.id)])
        )
