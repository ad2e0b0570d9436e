import base64

from .common import TruancyCommon


class IntakeCommon(TruancyCommon):
    """Two students of Lincoln Middle and one of River High, with numbers of the test
    system; a secretary of Lincoln Middle and a coordinator of its district."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source.district_id = cls.district
        cls.school.code = "0012"
        cls.sister_school.code = "0013"
        cls.other_school.code = "0099"
        cls.maya = cls.make_student("Maya", "Rivera")
        cls.theo = cls.make_student("Theo", "Example")
        cls.stranger = cls.make_student("Sam", "Sample", school=cls.other_school)
        cls.name_student(cls.maya, "004821")
        cls.name_student(cls.theo, "004822")
        cls.name_student(cls.stranger, "009900")
        cls.secretary = cls.make_user("secretary", "school_staff", cls.school)
        cls.principal = cls.make_user("principal", "school_admin", cls.school)
        cls.coordinator = cls.make_user("coordinator", "coordinator", cls.district)

    @classmethod
    def name_student(cls, student, value):
        cls.env["pact.student.identifier"].create(
            {"student_id": student.id, "source_id": cls.source.id, "value": value}
        )

    @classmethod
    def read_file(cls, text, kind="attendance", user=None, **values):
        """Upload `text` (str or bytes) as `user` and read it; returns the job."""
        content = text.encode() if isinstance(text, str) else text
        jobs = cls.env["pact.import.job"].with_user(user or cls.secretary)
        name = values.pop("file_name", "file.csv")
        job = jobs.create(
            {
                "kind": kind,
                "source_id": cls.source.id,
                "file": base64.b64encode(content),
                "file_name": name,
            }
        )
        job.action_read()
        if kind == "attendance":
            values = {"mode": "add", **values}
            if not job.school_ids:
                values.setdefault("school_ids", [(6, 0, cls.school.ids)])
        if values:
            job.write(values)
        return job

    @classmethod
    def bring_in(cls, text, kind="attendance", user=None, **values):
        """Upload, preview and apply; returns the job."""
        job = cls.read_file(text, kind, user, **values)
        job.action_preview()
        job.action_apply()
        return job

    def assertCounts(self, job, **wanted):
        names = ("new", "changed", "conflict", "unchanged", "withdrawn", "rejected")
        found = {name: job[f"{name}_count"] for name in names}
        problems = job.row_ids.filtered("problem").mapped("problem")
        self.assertEqual(
            {name: count for name, count in found.items() if count}, wanted, problems
        )

    def events(self, students):
        return self.env["pact.attendance.event"].search(
            [("student_id", "in", students.ids), ("source_id", "=", self.source.id)],
            order="date, id",
        )
