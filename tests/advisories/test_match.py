"""What matching says about made-up packages and advisories."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from advisories.mirrors import NOW, below, held, record, store_of
from dunnage.advisories.match import Matched, ecosystems_of, match
from dunnage.model.finding import Kind
from dunnage.model.package import Package
from dunnage.model.problem import Effect
from dunnage.model.severity import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from advisories.mirrors import Json
    from dunnage.model.inventory import Inventory


def _match(
    root: Path, ecosystems: dict[str, list[Json]], inventory: Inventory, **more: float
) -> Matched:
    with store_of(root, ecosystems) as store:
        return match(inventory, store, now=NOW, db_max_age=more.get("db_max_age"))


def _library(name: str, version: str, kind: str = "pypi", **more: str) -> Package:
    return Package(kind, name, version, ref=f"{kind}/{name}", **more)  # type: ignore[arg-type]  # texts only


def test_names_of_one_vulnerability_are_merged(tmp_path: Path) -> None:
    """PYSEC, GHSA and CVE are one finding that lists each advisory with its own range and fix."""
    records = [
        record("PYSEC-2024-1", "PyPI", "thing", *below("1.2"), aliases=["CVE-2024-1000"]),
        record("GHSA-aaaa-bbbb-cccc", "PyPI", "thing", *below("1.3"), aliases=["CVE-2024-1000"]),
        record("PYSEC-2024-9", "PyPI", "thing", *below("9"), aliases=["CVE-2024-1001"]),
    ]
    found = _match(tmp_path, {"PyPI": records}, held(_library("Thing", "1.0"))).findings
    assert [finding.id for finding in found] == ["CVE-2024-1000", "CVE-2024-1001"]
    first = found[0]
    assert [(s.id, s.fixed, s.affected) for s in first.statements] == [
        ("GHSA-aaaa-bbbb-cccc", "1.3", "< 1.3"),
        ("PYSEC-2024-1", "1.2", "< 1.2"),
    ]
    assert first.aliases == ("GHSA-aaaa-bbbb-cccc", "PYSEC-2024-1")
    assert first.fix.version == "1.3"
    assert first.fix.state == "fixed"
    assert first.severity is Severity.UNKNOWN
    assert first.severity_source == ""


def test_two_cves_are_never_one_finding(tmp_path: Path) -> None:
    """A record that gives two CVEs as its aliases gives a finding for each of them."""
    records = [
        record("GHSA-a", "npm", "l", *below("2.0.0"), aliases=["CVE-2021-1000"]),
        record("x_R-1", "npm", "l", *below("3.0.0"), aliases=["CVE-2021-1000", "CVE-2026-1001"]),
    ]
    found = _match(tmp_path, {"npm": records}, held(_library("l", "1.0.0", "npm"))).findings
    told = [(f.id, f.aliases, [s.id for s in f.statements]) for f in found]
    assert told == [
        ("CVE-2021-1000", ("GHSA-a", "x_R-1"), ["GHSA-a", "x_R-1"]),
        ("CVE-2026-1001", ("x_R-1",), ["x_R-1"]),
    ]


def test_unreadable_range_is_a_problem_for_its_package_alone(tmp_path: Path) -> None:
    """Whether the package has it is not known, and that is said; others are not touched."""
    records = [record("PYSEC-2025-1", "PyPI", "torch", *below("2018-04-22b"))]
    inventory = held(_library("torch", "2.5"), _library("other", "1.0"))
    matched = _match(tmp_path, {"PyPI": records}, inventory)
    assert matched.findings == ()
    (told,) = matched.problems
    assert (told.code, told.where, told.effect) == (
        "unreadable-advisory",
        "torch 2.5",
        Effect.INCOMPLETE,
    )
    assert "PYSEC-2025-1" in told.message


def test_bundle_gives_one_finding_per_cve(tmp_path: Path) -> None:
    """A DSA that handles two CVEs gives two findings, each with the DSA as its statement."""
    both = record(
        "DSA-1-1", "Debian:12", "tool", *below("2-1"), upstream=["CVE-2024-2000", "CVE-2024-2001"]
    )
    none = record("DSA-2-1", "Debian:12", "tool", *below("2-2"))
    package = Package("deb", "libtool1", "1-1", source="tool", ref="a")
    inventory = held(package, ecosystem="Debian:12")
    found = _match(tmp_path, {"Debian": [both, none]}, inventory).findings
    assert [f.id for f in found] == ["CVE-2024-2000", "CVE-2024-2001", "DSA-2-1"]
    assert [[s.id for s in f.statements] for f in found] == [["DSA-1-1"], ["DSA-1-1"], ["DSA-2-1"]]


def test_fix_satisfies_all_statements_and_branches(tmp_path: Path) -> None:
    """A fix is on a branch above the installed version, and covered by no other span."""
    events = ({"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.3"})
    records = [
        record("GHSA-1", "PyPI", "web", *events, aliases=["CVE-2024-1111"]),
        record("PYSEC-1", "PyPI", "web", *below("2.2"), aliases=["CVE-2024-1111"]),
    ]
    (finding,) = _match(tmp_path, {"PyPI": records}, held(_library("web", "1.0"))).findings
    assert finding.fix.version == "2.3"
    assert [s.fixed for s in finding.statements] == ["1.5", "2.2"]


@pytest.mark.parametrize(
    ("events", "versions", "hit"),
    [
        ([{"introduced": "0"}, {"last_affected": "1.4"}], [], True),
        ([{"introduced": "0"}, {"last_affected": "1.3"}], [], False),
        ([{"introduced": "1.5"}], [], False),
        ([{"fixed": "1.5"}, {"introduced": "1.1"}], [], True),
        ([], ["1.4.0", "1.6"], True),
        ([], ["1.3"], False),
        ([{"introduced": "2"}], ["1.4"], True),
        ([{"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "1.4"}], [], True),
    ],
)
def test_ranges(events: list[Json], versions: list[str], hit: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """Ranges, several events in any order, last_affected and enumerated versions all count."""
    told = record("X-1", "PyPI", "thing", *events)
    told["affected"][0]["versions"] = versions
    other = record("X-2", "PyPI", "other", *below("1"))
    inventory = held(_library("thing", "1.4"))
    found = _match(tmp_path, {"PyPI": [told, other]}, inventory).findings
    assert bool(found) is hit


def test_withdrawn_and_bugfix_advisories_never_match(tmp_path: Path) -> None:
    """Withdrawn records, ALBA- and ALEA- are counted and never found."""
    records = [
        record("ALSA-1", "AlmaLinux:9", "bash", *below("2-1"), related=["CVE-2024-3000"]),
        record("ALBA-1", "AlmaLinux:9", "bash", *below("3-1")),
        record("ALEA-1", "AlmaLinux:9", "bash", *below("3-1")),
        record("ALSA-2", "AlmaLinux:9", "bash", *below("3-1"), withdrawn="2026-01-01T00:00:00Z"),
    ]
    package = Package("rpm", "bash", "1-1", source="bash", ref="bash")
    found = _match(tmp_path, {"AlmaLinux": records}, held(package, ecosystem="AlmaLinux:9"))
    assert [finding.id for finding in found.findings] == ["CVE-2024-3000"]


def test_epoch_zero_and_debug_packages(tmp_path: Path) -> None:
    """A missing epoch is epoch 0, a present one counts, and debug symbols are never affected."""
    names = ("low", "high", "low-debuginfo")
    records = [record(f"ALSA-{n}", "AlmaLinux:9", n, *below("1:2-1")) for n in names]
    packages = (
        Package("rpm", "low", "9-1", ref="low"),
        Package("rpm", "high", "1:2-1", ref="high"),
        Package("rpm", "low-debuginfo", "9-1", ref="debug"),
    )
    found = _match(tmp_path, {"AlmaLinux": records}, held(*packages, ecosystem="AlmaLinux:9"))
    assert [finding.package for finding in found.findings] == ["low"]
    assert found.matched == 3


def test_modules(tmp_path: Path) -> None:
    """A module's advisory only concerns packages of the same module stream."""
    fixed = below("1:16.20-1.module_el8.8.0+1+aa")
    summary = "Important: nodejs:16 security update"
    records = [record("ALSA-1", "AlmaLinux:8", "nodejs", *fixed, summary=summary)]
    base = Package("rpm", "nodejs", "1:14.1-1.module_el8.5.0+2+bb", ref="n")
    label = (("modularity", "nodejs:14:8050020211213115342:c5368500"),)
    same = (("modularity", "nodejs:16:8050020211213115342:c5368500"),)
    packages = {
        "other stream": (replace(base, extra=label), 0),
        "same stream": (replace(base, extra=same), 1),
        "a module without a label": (base, 1),
        "no module": (replace(base, version="1:14.1-1.el8"), 0),
    }
    with store_of(tmp_path, {"AlmaLinux": records}) as store:
        for name, (package, count) in packages.items():
            found = match(held(package, ecosystem="AlmaLinux:8"), store, now=NOW).findings
            assert len(found) == count, name
            assert all(f.severity_source == "distribution" for f in found)
            assert all(f.severity is Severity.HIGH for f in found)


