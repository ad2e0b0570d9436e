from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL


class PactProgram(models.Model):
    _inherit = "pact.program"

    def _open_cases_domain(self, students, day):
        """Return the domain of the program's cases that were open at the end of `day`.

        :param students: records, a domain, or None for all
        """
        self.ensure_one()
        return (
            Domain("program_id", "=", self.id)
            & Domain("date_open", "<=", day)
            & (Domain("date_closed", "=", False) | Domain("date_closed", ">", day))
            & self._students_domain(students)
        )

    def _starts(self, students, day):
        """Add 'since_step': the day of the last step, up to `day`, of the case that is
        open in this program (counting.md 7); 'order' and 'order_end': the days of its
        order (counting.md 21)."""
        starts = super()._starts(students, day)
        self.env["pact.case.step"].flush_model(["case_id", "date", "voided_on"])
        # sudo: a number does not depend on who asks
        cases = self.env["pact.case"].sudo()
        cases = cases._search(self._open_cases_domain(students, day))
        rows = self.env.execute_query(
            SQL(
                """SELECT c.student_id, max(s.date)
                     FROM pact_case c
                     JOIN pact_case_step s ON s.case_id = c.id AND s.date <= %s
                      AND s.voided_on IS NULL
                    WHERE c.id IN %s
                    GROUP BY c.student_id""",
                day,
                cases.subselect(),
            )
        )
        # sudo: see above
        orders = (
            self.env["pact.order"]
            .sudo()
            .search(
                Domain("case_id", "any!", self._open_cases_domain(students, day))
                & Domain("is_void", "!=", True)
                & Domain("date", "<=", day)
            )
        )
        standing = orders._is_standing()
        return {
            **starts,
            "since_step": dict(rows),
            "order": {order.student_id.id: order.date_start for order in standing},
            "order_end": {
                order.student_id.id: order.date_stop
                for order in standing
                if order.date_stop
            },
        }
