from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..facts.words import short_date
from .pact_letter import GATE

LEAVING = ("to_sign", "signed", "sent")


class PactLetterKind(models.Model):
    _inherit = "pact.letter.kind"

    rank = fields.Integer(
        help="On one day a student gets only the letter with the highest rank; the "
        "others wait. 0: the place of its step in the program.",
    )

    def _rank(self):
        """Return the rank of this kind: its own, else the place of its step."""
        self.ensure_one()
        return self.rank or self.step_id.sequence


class PactLetter(models.Model):
    """Whose turn it is: on one day a student gets only the highest-ranking letter of a
    program, and a household no letter within the program's least school days.

    A draft that has to wait stays a draft, says since when it may go, and every
    screening asks anew: nothing is lost. Households and letters of other programs are
    none of a program's business: a clerk learns nothing of another office's letters.
    """

    _inherit = "pact.letter"

    not_before = fields.Date(
        string="Waits until",
        readonly=True,
        index="btree_not_null",
        help="The first day on which the letter may become final; a person's reason "
        "goes before it.",
    )
    behind_id = fields.Many2one(
        "pact.letter",
        string="Goes after",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The letter about the same student that ranks higher.",
    )

    @api.depends("not_before", "behind_id")
    def _compute_problem(self):
        result = super()._compute_problem()
        for letter in self.filtered("not_before"):
            letter.problem = "\n".join(
                filter(None, (letter._wait_text(), letter.problem))
            )
        return result

    def _wait_words(self):
        """Say which letter waits, and why."""
        return self.env._(
            "'%(letter)s' waits. %(why)s",
            letter=self.kind_id.name,
            why=self._wait_text(),
        )

    def _wait_text(self):
        """Say in a sentence why this draft waits, and until when."""
        self.ensure_one()
        first = short_date(self.env, self.not_before)
        if self.behind_id:
            return self.env._(
                "On one day a family gets only the highest-ranking letter about a "
                "student, and '%(other)s' goes first. Possible from %(day)s on; it "
                "comes back by itself.",
                other=self.behind_id.kind_id.name,
                day=first,
            )
        return self.env._(
            "In '%(program)s' two letters to a household are at least %(count)s school "
            "days apart, and another one goes there first. Possible from %(day)s on; "
            "it comes back by itself.",
            program=self.program_id.name,
            count=self.program_id.letter_gap,
            day=first,
        )

    # -- whose turn it is --------------------------------------------------------------

    def _take_turns(self, day):
        """Say of these drafts, and of the other drafts about the same students (where
        letters to a household keep their distance: of the same households), whether
        they may go on `day`; a number of queries that does not grow with the letters.

        Nothing changes where nothing is new: it can be asked as often as one likes.
        """
        for program, asked in self.grouped("program_id").items():
            drafts = self.search(
                Domain("program_id", "=", program.id)
                & Domain("state", "=", "draft")
                & asked._near()
            )
            waits = drafts.filtered(lambda letter: letter._is_due())._turns(day)
            by_turn = {}
            for letter in drafts:
                turn = waits.get(letter, (False, self.browse()))
                if (letter.not_before, letter.behind_id) != turn:
                    by_turn[turn] = by_turn.get(turn, self.browse()) | letter
            for (first, behind), letters in by_turn.items():
                letters.with_context(pact_letter_gate=GATE).write(
                    {"not_before": first, "behind_id": behind.id}
                )

    def _is_due(self):
        """Return whether the letter goes out now: its case has come to its step."""
        self.ensure_one()
        step, case = self.kind_id.step_id, self.case_id
        return not (case and step.is_rung) or case.step_id._place() >= step._place()

    def _turns(self, day):
        """Return {letter: (first possible day, letter it goes after)} of those of these
        drafts, all of one program, that may not go on `day`. They are let go in the
        order of their rank; what is final or sent went before all of them."""
        if not self:
            return {}
        gap = self.program_id.letter_gap
        homes = self._homes()
        last = self._went_to(day) if gap else {}
        today, before = {}, {}
        for letter in self:
            calendar = letter.school_id.calendar_id.id
            today[letter] = (letter.id, calendar, day, max(gap, 1))
            went = [last[home] for home in homes[letter] if home in last]
            if went:
                before[letter] = (letter.id, calendar, max(went), gap)
        after_today = self._first_days(today.values())
        after_last = self._first_days(before.values())
        of_today, homes_today, waits = self._went_today(day), set(), {}
        for letter in self.sorted(lambda one: (-one.kind_id._rank(), one.day, one.id)):
            behind = of_today.get(letter.student_id, self.browse())
            if behind or (gap and homes[letter] & homes_today):
                waits[letter] = (after_today[letter.id], behind)
            elif letter in before and after_last[letter.id] > day:
                waits[letter] = (after_last[letter.id], behind)
            else:
                of_today[letter.student_id] = letter
                homes_today |= homes[letter]
        return waits

    def _homes(self):
        """Return {letter: set of households that get it}: an address key, where there
        is none a guardian's id as text; the student where nobody gets it."""
        return {
            letter: {
                guardian.address_key or str(guardian.id)
                for guardian in letter.delivery_ids.guardian_ids
            }
            | {f"student {letter.student_id.id}"}
            for letter in self
        }

    def _near(self):
        """Return the domain of the letters about the same students and, where letters
        of the program keep their distance, to the same households."""
        near = Domain("student_id", "in", self.student_id.ids)
        if any(self.program_id.mapped("letter_gap")):
            keys = set().union(*self._homes().values())
            ids = [int(key) for key in keys if key.isdigit()]
            guardians = self.env["pact.guardian"].search(
                ["|", ("address_key", "in", list(keys)), ("id", "in", ids)]
            )
            near |= Domain("delivery_ids.guardian_ids", "in", guardians.ids)
        return near

    def _went_today(self, day):
        """Return {student: letter} of the letters that became final or were sent on
        `day`, of the same program and students."""
        letters = self.search(
            [
                ("program_id", "=", self.program_id.id),
                ("student_id", "in", self.student_id.ids),
                ("state", "in", LEAVING),
                "|",
                ("date_sent", "=", day),
                "&",
                ("date_sent", "=", False),
                ("day", "=", day),
            ]
        )
        return {letter.student_id: letter for letter in letters}

    def _went_to(self, day):
        """Return {household: day of its last letter of the program up to `day`}; what
        is still a draft counts from the day of its draft, unless it waits itself."""
        letters = self.search(
            Domain("program_id", "=", self.program_id.id)
            & Domain("id", "not in", self.ids)
            & self._near()
            & (
                Domain("state", "in", LEAVING)
                | (Domain("state", "=", "draft") & Domain("not_before", "=", False))
            ),
            order="day, id",
        )
        last = {}
        for letter, places in letters._homes().items():
            went = letter.date_sent or letter.day
            if went <= day and (letter.state != "draft" or letter._is_due()):
                for home in places:
                    last[home] = max(went, last.get(home, went))
        return last

    @api.model
    def _first_days(self, spans):
        """Return {key: first day after so many school days}; where the calendar does
        not reach so far, so many days of the week: a letter is asked for again then.

        :param spans: see `pact.school.calendar._days_after`
        """
        found = self.env["pact.school.calendar"]._days_after(list(spans))
        return {
            key: found.get(key) or since + timedelta(days=count)
            for key, _calendar, since, count in spans
        }

    # -- at the decisions --------------------------------------------------------------

    def _check_turn(self, day, reason):
        """Refuse letters whose turn is later, unless a person says why they go out
        nevertheless.

        :raise UserError: names each with its first possible day
        """
        # sudo: which letter goes first does not depend on who asks
        self.sudo()._take_turns(day)
        waiting = self.filtered("not_before")
        if waiting and not (reason or "").strip():
            raise UserError(
                self.env._(
                    "It is not yet the turn of these letters:\n%(list)s\nGive a reason "
                    "if one goes out nevertheless.",
                    list="\n".join(
                        f"- {letter.display_name}: {letter._wait_text()}"
                        for letter in waiting
                    ),
                )
            )

    def _cancel(self, reason):
        """What waited behind a canceled letter is asked for its turn anew."""
        result = super()._cancel(reason)
        # sudo: see `_check_turn`
        letters_sudo = self.sudo()
        letters_sudo.search(
            [
                ("student_id", "in", self.student_id.ids),
                ("not_before", "!=", False),
                ("state", "=", "draft"),
            ]
        )._take_turns(self.env["pact.clock"]._today())
        return result