def test_source_and_binary_names(tmp_path: Path) -> None:
    """Debian is matched by source name and source version, AlmaLinux by binary name."""
    debian = [record("DSA-1-1", "Debian:12", "openssl", *below("3.0.2-1"))]
    alma = [record("ALSA-1", "AlmaLinux:9", "openssl-libs", *below("1:3.0.2-1"))]
    deb = Package(
        "deb", "libssl3", "1:9-1+b1", source="openssl", source_version="3.0.1-1", ref="ssl"
    )
    rpm = Package("rpm", "openssl-libs", "1:3.0.1-1", source="openssl", ref="ssl")
    with store_of(tmp_path, {"Debian": debian, "AlmaLinux": alma}) as store:
        assert match(held(deb, ecosystem="Debian:12"), store, now=NOW).findings
        assert match(held(rpm, ecosystem="AlmaLinux:9"), store, now=NOW).findings
        other = replace(rpm, name="openssl")
        assert not match(held(other, ecosystem="AlmaLinux:9"), store, now=NOW).findings


def test_names_are_normalised_where_the_ecosystem_does(tmp_path: Path) -> None:
    """PyPI names are equal by PEP 503; Go names differ by case; a Maven jar may lack its group."""
    records = {
        "PyPI": [record("P-1", "PyPI", "Zope.Interface", *below("2"))],
        "Go": [record("G-1", "Go", "github.com/BurntSushi/toml", *below("2.0.0"))],
        "Maven": [record("M-1", "Maven", "org.example:tool", *below("2"))],
    }
    packages = (
        _library("zope-interface", "1"),
        _library("github.com/burntsushi/toml", "v1.0.0", "golang"),
        _library("github.com/BurntSushi/toml", "v1.0.0", "golang"),
        _library("tool", "1", "maven", namespace="org.example"),
        _library("tool", "1", "maven", namespace="org.other"),
        replace(_library("tool", "1", "maven"), ref="groupless"),
    )
    found = _match(tmp_path, records, held(*packages)).findings
    assert sorted((finding.package, finding.id) for finding in found) == [
        ("golang/github.com/BurntSushi/toml", "G-1"),
        ("groupless", "M-1"),
        ("maven/tool", "M-1"),
        ("pypi/zope-interface", "P-1"),
    ]


