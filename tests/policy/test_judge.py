"""Judging: what is hidden, waived and failed, and that nothing disappears."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import sample_image
import samples
from dunnage.model.finding import Finding, Fix, Kind, Statement, Status
from dunnage.model.location import Location
from dunnage.model.policy import Policy, Waiver
from dunnage.model.problem import Effect
from dunnage.model.report import Gate
from dunnage.model.severity import Severity
from dunnage.policy.judge import combine, combine_notes, judge
from support import making

if TYPE_CHECKING:
    from dunnage.model.package import Package

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
JINJA = sample_image.JINJA
PACKAGES = {package.ref: package for package in sample_image.PACKAGES}
VULNERABLE = replace(
    samples.WAIVED, severity=Severity.HIGH, status=Status.OPEN, reason="", fingerprint=""
)


def waive(**changes: object) -> Waiver:
    """Return a waiver of the sample finding."""
    base = Waiver("CVE-2019-10906", "shop team", "not reachable", "2025-06-01", origin="f:1")
    return replace(base, **changes)


def one(finding: Finding, policy: Policy) -> tuple[Finding, Gate]:
    """Judge one finding."""
    judged, gate, _ = judge([finding], PACKAGES, policy, NOW)
    return judged[0], gate


@pytest.mark.parametrize("name", ["CVE-2019-10906", "cve-2019-10906", "PYSEC-2019-217"])
def test_waiver_matches_every_name_of_a_finding(name: str) -> None:
    """Id, alias or advisory; case does not count; the reason names owner and end."""
    policy = Policy(waivers=(waive(id=name),), fail_on=Severity.LOW)
    judged, gate = one(VULNERABLE, policy)
    assert judged.status is Status.WAIVED
    assert judged.reason == "waived by shop team until 2025-06-01: not reachable"
    assert gate.failed == 0


def test_waiver_matches_an_advisory_behind_a_finding() -> None:
    """An advisory id that is no alias covers the finding too."""
    finding = replace(VULNERABLE, statements=(Statement("DSA-1", "osv", "Debian:12"),))
    assert one(finding, Policy(waivers=(waive(id="DSA-1"),)))[0].status is Status.WAIVED


@pytest.mark.parametrize(
    ("limits", "covered"),
    [
        ({"packages": ("Jinja2",)}, True),
        ({"packages": ("flask", "pkg:pypi/jinja2")}, True),
        ({"packages": ("pkg:pypi/Jinja2@2.10",)}, True),
        ({"packages": ("pkg:pypi/jinja2@2.11",)}, False),
        ({"packages": ("flask",)}, False),
        ({"paths": ("app/venv/*",)}, True),
        ({"paths": ("/app/*",)}, True),
        ({"paths": ("opt/*",)}, False),
        ({"packages": ("Jinja2",), "paths": ("opt/*",)}, False),
    ],
)
def test_waiver_may_be_limited(limits: dict[str, object], covered: object) -> None:
    """A limited waiver covers nothing else."""
    judged, _ = one(VULNERABLE, Policy(waivers=(waive(**limits),)))
    assert (judged.status is Status.WAIVED) is covered


def test_waiver_of_a_path_does_not_cover_a_copy_elsewhere() -> None:
    """Every place of a finding must match, not just one."""
    finding = replace(VULNERABLE, locations=(*JINJA.locations, Location("opt/jinja2/METADATA")))
    assert one(finding, Policy(waivers=(waive(paths=("app/*",)),)))[0].status is Status.OPEN


def test_waiver_holds_on_its_last_day_and_not_on_the_next() -> None:
    """An expired waiver does not apply, and a note says so."""
    policy = Policy(waivers=(waive(),), fail_on=Severity.HIGH)
    _, gate, notes = judge([VULNERABLE], PACKAGES, policy, NOW)
    assert (gate.failed, notes) == (0, ())
    judged, gate, notes = judge([VULNERABLE], PACKAGES, policy, NOW.replace(day=2))
    assert judged[0].status is Status.OPEN
    assert gate.failed == 1
    assert [(note.code, note.where, note.effect) for note in notes] == [
        ("waiver-expired", "f:1", Effect.NOTE)
    ]


def test_unused_waiver_is_told() -> None:
    """A waiver that covers nothing is worth a note, not an error."""
    _, _, notes = judge([VULNERABLE], PACKAGES, Policy(waivers=(waive(id="CVE-1"),)), NOW)
    assert [note.code for note in notes] == ["waiver-unused"]
    assert "CVE-1" in notes[0].message


def test_waiver_used_for_one_subject_is_not_unused() -> None:
    """For several subjects a waiver is unused only if nobody used it; notes are not repeated."""
    waivers = (waive(expires="2025-01-01"), waive(id="CVE-1", origin="f:9"))
    policy = Policy(waivers=waivers)
    used = judge([VULNERABLE], PACKAGES, policy, NOW)[2]
    unused = judge([], {}, policy, NOW)[2]
    notes = combine_notes((used, unused, used))
    assert [(n.code, n.where, n.count) for n in notes] == [
        ("waiver-expired", "f:1", 2),
        ("waiver-unused", "f:9", 1),
    ]


def test_suppressed_findings_stay_with_their_reason() -> None:
    """What is known not to apply neither fails nor changes its reason."""
    policy = Policy(fail_on=Severity.NEGLIGIBLE, show=frozenset({Severity.CRITICAL}))
    judged, gate = one(samples.SUPPRESSED, policy)
    assert (judged.status, judged.reason) == (Status.SUPPRESSED, samples.SUPPRESSED.reason)
    assert gate.failed == 0


def test_severity_to_show_hides_but_never_weakens_the_gate() -> None:
    """A finding hidden by --severity still fails --fail-on."""
    policy = Policy(show=frozenset({Severity.CRITICAL}), fail_on=Severity.MEDIUM)
    judged, gate = one(VULNERABLE, policy)
    assert judged.status is Status.HIDDEN
    assert "--severity" in judged.reason
    assert gate.failed == 1
    assert gate.failed_fingerprints == (judged.fingerprint,)


def test_unfixed_findings_can_be_ignored() -> None:
    """--ignore-unfixed hides what nobody has fixed and keeps it out of the gate."""
    policy = Policy(ignore_unfixed=True, fail_on=Severity.LOW)
    judged, gate = one(replace(VULNERABLE, fix=Fix()), policy)
    assert (judged.status, gate.failed) == (Status.HIDDEN, 0)
    assert one(VULNERABLE, policy)[0].status is Status.OPEN


def test_end_of_life_is_never_ignored_as_unfixed() -> None:
    """End of life has no fixed version, yet counts with its severity."""
    finding = replace(samples.END_OF_LIFE, fix=Fix())
    judged, gate = one(finding, Policy(ignore_unfixed=True, fail_on=Severity.HIGH))
    assert (judged.status, gate.failed) == (Status.OPEN, 1)


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (Policy(exit_on_eol=9), 9),
        (Policy(exit_on_eol=9, fail_on=Severity.LOW), 9),
        (Policy(exit_on_eol=9, show=frozenset({Severity.LOW})), 9),
        (Policy(exit_on_eol=9, waivers=(waive(id=samples.END_OF_LIFE.id),)), 0),
        (Policy(fail_on=Severity.LOW), 1),
        (Policy(), 0),
    ],
)
def test_end_of_life_may_have_an_exit_code_of_its_own(policy: Policy, code: int) -> None:
    """It wins over the gate's and does not depend on what is shown; a waiver takes it back."""
    finding = replace(samples.END_OF_LIFE, status=Status.OPEN, reason="", fingerprint="")
    judged, gate = one(finding, policy)
    report = replace(samples.REPORT, subjects=(), problems=(), gate=combine((gate, gate)))
    assert (judged.kind, report.exit_code) == (Kind.END_OF_LIFE, code)


