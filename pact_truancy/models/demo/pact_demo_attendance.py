from collections import Counter

from odoo import api, fields, models
from odoo.tools import SQL

from ..facts.units import DAY
from .attendance import SAMPLE_SCHOOL
from .pact_demo import BEFORE_EVENTS
from .schools import SCHOOLS

PERIODS_DISTRICT = "101"
PERIODS = 7
CONFLICTS = 3


class PactDemo(models.AbstractModel):
    _inherit = "pact.demo"

    @api.model
    def _deliver_attendance(self, plan, students):
        """Write two deliveries of each district through the bulk write of the facts;
        the second one changes what became known a week later."""
        attendance = plan.attendance
        self.env["pact.attendance.rollup"].create(
            {
                "district_id": self._demo(f"demo_district_{PERIODS_DISTRICT}").id,
                "kind": "periods",
                "periods": PERIODS,
            }
        )
        self._analyze(*BEFORE_EVENTS)
        Received = self.env["pact.attendance.received"]
        for school in SCHOOLS:
            record = self._demo(f"demo_school_{school.key}")
            source = self._demo(f"demo_source_{school.district}")
            first = plan.calendars[school.district].firsts[0]
            last = attendance.loaded_through(school.key)
            gap = attendance.gap(school.key)
            if gap:
                Received._mark(record, first, _day_before(gap[0]), source)
                first = _day_after(gap[1])
            Received._mark(record, first, last, source)
        self._analyze("pact.attendance.received")
        for delivery in attendance.deliveries():
            for district in plan.calendars:
                self._stage_and_apply(plan, district, delivery, students)

    @api.model
    def _analyze(self, *models):
        """Let the planner know the sizes: these tables were empty a moment ago."""
        self.env.flush_all()
        for model in models:
            table = SQL.identifier(self.env[model]._table)
            self.env.cr.execute(SQL("ANALYZE %s", table))

    @api.model
    def _stage_and_apply(self, plan, district, delivery, students):
        Event = self.env["pact.attendance.event"]
        codes = Event.env["pact.attendance.code"]._by_code(
            self._demo(f"demo_district_{district}")
        )
        codes = {code: record.id for code, record in codes.items()}
        schools = {
            s.key: self._demo(f"demo_school_{s.key}").id
            for s in SCHOOLS
            if s.district == district
        }
        source = self._demo(f"demo_source_{district}")
        rows = []
        own = [row for row in delivery if row[0].school in schools]
        count = Counter(event.key for event, _code in own)
        for event, code in own:
            # as an import does: the code tells the rows of one day apart
            key = code if count[event.key] > 1 else ""
            portion, periods = self._amount(plan, district, event, code)
            rows.append(
                (
                    len(rows) + 1,
                    students[event.student].id,
                    schools[event.school],
                    event.date,
                    key,
                    codes[code],
                    portion,
                    None,
                    self._reason(plan, event, code),
                    None,
                    periods,
                )
            )
        Event._stage(source, rows)
        Event._apply_stage(source)

    @api.model
    def _amount(self, plan, district, event, code):
        """Return (portion, missed periods) as sent: one district sends the periods of
        a cut class, which its roll-up rule makes parts of a day; the main job's file
        has no column for them."""
        first, _last = plan.attendance.file_span(event.school)
        if district == PERIODS_DISTRICT and code == "CUT" and event.date < first:
            return None, event.portion * PERIODS // DAY
        return event.portion, None

    @api.model
    def _reason(self, plan, event, code):
        """Return the reason that came with an event: none while it is unverified, nor
        in the span of the main job's file, which has no column for it."""
        first, _last = plan.attendance.file_span(event.school)
        return None if code == "UNV" or event.date >= first else event.reason

    @api.model
    def _close_snow_day(self, plan):
        """Close a day after its attendance had come in."""
        for code, calendar in plan.calendars.items():
            if calendar.snow:
                day = self.env["pact.school.day"].search(
                    [
                        ("calendar_id", "=", self._demo(f"demo_calendar_{code}").id),
                        ("date", "=", calendar.snow),
                    ]
                )
                winter = calendar.snow.month in (11, 12, 1, 2, 3)
                note = self.env._("Snow day") if winter else self.env._("Storm")
                day.write({"kind": "weather", "note": note})

    @api.model
    def _recode(self, plan, students):
        """Staff of two schools corrected absences, so that the history shows it."""
        aimed = {key for keys in plan.attendance.aimed.values() for key in keys}
        keep = [students[key].id for key in aimed]
        cases = [
            ("linda_kowalczyk", "0102", "MED", "The doctor's note came in later"),
            ("andre_baptiste", "0103", "FAM", "The family explained the absence"),
        ]
        for login, key, code, reason in cases:
            school = self._demo(f"demo_school_{key}")
            user = self._demo(f"demo_user_{login}")
            codes = self.env["pact.attendance.code"]._by_code(school.district_id)
            events = self.env["pact.attendance.event"].search(
                [
                    ("school_id", "=", school.id),
                    ("student_id", "not in", keep),
                    ("code_id", "=", codes["UNX"].id),
                    ("date", "<", plan.attendance.day_ago(key, 20)),
                    ("date", ">=", plan.calendars[school.district_id.code].firsts[1]),
                    ("student_id.school_id", "=", school.id),
                ],
                limit=12,
            )
            events.with_user(user).with_context(pact_reason=reason).write(
                {"code_id": codes[code].id}
            )
        self._recode_before_the_file(plan, students)

    @api.model
    def _recode_before_the_file(self, plan, students):
        """The secretary decided on a few absences that nobody had called in for; the
        main job's file then says something else: conflicts to decide."""
        attendance = plan.attendance
        calendar = attendance.calendar(SAMPLE_SCHOOL)
        first, last = attendance.file_span(SAMPLE_SCHOOL)
        loaded = calendar.index(attendance.loaded_through(SAMPLE_SCHOOL))
        school = self._demo(f"demo_school_{SAMPLE_SCHOOL}")
        codes = self.env["pact.attendance.code"]._by_code(school.district_id)
        secretary = self._demo("demo_user_linda_kowalczyk")
        found = [
            event
            for event in attendance.events
            if event.school == SAMPLE_SCHOOL
            and event.date >= first
            and event.place <= loaded
            and event.known(loaded) == "UNV"
            and event.known(calendar.index(last)) not in ("UNV", "CRT")
        ]
        for one in found[:CONFLICTS]:
            event = self.env["pact.attendance.event"].search(
                [
                    ("student_id", "=", students[one.student].id),
                    ("school_id", "=", school.id),
                    ("date", "=", one.date),
                    ("code_id", "=", codes["UNV"].id),
                ]
            )
            event.with_user(secretary).with_context(
                pact_reason="The family showed the letter of the court"
            ).write({"code_id": codes["CRT"].id})


def _day_before(day):
    return fields.Date.subtract(day, days=1)


def _day_after(day):
    return fields.Date.add(day, days=1)
