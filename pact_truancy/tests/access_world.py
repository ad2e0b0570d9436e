"""The records that the access matrix is tried on: one world for each school."""

import base64
from datetime import date, timedelta

from odoo.fields import Command
from odoo.tools import config

from . import access_world_casework as casework
from .common import TODAY

FREE_DAY = date(2026, 3, 7)  # a Saturday


class World:
    """One record of each model at `school`; see `RECORDS`, `NEW` and `CHANGES`."""

    def __init__(self, case, school, number):
        self.env = case.env
        self.school = school
        self.number = number
        self.records, self.values = {}, {}
        self.source = case.source
        self.year = case.years[1]
        self.codes = case.codes
        self.office = case.office
        self.county = case.county
        self.program = case.env.ref("pact_truancy.program_r21")
        self._make_school(case)
        self._make_people(case)
        self.event = case.make_events(self.student, case.school_days(9))[0]
        case.make_events(self.second, case.school_days(9))
        self.note = self.make("pact.attendance.note", NEW["pact.attendance.note"](self))

    def _make_school(self, case):
        self.calendar = case.make_calendar(f"Calendar {self.number}", ((2025, 2026),))
        self.school.calendar_id = self.calendar
        self.homeroom = self.make(
            "pact.homeroom",
            {"name": "8A", "school_id": self.school.id, "year_id": self.year.id},
        )
        self.rollup = self.make(
            "pact.attendance.rollup", {"school_id": self.school.id, "kind": "exact"}
        )
        self.received = self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id)], limit=1
        )

    def _make_people(self, case):
        self.student = case.make_student(first=f"Kid{self.number}", school=self.school)
        self.second = case.make_student(first=f"Sib{self.number}", school=self.school)
        (self.student | self.second).enrollment_ids.homeroom_id = self.homeroom
        self.link = case.make_guardian(self.student, first=f"Mom{self.number}")
        self.second_link = case.make_guardian(self.second, first=f"Dad{self.number}")
        self.identifier = self.make(
            "pact.student.identifier",
            {
                "student_id": self.student.id,
                "source_id": self.source.id,
                "value": f"S{self.number}",
            },
        )
        self.guardian_identifier = self.make(
            "pact.guardian.identifier",
            {
                "guardian_id": self.link.guardian_id.id,
                "source_id": self.source.id,
                "value": f"G{self.number}",
            },
        )

    def make_import(self, maker):
        """An import that `maker`, a colleague at the school, made and has read."""
        self.job = self.env["pact.import.job"].with_user(maker).create(_job(self))
        self.job.action_read()
        rows = [{"job_id": self.job.id, "operation": "rejected", "label": "Kid row"}]
        self.row = self.make("pact.import.row", rows)

    def find_cases(self):
        """After the screening of all worlds: an open flag, a case with its letter."""
        flags = self.env["pact.flag"]
        self.flag = flags.search([("student_id", "=", self.student.id)])
        other = flags.search([("student_id", "=", self.second.id)])
        other.action_confirm()
        self.case = other.case_id
        self.letter = self.case.letter_ids[:1]
        self.delivery = self.letter.delivery_ids.filtered("guardian_id")[:1]
        # kept: made once, before anybody tries anything
        self.records.update({model: self[model] for model in MADE})

    def summary(self):
        """The kept numbers of the student."""
        kept = self.env["pact.student.summary"]
        kept._refresh(self.env["pact.clock"]._today(), self.student)
        return kept.search([("student_id", "=", self.student.id)])

    def make(self, model, values):
        return self.env[model].create(values)

    def __getitem__(self, model):
        """Return the record of `model`."""
        if model not in self.records:
            self.records[model] = RECORDS[model](self)
        return self.records[model]

    def new(self, model):
        """Return values of a new record of `model`."""
        if model not in self.values:
            make = NEW.get(model, lambda w: w[model].copy_data()[0])
            self.values[model] = make(self)
        return self.values[model]


