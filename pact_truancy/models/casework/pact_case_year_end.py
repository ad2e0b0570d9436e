from odoo import api, models


class PactCase(models.Model):
    """The end of a school year: cases carry over, close, or start again."""

    _inherit = "pact.case"

    @api.model
    def _year_end_domain(self, program, year):
        """Return the domain of the open cases that were opened in or before `year`."""
        return [
            ("program_id", "=", program.id),
            ("is_open", "=", True),
            ("date_open", "<=", year.date_end),
        ]

    def _end_year(self, policy, year, day):
        """Do with these open cases what `policy` says: 'carry', 'close', 'restart'.
        Waits and orders of cases that carry over run on in school days."""
        if policy == "close":
            self._close(day, "year_end", note=year.name)
        elif policy == "restart":
            (self - self._started_again(year))._restart(
                day, self.env._("The school year %(year)s ended", year=year.name)
            )

    def _started_again(self, year):
        """Return those of these cases whose present round began when `year` was over:
        a second click, or a colleague's, would start them again."""
        last = self._last_school_days(self.school_id, year)
        # sudo: history of cases that the user may change
        rows = (
            self.env["pact.case.step"]
            .sudo()
            ._read_group(
                [("case_id", "in", self.ids), ("voided_on", "=", False)],
                ["case_id", "round"],
                ["date:min"],
            )
        )
        began = {(case.id, number): first for case, number, first in rows}
        return self.filtered(
            lambda case: (
                began.get((case.id, case.round), case.date_open)
                >= last.get(case.school_id.calendar_id, year.date_end)
            )
        )

    @api.model
    def _last_school_days(self, schools, year):
        """Return {calendar: last school day up to the end of `year`} of `schools`."""
        rows = self.env["pact.school.day"]._read_group(
            [
                ("calendar_id", "in", schools.calendar_id.ids),
                ("is_school_day", "=", True),
                ("date", "<=", year.date_end),
            ],
            ["calendar_id"],
            ["date:max"],
        )
        return dict(rows)

    @api.model
    def _without_next_year(self, schools, year):
        """Return those of `schools` whose calendar has no school day after `year`: in
        them no waiting time can run."""
        rows = self.env["pact.school.day"]._read_group(
            [
                ("calendar_id", "in", schools.calendar_id.ids),
                ("is_school_day", "=", True),
                ("date", ">", year.date_end),
            ],
            ["calendar_id"],
        )
        return schools.filtered(lambda school: (school.calendar_id,) not in rows)
