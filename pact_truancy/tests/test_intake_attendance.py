import base64
import io
from datetime import date, timedelta

from openpyxl import Workbook

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.pact_truancy.models.facts.units import DAY

from .common import TODAY
from .intake_common import IntakeCommon

MON = date(2026, 3, 2)
FRI = date(2026, 2, 27)
HEAD = "student_id,school,date,code,reason\n"


def workbook(rows):
    """Return rows of values as the bytes of a workbook."""
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


@tagged("post_install", "-at_install")
class TestIntakeAttendance(IntakeCommon):
    """SOP-02, GEN-02: what the source sent, what is new, what staff decided."""

    def test_new_changed_unchanged(self):
        first = self.bring_in(
            HEAD + f"004821,0012,{FRI},UNX,\n004822,0012,{MON},UNX,called\n"
        )
        self.assertCounts(first, new=2)
        second = self.bring_in(
            HEAD + f"004821,0012,{FRI},EXE,doctor\n004822,0012,{MON},UNX,called\n"
        )
        self.assertCounts(second, changed=1, unchanged=1)
        event = self.events(self.maya)
        self.assertEqual((event.code_id.code, event.reason), ("EXE", "doctor"))
        self.assertTrue(event.is_counted)
        self.assertEqual(event.category_name, "excused")
        change = event.change_ids[0]
        self.assertEqual(
            (change.operation, change.code_before_id.code, change.code_after_id.code),
            ("source", "UNX", "EXE"),
        )
        self.assertEqual(change.reason, f"Import {second.name}")
        row = second.row_ids
        self.assertEqual((row.line, row.operation), (2, "changed"))
        self.assertEqual((row.before, row.after), ("UNX, 1 day", "EXE, 1 day, doctor"))

    def test_same_file_twice_writes_nothing(self):
        text = HEAD + f"004821,0012,{FRI},UNX,\n004822,0012,{MON},TDY,\n"
        self.bring_in(text)
        stamps = self.events(self.maya | self.theo).mapped("write_date")
        changes = self.env["pact.attendance.change"].search_count([])
        again = self.bring_in(text)
        self.assertCounts(again, unchanged=2)
        third = self.read_file(text)
        third.action_preview()
        self.assertIn(f"before: {again.name}, by Secretary", third.again_text)
        self.assertFalse(self.read_file(text + "\n\n").again_text)
        self.assertEqual(self.env["pact.attendance.change"].search_count([]), changes)
        self.assertEqual(
            self.events(self.maya | self.theo).mapped("write_date"), stamps
        )

    def test_replace_withdraws_what_is_gone_and_restores_it(self):
        both = HEAD + f"004821,0012,{FRI},UNX,\n004822,0012,{MON},UNX,\n"
        one = HEAD + f"004822,0012,{MON},UNX,\n"
        span = {"mode": "replace", "date_from": FRI, "date_to": MON}
        self.bring_in(both, **span)
        event = self.events(self.maya)
        add = self.bring_in(one, mode="add", date_from=FRI, date_to=MON)
        self.assertCounts(add, unchanged=1)
        job = self.bring_in(one, **span)
        self.assertCounts(job, unchanged=1, withdrawn=1)
        self.assertTrue(event.is_withdrawn)
        self.assertFalse(event.is_counted)
        self.assertEqual(event.change_ids[0].operation, "withdraw")
        self.assertCounts(self.bring_in(one, **span), unchanged=1)
        self.assertCounts(self.bring_in(both, **span), unchanged=1, changed=1)
        self.assertFalse(event.is_withdrawn)
        self.assertTrue(event.is_counted)
        self.assertEqual(event.change_ids[0].operation, "restore")

    def test_a_rejected_row_withdraws_nothing(self):
        """A row that cannot be read does not say that the student was there, and a file
        without a single good row says nothing about its days."""
        head = "student_id,school,date,code,days\n"
        span = {"mode": "replace", "date_from": FRI, "date_to": MON}
        maya, theo = f"004821,0012,{FRI},UNX,", f"004822,0012,{MON},UNX,"
        self.bring_in(f"{head}{maya}1\n{theo}1\n", **span)
        job = self.bring_in(f"{head}{maya}9\n{theo}1\n", **span)
        self.assertCounts(job, unchanged=1, rejected=1)
        self.assertFalse(self.events(self.maya).is_withdrawn)
        job = self.bring_in(f"{head}4821,12,{FRI},UNX,1\n", **span)
        self.assertCounts(job, rejected=1)
        self.assertFalse(self.events(self.maya | self.theo).filtered("is_withdrawn"))
        # the day that the rejected row names, and no other
        job = self.bring_in(f"{head}004821,0012,{MON},UNX,9\n{theo}1\n", **span)
        self.assertCounts(job, unchanged=1, rejected=1, withdrawn=1)

    def test_replace_keeps_to_its_span(self):
        """The day before the span and another school's events stay."""
        before = FRI - timedelta(days=1)
        self.bring_in(
            HEAD + f"004821,0012,{before},UNX,\n004821,0012,{FRI},UNX,\n",
            mode="replace",
        )
        job = self.bring_in(
            HEAD + f"004822,0012,{MON},UNX,\n",
            mode="replace",
            date_from=FRI,
            date_to=MON,
        )
        self.assertCounts(job, new=1, withdrawn=1)
        kept = self.events(self.maya).filtered(lambda event: not event.is_withdrawn)
        self.assertEqual(kept.date, before)

    def test_recoding_by_staff_survives_the_next_file(self):
        """SOP-02: what staff decided holds; what the source says stands beside it."""
        self.bring_in(HEAD + f"004821,0012,{FRI},UNX,\n")
        event = self.events(self.maya)
        event.with_user(self.secretary).write({"code_id": self.codes["EXE"].id})
        job = self.bring_in(HEAD + f"004821,0012,{FRI},TDY,late\n")
        self.assertCounts(job, conflict=1)
        self.assertEqual(event.code_id.code, "EXE")
        self.assertEqual(event.source_code_id.code, "TDY")
        self.assertEqual(event.category_name, "excused")
        self.assertIn("staff decided EXE", job.row_ids.after)
        self.assertCounts(
            self.bring_in(HEAD + f"004821,0012,{FRI},TDY,late\n"), unchanged=1
        )

    def test_more_than_one_day_is_rejected_and_names_the_rows(self):
        text = (
            "student_id,school,date,code,days\n"
            f"004821,0012,{FRI},UNX,0.5\n"
            f"004821,0012,{FRI},EXE,0.5\n"
            f"004822,0012,{FRI},UNX,0.5\n"
            f"004822,0012,{FRI},EXE,0.75\n"
        )
        job = self.bring_in(text)
        self.assertCounts(job, new=2, rejected=2)
        problems = set(job.row_ids.filtered("problem").mapped("problem"))
        self.assertEqual(len(problems), 1)
        self.assertIn("line 4", problems.pop())
        self.assertEqual(sum(self.events(self.maya).mapped("portion")), DAY)
        self.assertFalse(self.events(self.theo))

    def test_more_than_one_day_across_schools(self):
        self.make_events(self.maya, [FRI], portion="1/4", school=self.other_school)
        text = f"student_id,school,date,code,days\n004821,0012,{FRI},UNX,%s\n"
        self.assertCounts(self.bring_in(text % "0.76"), new=1)  # three quarters
        job = self.bring_in(text % "1")
        self.assertCounts(job, rejected=1)
        self.assertIn("at another school", job.row_ids.problem)
        self.assertNotIn("River High", job.row_ids.problem, "nor its code")
        self.assertEqual(self.events(self.maya).portion, DAY * 3 // 4)

    def test_two_rows_become_one(self):
        """A student-day is the unit: its rows that are no longer sent are withdrawn."""
        head = "student_id,school,date,code,days\n"
        self.bring_in(head + f"004821,0012,{FRI},UNX,0.5\n004821,0012,{FRI},EXE,0.5\n")
        keys = self.events(self.maya).mapped("source_key")
        self.assertEqual(sorted(keys), ["EXE", "UNX"])
        job = self.bring_in(head + f"004821,0012,{FRI},MED,1\n")
        self.assertCounts(job, new=1, withdrawn=2)
        held = self.events(self.maya).filtered(lambda event: not event.is_withdrawn)
        self.assertEqual(held.code_id.code, "MED")

    def test_row_ids_follow_a_row_to_another_day(self):
        head = "id,student_id,school,date,code\n"
        self.bring_in(head + f"A1,004821,0012,{FRI},UNX\nA2,004821,0012,{MON},UNX\n")
        job = self.bring_in(head + f"A1,004822,0012,{FRI},UNX\n", date_from=FRI)
        self.assertCounts(job, new=1, withdrawn=1)
        self.assertEqual(
            self.events(self.maya).filtered(lambda e: not e.is_withdrawn).date, MON
        )
        twice = self.bring_in(
            head + f"B1,004821,0012,{FRI},UNX\nB1,004822,0012,{MON},UNX\n"
        )
        self.assertCounts(twice, rejected=2)

    def test_present_takes_back_an_absence(self):
        self.bring_in(HEAD + f"004821,0012,{FRI},UNX,\n")
        job = self.bring_in(
            HEAD + f"004821,0012,{FRI},P,\n004822,0012,{FRI},P,\n004822,0012,{MON},,\n"
        )
        self.assertCounts(job, withdrawn=1)
        self.assertEqual(job.skipped_count, 3)

    def test_a_line_that_is_there_twice_is_read_once(self):
        line = f"004821,0012,{FRI},UNX,\n"
        job = self.bring_in(HEAD + line + line)
        self.assertCounts(job, new=1)
        self.assertEqual(job.skipped_count, 1)

    def test_repeat_of_a_code_gets_a_number(self):
        text = (
            "student_id,school,date,code,days,period\n"
            f"004821,0012,{FRI},TDY,0,\n004821,0012,{FRI},TDY,0.1,\n"
            f"004822,0012,{FRI},TDY,0,1\n004822,0012,{FRI},TDY,0,2\n"
        )
        self.assertCounts(self.bring_in(text), new=4)
        self.assertEqual(self.events(self.maya).mapped("source_key"), ["TDY", "TDY#2"])
        self.assertEqual(self.events(self.theo).mapped("source_key"), ["1", "2"])

    def test_portions(self):
        """A decimal is the nearest fraction; minutes win (counting.md 13)."""
        head = "student_id,school,date,code,days,minutes\n"
        job = self.bring_in(
            head + f"004821,0012,{FRI},UNX,0.33,\n004822,0012,{FRI},UNX,1,90\n"
            f"004822,0012,{MON},UNX,,500\n",
            minutes_per_day=360,
        )
        self.assertCounts(job, new=3)
        self.assertEqual(self.events(self.maya).portion, DAY // 3)
        self.assertEqual(self.events(self.theo).mapped("portion"), [DAY // 4, DAY])
        self.assertEqual(self.events(self.theo).mapped("source_minutes"), [90, 500])
        wrong = self.bring_in(head + f"004821,0012,{MON},UNX,1.5,\n", date_from=FRI)
        self.assertCounts(wrong, rejected=1)

    def test_days_that_cannot_be(self):
        """Today is taken; tomorrow, a day outside every school year and a day outside
        the file's span are rejected, each with its reason."""
        tomorrow = TODAY + timedelta(days=1)
        job = self.bring_in(
            HEAD + f"004821,0012,{TODAY},UNX,\n004821,0012,{tomorrow},UNX,\n"
            f"004821,0012,2019-03-04,UNX,\n004821,0012,{FRI},UNX,\n"
            "004821,0012,soon,UNX,\n",
            date_from=MON,
            date_to=TODAY,
            date_format="iso",
        )
        self.assertCounts(job, new=1, rejected=4)
        problems = " ".join(job.row_ids.filtered("problem").mapped("problem"))
        for words in ("in the future", "no school year", "outside", "soon"):
            self.assertIn(words, problems)

    def test_kept_but_not_counted(self):
        """A Sunday and a day before the enrollment are kept and do not count."""
        sunday = date(2026, 3, 1)
        late = self.make_student("Lee", "Late", entry=MON)
        self.name_student(late, "004823")
        job = self.bring_in(
            HEAD + f"004821,0012,{sunday},UNX,\n004823,0012,{FRI},UNX,\n"
            f"004823,0012,{MON},UNX,\n"
        )
        self.assertCounts(job, new=3)
        self.assertFalse(self.events(self.maya).is_counted)
        self.assertEqual(self.events(late).mapped("is_counted"), [False, True])

    def test_received_follows(self):
        self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", ">=", FRI)]
        ).unlink()
        self.bring_in(HEAD + f"004821,0012,{FRI},UNX,\n", date_from=FRI, date_to=MON)
        days = self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", ">=", FRI)]
        )
        self.assertEqual(sorted(days.mapped("date")), [FRI, MON])
        self.assertTrue(self.events(self.maya).is_counted)

    def test_unknown_code_is_kept_as_unverified(self):
        text = HEAD + f"004821,0012,{FRI},Q7,\n"
        job = self.bring_in(text)
        self.assertCounts(job, new=1)
        self.assertIn("Q7", job.result)
        event = self.events(self.maya)
        self.assertEqual(
            (event.code_id.code, event.category_name), ("Q7", "unverified")
        )
        self.assertTrue(event.code_id.is_absent)
        self.assertEqual(event.code_id.district_id, self.district)
        self.assertCounts(self.bring_in(text), unchanged=1)

    def test_unknown_code_mapped_in_place_is_remembered(self):
        text = HEAD + f"004821,0012,{FRI},Q7,\n"
        job = self.read_file(text)
        self.assertEqual(job.unmapped_count, 1)
        job.code_ids.code_id = self.codes["MED"]
        job.action_preview()
        job.action_apply()
        self.assertEqual(self.events(self.maya).code_id.code, "MED")
        again = self.read_file(text)
        self.assertEqual(again.profile_id, job.profile_id)
        self.assertEqual(again.code_ids.code_id.code, "MED")
        self.assertEqual(again.mode, "add")
        self.assertFalse(again.question)

    def test_unknown_code_takes_part_in_the_whole_day(self):
        job = self.bring_in(HEAD + f"004821,0012,{FRI},Q7,\n004821,0012,{FRI},UNX,\n")
        self.assertCounts(job, rejected=2)
        self.assertFalse(self.env["pact.attendance.code"].search([("code", "=", "Q7")]))

    def test_refuses_when_the_difference_changed(self):
        text = HEAD + f"004821,0012,{FRI},UNX,\n"
        first, second = self.read_file(text), self.read_file(text)
        first.action_preview()
        second.action_preview()
        first.action_apply()
        with self.assertRaisesRegex(UserError, "changed since the preview"):
            second.action_apply()
        second.action_preview()
        self.assertCounts(second, unchanged=1)
        second.action_apply()
        self.assertEqual(len(self.events(self.maya)), 1)

    def test_applying_twice_is_harmless(self):
        job = self.bring_in(HEAD + f"004821,0012,{FRI},UNX,\n")
        when = job.applied_on
        job.action_apply()
        self.assertEqual(job.applied_on, when)
        self.assertEqual(len(self.events(self.maya).change_ids), 1)

    def test_bad_rows_never_stop_good_ones_unless_asked(self):
        text = HEAD + f"004821,0012,{FRI},UNX,\n777777,0012,{FRI},UNX,\n"
        job = self.read_file(text, all_or_nothing=True)
        job.action_preview()
        with self.assertRaisesRegex(UserError, "all or nothing"):
            job.action_apply()
        self.assertFalse(self.events(self.maya))
        job.all_or_nothing = False
        job.action_apply()
        self.assertEqual(job.state, "applied")
        self.assertEqual(len(self.events(self.maya)), 1)

    def test_school_follows_the_enrollment(self):
        """A file without school: where the student was enrolled on that day."""
        job = self.bring_in(f"student_id,date,code\n004821,{FRI},UNX\n")
        self.assertCounts(job, new=1)
        self.assertEqual(self.events(self.maya).school_id, self.school)

    def test_a_single_view_is_the_one_that_counts(self):
        head = "building,student_id,attendance_date,attendance_code,view_type\n"
        row = f"0012,004821,{FRI},UNX,"
        job = self.read_file(f"{head}{row}ALLDAY\n")
        self.assertEqual(job.view_value, "ALLDAY")
        job = self.read_file(f"{head}{row}AMPM\n{row}DAY\n")
        self.assertFalse(job.view_value)
        self.assertIn("one a view: AMPM, DAY. Which", job.question)

    def test_questions_before_the_preview(self):
        job = self.read_file(
            "student_id,school,when,code\n004821,0012,3/2/2026,UNX\n", mode=False
        )
        self.assertIn("Date", job.question)
        column = job.column_ids.filtered(lambda c: c.header == "when")
        column.field_id = self.env.ref("pact_truancy.import_field_attendance_date")
        self.assertIn("How are dates written", job.question)
        job.date_format = "us"
        self.assertIn("Which dates", job.question)
        job.write({"date_from": MON, "date_to": MON})
        self.assertIn("replace", job.question)
        with self.assertRaises(UserError):
            job.action_preview()
        job.mode = "add"
        self.assertFalse(job.question)
        job.action_next()
        self.assertEqual(job.state, "preview")
        self.assertCounts(job, new=1)

    def test_a_remembered_date_format_that_reads_nothing_is_dropped(self):
        self.bring_in("student_id,school,date,code\n004821,0012,2/27/2026,UNX\n")
        job = self.read_file(
            "student_id,school,date,code\n004821,0012,2026-02-27,UNX\n"
        )
        self.assertTrue(job.profile_id)
        self.assertEqual(job.date_format, "iso")
        job = self.read_file("student_id,school,date,code\n004821,0012,Friday,UNX\n")
        self.assertIn("None of the dates in the file can be read: Friday", job.question)

    def test_systems_of_the_own_districts_are_offered(self):
        other = self.env["pact.source"].create(
            {"name": "Other", "code": "oth", "district_id": self.other_district.id}
        )
        jobs = self.env["pact.import.job"].with_user(self.secretary)
        job = jobs.new({})
        self.assertIn(self.source, job.allowed_source_ids._origin)
        self.assertNotIn(other, job.allowed_source_ids._origin)
        refused = jobs.create(
            {"source_id": other.id, "file": base64.b64encode(b"a,b\n1,2\n")}
        )
        with self.assertRaisesRegex(UserError, "not a system of their district"):
            refused.action_read()
        refused.unlink()
        second = self.env["pact.source"].create({"name": "Second", "code": "sec"})
        # the one of the own district comes before one of no district
        self.assertEqual(jobs.new({}).source_id._origin, self.source)
        second.district_id = self.district
        self.assertFalse(jobs.new({}).source_id)
        self.bring_in(HEAD + f"004821,0012,{FRI},UNX,\n")
        self.assertEqual(jobs.new({}).source_id._origin, self.source)

    def test_the_name_has_the_offices_time(self):
        self.env["pact.office"].search([]).tz = "Pacific/Auckland"
        job = self.read_file(HEAD + f"004821,0012,{FRI},UNX,\n")
        self.env.cr.execute(
            "UPDATE pact_import_job SET create_date = '2026-03-02 11:30:00'"
            " WHERE id = %s",
            (job.id,),
        )
        job.invalidate_recordset(["create_date"])
        job.sudo()._compute_name()
        self.assertEqual(job.name, "Attendance, file.csv, 2026-03-03 00:30")

    def test_an_empty_file_says_so(self):
        job = (
            self.env["pact.import.job"]
            .with_user(self.secretary)
            .create(
                {"source_id": self.source.id, "file": b"", "file_name": "empty.csv"}
            )
        )
        with self.assertRaisesRegex(UserError, "The file is empty"):
            job.action_next()
        job.file_name = False
        with self.assertRaisesRegex(UserError, "Choose the file first"):
            job.action_next()

    def test_a_workbook_that_lost_leading_zeros(self):
        """102 is 0102 where it alone can be meant; else the reason says what to do."""
        self.name_student(self.stranger, "0900")
        head = ["student_id", "school", "date", "code"]
        rows = [[4821, "0012", FRI, "UNX"], [900, "0012", FRI, "UNX"]]
        job = self.bring_in(workbook([head, *rows]))
        self.assertCounts(job, new=1, rejected=1)
        self.assertIn("without its leading zeros", job.row_ids[-1].problem)
        self.assertEqual(len(self.events(self.maya)), 1)
        self.name_student(self.theo, "04821")
        job = self.bring_in(workbook([head, rows[0]]))
        self.assertCounts(job, rejected=1)
        self.assertCounts(
            self.bring_in(workbook([head, ["4821", "0012", FRI, "U"]])), rejected=1
        )


@tagged("post_install", "-at_install")
class TestIntakeLayouts(IntakeCommon):
    """Small files in the layouts that systems export; the people are invented."""

    def codes_of(self, student):
        return [
            (str(event.date), event.code_id.code)
            for event in self.events(student)
            if not event.is_withdrawn
        ]

    def test_ed_fi(self):
        job = self.bring_in(
            "studentUniqueId,schoolId,eventDate,attendanceEventCategory,"
            "attendanceEventReason,eventDuration,sessionName\n"
            "004821,0012,2026-02-27,uri://ed-fi.org/AttendanceEventCategoryDescriptor"
            "#Excused Absence,Absent excused,1,Spring\n"
            "004821,0012,2026-02-27,Tardy,,,Spring\n"
            "004822,0012,2026-03-02,Unexcused Absence,,0.5,Spring\n"
            "004822,0012,2026-02-27,In Attendance,,,Spring\n"
        )
        self.assertCounts(job, new=3)
        self.assertEqual(
            self.codes_of(self.maya), [("2026-02-27", "EXE"), ("2026-02-27", "TAR")]
        )
        self.assertEqual(self.events(self.theo).portion, DAY // 2)

    def test_aspen_nightly(self):
        job = self.bring_in(
            '"event_date","local_id","absence","tardy","dismissed","reason","excused",'
            '"comment"\n'
            '"2026-02-27","004821","1","0","0",\\N,"0",\\N\n'
            '"2026-03-02","004821","1","0","0","Medical","1",\\N\n'
            '"2026-02-27","004822","0","1","0",\\N,"0","said \\"bus\\""\n'
            '"2026-03-02","004822","0","0","0",\\N,"0",\\N\n'
        )
        self.assertCounts(job, new=3)
        self.assertEqual(
            self.codes_of(self.maya), [("2026-02-27", "UNX"), ("2026-03-02", "EXE")]
        )
        self.assertEqual(self.codes_of(self.theo), [("2026-02-27", "TAR")])

    def test_aspen_table_dump(self):
        job = self.bring_in(
            "'ATT_OID','ATT_STD_OID','ATT_DATE','ATT_CODE_VIEW','ATT_COMMENT',"
            "'ATT_REASON_CODE','ATT_PORTION_ABSENT'\n"
            '"X1","004821","2026-02-27","A","said \\"sick\\", called",NULL,"0.50"\n'
            '"X2","004822","2026-02-27","T-E",NULL,"Bus",NULL\n'
        )
        self.assertCounts(job, new=2)
        self.assertEqual(self.events(self.maya).source_key, "X1")
        self.assertEqual(self.events(self.maya).portion, DAY // 2)
        self.assertEqual(self.events(self.theo).reason, "Bus")

    def test_vermont_powerschool(self):
        """A row for every day, present days included."""
        self.maya.identifier_ids.value = "1004821"
        job = self.bring_in(
            "ADMINID,ENRORGID,PERMNUMBER,ATTEVENTDATE,DAILY_STATUS,ATTENTYPEID,"
            "ABSCATID,DSID_VALUE,SY\n"
            "T1,0012,1004821,02/26/2026,PRS,FT,,1,2026\n"
            "T1,0012,1004821,02/27/2026,ABS,FT,UA,0,2026\n"
            "T1,0012,1004821,03/02/2026,ABS,FT,EA,0,2026\n"
            "T1,0012,1004821,03/03/2026,ABS,FT,SUS,0,2026\n",
            mode="replace",
        )
        self.assertCounts(job, new=3)
        self.assertEqual(job.skipped_count, 1)
        self.assertEqual(
            [c for _d, c in self.codes_of(self.maya)], ["UNX", "EXE", "OSS"]
        )

    def test_aeries(self):
        """Numbers of students repeat between schools; a blank is presence."""
        self.maya.identifier_ids.value = "12/101"
        self.school.code = "12"
        job = self.read_file("SC,SN,DT,AL,A1\n12,101,20260227,U,\n12,101,20260302,,T\n")
        job.code_ids.code_id = self.codes["UNX"]
        job.action_preview()
        job.action_apply()
        self.assertCounts(job, new=1)
        self.assertEqual(self.codes_of(self.maya), [("2026-02-27", "UNX")])

    def test_eschoolplus(self):
        """Padded numbers, and several rows a day of which one view counts."""
        text = (
            "district,school_year,building,student_id,attendance_date,view_type,"
            "criteria,attendance_code,att_code_value\n"
            "1,2026,0012,004821    ,2026-02-27,ALL,1,U    ,1.00\n"
            "1,2026,0012,004821    ,2026-02-27,AM,1,U    ,0.50\n"
            "1,2026,0012,004821    ,2026-02-27,PM,1,U    ,0.50\n"
        )
        job = self.read_file(text)
        self.assertIn("Which view", job.question)
        job.view_value = "ALL"
        job.code_ids.code_id = self.codes["UNX"]
        job.action_preview()
        self.assertCounts(job, new=1)
        self.assertEqual(job.skipped_count, 2)
