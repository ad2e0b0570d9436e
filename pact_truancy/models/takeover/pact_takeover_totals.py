from fractions import Fraction

from odoo import models

from ..facts.pact_attendance_prior import LONGEST, TYPED
from ..facts.units import format_days, to_portion
from .layout import key_of


class PactTakeover(models.Model):
    """The sheet of typed totals from before our records."""

    _inherit = "pact.takeover"

    def _plan_totals(self, plan):
        entries = plan.of("totals")
        years = {
            key_of(year.name): year for year in self.env["pact.school.year"].search([])
        }
        category = self.env["pact.attendance.prior"]._fields["category"]
        for entry in entries:
            year = years.get(key_of(entry.row.text("year")))
            if not year:
                entry.reject(
                    self.env._(
                        "No school year is called '%(year)s'.",
                        year=entry.row.text("year"),
                    )
                )
            entry.values |= {
                "year": year,
                "category": self._choice(entry, "category", category, TYPED),
            }
            days = Fraction(entry.row.cells["days"])
            if days > LONGEST:
                entry.reject(self.env._("A school year has no such number of days."))
            entry.values["portion"] = to_portion(min(days, LONGEST))
        for entry in plan.of("totals"):
            problem = self.env["pact.attendance.prior"]._problem(
                entry.student,
                entry.school,
                entry.values["year"],
                entry.row.cells["through"],
                plan.day,
            )
            if problem:
                entry.reject(problem)
        self._find_known_totals(plan.of("totals"))

    def _find_known_totals(self, entries):
        rows_sudo = (
            self.env["pact.attendance.prior"]
            .sudo()
            .search(
                [
                    ("student_id", "in", [one.student.id for one in entries]),
                    ("is_withdrawn", "!=", True),
                ]
            )
        )
        held = {
            (row.student_id, row.school_id, row.year_id, row.category): row
            for row in rows_sudo
        }
        for entry in entries:
            values = entry.values
            entry.key = (
                entry.student,
                entry.school,
                values["year"],
                values["category"],
            )
            row = held.get(entry.key)
            if not row:
                continue
            said = (values["portion"], entry.row.cells["through"])
            if said == (row.portion, row.date_through):
                entry.operation = "known"
                continue
            entry.reject(
                self.env._(
                    "Another total is on record: %(days)s days through %(day)s. "
                    "Withdraw it first.",
                    days=format_days(row.portion),
                    day=row.date_through.isoformat(),
                )
            )

    def _take_totals(self, entries, plan):
        # sudo: see `_take_interventions`
        self.env["pact.attendance.prior"].sudo().create(
            [
                {
                    "student_id": one.student.id,
                    "school_id": one.school.id,
                    "year_id": one.values["year"].id,
                    "category": one.values["category"],
                    "portion": one.values["portion"],
                    "date_through": one.row.cells["through"],
                    "note": one.row.text("note") or False,
                }
                for one in entries
            ]
        )