def _job(w):
    return {
        "kind": "attendance",
        "source_id": w.source.id,
        "school_ids": [Command.set(w.school.ids)],
        "file_name": "absences.csv",
        "file": base64.b64encode(b"Student,Date,Code\nS0,2026-03-02,UNX\n"),
    }


# model -> the record of a world
RECORDS = {
    "pact.student": lambda w: w.student,
    "pact.student.identifier": lambda w: w.identifier,
    "pact.enrollment": lambda w: w.student.enrollment_ids,
    "pact.guardian": lambda w: w.link.guardian_id,
    "pact.guardian.identifier": lambda w: w.guardian_identifier,
    "pact.student.guardian": lambda w: w.link,
    "pact.attendance.event": lambda w: w.event,
    "pact.attendance.change": lambda w: w.event.change_ids[:1],
    "pact.attendance.received": lambda w: w.received,
    "pact.attendance.note": lambda w: w.note,
    "pact.snapshot": lambda w: w.case.step_history_ids[:1].snapshot_id,
    "pact.student.summary": lambda w: w.summary(),
    "pact.summary.run": lambda w: w.make(
        "pact.summary.run", {"day": "2020-01-01", "kind": "repair"}
    ),
    "pact.flag": lambda w: w.flag,
    "pact.case": lambda w: w.case,
    "pact.case.step": lambda w: w.case.step_history_ids[:1],
    "pact.letter": lambda w: w.letter,
    "pact.letter.delivery": lambda w: w.delivery,
    "pact.homeroom": lambda w: w.homeroom,
    "pact.school": lambda w: w.school,
    "pact.school.calendar": lambda w: w.calendar,
    "pact.school.day": lambda w: w.calendar.day_ids[-1:],
    "pact.district": lambda w: w.school.district_id,
    "pact.county": lambda w: w.county,
    "pact.office": lambda w: w.office,
    "pact.office.service": lambda w: w.env["pact.office.service"].search([], limit=1),
    "pact.source": lambda w: w.source,
    "pact.school.year": lambda w: w.year,
    "pact.attendance.code": lambda w: w.codes["UNX"],
    "pact.attendance.rollup": lambda w: w.rollup,
    "pact.program": lambda w: w.program,
    "pact.program.step": lambda w: w.program.step_ids[:1],
    "pact.program.criterion": lambda w: w.program.step_ids.criterion_ids[:1],
    "pact.screening": lambda w: w.env["pact.screening"].search([], limit=1),
    "pact.letter.kind": lambda w: w.env["pact.letter.kind"].search([], limit=1),
    "pact.letter.text": lambda w: w.env["pact.letter.text"].search([], limit=1),
    "pact.import.field": lambda w: w.env["pact.import.field"].search([], limit=1),
    "pact.import.profile": lambda w: w.env["pact.import.profile"].search([], limit=1),
    "pact.import.job": lambda w: w.job.with_env(w.env),
    "pact.import.row": lambda w: w.row,
    "pact.import.day": lambda w: w.make(
        "pact.import.day",
        {
            "profile_id": w["pact.import.profile"].id,
            "date": TODAY - timedelta(days=w.number),
            "state": "ok",
        },
    ),
    "pact.guardian.address": lambda w: _kept_address(w),
    "pact.guardian.look": lambda w: w.make(
        "pact.guardian.look", {"guardian_id": w.link.guardian_id.id}
    ),
    "pact.import.said": lambda w: w.make(
        "pact.import.said",
        {
            "source_id": w.source.id,
            "res_model": "pact.student",
            "res_id": w.student.id,
            "content": {"preferred_name": "Kit"},
        },
    ),
    "pact.import.conflict": lambda w: w.make(
        "pact.import.conflict",
        {
            "source_id": w.source.id,
            "student_id": w.student.id,
            "school_id": w.school.id,
            "res_model": "pact.student",
            "res_id": w.student.id,
            "field": "preferred_name",
            "label": "Preferred Name",
        },
    ),
    "pact.student.duplicate": lambda w: w.make(
        "pact.student.duplicate",
        {
            "student_id": w.student.id,
            "other_id": w.second.id,
            "kind": "perhaps",
        },
    ),
    "pact.student.merge": lambda w: w.make(
        "pact.student.merge",
        {
            "student_id": w.student.id,
            "merged_id": w.second.id,
            "content": {"moved": {}},
        },
    ),
    # to the own district: an actor of the matrix has one school
    "pact.student.transfer": lambda w: w.make(
        "pact.student.transfer",
        {
            "student_id": w.student.id,
            "source_id": w.source.id,
            "value": f"T{w.number}",
            "kind": "name",
            "to_district_id": w.school.district_id.id,
            "to_school_id": w.school.id,
            "entry_date": TODAY,
        },
    ),
    "pact.import.column": lambda w: w.job.with_env(w.env).column_ids[:1],
    "pact.import.code": lambda w: w.job.with_env(w.env).code_ids[:1],
    "pact.assignment": lambda w: w.env["pact.assignment"].search(
        [("school_id", "=", w.school.id)], limit=1
    ),
    "pact.access": lambda w: w.env["pact.access"].search(
        [("school_id", "=", w.school.id)], limit=1
    ),
}


