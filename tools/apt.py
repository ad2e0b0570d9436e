"""Debian packages without root: a private apt in a folder, packages unpacked there.

The mirror's address and apt's network settings (proxy, certificates) are those of the
machine; none stands here. Debian's own keyring is checked.
"""

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from . import cache
from .base import Problem, run, say, which

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
KNOWN = {"bookworm", "trixie", "forky", "sid", "stable", "testing", "unstable"}
ELSEWHERE = "README.md, 'Set-up', says what other systems need."

# Debian 12's first Python 3.11 does not know the argument yet
EXTRACT: dict[str, Any] = {"filter": "tar"} if hasattr(tarfile, "tar_filter") else {}

CONFIG = """\
Dir "{0}"; Dir::Etc "{0}/etc"; Dir::Etc::SourceList "{0}/etc/sources.list";
Dir::Etc::SourceParts "-"; Dir::Etc::Preferences "{0}/etc/pref";
Dir::Etc::PreferencesParts "{0}/etc/preferences.d"; Dir::Etc::Parts "{0}/etc/parts.d";
Dir::Etc::Trusted "-"; Dir::Etc::TrustedParts "{0}/etc/trusted.d";
Dir::State "{0}/state"; Dir::State::Lists "{0}/lists";
Dir::State::status "{0}/state/status"; Dir::Cache "{0}/cache"; Debug::NoLocking "1";
APT::Sandbox::User ""; Acquire::Languages "none"; Acquire::Retries "3";
#clear APT::Update::Post-Invoke-Success; #clear APT::Update::Post-Invoke;
#clear DPkg::Post-Invoke;
"""


class Apt:
    """A private apt in `folder` that sees only the given suites of Debian."""

    def __init__(self, folder: Path, suites: Iterable[str], preferences: str = ""):
        if not which("apt-get") or not which("dpkg-deb"):
            raise Problem(f"This is not Debian (there is no apt-get). {ELSEWHERE}")
        self.folder = folder
        self.suites = list(suites)
        for name in (
            *("etc/preferences.d", "etc/parts.d", "etc/trusted.d", "state"),
            *("lists/partial", "cache/archives/partial"),
        ):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "state/status").touch()
        (folder / "etc/pref").write_text(preferences)
        (folder / "apt.conf").write_text(CONFIG.format(folder) + machine_settings())
        self.env = os.environ | {
            "APT_CONFIG": str(folder / "apt.conf"),
            "LC_ALL": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
        }
        self.env.pop("PYTHONPATH", None)

    def update(self) -> None:
        """Fetch the lists, from the first of the machine's mirrors that answers."""
        problems = []
        for mirror in mirrors():
            signed = f"[signed-by={keyring()}] "
            (self.folder / "etc/sources.list").write_text(
                "".join(f"deb {signed}{mirror} {name} main\n" for name in self.suites)
            )
            try:
                return self._update()
            except Problem as problem:
                problems.append(str(problem))
        raise Problem(
            "\n".join(problems) or f"apt's sources name no Debian mirror. {ELSEWHERE}"
        )

    def _update(self) -> None:
        command = ["apt-get", "-q", "-o", "APT::Update::Error-Mode=any", "update"]
        what = f"Fetching Debian's package lists ({', '.join(self.suites)})"
        hint = (
            "The mirror is the one of this machine's apt; PACT_DEBIAN_MIRROR names "
            "another. Run it again when it answers."
        )
        try:
            run(command, what=what, env=self.env, hint=hint)
        except Problem as problem:
            if "is expired" not in str(problem) and "not valid yet" not in str(problem):
                raise
            say("  the mirror is older than its own date allows; its signature is good")
            with (self.folder / "apt.conf").open("a") as config:
                config.write('Acquire::Check-Valid-Until "false";\n')
                config.write('Acquire::Check-Date "false";\n')
            run(command, what=what, env=self.env, hint=hint)

    def download(self, packages: list[str], closure: bool = False) -> list[Path]:
        """The .deb files of these packages; with `closure` of all they depend on."""
        target = self.folder / "cache/archives"
        if closure:
            command = ["apt-get", "-q", "-y", "--download-only", "install"]
            command += ["--no-install-recommends", *packages]
        else:
            command = ["apt-get", "-q", "download", *packages]
        run(
            command,
            what=f"Downloading {packages[0]} from Debian",
            env=self.env,
            cwd=target,
            hint="Run it again when the mirror answers.",
        )
        found = sorted(target.glob("*.deb"))
        if not found:
            raise Problem(f"Debian's mirror gave no package for {packages[0]}.")
        return found

    def remove(self) -> None:
        """Lists and packages are big and no longer needed once unpacked."""
        shutil.rmtree(self.folder)


