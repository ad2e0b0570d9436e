from datetime import timedelta

import babel.dates

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import babel_locale_parse

from . import placeholders

ENGLISH = "en_US"


class PactLetterText(models.Model):
    """The words of a kind of letter in one language, from one day to another (GEN-06).

    The law changes: a letter takes the text that is in force on its own date.
    """

    _name = "pact.letter.text"
    _description = "Text of a Letter"
    _inherit = ["pact.shipped"]
    _order = "kind_id, lang_id, version desc"

    kind_id = fields.Many2one(
        "pact.letter.kind", required=True, ondelete="cascade", index=True
    )
    lang_id = fields.Many2one(
        "res.lang",
        string="Language",
        required=True,
        ondelete="restrict",
        help="A language that is missing here is added under Settings, Languages.",
    )
    version = fields.Integer(default=1, required=True)
    date_from = fields.Date(string="In Force from")
    date_to = fields.Date(string="In Force until")
    subject = fields.Char(required=True)
    body = fields.Html(
        required=True,
        sanitize_style=True,
        sanitize_attributes=True,
        strip_classes=True,
    )
    legal = fields.Text(
        string="Legal Line", help="Small print under the letter: the law it rests on."
    )
    placeholder_help = fields.Html(
        compute="_compute_placeholder_help", string="Placeholders", sanitize=False
    )
    preview = fields.Html(compute="_compute_preview", string="Sample")

    _once = models.UniqueIndex(
        "(kind_id, lang_id, version)",
        "This version of the text already exists in this language.",
    )
    _dates = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "A text must end after it begins.",
    )

    def _shipped_program(self):
        return self.kind_id.step_id.program_id

    @api.model
    def _shipped_units(self):
        return [{"subject", "body", "legal"}]

    @api.depends("kind_id.name", "lang_id.name", "version")
    def _compute_display_name(self):
        for text in self:
            text.display_name = self.env._(
                "%(kind)s, %(language)s, version %(version)s",
                kind=text.kind_id.name,
                language=text.lang_id.name,
                version=text.version,
            )

    def _placeholders(self):
        """Return {placeholder: what it stands for} of those that this text may name."""
        known = placeholders.descriptions(self.env)
        if self.kind_id.is_order:
            known.update(placeholders.order_descriptions(self.env))
        return known

    @api.depends("lang_id", "kind_id.is_order")
    def _compute_placeholder_help(self):
        for text in self:
            text.placeholder_help = self.env["ir.qweb"]._render(
                "pact_truancy.letter_placeholder_help",
                {"placeholders": text._placeholders()},
            )

    @api.depends("subject", "body", "legal", "lang_id")
    def _compute_preview(self):
        for text in self:
            code = text.lang_id.code or ENGLISH
            today = self.env["pact.clock"]._today()
            values = {
                **placeholders.SAMPLE,
                "first_day": day_text(today - timedelta(days=270), code),
                "last_day": day_text(today, code),
                "last_absence": day_text(today - timedelta(days=1), code),
                "letter_date": day_text(today, code),
                "order_date": day_text(today, code),
                "order_start": day_text(today + timedelta(days=1), code),
                "order_stop": day_text(today + timedelta(days=28), code),
                "absences": "[ ... ]",
            }
            text.preview = self.env["ir.qweb"]._render(
                "pact_truancy.letter_text_sample",
                {
                    "subject": placeholders.fill(text.subject, values),
                    "body": placeholders.fill(text.body, values) if text.body else "",
                    "legal": placeholders.fill(text.legal, values),
                },
            )

    @api.constrains("subject", "body", "legal")
    def _check_placeholders(self):
        for text in self:
            known = text._placeholders()
            wrong = []
            for value in (text.subject, text.body, text.legal):
                wrong += placeholders.unknown(value, known)
            if wrong:
                raise ValidationError(
                    self.env._(
                        "The text '%(text)s' names something that a letter cannot "
                        "fill in: %(wrong)s.\nThese can be used: %(known)s.",
                        text=text.display_name,
                        wrong=", ".join(wrong),
                        known=", ".join(f"{{{word}}}" for word in known),
                    )
                )

    @api.constrains("kind_id", "lang_id", "date_from", "date_to")
    def _check_overlap(self):
        for text in self:
            for other in text.kind_id.text_ids - text:
                if (
                    other.lang_id == text.lang_id
                    and (other.date_from or text._first) <= (text.date_to or text._last)
                    and (text.date_from or text._first) <= (other.date_to or text._last)
                ):
                    raise ValidationError(
                        self.env._(
                            "%(text)s and %(other)s would both be in force on the same "
                            "day. End the older one before the newer one begins.",
                            text=text.display_name,
                            other=other.display_name,
                        )
                    )

    _first = fields.Date.to_date("1900-01-01")
    _last = fields.Date.to_date("9999-12-31")

    def copy_data(self, default=None):
        """A copy is the next version; the person who makes it says from when on."""
        vals_list = super().copy_data(default)
        for text, vals in zip(self, vals_list, strict=True):
            newest = max(
                text.kind_id.text_ids.filtered(
                    lambda other, text=text: other.lang_id == text.lang_id
                ).mapped("version")
            )
            vals["version"] = newest + 1
            today = self.env["pact.clock"]._today()
            vals["date_from"] = (text.date_to or today) + timedelta(days=1)
            vals["date_to"] = False
        return vals_list

    @api.model
    def _in_force(self, kinds, day):
        """Return {kind id: {language code: text}} of the texts in force on `day`."""
        texts = self.search(
            [
                ("kind_id", "in", kinds.ids),
                ("lang_id.active", "=", True),
                "|",
                ("date_from", "=", False),
                ("date_from", "<=", day),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", day),
            ]
        )
        found = {kind.id: {} for kind in kinds}
        for text in texts:
            found[text.kind_id.id][text.lang_id.code] = text
        return found

    @api.model
    def _choose(self, by_language, code):
        """Return the text for a family that reads `code`: the same language, else the
        same language of another country (es_MX reads es_419), else English."""
        if code in by_language:
            return by_language[code]
        base = (code or ENGLISH).split("_")[0]
        for other, text in sorted(by_language.items()):
            if other.split("_")[0] == base:
                return text
        return by_language.get(ENGLISH, self.browse())


def day_text(day, code, style="long"):
    """Return a date as people write it in the language `code`."""
    return babel.dates.format_date(day, style, locale=babel_locale_parse(code))