def _kept_address(w):
    addresses = w.env["pact.guardian.address"]
    addresses._keep({w.link.guardian_id.id: "1 Hidden Lane"})
    return addresses.search([("guardian_id", "=", w.link.guardian_id.id)])


def _letter_text(w):
    # before all others, so that no two are in force on a day
    ended = {"date_from": False, "date_to": date(1899, 12, 31)}
    return {**w["pact.letter.text"].copy_data()[0], **ended}


RECORDS |= casework.RECORDS
MADE = (
    *casework.MADE,
    "pact.guardian.address",
    "pact.guardian.look",
    "pact.import.day",
    "pact.import.said",
    "pact.import.conflict",
    "pact.student.duplicate",
    "pact.student.merge",
    "pact.student.transfer",
    "pact.student.summary",
    "pact.summary.run",
)


# model -> values of a new record of a world; a model without is created by nobody
NEW = {
    "pact.student": lambda w: {
        "first_name": "New",
        "last_name": "Rivera",
        "enrollment_ids": [
            Command.create({"school_id": w.school.id, "entry_date": TODAY})
        ],
    },
    "pact.student.identifier": lambda w: {
        "student_id": w.student.id,
        "source_id": w.source.id,
        "value": f"N{w.number}",
    },
    "pact.enrollment": lambda w: {
        "student_id": w.student.id,
        "school_id": w.school.id,
        "entry_date": TODAY,
    },
    "pact.guardian": lambda w: {"first_name": "New", "last_name": "Rivera"},
    "pact.guardian.identifier": lambda w: {
        "guardian_id": w.link.guardian_id.id,
        "source_id": w.source.id,
        "value": f"N{w.number}",
    },
    "pact.student.guardian": lambda w: {
        "student_id": w.student.id,
        "guardian_id": w.second_link.guardian_id.id,
    },
    "pact.attendance.event": lambda w: {
        "student_id": w.student.id,
        "school_id": w.school.id,
        "date": TODAY - timedelta(days=60),
        "code_id": w.codes["UNX"].id,
    },
    "pact.attendance.note": lambda w: {
        "student_id": w.student.id,
        "school_id": w.school.id,
        "kind": "parent",
        "date_from": TODAY,
        "code_id": w.codes["EXE"].id,
        "reason": "changed",
    },
    "pact.attendance.rollup.again": lambda w: {"rollup_id": w.rollup.id},
    "pact.attendance.note.void": lambda w: {
        "note_ids": [Command.set(w.note.ids)],
        "reason": "Known",
    },
    "pact.attendance.received": lambda w: {
        "school_id": w.school.id,
        "date": FREE_DAY,
    },
    "pact.homeroom": lambda w: {
        "name": "New",
        "school_id": w.school.id,
        "year_id": w.year.id,
    },
    "pact.school.day": lambda w: {"calendar_id": w.calendar.id, "date": FREE_DAY},
    "pact.school": lambda w: {"name": "New", "district_id": w.school.district_id.id},
    "pact.school.calendar": lambda w: {"name": "New"},
    "pact.district": lambda w: {"name": "New", "county_id": w.county.id},
    "pact.county": lambda w: {"name": "New", "state_id": w.county.state_id.id},
    "pact.office": lambda w: {"name": "New", "tz": "America/Chicago"},
    "pact.office.service": lambda w: {
        "office_id": w.office.id,
        "school_id": w.school.id,
    },
    "pact.source": lambda w: {"name": "New", "code": "new"},
    "pact.school.year": lambda w: {
        "name": "2030-2031",
        "date_start": "2030-07-01",
        "date_end": "2031-06-30",
    },
    "pact.attendance.code": lambda w: {
        "code": "NEW",
        "name": "New",
        "category": "excused",
    },
    "pact.attendance.rollup": lambda w: {"district_id": w.school.district_id.id},
    "pact.program": lambda w: {"name": "New", "code": "NEW"},
    "pact.program.step": lambda w: {
        "name": "New",
        "code": "new",
        "program_id": w.program.id,
    },
    "pact.program.criterion": lambda w: {
        k: v
        for k, v in w["pact.program.criterion"].copy_data()[0].items()
        if k != "program_id"
    },
    "pact.letter.kind": lambda w: (
        w["pact.letter.kind"].copy_data()[0] | {"name": "New", "code": "NEW"}
    ),
    "pact.letter.text": _letter_text,
    "pact.import.profile": lambda w: {"name": "New", "source_id": w.source.id},
    "pact.import.row": lambda w: {"job_id": w.job.id, "operation": "new"},
    "pact.import.column": lambda w: {"job_id": w.job.id, "header": "New"},
    "pact.import.code": lambda w: {"job_id": w.job.id, "value": "New"},
    "pact.assignment": lambda w: {
        "user_id": w.env.ref("base.user_admin").id,
        "role": "auditor",
        "school_id": w.school.id,
    },
    "pact.school.calendar.wizard": lambda w: {
        "calendar_id": w.calendar.id,
        "year_id": w.year.id,
        "date_first": w.calendar.day_ids[0].date,
        "date_last": w.calendar.day_ids[-2].date,
    },
    "pact.school.day.wizard": lambda w: {
        "calendar_ids": [Command.set(w.calendar.ids)],
        "date_from": w.calendar.day_ids[-1:].date,
    },
    "pact.school.calendar.wizard.holiday": lambda w: {
        "date_from": TODAY,
        "date_to": TODAY,
        "wizard_id": w.make(
            "pact.school.calendar.wizard", NEW["pact.school.calendar.wizard"](w)
        ).id,
    },
    "pact.correction.list": lambda w: {"source_id": w.source.id},
    "pact.import.override": lambda w: {"job_id": w.job.id, "reason": "Known"},
    "pact.import.dismiss": lambda w: {
        "row_ids": [Command.set(w.row.ids)],
        "reason": "Known",
    },
    "pact.guardian.address": lambda w: {
        "guardian_id": w.second_link.guardian_id.id,
        "address": "2 Hidden Lane",
    },
    "pact.flag.decide": lambda w: {
        "flag_ids": [Command.set(w.flag.ids)],
        "decision": "dismiss",
        "reason": "Known",
    },
    "pact.case.close": lambda w: {
        "case_ids": [Command.set(w.case.ids)],
        "outcome": "improved",
    },
    "pact.letter.decision": lambda w: {
        "letter_ids": [Command.set(w.letter.ids)],
        "decision": "cancel",
        "reason": "Known",
    },
}

