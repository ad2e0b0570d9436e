"""Export the app's terms and bring the translations up to date. In Odoo's Python.

translations.py CONF DB ADDON_FOLDER write|check
"""

import io
import sys
from pathlib import Path

import polib

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config
from odoo.tools.translate import trans_export

LANGUAGES = ("es",)
# what changes with every export and says nothing
DATED = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team")


def main(conf: str, db: str, folder: str, order: str) -> int:
    """Write the files, or only say what is out of date; 1 if something is."""
    addon = Path(folder)
    words = ["-c", conf, "-d", db, "--no-http", "--log-level=error"]
    config.parse_config(words, setup_logging=True)
    with Registry(db).cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        buffer = io.BytesIO()
        trans_export(None, [addon.name], buffer, "po", env)
    pot = polib.pofile(buffer.getvalue().decode())
    for name in DATED:
        pot.metadata.pop(name, None)
    pot.metadata["Content-Transfer-Encoding"] = "8bit"
    pot.metadata.pop("Plural-Forms", None)
    pot.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    target = addon / "i18n" / f"{addon.name}.pot"
    problems = []
    if order == "check":
        if not target.is_file() or _terms(polib.pofile(str(target))) != _terms(pot):
            problems.append(f"{target.name} is out of date: run ./pact i18n")
    else:
        target.parent.mkdir(exist_ok=True)
        pot.save(str(target))
    for language in LANGUAGES:
        problems += _language(addon / "i18n" / f"{language}.po", pot, language, order)
    for problem in problems:
        print(problem)
    return 1 if problems and order == "check" else 0


def _terms(file: polib.POFile) -> list:
    return sorted((entry.msgid, entry.msgctxt or "", entry.comment) for entry in file)


def _language(path: Path, pot: polib.POFile, language: str, order: str) -> list[str]:
    """Merge the terms into one language's file, keeping what is translated."""
    po = polib.pofile(str(path)) if path.is_file() else polib.POFile(wrapwidth=78)
    if not path.is_file():
        po.metadata = {
            **pot.metadata,
            "Language": language,
            "Plural-Forms": "nplurals=2; plural=n != 1;",
        }
    stale = {entry.msgid for entry in po} - {entry.msgid for entry in pot}
    po.merge(pot)
    for entry in list(po):
        if entry.obsolete:
            po.remove(entry)
    po.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    if order != "check":
        po.save(str(path))
    missing = [entry.msgid for entry in po if not entry.translated()]
    problems = [f"{path.name}: not translated: {text[:90]!r}" for text in missing]
    if order == "check" and stale:
        problems.append(f"{path.name}: {len(stale)} terms are gone: run ./pact i18n")
    return problems


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
