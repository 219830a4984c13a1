"""Distributions and releases are recognised, and their advisories named as OSV names them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.catalogers.os_release import cataloger
from dunnage.io.tables import table
from dunnage.model.problem import Effect
from dunnage.model.system import OperatingSystem
from dunnage.parsers.distribution import find, identify, override
from dunnage.parsers.os_release import assignments
from os_images import facts_of

DISTROS = table("distros")


def from_os_release(text: str) -> OperatingSystem:
    """Return the system of an os-release file."""
    system, _ = identify(facts_of(cataloger, {"etc/os-release": text.encode()}), DISTROS)
    assert system is not None
    return system


@pytest.mark.parametrize(
    ("text", "ecosystem", "namespace"),
    [
        ("ID=alpine\nVERSION_ID=3.19.4", "Alpine:v3.19", "alpine"),
        ("ID=alpine\nVERSION_ID=3.20.0_rc1", "Alpine:v3.20", "alpine"),
        ("ID=alpine\nVERSION_ID=3.21.0_alpha20240923", "Alpine:edge", "alpine"),
        ("ID=alpine\nVERSION_ID=20240923", "Alpine:edge", "alpine"),
        ('ID=debian\nVERSION_ID="12"', "Debian:12", "debian"),
        ("ID=debian\nVERSION_CODENAME=trixie", "Debian:13", "debian"),
        ('ID=debian\nPRETTY_NAME="Debian GNU/Linux forky/sid"', "Debian:14", "debian"),
        ("ID=debian", "", "debian"),
        ('ID=ubuntu\nVERSION_ID="22.04"', "Ubuntu:22.04:LTS", "ubuntu"),
        ('ID=ubuntu\nVERSION_ID="23.10"', "Ubuntu:23.10", "ubuntu"),
        ('ID="almalinux"\nVERSION_ID="9.3"', "AlmaLinux:9", "almalinux"),
        ('ID="rocky"\nVERSION_ID="8.9"', "Rocky Linux:8", "rocky"),
        ('ID="rhel"\nVERSION_ID="9.3"', "", "redhat"),
        ('ID="ol"\nVERSION_ID="8.9"', "", "oracle"),
        ("ID=fedora\nVERSION_ID=41", "", "fedora"),
        ('ID="amzn"\nVERSION_ID="2023"', "", "amazon"),
        ('ID="opensuse-leap"\nVERSION_ID="15.5"', "openSUSE:Leap 15.5", "opensuse"),
        ('ID="opensuse-tumbleweed"\nVERSION_ID="20240101"', "openSUSE:Tumbleweed", "opensuse"),
        ('ID="sles"\nVERSION_ID="15.5"', "", "suse"),
        ("ID=photon\nVERSION_ID=4.0", "Photon OS:4.0", "photon"),
        ('ID=mariner\nVERSION_ID="2.0"', "Azure Linux:2", "azure-linux"),
        ('ID=azurelinux\nVERSION_ID="3.0"', "Azure Linux:3", "azure-linux"),
        ("ID=mageia\nVERSION_ID=9", "Mageia:9", "mageia"),
        (
            'ID="openEuler"\nVERSION_ID="22.03"\nVERSION="22.03 (LTS-SP4)"',
            "openEuler:22.03-LTS-SP4",
            "openeuler",
        ),
        ("ID=wolfi\nVERSION_ID=20230201", "Wolfi", "wolfi"),
        ("ID=chainguard\nVERSION_ID=20230214", "Chainguard", "chainguard"),
        ("ID=minimos\nVERSION_ID=20241031", "MinimOS", "minimos"),
        ("ID=arch", "", "arch"),
        ("ID=templeos\nVERSION_ID=5", "", "templeos"),
    ],
)
def test_ecosystem_and_namespace(text: str, ecosystem: str, namespace: str) -> None:
    """The ecosystem is spelled as OSV spells it; where OSV has none it is empty."""
    system = from_os_release(text)
    assert (system.ecosystem, system.namespace) == (ecosystem, namespace)


def test_what_os_release_says_is_kept() -> None:
    """Name, version, code name and ID_LIKE come through, and the end of life from the table."""
    system = from_os_release(
        'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nPRETTY_NAME="Ubuntu 18.04.6 LTS"\n'
        'VERSION_ID="18.04"\nVERSION_CODENAME=bionic\n'
    )
    assert system == OperatingSystem(
        "ubuntu",
        "18.04",
        "Ubuntu 18.04.6 LTS",
        "bionic",
        "Ubuntu:18.04:LTS",
        "ubuntu",
        "2023-05-31",
        ("debian",),
    )


def test_centos_stream_is_not_centos_linux() -> None:
    """Both say ID=centos; the name tells them apart."""
    stream = from_os_release('ID="centos"\nNAME="CentOS Stream"\nVERSION_ID="8"')
    linux = from_os_release('ID="centos"\nNAME="CentOS Linux"\nVERSION_ID="8"')
    assert (stream.end_of_life, linux.end_of_life) == ("2024-05-31", "2021-12-31")


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("etc/alpine-release", "3.2.3\n", ("alpine", "3.2.3", "Alpine:v3.2")),
        ("etc/debian_version", "7.11\n", ("debian", "7.11", "Debian:7")),
        ("etc/debian_version", "trixie/sid\n", ("debian", "", "Debian:13")),
        ("etc/redhat-release", "CentOS release 6.10 (Final)\n", ("centos", "6.10", "")),
        ("etc/redhat-release", "CentOS Stream release 8\n", ("centos-stream", "8", "")),
        (
            "etc/redhat-release",
            "Red Hat Enterprise Linux Server release 6.10 (Santiago)",
            ("rhel", "6.10", ""),
        ),
        ("etc/system-release", "Amazon Linux AMI release 2018.03", ("amzn", "2018.03", "")),
        ("etc/almalinux-release", "AlmaLinux release 8.9 (M)", ("almalinux", "8.9", "AlmaLinux:8")),
        ("etc/oracle-release", "Oracle Linux Server release 6.10", ("ol", "6.10", "")),
        (
            "etc/SuSE-release",
            "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n",
            ("sles", "11.4", ""),
        ),
        (
            "etc/lsb-release",
            'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_DESCRIPTION="Ubuntu 10.04"',
            ("ubuntu", "10.04", "Ubuntu:10.04:LTS"),
        ),
    ],
)
def test_older_release_files(path: str, text: str, expected: tuple[str, str, str]) -> None:
    """Systems from before os-release are recognised by their own files."""
    system, _ = identify(facts_of(cataloger, {path: text.encode()}), DISTROS)
    assert system is not None
    assert (system.id, system.version, system.ecosystem) == expected


def test_order_of_the_files() -> None:
    """/etc wins over /usr/lib, os-release over older files, and other root directories are ignored."""
    files = {
        "usr/lib/os-release": b"ID=debian\nVERSION_ID=12",
        "etc/alpine-release": b"3.19.1",
        "opt/chroot/etc/os-release": b"ID=ubuntu\nVERSION_ID=22.04",
    }
    first, _ = identify(facts_of(cataloger, files), DISTROS)
    assert first is not None
    assert first.id == "debian"
    files["etc/os-release"] = b"ID=wolfi"
    second, _ = identify(facts_of(cataloger, files), DISTROS)
    assert second is not None
    assert second.id == "wolfi"


def test_nothing_said_is_no_system() -> None:
    """No file, an empty file, or one without ID is no operating system."""
    assert identify([], DISTROS) == (None, ())
    assert identify(facts_of(cataloger, {"etc/os-release": b"NAME=x\n"}), DISTROS) == (None, ())


def test_mixed_alpine_repositories_are_noted() -> None:
    """A stable Alpine that also takes packages from edge is noted; an own branch is not."""
    base = {"etc/os-release": b"ID=alpine\nVERSION_ID=3.19.4"}
    line = b"https://dl-cdn.alpinelinux.org/alpine/%s/main\n"
    own = {**base, "etc/apk/repositories": line % b"v3.19" + b"#" + line % b"edge"}
    assert identify(facts_of(cataloger, own), DISTROS)[1] == ()
    mixed = {**base, "etc/apk/repositories": line % b"v3.19" + b"@edge " + line % b"edge"}
    (problem,) = identify(facts_of(cataloger, mixed), DISTROS)[1]
    assert (problem.code, problem.effect) == ("mixed-repositories", Effect.NOTE)
    assert "edge" in problem.message


def test_testing_and_unstable_are_noted() -> None:
    """Debian without a version is matched by code name, and says that it might be unstable."""
    files = {"etc/os-release": b"ID=debian\nVERSION_CODENAME=forky"}
    system, (problem,) = identify(facts_of(cataloger, files), DISTROS)
    assert system is not None
    assert system.ecosystem == "Debian:14"
    assert (problem.code, problem.effect) == ("ambiguous-release", Effect.NOTE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alpine/edge", "Alpine:edge"),
        ("alpine/3.19", "Alpine:v3.19"),
        ("alpine/v3.19.4", "Alpine:v3.19"),
        ("Debian/12", "Debian:12"),
        ("debian:bookworm", "Debian:12"),
        ("debian-12", "Debian:12"),
        ("debian/sid", "Debian:sid"),
        ("ubuntu/jammy", "Ubuntu:22.04:LTS"),
        ("opensuse-leap-15.5", "openSUSE:Leap 15.5"),
        ("openeuler/22.03-lts-sp4", "openEuler:22.03-LTS-SP4"),
        ("wolfi", "Wolfi"),
        ("rhel/9", ""),
        ("alpine/3.99", "Alpine:v3.99"),
    ],
)
def test_override(text: str, expected: str) -> None:
    """A user's word names distribution and release in several usual ways."""
    assert override(text, DISTROS).ecosystem == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("debain/12", "did you mean 'debian'?"),
        ("alpine", "Write it like alpine/edge"),
        ("debian/boookworm", "did you mean 'bookworm'?"),
        ("zzz", "known are alma, almalinux"),
        ("", "known are alma, almalinux"),
    ],
)
def test_override_advises(text: str, expected: str) -> None:
    """What cannot be understood raises ValueError that says what was probably meant."""
    with pytest.raises(ValueError, match=re.escape(expected)):
        override(text, DISTROS)


