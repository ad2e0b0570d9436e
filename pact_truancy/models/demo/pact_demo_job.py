import secrets
import time

from odoo import api, models

from .staff import LOGINS, STAFF, TITLES

# of a password; those that are easily read one for the other are left out
LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class PactDemo(models.AbstractModel):
    _inherit = "pact.demo"

    @api.model
    def _set_passwords(self):
        """Give the administrator and the demo log-ins fresh random passwords.

        :return: [{login, password, name, role, program}] in the order in which one
            would try them; `role` reads with its scope, `program` is the name of the
            program that they work in, '' of the administrator. Nothing else keeps the
            passwords.
        """
        # sudo: called by ./pact demo on a demo database only
        roles = dict(
            self.env["pact.assignment"]._fields["role"]._description_selection(self.env)
        )
        staff = {key: role for key, _name, role, _scope in STAFF}
        logins = []
        for code, keys in LOGINS.items():
            program = self._demo(f"program_{code.lower()}").name
            for key in keys:
                user_sudo = self._demo(f"demo_user_{key.replace('.', '_')}").sudo()
                title = TITLES.get(key) or roles[staff[key]]
                assignment = user_sudo.pact_assignment_ids[:1]
                scope = [assignment.scope_name, assignment.homeroom_id.school_id.name]
                role = ", ".join([title, *filter(None, scope)])
                logins.append((user_sudo, role, program))
        admin_sudo = self.env.ref("base.user_admin").sudo()
        logins.append((admin_sudo, self.env._("Administrator, no child's record"), ""))
        result = []
        for user_sudo, role, program in logins:
            password = "".join(secrets.choice(LETTERS) for _number in range(12))
            user_sudo.password = password
            result.append(
                {
                    "login": user_sudo.login,
                    "password": password,
                    "name": user_sudo.name,
                    "role": role,
                    "program": program,
                }
            )
        return result

    @api.model
    def _run_main_job(self):
        """Do the app's main job on the demo data; a second call changes nothing more.

        :return: {"students": number screened, "flags": {program: flags of the day},
            "letters": number of letters, "seconds": float}
        """
        started = time.monotonic()
        plan = self._plan()
        self._import_files(plan)
        self._lay_out_desks(plan)
        day = self.env["pact.clock"]._today()
        students = 0
        programs = self.env["pact.program"].sudo().search([])
        for program in programs:
            students += program._screen(day).student_count
        self._decide_flags()
        # here no scheduled job brings the numbers of many students up to date
        self.env["pact.student.summary"]._refresh(day, None)
        Flag_sudo = self.env["pact.flag"].sudo()
        counts = dict(
            Flag_sudo._read_group(
                [("program_id", "in", programs.ids), ("state", "!=", "gone")],
                ["program_id"],
                ["__count"],
            )
        )
        return {
            "students": students,
            "flags": {program.name: counts.get(program, 0) for program in programs},
            "letters": self.env["pact.letter"].sudo().search_count([]),
            "seconds": round(time.monotonic() - started, 1),
        }

    @api.model
    def _decide_flags(self):
        """Each case manager confirms half of the flags of the schools served and
        dismisses a few; only where nobody decided on any of today's yet."""
        Flag_sudo = self.env["pact.flag"].sudo()
        of_today = [("date", "=", self.env["pact.clock"]._today())]
        if Flag_sudo.search([*of_today, ("decided_by_id", "!=", False)], limit=1):
            return
        flags = Flag_sudo.search(
            [*of_today, ("state", "=", "open")], order="student_id, id"
        )
        managers = self.env["pact.assignment"]._responsible_users(
            flags.school_id, "case_manager"
        )
        for school, group in flags.grouped("school_id").items():
            manager = managers.get(school.id)
            if not manager:
                continue
            own = group.with_user(manager)
            # the first of each school stays, so that every inbox has something in it
            confirmed = own[1::2]
            confirmed.action_confirm()
            (own - confirmed)[4::5].action_dismiss(
                self.env._("The school and the family are already working on it.")
            )
