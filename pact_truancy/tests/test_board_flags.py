from datetime import date, timedelta

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.pact_truancy.models.facts.units import DAY

from .common import TODAY, TruancyCommon


class BoardCommon(TruancyCommon):
    """Students with nine absences each, and a person for each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env.ref("pact_truancy.program_r21")
        cls.program.office_ids = cls.office
        cls.bare_ladder(cls.program)
        cls.step = cls.env.ref("pact_truancy.program_r21_identified")
        cls.manager = cls.make_user("case-manager", "case_manager", cls.office)
        cls.principal = cls.make_user("principal", "school_admin", cls.school)
        cls.secretary = cls.make_user("secretary", "school_staff", cls.school)
        cls.administrator = cls.make_user("app-admin")
        cls.administrator.group_ids = [
            Command.link(cls.env.ref("pact_truancy.group_pact_administrator").id)
        ]

    @classmethod
    def make_flags(cls, count=1, school=None):
        """`count` students with nine absences, screened."""
        school = school or cls.school
        students = cls.env["pact.student"].create(
            [
                {"first_name": f"Maya{number or ''}", "last_name": "Rivera"}
                for number in range(count)
            ]
        )
        cls.env["pact.enrollment"].create(
            [
                {
                    "student_id": student.id,
                    "school_id": school.id,
                    "grade": "08",
                    "entry_date": date(2024, 8, 26),
                }
                for student in students
            ]
        )
        cls.env["pact.attendance.event"].create(
            [
                {
                    "student_id": student.id,
                    "school_id": school.id,
                    "date": day,
                    "code_id": cls.codes["UNX"].id,
                    "portion": DAY,
                }
                for student in students
                for day in cls.school_days(9)
            ]
        )
        cls.program._screen(TODAY)
        return cls.env["pact.flag"].search([("student_id", "in", students.ids)])

    def read_view(self, user, xmlid, domain):
        """Read what the client reads for a view; return (records, queries)."""
        view = self.env.ref(xmlid)
        Model = self.env[view.model].with_user(user)
        arch = etree.fromstring(Model.get_view(view.id, view.type)["arch"])
        specification = {
            node.get("name"): {"fields": {"display_name": {}}}
            if Model._fields[node.get("name")].type == "many2one"
            else {}
            for node in arch.iter("field")
        }
        # The least of three: what the registry caches may expire in between.
        queries = []
        for _reading in range(3):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            result = Model.web_search_read(domain, specification)
            queries.append(self.env.cr.sql_log_count - before)
        return result["records"], min(queries)


@tagged("post_install", "-at_install")
class TestFlagInbox(BoardCommon):
    def wizard(self, flags, user, decision):
        action = getattr(flags.with_user(user), f"action_ask_{decision}")()
        return Form(
            self.env[action["res_model"]]
            .with_user(user)
            .with_context(**action["context"])
        )

    def test_dismiss_asks_why(self):
        flag = self.make_flags()
        form = self.wizard(flag, self.principal, "dismiss")
        self.assertEqual(form.summary, flag.sentence)
        form.reason = "Covered by a doctor's note"
        form.save().action_decide()
        self.assertRecordValues(
            flag,
            [
                {
                    "state": "dismissed",
                    "reason": "Covered by a doctor's note",
                    "decided_by_id": self.principal.id,
                }
            ],
        )

    def test_dismiss_without_reason_is_refused(self):
        flag = self.make_flags()
        form = self.wizard(flag, self.manager, "dismiss")
        form.reason = "  "
        with self.assertRaisesRegex(UserError, "why the flag is dismissed"):
            form.save().action_decide()
        self.assertEqual(flag.state, "open")

    def test_snooze_many(self):
        flags = self.make_flags(3)
        form = self.wizard(flags, self.manager, "snooze")
        self.assertEqual(form.summary, "3 flags")
        self.assertEqual(form.until, TODAY + timedelta(days=14))
        form.save().action_decide()
        self.assertEqual(set(flags.mapped("state")), {"snoozed"})
        self.assertEqual(set(flags.mapped("date_snooze")), {TODAY + timedelta(days=14)})

    def test_snooze_until_today_is_refused(self):
        flag = self.make_flags()
        form = self.wizard(flag, self.manager, "snooze")
        form.until = TODAY
        with self.assertRaisesRegex(UserError, "day after today"):
            form.save().action_decide()

    def test_one_decided_flag_stops_all(self):
        flags = self.make_flags(2)
        form = self.wizard(flags, self.manager, "dismiss")
        form.reason = "Both in treatment"
        wizard = form.save()
        flags[0].with_user(self.principal).action_confirm()
        with self.assertRaisesRegex(UserError, "already decided"):
            wizard.action_decide()

    def test_school_staff_read_but_do_not_decide(self):
        flag = self.make_flags()
        own = flag.with_user(self.secretary)
        self.assertIn("9 unexcused days", own.sentence)
        self.assertTrue(own.explain()["parts"])
        with self.assertRaises(AccessError):
            own.action_confirm()
        with self.assertRaises(AccessError):
            own.action_dismiss("No")
        with self.assertRaises(AccessError):
            own.action_snooze(TODAY + timedelta(days=1))
        with self.assertRaises(AccessError):
            self.wizard(flag, self.secretary, "dismiss")
        with self.assertRaises(AccessError):
            own.action_screen()
        self.assertEqual(flag.state, "open")

    def test_principal_of_another_school_sees_nothing(self):
        flag = self.make_flags(school=self.other_school)
        own = flag.with_user(self.principal)
        self.assertFalse(own.search([("id", "=", flag.id)]))
        with self.assertRaises(AccessError):
            own.explain()
        with self.assertRaises(AccessError):
            own.action_confirm()
        self.assertTrue(flag.with_user(self.manager).explain())

    def test_confirm_names_the_case(self):
        flag = self.make_flags()
        message = flag.with_user(self.principal).action_confirm()["params"]
        self.assertIn("Identified", message["message"])
        self.assertIn(str(flag.case_id.id), message["links"][0]["url"])
        self.assertEqual(flag.case_id.flag_ids, flag)

    def test_age_in_words(self):
        flag = self.make_flags()
        self.assertEqual(flag.age, "today")
        self.set_today(TODAY + timedelta(days=1))
        flag.invalidate_recordset()
        self.assertEqual(flag.age, "yesterday")
        self.set_today(TODAY + timedelta(days=9))
        flag.invalidate_recordset()
        self.assertEqual(flag.age, "9 days ago")

    def test_my_schools(self):
        """Routing and the filter agree: the narrower assignment has the school."""
        near = self.make_user("near", "case_manager", self.school)
        here = self.make_flags()
        there = self.make_flags(school=self.sister_school)
        mine = [("school_id.is_mine", "=", True)]
        Flag = self.env["pact.flag"]
        self.assertEqual(Flag.with_user(near).search(mine), here)
        self.assertEqual(Flag.with_user(self.manager).search(mine), there)
        self.assertEqual(
            Flag.with_user(self.manager).search([("school_id.is_mine", "=", False)]),
            here,
        )

    def test_moved_student_does_not_break_the_list(self):
        """The school that flagged still reads its list when the student has gone."""
        flag = self.make_flags()
        student = flag.student_id
        student.enrollment_ids.exit_date = TODAY - timedelta(days=1)
        self.env["pact.enrollment"].create(
            {
                "student_id": student.id,
                "school_id": self.other_school.id,
                "entry_date": TODAY,
            }
        )
        self.env.invalidate_all()
        records, _queries = self.read_view(
            self.secretary, "pact_truancy.pact_flag_view_list", [("id", "=", flag.id)]
        )
        self.assertIn("Maya Rivera", records[0]["sentence"])

    def test_inbox_reads_with_constant_queries(self):
        counts = []
        for total in (10, 80):
            flags = self.make_flags(total)
            records, queries = self.read_view(
                self.manager,
                "pact_truancy.pact_flag_view_list",
                [("id", "in", flags.ids)],
            )
            self.assertEqual(len(records), total)
            counts.append(queries)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestExplain(BoardCommon):
    def explain(self, flag, user=None):
        return flag.with_user(user or self.manager).explain()["parts"][0]

    def test_all_dates_in_order(self):
        """GEN-02: the dialog shows rule, window, count and every date."""
        flag = self.make_flags()
        part = self.explain(flag)
        self.assertIn("at least 5 % (9 days)", part["rule"])
        self.assertFalse(part["differs"])
        self.assertEqual(part["then"], part["now"])
        self.assertEqual(part["now"]["value"], "9")
        self.assertEqual(part["now"]["through"], "Mar 3, 2026")
        self.assertEqual(len(part["rows"]), 9)
        self.assertEqual(part["rows"][-1]["date"], "Mar 3, 2026")
        self.assertEqual(part["rows"][-1]["weekday"], "Tue")
        self.assertEqual(part["rows"][-1]["what"], "UNX")
        self.assertEqual(part["rows"][-1]["now"], "whole day")

    def test_a_day_received_since_stands_beside(self):
        """GEN-05: 'the same today' is not said of a window that had a gap then."""
        flag = self.make_flags()
        flag._keep_evidence(flag.date)
        # as it was kept when nothing had come of one day of the window
        self.env.cr.execute(
            """UPDATE pact_snapshot
                  SET content = jsonb_set(content, '{0,gaps}', '1')
                WHERE id = %s""",
            (flag.snapshot_id.id,),
        )
        self.env.invalidate_all()
        part = self.explain(flag)
        self.assertTrue(part["differs"])
        self.assertIn("1 school day", " ".join(part["then"]["notes"]))
        self.assertNotIn("not received", " ".join(part["now"]["notes"]))

    def test_then_beside_now(self):
        """A day re-coded and a day added after the flag stand out, with why."""
        flag = self.make_flags()
        student = flag.student_id
        events = student.event_ids.sorted("date")
        events[0].code_id = self.codes["MED"]
        self.make_events(student, self.school_days(10)[:1], portion=0.5)
        part = self.explain(flag)
        self.assertTrue(part["differs"])
        self.assertEqual((part["then"]["value"], part["now"]["value"]), ("9", "8.5"))
        changed = [row for row in part["rows"] if row["changed"]]
        self.assertEqual(
            [(row["then"], row["now"]) for row in changed],
            [(False, "half day"), ("whole day", False)],
        )
        self.assertEqual(changed[1]["why"], "Counts as Medical.")

    def test_days_that_do_not_count_say_why(self):
        flag = self.make_flags()
        student = flag.student_id
        days = self.school_days(14)
        self.make_events(student, days[:1], code="EXE")
        withdrawn = self.make_events(student, days[1:2])
        withdrawn.action_withdraw()
        snow = self.calendar.day_ids.filtered(lambda day: day.date == days[2])
        self.make_events(student, days[2:3])
        snow.kind = "closed"
        self.make_events(student, days[3:4])
        self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", "=", days[3])]
        ).unlink()
        why = [row["why"] for row in self.explain(flag)["others"]]
        self.assertEqual(
            why,
            [
                "Counts as Excused.",
                "The school's file no longer contains it.",
                "Not a school day.",
                "That day's attendance has not been received.",
            ],
        )

    def test_beyond_the_limit(self):
        """R21-04: what counts only because it is beyond the limit says so."""
        self.district.excused_day_cap = 3
        student = self.make_student()
        self.make_events(student, self.school_days(12), code="EXE")
        self.program._screen(TODAY)
        flag = self.env["pact.flag"].search([("student_id", "=", student.id)])
        part = self.explain(flag)
        self.assertEqual(len(part["rows"]), 9)
        self.assertTrue(all("yearly limit" in row["note"] for row in part["rows"]))
        self.assertEqual(len(part["others"]), 3)

    def test_codes_of_a_school_not_served_are_not_shown(self):
        """Evidence of another school shows date, category and portion."""
        student = self.make_student(
            school=self.other_school, exit_date=TODAY - timedelta(days=1)
        )
        self.make_events(
            student, self.school_days(10)[:9], school=self.other_school, code="VACU"
        )
        self.env["pact.enrollment"].create(
            {
                "student_id": student.id,
                "school_id": self.school.id,
                "entry_date": TODAY,
            }
        )
        self.program._screen(TODAY)
        flag = self.env["pact.flag"].search([("student_id", "=", student.id)])
        self.assertEqual(
            {row["what"] for row in self.explain(flag, self.principal)["rows"]},
            {"Unexcused"},
        )
        self.assertEqual(
            {row["what"] for row in self.explain(flag, self.manager)["rows"]}, {"VACU"}
        )

    def test_the_list_says_where_a_student_stands(self):
        flag = self.make_flags()
        student = flag.student_id
        mine = student.with_user(self.secretary)
        self.assertEqual(mine.standing, "R21: flag")
        flag.with_user(self.manager).action_confirm()
        self.env.invalidate_all()
        self.assertEqual(mine.standing, "R21: Identified")

    def test_a_number_of_a_student(self):
        flag = self.make_flags()
        student = flag.student_id.with_user(self.secretary)
        data = student.explain("unexcused", "year")
        self.assertFalse(data["known_on"])
        self.assertEqual(data["parts"][0]["now"]["value"], "9")
        elsewhere = self.make_student(school=self.other_school)
        with self.assertRaises(AccessError):
            elsewhere.with_user(self.secretary).explain("unexcused", "year")

    def test_short_record_says_so(self):
        student = self.make_student(entry=date(2025, 8, 25))
        calendar = self.make_calendar("Short", years=((2025, 2026),))
        student.enrollment_ids.calendar_id = calendar
        data = student.with_user(self.manager).explain("unexcused", "previous", 180)
        count = len(calendar._school_days(date(2025, 8, 1), TODAY))
        self.assertIn(f"only {count} of the 180", data["parts"][0]["now"]["notes"][0])
