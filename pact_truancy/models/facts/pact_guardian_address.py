from odoo import api, fields, models
from odoo.tools import SQL


class PactGuardianAddress(models.Model):
    """A protected address, apart from the guardian.

    No role has any right to this model, so no search, export, grouping, name search,
    report or rule can give it away. The one way to it is
    `pact.guardian.action_show_address`, which asks for the right to that very guardian
    and records who looked.
    """

    _name = "pact.guardian.address"
    _description = "Protected Address"
    _rec_name = "guardian_id"

    guardian_id = fields.Many2one("pact.guardian", required=True, ondelete="cascade")
    address = fields.Text(required=True)

    _once = models.UniqueIndex("(guardian_id)", "The guardian has a protected address.")

    @api.model
    def _keep(self, texts):
        """Keep {guardian id: address}, in place of what was kept; one statement."""
        if texts:
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    """INSERT INTO pact_guardian_address (guardian_id, address,
                              create_uid, create_date, write_uid, write_date)
                       SELECT n.id, n.address, %(uid)s, now() AT TIME ZONE 'UTC',
                              %(uid)s, now() AT TIME ZONE 'UTC'
                         FROM unnest(%(ids)s, %(texts)s) n (id, address)
                       ON CONFLICT (guardian_id) DO UPDATE
                          SET address = excluded.address,
                              write_uid = excluded.write_uid,
                              write_date = excluded.write_date""",
                    uid=self.env.uid,
                    ids=list(texts),
                    texts=list(texts.values()),
                )
            )
            self.invalidate_model()

    @api.model
    def _texts(self, guardians):
        """Return {guardian id: protected address} for ids; for code only."""
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT guardian_id, address FROM pact_guardian_address
                        WHERE guardian_id = ANY(%s)""",
                    list(guardians),
                )
            )
        )
