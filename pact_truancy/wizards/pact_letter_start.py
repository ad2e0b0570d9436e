from odoo import api, fields, models


class PactLetterStart(models.TransientModel):
    """Asks which letter beside the ladder is started in open cases, such as the medical
    letter (SOP-17), and shows what it asks for before anybody presses the button."""

    _name = "pact.letter.start"
    _description = "Start a Letter"

    case_ids = fields.Many2many(
        "pact.case",
        string="Cases",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    program_ids = fields.Many2many("pact.program", compute="_compute_program_ids")
    kind_id = fields.Many2one(
        "pact.letter.kind",
        string="Letter",
        required=True,
        default=lambda self: self._default_kind_id(),
        domain="[('step_id.program_id', 'in', program_ids), "
        "('step_id.entry', '=', 'aside')]",
    )
    description = fields.Text(related="kind_id.step_id.description")
    findings = fields.Text(compute="_compute_findings")

    @api.model
    def _default_kind_id(self):
        """Take the only kind that the cases can have."""
        chosen = self.env.context.get("default_case_ids")
        cases = self.env["pact.case"].browse(
            chosen or self.env.context.get("active_ids")
        )
        kinds = cases.program_id._aside_kinds()
        return kinds if len(kinds) == 1 else False

    @api.depends("case_ids")
    def _compute_program_ids(self):
        for wizard in self:
            wizard.program_ids = wizard.case_ids.program_id

    @api.depends("case_ids", "kind_id")
    def _compute_findings(self):
        """Say of each case how it stands to what the letter asks for, a line each."""
        day = self.env["pact.clock"]._today()
        for wizard in self:
            kind = wizard.kind_id
            cases = wizard.case_ids._origin.filtered(
                lambda case, kind=kind: (
                    case.is_open and case.program_id == kind.program_id
                )
            )
            lines = cases._aside_gate(kind, day) if kind else {}
            wizard.findings = "\n".join(
                self.env._(
                    "%(case)s: %(finding)s",
                    case=case.display_name,
                    finding="; ".join(wizard._finding(line) for line in lines[case.id]),
                )
                for case in cases
                if lines.get(case.id)
            )

    def _finding(self, line):
        if line.answer.met:
            return self.env._("%(text)s (met)", text=line.answer.text)
        return self.env._("%(text)s (not met)", text=line.answer.text)

    def action_start(self):
        """Draft the letter for all cases, or for none, and show the drafts.

        :raise UserError: names the cases that may not have it, with what is missing
        """
        self.ensure_one()
        day = self.env["pact.clock"]._today()
        letters = self.case_ids._start_letter(self.kind_id, day)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pact_truancy.pact_letter_action"
        )
        action["context"] = {}
        if len(letters) == 1:
            action.update({"views": [(False, "form")], "res_id": letters.id})
        else:
            action["domain"] = [("id", "in", letters.ids)]
        return action
