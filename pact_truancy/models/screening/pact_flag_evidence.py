from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..metrics.specs import Spec


class PactFlag(models.Model):
    """What a flag rests on: kept when a person decides, shown beside today's."""

    _inherit = "pact.flag"

    def _rule(self):
        """Return the (Spec, sentence) pairs that the flag was made by, as a tuple."""
        self.ensure_one()
        return tuple(
            (Spec(**{name: part[name] for name in Spec._fields}), part["sentence"])
            for part in self.sudo().reading or []
        )

    def _check_still_true(self, day):
        """Refuse to confirm what a correction took away since the flag was made; one
        statement a step.

        :raise UserError: names the flags
        """
        over = self.browse()
        for (program, step), flags in (
            self.sudo().grouped(lambda flag: (flag.program_id, flag.step_id)).items()
        ):
            students = flags.student_id
            starts = program._starts(students, day)
            true = program._found(students, day, step, starts)[step]
            over |= self.browse(f.id for f in flags if f.student_id.id not in true)
        if over:
            raise UserError(
                self.env._(
                    "Corrected since, so the rule no longer holds today: %(flags)s. "
                    "'Screen Now' takes what is no longer true out of the inbox.",
                    flags=", ".join(over.mapped("display_name")[:10]),
                )
            )

    def _keep_evidence(self, day):
        """Keep what is known on `day` about each flag by its own rule, for who decides
        relies on it: a few statements a program and rule."""
        # sudo: the number does not depend on who decides
        for (program, rule), flags in (
            self.sudo().grouped(lambda flag: (flag.program_id, flag._rule())).items()
        ):
            students = flags.student_id
            snapshots = self.env["pact.snapshot"]._take(
                students,
                day,
                list(rule),
                program._counting(),
                program._starts(students, day),
            )
            flags._rest_on([snapshot.id for snapshot in snapshots.values()])

    def _rest_on(self, snapshot_ids):
        """Write snapshots of their students, and what they say, into the flags."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """UPDATE pact_flag f
                      SET snapshot_id = n.id,
                          value = (CASE jsonb_typeof(p.part->'value')
                                   WHEN 'array' THEN p.part->'value'->>0
                                   ELSE p.part->>'value' END)::int,
                          last_date = (p.part->'rows'->-1->>'date')::date
                     FROM pact_snapshot n
                    CROSS JOIN LATERAL (SELECT n.content->0 AS part OFFSET 0) p
                    WHERE n.id = ANY(%s) AND f.id = ANY(%s)
                      AND n.student_id = f.student_id""",
                snapshot_ids,
                self.ids,
            )
        )
        self.invalidate_recordset()

    @api.readonly
    def explain(self):
        """Return what the flag rested on beside today's reading, for the dialog
        'Explain' (`pact.explain`)."""
        self.ensure_one()
        self.check_access("read")
        today = self.env["pact.clock"]._today()
        # sudo: the evidence of this flag; it masks codes of schools not served
        flag_sudo, explain_sudo = self.sudo(), self.env["pact.explain"].sudo()
        if flag_sudo.snapshot_id:
            return explain_sudo._snapshot(flag_sudo.snapshot_id, today)
        program, student = flag_sudo.program_id, flag_sudo.student_id
        return explain_sudo._recall(
            student,
            [
                (spec, part)
                for (spec, _sentence), part in zip(
                    flag_sudo._rule(), flag_sudo.reading or [], strict=True
                )
            ],
            today,
            flag_sudo.date,
            program._counting(),
            program._starts(student, today),
        )
