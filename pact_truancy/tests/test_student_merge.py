from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.pact_truancy.models.facts.match import is_slip, match_key

from .intake_common import IntakeCommon


@tagged("post_install", "-at_install")
class TestStudentMerge(IntakeCommon):
    """Two records of one child: suggested, decided by a person, merged with all
    history."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.double = cls.make_student("MÁYA", "rivera")
        cls.name_student(cls.double, "004999")
        cls.pairs = cls.env["pact.student.duplicate"]

    def find(self, student=None):
        self.pairs._find()
        return self.pairs.search([]).filtered(
            lambda pair: not student or student in (pair.student_id | pair.other_id)
        )

    def screen(self):
        program = self.env.ref("pact_truancy.program_r21")
        program.office_ids = self.office
        self.env["pact.office.service"].create(
            {"office_id": self.office.id, "district_id": self.district.id}
        )
        program._screen(date(2026, 3, 3))
        students = (self.maya | self.double).ids
        return self.env["pact.flag"].search([("student_id", "in", students)])

    def test_two_open_flags_for_one_step_become_one(self):
        """The same question is asked once; both flags stay as history."""
        days = self.school_days(18)
        self.make_events(self.maya, days[:9])
        self.make_events(self.double, days[9:])
        flags = self.screen()
        self.assertEqual(len(flags), 2)
        self.find(self.double).action_keep_first()
        self.assertEqual(sorted(flags.mapped("state")), ["gone", "open"])
        self.assertEqual(flags.student_id, self.maya)

    # -- suggestions -----------------------------------------------------------------

    def test_same_name_and_birth_date(self):
        """GEN-05: accents and case make no other child."""
        pair = self.find(self.double)
        self.assertEqual((pair.student_id, pair.other_id), (self.maya, self.double))
        self.assertEqual(pair.kind, "same")

    def test_twins_are_no_suggestion(self):
        twin = self.make_student("Mia", "Rivera")
        self.assertFalse(self.find(twin))

    def test_a_slip_in_the_birth_date_is_perhaps(self):
        self.double.birth_date = "2011-11-10"
        self.assertFalse(self.find(self.double))
        for born in ("2012-10-11", "2021-10-10", "2012-01-10"):
            self.double.birth_date = born
            self.assertEqual(self.find(self.double).kind, "perhaps", born)
            self.pairs.search([]).unlink()

    def test_slips(self):
        one = date(2012, 10, 12)
        self.assertTrue(is_slip(one, date(2012, 12, 10)))  # day and month
        self.assertTrue(is_slip(one, date(2012, 10, 21)))  # neighbors
        self.assertTrue(is_slip(one, date(2013, 10, 12)))  # one digit
        self.assertFalse(is_slip(one, date(2013, 10, 13)))
        self.assertFalse(is_slip(one, date(2011, 12, 10)))
        self.assertEqual(match_key("Ann-Marie", "O'Neil"), "annmarie|oneil")
        self.assertNotEqual(match_key("An", "nLee"), match_key("Ann", "Lee"))

    def test_dismissed_stays_dismissed(self):
        pair = self.find(self.double)
        pair.with_user(self.principal).action_dismiss()
        self.assertEqual(self.find(self.double).state, "dismissed")
        self.assertEqual(pair.decided_by_id, self.principal)

    def test_what_no_longer_holds_goes(self):
        self.assertTrue(self.find(self.double))
        self.double.first_name = "Carla"
        self.assertFalse(self.find(self.double))

    def test_an_import_suggests_at_once(self):
        text = "student_id,first_name,last_name,dob\n000077,Theo,Example,2012-10-10\n"
        self.bring_in(text, "student")
        self.assertTrue(self.pairs.search([("student_id", "=", self.theo.id)]).other_id)

    # -- merging ---------------------------------------------------------------------

    def test_all_history_moves(self):
        """GEN-05: enrollments, events, numbers, guardians, flags, cases and letters
        are the kept record's; the append-only history is read with it."""
        days = self.school_days(9)
        self.make_events(self.double, days)
        event = self.double.event_ids[:1]
        event.with_user(self.secretary).write({"code_id": self.codes["EXE"].id})
        event.with_user(self.secretary).write({"code_id": self.codes["UNX"].id})
        changes = self.double.change_ids
        self.make_guardian(self.double, "Ben")
        flag = self.screen()
        flag.action_confirm()
        case = flag.case_id
        letters = case.letter_ids
        self.assertTrue(changes and case)
        pair = self.find(self.double)
        action = pair.with_user(self.principal).action_keep_first()
        self.assertEqual(action["res_id"], self.maya.id)
        self.assertFalse(self.double.active)
        self.assertEqual(self.double.merged_into_id, self.maya)
        self.assertEqual(self.double.event_ids.ids, [])
        self.assertEqual(len(self.maya.event_ids), 9)
        self.assertTrue(all(self.maya.event_ids.mapped("is_counted")))
        self.assertEqual(flag.student_id | case.student_id, self.maya)
        self.assertEqual(letters.student_id | self.maya, self.maya)
        self.assertEqual(flag.snapshot_id.student_id, self.maya)
        self.assertEqual(self.maya.guardian_link_ids.guardian_id.first_name, "Ben")
        self.assertEqual(
            set(self.maya.identifier_ids.mapped("value")), {"004821", "004999"}
        )
        # same school, same day: one enrollment is left
        self.assertEqual(len(self.maya.enrollment_ids), 1)
        self.assertEqual(changes.student_id, self.double, "written once")
        seen = self.maya.with_user(self.secretary).history_ids
        self.assertEqual(seen & changes, changes)
        merge = self.env["pact.student.merge"].search([])
        self.assertEqual(merge.create_uid, self.principal)
        self.assertEqual(merge.content["merged"]["identifiers"], ["Test SIS: 004999"])
        self.assertEqual(
            len(merge.content["moved"]["pact.attendance.event.student_id"]), 9
        )
        self.assertEqual(len(merge.content["dropped"]["pact.enrollment"]), 1)
        self.assertIn("9", merge.summary)
        # the next file finds the kept record by either number
        text = "student_id,first_name,last_name\n004999,Maya,Rivera\n"
        self.assertCounts(self.bring_in(text, "student"), unchanged=1)

    def test_every_reference_is_moved_or_known_to_stay(self):
        """A model of a later room that names students cannot be forgotten."""
        moved = {
            (model._name, field.name) for model, field in self.maya._merge_references()
        }
        for name in self.env.registry:
            model = self.env[name]
            if model._abstract or model._transient or not model._auto:
                continue
            for field in model._fields.values():
                if field.comodel_name == "pact.student" and field.store:
                    if field.type in ("many2one", "many2many"):
                        self.assertIn(
                            (name, field.name), moved | self.maya._merge_stays()
                        )

    def test_more_than_a_whole_day_is_refused_with_names(self):
        self.make_events(self.maya, [date(2026, 3, 2)])
        self.make_events(self.double, [date(2026, 3, 2)], "EXE")
        pair = self.find(self.double).with_user(self.principal)
        self.assertIn("2026-03-02", pair.preview)
        with self.assertRaisesRegex(UserError, "Maya Rivera.*2026-03-02.*UNX.*EXE"):
            pair.action_keep_first()
        self.assertTrue(self.double.active)

    def test_two_halves_of_a_day_both_stay(self):
        for student in (self.maya, self.double):
            self.make_events(student, [date(2026, 3, 2)], portion=0.5)
        self.find(self.double).with_user(self.principal).action_keep_second()
        self.assertEqual(len(self.double.event_ids), 2)
        self.assertFalse(self.maya.active)

    def test_two_open_cases_are_refused(self):
        for student in (self.maya, self.double):
            self.make_events(student, self.school_days(9))
        for flag in self.screen():
            flag.action_confirm()
        pair = self.find(self.double).with_user(self.principal)
        with self.assertRaisesRegex(UserError, "open case"):
            pair.action_keep_first()

    def test_the_tighter_custody_restriction_wins(self):
        link = self.make_guardian(self.maya)
        self.env["pact.student.guardian"].create(
            {
                "student_id": self.double.id,
                "guardian_id": link.guardian_id.id,
                "custody_restriction": "no_contact",
                "receives_mail": False,
            }
        )
        self.find(self.double).with_user(self.principal).action_keep_first()
        self.assertEqual(self.maya.guardian_link_ids, link)
        self.assertEqual(link.custody_restriction, "no_contact")
        self.assertFalse(link.receives_mail)

    def test_what_files_said_goes_along(self):
        """After a merge the next file finds no record that is not there."""
        head = "student_id,first_name,last_name,preferred_name\n"
        row = "004999,Maya,Rivera,{}\n"
        self.bring_in(head + row.format("May"), "student")
        self.double.with_user(self.secretary).preferred_name = "Mimi"
        self.bring_in(head + row.format("Maia"), "student")
        entry = "student_id,school,entry_date,grade\n004999,0012,2024-08-26,{}\n"
        self.bring_in(entry.format("8"), "enrollment")
        self.double.enrollment_ids.with_user(self.secretary).grade = "07"
        self.bring_in(entry.format("9"), "enrollment")
        conflicts = self.env["pact.import.conflict"].search([])
        self.assertEqual(len(conflicts), 2)
        self.find(self.double).with_user(self.principal).action_keep_first()
        mine = conflicts.filtered(lambda c: c.res_model == "pact.student")
        self.assertEqual((mine.res_id, mine.state), (self.maya.id, "open"))
        self.assertEqual((conflicts - mine).state, "settled")
        mine.with_user(self.secretary).action_take()
        self.assertEqual(self.maya.preferred_name, "Maia")

    def test_two_chosen_by_a_person(self):
        other = self.make_student("Maja", "Rivera-Fox")
        chosen = (self.maya | other).with_user(self.principal)
        pair = self.pairs.browse(chosen.action_compare()["res_id"])
        self.assertEqual(pair.kind, "person")
        self.pairs._find()
        self.assertTrue(pair.exists())
        pair.with_user(self.principal).action_keep_first()
        self.assertEqual(other.merged_into_id, self.maya)
        with self.assertRaises(UserError):
            self.maya.with_user(self.principal).action_compare()

    def test_who_may_merge(self):
        """GEN-05: within one school its administrator; else a coordinator of all."""
        pair = self.find(self.double)
        far = self.make_user("far", "coordinator", self.other_district)
        for user in (self.secretary, far, self.make_user("nobody")):
            with self.assertRaises(AccessError):
                pair.with_user(user).action_keep_first()
        self.env["pact.enrollment"].create(
            {
                "student_id": self.double.id,
                "school_id": self.sister_school.id,
                "entry_date": "2026-01-12",
            }
        )
        with self.assertRaises(AccessError):
            pair.with_user(self.principal).action_keep_first()
        pair.with_user(self.coordinator).action_keep_first()
        self.assertEqual(len(self.maya.enrollment_ids), 2)

    def test_former_rights_to_the_merged_record_end(self):
        """Who may read the kept record, and nobody else, reads what was merged."""
        pair = self.find(self.double)
        pair.action_keep_first()
        self.assertEqual(self.double.reach_school_ids, self.maya.reach_school_ids)
        self.maya.enrollment_ids.exit_date = date(2025, 1, 10)
        self.assertFalse(self.maya.reach_school_ids)
        self.assertFalse(self.double.reach_school_ids)
