"""The last line of the table: what to do next."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from dunnage.model.budget import OF_FINDINGS, OVER_BUDGET
from dunnage.model.finding import Kind, Status
from dunnage.model.problem import Effect
from dunnage.render._text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.model.finding import Finding
    from dunnage.model.report import Report, Subject

_WAIVE = "what must stay for a while: [[waivers]] in dunnage.toml"


def looked(report: Report) -> bool:
    """Tell whether anything was looked for, or could not be for want of a readable target."""
    return any(s.scanners or s.findings or not s.source for s in report.subjects)


def wanted_data(report: Report) -> bool:
    """Tell whether advisory data was needed."""
    return any("vuln" in subject.scanners for subject in report.subjects)


def open_findings(subjects: Sequence[Subject]) -> list[Finding]:
    """Return the open findings of all subjects."""
    return [f for subject in subjects for f in subject.findings if f.status is Status.OPEN]


def next_step(report: Report, width: int, dockerfile: str = "") -> str:
    """Return what a person should do next.

    Args:
        report: The report.
        width: Columns; a command that does not fit in one line is described instead.
        dockerfile: The Dockerfile of the targets as the user named it, or empty.
    """
    if not report.data.present and wanted_data(report):
        return "`dunnage db update`, then the same command again"
    upgrades = any(subject.upgrades for subject in report.subjects)
    if report.gate.failed and upgrades and not _too_much(report):
        return f"apply the upgrades above and scan again; {_WAIVE}"
    serious = (p.advice for p in report.all_problems if p.effect is not Effect.NOTE)
    if advice := next(filter(None, serious), ""):
        return f"to examine the rest: {advice}"
    if report.gate.failed:
        return _without_upgrades(report)
    if not looked(report):
        command = _command(report, "scan", "", width)
        return f"{command or '`dunnage scan` of the same target'} tells what is vulnerable in it"
    options = f"{_scanners(report)}{_dockerfile(dockerfile)} -o json=report.json"
    # A stored report only has the name that tools should show.
    unknown = not dockerfile and any(subject.dockerfile for subject in report.subjects)
    details = "" if unknown else _command(report, "scan", options, width)
    details = details or "the same command with `-o json=report.json`"
    if open_findings(report.subjects):
        if any(subject.upgrades for subject in report.subjects):
            return (
                "apply the upgrades above and scan again; `-o json=report.json` keeps all details"
            )
        return f"{details} keeps all details"
    subjects = report.subjects
    listed = any(s.inventory.packages and s.source != "sbom" for s in subjects)
    if not report.complete or not listed:
        return f"{details} keeps this result"
    command = _command(report, "sbom", " -o cyclonedx-json=sbom.json", width)
    command = command or "`dunnage sbom` of the same target with `-o cyclonedx-json=sbom.json`"
    return f"{command} keeps the inventory for later"


def _without_upgrades(report: Report) -> str:
    failed = set(report.gate.failed_fingerprints)
    findings = (finding for subject in report.subjects for finding in subject.findings)
    if any(f.kind is Kind.END_OF_LIFE and f.fingerprint in failed for f in findings):
        return f"build on a release that still gets security support; {_WAIVE}"
    if _too_much(report):
        return f"take out what is over the budget, or decide that it may be more; {_WAIVE}"
    return f"no upgrade removes what failed the gate; {_WAIVE}"


def _too_much(report: Report) -> bool:
    """Tell whether the gate failed only because there is too much that no upgrade removes."""
    prints = set(report.gate.failed_fingerprints)
    failed = [f for subject in report.subjects for f in subject.findings if f.fingerprint in prints]
    of_findings = {f"budget/{key}" for key in OF_FINDINGS}
    return bool(failed) and all(
        f.id == OVER_BUDGET and not any(place.path in of_findings for place in f.locations)
        for f in failed
    )


def _scanners(report: Report) -> str:
    """Return the option that looks for the same again; empty where it is what scans do anyway."""
    names = dict.fromkeys(name for subject in report.subjects for name in subject.scanners)
    return "" if list(names) in ([], ["vuln"]) else f" --scanners {quote(','.join(names))}"


def _dockerfile(name: str) -> str:
    if not name:
        return ""
    return (
        f" --dockerfile={quote(name)}" if name.startswith("-") else f" --dockerfile {quote(name)}"
    )


def _command(report: Report, verb: str, options: str, width: int) -> str:
    """Return a command about the target; empty if it is too long or cannot be run again."""
    names = list(dict.fromkeys(subject.target or subject.name for subject in report.subjects))
    if any(subject.target for subject in report.subjects):
        options = f" --all-platforms{options}"
    if len(names) != 1 or names[0].startswith("-"):
        return ""
    command = f"`dunnage {verb} {quote(names[0])}{options}`"
    return command if len(clean(command)) <= width else ""