NEW |= casework.NEW

# model -> what is written on its record; a model without is written by nobody
CHANGES = {
    **casework.CHANGES,
    "pact.student": {"preferred_name": "Kit"},
    "pact.student.identifier": {"value": "changed"},
    "pact.enrollment": {"entry_reason": "changed"},
    "pact.guardian": {"phone": "555-0199"},
    "pact.guardian.identifier": {"value": "changed"},
    "pact.student.guardian": {"contact_order": 3},
    "pact.student.transfer": {"entry_date": "2026-03-02"},
    "pact.attendance.event": {"reason": "changed"},
    "pact.attendance.note": {"reason": "changed"},
    "pact.case": {"manager_id": False},
    "pact.flag": {"message_follower_ids": []},
    "pact.letter": {"signer_name": "Changed"},
    "pact.homeroom": {"name": "Changed"},
    "pact.school": {"phone": "555-0199"},
    "pact.school.calendar": {"name": "Changed"},
    "pact.school.day": {"note": "Changed"},
    "pact.district": {"name": "Changed"},
    "pact.county": {"court_name": "Changed"},
    "pact.office": {"phone": "555-0199"},
    "pact.office.service": {"date_from": "2025-01-01"},
    "pact.source": {"name": "Changed"},
    "pact.school.year": {"name": "Changed"},
    "pact.attendance.code": {"name": "Changed"},
    "pact.attendance.rollup": {"periods": 7},
    "pact.program": {"name": "Changed"},
    "pact.program.step": {"name": "Changed"},
    "pact.program.criterion": {"threshold": 6},
    "pact.program.requirement": {"count": 8},
    "pact.letter.kind": {"name": "Changed"},
    "pact.letter.text": {"subject": "Changed"},
    "pact.assignment": {"date_to": "2030-01-01"},
    "pact.import.field": {"name": "Changed"},
    "pact.import.profile": {"name": "Changed"},
}
# what nobody writes is tried with this
ANY_CHANGE = {
    "pact.shipped.note": {"name": "changed"},
    "pact.attendance.change": {"reason": "changed"},
    "pact.snapshot": {"day": "2020-01-01"},
    "pact.student.summary": {"absent": 1},
    "pact.summary.run": {"changed": 1},
    "pact.guardian.address": {"address": "changed"},
    "pact.guardian.look": {"guardian_id": False},
    "pact.import.said": {"content": {}},
    "pact.import.day": {"state": "late"},
    "pact.import.conflict": {"ours": "changed"},
    "pact.student.duplicate": {"kind": "same"},
    "pact.student.merge": {"content": {}},
    "pact.case.step": {"reason": "changed"},
    "pact.letter.delivery": {"note": "changed"},
    "pact.attendance.received": {"date": "2020-01-01"},
    "pact.screening": {"new_count": 1},
    "pact.access": {"role": "coordinator"},
    "pact.import.job": {"file_name": "changed.csv"},
    "pact.import.row": {"label": "changed"},
    "pact.import.column": {"header": "changed"},
    "pact.import.code": {"value": "changed"},
}


