import time
from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import TODAY, TruancyCommon

CLOSED = date(2026, 3, 2)


@tagged("post_install", "-at_install")
class TestCalendarWizard(TruancyCommon):
    def make_wizard(self, calendar=None, year=None, **values):
        return self.env["pact.school.calendar.wizard"].create(
            {
                "calendar_id": calendar and calendar.id,
                "calendar_name": "New calendar",
                "year_id": (year or self.years[1]).id,
                "date_first": "2025-09-01",
                "date_last": "2026-06-05",
                **values,
            }
        )

    def apply(self, *args, **values):
        action = self.make_wizard(*args, **values).action_apply()
        return self.env[action["res_model"]].browse(action["res_id"])

    def indexes(self, calendar):
        days = self.env["pact.school.day"].search(
            [("calendar_id", "=", calendar.id), ("is_school_day", "=", True)],
            order="date",
        )
        return days.mapped("day_index")

    def state(self, calendar):
        days = self.env["pact.school.day"].search([("calendar_id", "=", calendar.id)])
        return {(day.id, day.date, day.kind, day.note, day.day_index) for day in days}

    def test_numbers_run_over_two_years(self):
        """R21-02: the school days of two years are numbered 1 to n in one row."""
        calendar = self.apply(
            year=self.years[0], date_first="2024-09-02", date_last="2025-06-06"
        )
        self.apply(calendar)
        numbers = self.indexes(calendar)
        self.assertEqual(numbers, list(range(1, 401)))

    def test_first_last_and_weekdays(self):
        wizard = self.make_wizard(
            date_first="2026-03-02",
            date_last="2026-03-08",
            friday=False,
            saturday=True,
            holiday_ids=[
                Command.create(
                    {
                        "date_from": "2026-03-04",
                        "date_to": "2026-03-05",
                        "name": "Break",
                    }
                )
            ],
        )
        self.assertEqual(wizard.school_day_count, 3)
        calendar = self.env["pact.school.calendar"].browse(
            wizard.action_apply()["res_id"]
        )
        days = calendar.day_ids.sorted("date")
        self.assertEqual(
            [(day.date.day, day.kind, day.note) for day in days],
            [
                (2, "instruction", False),
                (3, "instruction", False),
                (4, "holiday", "Break"),
                (5, "holiday", "Break"),
                (7, "instruction", False),
            ],
        )

    def test_same_again_changes_nothing(self):
        holidays = [
            Command.create(
                {"date_from": "2025-11-27", "date_to": "2025-11-28", "name": "Fall"}
            )
        ]
        calendar = self.apply(holiday_ids=holidays)
        before = self.state(calendar)
        again = self.make_wizard(calendar)
        self.assertEqual(len(again.holiday_ids), 1)
        self.assertIn("Nothing changes", again.preview)
        again.action_apply()
        self.assertEqual(self.state(calendar), before)

    def test_opened_again_it_shows_the_year_as_it_stands(self):
        self.make_wizard(
            self.calendar,
            date_first="2025-08-25",
            date_last="2026-05-29",
            holiday_ids=[
                Command.create(
                    {
                        "date_from": "2025-12-22",
                        "date_to": "2026-01-02",
                        "name": "Winter",
                    }
                )
            ],
        ).action_apply()
        before = self.state(self.calendar)
        wizard = Form(
            self.env["pact.school.calendar.wizard"].with_context(
                default_calendar_id=self.calendar.id
            )
        )
        self.assertEqual(str(wizard.date_first), "2025-08-25")
        self.assertEqual(str(wizard.date_last), "2026-05-29")
        self.assertEqual(len(wizard.holiday_ids), 1, "a week-end does not split it")
        self.assertIn("Nothing changes", wizard.preview)
        wizard.save().action_apply()
        self.assertEqual(self.state(self.calendar), before)

    def test_changing_a_year_says_what_changes_and_keeps_snow_days(self):
        snow = self.calendar.day_ids.filtered(lambda day: day.date == CLOSED)
        snow.write({"kind": "weather", "note": "Storm"})
        wizard = self.make_wizard(
            self.calendar,
            date_first="2025-08-26",
            date_last="2026-06-01",
            holiday_ids=[
                Command.create({"date_from": "2026-02-16", "name": "Presidents"})
            ],
        )
        text = wizard.preview
        self.assertIn("Added: Mon Jun 1, 2026", text)
        self.assertIn("Becomes a holiday: Mon Feb 16, 2026", text)
        self.assertIn("Removed from the calendar: Mon Aug 25, 2025", text)
        self.assertIn("Stays as it was changed by hand: Mon Mar 2, 2026", text)
        count = wizard.school_day_count
        wizard.action_apply()
        days = self.calendar.day_ids.filtered(lambda day: day.year_id == self.years[1])
        self.assertEqual(len(days.filtered("is_school_day")), count)
        self.assertEqual(snow.kind, "weather")
        wizard = self.make_wizard(
            self.calendar,
            date_first="2025-08-26",
            date_last="2026-06-01",
            keep_changes=False,
        )
        wizard.action_apply()
        self.assertEqual(snow.kind, "instruction")

    def test_refusals_say_why(self):
        wizard = self.make_wizard(date_first="2026-06-05", date_last="2025-09-01")
        self.assertIn("must come after the first day", wizard.preview)
        with self.assertRaisesRegex(UserError, "must come after the first day"):
            wizard.action_apply()
        with self.assertRaisesRegex(UserError, "must lie in the school year 2025-2026"):
            self.make_wizard(date_last="2026-07-01").action_apply()
        weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
        with self.assertRaisesRegex(UserError, "at least one weekday"):
            self.make_wizard(**dict.fromkeys(weekdays, False)).action_apply()
        with self.assertRaisesRegex(UserError, "ends before it begins"):
            self.make_wizard(
                holiday_ids=[
                    Command.create({"date_from": "2026-01-02", "date_to": "2026-01-01"})
                ]
            ).action_apply()

    def test_pasted_holidays(self):
        form = Form(self.env["pact.school.calendar.wizard"])
        form.holiday_text = (
            "2025-11-27..2025-11-28 Thanksgiving\n2026-01-19 Dr. King\nsometime\n"
        )
        lines = [form.holiday_ids.edit(index) for index in range(2)]
        self.assertEqual(
            [(str(h.date_from), str(h.date_to), h.name) for h in lines],
            [
                ("2025-11-27", "2025-11-28", "Thanksgiving"),
                ("2026-01-19", "2026-01-19", "Dr. King"),
            ],
        )
        self.assertEqual(form.holiday_text, "sometime")

    def test_schools_get_the_calendar(self):
        school = self.make_school("Elm Elementary", self.district, calendar_id=False)
        calendar = self.apply(school_ids=[Command.set(school.ids)])
        self.assertEqual(school.calendar_id, calendar)
        self.assertEqual(calendar.district_id, self.district)

    def test_ten_years_are_fast(self):
        """Closing a day of a calendar of ten years costs a handful of statements."""
        self.env["pact.school.year"].create(
            [
                {
                    "name": f"{year}-{year + 1}",
                    "date_start": f"{year}-07-01",
                    "date_end": f"{year + 1}-06-30",
                }
                for year in range(2026, 2034)
            ]
        )
        started = time.monotonic()
        calendar = None
        for year in self.env["pact.school.year"].search([]):
            calendar = self.apply(
                calendar, year, date_first=year.date_start, date_last=year.date_end
            )
        numbers = self.indexes(calendar)
        self.assertGreater(len(numbers), 2500)
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertLess(time.monotonic() - started, 20)
        day = calendar.day_ids.filtered(lambda day: day.day_index == 1)
        self.env.flush_all()
        with self.assertQueryCount(25):
            day.kind = "weather"
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestCloseDays(TruancyCommon):
    def close(self, **values):
        wizard = self.env["pact.school.day.wizard"].create(
            {
                "calendar_ids": [Command.set(self.calendar.ids)],
                "date_from": CLOSED,
                "note": "Storm",
                **values,
            }
        )
        wizard.action_apply()
        return wizard

    def day(self, calendar=None, day=CLOSED):
        return self.env["pact.school.day"].search(
            [("calendar_id", "=", (calendar or self.calendar).id), ("date", "=", day)]
        )

    def test_closing_renumbers_only_that_calendar(self):
        """R21-02: a snow day moves the days after it down by one, nowhere else."""
        other = self.make_calendar("Other calendar")
        number = self.day().day_index
        after = self.day(day=TODAY)
        other_before = other.day_ids.mapped("day_index")
        self.close()
        self.assertFalse(self.day().day_index)
        self.assertEqual(self.day().note, "Storm")
        self.assertEqual(after.day_index, number)
        self.assertEqual(other.day_ids.mapped("day_index"), other_before)
        self.close(operation="reopen", note=False)
        self.assertEqual(self.day().day_index, number)
        self.assertEqual(after.day_index, number + 1)

    def test_events_stop_counting_and_count_again(self):
        student = self.make_student()
        event = self.make_events(student, [CLOSED])
        self.assertTrue(event.is_counted)
        wizard = self.env["pact.school.day.wizard"].create(
            {"school_ids": [Command.set(self.school.ids)], "date_from": CLOSED}
        )
        self.assertIn("1 recorded absences on these days stop counting", wizard.preview)
        wizard.action_apply()
        self.assertFalse(event.is_counted)
        self.close(operation="reopen")
        self.assertTrue(event.is_counted)

    def test_make_up_day(self):
        saturday = date(2026, 3, 7)
        self.close(operation="make_up", date_from=saturday)
        day = self.day(day=saturday)
        self.assertEqual(day.kind, "make_up")
        self.assertTrue(day.day_index)
        with self.assertRaisesRegex(UserError, "school on that day already"):
            self.close(operation="make_up", date_from=saturday)

    def test_nothing_to_close_is_said(self):
        with self.assertRaisesRegex(UserError, "nothing to close"):
            self.close(date_from=date(2026, 3, 1))
        with self.assertRaisesRegex(UserError, "Choose a calendar or a school"):
            self.close(calendar_ids=[Command.clear()])
