from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..facts.words import short_date


class PactProgram(models.Model):
    """Who would be flagged: the numbers of the screening, for any day; writes
    nothing."""

    _inherit = "pact.program"

    def action_preview(self):
        """Show who would be flagged today, or as of another day."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "pact_preview",
            "name": self.env._("Who Would Be Flagged: %s", self.display_name),
            "target": "new",
            "params": {"program_id": self.id},
        }

    @api.readonly
    def preview(self, day=None, thresholds=None):
        """Return who would be flagged as of `day`, by the rules as they stand or with
        other thresholds, beside those of the rules as they stand; nothing is written.

        Counts are of all students of the program, whoever asks; names are those of the
        students that the user may see.

        :param day: date or ISO text up to today; None is today
        :param thresholds: {criterion id (as text in JSON): number} to try instead
        :return: dict: date and today (ISO texts), day (text), rules (list of dict: id,
            sentence, threshold, unit), is_changed, total (dict: students, found, known,
            new, gained, lost), schools (list of dict: name, has_calendar, the same
            counts, names: list of [student id, name], hidden: number of new students
            whom the user may not see, lost_names: of those whom only the rules as they
            stand find). Known is who has an open flag or case now, or was dismissed and
            nothing is worse. Gained and lost: against the rules as they stand.
        :raise UserError: for a day to come, a threshold that is no number
        """
        self.ensure_one()
        self._check_may_screen()
        today = self.env["pact.clock"]._today()
        day = fields.Date.to_date(day) or today
        if day > today:
            raise UserError(
                self.env._("Choose a day up to today: what comes is not known.")
            )
        # sudo: a number does not depend on who asks
        program_sudo = self.sudo()
        steps = program_sudo._flag_steps()
        domain = self._student_domain(day)
        starts = program_sudo._starts(domain, day)
        groups = program_sudo._tried_groups(steps, thresholds or {})
        by_step = program_sudo._found(domain, day, steps, starts, groups)
        found = standing = set().union(*by_step.values())
        if groups:
            by_rules = program_sudo._found(domain, day, steps, starts)
            standing = set().union(*by_rules.values())
        known = program_sudo._known_students() & found
        known |= program_sudo._dismissed_students(by_step, day, starts)
        school_of = self._school_of(domain, day)
        visible = self._visible_names((found - known) | (standing - found))
        rows = program_sudo._preview_schools(school_of, found, known, visible, standing)
        tried = groups or {step: step._criterion_groups() for step in steps}
        return {
            "date": fields.Date.to_string(day),
            "today": fields.Date.to_string(today),
            "day": short_date(self.env, day),
            "rules": [
                {
                    "id": criterion._origin.id or criterion.id,
                    "sentence": criterion.sentence,
                    "threshold": criterion.threshold,
                    "unit": dict(
                        criterion._fields["unit"]._description_selection(self.env)
                    )[criterion.unit],
                }
                for step in steps
                for group in tried[step]
                for criterion in group
            ],
            "is_changed": bool(groups),
            "total": {
                key: sum(row[key] for row in rows)
                for key in ("students", "found", "known", "new", "gained", "lost")
            },
            "schools": rows,
        }

    def _tried_groups(self, steps, thresholds):
        """Return {step: groups of criteria} with other thresholds, as records that are
        in memory alone; None where none differs."""
        try:
            wanted = {int(key): float(number) for key, number in thresholds.items()}
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("A threshold must be a number.")) from error
        changed = {
            criterion.id
            for criterion in steps.criterion_ids
            if wanted.get(criterion.id, criterion.threshold) != criterion.threshold
        }
        if not changed:
            return None
        if any(not 0 <= wanted[one] <= 100_000 for one in changed):
            raise UserError(self.env._("A threshold must be a number from 0 on."))
        criteria = self.env["pact.program.criterion"]

        def tried(criterion):
            if criterion.id not in changed:
                return criterion
            return criteria.new({"threshold": wanted[criterion.id]}, origin=criterion)

        return {
            step: [
                criteria.concat(*(tried(one) for one in group))
                for group in step._criterion_groups()
            ]
            for step in steps
        }

    def _known_students(self):
        """Return the ids of the students with an open flag or case."""
        rows = self.env["pact.flag"]._read_group(
            [("program_id", "=", self.id), ("state", "in", ("open", "snoozed"))],
            ["student_id"],
        )
        flagged = {student.id for (student,) in rows}
        return flagged | self.env["pact.flag"]._in_open_case(self)

    def _dismissed_students(self, by_step, day, starts):
        """Return the ids of those found whom a person dismissed and for whom nothing is
        worse since: a screening would not flag them.

        :param by_step: what `_find` returned
        """
        asked = (self._counting(), starts)
        dismissed = set()
        for step, found in by_step.items():
            by_group = {}
            for student_id, group in found.items():
                by_group.setdefault(group, []).append(student_id)
            for group, student_ids in by_group.items():
                students = self.env["pact.student"].browse(student_ids)
                dismissed |= set(
                    self.env["pact.flag"]
                    ._not_worse(self, day, step, group, students, asked)
                    .ids
                )
        return dismissed

    @api.model
    def _visible_names(self, student_ids):
        """Return {student id: name} of those that the user may see, by name."""
        students = self.env["pact.student"]
        if not students.has_access("read"):
            return {}
        students = students.search_fetch(
            [("id", "in", list(student_ids))], ["name"], order="name, id"
        )
        return {student.id: student.name for student in students}

    def _school_of(self, domain, day):
        """Return the SQL of a SELECT of student_id and school_id: the school that the
        program counts each student of `domain` at on `day`."""
        # sudo: a number does not depend on who asks
        students = self.env["pact.student"].sudo()._search(domain)
        if day == self.env["pact.clock"]._today():
            return students.select(
                SQL("%s AS student_id", SQL.identifier("pact_student", "id")),
                SQL.identifier("pact_student", "school_id"),
            )
        return SQL(
            """SELECT DISTINCT ON (e.student_id) e.student_id, e.school_id
                 FROM pact_enrollment e
                WHERE e.student_id IN %(students)s
                  AND e.school_id = ANY(%(schools)s) AND e.entry_date <= %(day)s
                  AND (e.exit_date IS NULL OR e.exit_date >= %(day)s)
                ORDER BY e.student_id, e.is_primary DESC, e.entry_date, e.id""",
            students=students.subselect(),
            schools=self._schools(day).ids,
            day=day,
        )

    def _preview_schools(self, school_of, found, known, visible, standing):
        """Return the rows of the preview, see `preview`; one query for the counts, one
        for the schools of those found."""
        counts = self.env.execute_query(
            SQL("SELECT school_id, count(*) FROM (%s) p GROUP BY school_id", school_of)
        )
        own = {}
        for student_id, school_id in self.env.execute_query(
            SQL(
                "SELECT student_id, school_id FROM (%s) p WHERE student_id = ANY(%s)",
                school_of,
                list(found | standing),
            )
        ):
            own.setdefault(school_id, set()).add(student_id)
        schools = self.env["pact.school"].browse([school for school, _n in counts])
        bare = self._bare(schools)
        rows = []
        for school, (_id, students) in zip(schools, counts, strict=True):
            either = own.get(school.id, set())
            here = either & found
            new, lost = here - known, either - found
            names = [[one, name] for one, name in visible.items() if one in new]
            rows.append(
                {
                    "name": school.name,
                    "has_calendar": school not in bare,
                    "students": students,
                    "found": len(here),
                    "known": len(here & known),
                    "new": len(new),
                    "gained": len(here - standing),
                    "lost": len(lost),
                    "names": names,
                    "hidden": len(new) - len(names),
                    "lost_names": [
                        [one, name] for one, name in visible.items() if one in lost
                    ],
                }
            )
        return sorted(rows, key=lambda row: (-row["new"], row["name"]))
