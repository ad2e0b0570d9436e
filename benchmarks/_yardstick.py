"""The bare aggregate over the same rows: what every statement is compared with."""

INDEX_SCANS = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")
WHOLE_TABLE = ("enable_seqscan", "enable_hashagg")
SERIAL = "max_parallel_workers_per_gather"

QUERY = """
    SELECT count(*), sum(total), sum(f1), sum(f2), sum(f3), sum(f4), sum(f5) FROM (
        SELECT student_id, sum(portion) AS total,
               sum(portion) FILTER (WHERE category = 1) AS f1,
               sum(portion) FILTER (WHERE category = 2) AS f2,
               sum(portion) FILTER (WHERE category = 3) AS f3,
               sum(portion) FILTER (WHERE category = 4) AS f4,
               sum(portion) FILTER (WHERE category = 5) AS f5
          FROM pact_attendance_event WHERE is_counted GROUP BY student_id) t"""


def yardstick(env, work_mem="4MB", ordered=False):
    """Return what runs it. Left alone the planner takes the covering index in its
    order; the one that performance.md measured reads the table and hashes."""
    chosen = {
        "jit": "off",
        "work_mem": work_mem,
        SERIAL: "0",
        **dict.fromkeys(INDEX_SCANS, "on" if ordered else "off"),
        **dict.fromkeys(WHOLE_TABLE, "off" if ordered else "on"),
    }

    def run():
        for name, value in chosen.items():
            env.cr.execute("SELECT set_config(%s, %s, true)", [name, value])
        env.cr.execute(QUERY)
        env.cr.fetchall()
        for name in (*INDEX_SCANS, *WHOLE_TABLE, "work_mem", SERIAL):
            env.cr.execute(f"SET LOCAL {name} TO DEFAULT")

    return run
