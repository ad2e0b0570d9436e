from odoo import api, fields, models
from odoo.tools import SQL


class PactSchool(models.Model):
    _name = "pact.school"
    _description = "School"
    _order = "name"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True)
    code = fields.Char(
        help="Number of the school in the files of the information system."
    )
    level = fields.Selection(
        [
            ("elementary", "Elementary"),
            ("middle", "Middle"),
            ("high", "High"),
            ("combined", "Combined"),
            ("alternative", "Alternative"),
        ],
        required=True,
        default="elementary",
    )
    district_id = fields.Many2one(
        "pact.district", required=True, ondelete="restrict", index=True
    )
    county_id = fields.Many2one(related="district_id.county_id")
    calendar_id = fields.Many2one(
        "pact.school.calendar", ondelete="restrict", index=True
    )
    calendar_summary = fields.Text(related="calendar_id.summary", string="School Years")
    service_ids = fields.One2many("pact.office.service", "school_id")
    office_id = fields.Many2one(
        "pact.office",
        compute="_compute_office_id",
        help="The office that serves the school today: its own link, else the "
        "district's, else the county's.",
    )
    own_excused_day_cap = fields.Boolean(string="Own Limit of Excused Days")
    excused_day_cap = fields.Float(
        string="Excused Days a Year",
        compute="_compute_excused_day_cap",
        store=True,
        readonly=False,
        precompute=True,
        help="Excused absences beyond this many days in a school year count as "
        "unexcused until the school decides otherwise. 0: no limit.",
    )
    principal_name = fields.Char(string="Principal")
    street = fields.Char()
    street2 = fields.Char()
    city = fields.Char()
    state_id = fields.Many2one("res.country.state", ondelete="restrict")
    zip = fields.Char(string="ZIP")
    phone = fields.Char()
    email = fields.Char()
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(district_id, code) WHERE code IS NOT NULL",
        "Another school of the district already has this number.",
    )
    _cap_positive = models.Constraint(
        "CHECK (excused_day_cap >= 0)", "The limit of excused days cannot be negative."
    )

    @api.depends("own_excused_day_cap", "district_id.excused_day_cap")
    def _compute_excused_day_cap(self):
        for school in self:
            if not school.own_excused_day_cap:
                school.excused_day_cap = school.district_id.excused_day_cap

    @api.depends("service_ids", "district_id.service_ids")
    @api.depends("district_id.county_id.default_office_id")
    def _compute_office_id(self):
        offices = self._serving_offices(self.env["pact.clock"]._today())
        for school in self:
            school.office_id = offices.get(school.id, False)

    def _serving_offices(self, day):
        """Return {school id: office record} of the offices that serve on `day`.

        The school's own dated link wins over the district's, and both over the
        county's default branch (R21-23).
        """
        self.env["pact.office.service"].flush_model()
        self.env["pact.district"].flush_model(["county_id"])
        self.env["pact.county"].flush_model(["default_office_id"])
        self.env["pact.school"].flush_model(["district_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT s.id, COALESCE(link.office_id, c.default_office_id)
                     FROM pact_school s
                     JOIN pact_district d ON d.id = s.district_id
                     JOIN pact_county c ON c.id = d.county_id
                     LEFT JOIN LATERAL (
                        SELECT l.office_id FROM pact_office_service l
                         WHERE (l.school_id = s.id OR l.district_id = d.id)
                           AND (l.date_from IS NULL OR l.date_from <= %(day)s)
                           AND (l.date_to IS NULL OR l.date_to >= %(day)s)
                         ORDER BY l.school_id IS NULL, l.date_from DESC NULLS LAST, l.id
                         LIMIT 1) link ON true
                    WHERE s.id = ANY(%(ids)s)""",
                day=day,
                ids=[i for i in self._ids if isinstance(i, int)],
            )
        )
        Office = self.env["pact.office"]
        return {school: Office.browse(office) for school, office in rows if office}
