from odoo.exceptions import AccessError, MissingError
from odoo.http import Controller, content_disposition, request, route

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class PactTakeover(Controller):
    @route("/pact/takeover/template.xlsx", type="http", auth="user", readonly=True)
    def template(self):
        """The empty workbook, for who may take over a running year."""
        return self._workbook(
            lambda: request.env["pact.takeover"]._template(), "running-year.xlsx"
        )

    @route(
        "/pact/takeover/<int:takeover_id>/rejected.xlsx",
        type="http",
        auth="user",
        readonly=True,
    )
    def rejected(self, takeover_id):
        """The rejected rows, for who may see the workbook; what does not exist and
        what one may not see answer alike."""
        takeover = request.env["pact.takeover"].browse(takeover_id)
        return self._workbook(takeover._rejected, "to-correct.xlsx")

    def _workbook(self, make, name):
        try:
            content = make()
        except (AccessError, MissingError):
            return request.not_found()
        return request.make_response(
            content,
            [
                ("Content-Type", KIND),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
