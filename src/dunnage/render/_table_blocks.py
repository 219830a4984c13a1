"""The open findings of one subject, grouped by the packages that are upgraded together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from dunnage.model.finding import Confidence, Kind, Status
from dunnage.model.severity import Severity
from dunnage.render._source import message
from dunnage.render._table_page import Page, widest
from dunnage.render._text import clean, plural, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.model.finding import Finding
    from dunnage.model.image import Layer
    from dunnage.model.package import Package
    from dunnage.model.report import Subject

SYSTEM_TYPES = frozenset({"deb", "rpm", "apk"})
NOTABLE_EPSS = 0.1
_PATHS = 3
_NOTE = 20
_SOURCES = {"nvd": "NVD", "nvd-secondary": "NVD (secondary)", "distribution": "distribution"}


class Block(Struct):
    """Findings that several packages share.

    Attributes:
        packages: The packages; empty for findings about no package.
        findings: Findings of the first package; the others have the same.
        title: Heading for findings about no package.
    """

    packages: list[Package] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    title: str = ""


def blocks(subject: Subject, sort: str = "severity") -> list[Block]:
    """Group the open findings; blocks with the worst findings come first, or as ``View.sort`` says.

    Packages of one source package, and copies of one library, share a block if they have the same
    findings with the same fixes.
    """
    by_ref = {package.ref: package for package in subject.inventory.packages}
    own: dict[str, list[Finding]] = {}
    for finding in subject.findings:
        if finding.status is Status.OPEN:
            known = finding.package in by_ref
            key = f"ref {finding.package}" if known else f"title {_title(finding)}"
            own.setdefault(key, []).append(finding)
    merged: dict[object, Block] = {}
    for key, findings in own.items():
        package = by_ref.get(findings[0].package)
        if package is None:
            merged[key] = Block([], findings, _title(findings[0]))
            continue
        rows = tuple((f.id, f.severity, f.fix.version) for f in findings)
        block = merged.setdefault((*_family(package), rows), Block([], findings))
        block.packages.append(package)
    return _sorted(list(merged.values()), sort)


def _sorted(found: list[Block], sort: str) -> list[Block]:
    if sort == "severity":
        return found
    if sort == "package":
        return sorted(
            found, key=lambda block: (block.title, *sorted(p.title for p in block.packages))
        )

    def by(finding: Finding) -> tuple[str, float]:
        if sort == "vulnerability":
            return finding.id, 0.0
        return "", -finding.epss if sort == "epss" else float(finding.exploited is None)

    for block in found:
        block.findings.sort(key=by)
    return sorted(found, key=lambda block: by(block.findings[0]))


def _title(finding: Finding) -> str:
    if finding.kind is Kind.END_OF_LIFE:
        return "Operating system"
    if finding.package:
        return finding.package
    return finding.locations[0].path if finding.locations else finding.kind.value.capitalize()


def _family(package: Package) -> tuple[str, str, str]:
    if package.type in SYSTEM_TYPES:
        version = package.source_version or package.version
        return package.type, package.source or package.name, version
    return package.type, package.title, package.version


def write_blocks(page: Page, subject: Subject, found: Sequence[Block]) -> None:
    """Write all blocks of one subject, with columns of the same width."""
    findings = [finding for block in found for finding in block.findings]
    layers = {layer.index: layer for layer in subject.image.layers} if subject.image else {}
    label = widest((f.severity.label for f in findings), 6, 10)
    name = widest((f.id for f in findings), 8, 27)
    room = page.width - label - name - _NOTE - 8
    widths = (label, name, widest((fix_of(f) for f in findings), 6, room), 0)
    for block in found:
        page.gap()
        for line, style in _heading(block):
            page.text(line, style=style, hang=2)
        for line in _places(block, layers, page.width - 4):
            page.text(line, indent=2, style="dim", hang=2)
        for finding in block.findings:
            severity = finding.severity.label
            cells = (severity.upper(), finding.id, fix_of(finding), note_of(finding))
            page.row(cells, widths, style=severity)
            if _pressing(finding):
                indent = label + 4
                page.text(shorten(clean(finding.message), page.width - indent), indent, "dim")


def _pressing(finding: Finding) -> bool:
    """Tell whether a finding deserves its summary on a line of its own."""
    if finding.kind is not Kind.VULNERABILITY or not finding.message:
        return False
    if finding.id in finding.message or finding.message.endswith("security update"):
        return False  # a title that only repeats the id or the package
    return finding.severity >= Severity.HIGH or finding.exploited is not None


def _heading(block: Block) -> list[tuple[str, str]]:
    if not block.packages:
        return [(block.title, "bold")]
    first = block.packages[0]
    _, source, version = _family(first)
    names = sorted({package.title for package in block.packages})
    if names == [source]:
        return [(f"{source} {version} ({first.type})", "bold")]
    return [(f"{', '.join(names)} ({source} {version}, {first.type})", "bold")]


def _places(block: Block, layers: dict[int, Layer], width: int) -> list[str]:
    """Return where the packages of a block lie: layers with what made them, and paths."""
    lines = []
    indexes = sorted({p.locations[0].layer for p in block.packages if p.locations} - {-1})
    for index in indexes:
        made = layers[index].created_by if index in layers else ""
        if made or len(layers) > 1:
            told = f"layer {index}: {instruction(made)}" if made else f"layer {index}"
            lines.append(shorten(clean(told), width))
    if not block.packages or block.packages[0].type in SYSTEM_TYPES:
        return lines
    places = [package.locations[0] for package in block.packages if package.locations]
    paths = [f"{place.path}:{place.line}" if place.line else place.path for place in places]
    lines += paths[:_PATHS]
    if len(paths) > _PATHS:
        lines.append(f"and {plural(len(paths) - _PATHS, 'more copy', 'more copies')} (`-o json`)")
    return lines


def instruction(created_by: str) -> str:
    """Return a history line as it may have stood in a Dockerfile."""
    text = " ".join(created_by.split()).removesuffix("# buildkit").rstrip()
    for prefix in ("/bin/sh -c #(nop)", "RUN /bin/sh -c", "/bin/sh -c"):
        if text.startswith(prefix):
            rest = text.removeprefix(prefix).strip()
            return rest if prefix.endswith("(nop)") else f"RUN {rest}"
    return text


def fix_of(finding: Finding) -> str:
    """Return the fixed version, or that there is none."""
    if finding.fix.version:
        return finding.fix.version
    if finding.kind is Kind.VULNERABILITY:
        return "no fix"
    return "-"


def note_of(finding: Finding) -> str:
    """Return what else one should know of a finding, the most pressing first."""
    notes = []
    if finding.kind is not Kind.VULNERABILITY:
        notes.append(message(finding))
        if finding.fix.command:
            notes.append(finding.fix.command)
    if finding.exploited is not None:
        notes.append("exploited (KEV)" + (", ransomware" * finding.exploited.ransomware))
    if finding.epss >= NOTABLE_EPSS:
        notes.append(f"EPSS {finding.epss:.0%}")
    notes += [alias for alias in finding.aliases if finding.id not in alias]
    if finding.severity_source in _SOURCES and finding.kind is Kind.VULNERABILITY:
        notes.append(f"severity: {_SOURCES[finding.severity_source]}")
    if finding.confidence is not Confidence.HIGH:
        notes.append(f"{finding.confidence.value} confidence")
    return "; ".join(notes)
