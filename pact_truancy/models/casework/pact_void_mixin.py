from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

OFFICE_ROLES = ("case_manager", "hearing_officer", "coordinator")


class PactVoidMixin(models.AbstractModel):
    """A record of work with a family: voided with a reason, never deleted.

    It has a student and a school. `_SERVER` are the fields that only the app writes,
    `_FIXED` those that stay as they were entered, `_VOID_FIELD` the one of the dialog
    that asks why.
    """

    _name = "pact.void.mixin"
    _description = "Voided, Never Deleted"
    _SERVER = frozenset(
        {"is_void", "void_reason", "voided_by_id", "voided_on", "is_prior"}
    )
    _FIXED = frozenset({"student_id", "school_id"})
    _VOID_FIELD = None

    student_id = fields.Many2one(
        "pact.student", required=True, ondelete="restrict", index=True
    )
    school_id = fields.Many2one(
        "pact.school", required=True, ondelete="restrict", index=True
    )
    is_prior = fields.Boolean(
        string="Before Our Records",
        readonly=True,
        copy=False,
        help="Taken over from former records; it was not entered when it was done.",
    )
    is_void = fields.Boolean(string="Voided", readonly=True, copy=False)
    void_reason = fields.Char(string="Voided Because", readonly=True, copy=False)
    voided_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    voided_on = fields.Datetime(readonly=True, copy=False)

    @api.onchange("student_id")
    def _onchange_student_id(self):
        if self.student_id and not self.school_id:
            self.school_id = self.student_id.school_id

    @api.model_create_multi
    def create(self, vals_list):
        """The school is the student's present one where none is named."""
        self._check_server_fields(*vals_list)
        students = self.env["pact.student"].browse(
            [v["student_id"] for v in vals_list if not v.get("school_id")]
        )
        students.check_access("read")
        # sudo: the school of students that the user may read
        schools = {student.id: student.school_id.id for student in students.sudo()}
        records = super().create(
            [
                vals
                if vals.get("school_id")
                else {**vals, "school_id": schools[vals["student_id"]]}
                for vals in vals_list
            ]
        )
        records._check_student_school()
        records._refresh_cases()
        return records

    def write(self, vals):
        self._check_server_fields(vals)
        fixed = self._FIXED & vals.keys()
        if fixed and not self.env.su:
            labels = sorted(
                self._fields[name]._description_string(self.env) for name in fixed
            )
            raise UserError(
                self.env._(
                    "%(fields)s: this stays as it was entered. A coordinator can void "
                    "the entry, then enter it anew.",
                    fields=", ".join(labels),
                )
            )
        result = super().write(vals)
        self._refresh_cases()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("This is never deleted. A coordinator voids it with a reason.")
        )

    def _check_server_fields(self, *vals_list):
        named = set().union(*vals_list) & self._SERVER
        named |= {
            name for name in self._SERVER if f"default_{name}" in self.env.context
        }
        if named and not self.env.su:
            raise AccessError(
                self.env._("What became of an entry is kept by the app itself.")
            )

    def _check_student_school(self):
        """Refuse a school that is not the student's present one: whoever serves it
        would then read of the child, and a former school writes nothing. Of a student
        without a present school the former one still may."""
        # sudo: whether student and school belong together, whoever asks
        for record in self.sudo():
            student, school = record.student_id, record.school_id
            if school not in (student.school_ids or student.reach_school_ids):
                raise UserError(
                    self.env._(
                        "%(student)s is not at %(school)s.",
                        student=student.name,
                        school=school.name,
                    )
                )

    def _refresh_cases(self):
        """Let the recommendation of the students' open cases follow; in bulk work once
        for all, see `pact.case._refresh_advice`."""
        if self.env.context.get("pact_defer_advice"):
            return
        # sudo: derived values, whoever caused them
        cases_sudo = (
            self.env["pact.case"]
            .sudo()
            .search([("student_id", "in", self.student_id.ids), ("is_open", "=", True)])
        )
        cases_sudo._refresh_advice(self.env["pact.clock"]._today())

    def _schools_as(self, roles):
        """Return the schools of these records at which the user has one of `roles` now.

        A group says only that somebody has a role somewhere: rights at one school are
        none at another.
        """
        now = fields.Datetime.now()
        domain = (
            Domain("user_id", "=", self.env.uid)
            & Domain("school_id", "in", self.school_id.ids)
            & Domain("role", "in", roles)
            & Domain("valid_from", "<=", now)
            & Domain("valid_to", ">", now)
        )
        # sudo: one's own rights
        return self.env["pact.access"].sudo().search(domain).school_id.sudo(False)

    def _check_role(self, roles, refusal):
        """Refuse who has none of `roles` at the school of each record.

        :raise AccessError: `refusal`, a sentence
        """
        self.check_access("read")
        if not self.env.su and self.school_id - self._schools_as(roles):
            raise AccessError(refusal)

    def action_void(self, reason):
        """A coordinator strikes entries through: they stay, and count for no gate.

        :param reason: text, required
        :raise AccessError: for anybody but a coordinator of the school
        :raise UserError: without a reason
        """
        self._check_void()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why this is voided."))
        # sudo: only the app sets these
        self.filtered(lambda record: not record.is_void).sudo().write(
            self._void_values(reason)
        )
        return True

    def _check_void(self):
        self._check_role(
            ("coordinator",), self.env._("Only a coordinator of the school voids this.")
        )

    def _void_values(self, reason):
        return {
            "is_void": True,
            "void_reason": reason,
            "voided_by_id": self.env.uid,
            "voided_on": fields.Datetime.now(),
        }

    def action_ask_void(self):
        """Open the dialog that asks for the reason."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Void"),
            "res_model": "pact.record.void",
            "view_mode": "form",
            "target": "new",
            "context": {
                f"default_{self._VOID_FIELD}": self.ids,
                "dialog_size": "medium",
            },
        }