@given(st.text(max_size=30))
def test_override_of_any_text(text: str) -> None:
    """Arbitrary text raises nothing but ValueError."""
    try:
        override(text, DISTROS)
    except ValueError:
        return


@given(st.text(alphabet="IDVERSION_alpine3.=\"'\\\n$ /", max_size=200))
def test_any_os_release(text: str) -> None:
    """Arbitrary text in every file raises nothing."""
    paths = [*cataloger.paths]
    identify(facts_of(cataloger, dict.fromkeys(paths, text.encode())), DISTROS)


def test_assignments() -> None:
    """Quotes and escapes are undone as os-release(5) says; the last of several wins."""
    text = 'A=1\n# no\nB="x \\"y\\" \\$z"\nC=\'\\n\'\n D = 2\nA=3\nE=\nF\n"G"=1\n'
    assert assignments(text) == {"a": "3", "b": 'x "y" $z', "c": "\\n", "e": ""}


@pytest.mark.parametrize("key", sorted(DISTROS))
def test_the_table(key: str) -> None:
    """Every stanza is complete, its dates are dates, and its releases fit its ecosystem."""
    stanza = DISTROS[key]
    assert key == key.lower()
    assert stanza["type"] in {"apk", "deb", "rpm", "alpm"}
    assert stanza["match"] in {"source", "binary"}
    assert stanza["release"] in {"major", "major.minor", "whole", "label", "none"}
    assert ("{release}" in stanza["ecosystem"]) <= (stanza["release"] != "none")
    for name in "eol", "standard", "extended":
        for release, day in stanza.get(name, {}).items():
            assert date.fromisoformat(day).isoformat() == day
            assert override(f"{key}/{release}", DISTROS).end_of_life == stanza["eol"][release]
    assert find(key, "", DISTROS)[0] == key
    for other in stanza.get("ids", ()):
        assert find(other, stanza.get("only_name", ""), DISTROS)[0] == key
