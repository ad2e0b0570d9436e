"""wkhtmltopdf for the letters, with the fonts they are set in (DejaVu, Liberation).

A wkhtmltopdf on PATH is used if those fonts are there too. Else it comes from Debian
12, the last Debian that has it, with all its libraries, unpacked without root.
"""

import os
import shutil
import subprocess
from pathlib import Path

from . import apt, cache
from .base import Problem, run, which

NAME = "wkhtmltopdf/bookworm-1"
PACKAGES = ["wkhtmltopdf", "fonts-dejavu-core", "fonts-liberation"]
FONTS = ("DejaVu Sans", "Liberation Sans")

WRAPPER = """\
#!/bin/sh
# wkhtmltopdf of Debian 12 with its own libraries and fonts
root={root}
export LD_LIBRARY_PATH="$root/usr/lib/{triplet}:$root/lib/{triplet}"
export QT_QPA_PLATFORM=offscreen
export QT_PLUGIN_PATH="$root/usr/lib/{triplet}/qt5/plugins"
export FONTCONFIG_FILE={fonts}
export XDG_RUNTIME_DIR={runtime}
exec "$root/usr/bin/${{0##*/}}" "$@"
"""

FONTS_CONF = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
    <dir>{root}/usr/share/fonts</dir>
    <cachedir>{cache}</cachedir>
{aliases}</fontconfig>
"""
ALIAS = """\
    <alias>
        <family>{0}</family><prefer><family>{1}</family></prefer>
    </alias>
"""
INSTEAD = {
    "sans-serif": "DejaVu Sans",
    "serif": "DejaVu Serif",
    "monospace": "DejaVu Sans Mono",
    "Arial": "Liberation Sans",
    "Helvetica": "Liberation Sans",
    "Times New Roman": "Liberation Serif",
}

LEFT_OUT = ("usr/share/doc", "usr/share/locale", "usr/share/man", "usr/share/icons")


def programs() -> Path | None:
    """The folder to put first on PATH; nothing if the machine's own one will do."""
    if _own_is_good():
        return None
    root = apt.tree(
        NAME,
        "wkhtmltopdf with the letters' fonts (Debian 12, about 105 MB)",
        "bookworm",
        PACKAGES,
        lambda name: not name.startswith(LEFT_OUT),
    )
    folder = root.parent / "bin"
    if not folder.is_dir():
        with cache.locked(root.parent / ".bin.lock"):
            if not folder.is_dir():
                _write_wrapper(root, folder)
    return folder


def _own_is_good() -> bool:
    """Whether PATH has wkhtmltopdf and the machine both families of fonts."""
    if not which("wkhtmltopdf") or not which("fc-list"):
        return False
    listed = subprocess.run(
        ["fc-list", ":", "family"], capture_output=True, text=True
    ).stdout
    return all(font in listed for font in FONTS)


def _write_wrapper(root: Path, folder: Path) -> None:
    """The wrapper beside the tree, tried with an empty environment before it counts."""
    work = root.parent / "bin.work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    # libraries lie under the machine's triplet, such as x86_64-linux-gnu
    library = next((root / "usr/lib").rglob("libQt5Core.so.5"), None)
    if not library:
        raise Problem(f"wkhtmltopdf's libraries are missing: remove {root.parent}.")
    fonts = root.parent / "fonts.conf"
    aliases = "".join(ALIAS.format(old, new) for old, new in INSTEAD.items())
    fonts.write_text(
        FONTS_CONF.format(root=root, cache=root.parent / "fontcache", aliases=aliases)
    )
    runtime = root.parent / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    wrapper = work / "wkhtmltopdf"
    wrapper.write_text(
        WRAPPER.format(
            root=root, triplet=library.parent.name, fonts=fonts, runtime=runtime
        )
    )
    wrapper.chmod(0o755)
    page = root.parent / "probe.html"
    page.write_text("<html><body>Words &#7877; on paper</body></html>")
    run(
        [wrapper, "--quiet", page, root.parent / "probe.pdf"],
        what="Trying wkhtmltopdf",
        env={"HOME": os.environ.get("HOME", "/"), "PATH": "/usr/bin:/bin"},
        timeout=120,
    )
    os.rename(work, folder)
