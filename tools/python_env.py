"""The Python packages: one venv in the cache for each lock file and Python version.

uv installs them (fast); where it does not come or fails, pip does. Both take the
registry's address from the machine's pip configuration; none stands here.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import apt, cache
from .base import REPOSITORY, Problem, run, say, which

LOCK = REPOSITORY / "tools" / "requirements.txt"
SUPPORTED = ((3, 11), (3, 12), (3, 13))


def interpreter() -> Path:
    """A Python 3.11, 3.12 or 3.13: PACT_PYTHON, the running one, or one on PATH."""
    chosen = os.environ.get("PACT_PYTHON")
    if chosen:
        found = which(chosen) or Path(chosen).absolute()
        if version(found) not in SUPPORTED:
            raise Problem(f"PACT_PYTHON={chosen} is not a Python 3.11, 3.12 or 3.13.")
        return found
    if sys.version_info[:2] in SUPPORTED:
        return Path(getattr(sys, "_base_executable", "") or sys.executable)
    for minor in (13, 12, 11):
        found = which(f"python3.{minor}")
        if found and version(found) in SUPPORTED:
            return found
    raise Problem(
        f"Python {sys.version_info[0]}.{sys.version_info[1]} runs here; 3.11, 3.12 or "
        "3.13 is needed. Install one, or name it in PACT_PYTHON."
    )


def version(python: Path) -> tuple[int, int] | None:
    """(major, minor) of a Python, or nothing when it does not run."""
    try:
        out = subprocess.run(
            [python, "-c", "import sys; print(*sys.version_info[:2])"],
            capture_output=True,
            text=True,
            timeout=30,
        ).stdout.split()
        return int(out[0]), int(out[1])
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return None


def venv() -> Path:
    """The venv with everything of the lock file."""
    base = interpreter()
    major, minor = version(base) or (0, 0)
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    name = f"python/{major}.{minor}-{lock}"

    def build(folder: Path) -> dict[str, str]:
        _new_venv(base, folder)
        _install(folder)
        _move_scripts(folder, cache.root() / name)
        return {"python": str(base)}

    place, _new = cache.made(name, "Python packages", build)
    if version(place / "bin" / "python") is None:
        # the Python it was made with has gone: make it again
        shutil.rmtree(place)
        place, _new = cache.made(name, "Python packages", build)
    return place


def _new_venv(base: Path, folder: Path) -> None:
    """An empty venv with pip; Debian without python3-venv gets pip from Debian."""
    run([base, "-m", "venv", "--without-pip", folder], what="Making a Python venv")
    python = folder / "bin" / "python"
    has_pip = subprocess.run(
        [base, "-m", "ensurepip", "--version"], capture_output=True
    )
    if has_pip.returncode == 0:
        run([python, "-m", "ensurepip"], what="Putting pip into the venv")
        return
    say("  this Python has no pip (python3-venv): taking Debian's pip package")
    wheels = folder / "debian-pip"
    apt.download_and_unpack(["python3-pip-whl"], wheels)
    wheel = next(iter(sorted(wheels.rglob("pip-*.whl"))), None)
    if not wheel:
        raise Problem("Neither ensurepip nor Debian's python3-pip-whl gave a pip.")
    run(
        [python, wheel / "pip", "install", "--no-index", wheel],
        what="Putting pip into the venv",
    )
    shutil.rmtree(wheels)


def _install(folder: Path) -> None:
    """Everything of the lock file, by uv, else by pip."""
    python = folder / "bin" / "python"
    env = pip_environment()
    hint = (
        "The address of the Python registry comes from pip's configuration "
        "(pip config list). Run it again when it answers."
    )
    try:
        run(
            [python, "-m", "pip", "install", "--quiet", "uv"],
            what="Installing uv",
            env=env,
        )
        run(
            [
                *(python, "-m", "uv", "pip", "install", "--quiet"),
                *("--python", python, "--link-mode", "copy", "-r", LOCK),
            ],
            what="Installing the Python packages with uv",
            env=env | uv_environment(python, env),
        )
    except Problem as problem:
        say("  uv did not do it, pip takes over: " + str(problem).splitlines()[0])
        run(
            [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", LOCK],
            what="Installing the Python packages",
            env=env,
            hint=hint,
        )


def pip_environment() -> dict[str, str]:
    """The environment for pip: as it is, without another venv's traces."""
    env = dict(os.environ)
    for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_TARGET", "PIP_USER"):
        env.pop(name, None)
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    env["PIP_NO_INPUT"] = "1"
    return env


def uv_environment(python: Path, env: dict[str, str]) -> dict[str, str]:
    """pip's settings in uv's words, since uv does not read pip's configuration."""
    listed = run(
        [python, "-m", "pip", "config", "list"], what="Reading pip's settings", env=env
    )
    settings: dict[str, str] = {}
    for line in listed.splitlines():
        match = re.match(r"(global|install|:env:)\.([a-z-]+)='(.*)'$", line)
        if match:
            # within one list the later one holds, as in pip; :env: comes first there
            settings.setdefault(match[2], match[3])
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
        "trusted-host": "UV_INSECURE_HOST",
    }
    found = {
        new: " ".join(settings[old].replace("\\n", " ").split())
        for old, new in names.items()
        if settings.get(old)
    }
    found = {name: value for name, value in found.items() if name not in os.environ}
    if "UV_FIND_LINKS" in found:
        found["UV_FIND_LINKS"] = found["UV_FIND_LINKS"].replace(" ", ",")
    if "default-timeout" in settings or "timeout" in settings:
        seconds = settings.get("timeout") or settings["default-timeout"]
        found["UV_HTTP_TIMEOUT"] = seconds
    found["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # what pip does
    found["UV_PYTHON_DOWNLOADS"] = "never"
    found["UV_NO_CONFIG"] = "1"
    return found


def _move_scripts(folder: Path, place: Path) -> None:
    """Point the scripts' first lines at the final place; the venv is renamed soon."""
    for script in (folder / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        text = script.read_bytes()
        if str(folder).encode() in text:
            script.write_bytes(text.replace(bytes(folder), bytes(place)))