def _wizard(model):
    """The wizard of a world, made by whoever calls: so it belongs to them."""
    return lambda w, env: env[model].create(w.new(model))


def _own(model):
    return lambda w, env: w[model].with_env(env)


def _two_students(w, env):
    return (w.student | w.second).with_env(env)


def _guardian(w, env):
    return w["pact.guardian"].with_env(env)


def _watched(w, env):
    """A profile, on a server that has a folder for files."""
    config["pact_import_folder"] = "/nowhere"
    return w["pact.import.profile"].with_env(env)


def _import(w, env):
    job = env["pact.import.job"].create(_job(w))
    return job.with_context(operation="new")


def _final_letter(w, env):
    letter = w["pact.letter"]
    letter._gated().write({"state": "to_sign"})
    letter.flush_recordset()
    return letter.with_env(env)


# 'model.method' -> (record of a world in the caller's environment, arguments)
CALLS = {
    **{f"{m}.{name}": (_own(m), args) for m, name, args in casework.CALLS},
    **{f"{m}.{name}": (_wizard(m), ()) for m, name in casework.WIZARDS},
    **casework.ASIDE,
    "pact.student.explain": (_own("pact.student"), ("unexcused", "year")),
    "pact.attendance.event.action_withdraw": (_own("pact.attendance.event"), ()),
    "pact.guardian.action_show_address": (_guardian, ()),
    "pact.student.action_compare": (_two_students, ()),
    **{
        f"pact.import.conflict.{name}": (_own("pact.import.conflict"), ())
        for name in ("action_take", "action_keep")
    },
    **{
        f"pact.student.duplicate.{name}": (_own("pact.student.duplicate"), ())
        for name in ("action_keep_first", "action_keep_second", "action_dismiss")
    },
    **{
        f"pact.student.transfer.{name}": (_own("pact.student.transfer"), ())
        for name in ("action_confirm", "action_dismiss")
    },
    "pact.import.dismiss.action_dismiss": (_wizard("pact.import.dismiss"), ()),
    "pact.import.override.action_apply": (_wizard("pact.import.override"), ()),
    "pact.correction.list.action_download": (_wizard("pact.correction.list"), ()),
    "pact.attendance.note.action_apply": (_own("pact.attendance.note"), ()),
    "pact.attendance.note.action_void": (_own("pact.attendance.note"), ("Known",)),
    "pact.attendance.note.void.action_void": (_wizard("pact.attendance.note.void"), ()),
    "pact.attendance.rollup.again.action_run": (
        _wizard("pact.attendance.rollup.again"),
        (),
    ),
    "pact.attendance.rollup.action_ask_again": (_own("pact.attendance.rollup"), ()),
    "pact.attendance.note.action_ask_void": (_own("pact.attendance.note"), ()),
    "pact.flag.explain": (_own("pact.flag"), ()),
    "pact.flag.action_confirm": (_own("pact.flag"), ()),
    "pact.flag.action_dismiss": (_own("pact.flag"), ("Known",)),
    "pact.flag.action_snooze": (_own("pact.flag"), ("2026-04-01",)),
    "pact.flag.action_screen": (_own("pact.flag"), ()),
    "pact.case.action_advance": (_own("pact.case"), ()),
    "pact.case.action_accept": (casework.offered_case, ()),
    "pact.case.action_place_on_caseload": (casework.caseload_case, ("known",)),
    "pact.case.action_close": (_own("pact.case"), ("improved",)),
    "pact.program.action_screen": (_own("pact.program"), ()),
    "pact.program.preview": (_own("pact.program"), ()),
    "pact.summary.run.action_repair": (_own("pact.summary.run"), ()),
    "pact.letter.action_update": (_own("pact.letter"), ()),
    "pact.letter.action_reset": (_final_letter, ()),
    "pact.letter.action_end_effect": (casework.sent_letter, ()),
    "pact.letter.action_print": (_own("pact.letter"), ()),
    "pact.letter.delivery.action_print": (_own("pact.letter.delivery"), ()),
    "pact.school.calendar.wizard.action_apply": (
        _wizard("pact.school.calendar.wizard"),
        (),
    ),
    "pact.school.day.wizard.action_apply": (_wizard("pact.school.day.wizard"), ()),
    "pact.flag.decide.action_decide": (_wizard("pact.flag.decide"), ()),
    "pact.case.close.action_close": (_wizard("pact.case.close"), ()),
    "pact.letter.decision.action_apply": (_wizard("pact.letter.decision"), ()),
    **{
        f"pact.import.job.{name}": (_import, ())
        for name in (
            "action_next",
            "action_read",
            "action_back",
            "action_preview",
            "action_apply",
            "action_start_apply",
            "action_leave_queue",
            "action_undo",
            "action_ask_override",
            "action_open_rows",
            "action_download_rejected",
        )
    },
    "pact.import.profile.action_new_key": (_own("pact.import.profile"), ()),
    "pact.import.profile.action_fetch": (_watched, ()),
    "pact.case.action_ask_close": (_own("pact.case"), ()),
    "pact.case.action_board": (_own("pact.case"), ()),
    "pact.case.action_open_letters": (_own("pact.case"), ()),
    "pact.flag.action_ask_dismiss": (_own("pact.flag"), ()),
    "pact.flag.action_ask_snooze": (_own("pact.flag"), ()),
    "pact.letter.action_preview": (_own("pact.letter"), ()),
    "pact.program.action_open_flags": (_own("pact.program"), ()),
    "pact.program.action_preview": (_own("pact.program"), ()),
    "pact.school.calendar.action_open_days": (_own("pact.school.calendar"), ()),
}
