"""A district of any size, made by the database itself: no ORM, a few statements.

Two school years of 178 days, ten schools a thousand students each, and about 11
exceptions a student and year.
"""

from datetime import date, timedelta

TODAY = date(2026, 3, 3)
PER_SCHOOL = 1000


def make(env, students: int) -> None:
    """Fill the database with `students` students and their attendance."""
    env["ir.config_parameter"].set_param("pact_truancy.pinned_day", TODAY.isoformat())
    office = env["pact.office"].create({"name": "Benchmark office"})
    county = env["pact.county"].create(
        {
            "name": "Benchmark County",
            "state_id": env.ref("base.state_us_14").id,
            "default_office_id": office.id,
        }
    )
    district = env["pact.district"].create(
        {"name": "Benchmark district", "county_id": county.id, "excused_day_cap": 10}
    )
    env["pact.school.year"].create(
        [
            {
                "name": f"{y}-{y + 1}",
                "date_start": f"{y}-07-01",
                "date_end": f"{y + 1}-06-30",
            }
            for y in (2024, 2025)
        ]
    )
    calendar = env["pact.school.calendar"].create({"name": "Benchmark calendar"})
    days = []
    for year in (2024, 2025):
        day = date(year, 9, 1)
        while day <= date(year + 1, 5, 12):
            if day.weekday() < 5:
                days.append({"calendar_id": calendar.id, "date": day})
            day += timedelta(days=1)
    env["pact.school.day"].create(days)
    schools = env["pact.school"].create(
        [
            {
                "name": f"School {number}",
                "district_id": district.id,
                "calendar_id": calendar.id,
            }
            for number in range(max(1, students // PER_SCHOOL))
        ]
    )
    source = env["pact.source"].create({"name": "Benchmark", "code": "bench"})
    env["pact.attendance.received"]._mark(schools, date(2024, 9, 1), TODAY, source)
    env.flush_all()
    cr = env.cr
    cr.execute("SELECT setseed(0.42)")
    cr.execute(
        """INSERT INTO pact_student (first_name, last_name, name, birth_date, active)
           SELECT 'Student', 'No. ' || n, 'Student No. ' || n,
                  date '2010-01-01' + (n %% 3000), true
             FROM generate_series(1, %s) n""",
        [students],
    )
    cr.execute(
        """INSERT INTO pact_enrollment (student_id, school_id, grade, is_primary,
                  entry_date)
           SELECT s.id, (%s::int[])[1 + s.id %% %s], '05', true, '2024-09-02'
             FROM pact_student s""",
        [schools.ids, len(schools)],
    )
    # a student's propensity is skewed: most miss little, few miss much
    cr.execute(
        """INSERT INTO pact_attendance_event (student_id, school_id, date, code_id,
                  category, flags, portion, source_id, source_key, source_code_id,
                  source_portion, is_withdrawn, is_counted, is_documented)
           SELECT s.id, e.school_id, d.date, c.id, n.number, c.is_absent::int,
                  c.portion, %s, '', c.id, c.portion, false, true, false
             FROM (SELECT id, power(random(), 4) * 0.3 AS rate FROM pact_student) s
             JOIN pact_enrollment e ON e.student_id = s.id
             JOIN pact_school_day d ON d.calendar_id = %s AND d.date <= %s
              AND random() < s.rate
             JOIN LATERAL (
                SELECT (ARRAY['EXE', 'EXE', 'UNX', 'UNV', 'MED', 'TDY'])
                       [1 + floor(random() * 6 + s.id * 0)::int] AS code
                  FROM (SELECT d.id) x) k ON true
             JOIN pact_attendance_code c ON c.code = k.code AND c.district_id IS NULL
             JOIN {} n ON n.code = c.category""".format(
            env["pact.attendance.event"]._category_values()
        ),
        [source.id, calendar.id, TODAY],
    )
    env.invalidate_all()
    env["pact.student"]._refresh_current(TODAY)
    env["pact.program"].search([]).office_ids = office
    cr.commit()
    cr._cnx.autocommit = True
    cr.execute("VACUUM ANALYZE")
    cr._cnx.autocommit = False
