"""Finding the machine's own Debian mirror."""

from tools import apt

ONE_LINE = """\
# deb https://old.example/debian bookworm main
deb [arch=amd64] https://mirror.example/debian bookworm main contrib
deb https://mirror.example/security bookworm-security main
deb [signed-by=/etc/apt/keyrings/other.gpg] https://other.example/linux bookworm main
deb https://tool.example/apt tool-bookworm main
deb-src https://source.example/debian bookworm main
"""

DEB822 = """\
# a comment
Types: deb
# another
URIs: https://mirror.example/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://mirror.example/security
Suites: trixie-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: https://off.example/debian
Suites: trixie
Components: main

Types: deb
URIs: https://other.example/debian
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBFit/abc
"""


def test_one_line_sources() -> None:
    assert apt.one_line_mirrors(ONE_LINE) == ["https://mirror.example/debian"]


def test_deb822_sources() -> None:
    assert apt.deb822_mirrors(DEB822) == ["https://mirror.example/debian"]


def test_a_chosen_mirror_wins(monkeypatch) -> None:
    monkeypatch.setenv("PACT_DEBIAN_MIRROR", "https://mine.example/debian")
    assert apt.mirrors() == ["https://mine.example/debian"]
