import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..facts.units import CATEGORY_CODE, format_days
from .specs import PLAIN, Counting, Spec


class PactSnapshot(models.Model):
    """What was known on a day, kept when a person or a letter relied on it.

    Written by `_take` alone and never changed: a later correction shows beside it.
    """

    _name = "pact.snapshot"
    _description = "What Was Known"
    _inherit = ["pact.append.only"]
    _order = "id desc"
    _rec_name = "student_id"

    student_id = fields.Many2one(
        "pact.student", required=True, readonly=True, ondelete="restrict", index=True
    )
    day = fields.Date(string="As of", required=True, readonly=True)
    # list of dicts: sentence, measure, window, size, counting, unit, value (1/25200
    # day, occasions or dates; of a rate a pair), rules (a `Counting` as dict), starts
    # (name: ISO date),
    # first, last (ISO dates), window_days, gaps (days not received), complete_through
    # (ISO date or None),
    # rows: [{date, event_id, code, category, portion, rule, school_id, school}]
    # open to code alone ('.'): the codes are reasons, also of schools that the reader
    # does not serve; people read it through 'Explain', which shows what they may see
    content = fields.Json(required=True, readonly=True, groups=".")

    @api.model
    def _take(self, students, day, readings, counting=PLAIN, starts=None):
        """Keep what `readings` say on `day` about each student.

        :param readings: list of (Spec, sentence) pairs
        :param counting, starts: see `pact.metrics._read`
        :return: {student id: snapshot record}; students without a value have none
        """
        metrics = self.env["pact.metrics"]
        specs = [spec for spec, _text in readings]
        values = metrics._read(students, day, specs, counting, starts)
        contents = {student_id: [] for student_id in values}
        # sudo: codes and schools are named whoever asks; they are no child's record
        codes = self.env["pact.attendance.code"].sudo().with_context(active_test=False)
        code_names = {code.id: code.code for code in codes.search([])}
        schools = self.env["pact.school"].sudo().with_context(active_test=False)
        schools = schools.search([])
        school_names = {school.id: school.name for school in schools}
        current = {s.id: s.school_id.id for s in students.sudo()}
        complete = self.env["pact.attendance.received"]._complete_through(schools, day)
        for spec, sentence in readings:
            windows = metrics._read_window(students, day, spec, counting, starts)
            evidence = metrics._read_evidence(students, day, spec, counting, starts)
            gaps = metrics._read_gaps(students, day, spec, counting, starts)
            prior = metrics._read_prior(students, day, spec, counting, starts)
            for student_id, content in contents.items():
                first, last, count = windows.get(student_id) or (None, None, 0)
                through = complete.get(current.get(student_id))
                content.append(
                    {
                        "sentence": sentence,
                        **spec._asdict(),
                        "rules": counting._asdict(),
                        "starts": {
                            name: dates[student_id].isoformat()
                            for name, dates in (starts or {}).items()
                            if dates.get(student_id)
                        },
                        "value": values[student_id][spec],
                        "first": first and first.isoformat(),
                        "last": last and last.isoformat(),
                        "window_days": count,
                        "gaps": len(gaps.get(student_id, [])),
                        # typed totals: (last day, counted, not counted)
                        **(
                            {
                                "prior": [
                                    prior[student_id][0].isoformat(),
                                    *prior[student_id][1:],
                                ]
                            }
                            if student_id in prior
                            else {}
                        ),
                        "complete_through": through and through.isoformat(),
                        "rows": [
                            {
                                "date": row["date"].isoformat(),
                                "event_id": row["event_id"],
                                "code": code_names.get(row["code_id"]),
                                "category": CATEGORY_CODE[row["category"]],
                                "portion": row["portion"],
                                "rule": row["rule"],
                                "school_id": row["school_id"],
                                "school": school_names.get(row["school_id"]),
                            }
                            for row in evidence.get(student_id, [])
                        ],
                    }
                )
        return self._keep(day, contents)

    @api.model
    def _keep(self, day, contents):
        """Write a snapshot a student in one statement and return {student id: record}.

        Nobody has the right to create one; `create` in batches of a hundred took a
        third of a first screening.

        :param contents: {student id: content}
        """
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO pact_snapshot (student_id, day, content, create_uid,
                          create_date, write_uid, write_date)
                   SELECT t.student_id, %(day)s, t.content::jsonb, %(uid)s,
                          now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                     FROM unnest(%(students)s::int[], %(contents)s::text[])
                          t (student_id, content)
                   RETURNING student_id, id""",
                day=day,
                uid=self.env.uid,
                students=list(contents),
                contents=[json.dumps(content) for content in contents.values()],
            )
        )
        # sudo: who takes one works with it, see `_parts`
        return {student_id: self.sudo().browse(one) for student_id, one in rows}

    def _parts(self):
        """Return `content`; sudo: for code that shows no more of it than a number."""
        self.ensure_one()
        return self.sudo().content or []

    def _specs(self):
        """Return the specs of this snapshot, in order."""
        self.ensure_one()
        return [
            Spec(**{name: part[name] for name in Spec._fields})
            for part in self._parts()
        ]

    def _counting(self):
        """Return the counting rules that held when the snapshot was taken."""
        self.ensure_one()
        parts = self._parts()
        if not parts:
            return PLAIN
        rules = parts[0]["rules"]
        return Counting(**{**rules, "excluded": tuple(rules["excluded"])})

    def _starts(self):
        """Return the dates of this student that windows and rules began on, as
        `pact.metrics._read` takes them."""
        self.ensure_one()
        parts = self._parts()
        starts = parts[0]["starts"] if parts else {}
        return {
            name: {self.student_id.id: fields.Date.to_date(day)}
            for name, day in starts.items()
        }

    def _dates_text(self, part=0):
        """Return the dates of one reading as text: 'Sep 3, Oct 7 (0.5)'."""
        self.ensure_one()
        words = []
        for row in self._parts()[part]["rows"]:
            day = fields.Date.from_string(row["date"])
            text = self.env["ir.qweb.field.date"].value_to_html(day, {})
            portion = format_days(row["portion"])
            words.append(text if portion == "1" else f"{text} ({portion})")
        return ", ".join(words)