def test_unknown_severity_is_counted_or_fails() -> None:
    """The gate tells what it could not judge, or fails on it if asked."""
    _, gate = one(samples.UNSCORED, Policy(fail_on=Severity.HIGH))
    assert (gate.failed, gate.unknown) == (0, 1)
    _, gate = one(samples.UNSCORED, Policy(fail_on_unknown=True))
    assert (gate.asked, gate.failed, gate.unknown) == (True, 1, 0)
    _, gate = one(samples.UNSCORED, Policy())
    assert (gate.asked, gate.unknown) == (False, 0)


def test_gates_of_several_subjects_add_up() -> None:
    """One failing subject fails the report."""
    passed = Gate(asked=True, fail_on="high", unknown=2)
    failed = replace(passed, failed=1, unknown=0, failed_fingerprints=("a" * 32,), exit_code=7)
    assert combine((passed, replace(failed, exit_code=1))) == replace(
        passed, failed=1, failed_fingerprints=("a" * 32,)
    )
    assert combine(()) == Gate()


def _print(finding: Finding, package: Package) -> str:
    return judge([finding], {package.ref: package}, Policy(), NOW)[0][0].fingerprint


def test_fingerprint_does_not_depend_on_layers_or_release() -> None:
    """Rebuilding with other layers or another release keeps it; another package does not."""
    first = _print(VULNERABLE, JINJA)
    moved = tuple(replace(p, layer=0, digest="sha256:0") for p in JINJA.locations)
    rebased = replace(JINJA, locations=moved, qualifiers=(("distro", "debian-12"),))
    assert _print(replace(VULNERABLE, locations=moved), rebased) == first
    path = Location(JINJA.locations[0].path.replace("2.10", "2.10.0.1"))
    newer = replace(JINJA, version="2.10.0.1", locations=(path,))
    assert _print(replace(VULNERABLE, locations=(path,)), newer) == first
    assert _print(VULNERABLE, replace(JINJA, name="jinja3")) != first
    assert _print(replace(VULNERABLE, id="CVE-2"), JINJA) != first
    assert len(first) == 32