def test_malicious_packages_are_critical(tmp_path: Path) -> None:
    """A MAL- record makes a critical finding whose message says malicious."""
    told = record("MAL-2024-1", "npm", "evil", {"introduced": "0"}, summary="Steals tokens")
    (finding,) = _match(tmp_path, {"npm": [told]}, held(_library("evil", "1.0.0", "npm"))).findings
    assert finding.severity is Severity.CRITICAL
    assert "malicious" in finding.message
    assert finding.fix.state == "not-fixed"


def test_never_a_silent_zero(tmp_path: Path) -> None:
    """What cannot be examined is told: release, kind, distribution, version, or no store at all."""
    records = {
        "Debian": [record("DSA-1-1", "Debian:11", "a", *below("1"))],
        "PyPI": [record("P-1", "PyPI", "a", *below("1"))],
    }
    deb = Package("deb", "a", "0.1", ref="deb")
    libraries = (
        _library("a", ""),
        _library("b", ""),
        _library("a", "not a version"),
        _library("a", "1", "npm"),
        _library("a", "1", "conda"),
    )
    with store_of(tmp_path, records) as store:
        release = match(held(deb, ecosystem="Debian:12"), store, now=NOW)
        kind = match(held(*libraries), store, now=NOW)
        nobody = match(held(deb), store, now=NOW)
        unknown = match(held(deb, ecosystem="AlmaLinux:9"), store, now=NOW)
    (told,) = release.problems
    assert (told.code, told.where, told.count) == ("no-advisory-data", "Debian:12", 1)
    assert "no advisory data for Debian:12, only for 11" in told.message
    assert told.advice.startswith("dunnage db update --only Debian")
    assert release.unexamined == 1
    assert [(p.code, p.where, p.count) for p in kind.problems] == [
        ("no-advisory-data", "conda", 1),
        ("no-advisory-data", "npm", 1),
        ("unreadable-version", "PyPI", 1),
        ("no-version", "PyPI", 1),
    ]
    assert (kind.matched, kind.unexamined) == (1, 4)
    assert [p.code for p in (*nobody.problems, *unknown.problems)] == ["no-advisory-data"] * 2
    problems = (*release.problems, *kind.problems, *nobody.problems, *unknown.problems)
    assert all(problem.effect is Effect.INCOMPLETE for problem in problems)
    (nothing,) = match(held(deb), None, now=NOW).problems
    assert nothing.effect is Effect.NO_DATA


