"""The lists and the board, as the client reads them: the first page and the count.

A line's time is the database's; how long the page takes in all stands under 'ms'. The
statements a page takes may not depend on the number of rows.
"""

import _calendar
import _run
import _staff
from _yardstick import yardstick
from lxml import etree

from odoo.fields import Domain

DAY = _calendar.TODAY
PAGE = 80
# the client counts up to here, then says '10,000+'
COUNT_UP_TO = 10_001
LISTS = [
    # what, view, filters of the action, order (None: the view's)
    ("students", "pact_student_view_list", ["enrolled"], None),
    ("students by days", "pact_student_view_list", ["enrolled"], "listed_absent desc"),
    ("inbox of flags", "pact_flag_view_list", ["open"], None),
    ("list of cases", "pact_case_view_list", ["open"], None),
]


def run(env, options):
    program = env.ref("pact_truancy.program_r21")
    program._screen(DAY)
    flags = env["pact.flag"].search([("state", "=", "open")])
    half = flags[: len(flags) // 2]
    staff = {
        "no rights asked": env,
        "all": _staff.coordinator(env),
        "one school": _staff.secretary(env),
    }
    half.with_env(staff["all"]).action_confirm()
    _run.vacuum(env.cr, "pact_flag", "pact_case", "pact_student", "pact_access")
    print(f"{len(flags):,} flags, {len(half):,} cases")
    table = _run.Table(env, f"Lists over {options.students:,} students")
    table.add("yardstick: GROUP BY student, seq scan + hash", yardstick(env))
    for what, view, filters, order in LISTS:
        for who, user in staff.items():
            page = _page(user, f"pact_truancy.{view}", filters, order)
            table.add(
                f"{what}, {who}",
                page,
                target=0.005,
                times=5,
                database=True,
            )
            print(f"{what}, {who}: {_queries(user, page)} statements")
    for who, user in staff.items():
        table.add(f"board, {who}", _board(user), target=0.005, times=5, database=True)
    table.measure(options.rounds)


def _page(env, view, filters, order):
    """Return what the client asks for when somebody opens the list."""
    view = env.ref(view).sudo()
    model = env[view.model]
    domain = _domain(model, filters)
    arch = etree.fromstring(model.get_view(view.id, "list")["arch"])
    order = order or arch.get("default_order")

    def run():
        env.invalidate_all()
        return model.web_search_read(
            domain,
            _specification(model, arch),
            order=order,
            limit=PAGE,
            count_limit=COUNT_UP_TO,
        )

    return run


def _board(env):
    """Return what the client asks for when somebody opens the board of R21."""
    view = env.ref("pact_truancy.pact_case_view_kanban").sudo()
    model = env["pact.case"]
    arch = etree.fromstring(model.get_view(view.id, "kanban")["arch"])
    program = env.ref("pact_truancy.program_r21")
    domain = _domain(model, ["open"]) & Domain("program_id", "=", program.id)

    def run():
        env.invalidate_all()
        return model.with_context(default_program_id=program.id).web_read_group(
            list(domain),
            [arch.get("default_group_by")],
            ["__count"],
            auto_unfold=True,
            unfold_read_specification=_specification(model, arch),
            unfold_read_default_limit=PAGE,
        )

    return run


def _domain(model, filters):
    """Return the domain of the named filters of the model's search view."""
    arch = etree.fromstring(model.get_view(None, "search")["arch"])
    domains = [
        node.get("domain")
        for node in arch.iter("filter")
        if node.get("name") in filters
    ]
    assert len(domains) == len(filters), (model, filters)
    names = {"uid": model.env.uid, "context_today": lambda: DAY}
    return Domain.AND(
        [
            Domain(eval(domain, names))  # noqa: S307 (our own views)
            for domain in domains
        ]
    )


def _specification(model, arch):
    return {
        node.get("name"): {"fields": {"display_name": {}}}
        if model._fields[node.get("name")].type == "many2one"
        else {}
        for node in arch.iter("field")
    }


def _queries(env, page):
    page()
    before = env.cr.sql_log_count
    page()
    return env.cr.sql_log_count - before
