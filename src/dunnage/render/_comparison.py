"""What a comparison says, as rows of text that the table and Markdown share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.finding import Kind, Status
from dunnage.model.severity import Severity
from dunnage.render._base import base_cell, base_reason
from dunnage.render._text import plural, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dunnage.model.comparison import Change, Comparison
    from dunnage.model.report import Report, Subject
    from dunnage.model.surface import Surface

_NAMES = 6
_DISTRIBUTION = frozenset({"deb", "rpm", "apk", "alpm"})
_WORDS = (
    ("added", "Added"),
    ("removed", "Removed"),
    ("upgraded", "Upgraded"),
    ("downgraded", "Downgraded"),
    ("changed", "Changed"),
)
NONE, UNKNOWN = "none", "not known"


class Row(Struct, frozen=True):
    """One measure.

    Attributes:
        label: What is measured.
        cells: One for each subject.
    """

    label: str
    cells: tuple[str, ...]


def rows(report: Report) -> list[Row]:
    """Return all measures of all subjects, those that decide first."""
    columns = [dict(_measures(subject)) for subject in report.subjects]
    labels = dict.fromkeys(label for column in columns for label in column)
    return [Row(label, tuple(column.get(label, "-") for column in columns)) for label in labels]


def reasons(subject: Subject) -> tuple[str, ...]:
    """Return why a subject has its class, and how its base is known."""
    if not subject.source:
        return ("it could not be read",)
    if subject.surface is None:
        return ("there are no files to measure",)
    told = subject.surface.reasons
    return told if subject.image is None else (*told, base_reason(subject))


def changed(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """Return titles with lines about what was added, removed, upgraded or otherwise changed."""
    found = []
    for kind, word in _WORDS:
        lines = [_line(change) for change in comparison.changes if change.kind == kind]
        if lines:
            found.append((f"{word} ({len(lines):,})", lines))
    return found


def said_same(report: Report) -> str:
    """Return one sentence about what two subjects have in common, or why that is not known."""
    comparison = report.comparison
    if comparison is None or len(report.subjects) != 2:
        return ""
    unread = [subject.name for subject in report.subjects if not subject.source]
    if unread:
        return f"What changed is not known, because {' and '.join(unread)} could not be read."
    common = plural(comparison.same_packages, "package")
    if not comparison.changes:
        return f"Both have the same {common}."
    return f"{common} in the same version in both."


def _line(change: Change) -> str:
    versions = " → ".join(part for part in (change.before, change.after) if part)
    return f"{change.name} {versions} ({change.type})"


def _measures(subject: Subject) -> Iterator[tuple[str, str]]:
    surface, image = subject.surface, subject.image
    if not subject.source:
        yield "class", "could not be read"
        return
    yield "class", surface.rating.capitalize() if surface else UNKNOWN
    system = subject.inventory.system
    name = (system.name or f"{system.id} {system.version}".strip()) if system else NONE
    yield "system", name
    if image is not None and surface is not None:
        yield "base", base_cell(subject.base)
    if surface is not None:
        yield "stored size", size(surface.compressed) if surface.compressed >= 0 else UNKNOWN
        yield "unpacked size", size(surface.unpacked)
    counts = Counter(p.type in _DISTRIBUTION for p in subject.inventory.packages)
    yield "distribution packages", f"{counts[True]:,}"
    yield "other packages", f"{counts[False]:,}"
    if surface is not None:
        yield from _surface(surface)
    if image is not None:
        yield "user", image.user or "root (none set)"
        yield "layers", f"{len(image.layers):,}"
    if surface is not None and image is not None:
        yield "wasted in layers", size(surface.wasted) if surface.wasted else NONE
    if surface is not None:
        kept = sum(one.size for one in surface.leftovers)
        yield "package caches", size(kept) if kept else NONE
    yield "vulnerabilities", _vulnerabilities(subject)


def _surface(surface: Surface) -> Iterator[tuple[str, str]]:
    yield "executables", f"{surface.executables:,}"
    privileged = surface.privileged
    held = sum(bool(one.capabilities) for one in privileged)
    told = f"{surface.total('privileged'):,}" + (f" ({held:,} by capabilities)" if held else "")
    yield "setuid or setgid", told if privileged else NONE
    for label, kind in (
        ("shells", "shell"),
        ("package managers", "package-manager"),
        ("compilers", "compiler"),
        ("interpreters", "interpreter"),
    ):
        yield label, _some(surface.of(kind))
    yield "C library", f"{surface.libc} {surface.libc_version}".strip() or NONE


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMES
    return (", ".join(names[:_NAMES]) + (f" and {more} more" if more > 0 else "")) or NONE


def _vulnerabilities(subject: Subject) -> str:
    """Return how many there are by severity, or that nobody knows."""
    examined = subject.examined
    total = len(subject.inventory.packages)
    if total and not examined.packages_matched:
        return "not known: no advisory data"
    found = Counter(
        finding.severity
        for finding in subject.findings
        if finding.kind is Kind.VULNERABILITY and finding.status is Status.OPEN
    )
    told = ", ".join(
        f"{found[severity]:,} {severity.label}"
        for severity in sorted(Severity, reverse=True)
        if found[severity]
    )
    unknown = examined.packages_unexamined
    return (told or NONE) + (f"; {plural(unknown, 'package')} not examined" if unknown else "")
