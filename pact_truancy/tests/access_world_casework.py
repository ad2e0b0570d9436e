"""What is done for a student, in the worlds of the access matrix."""

import base64
import io
from datetime import date

from openpyxl import Workbook

from odoo.fields import Command

from odoo.addons.pact_truancy.models.casework.pact_case import GATE

KIND = "pact_truancy.intervention_kind_phone"

RECORDS = {
    # one for all worlds
    "pact.program.requirement": lambda w: (
        w.program.step_ids.requirement_ids[:1]
        or w.make(
            "pact.program.requirement",
            {"step_id": w.program.step_ids[-1].id, "kind": "wait", "count": 7},
        )
    ),
    "pact.shipped.note": lambda w: w.make(
        "pact.shipped.note", {"name": "Step 2", "result": "kept"}
    ),
    "pact.intervention.kind": lambda w: w.env.ref(KIND),
    "pact.intervention": lambda w: w.make(
        "pact.intervention", NEW["pact.intervention"](w)
    ),
    "pact.service.kind": lambda w: w.env.ref("pact_truancy.service_kind_mentoring"),
    "pact.service": lambda w: w.make("pact.service", NEW["pact.service"](w)),
    "pact.student.circumstance.kind": lambda w: w.env.ref(
        "pact_truancy.circumstance_kind_homeless"
    ),
    "pact.student.circumstance": lambda w: w.make(
        "pact.student.circumstance", NEW["pact.student.circumstance"](w)
    ),
    "pact.case.item": lambda w: w.make("pact.case.item", NEW["pact.case.item"](w)),
    "pact.order": lambda w: an_order(w),
    "pact.takeover": lambda w: a_takeover(w),
    "pact.attendance.prior": lambda w: w.make(
        "pact.attendance.prior",
        NEW["pact.attendance.prior"](w) | {"category": "excused"},
    ),
    "pact.takeover.row": lambda w: w["pact.takeover"].row_ids,
    "pact.meeting.kind": lambda w: w.env.ref("pact_truancy.meeting_kind_team"),
    "pact.meeting": lambda w: w.make(
        "pact.meeting",
        NEW["pact.meeting"](w) | {"family_came": "both", "outcome": "Known"},
    ),
    "pact.proceeding": lambda w: w.make("pact.proceeding", NEW["pact.proceeding"](w)),
    "pact.referral": lambda w: w.make(
        "pact.referral", NEW["pact.referral"](w) | {"student_id": w.student.id}
    ),
}
# made once, before anybody tries anything
MADE = (
    "pact.student.circumstance",
    "pact.program.requirement",
    "pact.shipped.note",
    "pact.intervention",
    "pact.service",
    "pact.case.item",
    "pact.order",
    "pact.takeover",
    "pact.attendance.prior",
    "pact.meeting",
    "pact.proceeding",
    "pact.referral",
)
NEW = {
    "pact.intervention.kind": lambda w: {"name": "New", "code": "new"},
    "pact.intervention": lambda w: {
        "student_id": w.student.id,
        "school_id": w.school.id,
        "kind_id": w["pact.intervention.kind"].id,
        "result": "reached",
    },
    "pact.service.kind": lambda w: {"name": "New", "code": "new"},
    "pact.service": lambda w: {
        "student_id": w.student.id,
        "school_id": w.school.id,
        "kind_id": w["pact.service.kind"].id,
    },
    "pact.order": lambda w: {"case_id": ordering(w).id},
    "pact.student.circumstance.kind": lambda w: {"name": "New", "code": "new"},
    "pact.student.circumstance": lambda w: {
        "student_id": w.student.id,
        "school_id": w.school.id,
        "kind_id": w["pact.student.circumstance.kind"].id,
        "source": "Known",
    },
    "pact.case.item": lambda w: {
        "case_id": w.case.id,
        "requirement_id": asking(w).id,
        "text": "Known",
    },
    "pact.meeting.kind": lambda w: {"name": "New", "code": "new"},
    "pact.meeting": lambda w: {
        "case_id": w.case.id,
        "kind_id": w["pact.meeting.kind"].id,
        "start": "2025-01-15 16:00:00",
    },
    "pact.proceeding": lambda w: {"case_id": w.case.id, "against": "student"},
    # of another student: one has one open referral for a step
    "pact.referral": lambda w: {
        "student_id": w.second.id,
        "school_id": w.school.id,
        "program_id": w.program.id,
        "step_id": w.env.ref("pact_truancy.program_r21_step1").id,
    },
    "pact.referral.return": lambda w: {
        "referral_ids": [Command.set(w["pact.referral"].ids)],
        "reason": "Known",
    },
    "pact.case.reason": lambda w: {
        "case_id": w.case.id,
        "decision": "override",
        "reason": "Known",
    },
    # of a student who has no case yet
    "pact.case.early": lambda w: {
        "student_id": w.second.id,
        "program_id": w.program.id,
        "reason": "Known",
    },
    "pact.case.drop": lambda w: {
        "student_id": w.second.id,
        "program_id": dropping(w).id,
        "reason": "Known",
    },
    "pact.letter.start": lambda w: {
        "case_ids": [Command.set(w.case.ids)],
        "kind_id": aside_kind(w).id,
    },
    "pact.attendance.prior": lambda w: {
        "student_id": w.student.id,
        "school_id": w.school.id,
        "year_id": w.year.id,
        "category": "medical",
        "days": 3,
        "date_through": "2025-10-31",
        "withdraw_reason": "Known",
    },
    "pact.takeover": lambda w: {
        "source_id": w.source.id,
        "school_ids": [Command.set(w.school.ids)],
    },
    "pact.case.takeover": lambda w: {
        "student_id": w.student.id,
        "program_id": w.program.id,
        "step_id": w.program._rungs()[:1].id,
        "date": "2026-01-15",
        "reason": "Known",
    },
    "pact.year.end": lambda w: {"year_id": w.year.search([])[-1:].id},
    "pact.year.end.line": lambda w: {
        "wizard_id": w.make("pact.year.end", w.new("pact.year.end")).id,
        "program_id": w.program.id,
        "policy": "carry",
    },
    "pact.record.void": lambda w: {
        "intervention_ids": [Command.set(w["pact.intervention"].ids)],
        "reason": "Known",
    },
}
CHANGES = {
    "pact.intervention.kind": {"name": "Changed"},
    "pact.intervention": {"helped": "no"},
    "pact.service.kind": {"name": "Changed"},
    "pact.service": {"state": "accepted"},
    "pact.order": {"end_reason": "Changed"},
    "pact.attendance.prior": {"note": "Changed"},
    "pact.takeover": {"file_name": "changed.xlsx"},
    "pact.takeover.row": {"label": "Changed"},
    "pact.meeting.kind": {"name": "Changed"},
    "pact.meeting": {"others": "Changed"},
    "pact.case.item": {"provided_by": "Changed"},
    "pact.student.circumstance.kind": {"name": "Changed"},
    "pact.student.circumstance": {"note": "Changed"},
    "pact.proceeding": {"number": "Changed"},
    "pact.referral": {"credits": "changed"},
}
# (model, method, arguments) on the record of a world
CALLS = [
    ("pact.program", "action_copy", ()),
    ("pact.case", "action_take_off_caseload", ("done",)),
    ("pact.case", "action_ask_caseload", ()),
    ("pact.student", "action_open_letters", ()),
    ("pact.case", "action_override", ("agreed by the board",)),
    ("pact.case", "action_ask_override", ()),
    ("pact.case", "action_ask_void_step", ()),
    ("pact.case", "action_reviewed", ()),
    ("pact.case", "action_void_step", ("a mistake",)),
    ("pact.intervention", "action_void", ("Known",)),
    ("pact.intervention", "action_ask_void", ()),
    ("pact.service", "action_void", ("Known",)),
    ("pact.service", "action_ask_void", ()),
    ("pact.meeting", "action_held", ()),
    ("pact.meeting", "action_not_held", ()),
    ("pact.meeting", "action_cancel", ()),
    ("pact.meeting", "action_void", ("Known",)),
    ("pact.meeting", "action_ask_void", ()),
    ("pact.proceeding", "action_void", ("Known",)),
    ("pact.proceeding", "action_ask_void", ()),
    ("pact.case", "action_plan_meeting", ()),
    ("pact.case", "action_open_meeting", ()),
    ("pact.case.step", "action_print_certificate", ()),
    ("pact.flag", "action_known", ()),
    ("pact.student.circumstance", "action_void", ("Known",)),
    ("pact.student.circumstance", "action_ask_void", ()),
    ("pact.case.item", "action_void", ("Known",)),
    ("pact.case.item", "action_ask_void", ()),
    ("pact.case", "action_provide", ()),
    ("pact.attendance.prior", "action_withdraw", ()),
    ("pact.takeover", "action_preview", ()),
    ("pact.takeover", "action_apply", ()),
    ("pact.takeover", "action_open_rows", ()),
    ("pact.takeover", "action_download_rejected", ()),
    ("pact.takeover", "action_template", ()),
    ("pact.order", "action_confirm", ()),
    ("pact.order", "action_end", ()),
    ("pact.order", "action_void", ("Known",)),
    ("pact.order", "action_ask_void", ()),
    ("pact.order", "action_letter", ()),
    ("pact.case", "action_make_order", ()),
    ("pact.referral", "action_submit", ()),
    ("pact.referral", "action_accept", ()),
    ("pact.referral", "action_return", ("Known",)),
    ("pact.referral", "action_void", ("Known",)),
    ("pact.referral", "action_ask_return", ()),
    ("pact.referral", "action_ask_void", ()),
    ("pact.case", "action_open_referral", ()),
    ("pact.student", "action_open_referral", ()),
    ("pact.case", "action_log_intervention", ()),
    ("pact.case", "action_offer_service", ()),
    ("pact.student", "action_log_intervention", ()),
    ("pact.student", "action_ask_early_case", ()),
    ("pact.student", "action_ask_drop", ()),
    ("pact.case", "action_withdraw_drop", ()),
]
# (model, method) of a wizard that the caller made
WIZARDS = [
    ("pact.record.void", "action_void"),
    ("pact.case.reason", "action_decide"),
    ("pact.case.early", "action_open"),
    ("pact.case.drop", "action_propose"),
    ("pact.case.takeover", "action_take_over"),
    ("pact.year.end", "action_apply"),
    ("pact.year.end.line", "action_open"),
    ("pact.referral.return", "action_return"),
    ("pact.letter.start", "action_start"),
]


