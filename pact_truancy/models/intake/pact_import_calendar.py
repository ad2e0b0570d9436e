from collections import defaultdict

from odoo import api, models

from .plan import Plan
from .values import parse_calendar_event, parse_date


class PactImportCalendar(models.AbstractModel):
    """School calendars: which days have instruction. A school without calendar gets
    one of its own. Where a file names several events on a day, instruction wins
    (interop.md 2.3)."""

    _name = "pact.import.calendar"
    _inherit = ["pact.import.loader"]
    _description = "Import: School Calendars"

    @api.model
    def _plan(self, job, sheet, reach):
        plan = Plan(payload={"new": [], "changed": []})
        context = self._context(job, reach)
        days = {}
        for line, cells in sheet.rows:
            names = ("school", "calendar", "date", "event")
            label = ", ".join(
                text for text in (sheet.text(cells, name) for name in names) if text
            )
            key, vals, problem = self._resolve(job, sheet, cells, context)
            if problem:
                plan.add("rejected", line, label, problem=problem)
            elif key in days:
                plan.skipped += 1
                if vals["kind"] in ("instruction", "make_up"):
                    days[key] = (days[key][0], days[key][1], vals)
            else:
                days[key] = (line, label, vals)
        self._compare(plan, days)
        plan.school_ids = {
            school
            for (target, _day) in days
            for school in context["schools_of"].get(target, ())
        }
        plan.digest = [plan.payload["new"], plan.payload["changed"]]
        return plan

    @api.model
    def _context(self, job, reach):
        """Return what rows are looked up in. A target is ('calendar', id) or, for a
        school that has none yet, ('school', id)."""
        names = self._schools(job, reach)
        schools = self.env["pact.school"].browse(set(names.values()))
        targets, schools_of, calendars = {}, defaultdict(set), {}
        for school in schools:
            calendar = school.calendar_id
            target = ("calendar", calendar.id) if calendar else ("school", school.id)
            targets[school.id] = target
            schools_of[target].add(school.id)
        for calendar in schools.calendar_id:
            calendars[calendar.name.strip().casefold()] = ("calendar", calendar.id)
        shared = {
            ("calendar", calendar.id)
            for calendar in schools.calendar_id
            if not all(map(reach.has, calendar.school_ids.ids))
        }
        return {
            "names": names,
            "targets": targets,
            "schools_of": schools_of,
            "calendars": calendars,
            "shared": shared,
            "years": [
                (year.date_start, year.date_end)
                for year in self.env["pact.school.year"].search([])
            ],
        }

    @api.model
    def _resolve(self, job, sheet, cells, context):
        """Return ((target, date), values, problem)."""
        if sheet.has("school"):
            school = self._school(context["names"], sheet.text(cells, "school"))
            target = context["targets"].get(school)
        else:
            name = sheet.text(cells, "calendar").casefold()
            target = context["calendars"].get(name)
        if not target:
            return None, None, self._unknown()
        if target in context["shared"]:
            return (
                None,
                None,
                self.env._(
                    "The calendar is shared with schools that you do not serve. Ask "
                    "your coordinator."
                ),
            )
        cell = sheet.value(cells, "date")
        day = parse_date(cell, job.date_format, sheet.is_workbook)
        if not day:
            return None, None, self._missing(job, sheet, cell, self.env._("The date"))
        if not any(start <= day <= end for start, end in context["years"]):
            problem = self.env._(
                "%(date)s lies in no school year. An administrator adds school years.",
                date=day,
            )
            return None, None, problem
        event = sheet.text(cells, "event")
        kind = parse_calendar_event(event)
        if not kind:
            label = self.env._("The kind of day")
            return None, None, self._missing(job, sheet, event, label)
        vals = {"kind": kind}
        if sheet.text(cells, "note"):
            vals["note"] = sheet.text(cells, "note")
        return (target, day), vals, ""

    @api.model
    def _compare(self, plan, days):
        calendars = {target[1] for target, _day in days if target[0] == "calendar"}
        held = {
            (("calendar", day.calendar_id.id), day.date): day
            for day in self.env["pact.school.day"].search(
                [("calendar_id", "in", list(calendars))]
            )
        }
        for (target, date), (line, label, vals) in days.items():
            record = held.get((target, date))
            if not record:
                plan.add("new", line, label)
                plan.payload["new"].append((target, date, vals))
                continue
            changed, before, after = self._difference(record, vals)
            if not changed:
                plan.add("unchanged", line, label)
                continue
            plan.add("changed", line, label, before=before, after=after)
            plan.payload["changed"].append((record.id, changed))

    @api.model
    def _execute(self, job, plan):
        targets = {target for target, _date, _vals in plan.payload["new"]}
        ids = {target: target[1] for target in targets if target[0] == "calendar"}
        for target in targets - ids.keys():
            school = self.env["pact.school"].browse(target[1])
            school.calendar_id = self.env["pact.school.calendar"].create(
                {"name": school.name, "district_id": school.district_id.id}
            )
            ids[target] = school.calendar_id.id
        days = self.env["pact.school.day"]
        days.create(
            [
                {**vals, "calendar_id": ids[target], "date": date}
                for target, date, vals in plan.payload["new"]
            ]
        )
        days._write_many(dict(plan.payload["changed"]))
