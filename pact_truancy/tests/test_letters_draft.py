from odoo.tests import tagged

from .common_letters import LettersCommon


@tagged("post_install", "-at_install")
class TestLettersDraft(LettersCommon):
    """Which letters are drafted, to whom, and under whose letterhead."""

    def test_one_copy_to_the_family_one_to_the_school(self):
        """R21-08: confirming drafts the letter, one copy each."""
        letter = self.make_letter()
        self.assertEqual((letter.kind_id, letter.state), (self.kind, "draft"))
        self.assertEqual(
            letter.delivery_ids.mapped("name"), ["Ana Rivera", "Lincoln Middle"]
        )
