from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path, mute_logger
from odoo.tools.convert import convert_file

MODULE = "pact_truancy"


@tagged("post_install", "-at_install")
class TestShipped(TransactionCase):
    """Shipped programs are merged three ways: as shipped last time, as shipped now, as
    it stands (design.md, Rules)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.make(
            "pact.program", "p", code="ZZ", name="Shipped", min_age=6
        )
        cls.step = cls.make(
            "pact.program.step",
            "p_first",
            program_id=cls.program.id,
            code="first",
            name="First",
            entry="flag",
        )
        cls.numbers = {
            "step_id": cls.step.id,
            "measure": "unexcused",
            "window": "previous",
            "size": 180,
            "threshold": 9.0,
        }
        cls.criterion = cls.make("pact.program.criterion", "p_nine", **cls.numbers)
        cls.asked = {"step_id": cls.step.id, "kind": "wait", "count": 7}
        cls.requirement = cls.make("pact.program.requirement", "p_wait", **cls.asked)

    @classmethod
    def make(cls, model, xml_name, **values):
        """What the loader of files does with one record."""
        loader = cls.env[model].with_context(
            install_mode=True, install_module=MODULE, install_xmlid=xml_name
        )
        data = {"xml_id": f"{MODULE}.zz_{xml_name}", "values": values}
        return loader._load_records([data], update=True).with_env(cls.env)

    def notes(self, result):
        return self.env["pact.shipped.note"].search(
            [("result", "=", result), ("program_id", "in", [self.program.id, False])]
        )

    def test_what_nobody_touched_is_updated(self):
        same = self.make("pact.program.criterion", "p_nine", **self.numbers)
        self.assertEqual(same, self.criterion)
        self.assertFalse(self.notes("updated"), "nothing new, nothing to report")
        self.make("pact.program.criterion", "p_nine", **self.numbers | {"threshold": 8})
        self.assertEqual(self.criterion.threshold, 8)
        note = self.notes("updated")
        self.assertEqual((note.standing, note.shipped), ("9.0", "8.0"))
        self.assertEqual(note.program_id, self.program)

    def test_what_a_district_changed_is_kept(self):
        self.program.name = "Our own name"
        self.make("pact.program", "p", code="ZZ", name="Renamed", min_age=7)
        self.assertEqual(self.program.name, "Our own name")
        self.assertEqual(self.program.min_age, 7, "nobody touched it")
        note = self.notes("kept")
        self.assertEqual((note.standing, note.shipped), ("Our own name", "Renamed"))
        self.assertEqual(self.notes("updated").field_name, "From Age")
        self.make("pact.program", "p", code="ZZ", name="Renamed", min_age=7)
        self.assertEqual(len(self.notes("kept")), 1, "reported once")
        self.make("pact.program", "p", code="ZZ", name="Again", min_age=7)
        self.assertEqual(self.program.name, "Our own name")

    def test_a_rule_is_kept_whole(self):
        """Half a rule of the district and half of the app would be nobody's."""
        self.criterion.threshold = 12
        new = self.numbers | {"measure": "tardy", "unit": "dates", "threshold": 3}
        self.make("pact.program.criterion", "p_nine", **new)
        kept = self.criterion
        self.assertEqual((kept.measure, kept.unit), ("unexcused", "days"))
        self.assertEqual(kept.threshold, 12)
        self.assertEqual(
            set(self.notes("kept").mapped("field_name")), {"Measure", "Number", "Unit"}
        )

    def test_same_change_on_both_sides(self):
        self.requirement.count = 10
        self.make("pact.program.requirement", "p_wait", **self.asked | {"count": 10})
        self.assertFalse(self.notes("kept"))
        self.make("pact.program.requirement", "p_wait", **self.asked | {"count": 12})
        self.assertEqual(self.requirement.count, 12, "it stood as shipped")

    def test_translated_text_is_compared_in_its_source(self):
        self.env["res.lang"]._activate_lang("es_419")
        self.step.with_context(lang="es_419").name = "Primero"
        vals = {"program_id": self.program.id, "code": "first", "entry": "flag"}
        self.make("pact.program.step", "p_first", name="The first", **vals)
        self.assertEqual(self.step.with_context(lang="en_US").name, "The first")
        self.assertEqual(self.step.with_context(lang="es_419").name, "Primero")

    def test_deleted_stays_deleted(self):
        self.requirement.unlink()
        again = self.make("pact.program.requirement", "p_wait", **self.asked)
        self.assertFalse(again)
        self.assertFalse(self.step.requirement_ids)
        note = self.notes("deleted")
        self.assertEqual(note.xml_id, f"{MODULE}.zz_p_wait")
        self.assertIn(note.xml_id, self.registry.loaded_xmlids)
        note.unlink()
        again = self.make("pact.program.requirement", "p_wait", **self.asked)
        self.assertEqual(self.step.requirement_ids, again, "asked for again")

    def test_deleted_with_its_parent(self):
        """The database deletes what hangs on a step; no upgrade makes it again."""
        self.step.unlink()
        other = self.program.step_ids.create(
            {"program_id": self.program.id, "code": "own", "name": "Own"}
        )
        vals = self.asked | {"step_id": other.id}
        self.assertFalse(self.make("pact.program.requirement", "p_wait", **vals))

    def test_a_copy_bears_no_mark(self):
        """GEN-03: a copy has steps, rules and demands, and no upgrade touches it."""
        second = self.program.step_ids.create(
            {"program_id": self.program.id, "code": "second", "name": "Second"}
        )
        self.step.failure_step_id = second
        copied = self.program.copy()
        first = copied.step_ids.filtered(lambda step: step.code == "first")
        self.assertEqual(first.criterion_ids.threshold, 9)
        self.assertEqual(first.requirement_ids.count, 7)
        self.assertEqual(first.failure_step_id, copied.step_ids - first)
        for records in (copied, first, first.criterion_ids, first.requirement_ids):
            self.assertFalse(records.sudo().shipped)
        self.make("pact.program.criterion", "p_nine", **self.numbers | {"threshold": 8})
        self.assertEqual(first.criterion_ids.threshold, 9)

    def test_an_import_by_a_person_is_theirs(self):
        """Only the app's own files are merged."""
        loader = self.env["pact.program.criterion"]
        vals = {"threshold": 4.0}
        name = f"{MODULE}.zz_p_nine"
        loader._load_records([{"xml_id": name, "values": vals}], update=True)
        self.assertEqual(self.criterion.threshold, 4)
        self.make("pact.program.criterion", "p_nine", **self.numbers | {"threshold": 8})
        self.assertEqual(self.criterion.threshold, 4)

    def end_of_upgrade(self):
        """What Odoo does after an upgrade whose files no longer name these records."""
        data = self.env["ir.model.data"]
        own = data.search([("module", "=", MODULE), ("name", "=like", "zz\\_p%")])
        every = data.search([("module", "=", MODULE)]) - own
        loaded = set(every.mapped("complete_name"))
        with patch.object(self.registry, "loaded_xmlids", loaded):
            data._process_end([MODULE])

    def test_no_longer_shipped(self):
        self.end_of_upgrade()
        self.assertFalse(self.program.exists())
        self.assertFalse(self.notes("deleted"), "no person deleted it")

    def test_no_longer_shipped_but_changed(self):
        """What a district changed is never deleted, nor what it hangs on."""
        self.requirement.count = 10
        self.end_of_upgrade()
        self.assertFalse(self.criterion.exists())
        self.assertTrue(self.requirement.exists())
        self.assertTrue(self.step.exists() and self.program.exists())
        self.assertEqual(len(self.notes("own")), 3)
        self.assertFalse(self.requirement.get_external_id()[self.requirement.id])

    def test_no_longer_shipped_but_in_use(self):
        kind = self.env["pact.letter.kind"].create(
            {"name": "Ours", "code": "ZZ", "step_id": self.step.id}
        )
        self.end_of_upgrade()
        self.assertTrue(kind.step_id.exists())
        self.assertTrue(self.program.exists())

    def load(self, *names):
        """What an upgrade does with these files."""
        references = {}
        for name in names:
            path = file_path(f"{MODULE}/data/{name}.xml")
            convert_file(self.env, MODULE, path, references, mode="update")

    def test_the_real_file(self):
        """An upgrade with the file as it is changes nothing, whatever was changed."""
        ref = self.env.ref
        chronic = ref(f"{MODULE}.program_r21_chronic")
        chronic.threshold = 10
        ref(f"{MODULE}.program_r21_step4").unlink()
        program = ref(f"{MODULE}.program_r21")
        program.is_early = False
        before = self.env["pact.shipped.note"].search([])
        self.load("pact_program_r21")
        self.assertEqual(chronic.threshold, 10)
        self.assertFalse(program.is_early)
        self.assertNotIn("step4", program.step_ids.mapped("code"))
        self.assertEqual(self.env["pact.shipped.note"].search([]), before)

    def test_the_real_file_of_a_deleted_program(self):
        """Who deleted a whole program can still upgrade."""
        program = self.env.ref(f"{MODULE}.program_r21")
        kinds = program.step_ids.letter_kind_ids
        kinds.text_ids.unlink()
        kinds.unlink()
        program.unlink()
        with mute_logger("odoo.tools.convert"):
            self.load("pact_program_r21", "pact_letter_r21", "pact_letter_programs")
        self.assertFalse(self.env["pact.program"].search([("code", "=", "R21")]))
        self.assertFalse(
            self.env["pact.letter.kind"].search([("code", "=like", "R21%")])
        )

    def test_the_real_file_after_a_new_version(self):
        """As if the last version had shipped another number."""
        chronic = self.env.ref(f"{MODULE}.program_r21_chronic")
        chronic.threshold = 4
        chronic.sudo().shipped = dict(chronic.sudo().shipped, threshold=4.0)
        self.load("pact_program_r21")
        self.assertEqual(chronic.threshold, 5)
        note = self.env["pact.shipped.note"].search([("name", "ilike", "unexcused")])
        self.assertEqual((note.standing, note.shipped), ("4.0", "5.0"))
