"""Rules about images: each fires on one thing and is silent about what looks like it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from msgspec.structs import replace

from dunnage.io.folder import load_all
from dunnage.model.budget import Excess
from dunnage.model.finding import Confidence, Finding
from dunnage.model.image import Image, Layer
from dunnage.model.severity import Severity
from dunnage.model.surface import (
    Account,
    Credential,
    Leftover,
    Place,
    Privileged,
    Program,
    Surface,
    Unlinked,
    Waste,
)
from dunnage.model.system import OperatingSystem
from dunnage.policy.budget import limits
from dunnage.rules.image._engine import check, text_of
from dunnage.rules.image._rule import Facts, ImageRule

RULES = load_all("dunnage.rules.image", "rule", ImageRule)
IMAGE = Image(
    "app",
    user="10001",
    labels=(("org.opencontainers.image.source", "https://git.example/app"),),
    layers=(
        Layer(0, diff_id="sha256:base", created_by="/bin/sh -c #(nop) ADD file:1 in /"),
        Layer(1, diff_id="sha256:top", created_by="RUN /bin/sh -c make install # buildkit"),
    ),
)
DEBIAN = OperatingSystem("debian", "12")
MADE = " (RUN /bin/sh -c make install)"
CLEAN = Facts(Surface(), IMAGE, DEBIAN)


def found(name: str, facts: Facts) -> list[Finding]:
    """Return what one rule finds."""
    return list(check(facts, {name: RULES[name]})[0])


def of(surface: Surface, image: Image | None = IMAGE) -> Facts:
    """Return facts of a Debian image."""
    return Facts(surface, image, DEBIAN)


@pytest.mark.parametrize("name", RULES)
def test_a_clean_image_has_no_finding(name: str) -> None:
    """Nothing measured, a user, a label: no rule fires, and none stumbles."""
    assert found(name, CLEAN) == []
    documented = import_module(f"dunnage.rules.image.{name.replace('-', '_')}").__doc__ or "?"
    assert text_of(name, RULES[name]).help.startswith(documented[:20])


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.image])
def test_rules_about_configurations_need_one(name: str) -> None:
    """A tree of files has no user, labels or layers that could be wrong."""
    waste = (Waste("deleted", 0, 1, 5_000_000, 1, "x"),)
    assert found(name, of(Surface(waste=waste), None)) == []


@pytest.mark.parametrize("user", ["", "root", "0", "0:0", "root:root", "00", "0:1000", "root:app"])
def test_root_user_in_any_spelling(user: str) -> None:
    """``root-user`` fires on everything that is root to the kernel."""
    (finding,) = found("root-user", of(Surface(), replace(IMAGE, user=user)))
    assert "root" in finding.message


@pytest.mark.parametrize("user", ["1", "10001:0", "app", "nonroot", "0x", "²"])
def test_root_user_is_silent_about_others(user: str) -> None:
    """The group may be root; names are believed."""
    assert found("root-user", of(Surface(), replace(IMAGE, user=user))) == []


def test_root_user_by_another_name() -> None:
    """A second account with the number 0 is root, whatever it is called."""
    surface = Surface(accounts=(Account("etc/passwd", "toor", "root-id", 2),))
    assert found("root-user", of(surface, replace(IMAGE, user="toor")))


def test_setuid_file() -> None:
    """``setuid-file`` knows the programs of the distribution, with and without ``usr``."""
    privileged = (
        Privileged("bin/su", 0o4755),
        Privileged("usr/bin/chage", 0o2755, 0, 42),
        Privileged("usr/local/bin/su", 0o4755, layer=1),
        Privileged("opt/game", 0o2755, 0, 60, layer=1),
        Privileged("opt/raw", 0o755, capabilities=("net_raw",), layer=1),
    )
    findings = found("setuid-file", of(Surface(privileged=privileged)))
    assert [(f.locations[0].path, f.severity) for f in findings] == [
        ("opt/game", Severity.LOW),
        ("usr/local/bin/su", Severity.MEDIUM),
    ]
    assert findings[1].message == (
        f"setuid (4755), it runs as user 0; take the bit away with chmod a-s{MADE}"
    )
    assert findings[1].locations[0].digest == "sha256:top"
    unknown = Facts(Surface(privileged=privileged[:1]), IMAGE)
    assert found("setuid-file", unknown)


def over(word: str, value: int, **more: Any) -> str:  # noqa: ANN401 - fields of several types
    """Return what is said of a limit that is exceeded."""
    (limit,) = limits([word])
    base = more.setdefault("base", -1)
    excess = Excess(limit, value, limit.allowed(base), **more)
    (finding,) = found("over-budget", replace(CLEAN, excesses=(excess,)))
    assert finding.locations[0].path == f"budget/{limit.key}"
    return finding.message


def test_over_budget() -> None:
    """``over-budget`` says how much, what is allowed, by how much it is over, and what is to blame."""
    assert over("bytes=200MB", 212_400_000) == ("212.4 MB unpacked, budget 200.0 MB (12.4 MB over)")
    assert over("bytes=200MB", 200_000_001).endswith("(1 B over)")
    assert over("bytes=999950", 1_500_000_000) == ("1.5 GB unpacked, budget 1.0 MB (1.5 GB over)")
    assert over("bytes=+5%", 212_400_000, base=190_000_000, layer=1, new=True) == (
        "212.4 MB unpacked, budget 199.5 MB (12.9 MB over; the baseline has 190.0 MB, +5% is "
        f"allowed); the largest new layer is 1{MADE}"
    )
    assert over("setuid=0", 1, names=("usr/bin/su",)) == (
        "1 program with setuid, setgid or capabilities, budget 0 (1 over); usr/bin/su; take the "
        "bits away with chmod a-s"
    )
    names = tuple("abcdefg")
    assert over("packages=+1", 1_009, base=1_001, names=names, new=True) == (
        "1,009 packages, budget 1,002 (7 over; the baseline has 1,001, +1 is allowed); new: a, b, "
        "c, d, e and 2 more"
    )
    assert over("executables=400", 401) == "401 executables, budget 400 (1 over)"
    assert over("high=0", 1) == "1 high vulnerability, budget 0 (1 over)"
    assert over("vulnerabilities=2", 3, names=("CVE-1", "CVE-2", "CVE-3")) == (
        "3 vulnerabilities, budget 2 (1 over); CVE-1, CVE-2, CVE-3"
    )


def test_file_capability() -> None:
    """``file-capability`` names them; some are as good as root."""
    privileged = (
        Privileged("opt/raw", 0o755, capabilities=("net_raw",)),
        Privileged("opt/all", 0o755, capabilities=("sys_admin", "net_raw")),
        Privileged("usr/bin/ping", 0o755, capabilities=("net_raw",)),
    )
    findings = found("file-capability", of(Surface(privileged=privileged)))
    assert [(f.locations[0].path, f.severity) for f in findings] == [
        ("opt/all", Severity.HIGH),
        ("opt/raw", Severity.MEDIUM),
    ]
    assert "cap_sys_admin, cap_net_raw" in findings[0].message


def test_credential_file() -> None:
    """``credential-file`` says where it is hidden, and is less sure of what only a name says."""
    credentials = (
        Credential("a.key", "private key", certain=True, layer=1, removed=True),
        Credential("b.p12", "a key store", certain=False, layer=0),
    )
    findings = found("credential-file", of(Surface(credentials=credentials)))
    assert [(f.severity, f.confidence) for f in findings] == [
        (Severity.HIGH, Confidence.HIGH),
        (Severity.LOW, Confidence.LOW),
    ]
    assert findings[0].message == (
        "it holds a private key; a later layer hides it, but it is still in the image; replace the"
        f" credential, and use a build secret instead{MADE}"
    )


def test_package_manager_cache() -> None:
    """``package-manager-cache`` leaves out what is not worth a word."""
    left = (
        Leftover("apt", "var/lib/apt/lists", 19_500_000, 12, 1),
        Leftover("pip", "root/.cache/pip", 99_999, 3, 1),
    )
    (finding,) = found("package-manager-cache", of(Surface(leftovers=left)))
    assert finding.message.startswith(
        "apt left 19.5 MB (files: 12); remove them in the instruction"
    )


def test_world_writable_directory() -> None:
    """``world-writable-directory`` names path and mode."""
    surface = Surface(open_directories=(Place("srv/data", 0o777, 1),))
    (finding,) = found("world-writable-directory", of(surface))
    assert finding.locations[0].path == "srv/data"
    assert "(0777)" in finding.message


def test_accounts() -> None:
    """``empty-password`` and ``duplicate-account`` point at the line of the file."""
    accounts = (
        Account("etc/shadow", "a", "empty-password", 3, 0),
        Account("etc/passwd", "b", "duplicate-id", 4, 0),
        Account("etc/passwd", "c", "root-id", 5, 0),
    )
    (empty,) = found("empty-password", of(Surface(accounts=accounts)))
    assert (empty.locations[0].path, empty.locations[0].line) == ("etc/shadow", 3)
    double = found("duplicate-account", of(Surface(accounts=accounts)))
    assert [(f.locations[0].line, f.severity) for f in double] == [
        (4, Severity.LOW),
        (5, Severity.HIGH),
    ]


@pytest.mark.parametrize("name", ["compiler", "package-manager", "shell"])
def test_programs_are_one_finding_for_each_kind(name: str) -> None:
    """``compiler``, ``package-manager`` and ``shell`` name the programs, once for all of them."""
    every = tuple(
        Program(kind, f"{kind}{number}", f"usr/bin/{kind}{number}", 1)
        for kind in ("compiler", "package-manager", "shell", "interpreter")
        for number in range(7)
    )
    (finding,) = found(name, of(Surface(programs=every)))
    assert f"{name}0, {name}1, {name}2, {name}3, {name}4 and 2 more" in finding.message
    assert finding.message.endswith(MADE)


def test_unstartable_program() -> None:
    """``unstartable-program`` tells the C library apart from a missing library and an old one."""
    loader = "/lib64/ld-linux-x86-64.so.2"
    unlinked = (
        Unlinked("app/a", loader, (loader,)),
        Unlinked("app/b", loader, ("libssl.so.1.1", "libcrypto.so.1.1")),
        Unlinked("app/c", loader, (), "GLIBC_2.38"),
    )
    surface = Surface(unlinked=unlinked, libc="musl", libc_version="2.36")
    findings = found("unstartable-program", of(surface))
    assert [f.message for f in findings] == [
        f"its loader {loader} is missing; it was built for glibc, and here is musl",
        "libraries it needs are missing: libssl.so.1.1, libcrypto.so.1.1",
        "it needs GLIBC_2.38, and here is glibc 2.36",
    ]
    assert [f.severity for f in findings] == [Severity.HIGH, Severity.MEDIUM, Severity.HIGH]


def test_wasted_bytes() -> None:
    """``wasted-bytes`` names cause, both layers and the instruction that did it."""
    waste = (
        Waste("deleted", 0, 1, 5_250_000, 12, "var/cache/big"),
        Waste("metadata-only", 0, 1, 1_000_000, 1, "app"),
        Waste("overwritten", 0, 1, 999_999, 1, "small"),
    )
    findings = found("wasted-bytes", of(Surface(waste=waste)))
    assert [f.message for f in findings] == [
        (
            "1.0 MB of layer 0 are useless: a file was given other permissions or another owner in"
            f" layer 1{MADE}; set owner and mode when they are made (COPY --chown, --chmod)"
        ),
        (
            f"5.2 MB of layer 0 are useless: 12 files were deleted in layer 1{MADE};"
            " delete them in the instruction that makes them"
        ),
    ]


def test_missing_label() -> None:
    """``missing-label`` wants one label of several, with a value."""
    assert found("missing-label", of(Surface(), replace(IMAGE, labels=())))
    empty = (("org.opencontainers.image.source", ""),)
    assert found("missing-label", of(Surface(), replace(IMAGE, labels=empty)))
    elder = (("org.label-schema.vcs-url", "https://git.example/app"),)
    assert not found("missing-label", of(Surface(), replace(IMAGE, labels=elder)))


def test_missing_healthcheck() -> None:
    """``missing-healthcheck`` only fires where the format can carry one."""
    assert found("missing-healthcheck", of(Surface(), replace(IMAGE, healthcheck=False)))
    for carried in (True, None):
        image = replace(IMAGE, healthcheck=carried)
        assert not found("missing-healthcheck", of(Surface(), image))


def test_many_findings_are_counted() -> None:
    """An image cannot flood a report; how many are left out is said."""
    places = tuple(Place(f"d{number:04}", 0o777) for number in range(250))
    findings, problems = check(of(Surface(open_directories=places)), RULES)
    assert len(findings) == 200
    assert [(p.code, p.count) for p in problems] == [("more-findings", 50)]
