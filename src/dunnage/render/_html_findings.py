"""The tables of the HTML report: open findings, judged ones, and all packages if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Kind, Status
from dunnage.model.severity import Severity
from dunnage.render._html_summary import has_fix
from dunnage.render._html_text import anchor, said
from dunnage.render._source import message
from dunnage.render._table_blocks import NOTABLE_EPSS, SYSTEM_TYPES, blocks, fix_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.finding import Finding
    from dunnage.model.report import Report, Subject
    from dunnage.render._table_blocks import Block

_NAMES = 8
_COPIES = 3
_WORDS = {"nvd": "NVD", "nvd-secondary": "NVD (secondary)", "osv": "OSV"}
_HEADS = (
    ("w1", "severity"),
    ("w2", "finding"),
    ("w3", "package"),
    ("w4", "fixed in"),
    ("w5", "layer"),
    ("", "what it is"),
)


def controls(report: Report) -> Iterator[str]:
    """Give the check boxes that hide rows; without findings there are none."""
    found = {f.severity for s in report.subjects for f in s.findings if f.status is Status.OPEN}
    if not found:
        return
    yield "<fieldset><legend>Show</legend>"
    for severity in sorted(found, reverse=True):
        name = severity.label
        yield f"<label><input type=checkbox id=f-{name} checked autocomplete=off> {name}</label>"
    yield "<label><input type=checkbox id=f-fixable autocomplete=off> only with a fix</label>"
    yield "<label><input type=checkbox id=f-pressing autocomplete=off> only KEV or EPSS</label>"
    yield "<label hidden>Filter <input type=search id=f-text autocomplete=off></label></fieldset>"


def rows(subject: Subject) -> Iterator[tuple[str, int]]:
    """Give a table row for each open finding, worst first, with how many findings it stands for.

    Packages that are upgraded together share a row for each of their findings.
    """
    found = [
        (finding, block, _package(block)) for block in blocks(subject) for finding in block.findings
    ]
    found.sort(key=lambda entry: -entry[0].severity)
    for finding, block, (name, layer) in found:
        yield _row(finding, name, layer), max(len(block.packages), 1)


def table(written: list[str]) -> Iterator[str]:
    """Give the table of rows that were written, or that there are none."""
    heads = "".join(
        f"<th scope=col{f' class={width}' * bool(width)}>{name}</th>" for width, name in _HEADS
    )
    yield f"<table class=findings><thead><tr>{heads}</tr></thead><tbody>"
    yield from written
    yield "</tbody></table>"


def _package(block: Block) -> tuple[str, str]:
    """Return the cells that tell what the findings of a block are about, and where it lies."""
    if not block.packages:
        place = block.findings[0].locations[:1]
        path = f"<small>{said(place[0].path, 300)}</small>" if place else ""
        return said(block.title, 200) + path, (str(place[0].layer) if place else "")
    first = block.packages[0]
    names = sorted({package.title for package in block.packages})
    shown = ", ".join(said(name, 200) for name in names[:_NAMES])
    shown += f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    parts = [f"<b>{shown}</b> {said(first.version, 200)}"]
    system = first.type in SYSTEM_TYPES
    kind = first.type
    if system and first.source and names != [first.source]:
        kind += f", source {first.source}"
    parts.append(f"<small>{said(kind, 200)}</small>")
    places = [package.locations[0] for package in block.packages if package.locations]
    if not system:
        parts += [f"<small>{said(place.path, 300)}</small>" for place in places[:_COPIES]]
        more = len(places) - _COPIES
        parts += [f"<small>and {more:,} more</small>"] if more > 0 else []
    indexes = sorted({place.layer for place in places if place.layer >= 0})
    return "".join(parts), ", ".join(map(str, indexes[:10]))


def _row(finding: Finding, package: str, layer: str) -> str:
    label = finding.severity.label
    classes = label[0] + (" fx" if has_fix(finding) else "")
    marks = ""
    if finding.exploited:
        marks += "<span class=mark>KEV</span>"
        marks += "<span class=mark>ransomware</span>" * finding.exploited.ransomware
    if finding.epss >= NOTABLE_EPSS:
        marks += f'<span class="mark e">EPSS {finding.epss:.0%}</span>'
    classes += " px" if marks else ""
    fix = said(fix_of(finding), 200)
    told = said(message(finding), 600)
    if finding.kind is not Kind.VULNERABILITY and finding.fix.command:
        told += f"<small>{said(finding.fix.command, 600)}</small>"
    notes = _notes(finding)
    told += f"<small>{notes}</small>" if notes else ""
    quoted = f'"{classes}"' if " " in classes else classes
    return (
        f"<tr class={quoted}><td><b class=badge>{label}</b>"
        f"<td>{_named(finding)}{marks}<td>{package}<td>{fix}<td>{layer}<td>{told}\n"
    )


def _named(finding: Finding) -> str:
    """Return the name of a finding, with a link to where it is explained."""
    name = finding.id
    if name.startswith("CVE-"):
        return anchor(f"https://nvd.nist.gov/vuln/detail/{name}", name)
    if name.startswith("GHSA-"):
        return anchor(f"https://github.com/advisories/{name}", name)
    urls = [statement.url for statement in finding.statements if statement.url]
    return anchor(next(iter((*urls, *finding.urls)), ""), name)


def _notes(finding: Finding) -> str:
    notes = [said(alias, 100) for alias in finding.aliases[:6] if finding.id not in alias]
    if finding.kind is Kind.VULNERABILITY and finding.severity is not Severity.UNKNOWN:
        score = next(
            (
                s.score
                for s in finding.scores
                if s.source == finding.severity_source and s.score >= 0
            ),
            -1.0,
        )
        source = _WORDS.get(finding.severity_source, finding.severity_source)
        notes.append(said(f"{score:.1f} {source}" if score >= 0 else f"severity: {source}", 100))
    return "; ".join(notes)


def judged(subject: Subject) -> Iterator[str]:
    """Give the findings that are not open, with the reasons; nothing if there are none."""
    found = [finding for finding in subject.findings if finding.status is not Status.OPEN]
    if not found:
        return
    titles = {package.ref: package for package in subject.inventory.packages}
    yield f"<details class=card><summary>{len(found):,} not listed above, and why</summary>"
    yield "<div class=wide><table><thead><tr><th scope=col>status</th><th scope=col>severity</th>"
    yield "<th scope=col>finding</th><th scope=col>package</th><th scope=col>reason</th></tr></thead><tbody>"
    for finding in found:
        package = titles.get(finding.package)
        about = f"{said(package.title, 200)} {said(package.version, 200)}" if package else ""
        label = finding.severity.label
        yield (
            f'<tr><td>{finding.status.value}<td><span class="badge {label[0]}">{label}</span>'
            f"<td>{_named(finding)}<td>{about}<td>{said(finding.reason, 400)}\n"
        )
    yield "</tbody></table></div></details>"


def packages(subject: Subject) -> Iterator[str]:
    """Give all packages of a subject, for those who asked for them."""
    found = subject.inventory.packages
    yield f"<details class=card><summary>Packages ({len(found):,})</summary><div class=wide><table>"
    yield "<thead><tr><th scope=col>name</th><th scope=col>version</th><th scope=col>type</th>"
    yield "<th scope=col>layer</th><th scope=col>place</th></tr></thead><tbody>"
    for package in found:
        place = package.locations[0] if package.locations else None
        layer = place.layer if place and place.layer >= 0 else ""
        path = said(place.path, 300) if place and package.type not in SYSTEM_TYPES else ""
        yield (
            f"<tr><td>{said(package.title, 200)}<td>{said(package.version, 200)}"
            f"<td>{said(package.type)}<td>{layer}<td>{path}\n"
        )
    yield "</tbody></table></div></details>"
