import base64
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.pact_truancy.models.facts.pact_attendance_event import FLAG_DOCUMENTED
from odoo.addons.pact_truancy.models.facts.units import DAY

from .common import TODAY, TruancyCommon


@tagged("post_install", "-at_install")
class TestNotes(TruancyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.make_student()
        cls.secretary = cls.make_user("secretary", "school_staff", cls.school)
        cls.days = cls.school_days(5)

    def note(self, kind="doctor", first=0, last=4, user=None, **values):
        notes = self.env["pact.attendance.note"].with_user(user or self.secretary)
        return notes.create(
            {
                "student_id": self.student.id,
                "kind": kind,
                "date_from": self.days[first],
                "date_to": self.days[last],
                **values,
            }
        )

    def send(self, days, code="UNV"):
        Event = self.env["pact.attendance.event"]
        rows = [
            (n, self.student.id, self.school.id, day, "", self.codes[code].id, DAY)
            + (None,) * 4
            for n, day in enumerate(days, 1)
        ]
        Event._stage(self.source, rows)
        Event._apply_stage(self.source)
        return Event.search(
            [("student_id", "=", self.student.id), ("date", "in", days)], order="date"
        )

    def documented(self, events):
        return [bool(event.flags & FLAG_DOCUMENTED) for event in events]

    def test_a_call_ahead_waits_for_its_absence(self):
        """R21-32: who called, when, for which days (also ahead) and why; the code that
        the handbook gives holds when the absence arrives."""
        ahead = TODAY + timedelta(days=2)
        link = self.make_guardian(self.student)
        form = Form(
            self.env["pact.attendance.note"]
            .with_user(self.secretary)
            .with_context(default_student_id=self.student.id)
        )
        form.date_from = ahead
        form.guardian_id = link.guardian_id
        form.reason = "Grandmother's funeral"
        form.code_id = self.codes["EXE"]
        note = form.save()
        self.assertEqual(note.school_id, self.school)
        self.assertEqual(note.date_to, ahead)
        self.assertEqual((note.date, note.received_by_id), (TODAY, self.secretary))
        note.action_apply()
        self.set_today(ahead)
        self.assertTrue(note.covers_today)
        event = self.send([ahead])
        self.assertEqual(
            (event.code_id.code, event.source_code_id.code), ("EXE", "UNV")
        )
        self.assertEqual(event.note_id, note)
        self.assertFalse(event.is_noted, "a call documents nothing")
        self.assertEqual(event.change_ids.mapped("operation"), ["note", "create"])
        self.assertFalse(event.reason, "the reason stays on the note")

    def test_a_doctors_paper_documents_what_is_there_and_what_arrives(self):
        held = self.send(self.days[:2])
        note = self.note(first=1)
        self.assertEqual(self.documented(held), [False, True])
        later = self.send(self.days[2:4])
        self.assertEqual(self.documented(later), [True, True])
        mine = self.make_events(self.student, self.days[4:])
        self.assertEqual(self.documented(mine), [True])
        note.action_void("Forged")
        self.assertEqual(self.documented(held | later | mine), [False] * 5)
        detail = held[1].change_ids[0].detail
        self.assertEqual(detail, "no longer documented by a note")
        self.assertEqual(self.env["pact.attendance.note"].search([]), note)

    def test_what_staff_ticked_stays_beside_the_note(self):
        event = self.send(self.days[:1])
        event.with_user(self.secretary).is_documented = True
        note = self.note()
        self.assertTrue(event.is_noted)
        note.action_void("Wrong child")
        self.assertFalse(event.is_noted)
        self.assertEqual(self.documented(event), [True])

    def test_two_papers_one_void(self):
        event = self.send(self.days[:1])
        first, second = self.note(), self.note(kind="nurse")
        first.action_void("Twice")
        self.assertEqual(self.documented(event), [True])
        second.action_void("Twice")
        self.assertEqual(self.documented(event), [False])

    def test_the_code_of_a_note_holds_until_it_is_voided(self):
        events = self.send(self.days)
        events[0].with_user(self.secretary).code_id = self.codes["CUT"]
        call = self.note("call", code_id=self.codes["EXE"].id)
        self.assertEqual(events.mapped("code_id.code"), ["CUT", "UNV"], "not yet")
        call.action_apply()
        codes = [event.code_id.code for event in events]
        self.assertEqual(codes, ["CUT"] + ["EXE"] * 4, "what staff decided stays")
        paper = self.note(first=3, code_id=self.codes["MED"].id)
        paper.action_apply()
        codes = [event.code_id.code for event in events]
        self.assertEqual(codes, ["CUT", "EXE", "EXE", "MED", "MED"])
        self.assertEqual(self.student.unverified_days, 0)
        paper.action_void("Not signed")
        codes = [event.code_id.code for event in events]
        self.assertEqual(codes, ["CUT"] + ["EXE"] * 4, "the call still holds")
        call.action_void("Somebody else called")
        codes = [event.code_id.code for event in events]
        self.assertEqual(codes, ["CUT"] + ["UNV"] * 4)
        self.assertEqual(self.student.unverified_days, 4)

    def test_a_later_file_keeps_the_note(self):
        event = self.send(self.days[:1])
        self.note("call", code_id=self.codes["EXE"].id).action_apply()
        self.send(self.days[:1], "UNX")
        self.assertEqual(
            (event.code_id.code, event.source_code_id.code), ("EXE", "UNX")
        )
        self.send(self.days[:1], "OSS")
        self.assertEqual(event.code_id.code, "OSS", "no call excuses a suspension")
        self.assertFalse(event.note_id)

    def test_a_note_makes_no_absence_of_a_tardy(self):
        event = self.send(self.days[:1], "TDY")
        self.note("parent", code_id=self.codes["EXE"].id).action_apply()
        self.assertEqual(event.code_id.code, "TDY")

    def test_staff_decide_after_the_note(self):
        event = self.send(self.days[:1])
        note = self.note("call", code_id=self.codes["EXE"].id)
        note.action_apply()
        event.with_user(self.secretary).code_id = self.codes["UNX"]
        note.action_void("Wrong")
        self.assertEqual(event.code_id.code, "UNX")

    def test_the_same_again_changes_nothing(self):
        event = self.send(self.days[:1])
        self.note(code_id=self.codes["MED"].id).action_apply()
        count = len(event.change_ids)
        self.env["pact.attendance.event"]._refresh_notes()
        self.send(self.days[:1])
        self.assertEqual(len(event.change_ids), count)

    def test_a_note_stays_what_it_was(self):
        note = self.note()
        with self.assertRaisesRegex(UserError, "Void the note"):
            note.date_to = self.days[1]
        with self.assertRaisesRegex(UserError, "never deleted"):
            note.sudo().unlink()
        with self.assertRaisesRegex(UserError, "why"):
            note.action_void(" ")
        for values in ({"is_void": True}, {"received_by_id": 1}, {"is_applied": True}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                note.write(values)
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.note(**values)
        with self.assertRaises(AccessError):
            self.env["pact.attendance.note"].with_user(self.secretary).with_context(
                default_is_void=True
            ).create({"student_id": self.student.id, "date_from": TODAY})

    def test_a_note_that_cannot_be(self):
        own = self.env["pact.attendance.code"].create(
            {
                "code": "ZZ",
                "name": "Theirs",
                "category": "excused",
                "district_id": self.other_district.id,
            }
        )
        stranger = self.make_guardian(self.make_student(first="Other"), first="Eva")
        for values in (
            {"date": TODAY + timedelta(days=1)},
            {"code_id": own.id},
            {"guardian_id": stranger.guardian_id.id},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.note(**values)

    # -- rights ----------------------------------------------------------------------

    def test_nobody_else_reads_what_a_doctor_wrote(self):
        note = self.note(reason="Asthma", scan=base64.b64encode(b"%PDF-paper"))
        event = self.send(self.days[:1])
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", note._name), ("res_field", "=", "scan")]
        )
        self.assertEqual(len(attachment), 1)
        self.assertEqual(attachment.with_user(self.secretary).raw, b"%PDF-paper")
        homeroom = self.env["pact.homeroom"].create(
            {"name": "8A", "school_id": self.school.id, "year_id": self.years[1].id}
        )
        self.student.enrollment_ids.homeroom_id = homeroom
        others = [
            self.make_user("teach", "teacher", homeroom),
            self.make_user("away", "school_admin", self.other_school),
            self.make_user("sister", "school_staff", self.sister_school),
            self.make_user("nobody"),
        ]
        for user in others:
            with self.subTest(user=user.login):
                theirs = note.with_user(user)
                for act in (
                    lambda n=theirs: n.read(["reason"]),
                    lambda n=theirs: n.action_void("Mine"),
                    lambda n=theirs: n.action_apply(),
                    lambda u=user: attachment.with_user(u).raw,
                    lambda u=user: self.note(user=u),
                ):
                    with self.assertRaises(AccessError):
                        act()
                try:
                    found = theirs.search([("reason", "ilike", "Asthma")])
                except AccessError:
                    found = theirs.browse()
                self.assertFalse(found)
        teacher = others[0]
        seen = event.with_user(teacher)
        self.assertFalse(seen.reason)
        for field in ("note_id", "change_ids"):
            with self.assertRaises(AccessError):
                seen.read([field])
        texts = event.change_ids.mapped("detail") + event.change_ids.mapped("reason")
        self.assertNotIn("Asthma", str(texts))
        with self.assertRaises(AccessError):
            self.student.with_user(teacher).read(["note_ids"])

    def test_a_former_school_keeps_what_it_took_and_the_new_one_has_all(self):
        old = self.note()
        self.student.enrollment_ids.exit_date = TODAY - timedelta(days=3)
        self.env["pact.enrollment"].create(
            {
                "student_id": self.student.id,
                "school_id": self.other_school.id,
                "entry_date": TODAY - timedelta(days=2),
            }
        )
        new_staff = self.make_user("river", "school_staff", self.other_school)
        new = self.note(user=new_staff, school_id=self.other_school.id)
        self.assertEqual(new.with_user(new_staff).search([]), new | old)
        self.assertEqual(old.with_user(self.secretary).search([]), old)
        with self.assertRaises(AccessError):
            self.note(school_id=self.other_school.id)

    def test_a_case_manager_notes_and_does_not_recode(self):
        manager = self.make_user("manager", "case_manager", self.school)
        event = self.send(self.days[:1])
        note = self.note("agency", user=manager, code_id=self.codes["EXE"].id)
        with self.assertRaises(AccessError):
            note.action_apply()
        note.with_user(self.secretary).action_apply()
        with self.assertRaises(AccessError):
            note.with_user(manager).action_void("Not mine to take back")
        with self.assertRaises(AccessError):
            note.with_user(manager).code_id = self.codes["MED"]
        self.assertEqual(event.code_id.code, "EXE")


@tagged("post_install", "-at_install")
class TestCodeChange(TruancyCommon):
    def test_one_statement_for_all_events_and_history(self):
        """A code that counts differently changes its events at once, keeps what staff
        decided, and says so in each event's history."""
        students = self.env["pact.student"].union(
            *(self.make_student(first=f"Kid{n}") for n in range(4))
        )
        day = self.school_days(1)
        for student in students:
            self.make_events(student, day, code="UNV")
        events = students.event_ids
        events[0].write({"is_documented": True, "cap_decision": "excused"})
        flags = events[0].flags
        code = self.codes["UNV"]
        code.category = "tardy"
        self.assertEqual(set(events.mapped("category_name")), {"tardy"})
        self.assertEqual(set(events.mapped("category")), {6})
        self.assertFalse(any(event.flags & 1 for event in events))
        self.assertEqual(events[0].flags & 14, flags & 14)
        self.assertEqual(students.mapped("absent_days"), [0] * 4)
        for event in events:
            change = event.change_ids[0]
            self.assertEqual(change.operation, "code")
            self.assertEqual(change.detail, "Unverified -> Tardy")
        code.minutes = 31
        self.assertEqual({event.flags >> 6 for event in events}, {31})
        self.assertEqual(events[0].change_ids[0].detail, "Unverified -> Tardy")

    def test_the_number_of_queries_does_not_grow(self):
        day = self.school_days(1)
        counts = []
        for number in (2, 8):
            for place in range(number):
                student = self.make_student(first=f"Kid{number}{place}")
                self.make_events(student, day, code="UNV")
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.codes["UNV"].category = "excused" if number == 2 else "unverified"
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_a_code_does_not_make_more_than_one_day(self):
        student = self.make_student()
        day = self.school_days(1)
        self.make_events(student, day)
        self.make_events(student, day, code="TDY")
        with self.assertRaisesRegex(ValidationError, "more than one whole day"):
            self.codes["TDY"].is_absent = True

    def test_an_empty_absence_says_what_is_missing(self):
        with self.assertRaisesRegex(ValidationError, "Student, School"):
            self.env["pact.attendance.event"].create({})
