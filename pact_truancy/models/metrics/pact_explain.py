from odoo import api, fields, models

from ..facts.units import CATEGORY_CODE, format_days
from ..facts.words import part_of_day, short_date, weekday
from .specs import (
    PLAIN,
    RATE_MEASURES,
    describe,
    format_value,
    from_json,
    is_rate,
)


class PactExplain(models.AbstractModel):
    """The words behind a number: the rule, the window, the days that count, the days
    that do not and why; where a decision rested on it, then beside now.

    Made of the same statements as the number, so that both always agree. Returns plain
    data for the dialog and the form (static/src/explain).
    """

    _name = "pact.explain"
    _description = "Explanation of a Number"

    @api.model
    def _snapshot(self, snapshot, day):
        """Explain a snapshot, and what the same rules read as of `day`.

        :return: dict, see `_explain`
        """
        student = snapshot.student_id
        return self._explain(
            student,
            [
                (spec, part)
                for spec, part in zip(snapshot._specs(), snapshot._parts(), strict=True)
            ],
            day,
            snapshot.day,
            snapshot._counting(),
            snapshot._starts(),
        )

    @api.model
    def _explain(
        self, student, readings, day, known_on=None, counting=PLAIN, starts=None
    ):
        """Explain numbers of one student as of `day`.

        :param readings: list of (Spec, part of a snapshot's content or None)
        :param known_on: day of the snapshot that the parts are of
        :param counting, starts: see `pact.metrics._read`
        :return: dict: who, day, known_on (texts or False), parts: list of dict (see
            `_explain_part`)
        """
        student.ensure_one()
        reader = self._reader()
        return {
            "who": student.name,
            "day": short_date(self.env, day),
            "known_on": short_date(self.env, known_on) if known_on else False,
            "parts": [
                self._explain_part(student, spec, part, day, reader, counting, starts)
                for spec, part in readings
            ],
        }

    @api.model
    def _reader(self):
        """Return the ids of the schools that the reader serves now: evidence of other
        schools shows date, category and portion, never the code, which is a reason."""
        now = fields.Datetime.now()
        # sudo: one's own rights; the table is for administrators only
        rows = (
            self.env["pact.access"]
            .sudo()
            .search_fetch(
                [
                    ("user_id", "=", self.env.uid),
                    ("valid_from", "<=", now),
                    ("valid_to", ">", now),
                ],
                ["school_id"],
            )
        )
        return set(rows.school_id.ids)

    @api.model
    def _explain_part(self, student, spec, part, day, reader, counting, starts):
        """Explain one number.

        :return: dict: rule (text), then and now (dicts: see `_reading`; then is False
            without a snapshot), differs (bool), rows (days that count then or now:
            date, weekday, school, what, then, now, note) and others (days that do not
            count now: date, weekday, school, what, portion, why)
        """
        metrics = self.env["pact.metrics"]
        asked = (counting, starts)
        values = metrics._read(student, day, [spec], *asked)
        value = values.get(student.id, {}).get(spec)
        first, last, count = metrics._read_window(student, day, spec, *asked).get(
            student.id, (None, None, 0)
        )
        gaps = metrics._read_gaps(student, day, spec, *asked).get(student.id, [])
        # sudo: schools and codes are named whoever asks; they are no child's record
        schools = self.env["pact.school"].sudo().with_context(active_test=False)
        through = self.env["pact.attendance.received"]._complete_through(
            student.sudo().school_id, day
        )
        evidence = metrics._read_evidence(student, day, spec, *asked)
        now_rows = evidence.get(student.id, [])
        codes = self.env["pact.attendance.code"].sudo().with_context(active_test=False)
        for row in now_rows:
            row["code"] = codes.browse(row["code_id"]).code
            row["school"] = schools.browse(row["school_id"]).name
            row["category"] = CATEGORY_CODE[row["category"]]
        then_rows = [
            {**row, "date": fields.Date.from_string(row["date"])}
            for row in (part or {}).get("rows", [])
        ]
        span = (first, last or day)
        others = self._others(student, spec, now_rows, span, day, reader, asked)
        why = {other["id"]: other["why"] for other in others}
        rows = self._merge(then_rows, now_rows, bool(part), reader, why)
        then = part and self._reading(
            spec,
            from_json(spec, part["value"]),
            fields.Date.to_date(part["first"]),
            fields.Date.to_date(part["last"]),
            part["window_days"],
            fields.Date.to_date(part["complete_through"]),
            part["gaps"],
            self._prior_notes(part.get("prior")),
        )
        prior = metrics._read_prior(student, day, spec, *asked).get(student.id)
        now = self._reading(
            spec,
            value,
            first,
            last,
            count,
            through.get(student.sudo().school_id.id),
            len(gaps),
            self._prior_notes(prior and (prior[0].isoformat(), *prior[1:])),
        )
        return {
            "rule": part["sentence"] if part else now["text"],
            "then": then or False,
            "now": now,
            "differs": bool(part)
            and (
                from_json(spec, part["value"]) != value
                or part["gaps"] != len(gaps)
                or any(row["changed"] for row in rows)
            ),
            "rows": rows,
            "others": others,
        }

    @api.model
    def _prior_notes(self, prior):
        """Return what typed totals have to do with a number, as a list of sentences.

        :param prior: (last day of the totals in ISO, portion that counts, portion that
            does not), or None
        """
        if not prior:
            return []
        through, counted, left = prior
        values = {
            "days": format_days(counted or left),
            "day": short_date(self.env, fields.Date.to_date(through)),
        }
        if counted:
            return [
                self.env._(
                    "Before our records: %(days)s days through %(day)s count, without "
                    "their dates.",
                    **values,
                )
            ]
        return [
            self.env._(
                "At least: %(days)s days before our records, through %(day)s, have no "
                "dates and do not count here.",
                **values,
            )
        ]

    @api.model
    def _reading(self, spec, value, first, last, count, through, gaps, more=()):
        """Return one reading of a number in words.

        :param gaps: number of the student's school days in the window of which nothing
            was received
        :param more: further notes
        :return: dict of texts, False where nothing is to say: text, value, first, last,
            window, notes (list), through
        """
        notes = list(more)
        if value is None:
            notes.append(
                self.env._("There is no such number: its days have no beginning.")
            )
        if spec.window in ("previous", "enrolled") and count < spec.size:
            notes.append(
                self.env._(
                    "The record holds only %(count)s of the %(size)s school days.",
                    count=count,
                    size=spec.size,
                )
            )
        if gaps:
            notes.append(
                self.env._("1 school day of the window was not received.")
                if gaps == 1
                else self.env._(
                    "%(count)s school days of the window were not received.",
                    count=gaps,
                )
            )
        if value is not None and is_rate(spec):
            notes.append(self._denominator(spec))
        return {
            "text": describe(self.env, spec, value),
            "value": format_value(spec, value),
            "first": short_date(self.env, first) if first else False,
            "last": short_date(self.env, last) if last else False,
            "window": self.env._("%(count)s school days", count=count),
            "notes": notes,
            "through": short_date(self.env, through) if through else False,
        }

    @api.model
    def _denominator(self, spec):
        """Return in words what a rate is a share of."""
        if RATE_MEASURES[spec.measure][1][1] == "absent":
            return self.env._("A share of the days absent for any reason.")
        return self.env._(
            "A share of the school days in the window on which the student was "
            "enrolled and of which attendance was received."
        )

    @api.model
    def _merge(self, then_rows, now_rows, has_then, reader, why):
        """Return one line a day (and part of a split day) of both readings.

        :param why: {event id: why it does not count now}
        """
        lines = {}
        for name, rows in (("then", then_rows), ("now", now_rows)):
            for row in rows:
                key = (row["date"], row["event_id"], row["rule"] or "")
                lines.setdefault(key, {})[name] = row
        result = []
        for (date, event_id, _rule), both in sorted(
            lines.items(), key=lambda item: item[0]
        ):
            row = both.get("now") or both["then"]
            portion = {
                name: part_of_day(self.env, both[name]["portion"])
                if name in both
                else False
                for name in ("then", "now")
            }
            result.append(
                {
                    "date": short_date(self.env, date),
                    "weekday": weekday(self.env, date),
                    "school": row["school"],
                    "what": self._what(row, reader),
                    **portion,
                    "why": why.get(event_id) or self.env._("No longer in the window."),
                    "changed": has_then and portion["then"] != portion["now"],
                    "note": self._turned(row["rule"]) or False,
                }
            )
        return result

    @api.model
    def _what(self, row, reader):
        """Return the code of an absence, or its category where the reader does not
        serve the school."""
        if row["school_id"] in reader:
            return row["code"]
        labels = dict(
            self.env["pact.attendance.code"]
            ._fields["category"]
            ._description_selection(self.env)
        )
        return labels.get(row["category"], row["category"])
