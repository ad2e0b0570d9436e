"""Two records of one child become one, with all history."""

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .match import match_key
from .units import DAY, format_days

RESTRICTIONS = ("none", "no_information", "no_contact")


class PactStudent(models.Model):
    """A merged record stays, archived, with `merged_into_id`. All that named it names
    the survivor, rows of later rooms included, since the references are read from the
    registry; only the append-only history stays as it was written, and is read together
    with the survivor's (`history_ids`).
    """

    _inherit = "pact.student"

    match_key = fields.Char(
        compute="_compute_match_key", store=True, precompute=True, index=True
    )
    merged_into_id = fields.Many2one(
        "pact.student",
        string="Merged into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    history_ids = fields.Many2many(
        "pact.attendance.change", compute="_compute_history_ids", string="All History"
    )

    @api.depends("first_name", "last_name")
    def _compute_match_key(self):
        for student in self:
            student.match_key = match_key(student.first_name, student.last_name)

    @api.depends("change_ids")
    def _compute_history_ids(self):
        owners = self._merged_owners()
        changes = self.env["pact.attendance.change"].search(
            [("student_id", "in", list(owners))]
        )
        grouped = changes.grouped(lambda change: owners[change.student_id.id])
        for student in self:
            student.history_ids = grouped.get(student.id, False)

    def _merged_owners(self):
        """Return {id of a student of `self` or of one merged into it: id in `self`}."""
        # sudo: which records were merged; what is read of them follows their rules
        merged_sudo = self.sudo().with_context(active_test=False)
        rows = merged_sudo.search([("merged_into_id", "in", self.ids)])
        return {
            **{student.id: student.id for student in self},
            **{row.id: row.merged_into_id.id for row in rows},
        }

    # -- merging ---------------------------------------------------------------------

    def _merge(self, survivor):
        """Merge `self` into `survivor` and return the `pact.student.merge`.

        One transaction; the rights of the caller are checked by whoever calls.

        :raise UserError: why the two cannot be one record, with names and days
        """
        self.ensure_one()
        students_sudo = (self | survivor).sudo()  # references of all rooms, any school
        # against two merges of the same child at once
        students_sudo.lock_for_update()
        duplicate, survivor = self.sudo(), survivor.sudo()
        problems = duplicate._merge_problems(survivor)
        if problems:
            raise UserError("\n".join(problems))
        before = duplicate._merge_record()
        moved, dropped = duplicate._merge_into(survivor)
        merge = (
            self.env["pact.student.merge"]
            .sudo()
            .create(
                {
                    "student_id": survivor.id,
                    "merged_id": duplicate.id,
                    "content": {"merged": before, "moved": moved, "dropped": dropped},
                }
            )
        )
        students_sudo._refresh_current(self.env["pact.clock"]._today(), students_sudo)
        self.env["pact.attendance.event"].sudo()._refresh_notes(students=survivor)
        self.env["pact.attendance.event"].sudo()._refresh_counted(students=survivor)
        return merge

    def _merge_record(self):
        """Return the values of a student that stay to be read, as JSON."""
        names = ("first_name", "middle_name", "last_name", "suffix", "preferred_name")
        return {
            **{name: self[name] or None for name in names},
            "birth_date": self.birth_date and self.birth_date.isoformat(),
            "identifiers": [
                f"{row.source_id.name}: {row.value}" for row in self.identifier_ids
            ],
        }

    def _merge_problems(self, survivor):
        """Return why `self` cannot be merged into `survivor`, as sentences.

        Later rooms add theirs.
        """
        self.ensure_one()
        if self == survivor:
            return [self.env._("A record cannot be merged with itself.")]
        if self.merged_into_id or survivor.merged_into_id:
            return [self.env._("One of the two records was merged already.")]
        rows = self.env.execute_query(
            SQL(
                """SELECT e.date, sum(e.portion),
                          string_agg(c.code || ' ' || s.name, ', ' ORDER BY e.id)
                     FROM pact_attendance_event e
                     JOIN pact_attendance_code c ON c.id = e.code_id
                     JOIN pact_school s ON s.id = e.school_id
                    WHERE e.student_id = ANY(%s) AND e.is_withdrawn IS NOT TRUE
                      AND c.is_absent
                    GROUP BY e.date
                   HAVING sum(e.portion) > %s AND count(DISTINCT e.student_id) > 1
                    ORDER BY e.date""",
                (self | survivor).ids,
                DAY,
            )
        )
        return [
            self.env._(
                "%(student)s would be absent %(days)s days on %(date)s: %(rows)s. "
                "Withdraw or re-code one of them first.",
                student=survivor.name,
                days=format_days(total),
                date=day,
                rows=names,
            )
            for day, total, names in rows
        ]

    def _merge_stays(self):
        """Return {(model, field)} of references that keep naming the merged record."""
        return {
            ("pact.attendance.change", "student_id"),
            ("pact.student.merge", "student_id"),
            ("pact.student.merge", "merged_id"),
            ("pact.student.duplicate", "student_id"),
            ("pact.student.duplicate", "other_id"),
        }

    @api.model
    def _merge_references(self):
        """Return [(model, field)] of all stored references to a student, of all rooms:
        read from the registry, so that none can be forgotten."""
        stays = self._merge_stays()
        return [
            (self.env[name], field)
            for name in sorted(self.env.registry)
            if self.env[name]._auto and not self.env[name]._abstract
            and not self.env[name]._transient
            for field in self.env[name]._fields.values()
            if field.store
            and field.comodel_name == "pact.student"
            and field.type in ("many2one", "many2many")
            and (name, field.name) not in stays
        ]  # fmt: skip

    def _merge_counts(self):
        """Return {name of a model: how many rows would move}, for a preview."""
        counts = {}
        for model, field in self._merge_references():
            if field.type == "many2one":
                domain = [(field.name, "=", self.id)]
                count = model.with_context(active_test=False).search_count(domain)
                if count:
                    label = self.env["ir.model"]._get(model._name).name
                    counts[label] = counts.get(label, 0) + count
        return counts

    def _merge_into(self, survivor):
        """Let all that names `self` name `survivor`.

        Later rooms extend this where two rows cannot both stay.

        :return: ({'model.field': [ids]} moved, {model: [values]} of rows that the
            survivor has already)
        :raise UserError: what only once may be, would be there twice
        """
        self.env.flush_all()
        dropped = {
            "pact.enrollment": self._merge_enrollments(survivor),
            "pact.student.guardian": self._merge_guardians(survivor),
        }
        self._merge_event_keys(survivor)
        moved = {}
        for model, field in self._merge_references():
            ids = self._merge_reference(model, field, survivor)
            if ids:
                moved[f"{model._name}.{field.name}"] = ids
        self.env.cr.execute(
            SQL(
                """UPDATE ir_attachment SET res_id = %s
                    WHERE res_model = 'pact.student' AND res_id = %s RETURNING id""",
                survivor.id,
                self.id,
            )
        )
        files = [number for (number,) in self.env.cr.fetchall()]
        if files:
            moved["ir.attachment.res_id"] = files
        # first no row hangs on it any more, then it is put away
        self.env.cr.execute(
            SQL(
                """UPDATE pact_student SET active = false, merged_into_id = %s
                    WHERE id = %s""",
                survivor.id,
                self.id,
            )
        )
        self.env.cr.execute(
            SQL(
                """UPDATE pact_student_duplicate SET state = 'merged'
                    WHERE %s IN (student_id, other_id) AND state = 'open'""",
                self.id,
            )
        )
        self.env.invalidate_all(flush=False)
        return moved, {model: rows for model, rows in dropped.items() if rows}

    def _merge_reference(self, model, field, survivor):
        """Move one reference; return the ids of the rows."""
        if field.type == "many2many":
            query = SQL(
                """WITH gone AS (DELETE FROM %(table)s WHERE %(to)s = %(old)s
                                 RETURNING %(own)s)
                   INSERT INTO %(table)s (%(own)s, %(to)s)
                   SELECT %(own)s, %(new)s FROM gone ON CONFLICT DO NOTHING
                   RETURNING %(own)s""",
                table=SQL.identifier(field.relation),
                own=SQL.identifier(field.column1),
                to=SQL.identifier(field.column2),
                old=self.id,
                new=survivor.id,
            )
        else:
            query = SQL(
                "UPDATE %s SET %s = %s WHERE %s = %s RETURNING id",
                SQL.identifier(model._table),
                SQL.identifier(field.name),
                survivor.id,
                SQL.identifier(field.name),
                self.id,
            )
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query)
                return [number for (number,) in self.env.cr.fetchall()]
        except UniqueViolation as error:
            raise UserError(
                self.env._(
                    "The two records cannot be merged: %(reason)s Close or withdraw "
                    "one of the two first.",
                    reason=model._sql_error_to_message(error),
                )
            ) from error

    def _merge_enrollments(self, survivor):
        """Drop the enrollments that the survivor has from the same day at the same
        school; an open end wins. Return what was dropped."""
        held = {(e.school_id, e.entry_date): e for e in survivor.enrollment_ids}
        dropped = []
        for enrollment in self.enrollment_ids:
            twin = held.get((enrollment.school_id, enrollment.entry_date))
            if not twin:
                continue
            dropped.append(self._merge_values(enrollment))
            ends = (twin.exit_date, enrollment.exit_date)
            end = max(ends) if all(ends) else None
            self.env.cr.execute(
                SQL(
                    """UPDATE pact_enrollment SET exit_date = %s,
                              grade = COALESCE(grade, %s),
                              homeroom_id = COALESCE(homeroom_id, %s)
                        WHERE id = %s""",
                    end,
                    enrollment.grade or None,
                    enrollment.homeroom_id.id or None,
                    twin.id,
                )
            )
            self.env.cr.execute(
                SQL("DELETE FROM pact_enrollment WHERE id = %s", enrollment.id)
            )
        return dropped

    def _merge_guardians(self, survivor):
        """Drop the links to guardians whom the survivor has too; the tighter custody
        restriction and its words win. Return what was dropped."""
        held = {link.guardian_id: link for link in survivor.guardian_link_ids}
        dropped = []
        for link in self.guardian_link_ids:
            twin = held.get(link.guardian_id)
            if not twin:
                continue
            dropped.append(self._merge_values(link))
            tighter = RESTRICTIONS.index(link.custody_restriction) > RESTRICTIONS.index(
                twin.custody_restriction
            )
            self.env.cr.execute(
                SQL(
                    """UPDATE pact_student_guardian
                          SET custody_restriction = %s, custody_note = %s,
                              has_education_rights = has_education_rights AND %s,
                              receives_mail = receives_mail AND %s
                        WHERE id = %s""",
                    (link if tighter else twin).custody_restriction,
                    (tighter and link.custody_note)
                    or twin.custody_note
                    or link.custody_note
                    or None,
                    link.has_education_rights,
                    link.receives_mail,
                    twin.id,
                )
            )
            self.env.cr.execute(
                SQL("DELETE FROM pact_student_guardian WHERE id = %s", link.id)
            )
        return dropped

    def _merge_event_keys(self, survivor):
        """Give events that bear a source key which the survivor has on that day one of
        their own: both stay."""
        self.env.cr.execute(
            SQL(
                """UPDATE pact_attendance_event e
                      SET source_key = e.source_key || '#' || e.id
                     FROM pact_attendance_event s
                    WHERE e.student_id = %s AND s.student_id = %s
                      AND s.school_id = e.school_id AND s.date = e.date
                      AND s.source_id = e.source_id AND s.source_key = e.source_key""",
                self.id,
                survivor.id,
            )
        )

    @api.model
    def _merge_values(self, record):
        """Return the stored values of a record that is dropped, as JSON."""
        names = [n for n, f in record._fields.items() if f.store and f.column_type]
        values = record._read_format(names, load=None)[0]
        return {
            name: value if isinstance(value, (int, str)) else str(value)
            for name, value in values.items()
            if value not in (False, None)
        }

    def action_compare(self):
        """Put two chosen students side by side, to be merged or not: for doubles that
        no rule finds.

        :raise UserError: not exactly two were chosen
        """
        self.check_access("write")
        if len(self) != 2:
            raise UserError(self.env._("Choose the two records of one student."))
        pairs_sudo = self.env["pact.student.duplicate"].sudo()
        first, second = sorted(self.ids)
        pair = pairs_sudo.search(
            [("student_id", "=", first), ("other_id", "=", second)]
        )
        if not pair:
            # sudo: suggestions are written by the app; both may be changed (see above)
            pair = pairs_sudo.create(
                {"student_id": first, "other_id": second, "kind": "person"}
            )
        elif pair.state == "dismissed":
            pair.write({"state": "open", "kind": "person"})
        return {
            "type": "ir.actions.act_window",
            "res_model": "pact.student.duplicate",
            "res_id": pair.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
