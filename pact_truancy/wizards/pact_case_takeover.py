from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.casework.pact_case_takeover import TakenOver


class PactCaseTakeover(models.TransientModel):
    """Takes over one running case by hand: the step in which it stands, since when,
    and where that is known from."""

    _name = "pact.case.takeover"
    _description = "Take Over a Case"

    student_id = fields.Many2one("pact.student", required=True, ondelete="cascade")
    school_id = fields.Many2one(related="student_id.school_id")
    program_id = fields.Many2one(
        "pact.program",
        required=True,
        ondelete="cascade",
        compute="_compute_program_id",
        store=True,
        readonly=False,
    )
    step_id = fields.Many2one(
        "pact.program.step",
        string="Stands in",
        required=True,
        ondelete="cascade",
        domain="[('program_id', '=', program_id), ('is_rung', '=', True)]",
    )
    date = fields.Date(
        string="In This Step Since",
        required=True,
        help="Waiting times are counted from this day on.",
    )
    date_open = fields.Date(string="Opened", help="Empty: when it came into the step.")
    manager_id = fields.Many2one(
        "res.users",
        string="Case Manager",
        domain="[('id', 'in', able_ids)]",
        help="Empty: who serves the school.",
    )
    able_ids = fields.Many2many("res.users", compute="_compute_able_ids")
    reason = fields.Char(
        required=True, help="Where this is known from; it stays in the case's history."
    )

    @api.depends("student_id")
    def _compute_program_id(self):
        """Suggest the only program that serves the student's school."""
        day = self.env["pact.clock"]._today()
        served = {one: one._schools(day) for one in self.env["pact.program"].search([])}
        for wizard in self:
            school = wizard.student_id.school_id
            serving = [one for one, schools in served.items() if school in schools]
            wizard.program_id = serving[0] if len(serving) == 1 else wizard.program_id

    @api.depends("student_id")
    def _compute_able_ids(self):
        schools = self.student_id.school_id
        able = self.env["pact.case"]._takeover_managers(schools)
        for wizard in self:
            wizard.able_ids = able.get(wizard.student_id.school_id)

    @api.onchange("program_id")
    def _onchange_program_id(self):
        if self.step_id.program_id != self.program_id:
            self.step_id = False

    def action_take_over(self):
        """Open the case where it stands, and show it.

        :raise AccessError: for anybody but a coordinator of the student's school
        :raise UserError: says what is wrong
        """
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say where this is known from."))
        school = self.student_id.school_id
        self.env["pact.case"]._check_takes_over(school)
        manager = self.manager_id
        if manager and manager not in self.able_ids:
            raise UserError(
                self.env._(
                    "%(user)s does not work on cases of %(school)s.",
                    user=manager.name,
                    school=school.name,
                )
            )
        if not manager:
            serving = self.env["pact.assignment"]._responsible_users(
                school, "case_manager"
            )
            manager = serving.get(school.id, manager)
        taken = TakenOver(
            student=self.student_id,
            school=school,
            program=self.program_id,
            step=self.step_id,
            date=self.date,
            date_open=self.date_open or self.date,
            manager=manager,
            reason=self.env._("Before our records. %(note)s", note=reason),
        )
        case = self.env["pact.case"]._take_over(
            [taken], self.env["pact.clock"]._today()
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "pact.case",
            "res_id": case.id,
            "views": [(False, "form")],
        }
