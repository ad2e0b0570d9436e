from odoo import api, fields, models
from odoo.tools import SQL

from ..facts.units import DAY
from .specs import Counting, Spec

# column -> what it holds; the same numbers as on the student's page
SPECS = {
    "absent": Spec("absent", "year"),
    "unexcused": Spec("unexcused", "year"),
    "unverified": Spec("unverified", "year"),
    "excused": Spec("excused", "year"),
    "medical": Spec("medical", "year"),
    "tardies": Spec("tardy", "year", unit="occasions"),
    "absent_window": Spec("absent", "previous", 180),
    "unexcused_window": Spec("unexcused", "previous", 180, "program"),
}
POSSIBLE = Spec("possible", "year")
RULES = Counting(excused_cap=True)
# so many students are brought up to date at once where their facts change; more wait
# for the scheduled job
FEW = 200
# students of one committed step of the scheduled job
STEP = 100_000


class PactStudentSummary(models.Model):
    """The numbers of each student for lists, filters and boards, so that a list of
    100,000 needs no counting. Whatever decides, explains or prints counts anew.

    Numbers are days as people read them (the exact ones are `pact.metrics`'), kept true
    by `_refresh`: all when a day begins, since windows move; later the students whose
    facts changed. Only rows that differ are written.

    The rate's denominator grows each day for everybody. It is kept as the difference to
    the days that the student's school received this year (`pact.school.received_days`),
    which stays the same from day to day.
    """

    _name = "pact.student.summary"
    _description = "Student's Numbers"
    _rec_name = "student_id"
    _log_access = False

    student_id = fields.Many2one(
        "pact.student", required=True, readonly=True, ondelete="cascade"
    )
    day = fields.Date(
        string="Changed as of", readonly=True, help="Day as of which it last changed."
    )
    absent = fields.Float(readonly=True)
    unexcused = fields.Float(readonly=True)
    unverified = fields.Float(readonly=True)
    excused = fields.Float(readonly=True)
    medical = fields.Float(readonly=True)
    tardies = fields.Integer(readonly=True)
    absent_window = fields.Float(readonly=True)
    unexcused_window = fields.Float(readonly=True)
    possible_offset = fields.Integer(
        readonly=True,
        aggregator=None,
        help="School days enrolled this year, less those that the school received.",
    )

    _once = models.UniqueIndex("(student_id)", "The student has a summary already.")
    _unverified_idx = models.Index("(unverified) WHERE unverified > 0")
    _absent_idx = models.Index("(absent) WHERE absent > 0")
    _window_idx = models.Index("(unexcused_window) WHERE unexcused_window > 0")

    def init(self):
        # who waits for the scheduled job: rows are only inserted here, so that no two
        # transactions wait for each other
        self.env.cr.execute(
            """CREATE TABLE IF NOT EXISTS pact_summary_waiting (
                   student_id integer NOT NULL)"""
        )

    # -- keeping it true -------------------------------------------------------------

    @api.model
    def _refresh(self, day, students):
        """Make the rows of `students` true for `day` in one statement.

        :param students: see `pact.metrics._read`
        :return: number of rows that differed
        """
        cr = self.env.cr
        self._refresh_received_days(day)
        columns = [*SPECS, "possible_offset"]
        sql = self._wanted(day, students)
        self.env["pact.metrics"]._prepare()
        cr.execute(
            SQL(
                """INSERT INTO pact_student_summary AS u (student_id, day, %(names)s)
                   SELECT w.student_id, %(day)s, %(names)s FROM (%(wanted)s) w
                       ON CONFLICT (student_id) DO UPDATE
                      SET day = EXCLUDED.day, (%(names)s) = ROW(%(new)s)
                    WHERE (%(old)s) IS DISTINCT FROM (%(new)s)""",
                names=_list(columns),
                day=day,
                wanted=sql,
                old=_list(columns, "u"),
                new=_list(columns, "excluded"),
            )
        )
        count = cr.rowcount + self._drop_unenrolled(day, students)
        if count:
            cr.execute(
                """UPDATE pact_student s SET summary_id = u.id
                     FROM pact_student_summary u
                    WHERE u.student_id = s.id AND s.summary_id IS NULL"""
            )
        self.env["pact.student"].invalidate_model(flush=False)
        self.invalidate_model(flush=False)
        return count

    @api.model
    def _drop_unenrolled(self, day, students):
        """Remove the rows of students who have no enrollment any more (merged into
        another record, enrolled by mistake, or only from a later day on): nothing is
        counted of them, so no new row would replace the old one.

        :param students: see `pact.metrics._read`
        :return: number of rows removed
        """
        asked = self.env["pact.metrics"]._asked(students)
        self.env.cr.execute(
            SQL(
                """DELETE FROM pact_student_summary u
                    WHERE NOT EXISTS (SELECT FROM pact_enrollment n
                                       WHERE n.student_id = u.student_id
                                         AND n.entry_date <= %(day)s)
                      AND %(asked)s""",
                day=day,
                asked=SQL("u.student_id IN (%s)", asked) if asked else SQL("true"),
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _wanted(self, day, students):
        """Return a SELECT of student_id and the columns as they should be."""
        specs = [*SPECS.values(), POSSIBLE]
        select, names = self.env["pact.metrics"]._select(students, day, specs, RULES)
        columns = [
            SQL(
                "COALESCE(m.%s, 0)%s AS %s",
                SQL.identifier(names[spec][0]),
                SQL(" / %s::float8", DAY) if spec.unit == "days" else SQL(""),
                SQL.identifier(column),
            )
            for column, spec in SPECS.items()
        ]
        return SQL(
            """SELECT m.student_id, %(columns)s,
                      COALESCE(m.%(possible)s, 0) / %(unit)s
                      - COALESCE(c.received_days, 0) AS possible_offset
                 FROM (%(select)s) m
                 JOIN pact_student s ON s.id = m.student_id
                 LEFT JOIN pact_school c ON c.id = s.school_id""",
            columns=SQL(", ").join(columns),
            possible=SQL.identifier(names[POSSIBLE][0]),
            unit=DAY,
            select=select,
        )

    @api.model
    def _refresh_received_days(self, day):
        """Make `pact.school.received_days` true for `day`; one statement."""
        self.env["pact.school"].flush_model()
        self.env["pact.attendance.received"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE pact_school s SET received_days = n.days
                     FROM (
                       SELECT c.id, count(d.id) AS days
                         FROM pact_school c
                         LEFT JOIN pact_school_year y
                           ON %(day)s BETWEEN y.date_start AND y.date_end
                         LEFT JOIN pact_attendance_received r ON r.school_id = c.id
                          AND r.date BETWEEN y.date_start AND %(day)s
                         LEFT JOIN pact_school_day d ON d.calendar_id = c.calendar_id
                          AND d.date = r.date AND d.is_school_day
                        GROUP BY c.id) n
                    WHERE n.id = s.id AND s.received_days IS DISTINCT FROM n.days""",
                day=day,
            )
        )
        self.env["pact.school"].invalidate_model(["received_days"], flush=False)

    @api.model
    def _touch(self, sql):
        """Note that the facts of some students changed; before the commit their rows
        follow, or wait for the scheduled job where they are many.

        :param sql: SQL of a SELECT of student ids
        """
        data = self.env.cr.precommit.data
        touched = data.setdefault("pact_summary", set())
        if not touched:
            self.env.cr.precommit.add(self._follow)
        if len(touched) <= FEW:
            touched.update(
                i for (i,) in self.env.execute_query(SQL("%s LIMIT %s", sql, FEW + 1))
            )
        if len(touched) > FEW:
            self.env.cr.execute(SQL("INSERT INTO pact_summary_waiting %s", sql))

    @api.model
    def _follow(self):
        """Bring the touched students up to date."""
        touched = self.env.cr.precommit.data.pop("pact_summary", set())
        # sudo: the derived data of exactly these students, whoever changed the facts
        summary_sudo = self.sudo()
        if len(touched) > FEW:
            summary_sudo.env.cr.execute(
                "INSERT INTO pact_summary_waiting SELECT unnest(%s)", (list(touched),)
            )
            summary_sudo.env.ref("pact_truancy.ir_cron_refresh_summary")._trigger()
        elif touched:
            students = summary_sudo.env["pact.student"].browse(touched)
            summary_sudo._refresh(self.env["pact.clock"]._today(), students)
            summary_sudo.env.flush_all()

    @api.model
    def _cron_refresh(self):
        """A new day: everybody; else those who wait. In committed steps: who is killed
        in the middle goes on with the next one."""
        day = self.env["pact.clock"]._today()
        runs = self.env["pact.summary.run"]
        run = runs.search([("day", "=", day), ("kind", "=", "day")], limit=1)
        if not run:
            run = runs.create({"day": day, "kind": "day"})
        if not run.is_done:
            self._refresh_all(run)
        if run.is_done:
            self._refresh_waiting(day)

    @api.model
    def _refresh_all(self, run):
        """Bring all students up to date, a step of student ids a commit."""
        cron = self.env["ir.cron"]
        last = self.env["pact.student"].search([], order="id desc", limit=1).id or 0
        cron._commit_progress(remaining=(last - run.last_student) // STEP + 1)
        while run.last_student < last:
            high = run.last_student + STEP
            domain = [("id", ">", run.last_student), ("id", "<=", high)]
            count = self._refresh(run.day, [*domain, ("active", "in", (True, False))])
            run.write({"last_student": high, "changed": run.changed + count})
            if not cron._commit_progress(1):
                return
        run.is_done = True
        cron._commit_progress()

    @api.model
    def _refresh_waiting(self, day):
        """Bring the students up to date who wait, in committed steps."""
        cron = self.env["ir.cron"]
        while count := self._refresh_some_waiting(day):
            if not cron._commit_progress(count):
                return

    @api.model
    def _refresh_some_waiting(self, day):
        """Bring some thousands of those up to date who wait; returns how many."""
        self.env.cr.execute(
            """DELETE FROM pact_summary_waiting WHERE student_id IN (
                   SELECT student_id FROM pact_summary_waiting LIMIT %s)
            RETURNING student_id""",
            (10_000,),
        )
        waiting = {student for (student,) in self.env.cr.fetchall()}
        if waiting:
            self._refresh(day, self.env["pact.student"].browse(waiting))
        return len(waiting)

    @api.model
    def _differences(self, day):
        """Compare all rows with what they should be; writes nothing.

        :return: list of dict: student_id, column, stored, computed (None: no row)
        """
        self.env["pact.metrics"]._prepare()
        columns = [*SPECS, "possible_offset"]
        pairs = SQL(", ").join(
            SQL(
                "(%s, u.%s::float8, w.%s::float8)",
                column,
                SQL.identifier(column),
                SQL.identifier(column),
            )
            for column in columns
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT COALESCE(w.student_id, u.student_id), v.name, v.stored,
                          v.computed
                     FROM (%s) w
                     FULL JOIN pact_student_summary u ON u.student_id = w.student_id
                    CROSS JOIN LATERAL (VALUES %s) v (name, stored, computed)
                    WHERE v.stored IS DISTINCT FROM v.computed
                    ORDER BY 1, 2""",
                self._wanted(day, None),
                pairs,
            )
        )
        names = ("student_id", "column", "stored", "computed")
        return [dict(zip(names, row, strict=True)) for row in rows]


def _list(columns, table=None):
    return SQL(", ").join(
        SQL.identifier(table, column) if table else SQL.identifier(column)
        for column in columns
    )
