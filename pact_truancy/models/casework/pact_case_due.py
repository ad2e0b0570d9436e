from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..facts.words import short_date
from .pact_case import GATE

STEP = "pact_truancy.activity_case_step"
# what changes who has to do something, or until when
MOVING = {"manager_id", "school_id", "step_id", "date_step"}


class PactCase(models.Model):
    """Who is responsible for the present step, and until when: the step names a role,
    the assignments of the case's school name the person, the school's calendar the day.

    Days without school never make a case overdue: it is so from the first school day
    after the last one that the step gives (`overdue_from`), and where the calendar does
    not reach that far, it is not.
    """

    _inherit = "pact.case"

    responsible_id = fields.Many2one(
        "res.users",
        string="Responsible Now",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Who serves the school in the role that the step names.",
    )
    date_due = fields.Date(
        string="Due by",
        readonly=True,
        help="The last school day that the step gives; after it the case is overdue.",
    )
    overdue_from = fields.Date(readonly=True, help="The first school day too late.")
    is_overdue = fields.Boolean(compute="_compute_is_overdue", search="_search_overdue")

    @api.depends("is_open", "overdue_from")
    def _compute_is_overdue(self):
        today = self.env["pact.clock"]._today()
        for case in self:
            case.is_overdue = bool(
                case.is_open and case.overdue_from and case.overdue_from <= today
            )

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env["pact.clock"]._today()
        domain = Domain("is_open", "=", True) & Domain("overdue_from", "<=", today)
        return domain if True in value else ~domain

    @api.model_create_multi
    def create(self, vals_list):
        cases = super().create(vals_list)
        cases._refresh_due(entered=True)
        return cases

    def write(self, vals):
        result = super().write(vals)
        if MOVING & vals.keys() or vals.get("is_open"):
            self._refresh_due(entered="step_id" in vals)
        return result

    def _refresh_advice(self, day):
        """Assignments and calendars change too: every screening looks again."""
        changed = super()._refresh_advice(day)
        return changed | self._refresh_due()

    def _refresh_due(self, entered=False):
        """Find anew who is responsible for these open cases, and until when; the to-do
        of that person follows. A few queries for any number; only changes are written.

        :param entered: the cases have just come into their step
        :return: the cases of which something changed
        """
        # sudo: derived values, whoever caused them
        cases_sudo = self.sudo().filtered("is_open")
        responsible = cases_sudo._find_responsible()
        last = cases_sudo._school_days_after_step(0)
        late = cases_sudo._school_days_after_step(1)
        changed = cases_sudo.browse()
        for case in cases_sudo:
            vals = {
                "responsible_id": responsible[case].id,
                "date_due": last.get(case.id),
                "overdue_from": late.get(case.id),
            }
            now = {
                "responsible_id": case.responsible_id.id,
                "date_due": case.date_due or None,
                "overdue_from": case.overdue_from or None,
            }
            if vals != now:
                case.with_context(pact_gate=GATE).write(vals)
                changed |= case
        (cases_sudo if entered else changed)._give_step_activity()
        return changed.sudo(False)

    def _school_days_after_step(self, more):
        """Return {case id: the day that the step gives, and `more` school days}."""
        return self.env["pact.school.calendar"]._days_after(
            [
                (
                    case.id,
                    case.school_id.calendar_id.id,
                    case.date_step,
                    case.step_id.due_days + more,
                )
                for case in self
                if case.step_id.due_days
            ]
        )

    def _find_responsible(self):
        """Return {case: user}: the case's manager where the step asks for one who still
        serves the school, else who serves it in the step's role, else the manager; a
        query a role."""
        now = fields.Datetime.now()
        rights = self.env["pact.access"].search_fetch(
            Domain("user_id", "in", self.manager_id.ids)
            & Domain("school_id", "in", self.school_id.ids)
            & Domain("user_id.active", "=", True)
            & Domain("valid_from", "<=", now)
            & Domain("valid_to", ">", now),
            ["user_id", "school_id"],
        )
        serving = {(row.user_id, row.school_id) for row in rights}
        nobody = self.env["res.users"]
        found = {}
        for role, cases in self.grouped(lambda case: case.step_id.role).items():
            users = self.env["pact.assignment"]._responsible_users(
                cases.school_id, role
            )
            for case in cases:
                manager = case.manager_id
                if (manager, case.school_id) not in serving:
                    manager = nobody
                one = users.get(case.school_id.id, nobody)
                if role == "case_manager":
                    found[case] = manager or one
                else:
                    found[case] = one or manager
        return found

    def _give_step_activity(self):
        """Give the responsible person one to-do with the step's due date; it is taken
        away where the step has none. Its deadline is the last day before the case turns
        overdue, so that no calendar shows it as late on a day without school."""
        kind = self.env.ref(STEP)
        self.env["mail.activity"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "=", kind.id),
            ]
        ).unlink()
        # no e-mail: it would carry a child's name out of the app
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": case.id,
                    "activity_type_id": kind.id,
                    "user_id": case.responsible_id.id,
                    "date_deadline": case.overdue_from - timedelta(days=1),
                    "summary": self.env._(
                        "%(step)s: to do by %(day)s",
                        step=case.step_id.name,
                        day=short_date(self.env, case.date_due),
                    ),
                }
                for case in self
                if case.responsible_id and case.overdue_from
            ]
        )
