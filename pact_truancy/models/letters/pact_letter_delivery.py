import base64
import hashlib
import io
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from . import wkhtmltopdf
from .pact_letter import GATE
from .pact_letter_text import ENGLISH
from .pact_office import address_lines

_logger = logging.getLogger(__name__)
AT_ONCE = 20  # copies that one run of the program prints
NAME_LINE = 42  # characters of 9.5 points that fit into the window of the envelope


class PactLetterDelivery(models.Model):
    """One copy of a letter: to one household or to the school, as it was printed.

    Nothing of another recipient stands on it.
    """

    _name = "pact.letter.delivery"
    _description = "Copy of a Letter"
    _order = "letter_id, number"

    letter_id = fields.Many2one(
        "pact.letter", required=True, readonly=True, ondelete="restrict", index=True
    )
    number = fields.Integer(readonly=True, required=True)
    reference = fields.Char(compute="_compute_reference", store=True)
    student_id = fields.Many2one(related="letter_id.student_id")
    guardian_id = fields.Many2one(
        "pact.guardian", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    guardian_ids = fields.Many2many(
        "pact.guardian",
        string="Addressed to",
        readonly=True,
        help="Guardians at one address get one letter.",
    )
    school_id = fields.Many2one("pact.school", readonly=True, ondelete="restrict")
    channel = fields.Selection(
        [("mail", "By mail"), ("hand", "Hand over")], required=True, readonly=True
    )
    text_id = fields.Many2one("pact.letter.text", readonly=True, ondelete="restrict")
    lang_id = fields.Many2one(related="text_id.lang_id", string="Language")
    name = fields.Char(string="Recipient", required=True, readonly=True)
    address = fields.Text(
        readonly=True, string="Address as Printed", help="Empty: handed over in person."
    )
    note = fields.Char(readonly=True, help="What the staff must know about this copy.")
    pdf = fields.Binary(string="PDF", attachment=True, readonly=True, copy=False)
    pdf_name = fields.Char(compute="_compute_pdf_name")
    sha256 = fields.Char(string="SHA-256", readonly=True, copy=False)
    printed_on = fields.Datetime(readonly=True, copy=False)
    date_sent = fields.Date(string="Sent on", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("queued", "Waiting"),
            ("printed", "Printed"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("unknown", "Unknown"),
            ("returned", "Returned"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="queued",
        readonly=True,
        index=True,
    )

    _once = models.UniqueIndex(
        "(letter_id, COALESCE(guardian_id, 0), COALESCE(school_id, 0), channel)",
        "The recipient already has a copy of this letter.",
    )
    _one_recipient = models.Constraint(
        "CHECK (num_nonnulls(guardian_id, school_id) = 1)",
        "A copy goes to a family or to a school.",
    )

    @api.depends("letter_id.name", "number")
    def _compute_reference(self):
        for copy in self:
            copy.reference = f"{copy.letter_id.name}-{copy.number}"

    @api.depends("reference")
    def _compute_pdf_name(self):
        for copy in self:
            copy.pdf_name = f"{copy.reference}.pdf"

    @api.depends("reference", "name")
    def _compute_display_name(self):
        for copy in self:
            copy.display_name = f"{copy.reference}, {copy.name}"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_gate()
        return super().create(vals_list)

    def write(self, vals):
        self._check_gate()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        self._check_gate()
        if self.letter_id.filtered(lambda letter: letter.state != "draft"):
            raise UserError(self.env._("A final letter keeps its copies."))

    def _check_gate(self):
        if self.env.context.get("pact_letter_gate") is not GATE:
            raise AccessError(
                self.env._("A copy is made and changed by its letter's buttons only.")
            )

    def _gated(self):
        return self.with_context(pact_letter_gate=GATE)

    # -- who gets a copy -------------------------------------------------------------

    @api.model
    def _sync(self, letters, day):
        """Make the copies of draft `letters` match who may receive them on `day`.

        One copy a household (who shares an address key and a language), one for the
        school. A copy that still fits is kept. A fixed number of queries.
        """
        links = self.env["pact.student.guardian"].search(
            [("student_id", "in", letters.student_id.ids)],
            order="student_id, contact_order, id",
        )
        by_student = links._letter_recipients().grouped("student_id")
        texts = self.env["pact.letter.text"]._in_force(letters.kind_id, day)
        values, gone = [], self.browse()
        for letter in letters:
            wanted = self._wanted(
                letter, by_student.get(letter.student_id, links.browse()), texts
            )
            number = max(letter.delivery_ids.mapped("number"), default=0)
            for copy in letter.delivery_ids:
                vals = wanted.pop(copy._key(), None)
                if vals is None:
                    gone |= copy
                else:
                    copy._keep(vals)
            for vals in wanted.values():
                number += 1
                values.append({"letter_id": letter.id, "number": number, **vals})
        gone._gated().unlink()
        self._gated().create(values)

    def _key(self):
        self.ensure_one()
        return (self.guardian_id.id, self.school_id.id, self.channel)

    def _keep(self, vals):
        """Write what differs from `vals`; a copy that changed loses its PDF."""
        changed = {}
        for name, value in vals.items():
            now = self[name]
            if name == "guardian_ids":
                if set(now.ids) == set(value[0][2]):
                    continue
            elif (now.id if isinstance(now, models.BaseModel) else now) == value:
                continue
            changed[name] = value
        if changed:
            changed.update({"pdf": False, "sha256": False, "printed_on": False})
            self._gated().write(changed)

    @api.model
    def _wanted(self, letter, links, texts):
        """Return {key of the copy: values} of the copies that `letter` should have."""
        Text = self.env["pact.letter.text"]
        by_language = texts[letter.kind_id.id]
        households = {}
        for link in links.filtered("guardian_id.active"):
            guardian = link.guardian_id
            code = guardian.lang_id.code or letter.student_id.lang_id.code or ENGLISH
            text = Text._choose(by_language, code)
            home = guardian.address_key or guardian.id
            households.setdefault((home, text.id), []).append(guardian)
        wanted = {}
        for (_home, text_id), guardians in households.items():
            vals = self._family_values(guardians, text_id)
            wanted[vals["guardian_id"], False, vals["channel"]] = vals
        school = letter.school_id
        if letter.kind_id.copy_to_school:
            wanted[False, school.id, "mail"] = {
                "guardian_id": False,
                "guardian_ids": [(6, 0, [])],
                "school_id": school.id,
                "channel": "mail",
                "text_id": Text._choose(by_language, ENGLISH).id,
                "name": school.name,
                "address": "\n".join(address_lines(school)) or False,
                "note": False,
            }
        return wanted

    @api.model
    def _family_values(self, guardians, text_id):
        """Return the values of the copy for one household."""
        first = guardians[0]
        address, note = "\n".join(address_lines(first)), False
        if first.address_protected:
            address = ""
            note = self.env._(
                "The address of %(name)s is protected and is not printed: hand this "
                "copy over in person.",
                name=first.name,
            )
        elif not first.address_key:
            address = ""
            note = self.env._(
                "No full address of %(name)s is known: hand this copy over in person, "
                "or have the school complete the address and press 'Update'.",
                name=first.name,
            )
        return {
            "guardian_id": first.id,
            "guardian_ids": [(6, 0, [guardian.id for guardian in guardians])],
            "school_id": False,
            "channel": "mail" if address else "hand",
            "text_id": text_id,
            "name": join_names([guardian.name for guardian in guardians]),
            "address": address or False,
            "note": note,
        }

    # -- the PDF ---------------------------------------------------------------------

    def _make_pdf(self, again):
        """Render and keep the PDF of the copies that have none, and anew for those of
        the letters in `again` (drafts, and letters that just became final)."""
        wanted = self.filtered(lambda copy: not copy.pdf or copy.letter_id in again)
        for place in range(0, len(wanted), AT_ONCE):
            several = wanted[place : place + AT_ONCE]
            for copy, content in zip(several, several._render_pdfs(), strict=True):
                copy._gated().write(
                    {
                        "pdf": base64.b64encode(content),
                        "sha256": hashlib.sha256(content).hexdigest(),
                        "printed_on": fields.Datetime.now(),
                    }
                )

    def _render_pdfs(self):
        """Return the PDF of each copy (bytes). Most of the time goes into starting the
        program, so that it prints several copies at once, each then cut out as a file
        of its own; where one of them needs a second page, they are printed singly."""
        if len(self) > 1:
            pages = PdfFileReader(io.BytesIO(self._print_together())).pages
            if len(pages) == len(self):
                return [_one_page(page) for page in pages]
        return [copy._render_pdf() for copy in self]

    def _pdf_content(self):
        """Return the PDF as it was kept, else as it would print now; keeps nothing."""
        self.ensure_one()
        # with bin_size the field would give its size
        kept = self.with_context(bin_size=False).pdf
        return base64.b64decode(kept) if kept else self._render_pdf()

    def _render_pdf(self):
        """Return one copy as PDF (bytes): on one page, set closer where it must be.
        What does not fit even so (some sixty dates) takes a second page."""
        self.ensure_one()
        report = self.env["report.pact_truancy.report_letter"]
        for fit in report.FITS:
            content = self._print_together(fit)
            if len(PdfFileReader(io.BytesIO(content)).pages) == 1:
                break
        return content

    def _print_together(self, fit=""):
        """Return these copies as one PDF (bytes). :param fit: one of the report's FITS

        :raise UserError: the program that makes PDFs is missing or failed
        """
        if not wkhtmltopdf.is_available():
            raise UserError(
                self.env._(
                    "The program that makes PDFs (wkhtmltopdf) is missing on the "
                    "server. Your system administrator can install it."
                )
            )
        report = self.env["report.pact_truancy.report_letter"]
        try:
            return wkhtmltopdf.html_to_pdf(report._html(self, fit))
        except wkhtmltopdf.RenderError as error:
            _logger.error("Letter copies %s could not be rendered: %s", self.ids, error)
            raise UserError(
                self.env._(
                    "The PDF could not be made. Try again; if it fails again, your "
                    "system administrator finds the reason in the server's log."
                )
            ) from error

    def action_print(self):
        """Print these copies alone."""
        letters = self.letter_id
        if letters.has_access("write"):
            # sudo: copies are made by their letter's buttons, whose rights were checked
            drafts = letters.filtered(lambda letter: letter.state == "draft")
            self.sudo()._make_pdf(drafts)
        report = self.env.ref("pact_truancy.pact_letter_report")
        return report.report_action(self.ids, config=False)


def _one_page(page):
    """Return a page of a PDF as a file of its own (bytes)."""
    writer = PdfFileWriter()
    writer.addPage(page)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def join_names(names):
    """Return names for the first line of an address: 'Ana Rivera & Luis Rivera'."""
    return " & ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def name_lines(name):
    """Return a recipient's name in at most two lines that fit the window."""
    if len(name) <= NAME_LINE or " & " not in name:
        return [name]
    first, last = name.rsplit(" & ", 1)
    return [f"{first} &", last]
