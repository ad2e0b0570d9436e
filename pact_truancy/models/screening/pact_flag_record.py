import json

from odoo import api, models
from odoo.tools import SQL

from ..facts.units import DAY
from ..metrics.packed import BASE, RADIX
from ..metrics.specs import is_rate

# of these operators a higher number is the worse one
HIGHER = ("ge", "gt")


class PactFlag(models.Model):
    """How a screening makes flags: a few statements for any number of students."""

    _inherit = "pact.flag"

    @api.model
    def _record(self, run, step, found, starts, scope=None):
        """Make the flags of `step` match `found`.

        :param run: the `pact.screening`, with program and day
        :param found: {student id: criteria that hold}
        :param starts: see `pact.metrics._read`
        :param scope: students that were screened; None: all of the program
        :return: counts {new, kept, gone}
        """
        domain = [
            ("program_id", "=", run.program_id.id),
            ("step_id", "=", step.id),
            ("state", "in", ("open", "snoozed")),
        ]
        if scope is not None:
            domain.append(("student_id", "in", scope.ids))
        running = self.search_fetch(domain, ["student_id", "state", "date_snooze"])
        gone = running.filtered(lambda flag: flag.student_id.id not in found)
        gone.write({"state": "gone", "date_snooze": False})
        kept = running - gone
        kept._wake(run.day)
        known = set(kept.student_id.ids)
        if step.entry == "notice":
            known |= self._had_notice(run, step, found, starts)
        else:
            known |= self._in_open_case(run.program_id)
        by_group = {}
        for student_id, group in found.items():
            if student_id not in known:
                by_group.setdefault(group, []).append(student_id)
        new = sum(
            self._raise(run, step, group, student_ids, starts)
            for group, student_ids in by_group.items()
        )
        return {"new": new, "kept": len(kept), "gone": len(gone)}

    def _wake(self, day):
        """Open the snoozed flags whose day has come, those with a condition once their
        number has grown; one statement a step for the numbers."""
        due = self.filtered(
            lambda flag: flag.state == "snoozed" and flag.date_snooze <= day
        )
        waiting = due.filtered("wakes_if_grown")
        numbers = waiting._numbers_now(day)
        grown = waiting.filtered(
            lambda flag: flag._is_worse(numbers.get(flag), flag.snoozed_value)
        )
        (due - waiting + grown).write(
            {"state": "open", "date_snooze": False, "wakes_if_grown": False}
        )

    def _is_worse(self, now, before):
        """Return whether the first criterion's number went further its way; of a rate
        what was missed is compared."""
        self.ensure_one()
        if now is None:
            return False
        first = self.sudo().step_id._criterion_groups()[0][0]
        higher = first.operator in HIGHER or is_rate(first._spec())
        return now > before if higher else now < before

    def _numbers_now(self, day):
        """Return {flag: the first criterion's number, of a rate its numerator}."""
        numbers = {}
        # sudo: a number does not depend on who asks
        for (program, step), flags in (
            self.sudo().grouped(lambda flag: (flag.program_id, flag.step_id)).items()
        ):
            groups = step._criterion_groups()
            if not groups:
                continue
            spec = groups[0][0]._spec()
            students = flags.student_id
            values = self.env["pact.metrics"]._read(
                students,
                day,
                [spec],
                program._counting(),
                program._starts(students, day),
            )
            for flag in flags:
                value = values.get(flag.student_id.id, {}).get(spec)
                if value is not None:
                    number = value[0] if is_rate(spec) else value
                    numbers[flag.sudo(False)] = number
        return numbers

    @api.model
    def _in_open_case(self, program):
        """Return the ids of the students with an open case in `program`."""
        rows = self.env["pact.case"]._read_group(
            [("program_id", "=", program.id), ("is_open", "=", True)], ["student_id"]
        )
        return {student.id for (student,) in rows}

    @api.model
    def _had_notice(self, run, step, found, starts):
        """Return the ids of those found who had this notice and do not get it again
        yet: it comes once a school year, or again when the first criterion's number
        has grown by so many since (SOP-11).

        :param run, step, found, starts: see `_record`
        """
        last = self._last_notices(run, step, list(found))
        spec = step._criterion_groups()[0][0]._spec()
        if step.repeat == "year" or is_rate(spec) or not last:
            return set(last)
        more = step.repeat_more * (DAY if spec.unit == "days" else 1)
        now = self.env["pact.metrics"]._read(
            self.env["pact.student"].browse(last),
            run.day,
            [spec],
            run.program_id._counting(),
            starts,
        )
        return {
            student_id
            for student_id, value in last.items()
            if now.get(student_id, {}).get(spec, 0) < value + more
        }

    @api.model
    def _last_notices(self, run, step, student_ids):
        """Return {student id: the first criterion's number at the last notice of
        `step`} of those of `student_ids` who had one this school year. Letters that
        came without a flag are added by their room."""
        domain = [
            ("step_id", "=", step.id),
            ("state", "=", "confirmed"),
            ("student_id", "in", student_ids),
        ]
        year_start = self._year_start(run.day)
        if year_start:
            domain.append(("date", ">=", year_start))
        rows = self._read_group(domain, ["student_id"], ["value:max"])
        return {student.id: value for student, value in rows}

    @api.model
    def _year_start(self, day):
        """Return the first day of the school year of `day`, or None."""
        years = self.env["pact.school.year"]
        return years.search([("date_start", "<=", day)], limit=1).date_start or None

    @api.model
    def _raise(self, run, step, group, student_ids, starts):
        """Flag students of whom all criteria of `group` hold, less those whom a person
        dismissed and whose facts did not get worse since.

        Made in the database by one statement, from the one that counts, without
        `create`: the mail thread would post a message and make a follower a flag (0.9
        of 1.1 ms each). The flag's history begins with its screening (`screening_id`)
        instead. Two runs at once: the one that waited for the other's lock cannot see
        its flags; the conflict makes PostgreSQL end it with a serialization failure,
        and Odoo starts it again.

        :return: number of new flags
        """
        program, day = run.program_id, run.day
        asked = (program._counting(), starts)
        students = self.env["pact.student"].browse(student_ids)
        students -= self._not_worse(program, day, step, group, students, asked)
        if not students:
            return 0
        readings = [
            (spec, criterion.sentence)
            for criterion in group
            for spec in criterion._specs()
        ]
        specs = list(dict.fromkeys(spec for spec, _sentence in readings))
        metrics = self.env["pact.metrics"]
        numbers, names = metrics._select(students, day, specs, *asked, evidenced=specs)
        parts = [
            SQL(
                "%(rule)s::jsonb"
                " || jsonb_build_object('value', %(value)s, 'days', %(days)s)",
                rule=json.dumps({"sentence": sentence, **spec._asdict()}),
                value=_json_value(names[spec][:-1]),
                days=SQL.identifier("n", names[spec][-1]),
            )
            for spec, sentence in readings
        ]
        parts[0] = SQL("%s || COALESCE(t.part, '{}')", parts[0])
        first = names[specs[0]]
        late = self._not_complete(program._schools(day), day)
        metrics._prepare()
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_flag (student_id, school_id, program_id, step_id,
                          date, screening_id, state, reading, value, last_date,
                          create_uid, create_date, write_uid, write_date)
                   SELECT s.id, s.school_id, %(program)s, %(step)s, %(day)s, %(run)s,
                          'open', jsonb_build_array(%(parts)s), n.%(value)s::int,
                          (SELECT %(base)s + (max(x) / %(radix)s)::int
                             FROM unnest(n.%(days)s) x),
                          %(uid)s, now() AT TIME ZONE 'UTC',
                          %(uid)s, now() AT TIME ZONE 'UTC'
                     FROM (%(numbers)s) n
                     JOIN pact_student s ON s.id = n.student_id
                     LEFT JOIN unnest(%(late)s::int[], %(late_parts)s::jsonb[])
                          t (school_id, part) ON t.school_id = s.school_id
                       ON CONFLICT DO NOTHING""",
                program=program.id,
                step=step.id,
                day=day,
                run=run.id,
                parts=SQL(", ").join(parts),
                value=SQL.identifier(first[0]),
                base=BASE,
                radix=RADIX,
                days=SQL.identifier(first[-1]),
                uid=self.env.uid,
                numbers=numbers,
                late=list(late),
                late_parts=[json.dumps(part) for part in late.values()],
            )
        )
        count = self.env.cr.rowcount
        self.invalidate_model()
        return count

    @api.model
    def _not_complete(self, schools, day):
        """Return {school id: dict with complete_through and last (ISO dates)} of the
        schools of which not every school day up to `day` was received."""
        # sudo: what has come in is no child's record
        schools = schools.sudo()
        through = self.env["pact.attendance.received"]._complete_through(schools, day)
        rows = self.env["pact.school.day"]._read_group(
            [
                ("calendar_id", "in", schools.calendar_id.ids),
                ("is_school_day", "=", True),
                ("date", "<=", day),
            ],
            ["calendar_id"],
            ["date:max"],
        )
        last_of = {calendar.id: last for calendar, last in rows}
        result = {}
        for school in schools:
            last, known = last_of.get(school.calendar_id.id), through.get(school.id)
            if last and (not known or known < last):
                result[school.id] = {
                    "complete_through": known and known.isoformat(),
                    "last": last.isoformat(),
                }
        return result

    @api.model
    def _not_worse(self, program, day, step, group, students, asked):
        """Return those of `students` whom a person dismissed and for whom nothing is
        worse since: no later absence, and the first criterion's number not beyond."""
        before = self._last_dismissed(program, step, students)
        again = students.browse(before)
        if not again:
            return again
        metrics, spec = self.env["pact.metrics"], group[0]._spec()
        now = metrics._read(again, day, [spec], *asked)
        rows = metrics._read_evidence(again, day, spec, *asked)
        sign = 1 if group[0].operator in HIGHER else -1

        def is_worse(student):
            part, last = before[student.id]
            if any(part[name] != getattr(spec, name) for name in spec._fields):
                return True  # another rule: a person has not said anything about it
            dates = [row["date"] for row in rows.get(student.id, [])]
            if dates and (not last or max(dates) > last):
                return True
            value = now.get(student.id, {}).get(spec)
            return sign * _compare(value, part["value"]) > 0

        return again.filtered(lambda student: not is_worse(student))

    @api.model
    def _last_dismissed(self, program, step, students):
        """Return {student id: (first reading kept, last date)} of the newest flag that
        a person dismissed."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (f.student_id) f.student_id,
                          COALESCE(n.content, f.reading)->0, f.last_date
                     FROM pact_flag f LEFT JOIN pact_snapshot n ON n.id = f.snapshot_id
                    WHERE f.program_id = %s AND f.step_id = %s
                      AND f.state = 'dismissed' AND f.student_id = ANY(%s)
                    ORDER BY f.student_id, f.id DESC""",
                program.id,
                step.id,
                students.ids,
            )
        )
        return {student_id: rest for student_id, *rest in rows}


def _compare(now, before):
    """Return above, equal to or below 0 as `now` is above, equal to or below `before`;
    rates crosswise. What is empty does not compare."""
    if now is None or before is None:
        return 0
    if isinstance(before, list):
        return now[0] * before[1] - before[0] * now[1]
    return now - before


def _json_value(names):
    """Return the SQL of a value as JSON has it: of a rate a pair."""
    columns = [SQL.identifier("n", name) for name in names]
    if len(columns) == 1:
        return columns[0]
    return SQL(
        "CASE WHEN %s IS NOT NULL THEN jsonb_build_array(%s) END",
        columns[0],
        SQL(", ").join(columns),
    )
