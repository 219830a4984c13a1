"""Reports about lines of source files, where a subject is a file and not something installed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.report import Examined, Subject

if TYPE_CHECKING:
    from dunnage.model.finding import Finding
    from dunnage.model.report import Report

HOME = "https://dunnage.readthedocs.io"
SOURCES = frozenset({"dockerfile", "workflow"})
"""Sources whose findings lie in lines of the user's own files."""


def is_source(report: Report) -> bool:
    """Tell whether a report is about lines of source files."""
    read = {subject.source for subject in report.subjects if subject.source}
    asked = any("lint" in subject.scanners for subject in report.subjects)
    return asked and SOURCES.issuperset(read)


def as_one(report: Report) -> Report:
    """Return a report with all source files as one subject; any other report as it is.

    For formats in which a subject is a chapter or an upload of its own.
    """
    if not is_source(report) or len(report.subjects) < 2:
        return report
    findings = [finding for subject in report.subjects for finding in subject.findings]
    read = [subject for subject in report.subjects if subject.source]
    kinds = Counter(subject.source for subject in read)
    kind = kinds.most_common(1)[0][0]
    said = kind if len(kinds) == 1 else "file"
    one = Subject(
        name=f"{len(read):,} {said}s" if len(read) > 1 else read[0].name,
        source=kind,
        findings=tuple(
            sorted(findings, key=lambda finding: (-finding.severity, place_of(finding)))
        ),
        problems=tuple(dict.fromkeys(p for s in report.subjects for p in s.problems)),
        examined=Examined(
            bytes_read=sum(subject.examined.bytes_read for subject in read), files=len(read)
        ),
        scanners=("lint",),
    )
    return replace(report, subjects=(one,))


def place_of(finding: Finding) -> tuple[str, int, int, str]:
    """Return path, line and column of a finding, and its name, to sort by."""
    place = finding.locations[0] if finding.locations else None
    return (place.path, place.line, place.column, finding.id) if place else ("", 0, 0, finding.id)


def message(finding: Finding) -> str:
    """Return what a finding says, with its line in front if it lies in a source file."""
    place = finding.locations[0] if finding.locations else None
    if place is None or not place.column:
        return finding.message
    return f"line {place.line}: {finding.message}"


def link(identifier: str) -> str:
    """Return where the documentation of a rule is; empty for what has none."""
    kind, slash, name = identifier.partition("/")
    if kind == "shellcheck" and name.isalnum():
        return f"https://www.shellcheck.net/wiki/{name}"
    return f"{HOME}/rules/{kind}/{name}/" if slash and kind in SOURCES else ""
