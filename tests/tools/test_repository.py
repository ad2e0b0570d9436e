"""What must stand in no file of the repository."""

import re

from tools.base import REPOSITORY, repository_files

# written in pieces, so that this file does not hold them either
HOSTS = [
    ("py" + "pi", "org"),
    ("python" + "hosted", "org"),
    ("deb", "debian", "org"),
    ("security", "debian", "org"),
    ("npm" + "js", "org"),
    ("npm" + "js", "com"),
]


def files() -> list:
    """The text files of the repository."""
    found = [REPOSITORY / name for name in repository_files()]
    assert REPOSITORY / "README.md" in found
    return [path for path in found if path.suffix != ".png"]


def test_no_registry_and_no_path_of_one_machine() -> None:
    words = [re.escape(".".join(host)) for host in HOSTS]
    words += ["/opt/" + "dev", "/work/" + "(shared|wt|main)"]
    pattern = re.compile("|".join(words))
    bad = [
        f"{path.relative_to(REPOSITORY)}: {match[0]}"
        for path in files()
        if (match := pattern.search(path.read_text(errors="replace")))
    ]
    assert not bad


def test_the_locks_pin_everything_and_name_no_address() -> None:
    lines = (REPOSITORY / "tools/requirements.txt").read_text().splitlines()
    for line in lines:
        assert line.startswith("#") or re.match(r"[a-z0-9.-]+==\S+( ; .+)?$", line)
    node = (REPOSITORY / "tools/node/package-lock.json").read_text()
    assert '"resolved"' not in node and '"integrity"' in node
