"""What is said about differences between platforms, and what is never claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.finding import Finding, Kind, Status
from dunnage.model.inventory import Inventory
from dunnage.model.package import Package
from dunnage.model.problem import Effect, Problem
from dunnage.model.report import Report, Subject
from dunnage.render._differences import (
    Differences,
    differences,
    finding_lines,
    folded,
    package_lines,
    summary,
)
from sample_platforms import PLATFORMS
from samples import SEVERAL

if TYPE_CHECKING:
    from collections.abc import Mapping


def subject(platform: str, versions: Mapping[str, str], *ids: str) -> Subject:
    """Return a platform of ``app`` with Debian packages by name, and findings in the first."""
    architecture = platform.rpartition("/")[2]
    packages = tuple(
        Package("deb", name, version, "debian", architecture, ref=f"{name}:{architecture}")
        for name, version in versions.items()
    )
    findings = tuple(Finding(name, Kind.VULNERABILITY, "", package=packages[0].ref) for name in ids)
    return Subject(
        f"app ({platform})",
        "registry",
        inventory=Inventory(packages=packages),
        findings=findings,
        scanners=("vuln",),
        target="app",
        platform=platform,
    )


def compared(*subjects: Subject) -> Differences:
    """Return what differs."""
    (found,) = differences(Report(subjects, "", "dunnage 1"))
    return found


A, B, C = "linux/amd64", "linux/arm64", "linux/s390x"


def test_the_architecture_is_no_difference() -> None:
    """The same packages and findings, with other package URLs and fingerprints."""
    found = compared(*(subject(name, {"libc": "2"}, "CVE-1") for name in (A, B)))
    assert (found.same, found.packages, found.findings) == (True, (), ())
    assert summary(found) == f"{A}, {B}: the same 1 package and the same findings."


def test_what_some_lack_is_named_the_short_way() -> None:
    """Only on a few, or on all but a few; versions of one package share a line."""
    found = compared(
        subject(A, {"libc": "2", "grub": "1"}, "CVE-1", "CVE-2"),
        subject(B, {"libc": "2", "grub": "1"}, "CVE-1"),
        subject(C, {"libc": "3"}, "CVE-1"),
    )
    assert package_lines(found) == [
        f"grub (deb): 1 on all but {C}",
        f"libc (deb): 2 on all but {C}; 3 only on {C}",
    ]
    assert finding_lines(found) == [f"CVE-2 in libc: only on {A}"]
    told = summary(found)
    assert told.endswith("no package in common; 3 packages and 1 finding only on some.")


def test_nothing_is_called_the_same_that_was_not_looked_for() -> None:
    """Without a scanner findings are left out of it; what is incomplete is said to be."""
    one, two = subject(A, {"libc": "2"}), subject(B, {"libc": "2"})
    unjudged = compared(one, replace(two, scanners=()))
    assert "findings" not in summary(unjudged)
    broken = replace(two, problems=(Problem("truncated", "cut"),))
    assert summary(compared(one, broken)).endswith(", as far as was examined.")
    noted = replace(two, problems=(Problem("stale", "old", effect=Effect.NOTE),))
    assert compared(one, noted).complete


def test_what_could_not_be_read_is_not_compared() -> None:
    """An empty inventory because of an error is no difference."""
    lost = Subject(f"app ({C})", "", target="app", platform=C)
    found = compared(subject(A, {"libc": "2"}), subject(B, {"libc": "2"}), lost)
    assert (found.same, found.unread) == (True, (C,))
    assert summary(found).endswith(f"Not compared: {C}.")
    alone = compared(subject(A, {"libc": "2"}), lost)
    assert (alone.packages, summary(alone)) == (
        (),
        f"Nothing could be compared: only {A} could be read.",
    )


def test_only_open_findings_count() -> None:
    """One that is waived on one platform is open on the other only."""
    one, two = (subject(name, {"libc": "2"}, "CVE-1") for name in (A, B))
    waived = replace(two, findings=(replace(two.findings[0], status=Status.WAIVED),))
    assert [finding.platforms for finding in compared(one, waived).findings] == [(A,)]


def test_other_reports_have_none() -> None:
    """Several targets are not compared; a target that was named twice is, with itself twice."""
    assert differences(SEVERAL) == []
    twice = replace(PLATFORMS, subjects=PLATFORMS.subjects * 2)
    first, second = differences(twice)
    assert first == second == differences(PLATFORMS)[0]


def test_what_is_true_of_several_platforms_is_told_once() -> None:
    """With their names, or how many; of other targets each by itself."""
    platforms = [subject(f"linux/a{n}", {}) for n in range(5)]
    assert folded((one, "x") for one in platforms[:2]) == [("app (linux/a0, linux/a1)", "x")]
    assert folded((one, "x") for one in platforms) == [("app (5 platforms)", "x")]
    others = [Subject(name, "file") for name in ("one", "two")]
    assert folded((one, "x") for one in others) == [("one", "x"), ("two", "x")]
