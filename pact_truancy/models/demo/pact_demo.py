import json
import logging
import time

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..facts.pact_clock import PINNED_DAY
from .plan import SEED, Plan

_logger = logging.getLogger(__name__)

# small tables too: unknown ones are guessed at hundreds of rows, and the plan of the
# counts then costs more than the counts
BEFORE_EVENTS = (
    "pact.office",
    "pact.county",
    "pact.district",
    "pact.school",
    "pact.school.year",
    "pact.school.day",
    "pact.attendance.code",
    "pact.student",
    "pact.student.identifier",
    "pact.student.guardian",
    "pact.guardian",
    "pact.enrollment",
)
AFTER_EVENTS = ("pact.attendance.event", "pact.attendance.change")
PLAN = "pact_truancy.demo_plan"  # parameter: what the plan is made of


class PactDemo(models.AbstractModel):
    """Fills an empty database with the offices of five programs, their schools, 3,500
    students and cases on every rung.

    Below all rooms: it names models of every room and nobody names it. Only private
    methods, so nothing here can be called from outside.
    """

    _name = "pact.demo"
    _description = "Demo Data"

    @api.model
    def _load(self, day=None, scale=1.0, seed=SEED):
        """Make the demo data and pin the program's day.

        :param day: day of installation, today if None; a weekend is the Friday before
        :param scale: 1.0 are about 3,000 students
        :raise UserError: the database has schools or students already
        """
        self._refuse_other_data()
        started = time.monotonic()
        # sudo: the demo is loaded as the superuser, with or without that flag
        self = self.sudo().with_context(
            tracking_disable=True, mail_create_nolog=True, no_reset_password=True
        )
        plan = Plan(day or fields.Date.today(), scale, seed)
        parameters = self.env["ir.config_parameter"]
        parameters.set_param(PINNED_DAY, plan.today.isoformat())
        parameters.set_param(PLAN, json.dumps(plan.settings()))
        self._create_places(plan)
        homerooms = self._create_homerooms(plan)
        self._create_staff(plan, homerooms)
        students = self._create_students(plan)
        self._create_guardians(plan, students)
        self._create_enrollments(plan, students, homerooms)
        _logger.info("Demo: people in %.1f s", time.monotonic() - started)
        self._deliver_attendance(plan, students)
        self._close_snow_day(plan)
        self._recode(plan, students)
        self._analyze(*AFTER_EVENTS)
        _logger.info("Demo: attendance in %.1f s", time.monotonic() - started)
        self._walk_ladders(plan, students)
        self.env["pact.student.summary"]._refresh(plan.today, None)
        self.env["pact.summary.run"].create(
            {"day": plan.today, "kind": "day", "is_done": True}
        )
        _logger.info("Demo: all in %.1f s", time.monotonic() - started)

    @api.model
    def _plan(self):
        """Return the plan that this database was filled from.

        :raise UserError: the database holds no demo data
        """
        # sudo: holds seed and day, no person's data
        text = self.env["ir.config_parameter"].sudo().get_param(PLAN)
        if not text:
            raise UserError(self.env._("This database holds no demo data."))
        return Plan.from_settings(json.loads(text))

    @api.model
    def _refuse_other_data(self):
        # sudo: whatever is there, whoever asks
        for model in ("pact.school", "pact.student"):
            if (
                self.env[model]
                .sudo()
                .with_context(active_test=False)
                .search([], limit=1)
            ):
                raise UserError(
                    self.env._(
                        "This database already holds schools or students. Demo data is "
                        "for an empty database: it pins the program's day."
                    )
                )

    @api.model
    def _name_records(self, named):
        """Give records an external id in this module. :param named: {id: record}"""
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"pact_truancy.{name}",
                    "record": record,
                    "noupdate": True,
                }
                for name, record in named.items()
            ]
        )

    def _demo(self, name):
        return self.env.ref(f"pact_truancy.{name}")
