"""The upper part of the HTML report: verdict, facts, counts by severity, best upgrades."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dunnage.model.finding import Kind, Status
from dunnage.model.problem import Effect
from dunnage.model.severity import Severity
from dunnage.render._base import base_line
from dunnage.render._html_text import code, prose, said
from dunnage.render._table_blocks import NOTABLE_EPSS
from dunnage.render._table_next import looked, open_findings, wanted_data
from dunnage.render._table_summary import data_line, examined_lines, findings_line, gate_line
from dunnage.render._text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.finding import Finding
    from dunnage.model.report import Report, Subject, Upgrade

_COLUMNS = ("severity", "fix exists", "no fix", "total", "KEV", f"EPSS ≥ {NOTABLE_EPSS:.0%}")


def verdict(report: Report) -> Iterator[str]:
    """Give the verdict of the whole report, with everything it rests on."""
    mood, title = _verdict(report)
    yield f'<section class="verdict {mood}" aria-label="Verdict"><strong>{title}</strong>'
    if looked(report):
        yield f"<p>{prose(findings_line(report).replace('see above', 'see below'))}</p>"
        # The title of the verdict says already that it failed.
        gate = gate_line(report).removeprefix("failed: ")
        yield f"<p>Gate: {prose(gate)}</p>"
    if not report.complete:
        yield '<p><a href="#problems">Not everything was examined.</a></p>'
    told = [data_line(report.data)] if report.data.present or wanted_data(report) else []
    told += [f"exit code {report.exit_code}", f"made {report.created}"]
    yield f"<p><small>{said('; '.join(told))}</small></p></section>"


def _verdict(report: Report) -> tuple[str, str]:
    found = len(open_findings(report.subjects))
    if report.decisive in {Effect.UNREADABLE, Effect.USAGE, Effect.INTERNAL}:
        return "bad", "A target could not be read"
    if report.gate.failed:
        return "bad", "Gate failed"
    if report.gate.asked:
        if report.complete:
            return "ok", "Gate passed"
        return "so", "Gate passed, as far as was examined"
    if not looked(report):
        return "neutral", "Inventory; nothing was looked for"
    if found:
        return ("neutral" if report.complete else "so"), plural(found, "finding")
    if report.complete:
        return "ok", "Nothing found"
    return "so", "Nothing found in what was examined"


def overview(report: Report) -> Iterator[str]:
    """Give a table of all subjects, with links to them."""
    severities = sorted(Severity, reverse=True)
    heads = "".join(f"<th scope=col class=n>{severity.label}</th>" for severity in severities)
    yield '<section class="card wide"><h2>Targets</h2><table><thead><tr>'
    yield f"<th scope=col>target</th>{heads}<th scope=col class=n>packages</th>"
    yield "<th scope=col>complete</th></tr></thead><tbody>"
    for number, subject in enumerate(report.subjects, 1):
        counts = Counter(f.severity for f in subject.findings if f.status is Status.OPEN)
        cells = "".join(f"<td class=n>{counts[one]:,}" for one in severities)
        seen = all(p.effect is Effect.NOTE for p in (*report.problems, *subject.problems))
        yield (
            f'<tr><th scope=row><a href="#t{number}">{said(subject.name, 200)}</a></th>{cells}'
            f"<td class=n>{len(subject.inventory.packages):,}<td>{'yes' if seen else 'no'}"
        )
    yield "</tbody></table></section>"


def facts(report: Report, subject: Subject) -> Iterator[str]:
    """Give what is known of one subject, as a list of names and values."""
    image, os = subject.image, subject.inventory.system
    rows: list[tuple[str, str]] = []
    if os:
        extra = f" ({os.version})" if os.version and os.version not in (os.name or os.id) else ""
        rows.append(("Distribution", said((os.name or os.id) + extra)))
    if os and os.end_of_life:
        rows.append(("Security support ends", said(os.end_of_life)))
    if image:
        rows += [
            ("Platform", said(str(image.platform))),
            ("Digest", code(image.digest)),
            ("Image id", code(image.config_digest)),
            ("Created", said(image.created)),
        ]
    if subject.base:
        rows.append(("Base", said(base_line(subject.base), 1000)))
    rows.append(("Taken from", said(subject.source) or "could not be opened"))
    rows.append(("Understood as", said(subject.note)))
    rows.append(("Examined", said(examined_lines(report, subject)[-1])))
    rows += [
        (f"Scanner {said(name)}", f"did not run: {said(why)}") for name, why in subject.skipped
    ]
    yield '<section class=card aria-label="Facts"><dl>'
    for name, value in rows:
        if value:
            yield f"<dt>{name}</dt><dd>{value}</dd>"
    yield "</dl></section>"


def matrix(subject: Subject) -> Iterator[str]:
    """Give the open findings of a subject by severity, and by whether a fix exists."""
    found = [finding for finding in subject.findings if finding.status is Status.OPEN]
    heads = "".join(f"<th scope=col>{name}</th>" for name in _COLUMNS)
    yield '<section class="card wide"><h3>By severity</h3><table class=matrix>'
    yield f"<thead><tr>{heads}</tr></thead><tbody>"
    for severity in sorted(Severity, reverse=True):
        label = severity.label
        counts = _counts([finding for finding in found if finding.severity is severity])
        cells = "".join(f"<td{' class=zero' * (not n)}>{n:,}" for n in counts)
        badge = f'<span class="badge {label[0]}">{label}</span>'
        yield f"<tr><th scope=row>{badge}</th>{cells}"
    cells = "".join(f"<td>{n:,}" for n in _counts(found))
    yield f"<tr><th scope=row>all</th>{cells}</tbody></table></section>"


def _counts(found: list[Finding]) -> tuple[int, ...]:
    fixable = sum(has_fix(finding) for finding in found)
    exploited = sum(finding.exploited is not None for finding in found)
    likely = sum(finding.epss >= NOTABLE_EPSS for finding in found)
    return fixable, len(found) - fixable, len(found), exploited, likely


def has_fix(finding: Finding) -> bool:
    """Tell whether something can be done about a finding now."""
    return bool(finding.fix.version) or (
        finding.kind is not Kind.VULNERABILITY and finding.fix.state == "fixed"
    )


def upgrades(subject: Subject) -> Iterator[str]:
    """Give the changes that remove most findings, best first; nothing if there are none."""
    if not subject.upgrades:
        return
    most = max(upgrade.removes for upgrade in subject.upgrades) or 1
    yield "<section class=card><h3>Upgrades that remove most</h3><ol class=upgrades>"
    for upgrade in subject.upgrades:
        yield _upgrade(upgrade, round(1000 * upgrade.removes / most))
    yield "</ol></section>"


def _upgrade(upgrade: Upgrade, share: int) -> str:
    counts = ", ".join(f"{count:,} {said(label)}" for label, count in upgrade.by_severity)
    rest = f"; {upgrade.remains:,} would remain" if upgrade.remains else ""
    about = f" ({counts})" if counts else ""
    command = f'<span class="code cmd">{said(upgrade.command)}</span>' if upgrade.command else ""
    return (
        f"<li><b>{said(upgrade.package)}</b> <span class=code>{said(upgrade.current)}</span> → "
        f"<span class=code>{said(upgrade.version)}</span> "
        f"removes {plural(upgrade.removes, 'finding')}{about}{rest}"
        '<svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" width="1000" height="10"/><rect class="bar" width="{share}" height="10"/>'
        f"</svg>{command}</li>"
    )
