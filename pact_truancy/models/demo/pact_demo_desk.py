import base64
from datetime import datetime, time, timedelta

from odoo import api, models

from .attendance import SAMPLE_SCHOOL

TWICE_SCHOOL = "0103"  # one of its students was written down twice
MOVED_FROM, MOVED_TO = "0101", "202"  # a child of a school, in a district's file
LATE_DISTRICT = "303"
HOMELESS = "circumstance_kind_homeless"
# kind, code, whether it is applied, reason
NOTES = (
    ("call", "EXE", True, "Fever, called in by the mother"),
    ("doctor", "MED", True, "Doctor's note, strep throat"),
    ("parent", "FAM", False, "Family emergency"),
)


class PactDemo(models.AbstractModel):
    """What lies on the desks: notes and calls, a student who is there twice, one who
    seems to have moved, a file that is late. Each is made the way people make it."""

    _inherit = "pact.demo"

    @api.model
    def _lay_out_desks(self, plan):
        """Do it once; `_run_main_job` may be called again."""
        if self.env["pact.attendance.note"].search_count([], limit=1):
            return
        self._take_notes(plan)
        self._write_down_twice(plan)
        self._propose_transfer(plan)
        self._expect_late_file(plan)
        self._note_circumstances()

    @api.model
    def _aimed_students(self, plan):
        """Return the students who stand at an edge of the rule: they stay there."""
        keys = {key for keys in plan.attendance.aimed.values() for key in keys}
        values = [plan.attendance.student[key].state_id for key in keys]
        return (
            self.env["pact.student.identifier"]
            .search(
                [
                    ("source_id", "=", self._demo("demo_source_state").id),
                    ("value", "in", values),
                ]
            )
            .student_id
        )

    @api.model
    def _students_of(self, plan, school, limit):
        """Return students of a school who are at no edge and have a family."""
        return self.env["pact.student"].search(
            [
                ("school_id", "=", self._demo(f"demo_school_{school}").id),
                ("id", "not in", self._aimed_students(plan).ids),
                ("guardian_link_ids", "!=", False),
            ],
            order="id",
            limit=limit,
        )

    @api.model
    def _take_notes(self, plan):
        """The secretary wrote down who called, also for days to come."""
        school = self._demo(f"demo_school_{SAMPLE_SCHOOL}")
        secretary = self._demo("demo_user_linda_kowalczyk")
        Note = self.env["pact.attendance.note"].with_user(secretary)
        codes = self.env["pact.attendance.code"]._by_code(school.district_id)
        events = self.env["pact.attendance.event"].search(
            [
                ("school_id", "=", school.id),
                ("student_id.school_id", "=", school.id),
                ("student_id", "not in", self._aimed_students(plan).ids),
                ("code_id", "=", codes["UNV"].id),
                ("decided_by_id", "=", False),
                ("is_withdrawn", "=", False),
            ],
            order="date desc, id",
        )
        latest = {}
        for event in events:
            latest.setdefault(event.student_id, event.date)
        for (student, day), (kind, code, applied, reason) in zip(
            latest.items(), NOTES, strict=False
        ):
            note = Note.create(self._note(school, student, day, kind, reason))
            note.code_id = codes[code]
            if applied:
                note.action_apply()
        for student in self._students_of(plan, SAMPLE_SCHOOL, 1):
            ahead = plan.today + timedelta(days=1)
            vals = self._note(school, student, ahead, "call", "Travels to a funeral")
            Note.create({**vals, "date_to": ahead + timedelta(days=2)})

    @api.model
    def _note(self, school, student, day, kind, reason):
        return {
            "school_id": school.id,
            "student_id": student.id,
            "guardian_id": student.guardian_link_ids[:1].guardian_id.id,
            "kind": kind,
            "date_from": day,
            "date_to": day,
            "reason": reason,
        }

    @api.model
    def _write_down_twice(self, plan):
        """A student was entered by hand and came with the file, too."""
        for student in self._students_of(plan, TWICE_SCHOOL, 1):
            twin = self.env["pact.student"].create(
                {
                    "first_name": student.first_name,
                    "last_name": student.last_name,
                    "birth_date": student.birth_date,
                }
            )
            enrollment = student.enrollment_ids.filtered(
                lambda e, s=student: e.school_id == s.school_id
            )[-1:]
            self.env["pact.enrollment"].create(
                {
                    "student_id": twin.id,
                    "school_id": student.school_id.id,
                    "grade": enrollment.grade,
                    "entry_date": plan.attendance.day_ago(TWICE_SCHOOL, 1),
                }
            )
            self.env["pact.student.duplicate"]._find([twin.id])

    @api.model
    def _propose_transfer(self, plan):
        """The file of one district names a child of another."""
        school = self._demo("demo_school_0201")
        for student in self._students_of(plan, MOVED_FROM, 1):
            text = "student_id,last_name,first_name,birth_date,school\n" + ",".join(
                (
                    "0990001",
                    student.last_name,
                    student.first_name,
                    student.birth_date.isoformat(),
                    school.code,
                )
            )
            job = (
                self.env["pact.import.job"]
                .with_user(self._demo("demo_user_denise_okafor"))
                .create(
                    {
                        "kind": "student",
                        "source_id": self._demo(f"demo_source_{MOVED_TO}").id,
                        "file": base64.b64encode(f"{text}\n".encode()),
                        "file_name": f"students_{MOVED_TO}_{plan.today}.csv",
                    }
                )
            )
            job.action_next()
            job.action_apply()

    @api.model
    def _expect_late_file(self, plan):
        """A district's files come by themselves; today's did not."""
        source = self._demo(f"demo_source_{LATE_DISTRICT}")
        profile = self.env["pact.import.profile"].search(
            [("source_id", "=", source.id), ("kind", "=", "attendance")], limit=1
        )
        if not profile:
            return
        schools = self.env["pact.school"].search(
            [("district_id", "=", source.district_id.id)]
        )
        profile.write(
            {
                "is_unattended": True,
                "school_ids": [(6, 0, schools.ids)],
                "folder": f"district-{LATE_DISTRICT}",
                "file_pattern": "attendance_*.csv",
                "expect": "same",
                "expect_time": 7.0,
                "user_id": self._demo("demo_user_denise_okafor").id,
            }
        )
        profile._expect_file(datetime.combine(plan.today, time(8)))

    @api.model
    def _note_circumstances(self):
        """One child of each program that asks for consultations lives in a motel: the
        next step waits for the liaison, and most people see only that."""
        asking = self.env["pact.program.requirement"].search(
            [
                ("kind", "=", "consultation"),
                ("circumstance_kind_ids", "in", self._demo(HOMELESS).ids),
            ],
        )
        cases = self.env["pact.case"].search([("is_open", "=", True)], order="id")
        waiting = cases.filtered(lambda case: case._following_step() in asking.step_id)
        first = [own[0] for own in waiting.grouped("program_id").values()]
        for manager, own in self._as(cases.browse().union(*first), "case_manager"):
            self.env["pact.student.circumstance"].with_user(manager).create(
                [
                    {
                        "student_id": case.student_id.id,
                        "school_id": case.school_id.id,
                        "kind_id": self._demo(HOMELESS).id,
                        "source": self.env._("The mother, by phone"),
                        "date_from": case.date_open,
                        "note": self.env._("Staying at a motel since the fire."),
                    }
                    for case in own
                ]
            )
