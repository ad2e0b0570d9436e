import re

from odoo import api, fields, models

from ..facts.units import DAY, format_days
from ..metrics.specs import is_rate
from . import placeholders, wkhtmltopdf
from .pact_letter_delivery import name_lines
from .pact_letter_text import ENGLISH, day_text
from .totals import count_text, counted_text, missed

# up to here a row a date; above, dates in columns under each reason, so that 40 dates
# and the letter still fit on one page
PLAIN_ROWS = 10
# beyond Latin-1 and Latin Extended-A the page takes a font that has every letter, so
# that no word is set in two faces
WIDE = re.compile("[\u0180-\u1fff]")


class ReportLetter(models.AbstractModel):
    """Turns copies of letters into what stands on the page, all of it in the language
    of the copy. The template only lays it out."""

    _name = "report.pact_truancy.report_letter"
    _description = "Letter as a Page"

    # how close a letter is set: a row a date; dates in columns; the same, smaller
    FITS = ("", "tight", "tight tiny")

    @api.model
    def _get_report_values(self, docids, data=None):
        copies = self.env["pact.letter.delivery"].browse(docids)
        copies.check_access("read")
        return {
            "doc_ids": docids,
            "doc_model": copies._name,
            "docs": copies,
            **self._values(copies, "1"),
        }

    @api.model
    def _html(self, copies, fit=""):
        """Return the pages of `copies` as one document for the PDF.

        :param fit: one of FITS
        """
        copies.check_access("read")
        return str(
            self.env["ir.qweb"]._render(
                "pact_truancy.report_letter",
                self._values(copies, wkhtmltopdf.zoom(), fit),
            )
        )

    @api.model
    def _values(self, copies, zoom, fit=""):
        # sudo: who may read a copy sees it whole, also when the student has since left
        pages = [self._page(copy, fit) for copy in copies.sudo()]
        return {"zoom": zoom, "pages": pages}

    @api.model
    def _page(self, copy, fit):
        """Return the dict of strings that the template lays out for one copy."""
        lang = copy.text_id.lang_id.code or ENGLISH
        copy = copy.with_context(lang=lang)
        letter = copy.letter_id
        office = letter.office_id
        head = office._letterhead() if office else {}
        part = (letter.snapshot_id and letter.snapshot_id._parts() or [{}])[0]
        rows = self._rows(letter, part, lang)
        values = self._fill_values(letter, head, part, rows, lang)
        text = copy.text_id
        before, after = placeholders.split_at_table(text.body)
        lines = name_lines(copy.name)
        address = (copy.address or "").splitlines()
        return {
            "lang": lang,
            "copy": copy,
            "head": head,
            "is_draft": letter.state == "draft",
            "is_canceled": letter.state == "canceled",
            "by_hand": copy.channel == "hand",
            "lines": lines + address,
            "is_long": max(map(len, lines + address), default=0) > 44,
            "date": values["letter_date"],
            "subject": placeholders.fill(text.subject, values),
            "before": placeholders.fill(before, values),
            "after": placeholders.fill(after, values),
            "legal": placeholders.fill(text.legal, values),
            "rows": rows,
            "is_wide": bool(
                WIDE.search(f"{copy.name}{copy.address}{values}{text.body}")
            ),
            "fit": fit or ("tight" if len(rows) > PLAIN_ROWS else ""),
            "groups": self._groups(rows),
            "values": values,
            "copy_to": letter.kind_id.copy_to_school
            and copy.env._("Copy to: %(school)s", school=letter.school_id.name),
            **self._sentences(letter, head, part, rows, values, lang),
            "signer_name": letter.signer_name or head.get("signer_name"),
            "signer_title": letter.signer_title or head.get("signer_title"),
        }

    @api.model
    def _sentences(self, letter, head, part, rows, values, lang):
        """Return the sentences around the text, in the letter's language."""
        env = letter.env
        student = letter.student_id
        identity = ""
        if student.birth_date:
            born = day_text(student.birth_date, lang)
            identity = env._("Born %(date)s", date=born)
        elif student.identifier_ids:
            identity = env._(
                "Student number %(number)s", number=student.identifier_ids[0].value
            )
        grades = dict(student._fields["grade"]._description_selection(env))
        limit = ""
        if any(row["beyond"] for row in rows):
            cap = letter.school_id.excused_day_cap
            limit = env._(
                "Beyond the limit: the school accepts %(days)s excused days a year. "
                "Later ones count as days without a valid cause.",
                days=self.with_env(env)._number(round(cap * DAY)),
            )
        known = ""
        if letter.snapshot_id:
            as_of = day_text(letter.snapshot_id.day, lang)
            known = env._("Numbers as of %(date)s.", date=as_of)
        if part.get("complete_through"):
            through = self._day(part["complete_through"], lang)
            known += " " + env._("Attendance received through %(date)s.", date=through)
        if part.get("prior") and part["prior"][1]:
            known += " " + env._(
                "%(days)s of these days, through %(date)s, come from earlier records "
                "and are not listed by date.",
                days=self.with_env(env)._number(part["prior"][1]),
                date=self._day(part["prior"][0], lang),
            )
        call = (
            values["contact"],
            values["office"],
            head.get("phone"),
            head.get("email"),
        )
        return {
            "identity": identity,
            "place": ", ".join(
                filter(None, (values["school"], grades.get(student.grade)))
            ),
            "salutation": env._(
                "Dear family of %(student)s,", student=values["student_first"]
            ),
            "total": self._total(letter, part, values),
            "limit": limit,
            "known": known,
            "call": ", ".join(dict.fromkeys(filter(None, call))),
        }

    @api.model
    def _total(self, letter, part, values):
        """Return what was counted, and over which days, in a sentence; '' without
        numbers. It says what the letter's own rule counts: days of any reason, without
        a valid cause, not explained, or a share."""
        if not letter.snapshot_id or not part:
            return ""
        env = letter.env
        spec = letter.snapshot_id._specs()[0]
        counted = counted_text(env, spec, part["value"])
        if is_rate(spec):
            return env._(
                "Total: %(counted)s, from %(first)s to %(last)s.",
                counted=counted,
                first=values["first_day"],
                last=values["last_day"],
            )
        return env._(
            "Total: %(counted)s, of the %(window)s school days from %(first)s to "
            "%(last)s.",
            counted=counted,
            window=values["window_days"],
            first=values["first_day"],
            last=values["last_day"],
        )

    @api.model
    def _day(self, text, lang, style="long"):
        """Return an ISO date of a snapshot in words, or an empty text."""
        return day_text(fields.Date.from_string(text), lang, style) if text else ""

    @api.model
    def _fill_values(self, letter, head, part, rows, lang):
        """Return the values of the placeholders (placeholders.py)."""
        student = letter.student_id
        manager = letter.case_id.manager_id
        count = ""
        if part:
            spec = letter.snapshot_id._specs()[0]
            count = count_text(letter.env, spec, missed(spec, part["value"]))
        return {
            "student": student.name,
            "student_first": student.preferred_name or student.first_name,
            "school": letter.school_id.name,
            "district": letter.school_id.district_id.name,
            "count": count,
            "window_days": str(part.get("window_days", "")),
            "first_day": self._day(part.get("first"), lang),
            "last_day": self._day(part.get("last"), lang),
            "last_absence": rows[-1]["long"] if rows else "",
            "office": head.get("branch") or head.get("name") or "",
            "contact": manager.name
            or head.get("signer_name")
            or head.get("name")
            or "",
            "contact_phone": head.get("phone") or "",
            "letter_date": day_text(letter.day, lang),
            "absences": "",
            **letter._order_values(lang),
        }

    @api.model
    def _number(self, portion):
        """Return days as people write them in the language of the environment."""
        return format_days(portion).replace(
            ".", self.env["res.lang"]._get_data(code=self.env.lang).decimal_point or "."
        )

    @api.model
    def _rows(self, letter, part, lang):
        """Return a dict for each date of the snapshot: short and long date, part of the
        day, reason in plain words. What happened twice on a day is added up."""
        env = letter.env
        labels = dict(
            env["pact.attendance.code"]._fields["category"]._description_selection(env)
        )
        codes = env["pact.attendance.code"].with_context(active_test=False)
        names = {
            code: record.name
            for code, record in codes._by_code(letter.school_id.district_id).items()
        }
        by_date = {}
        for row in part.get("rows", []):
            by_date.setdefault(row["date"], []).append(row)
        rows = []
        for text, parts in sorted(by_date.items()):
            reasons = []
            for one in parts:
                reason = (
                    names.get((one["code"] or "").upper()) or labels[one["category"]]
                )
                if one["rule"] == "cap":
                    reason = env._("%(reason)s (beyond the limit)", reason=reason)
                if reason not in reasons:
                    reasons.append(reason)
            portion = sum(one["portion"] for one in parts)
            day, part_of_day = self._day(text, lang, "medium"), self._part(portion, env)
            rows.append(
                {
                    "date": day,
                    "long": self._day(text, lang),
                    "part": part_of_day,
                    "line": f"{day} ({part_of_day})" if portion < DAY else day,
                    "reason": ", ".join(reasons),
                    "beyond": any(one["rule"] == "cap" for one in parts),
                }
            )
        return rows

    @api.model
    def _part(self, portion, env):
        """Return a part of a day in words."""
        if portion >= DAY:
            return env._("whole day")
        if portion * 2 == DAY:
            return env._("half day")
        return env._("%(number)s of a day", number=self.with_env(env)._number(portion))

    @api.model
    def _groups(self, rows):
        """Return [(reason, rows)] for the dense table, in the order of first dates."""
        groups = {}
        for row in rows:
            groups.setdefault(row["reason"], []).append(row)
        return list(groups.items())
