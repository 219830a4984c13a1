"""What is measured for a budget, and when nothing can be said."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from dunnage.io.tables import table
from dunnage.model.budget import KEYS, OF_FILES, OF_FINDINGS
from dunnage.model.finding import Finding, Kind
from dunnage.model.image import Image, Layer
from dunnage.model.inventory import Inventory
from dunnage.model.problem import Effect, Problem
from dunnage.model.report import Examined, Subject
from dunnage.model.severity import Severity
from dunnage.model.surface import Privileged, Surface
from dunnage.rules.measures import blame, measured
from sample_image import PACKAGES

HIGH = Finding("CVE-1", Kind.VULNERABILITY, "bad", Severity.HIGH)
LOW = Finding("CVE-2", Kind.VULNERABILITY, "bad", Severity.LOW)
OTHER = Finding("image/shell", Kind.MISCONFIGURATION, "a shell", Severity.HIGH)
COUNTED = (HIGH, OTHER, LOW)
SURFACE = Surface(
    unpacked=700,
    layer_bytes=900,
    files=9,
    executables=5,
    privileged=(Privileged("bin/a", 0o4755), Privileged("bin/b", 0o755, capabilities=("chown",))),
    more=(("privileged", 3), ("leftovers", 8)),
)
SUBJECT = Subject(
    "app",
    "oci-dir",
    inventory=Inventory(packages=PACKAGES),
    examined=Examined(packages=len(PACKAGES), packages_matched=len(PACKAGES)),
    scanners=("vuln",),
    surface=SURFACE,
)
EXPECTED = {
    "bytes": 700,
    "packages": len(PACKAGES),
    "executables": 5,
    "setuid": 5,
    "vulnerabilities": 2,
    "critical": 0,
    "high": 1,
    "medium": 0,
    "low": 1,
}


@pytest.mark.parametrize("key", KEYS)
def test_numbers(key: str) -> None:
    """Unpacked bytes, and of lists also what is not listed; other findings are none."""
    found = measured(SUBJECT, key, COUNTED)
    assert (found.value, found.doubt) == (EXPECTED[key], "")


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"surface": None}, OF_FILES),
        ({"source": "sbom", "surface": None}, OF_FILES),
        ({"source": "project"}, OF_FILES),
        ({"scanners": ("image",)}, OF_FINDINGS),
        ({"examined": Examined()}, OF_FINDINGS),
    ],
)
def test_what_has_no_number(changes: dict[str, object], keys: tuple[str, ...]) -> None:
    """It is said why; all other numbers are as before."""
    subject = replace(SUBJECT, **changes)
    for key in KEYS:
        found = measured(subject, key, COUNTED)
        assert (found.value, bool(found.doubt)) == (
            (-1, True) if key in keys else (EXPECTED[key], False)
        )


@pytest.mark.parametrize(
    ("code", "sure"),
    [
        ("layer-not-examined", ()),
        ("a-code-of-tomorrow", ()),
        ("broken-package-record", OF_FILES),
        ("no-advisory-data", (*OF_FILES, "packages")),
        ("scanner-skipped", KEYS),
    ],
)
def test_what_is_not_examined_spoils_numbers(code: str, sure: tuple[str, ...]) -> None:
    """A missing layer spoils all of them, an unknown ecosystem only those of vulnerabilities."""
    problem = Problem(code, "it is so", where="layer 3")
    for effect in Effect:
        subject = replace(SUBJECT, problems=(replace(problem, effect=effect),))
        for key in KEYS:
            found = measured(subject, key, COUNTED)
            fine = effect is Effect.NOTE or key in sure
            assert found.doubt == ("" if fine else "layer 3: it is so")
            # Only without advisories for some packages is the number one that can only grow.
            assert found.least or fine or code != "no-advisory-data"
            assert not (found.least and found.doubt) or code == "no-advisory-data"


def test_the_table_knows_what_can_be_spoiled() -> None:
    """A word that nobody asks for would let a number pass for sure."""
    words = {one["spoils"] for one in table("problems").values() if "spoils" in one}
    assert words == {"packages", "vulnerabilities", "nothing"}


def test_blame_without_a_baseline() -> None:
    """The largest layer, the programs, the kinds of package, the worst vulnerabilities."""
    layers = (Layer(0, size=10), Layer(1, size=30), Layer(2, size=30), Layer(3, size=-1))
    subject = replace(SUBJECT, image=Image("app", layers=layers))
    assert blame(subject, "bytes", ()).layer == 1
    assert blame(SUBJECT, "bytes", ()).layer == -1
    assert blame(SUBJECT, "setuid", ()).names == ("bin/a", "bin/b")
    kinds = blame(SUBJECT, "packages", ()).names
    assert sum(int(text.split()[0]) for text in kinds) == len(PACKAGES)
    assert blame(SUBJECT, "vulnerabilities", COUNTED).names == ("CVE-1", "CVE-2")
    assert blame(SUBJECT, "low", COUNTED).names == ("CVE-2",)
    assert blame(SUBJECT, "executables", ()).names == ()


def test_blame_beside_a_baseline() -> None:
    """Only what the baseline does not have; a package in another version is none, a second one is."""
    old = (Layer(0, diff_id="sha256:a", size=90), Layer(1, diff_id="sha256:b", size=5))
    new = (*old, Layer(2, diff_id="sha256:c", size=20), Layer(3, diff_id="sha256:d", size=9))
    first = PACKAGES[0]
    before = replace(
        SUBJECT,
        image=Image("app", layers=old),
        inventory=Inventory(packages=(replace(first, version="0.1"),)),
        surface=replace(SURFACE, privileged=SURFACE.privileged[:1]),
    )
    twice = (first, replace(first, version="9.9"))
    after = replace(SUBJECT, image=Image("app", layers=new), inventory=Inventory(packages=twice))
    assert blame(after, "bytes", (), before).layer == 2
    assert blame(after, "setuid", (), before).names == ("bin/b",)
    assert blame(after, "packages", (), before).names == (f"{first.title} 9.9",)
    assert blame(after, "vulnerabilities", COUNTED, before, (LOW,)).names == ("CVE-1",)
