"""Chromium for browser tests and screenshots: one on PATH, else npm's, without root."""

import os
import shutil
import subprocess
from pathlib import Path

from . import cache, node
from .base import Problem, run, which

PACKAGE = "@sparticuz/chromium@147.0.0"
NAME = "chromium/147.0.0-1"

UNPACK = """\
const fs = require("fs"), zlib = require("zlib");
for (const [from, to] of JSON.parse(process.argv[1]))
    fs.writeFileSync(to, zlib.brotliDecompressSync(fs.readFileSync(from)));
"""

FONTS_CONF = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
    <dir>{fonts}</dir>
    <dir>/usr/share/fonts</dir>
    <cachedir>{cache}</cachedir>
</fontconfig>
"""

WRAPPER = """\
#!/bin/sh
# the Chromium of npm's @sparticuz/chromium with its own libraries and fonts
here={here}
export LD_LIBRARY_PATH="$here/lib:$here/al2023/lib"
export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/chromium-bin" "$@"
"""

# Odoo's tests look for these names
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def programs() -> Path | None:
    """The folder to put first on PATH; nothing if the machine has a Chromium."""
    if any(which(name) for name in NAMES):
        return None
    place, new = cache.made(NAME, "Chromium (npm, about 75 MB)", _build)
    _write_wrapper(place)
    if new:
        probe(place / "bin" / "chromium")
    return place / "bin"


def _build(folder: Path) -> None:
    work = folder / "npm"
    work.mkdir()
    (work / "package.json").write_text('{"private": true}\n')
    node.install(work, PACKAGE)
    packed = work / "node_modules/@sparticuz/chromium/bin"
    pairs = [
        (packed / "chromium.br", folder / "chromium-bin"),
        *(
            (packed / f"{name}.tar.br", folder / f"{name}.tar")
            for name in ("al2023", "swiftshader", "fonts")
            if (packed / f"{name}.tar.br").is_file()
        ),
    ]
    import json

    run(
        [
            *(node.programs() / "node", "-e", UNPACK),
            json.dumps([[str(a), str(b)] for a, b in pairs]),
        ],
        what="Unpacking Chromium",
        env=node.environment(),
    )
    for packed_tar in folder.glob("*.tar"):
        # swiftshader's files must lie beside the program
        target = folder / packed_tar.stem
        target = folder if packed_tar.stem == "swiftshader" else target
        target.mkdir(exist_ok=True)
        shutil.unpack_archive(packed_tar, target)
        packed_tar.unlink()
    (folder / "chromium-bin").chmod(0o755)
    shutil.rmtree(work)


def _write_wrapper(place: Path) -> None:
    """The wrapper names its place, which is known only after the rename."""
    wrapper = place / "bin" / "chromium"
    if wrapper.is_file():
        return
    wrapper.parent.mkdir(exist_ok=True)
    fonts = FONTS_CONF.format(fonts=place / "fonts", cache=place / "fontcache")
    (place / "fonts.conf").write_text(fonts)
    half = wrapper.with_name(".chromium.half")
    half.write_text(WRAPPER.format(here=place))
    half.chmod(0o755)
    os.rename(half, wrapper)


def probe(program: Path) -> None:
    """A browser that cannot start must be found now, not as a skipped test later."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Problem(f"{program} does not start: {error}") from error
    if done.returncode:
        raise Problem(
            f"{program} does not start: {done.stderr.strip()[:300]}\n"
            "Install Debian's package chromium (as root), then try again."
        )
