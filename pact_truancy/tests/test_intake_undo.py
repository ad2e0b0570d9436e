from datetime import timedelta

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.pact_truancy.models.facts.units import DAY

from .intake_common import IntakeCommon
from .test_intake_attendance import FRI, HEAD, MON

SPAN = {"mode": "replace", "date_from": FRI, "date_to": MON}


@tagged("post_install", "-at_install")
class TestIntakeUndo(IntakeCommon):
    """Any attendance import can be undone from its history, with a preview."""

    def undo(self, job, user=None):
        action = job.with_user(user or self.secretary).action_undo()
        return (
            self.env["pact.import.job"]
            .with_user(user or self.secretary)
            .browse(action["res_id"])
        )

    def held(self, students):
        return [
            (str(e.date), e.code_id.code, e.portion)
            for e in self.events(students)
            if not e.is_withdrawn
        ]

    def test_what_it_brought_changed_and_took_back(self):
        head = "student_id,school,date,code,reason,days\n"
        first = (
            head + f"004821,0012,{FRI},UNX,bus,0.5\n004822,0012,{FRI},EXE,,\n"
            f"004822,0012,{MON},UNX,,\n"
        )
        self.bring_in(first, **SPAN)
        before = self.held(self.maya | self.theo)
        job = self.bring_in(
            head + f"004821,0012,{FRI},MED,doctor,1\n004821,0012,{MON},UNX,,\n"
            f"004822,0012,{FRI},EXE,,\n",
            **SPAN,
        )
        self.assertCounts(job, new=1, changed=1, unchanged=1, withdrawn=1)
        undo = self.undo(job)
        self.assertEqual(undo.state, "preview")
        self.assertEqual(undo.name, f"Undo of {job.name}")
        self.assertCounts(undo, changed=2, withdrawn=1)
        self.assertNotEqual(self.held(self.maya | self.theo), before)
        undo.action_apply()
        self.assertEqual(self.held(self.maya | self.theo), before)
        event = self.events(self.maya).filtered(lambda e: e.date == FRI)
        self.assertEqual((event.source_reason, event.reason), ("bus", "bus"))
        self.assertEqual(event.source_portion, DAY // 2)
        self.assertTrue(event.is_counted)
        self.assertEqual(event.change_ids[0].reason, f"Undo of import {job.name}")
        self.assertEqual(job.undone_by_id, undo)
        # the first file says nothing new now
        self.assertCounts(self.bring_in(first, **SPAN), unchanged=3)

    def test_an_undo_can_be_undone(self):
        job = self.bring_in(HEAD + f"004821,0012,{FRI},UNX,\n")
        undo = self.undo(job)
        undo.action_apply()
        self.assertFalse(self.held(self.maya))
        again = self.undo(undo)
        self.assertCounts(again, changed=1)
        again.action_apply()
        self.assertEqual(self.held(self.maya), [(str(FRI), "UNX", DAY)])
        self.assertFalse(job.undone_by_id)
        self.assertEqual(undo.undone_by_id, again)

    def test_later_changes_stay_and_are_listed(self):
        job = self.bring_in(
            HEAD + f"004821,0012,{FRI},UNX,\n004822,0012,{FRI},UNX,\n"
            f"004821,0012,{MON},UNX,\n"
        )
        later = self.bring_in(HEAD + f"004822,0012,{FRI},EXE,\n")
        self.events(self.maya)[0].with_user(self.secretary).write(
            {"code_id": self.codes["MED"].id}
        )
        undo = self.undo(job)
        self.assertEqual((undo.withdrawn_count, undo.left_count), (1, 2))
        self.assertIn(later.name, undo.later_text)
        left = undo.row_ids.filtered(lambda row: row.operation == "left")
        self.assertEqual(
            sorted(left.mapped("problem")),
            [
                "Since then: Changed by staff.",
                "Since then: Changed by the source.",
            ],
        )
        undo.action_apply()
        self.assertEqual(
            self.held(self.maya | self.theo),
            [(str(FRI), "MED", DAY), (str(FRI), "EXE", DAY)],
        )

    def test_days_that_it_alone_brought_are_no_longer_received(self):
        received = self.env["pact.attendance.received"]
        domain = [("school_id", "=", self.school.id), ("date", ">=", FRI)]
        received.search(domain).unlink()
        job = self.bring_in(
            HEAD + f"004821,0012,{FRI},UNX,\n", date_from=FRI, date_to=MON
        )
        other = self.bring_in(
            HEAD + f"004822,0012,{MON},UNX,\n", date_from=MON, date_to=MON
        )
        self.undo(job).action_apply()
        day = received.search(domain)
        self.assertEqual(day.mapped("date"), [MON])
        self.assertEqual(day.job_id, other)
        self.undo(other).action_apply()
        self.assertFalse(received.search(domain))

    def test_a_conflict_that_it_raised_is_over(self):
        self.bring_in(HEAD + f"004821,0012,{FRI},UNX,\n")
        event = self.events(self.maya)
        event.with_user(self.secretary).write({"code_id": self.codes["EXE"].id})
        job = self.bring_in(HEAD + f"004821,0012,{FRI},TDY,\n")
        conflict = self.env["pact.import.conflict"].search([("job_id", "=", job.id)])
        self.assertEqual(conflict.state, "open")
        self.undo(job).action_apply()
        self.assertEqual(conflict.state, "settled")
        self.assertEqual(event.code_id.code, "EXE")
        self.assertEqual(event.source_code_id.code, "UNX")

    def test_a_conflict_about_what_is_gone_is_over(self):
        self.bring_in(HEAD + f"004821,0012,{FRI},UNX,\n", **SPAN)
        event = self.events(self.maya)
        event.with_user(self.secretary).write({"code_id": self.codes["EXE"].id})
        job = self.bring_in(HEAD + f"004822,0012,{FRI},UNX,\n", **SPAN)
        self.assertTrue(event.is_source_gone)
        self.undo(job).action_apply()
        self.assertFalse(event.is_source_gone)
        self.assertFalse(event.is_withdrawn)

    def test_a_changed_world_between_preview_and_undo(self):
        job = self.bring_in(HEAD + f"004821,0012,{FRI},UNX,\n")
        undo = self.undo(job)
        self.events(self.maya).with_user(self.secretary).write(
            {"code_id": self.codes["EXE"].id}
        )
        with self.assertRaisesRegex(UserError, "changed since the preview"):
            undo.action_apply()

    def test_who_and_what(self):
        job = self.bring_in(HEAD + f"004821,0012,{FRI},UNX,\n")
        stranger = self.make_user("stranger", "school_staff", self.other_school)
        with self.assertRaises(AccessError):
            job.with_user(stranger).action_undo()
        undo = self.undo(job, self.coordinator)
        with self.assertRaises(AccessError):
            undo.write({"undo_of_id": False})
        undo.action_apply()
        self.assertEqual(undo.applied_by_id, self.coordinator)
        with self.assertRaisesRegex(UserError, "undone already"):
            job.action_undo()
        students = self.bring_in(
            "student_id,first_name,last_name\n004821,Maya,Rivera\n", "student"
        )
        with self.assertRaisesRegex(UserError, "Only imports of attendance"):
            students.action_undo()

    def test_two_previews_of_one_undo(self):
        """Two people look at it; the second finds it done."""
        job = self.bring_in(HEAD + f"004821,0012,{FRI},UNX,\n")
        mine, theirs = self.undo(job), self.undo(job, self.coordinator)
        self.assertNotEqual(mine, theirs)
        mine.action_apply()
        with self.assertRaises(UserError):
            theirs.action_apply()
        self.assertEqual(len(self.events(self.maya).change_ids), 2)


@tagged("post_install", "-at_install")
class TestIntakeLimit(IntakeCommon):
    """More than a share withdrawn or changed stops and asks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.children = [cls.make_student("Ann", f"Sample {n}") for n in range(16)]
        for number, child in enumerate(cls.children):
            cls.name_student(child, f"5{number:05}")
        cls.full = HEAD + "".join(
            f"5{number:05},0012,{FRI},UNX,\n" for number in range(16)
        )
        cls.half = HEAD + "".join(
            f"5{number:05},0012,{FRI},UNX,\n" for number in range(5)
        )

    def stopped(self):
        self.bring_in(self.full, **SPAN)
        job = self.read_file(self.half, **SPAN)
        job.action_preview()
        return job

    def test_half_a_file_stops(self):
        job = self.stopped()
        self.assertEqual((job.held_count, job.withdrawn_count), (16, 11))
        self.assertIn("16 absences", job.stop_text)
        with self.assertRaisesRegex(UserError, "coordinator of all its schools"):
            job.action_apply()
        self.assertEqual(job.state, "preview")
        with self.assertRaises(UserError):
            job.action_ask_override()
        with self.assertRaises(UserError):
            job._override("I want it")
        with self.assertRaises(AccessError):
            job.write({"override_fingerprint": job.fingerprint})

    def test_who_only_answers_for_it_does_not_change_it(self):
        """The coordinator reads the import of the school: no button that is refused."""
        job = self.stopped()
        seen = job.with_user(self.coordinator)
        self.assertTrue(seen.can_override)
        self.assertFalse(seen.can_change)
        self.assertTrue(job.can_change)
        self.assertFalse(job.can_override)

    def test_rows_of_no_number(self):
        """Called without a number, the rejected rows open."""
        action = self.stopped().action_open_rows()
        self.assertIn(("operation", "=", "rejected"), action["domain"])

    def test_a_coordinator_applies_it_with_a_reason(self):
        job = self.stopped()
        wizard = self.env["pact.import.override"].with_user(self.coordinator)
        action = job.with_user(self.coordinator).action_ask_override()
        wizard = wizard.with_context(**action["context"]).create(
            {"reason": "The storm day was taken out"}
        )
        wizard.action_apply()
        self.assertEqual(job.state, "applied")
        self.assertEqual(job.override_by_id, self.coordinator)
        self.assertEqual(job.override_reason, "The storm day was taken out")
        withdrawn = self.env["pact.attendance.event"].search_count(
            [("is_withdrawn", "=", True), ("source_id", "=", self.source.id)]
        )
        self.assertEqual(withdrawn, 11)

    def test_a_school_administrator_answers_for_the_own_import(self):
        self.bring_in(self.full, **SPAN)
        job = self.read_file(self.half, user=self.principal, **SPAN)
        job.action_preview()
        self.assertTrue(job.can_override)
        with self.assertRaises(UserError):
            job.action_apply()
        job._override("Right")
        self.assertEqual(job.state, "applied")

    def test_the_answer_is_for_what_was_seen(self):
        """Another difference asks again."""
        job = self.stopped()
        job.sudo().override_fingerprint = job.fingerprint
        self.events(self.children[7]).with_user(self.secretary).write(
            {"code_id": self.codes["EXE"].id}
        )
        job.action_preview()
        with self.assertRaisesRegex(UserError, "coordinator of all its schools"):
            job.action_apply()

    def test_few_rows_never_stop(self):
        first = HEAD + "".join(f"5{n:05},0012,{FRI},UNX,\n" for n in range(3))
        self.bring_in(first, **SPAN)
        job = self.bring_in(HEAD + f"500000,0012,{FRI},UNX,\n", **SPAN)
        self.assertCounts(job, unchanged=1, withdrawn=2)

    def test_reasons_that_come_in_later_never_stop(self):
        """Unverified in the morning, excused in the evening: the normal course."""
        self.bring_in(self.full.replace("UNX", "UNV"), **SPAN)
        job = self.bring_in(self.full.replace("UNX", "EXE"), **SPAN)
        self.assertCounts(job, changed=16)
        again = self.read_file(self.full.replace("UNX", "MED"), **SPAN)
        again.action_preview()
        self.assertIn("16 changed", again.stop_text)

    def test_a_stopped_import_offers_no_button_that_applies(self):
        view = self.env["pact.import.job"].get_view(view_type="form")
        button = etree.fromstring(view["arch"]).find(
            ".//button[@name='action_start_apply']"
        )
        self.assertIn("stop_text", button.get("invisible"))

    def test_the_share_is_the_profiles(self):
        self.bring_in(self.full, **SPAN)
        self.env["pact.import.profile"].search(
            [("source_id", "=", self.source.id)]
        ).stop_percent = 80
        self.assertCounts(self.bring_in(self.half, **SPAN), unchanged=5, withdrawn=11)

    def test_unknown_students_in_a_file_that_replaces(self):
        """Their numbers are written in another way: their days must not go."""
        self.bring_in(self.full, **SPAN)
        odd = self.half + "".join(
            f"X{number:05},0012,{FRI},UNX,\n" for number in range(5, 16)
        )
        job = self.read_file(odd, **SPAN)
        job.action_preview()
        self.assertIn("11 of 16 rows name students", job.stop_text)
        with self.assertRaises(UserError):
            job.action_apply()
        add = self.read_file(odd, mode="add", date_from=FRI, date_to=MON)
        add.action_preview()
        self.assertFalse(add.stop_text)

    def test_at_once(self):
        """A run that nobody watches compares once; what stops stays to be seen."""
        job = self.read_file(self.full, **SPAN)
        self.assertIsNone(job.sudo()._import_at_once(job._check_ready()))
        self.assertEqual((job.state, job.new_count), ("applied", 16))
        half = self.read_file(self.half, **SPAN)
        reasons = half.sudo()._import_at_once(half._check_ready())
        self.assertEqual(len(reasons), 1)
        self.assertEqual((half.state, half.withdrawn_count), ("preview", 11))

    # what a file covers ---------------------------------------------------------

    def test_the_profile_proposes_schools_and_dates(self):
        job = self.bring_in(self.full, **SPAN)
        profile = job.profile_id.with_env(self.env)
        self.assertEqual(profile.cover_dates, "file")
        self.assertFalse(profile.school_ids)
        profile.write({"cover_dates": "last", "cover_days": 3})
        profile.school_ids = self.school | self.sister_school
        again = self.read_file(self.half, user=self.coordinator)
        self.assertEqual(
            (again.date_from, again.date_to), (FRI - timedelta(days=1), MON)
        )
        self.assertEqual(again.school_ids, self.school | self.sister_school)
        mine = self.read_file(self.half)
        self.assertEqual(mine.school_ids, self.school)
        profile.write({"cover_dates": "year", "covers_today": True})
        year = self.read_file(self.half)
        self.assertEqual(str(year.date_from), "2025-07-01")
        self.assertEqual(str(year.date_to), "2026-03-03")

    def test_a_wholly_rejected_file_brings_no_day(self):
        received = self.env["pact.attendance.received"]
        domain = [("school_id", "=", self.school.id), ("date", ">=", FRI)]
        received.search(domain).unlink()
        job = self.bring_in(HEAD + f"777777,0012,{FRI},UNX,\n", **SPAN)
        self.assertCounts(job, rejected=1)
        self.assertFalse(received.search(domain))