def test_fingerprint_does_not_depend_on_the_line() -> None:
    """Another line above it in a lock file does not make a finding a new one."""
    prints = set()
    for line in (3, 40):
        package = replace(JINJA, locations=(Location("requirements.txt", line=line),))
        finding = replace(VULNERABLE, locations=package.locations)
        prints.add(judge([finding], {package.ref: package}, Policy(), NOW)[0][0].fingerprint)
    assert len(prints) == 1


def test_fingerprints_of_the_same_twice_are_numbered() -> None:
    """Findings that differ in their line alone stay apart, in their order, wherever they move."""
    alike = Finding("weak-thing", Kind.MISCONFIGURATION, "same words", Severity.LOW)
    prints = []
    for lines in ((3, 7, 9), (13, 14, 40)):
        findings = [replace(alike, locations=(Location("a", line=n),)) for n in lines]
        judged = judge(findings, {}, Policy(), NOW)[0]
        by_line = sorted(judged, key=lambda finding: finding.locations[0].line)
        prints.append([finding.fingerprint for finding in by_line])
    assert prints[0] == prints[1]
    assert len(set(prints[0])) == 3


def test_fingerprints_are_unique_within_a_subject() -> None:
    """Two versions of one package side by side are two findings."""
    copies = [
        replace(JINJA, version=v, ref=v, locations=(Location(f"lib/jinja-{v}.egg"),))
        for v in ("1", "2")
    ]
    found = [replace(VULNERABLE, package=p.ref, locations=p.locations) for p in copies]
    judged, _, _ = judge(found, {p.ref: p for p in copies}, Policy(), NOW)
    assert len({finding.fingerprint for finding in judged}) == 2


FINDINGS = st.builds(
    lambda base, severity, status, fixed: replace(
        base, severity=severity, status=status, fix=Fix(fixed, "fixed" if fixed else "not-fixed")
    ),
    st.sampled_from([VULNERABLE, samples.END_OF_LIFE, samples.LOG4SHELL]),
    st.sampled_from(Severity),
    st.sampled_from([Status.OPEN, Status.SUPPRESSED]),
    st.sampled_from(["", "9"]),
)
POLICIES = st.builds(
    making(Policy),
    show=st.frozensets(st.sampled_from(Severity), max_size=3),
    ignore_unfixed=st.booleans(),
    fail_on=st.sampled_from([None, *list(Severity)[1:]]),
    fail_on_unknown=st.booleans(),
    waivers=st.sampled_from([(), (waive(),), (waive(expires="2020-01-01"),)]),
)


@settings(max_examples=150)
@given(st.lists(FINDINGS, max_size=8), POLICIES, st.randoms())
def test_judging_loses_nothing_and_does_not_depend_on_order(
    findings: list[Finding], policy: Policy, random: object
) -> None:
    """Every finding comes out once, worst first; order in makes no difference; judging again too."""
    judged, gate, notes = judge(findings, PACKAGES, policy, NOW)
    assert sorted((f.id, f.severity, f.fix.version) for f in judged) == sorted(
        (f.id, f.severity, f.fix.version) for f in findings
    )
    assert [f.severity for f in judged] == sorted((f.severity for f in judged), reverse=True)
    assert gate.failed == len(gate.failed_fingerprints)
    shuffled = list(findings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types it as Random
    again = judge(shuffled, PACKAGES, policy, NOW)
    assert (again[1].failed, again[1].unknown, again[2]) == (gate.failed, gate.unknown, notes)
    ours = [f for f in judged if f.status in {Status.WAIVED, Status.HIDDEN}]
    assert all(finding.reason for finding in ours)
    assert all(f.kind is Kind.VULNERABILITY for f in ours if "--ignore-unfixed" in f.reason)


def test_what_only_development_needs_is_hidden_unless_asked_for() -> None:
    """It is not open and fails no gate, but stays in the report with its reason."""
    package = replace(JINJA, extra=(*JINJA.extra, ("scope", "dev")))
    packages = {package.ref: package}
    (judged,), gate, _ = judge([VULNERABLE], packages, Policy(fail_on=Severity.LOW), NOW)
    assert judged.status is Status.HIDDEN
    assert "--include-dev-deps" in judged.reason
    assert gate.failed == 0
    asked = Policy(fail_on=Severity.LOW, include_dev=True)
    (judged,), gate, _ = judge([VULNERABLE], packages, asked, NOW)
    assert (judged.status, gate.failed) == (Status.OPEN, 1)


def test_platforms_have_fingerprints_of_their_own() -> None:
    """The same finding of two platforms is two; a scope never changes what has a fingerprint."""
    plain, one, two = (
        judge([VULNERABLE], PACKAGES, Policy(), NOW, scope)[0][0].fingerprint
        for scope in ("", " (linux/amd64)", " (linux/arm64)")
    )
    assert len({plain, one, two}) == 3
    kept = replace(VULNERABLE, fingerprint=one)
    assert judge([kept], PACKAGES, Policy(), NOW, " (other)")[0][0].fingerprint == one
