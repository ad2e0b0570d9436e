from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .intake_common import IntakeCommon

HEAD = "contact_id,student_id,first_name,last_name,relationship,phone,street,zip\n"
DAYS = "student_id,school,date,code\n"
MONDAY = "2026-03-02"


@tagged("post_install", "-at_install")
class TestConflicts(IntakeCommon):
    """What staff changed survives later files; something new is asked about."""

    def guardian_file(self, phone, street="", **values):
        row = f"G1,004821,Ana,Rivera,Mother,{phone},{street},60000\n"
        return self.bring_in(HEAD + row, "guardian", **values)

    def conflicts(self, state="open"):
        return self.env["pact.import.conflict"].search([("state", "=", state)])

    @property
    def guardian(self):
        return self.maya.guardian_link_ids.guardian_id

    # -- people ----------------------------------------------------------------------

    def test_a_phone_number_survives_until_the_source_says_something_new(self):
        """GEN-05: what staff changed is neither lost nor silently kept."""
        self.guardian_file("555-0100")
        self.guardian.with_user(self.secretary).phone = "555-0199"
        for _again in range(2):
            self.assertCounts(self.guardian_file("555-0100"), unchanged=1)
            self.assertEqual(self.guardian.phone, "555-0199")
        self.assertFalse(self.conflicts())
        job = self.guardian_file("555-0155")
        self.assertCounts(job, conflict=1)
        self.assertIn("decide", job.result)
        conflict = self.conflicts()
        self.assertRecordValues(
            conflict,
            [
                {
                    "before": "555-0100",
                    "now": "555-0155",
                    "ours": "555-0199",
                    "label": "Ana Rivera: Phone",
                    "student_id": self.maya.id,
                    "school_id": self.school.id,
                    "ours_by_id": self.secretary.id,
                    "job_id": job.id,
                }
            ],
        )
        self.assertTrue(conflict.ours_on)
        self.assertEqual(self.guardian.phone, "555-0199")
        self.assertEqual(self.guardian.phone_key, "5550199")
        # said again, it is the same question; said anew, it replaces it
        self.assertCounts(self.guardian_file("555-0155"), unchanged=1)
        self.assertCounts(self.guardian_file("555-0166"), conflict=1)
        self.assertEqual(self.conflicts(), conflict)
        self.assertEqual((conflict.before, conflict.now), ("555-0100", "555-0166"))

    def test_keeping_ours_holds_until_the_source_changes_again(self):
        self.guardian_file("555-0100")
        self.guardian.with_user(self.secretary).phone = "555-0199"
        self.guardian_file("555-0155")
        self.conflicts().with_user(self.secretary).action_keep()
        self.assertEqual(self.conflicts("kept").decided_by_id, self.secretary)
        self.assertCounts(self.guardian_file("555-0155"), unchanged=1)
        self.assertFalse(self.conflicts())
        self.assertCounts(self.guardian_file("555-0177"), conflict=1)
        self.assertEqual(self.conflicts().before, "555-0155")

    def test_taking_the_files(self):
        self.guardian_file("555-0100")
        self.guardian.with_user(self.secretary).phone = "555-0199"
        self.guardian_file("555-0155")
        conflict = self.conflicts().with_user(self.secretary)
        conflict.action_take()
        self.assertEqual(self.guardian.phone, "555-0155")
        with self.assertRaises(UserError):
            conflict.action_keep()
        # it is the source's again: its next change is no conflict
        self.assertCounts(self.guardian_file("555-0188"), changed=1)
        self.assertEqual(self.guardian.phone, "555-0188")

    def test_a_conflict_settles_itself(self):
        self.guardian_file("555-0100")
        self.guardian.with_user(self.secretary).phone = "555-0199"
        self.guardian_file("555-0155")
        self.assertCounts(self.guardian_file("555-0199"), unchanged=1)
        self.assertFalse(self.conflicts())
        self.assertEqual(len(self.conflicts("settled")), 1)

    def test_a_first_value_beside_ours_is_asked_about(self):
        """The source had no phone number; staff found one; now the source has one."""
        self.guardian_file("")
        self.guardian.with_user(self.secretary).phone = "555-0199"
        self.assertCounts(self.guardian_file("555-0100"), conflict=1)
        self.assertEqual(self.conflicts().before, "-")

    def test_a_conflict_does_not_stop_the_rest(self):
        """The same row's other fields are taken, and the other rows."""
        self.guardian_file("555-0100")
        self.guardian.with_user(self.secretary).phone = "555-0199"
        text = (
            HEAD + "G1,004821,Anna,Rivera,Mother,555-0155,,60000\n"
            "G2,004822,Bo,Example,Father,555-0101,,60000\n"
        )
        self.assertCounts(self.bring_in(text, "guardian"), conflict=1, new=1)
        self.assertEqual(self.guardian.name, "Anna Rivera")
        self.assertEqual(self.guardian.phone, "555-0199")
        self.assertEqual(self.theo.guardian_link_ids.guardian_id.name, "Bo Example")

    def test_students(self):
        head = "student_id,first_name,last_name,preferred_name,language,dob\n"
        row = "004821,Maya,Rivera,{},{},2012-10-10\n"
        self.bring_in(head + row.format("May", "English"), "student")
        spanish = self.env["pact.import.loader"]._languages()["spanish"]
        self.maya.with_user(self.secretary).write(
            {"preferred_name": "Mimi", "lang_id": spanish}
        )
        text = head + row.format("May", "English")
        self.assertCounts(self.bring_in(text, "student"), unchanged=1)
        text = head + row.format("Maia", "French")
        self.assertCounts(self.bring_in(text, "student"), conflict=1)
        self.assertEqual(self.maya.preferred_name, "Mimi")
        conflicts = self.conflicts()
        self.assertEqual(
            set(conflicts.mapped("label")), {"Preferred Name", "Home Language"}
        )
        conflicts.with_user(self.secretary).action_take()
        self.assertEqual(self.maya.preferred_name, "Maia")
        self.assertIn("French", self.maya.lang_id.name)

    def test_enrollments(self):
        """The child left; the system, which is late, does not take that back."""
        head = "student_id,school,entry_date,exit_date,grade\n"
        row = "004821,0012,2024-08-26,{},8\n"
        self.bring_in(head + row.format(""), "enrollment")
        enrollment = self.maya.enrollment_ids
        enrollment.with_user(self.secretary).exit_date = date(2026, 3, 2)
        job = self.bring_in(head + row.format(""), "enrollment")
        self.assertCounts(job, unchanged=1)
        self.assertEqual(enrollment.exit_date, date(2026, 3, 2))
        job = self.bring_in(head + row.format("2026-02-27"), "enrollment")
        self.assertCounts(job, conflict=1)
        self.assertEqual(enrollment.exit_date, date(2026, 3, 2))
        conflict = self.conflicts()
        self.assertEqual((conflict.now, conflict.ours), ("2026-02-27", "2026-03-02"))
        conflict.with_user(self.coordinator).action_take()
        self.assertEqual(enrollment.exit_date, date(2026, 2, 27))

    def test_a_file_does_not_open_letters_that_staff_closed(self):
        """A link made by hand is asked about from the first file on."""
        link = self.make_guardian(
            self.maya, receives_mail=False, has_education_rights=False
        )
        self.env["pact.guardian.identifier"].create(
            {
                "guardian_id": link.guardian_id.id,
                "source_id": self.source.id,
                "value": "G1",
            }
        )
        text = (
            "contact_id,student_id,first_name,last_name,receives_mail,"
            "education_rights\nG1,004821,Ana,Rivera,Y,Y\n"
        )
        self.assertCounts(self.bring_in(text, "guardian"), conflict=1)
        self.assertFalse(link.receives_mail or link.has_education_rights)
        self.assertCounts(self.bring_in(text, "guardian"), unchanged=1)
        self.assertFalse(link.receives_mail or link.has_education_rights)

    def test_new_words_of_a_court_hold_information_back_again(self):
        head = "contact_id,student_id,first_name,last_name,contactRestrictions\n"
        row = "G1,004821,Ana,Rivera,{}\n"
        self.bring_in(head + row.format("No contact on weekdays"), "guardian")
        link = self.maya.guardian_link_ids
        link.with_user(self.secretary).custody_restriction = "none"
        self.bring_in(head + row.format("No contact at all"), "guardian")
        self.assertEqual(link.custody_note, "No contact at all")
        self.assertEqual(link.custody_restriction, "no_information")

    def test_whom_staff_took_off_stays_off(self):
        """A link that staff removed does not come back with the next file."""
        self.guardian_file("555-0100")
        self.maya.guardian_link_ids.with_user(self.secretary).unlink()
        job = self.guardian_file("555-0100")
        self.assertCounts(job, unchanged=1)
        self.assertFalse(self.maya.guardian_link_ids)
        self.assertIn("took off", job.result)

    def test_protected_address_in_a_conflict_is_not_shown(self):
        """GEN-02: neither the preview nor the conflict shows a protected address."""
        self.guardian_file("555-0100", "1 Old Street")
        guardian = self.guardian.with_user(self.secretary)
        guardian.address_protected = True
        guardian.write({"street": "2 Staff Lane", "zip": "60001"})
        job = self.guardian_file("555-0100", "9 Hidden Road")
        self.assertCounts(job, conflict=1)
        conflict = self.conflicts()
        shown = str(conflict.read()) + str(job.row_ids.read())
        for word in ("Hidden", "Staff Lane", "Old Street"):
            self.assertNotIn(word, shown)
        self.assertEqual(conflict.now, "protected")
        addresses = self.env["pact.guardian.address"]
        self.assertIn("2 Staff Lane", addresses._texts(guardian.ids)[guardian.id])
        conflict.with_user(self.secretary).action_take()
        self.assertIn("9 Hidden Road", addresses._texts(guardian.ids)[guardian.id])
        self.assertFalse(self.guardian.street)

    def test_who_decides(self):
        """GEN-05: a conflict follows the right to the record."""
        self.guardian_file("555-0100")
        self.guardian.with_user(self.secretary).phone = "555-0199"
        self.guardian_file("555-0155")
        conflict = self.conflicts()
        far = self.make_user("far", "school_staff", self.other_school)
        manager = self.make_user("manager", "case_manager", self.school)
        for user in (far, manager, self.make_user("nobody")):
            with self.assertRaises(AccessError):
                conflict.with_user(user).action_take()
            with self.assertRaises(AccessError):
                conflict.with_user(user).read(["now"])
        with self.assertRaises(AccessError):
            conflict.with_user(self.secretary).write({"now": "555-0000"})
        for user in (self.secretary, self.principal, self.coordinator):
            self.assertTrue(conflict.with_user(user).read(["now"]))

    # -- attendance ------------------------------------------------------------------

    def test_a_recoded_day(self):
        """SOP-02: a new code of the source is a question, no overwriting."""
        self.bring_in(DAYS + f"004821,0012,{MONDAY},UNX\n")
        event = self.events(self.maya)
        event.with_user(self.secretary).write({"code_id": self.codes["EXE"].id})
        self.assertCounts(
            self.bring_in(DAYS + f"004821,0012,{MONDAY},UNX\n"), unchanged=1
        )
        self.assertFalse(self.conflicts())
        job = self.bring_in(DAYS + f"004821,0012,{MONDAY},MED\n")
        self.assertCounts(job, conflict=1)
        self.assertEqual(job.row_ids.operation, "conflict")
        conflict = self.conflicts()
        self.assertRecordValues(
            conflict,
            [
                {
                    "before": "UNX",
                    "now": "MED",
                    "ours": "EXE",
                    "ours_by_id": self.secretary.id,
                    "date": date(2026, 3, 2),
                    "job_id": job.id,
                }
            ],
        )
        self.assertEqual(event.code_id, self.codes["EXE"])
        conflict.with_user(self.secretary).action_take()
        self.assertEqual(event.code_id, self.codes["MED"])
        self.assertEqual(event.category_name, "medical")
        self.assertFalse(event.decided_by_id)
        change = event.change_ids[:1]
        self.assertEqual((change.before, change.after), ("EXE", "MED"))
        self.assertCounts(
            self.bring_in(DAYS + f"004821,0012,{MONDAY},UNX\n"), changed=1
        )
        self.assertEqual(event.code_id, self.codes["UNX"])

    def test_a_recoded_day_is_kept(self):
        self.bring_in(DAYS + f"004821,0012,{MONDAY},UNX\n")
        event = self.events(self.maya)
        event.with_user(self.secretary).write({"code_id": self.codes["EXE"].id})
        self.bring_in(DAYS + f"004821,0012,{MONDAY},MED\n")
        self.conflicts().with_user(self.secretary).action_keep()
        text = DAYS + f"004821,0012,{MONDAY},MED\n"
        self.assertCounts(self.bring_in(text), unchanged=1)
        self.assertFalse(self.conflicts())
        self.assertEqual(event.code_id, self.codes["EXE"])
        # the source comes to say the same: nothing to decide
        text = DAYS + f"004821,0012,{MONDAY},EXE\n"
        self.assertCounts(self.bring_in(text), changed=1)
        self.assertFalse(self.conflicts())

    def test_a_decided_day_that_the_source_takes_back(self):
        """SOP-02: a file that no longer names the day does not undo what staff did."""
        span = {"mode": "replace", "date_from": MONDAY, "date_to": "2026-03-03"}
        text = DAYS + f"004822,0012,{MONDAY},UNX\n"
        both = text + f"004821,0012,{MONDAY},UNX\n"
        self.bring_in(both, **span)
        event = self.events(self.maya)
        event.with_user(self.secretary).write({"is_documented": True})
        job = self.bring_in(text, **span)
        self.assertCounts(job, conflict=1, unchanged=1)
        self.assertFalse(event.is_withdrawn)
        self.assertTrue(event.is_counted)
        conflict = self.conflicts()
        self.assertEqual(conflict.now, "no longer sent")
        self.assertEqual(conflict.ours, "UNX, documented")
        # asked once; settled when the source sends it again
        self.assertCounts(self.bring_in(text, **span), unchanged=1)
        self.assertEqual(len(self.conflicts()), 1)
        self.assertCounts(self.bring_in(both, **span), unchanged=2)
        self.assertFalse(self.conflicts())
        self.assertFalse(event.is_source_gone)
        self.bring_in(text, **span)
        self.conflicts().with_user(self.secretary).action_take()
        self.assertTrue(event.is_withdrawn)
        self.assertFalse(event.is_counted)
        self.assertEqual(event.change_ids[:1].operation, "withdraw")

    def test_taking_is_refused_beyond_a_whole_day(self):
        half = "student_id,school,date,code,portion\n"
        self.bring_in(half + f"004821,0012,{MONDAY},UNX,0.5\n")
        event = self.events(self.maya)
        event.with_user(self.secretary).write({"code_id": self.codes["EXE"].id})
        self.make_events(self.maya, [date(2026, 3, 2)], "UNX", 0.5)
        job = self.bring_in(half + f"004821,0012,{MONDAY},UNX,1\n")
        self.assertCounts(job, conflict=1)
        with self.assertRaises(UserError):
            self.conflicts().with_user(self.secretary).action_take()

    # -- never -----------------------------------------------------------------------

    def test_an_import_never_writes_a_partner_or_a_user(self):
        """GEN-05: whatever a file says, the address book and log-ins stay."""
        partner = self.env["res.partner"].create(
            {"name": "Ana Rivera", "email": "ana@example.com", "phone": "555-0100"}
        )
        self.env.flush_all()
        tables = ("res_partner", "res_users")

        def state():
            self.env.flush_all()
            result = []
            for table in tables:
                self.env.cr.execute(
                    f"SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t"
                )
                result.append(self.env.cr.fetchone())
            return result

        before = state()
        for kind, text in (
            ("student", "student_id,first_name,last_name\n004821,Ana,Rivera\n"),
            (
                "guardian",
                "student_id,first_name,last_name,email,phone\n"
                "004821,Ana,Rivera,ana@example.com,555-0177\n",
            ),
            ("enrollment", "student_id,school,entry_date\n004821,0012,2024-08-26\n"),
            ("attendance", DAYS + f"004821,0012,{MONDAY},UNX\n"),
            ("calendar", "school,date,calendarEvent\n0012,2026-03-02,Holiday\n"),
        ):
            job = self.read_file(text, kind, self.secretary)
            if kind == "calendar":
                continue  # shared calendars are refused; reading it writes nothing
            job.action_preview()
            job.action_apply()
            self.assertEqual(state(), before, kind)
        self.assertEqual(partner.phone, "555-0100")

    def test_queries_do_not_grow_with_the_rows(self):
        """Loaders are set-based: ten times the rows, the same number of queries."""
        kinds = {
            "student": (
                "student_id,first_name,last_name,dob,preferred_name\n",
                "A{i},Kid{i},Sample{i},2012-01-05,{word}\n",
            ),
            "enrollment": (
                "student_id,school,entry_date,entry_reason\n",
                "A{i},0012,2025-08-25,{word}\n",
            ),
            "guardian": (
                "contact_id,student_id,first_name,last_name,phone,relationship\n",
                "C{i},A{i},Mom{i},Sample{i},{word},Mother\n",
            ),
        }
        counts = {}
        for size, start in ((12, 1000), (120, 2000)):
            for kind, (head, row) in kinds.items():
                for turn, word in enumerate(("555-0100", "555-0101")):
                    rows = (row.format(i=start + i, word=word) for i in range(size))
                    job = self.read_file(head + "".join(rows), kind)
                    self.env.flush_all()
                    self.env.invalidate_all()
                    first = self.env.cr.sql_log_count
                    job.action_preview()
                    job.action_apply()
                    self.env.flush_all()
                    count = self.env.cr.sql_log_count - first
                    operation = "changed" if turn else "new"
                    self.assertEqual(job[f"{operation}_count"], size, kind)
                    counts.setdefault((kind, operation), []).append(count)
        for key, (few, many) in counts.items():
            self.assertLessEqual(many, few + 3, (key, counts))
