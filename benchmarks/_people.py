"""Students and where they were: most all the time at one school, some come, move, go.

Half of the schools send one open enrollment, the others one a school year, as the
information systems do.
"""

import _calendar

FIRST_NAMES = (
    "Ada Ben Cleo Dan Eva Finn Gia Hugo Ida Jon Kira Leo Mia Noel Ora Paul Quinn Rosa "
    "Sam Tara Uma Vito Wren Xenia Yara Zeno"
).split()
LAST_NAMES = (
    "Alder Birch Cedar Dogwood Elm Fir Gale Hazel Ivy Juniper Kelp Laurel Maple Nutmeg "
    "Oak Pine Quince Rowan Spruce Teak Umber Vale Willow Yew"
).split()

# One row a student. A propensity to be absent that is skewed: most miss little, few
# much; and how much of it nobody excuses, which differs, too.
LIFE = """
CREATE TABLE bench_life AS
SELECT y.*, y.left_on AS leave,
       CASE WHEN y.r_move < 0.18 AND y.moved > y.start
             AND y.moved < COALESCE(y.left_on, 'infinity') THEN y.moved END AS move
  FROM (
    SELECT n.*, CASE WHEN r_start < 0.83 THEN date '2023-08-01'
                     WHEN r_start < 0.90 THEN date '2024-08-01'
                     WHEN r_start < 0.97 THEN date '2025-08-01'
                     ELSE date '2023-09-01' + (r_day * 880)::int END AS start,
           date '2023-09-15' + (r_move_day * 870)::int AS moved,
           CASE WHEN r_gone < 0.02 THEN date '2025-09-01' + (r_day * 155)::int
                WHEN r_gone < 0.03 THEN date '2024-06-30' END::date AS left_on
      FROM (
        SELECT n AS number, random() AS r_start, random() AS r_day, random() AS r_move,
               random() AS r_move_day, random() AS r_gone,
               1 + floor(random() * {schools})::int AS other,
               power(random(), 3) * 0.25 AS rate,
               power(random(), 2) * 0.55 AS unexcused
          FROM generate_series(1, %(students)s) n OFFSET 0) n) y"""


def make(env, students, schools, sizes):
    """Fill students, identifiers, enrollments; `bench_life` stays for the events."""
    cr = env.cr
    source = env["pact.source"].create({"name": "Example system", "code": "bench"})
    cr.execute(
        """CREATE TABLE bench_school AS
           SELECT s.place::int, s.id, s.size,
                  (sum(s.size) OVER (ORDER BY s.place) - s.size)::int AS before,
                  p.level
             FROM unnest(%s::int[], %s::int[]) WITH ORDINALITY s (id, size, place)
             JOIN pact_school p ON p.id = s.id""",
        [schools.ids, sizes],
    )
    cr.execute(LIFE.format(schools=len(schools)), {"students": students})
    cr.execute("CREATE UNIQUE INDEX ON bench_life (number)")
    cr.execute(
        """CREATE TABLE bench_home AS
           SELECT n AS number, s.id AS school_id, s.level
             FROM bench_school s
            CROSS JOIN generate_series(s.before + 1, s.before + s.size) n"""
    )
    cr.execute("ANALYZE bench_life, bench_home, bench_school")
    _students(cr, source)
    cr.execute("ANALYZE pact_student")
    _enrollments(cr, source)
    cr.execute("ANALYZE pact_enrollment")


def _students(cr, source):
    cr.execute(
        """INSERT INTO pact_student (id, first_name, last_name, name, birth_date, grade,
                  active, create_uid, create_date, write_uid, write_date)
           SELECT n.number, n.first, n.last, n.first || ' ' || n.last,
                  make_date(2025 - 6 - n.years, 9, 1) + n.number %% 365,
                  CASE n.years WHEN 0 THEN 'KG' ELSE lpad(n.years::text, 2, '0') END,
                  true, 1, now(), 1, now()
             FROM (
               SELECT h.number,
                      (%(first)s::text[])[1 + h.number * 7 %% %(firsts)s] AS first,
                      (%(last)s::text[])[1 + h.number %% %(lasts)s] || ' '
                      || (%(last)s::text[])[1 + h.number / 11 %% %(lasts)s] AS last,
                      CASE h.level WHEN 'elementary' THEN h.number %% 6
                                   WHEN 'middle' THEN 6 + h.number %% 3
                                   ELSE 9 + h.number %% 4 END AS years
                 FROM bench_home h) n
            ORDER BY n.number""",
        {
            "first": FIRST_NAMES,
            "firsts": len(FIRST_NAMES),
            "last": LAST_NAMES,
            "lasts": len(LAST_NAMES),
        },
    )
    cr.execute(
        """SELECT setval(pg_get_serial_sequence('pact_student', 'id'), max(id))
             FROM pact_student"""
    )
    cr.execute(
        """INSERT INTO pact_student_identifier (student_id, source_id, value,
                  create_uid, create_date, write_uid, write_date)
           SELECT id, %s, 'S' || lpad(id::text, 8, '0'), 1, now(), 1, now()
             FROM pact_student ORDER BY id""",
        [source.id],
    )


def _enrollments(cr, source):
    """Open ones at even schools; one a school year at odd ones. One student of 500 has
    a second enrollment beside it."""
    cr.execute(
        """INSERT INTO pact_enrollment (student_id, school_id, grade, is_primary,
                  entry_date, exit_date, source_id, create_uid, create_date, write_uid,
                  write_date)
           WITH stays AS (
             SELECT l.number, h.school_id, l.start AS entry,
                    COALESCE(l.move - 1, l.leave) AS leave
               FROM bench_life l JOIN bench_home h USING (number)
             UNION ALL
             SELECT l.number, b.id, l.move, l.leave
               FROM bench_life l JOIN bench_school b ON b.place = l.other
              WHERE l.move IS NOT NULL),
           spans AS (
             SELECT t.number, t.school_id, b.place, t.entry, t.leave
               FROM stays t JOIN bench_school b ON b.id = t.school_id
              WHERE b.place %% 2 = 0
             UNION ALL
             SELECT t.number, t.school_id, b.place,
                    GREATEST(t.entry, make_date(y, 8, 1)),
                    CASE WHEN y = %(last)s THEN t.leave
                         ELSE LEAST(t.leave, make_date(y + 1, 6, 30)) END
               FROM stays t JOIN bench_school b ON b.id = t.school_id
              CROSS JOIN unnest(%(years)s::int[]) y
              WHERE b.place %% 2 = 1)
           SELECT n.number, n.school_id, s.grade, n.is_primary, n.entry, n.leave,
                  %(source)s, 1, now(), 1, now()
             FROM (
               SELECT number, school_id, entry, leave, true AS is_primary FROM spans
                WHERE leave IS NULL OR leave >= entry
               UNION ALL
               SELECT l.number, b.id, date '2025-09-15', NULL, false
                 FROM bench_life l JOIN bench_home h USING (number)
                 JOIN bench_school b ON b.place = l.other AND b.id <> h.school_id
                WHERE l.number %% 500 = 0 AND l.move IS NULL AND l.leave IS NULL) n
             JOIN pact_student s ON s.id = n.number
            ORDER BY n.entry, n.number
               ON CONFLICT DO NOTHING""",
        {
            "years": list(_calendar.FIRST_YEARS),
            "last": _calendar.FIRST_YEARS[-1],
            "source": source.id,
        },
    )
