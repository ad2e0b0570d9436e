"""Odoo 19: the one named in ODOO_HOME, an installed one, else Debian's package.

Odoo is not on PyPI; Debian has it as `odoo-19` (in sid). The package is unpacked in
the cache without root, with the few packages it points into, and without what this
app never uses (other languages, country accounting, website themes).
"""

import hashlib
import os
import re
import subprocess
from pathlib import Path

from . import cache
from .apt import Apt, unpack
from .base import Problem, run, say

SERIES = (19, 0)
TESTED = "9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf"
NAME = "odoo-19/1"
# what odoo-19's links point into; without jquery no page is built at all
COMPANIONS = [
    *("libjs-jquery", "libjs-jquery-form", "libjs-underscore"),
    *("fonts-font-awesome", "fonts-roboto-unhinted", "fonts-montserrat"),
    *("fonts-inconsolata", "fonts-ocr-b"),
]
PREFERENCES = """\
Package: *
Pin: release n=sid
Pin-Priority: 50

Package: odoo-19
Pin: release n=sid
Pin-Priority: 990
"""
# Debian left this file out (it cannot be built from source); the web client then
# writes an error to the browser's console, which fails every browser test.
STUB = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
STUB_TEXT = "// left out by Debian: no background blur in video calls\n"


def series(home: Path) -> tuple[int, int] | None:
    """The Odoo series below a folder that holds `odoo/release.py`, not importing it."""
    release = home / "odoo" / "release.py"
    if not release.is_file():
        return None
    match = re.search(
        r"^version_info\s*=\s*\((\d+),\s*(\d+)", release.read_text(), re.MULTILINE
    )
    return (int(match[1]), int(match[2])) if match else None


def home() -> Path:
    """The folder that holds the package `odoo` (goes to PYTHONPATH)."""
    chosen = os.environ.get("ODOO_HOME")
    if chosen:
        found = Path(chosen).expanduser().absolute()
        if series(found) != SERIES:
            raise Problem(
                f"ODOO_HOME={chosen} holds no Odoo 19.0 (looked for odoo/release.py "
                f"there; found series {series(found)})."
            )
        return found
    installed = _installed()
    if installed:
        return installed
    place, new = cache.made(NAME, "Odoo 19 (Debian's package, about 150 MB)", _build)
    if new and cache.facts(place).get("sha256") != TESTED:
        say("  note: Debian's odoo-19 is newer than the one this app was tested with")
    return place / "link"


def version() -> str:
    """What exactly this Odoo is, as a part of the template's name."""
    found = home()
    release = (found / "odoo" / "release.py").read_bytes()
    total = hashlib.sha256(release)
    if cache.is_complete(found.parent):
        total.update(cache.facts(found.parent).get("sha256", "").encode())
    elif (found / ".git").exists():
        done = subprocess.run(
            ["git", "-C", found, "rev-parse", "HEAD"], capture_output=True
        )
        total.update(done.stdout)
    return total.hexdigest()[:12]


def _installed() -> Path | None:
    """An Odoo 19 that the machine's own package manager put there."""
    found = Path("/usr/lib/python3/dist-packages")
    return found if series(found) == SERIES else None


def _build(folder: Path) -> dict[str, str]:
    """Download, unpack, and check that nothing points into the void."""
    local = os.environ.get("PACT_ODOO_DEB")
    private = Apt(folder / "apt", ["sid", "trixie"], PREFERENCES)
    private.update()
    debs = private.download(COMPANIONS if local else ["odoo-19", *COMPANIONS])
    if local:
        debs.append(Path(local).expanduser().absolute())
    deb = next((path for path in debs if "odoo" in path.name), debs[-1])
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    root = folder / "root"
    unpack(debs, root, keep=_wanted)
    private.remove()
    packages = root / "usr/lib/python3/dist-packages"
    if series(packages) != SERIES:
        raise Problem(f"{deb.name} holds Odoo {series(packages)}, not {SERIES}.")
    stub = packages / "odoo/addons" / STUB
    if not stub.exists():
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text(STUB_TEXT)
    _relink(root)
    (folder / "link").mkdir()
    (folder / "link" / "odoo").symlink_to("../root/usr/lib/python3/dist-packages/odoo")
    return {"package": deb.name, "sha256": digest}


LEFT_OUT = re.compile(
    r"usr/lib/python3/dist-packages/addons/"
    r"|usr/lib/python3/dist-packages/odoo/addons/(l10n_|theme_)"
    r"|usr/share/(doc|lintian|bug)/|usr/lib/systemd/|etc/"
)


def _wanted(name: str) -> bool:
    """All but a second copy of the addons, countries, themes, other languages."""
    if name.endswith(".po"):
        return Path(name).name.startswith("es")
    return not LEFT_OUT.match(name)


def _relink(root: Path) -> None:
    """Turn the packages' absolute links into links within `root`."""
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            link = Path(folder) / name
            if not link.is_symlink():
                continue
            target = os.readlink(link)
            if target.startswith("/"):
                inside = root / target.lstrip("/")
                link.unlink()
                link.symlink_to(os.path.relpath(inside, folder))
    dangling = [
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_symlink() and not path.exists()
    ]
    if any("jquery" in name for name in dangling):
        raise Problem(f"Odoo's package misses {dangling[0]}; no page could be built.")


def check(python: Path, env: dict[str, str]) -> str:
    """Import Odoo once with the venv; returns its version."""
    return run(
        [python, "-c", "import odoo.release as r; print(r.version)"],
        what="Importing Odoo",
        env=env,
        hint="Its Python packages may not fit: see README.md, 'Set-up'.",
    ).strip()


def git_addons(found: Path) -> list[Path]:
    """The addons folder beside `odoo` in a git checkout of Odoo."""
    return [found / "addons"] if (found / "addons" / "web").is_dir() else []
