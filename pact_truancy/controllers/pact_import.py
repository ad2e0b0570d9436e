from odoo.exceptions import AccessError, MissingError
from odoo.http import Controller, content_disposition, request, route


class PactImport(Controller):
    @route(
        "/pact/import/<int:job_id>/rejected.csv",
        type="http",
        auth="user",
        readonly=True,
    )
    def rejected(self, job_id):
        """The rejected rows of an import as CSV, for who may see the import; what does
        not exist and what one may not see answer alike."""
        job = request.env["pact.import.job"].browse(job_id)
        try:
            content = job._rejected_csv()
            name = f"rejected-{job.file_name or 'rows'}".rsplit(".", 1)[0]
        except (AccessError, MissingError):
            return request.not_found()
        return request.make_response(
            content,
            [
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", content_disposition(f"{name}.csv")),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    @route(
        "/pact/corrections/<int:list_id>.xlsx",
        type="http",
        auth="user",
        readonly=True,
    )
    def corrections(self, list_id):
        """What is to be changed in the information system, for who asked for it."""
        wizard = request.env["pact.correction.list"].browse(list_id)
        try:
            content = wizard._xlsx()
        except (AccessError, MissingError):
            return request.not_found()
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return request.make_response(
            content,
            [
                ("Content-Type", kind),
                ("Content-Disposition", content_disposition("to-change.xlsx")),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