def test_end_of_life_is_a_finding(tmp_path: Path) -> None:
    """The end of free support is a finding that hides nothing, from the day after it."""
    records = {"Debian": [record("DSA-1-1", "Debian:12", "a", *below("1"))]}
    inventory = held(
        Package("deb", "a", "0.1", ref="deb"), ecosystem="Debian:12", end_of_life="2026-11-21"
    )
    matched = _match(tmp_path, records, inventory)
    assert [finding.kind for finding in matched.findings] == [
        Kind.END_OF_LIFE,
        Kind.VULNERABILITY,
    ]
    assert "2026-11-21" in matched.findings[0].message
    assert not matched.problems
    assert not match(inventory, None, now=NOW, notices=False).findings
    on_the_day = match(inventory, None, now=NOW - timedelta(days=1))
    assert not on_the_day.findings


@pytest.mark.parametrize(
    ("age", "allowed", "told"),
    [
        (0.5, None, []),
        (3, None, [("advisory-data-old", Effect.NOTE)]),
        (3, 7.0, [("advisory-data-old", Effect.NOTE)]),
        (8, 7.0, [("advisory-data-too-old", Effect.INCOMPLETE)]),
    ],
)
def test_age(
    age: float, allowed: float | None, told: list[tuple[str, Effect]], tmp_path: Path
) -> None:
    """Data older than a day is noted; older than allowed it makes the report incomplete."""
    with store_of(tmp_path, {"PyPI": [record("P-1", "PyPI", "a", *below("1"))]}) as store:
        later = NOW + timedelta(days=age)
        problems = match(held(_library("a", "2")), store, now=later, db_max_age=allowed).problems
        assert [(problem.code, problem.effect) for problem in problems] == told
        assert store.data(later, ["PyPI"]).age_days == pytest.approx(age)


def test_order_and_consulted_ecosystems(tmp_path: Path) -> None:
    """Findings come worst first, then by package and id; the consulted ecosystems are named."""
    vector = {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}
    records = [
        record("P-3", "PyPI", "b", *below("2")),
        record("P-2", "PyPI", "b", *below("2"), severity=[vector]),
        record("P-1", "PyPI", "a", *below("2")),
        record("P-0", "PyPI", "b", *below("2")),
    ]
    inventory = held(_library("b", "1"), _library("a", "1"), _library("c", "1", "npm"))
    assert ecosystems_of(inventory) == ("PyPI", "npm")
    matched = _match(tmp_path, {"PyPI": records}, inventory)
    assert [finding.id for finding in matched.findings] == ["P-2", "P-1", "P-0", "P-3"]
    assert matched.ecosystems == ("PyPI",)
