import base64
import csv
import io
from pathlib import Path

from odoo import api, models

from ..facts.units import DAY
from .schools import REGION_OF, SCHOOL

# eSchoolPLUS, ATT_STU_DAY_TOTALS: one row for each day that is not plain presence
COLUMNS = (
    "district",
    "school_year",
    "building",
    "student_id",
    "attendance_date",
    "view_type",
    "criteria",
    "attendance_code",
    "att_code_value",
)
VIEW = "ALLDAY"


class PactDemo(models.AbstractModel):
    """The last school days as files of a student system, and their import."""

    _inherit = "pact.demo"

    @api.model
    def _file_content(self, plan, rows):
        """Return delivered rows [(event, code)] as the bytes of a CSV file."""
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        year = plan.years[1][2].year
        for event, code in sorted(rows, key=lambda row: (row[0].date, row[0].key)):
            district = SCHOOL[event.school].district
            student = plan.attendance.student[event.student]
            writer.writerow(
                (
                    district,
                    year,
                    event.school,
                    student.local_id(district),
                    event.date.strftime("%m/%d/%Y"),
                    VIEW,
                    1,
                    code,
                    f"{event.portion / DAY:.2f}",
                )
            )
        return stream.getvalue().encode()

    @api.model
    def _import_files(self, plan):
        """Import the files of the last days as the coordinator of the office, each
        once."""
        for file in plan.attendance.files():
            leader = REGION_OF[file.district].coordinator.replace(".", "_")
            Job = self.env["pact.import.job"].with_user(
                self._demo(f"demo_user_{leader}")
            )
            name = f"attendance_{'_'.join(file.schools)}_{file.last}.csv"
            if Job.sudo().search_count(
                [("file_name", "=", name), ("state", "=", "applied")], limit=1
            ):
                continue
            job = Job.create(
                {
                    "kind": "attendance",
                    "source_id": self._demo(f"demo_source_{file.district}").id,
                    "file": base64.b64encode(self._file_content(plan, file.rows)),
                    "file_name": name,
                }
            )
            job.action_next()
            schools = [self._demo(f"demo_school_{key}").id for key in file.schools]
            job.write(
                {
                    "date_format": "us",
                    "view_value": VIEW,
                    "mode": "replace",
                    "school_ids": [(6, 0, schools)],
                    "date_from": file.first,
                    "date_to": file.last,
                }
            )
            job.action_next()
            job.action_apply()

    @api.model
    def _write_sample_file(self, folder):
        """Write the file that a newcomer uploads by hand: the one day that one school
        has not sent yet.

        :param folder: where to write it; made if it is not there
        :return: path of the file
        """
        plan = self._plan()
        rows = plan.attendance.sample_rows()
        path = Path(folder) / f"attendance_{plan.today}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._file_content(plan, rows))
        return str(path)
