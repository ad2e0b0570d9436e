"""Employees of the made districts: one who coordinates all, one secretary."""

from odoo import Command


def coordinator(env):
    """Return the environment of a coordinator of every school."""
    office = env["pact.office"].search([], order="id desc", limit=1)
    return _employee(env, "bench-coordinator", role="coordinator", office_id=office.id)


def secretary(env):
    """Return the environment of the secretary of one school."""
    school = env["pact.school"].search([], order="id", limit=1)
    return _employee(env, "bench-secretary", role="school_staff", school_id=school.id)


def _employee(env, login, **assignment):
    user = env["res.users"].search([("login", "=", login)])
    if not user:
        user = env["res.users"].create(
            {
                "login": login,
                "name": login,
                "group_ids": [Command.link(env.ref("base.group_user").id)],
            }
        )
        env["pact.assignment"].create({"user_id": user.id, **assignment})
        env.flush_all()
    return env(user=user.id, su=False)
