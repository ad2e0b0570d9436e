import json
from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

# the records of which is kept what a file said last
DESCRIBED = (
    "pact.student", "pact.guardian", "pact.student.guardian", "pact.enrollment",
)  # fmt: skip


def to_json(value):
    """Return a value as it is kept: dates as ISO text, nothing as null."""
    if isinstance(value, date):
        return value.isoformat()
    return None if value is False or value == "" else value


class PactImportSaid(models.Model):
    """What an information system said last about a person, a link or an enrollment.

    What differs from it was changed here, and survives the next files until the system
    says something new. Attendance keeps the same on the event (`source_*`). Contacts
    and protected addresses stand here, so no role has any right to it.
    """

    _name = "pact.import.said"
    _description = "Last Word of an Information System"

    source_id = fields.Many2one("pact.source", required=True, ondelete="restrict")
    res_model = fields.Selection([(name, name) for name in DESCRIBED], required=True)
    res_id = fields.Integer(required=True)
    content = fields.Json(required=True)  # {field: value, see `to_json`}
    staff = fields.Json()  # {field: [user id, ISO datetime]} of changes made here

    _once = models.UniqueIndex("(res_model, res_id, source_id)")
    _changed_idx = models.Index("(source_id) WHERE staff IS NOT NULL")

    @api.model
    def _of(self, source, model, records):
        """Return {record id: {field: value}} of what `source` said last; one query."""
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT res_id, content FROM pact_import_said
                        WHERE source_id = %s AND res_model = %s
                          AND res_id = ANY(%s)""",
                    source.id,
                    model,
                    list(records),
                )
            )
        )

    @api.model
    def _keep(self, source, model, values):
        """Keep {record id: {field: value}} as the last word of `source`; what it did
        not speak of this time stays. One statement."""
        if not values:
            return
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_import_said AS o (source_id, res_model, res_id,
                          content, create_uid, create_date, write_uid, write_date)
                   SELECT %(source)s, %(model)s, n.id, n.content::jsonb, %(uid)s,
                          now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                     FROM unnest(%(ids)s, %(contents)s) n (id, content)
                   ON CONFLICT (res_model, res_id, source_id) DO UPDATE
                      SET content = o.content || excluded.content,
                          write_uid = excluded.write_uid,
                          write_date = excluded.write_date
                    WHERE o.content || excluded.content IS DISTINCT FROM o.content""",
                source=source.id,
                model=model,
                uid=self.env.uid,
                ids=list(values),
                contents=[
                    json.dumps({name: to_json(value) for name, value in vals.items()})
                    for vals in values.values()
                ],
            )
        )
        self.invalidate_model()

    @api.model
    def _note_staff(self, records, names):
        """Keep who changed `names` of `records` here, and when; one statement."""
        now = fields.Datetime.now().isoformat(" ")
        who = json.dumps({name: [self.env.uid, now] for name in names})
        self.env.cr.execute(
            SQL(
                """UPDATE pact_import_said
                      SET staff = COALESCE(NULLIF(staff, 'null'), '{}') || %s::jsonb
                    WHERE res_model = %s AND res_id = ANY(%s)""",
                who,
                records._name,
                records.ids,
            )
        )
        self.invalidate_model(["staff"])

    @api.model
    def _note_removed(self, links):
        """Keep who took which guardian off which student, and when; one statement."""
        now = fields.Datetime.now().isoformat(" ")
        self.env.cr.execute(
            SQL(
                """UPDATE pact_import_said d
                      SET staff = COALESCE(NULLIF(d.staff, 'null'), '{}')
                          || jsonb_build_object('removed', jsonb_build_array(
                                 %s::integer, %s::text, l.student_id, l.guardian_id))
                     FROM pact_student_guardian l
                    WHERE d.res_model = 'pact.student.guardian' AND d.res_id = l.id
                      AND l.id = ANY(%s)""",
                self.env.uid,
                now,
                links.ids,
            )
        )
        self.invalidate_model(["staff"])

    @api.model
    def _removed(self, source, students):
        """Return {(student id, guardian id)} that staff took apart; one query."""
        return set(
            self.env.execute_query(
                SQL(
                    """SELECT (staff -> 'removed' ->> 2)::integer,
                              (staff -> 'removed' ->> 3)::integer
                         FROM pact_import_said
                        WHERE source_id = %s AND res_model = 'pact.student.guardian'
                          AND staff IS NOT NULL AND staff ? 'removed'
                          AND (staff -> 'removed' ->> 2)::integer = ANY(%s)""",
                    source.id,
                    list(students),
                )
            )
        )
