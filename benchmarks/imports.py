"""A day's file and a school year's, read to applied, beside a bare COPY and upsert.

The app's line is all that happens to a file: upload, reading, mapping by the remembered
profile, keys, every check, the difference, conflicts, history, received days, notes,
what counts, who is touched; committed. Twice in a row the second writes nothing.
"""

import base64

import _files
import _run
import _staff

YEAR = ("2024-07-01", "2025-06-30")
# an import takes 2 million rows at most
YEAR_UP_TO = 150_000


def run(env, options):
    staff = _staff.coordinator(env)
    _files.make_twin(env)
    days = _days(env, options.rounds + 1)
    # the first file of a layout: whoever brings it says what it means
    _warm(env, staff, days.pop())
    spans = [(day, day) for day in days]
    _table(env, staff, "a day", spans, (2.3, 0.7)).measure(options.rounds)
    if options.students <= YEAR_UP_TO:
        rounds = min(options.rounds, 3)
        _table(env, staff, "a school year", [YEAR] * rounds, (2.3, 0.45)).measure(
            rounds
        )


def _table(env, staff, name, spans, targets):
    """Return the table of one kind of file; a round takes the next of `spans`."""
    files = [_files.content(env, *span) for span in spans]
    left = list(zip(spans, files, strict=True))
    now = {}

    def begin():
        if not now or now["done"]:
            now["span"], (now["file"], now["rows"]) = left.pop(0)
            now["done"] = False
        _files.take_out(env, *now["span"])

    def bring():
        now["jobs"] = _bring(staff, now["file"])

    def bring_and_look():
        now["jobs"] = _bring(staff, now["file"], look=True)

    def brought():
        _check(now["jobs"], new=now["rows"])

    def brought_again():
        _check(now["jobs"], unchanged=now["rows"])
        _nothing_written(env, now["before"])

    def look_again():
        now["before"] = _written(env)

    def end():
        brought()
        now["done"] = True

    counts = sorted(rows for _text, rows in files)
    rows = f"{counts[len(counts) // 2]:,}"
    table = _run.Table(env, f"A file of {name}: {rows} rows")
    base = table.add(
        "yardstick: COPY + plain upsert",
        lambda: _files.bare(env, now["file"]),
        before=begin,
    )
    table.add("  the same again", lambda: _files.bare(env, now["file"]))
    first = table.add(
        "import: all checks, history", bring, target=targets[0], after=brought
    )
    table.add(
        "  the same file again: 0 rows written",
        bring,
        target=targets[1],
        base=first.name,
        before=look_again,
        after=brought_again,
    )
    table.add(
        "  with a preview that a person looks at (compared twice)",
        bring_and_look,
        base=base.name,
        before=begin,
        after=end,
    )
    return table


def _days(env, count):
    """Return the last dates on which all calendars have school."""
    env.cr.execute(
        """SELECT d.date FROM pact_school_day d
             JOIN pact_school s ON s.calendar_id = d.calendar_id
            WHERE d.is_school_day
              AND d.date <= (SELECT max(date) FROM pact_attendance_event)
            GROUP BY d.date
           HAVING count(*) = (SELECT count(*) FROM pact_school)
            ORDER BY d.date DESC LIMIT %s""",
        [count],
    )
    return [row[0] for row in env.cr.fetchall()]


def _job(env, text):
    source = env["pact.source"].search([("code", "=", "bench")])
    return env["pact.import.job"].create(
        {
            "source_id": source.id,
            "file": base64.b64encode(text),
            "file_name": "attendance.csv",
        }
    )


def _warm(env, staff, day):
    """Bring a file of one day by hand, so that its profile is remembered."""
    text, _rows = _files.content(env, day, day)
    _files.take_out(env, day, day)
    job = _job(staff, text)
    job.action_read()
    job.mode = "replace"
    job.action_preview()
    if job.stop_text or job.rejected_count:
        problems = job.row_ids.filtered("problem").mapped("problem")
        raise SystemExit(f"{job.stop_text} {problems[:3]}")
    job.action_apply()
    env.cr.commit()


def _bring(env, text, look=False):
    """Bring a file in as the queue does, step by step, each committed.

    :param look: stop at the preview, and go on when somebody says so
    """
    job = _job(env, text)
    for step, until in (("read", "preview" if look else "apply"), ("apply", "apply")):
        if job.state == "applied":
            break
        job.sudo()._queue(step, until)
        while not job.sudo()._run_step():
            pass
    env.cr.commit()
    return job


def _check(job, **counts):
    """Refuse to measure something else than what the line says."""
    found = {
        name: job[f"{name}_count"]
        for name in ("new", "changed", "unchanged", "withdrawn", "rejected")
        if job[f"{name}_count"]
    }
    if job.state != "applied" or found != counts:
        raise SystemExit(f"{job.state} {found} instead of {counts}: {job.run_problem}")


def _written(env):
    """Return what tells whether any fact was written since."""
    env.cr.execute(
        """SELECT (SELECT max(id) FROM pact_attendance_change),
                  (SELECT max(write_date) FROM pact_attendance_event),
                  (SELECT count(*) FROM pact_attendance_event),
                  (SELECT count(*) FROM pact_attendance_received),
                  (SELECT count(*) FROM pact_touched)"""
    )
    return env.cr.fetchone()


def _nothing_written(env, before):
    if _written(env) != before:
        raise SystemExit("The same file again wrote something.")