def asking(w):
    """What the next step of a world's case asks to be provided."""
    step = w.case._following_step()
    asked = step.requirement_ids.filtered(lambda one: one.kind == "statement")
    return asked or w.make(
        "pact.program.requirement",
        {"step_id": step.id, "kind": "statement", "name": "Why"},
    )


def dropping(w):
    """The program of a world, with a step that asks for nothing before a drop."""
    if not w.program.step_ids.filtered("is_drop"):
        w.make(
            "pact.program.step",
            {
                "program_id": w.program.id,
                "code": "drop",
                "name": "Drop",
                "entry": "aside",
                "is_drop": True,
            },
        )
    return w.program


def proposed(w, env):
    """The case of a world, of which a drop is proposed."""
    dropping(w)
    w.case._gated({"drop_reason": "Known"})
    w.case.env.flush_all()
    return w.case.with_env(env)


def ordering(w):
    """The case of a world, in a step that makes an order."""
    w.case.step_id.makes_order = True
    return w.case


def an_order(w):
    """An order of an earlier round that failed, and that nobody decided."""
    order = w.make("pact.order", {"case_id": ordering(w).id, "end_reason": "Known"})
    order.write({"round": 0, "verdict": "failed"})
    return order


def a_takeover(w):
    """A workbook with one good row, read."""
    book = Workbook()
    page = book.active
    page.title = "Interventions"
    page.append(["Student", "School", "Date", "Kind"])
    page.append([f"S{w.number}", w.school.name, date(2026, 1, 15), "phone"])
    content = io.BytesIO()
    book.save(content)
    takeover = w.make(
        "pact.takeover",
        {
            "source_id": w.source.id,
            "file": base64.b64encode(content.getvalue()),
            "file_name": "year.xlsx",
        },
    )
    takeover.action_preview()
    return takeover