def machine_settings() -> str:
    """The machine's own apt settings for the network (proxy, certificates, dates)."""
    out = subprocess.run(
        ["apt-config", "dump", "Acquire"], capture_output=True, text=True
    ).stdout
    wanted = re.compile(
        r"Acquire::(https?|ftp|tor|Retries|ForceIPv4|ForceIPv6|Check-Valid-Until"
        r"|Check-Date|Max-ValidTime)\b",
        re.IGNORECASE,
    )
    return "".join(line + "\n" for line in out.splitlines() if wanted.match(line))


def keyring() -> Path:
    """Debian's keyring: of the machine, or PACT_DEBIAN_KEYRING."""
    found = Path(os.environ.get("PACT_DEBIAN_KEYRING") or KEYRING)
    if not found.is_file():
        found = found.with_suffix(".pgp")
    if not found.is_file():
        raise Problem(
            f"{KEYRING} is missing: install the package debian-archive-keyring, or "
            "name a keyring in PACT_DEBIAN_KEYRING."
        )
    return found


def mirrors() -> list[str]:
    """The Debian mirrors in the machine's own sources, or PACT_DEBIAN_MIRROR."""
    chosen = os.environ.get("PACT_DEBIAN_MIRROR")
    if chosen:
        return [chosen]
    etc = Path("/etc/apt")
    found: list[str] = []
    lists = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list"))]
    for path in lists:
        if path.is_file():
            found += one_line_mirrors(path.read_text(errors="replace"))
    for path in sorted((etc / "sources.list.d").glob("*.sources")):
        found += deb822_mirrors(path.read_text(errors="replace"))
    return list(dict.fromkeys(found))


def one_line_mirrors(text: str) -> list[str]:
    """Mirrors of lines such as `deb [options] ADDRESS bookworm main contrib`."""
    found = []
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(\[[^]]*\]\s*)?(\S+)\s+(\S+)\s+(.*)", line)
        if match and _is_debian(match[3].split(), match[4].split(), match[1] or ""):
            found.append(match[2])
    return found


def deb822_mirrors(text: str) -> list[str]:
    """Mirrors of the newer form, in paragraphs of `Name: value`."""
    found = []
    text = re.sub(r"(?m)^#.*\n?", "", text)
    for paragraph in re.split(r"\n\s*\n", text):
        fields: dict[str, list[str]] = {}
        for match in re.finditer(r"(?m)^([\w-]+):((?:.*)(?:\n[ \t].*)*)", paragraph):
            fields[match[1].lower()] = match[2].split()
        if "deb" not in fields.get("types", []) or fields.get("enabled") == ["no"]:
            continue
        signed = " ".join(fields.get("signed-by", []))
        if _is_debian(fields.get("suites", []), fields.get("components", []), signed):
            found += fields.get("uris", [])
    return found


def _is_debian(suites: list[str], components: list[str], signed: str) -> bool:
    """Debian's main archive, not a third party's that uses the same suite's name."""
    ours = "signed-by" not in signed.lower() and "/" not in signed
    if "debian-archive" in signed or ours:
        return "main" in components and any(suite in KNOWN for suite in suites)
    return False


def unpack(
    debs: Iterable[Path], root: Path, keep: Callable[[str], bool] = lambda name: True
) -> None:
    """Unpack packages below `root`, only the files for which `keep(name)` holds."""
    root.mkdir(parents=True, exist_ok=True)
    for deb in debs:
        with subprocess.Popen(
            ["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE
        ) as reader:
            assert reader.stdout
            with tarfile.open(fileobj=reader.stdout, mode="r|") as tar:
                for member in tar:
                    name = member.name.removeprefix("./")
                    if name and keep(name) and not member.isdev():
                        member.mode |= 0o600
                        tar.extract(member, root, **EXTRACT)
        if reader.returncode:
            raise Problem(f"{deb.name} is damaged: run it again to download it anew.")


def download_and_unpack(packages: list[str], root: Path) -> None:
    """A few packages of the machine's own Debian release, unpacked below `root`."""
    folder = Path(f"{root}-apt")
    private = Apt(folder, [release()])
    private.update()
    unpack(private.download(packages), root)
    private.remove()


def release() -> str:
    """The codename of the machine's Debian (bookworm, trixie, ..)."""
    text = Path("/etc/os-release").read_text()
    match = re.search(r'^VERSION_CODENAME="?(\w+)', text, re.MULTILINE)
    name = match[1] if match else "trixie"
    return name if name in KNOWN else "trixie"


def tree(
    name: str, what: str, suite: str, packages: list[str], keep: Callable[[str], bool]
) -> Path:
    """Packages with all they depend on, unpacked in the cache: <cache>/<name>/root."""

    def build(folder: Path) -> None:
        private = Apt(folder / "apt", [suite])
        private.update()
        debs = private.download(packages, closure=True)
        # the C library must be the machine's own
        taken = [deb for deb in debs if not deb.name.startswith(("libc6_", "libgcc-s"))]
        unpack(taken, folder / "root", keep)
        private.remove()

    place, _new = cache.made(name, what, build)
    return place / "root"
