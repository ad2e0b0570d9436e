from odoo import api, fields, models

from .pact_intervention import SUCCEEDED


class PactCase(models.Model):
    """What was done for the student, on the case."""

    _inherit = "pact.case"

    intervention_ids = fields.Many2many(
        "pact.intervention",
        compute="_compute_intervention_ids",
        help="All of the student, whoever logged them and for which case.",
    )
    service_ids = fields.Many2many(
        "pact.service",
        compute="_compute_service_ids",
        help="All that were offered to the student or family.",
    )
    date_tried = fields.Date(
        string="Family Last Tried",
        compute="_compute_contacts",
        help="The last attempt to reach the family.",
    )
    date_reached = fields.Date(
        string="Family Last Reached",
        compute="_compute_contacts",
        help="The last attempt that succeeded.",
    )

    @api.depends("student_id")
    def _compute_intervention_ids(self):
        self._compute_of_student("intervention_ids")

    @api.depends("student_id")
    def _compute_service_ids(self):
        self._compute_of_student("service_ids")

    def _compute_of_student(self, name):
        """Set `name` to the student's records that the user may read; one query."""
        records = self.env[self._fields[name].comodel_name].search(
            [("student_id", "in", self.student_id.ids)]
        )
        own = records.grouped("student_id")
        for case in self:
            case[name] = own.get(case.student_id._origin, False)

    @api.depends("student_id")
    def _compute_contacts(self):
        """R21-31: one query for any number of cases."""
        tried = {}
        # sudo: two dates of cases that the user may read, whichever school tried
        rows = (
            self.env["pact.intervention"]
            .sudo()
            ._read_group(
                [
                    ("student_id", "in", self.student_id.ids),
                    ("kind_id.is_contact", "=", True),
                    ("is_void", "!=", True),
                ],
                ["student_id", "result"],
                ["date:max"],
            )
        )
        for student, result, day in rows:
            tried.setdefault(student.id, {})[result] = day
        for case in self:
            days = tried.get(case.student_id.id, {})
            reached = [days[one] for one in SUCCEEDED if one in days]
            case.date_tried = max(days.values(), default=False)
            case.date_reached = max(reached, default=False)

    def action_offer_service(self):
        """Open the small dialog that offers a service for this case."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pact_truancy.pact_service_new_action"
        )
        action["context"] = {
            "default_student_id": self.student_id.id,
            "default_school_id": self.school_id.id,
            "default_case_id": self.id,
        }
        return action

    def action_log_intervention(self):
        """Open the small dialog that logs a contact for this case."""
        self.ensure_one()
        return self.env["pact.intervention"]._log_action(
            {
                "default_student_id": self.student_id.id,
                "default_school_id": self.school_id.id,
                "default_case_id": self.id if self.is_open else False,
            }
        )