def sent_letter(w, env):
    """The letter of a world, sent, of a kind that begins something."""
    letter = w["pact.letter"]
    letter._gated().write({"state": "sent", "date_sent": w["pact.letter"].day})
    letter.kind_id.starts = "probation"
    letter.env.flush_all()
    return letter.with_env(env)


def offered_case(w, env):
    """The case, handed over to the school."""
    w.case.with_context(pact_gate=GATE).is_offered = True
    return w.case.with_env(env)


def caseload_case(w, env):
    """The case in a step that leaves the caseload to its manager."""
    w.case.step_id.caseload = "may"
    return w.case.with_env(env)


def aside_kind(w):
    """A kind of letter that may be started at any time in a case of the world."""
    kinds = w.program._aside_kinds()
    return kinds or w.make(
        "pact.letter.kind",
        {
            "name": "At any time",
            "code": "ASIDE",
            "step_id": w.make(
                "pact.program.step",
                {
                    "program_id": w.program.id,
                    "name": "Beside",
                    "code": "beside",
                    "entry": "aside",
                },
            ).id,
        },
    )


def with_aside(model):
    """The record of `model`, of a program with a letter for any time."""

    def record(w, env):
        aside_kind(w)
        return w[model].with_env(env)

    return record


# see CALLS of access_world.py
ASIDE = {
    f"{model}.action_ask_letter": (with_aside(model), ())
    for model in ("pact.case", "pact.student")
}
ASIDE["pact.case.action_drop"] = (proposed, ())
