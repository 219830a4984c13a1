"""The report for people: findings by package, what was not examined, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Status
from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.render import _lint_table
from dunnage.render._differences import differences, finding_lines, folded, package_lines, summary
from dunnage.render._open import beside
from dunnage.render._source import is_source
from dunnage.render._table_blocks import blocks, write_blocks
from dunnage.render._table_comparison import write_comparison
from dunnage.render._table_page import Page, widest
from dunnage.render._table_summary import write_summary
from dunnage.render._text import clean, columns, plural

if TYPE_CHECKING:
    from dunnage.model.package import Package
    from dunnage.model.problem import Problem
    from dunnage.model.report import Report, Subject, View
    from dunnage.render._differences import Differences

_SHOWN = (Status.WAIVED, Status.SUPPRESSED)

SKIPPED = "scanner-skipped"
"""Code of the problem that says a scanner did not run, so that a note need not repeat it."""

_DIFFERENT = 20
"""Packages, and findings, that are listed of those that differ between platforms."""


def render(report: Report, view: View) -> bytes:
    """Return the report as UTF-8 text.

    For each subject: what it is, its open findings grouped by package (the worst first, complete),
    and how many more are not listed. Then what differs between the platforms of one target, and what
    was not examined; then the verdict, so that the
    last lines on a terminal are those that matter. Lines keep within ``view.width`` columns (at
    least 60); escape codes are only used with ``view.colour``, and nothing of what was examined
    can bring in its own.
    """
    if is_source(report):
        return _lint_table.render(report, view)
    page = Page(view)
    if report.comparison is not None:
        write_comparison(page, report)
        _problems(page, report)
        return page.render()
    for subject in report.subjects:
        page.gap()
        _heading(page, subject)
        write_blocks(page, subject, blocks(subject, view.sort))
        if view.suppressed:
            _suppressed(page, subject)
        _not_listed(page, subject, () if not view.suppressed else _SHOWN)
        if report.list_packages:
            _packages(page, subject)
    for found in differences(report):
        _differences(page, found)
    _problems(page, report)
    page.gap()
    write_summary(page, report, view.dockerfile)
    return page.render()


renderer = Renderer(
    render=render,
    media_type="text/plain; charset=utf-8",
    suffix=".txt",
    summary="for people, on a terminal",
)


def _heading(page: Page, subject: Subject) -> None:
    page.text(subject.name, style="bold")
    page.rule()
    image, system = subject.image, subject.inventory.system
    facts = []
    if system is not None:
        name = system.name or system.id
        extra = system.version and system.version not in name
        facts.append(f"{name} ({system.version})" if extra else name)
    elif subject.inventory.packages and subject.source not in {"file", "project"}:
        facts.append("no operating system")
    if image is not None and str(image.platform):
        facts.append(str(image.platform))
    if image is not None and (image.digest or image.config_digest):
        facts.append(short(image.digest or image.config_digest))
    if not subject.source:
        facts.append("could not be opened")
    elif f" {subject.source}" not in subject.note:  # which may say it already
        facts.append(f"from {subject.source}")
    if facts:
        page.text(", ".join(facts))
    if subject.note:
        page.text(subject.note)


def short(digest: str) -> str:
    """Return a digest cut to the length people compare (12 hex digits)."""
    algorithm, _, value = digest.partition(":")
    return f"{algorithm}:{value[:12]}"


def _suppressed(page: Page, subject: Subject) -> None:
    """List what is waived or does not apply, with the reasons."""
    found = [finding for finding in subject.findings if finding.status in _SHOWN]
    if not found:
        return
    by_ref = {package.ref: package for package in subject.inventory.packages}
    page.gap()
    page.text(f"Waived or suppressed ({len(found)})", style="bold")
    for finding in found:
        package = by_ref.get(finding.package)
        name = f"{package.title} {package.version}" if package else finding.package
        about = " ".join(
            part for part in (finding.severity.label.upper(), finding.id, name) if part
        )
        status = finding.status.value
        why = finding.reason if finding.reason.startswith(status) else f"{status}: {finding.reason}"
        page.text(f"{about}: {why}", indent=2, hang=2)


def _not_listed(page: Page, subject: Subject, listed: tuple[Status, ...]) -> None:
    counts = [
        f"{count} {status.value}"
        for status in (Status.WAIVED, Status.SUPPRESSED, Status.HIDDEN)
        if status not in listed
        and (count := sum(finding.status is status for finding in subject.findings))
    ]
    if counts:
        page.gap()
        page.text(f"Not listed: {', '.join(counts)}; `-o json` shows them with the reasons.")


def _packages(page: Page, subject: Subject) -> None:
    packages = subject.inventory.packages
    page.gap()
    page.text(f"Packages ({len(packages)})", style="bold")
    widths = (
        widest((package.title for package in packages), 8, page.width // 2),
        widest((package.version for package in packages), 6, 24),
        widest((package.type for package in packages), 3, 8),
        0,
    )
    room = page.width - 2 - sum(width + 2 for width in widths[:-1])
    for package in packages:
        place = _place(package)
        fits = columns(clean(place)) <= room
        page.row((package.title, package.version, package.type, place if fits else ""), widths)
        if not fits:
            page.text(place, indent=4, style="dim", hang=2)
    if subject.inventory.removed:
        page.gap()
        page.text(f"Removed by later layers ({len(subject.inventory.removed)})", style="bold")
    for gone in subject.inventory.removed:
        title = f"{gone.package.title} {gone.package.version}"
        page.text(f"{title}: {_place(gone.package)}, removed in layer {gone.removed_in}", 2, hang=2)


def _place(package: Package) -> str:
    if not package.locations:
        return ""
    place = package.locations[0]
    layer = f"layer {place.layer}" if place.layer >= 0 else ""
    path = "" if package.source else place.path
    return ": ".join(part for part in (layer, path) if part)


def _differences(page: Page, found: Differences) -> None:
    page.gap()
    page.text(f"Platforms of {found.target}", style="bold")
    page.rule()
    page.text(summary(found))
    for title, lines in (("Packages", package_lines(found)), ("Findings", finding_lines(found))):
        if lines:
            page.text(f"{title} that differ", style="dim")
        for line in lines[:_DIFFERENT]:
            page.text(f"- {line}", indent=2, hang=2)
        if len(lines) > _DIFFERENT:
            page.text(f"- and {len(lines) - _DIFFERENT:,} more (`-o json`)", indent=2)


def _problems(page: Page, report: Report) -> None:
    several = len(report.subjects) > 1
    listed = [(problem, "") for problem in report.problems]
    pairs = folded((subject, p) for subject in report.subjects for p in subject.problems)
    listed += [(problem, name if several else "") for name, problem in pairs]
    serious = [row for row in listed if row[0].effect is not Effect.NOTE]
    notes = [row for row in listed if row[0].effect is Effect.NOTE]
    if serious:
        page.gap()
        page.text(f"Not examined ({plural(len(serious), 'problem')})", style="bad")
    for problem, name in serious:
        _problem(page, problem, name)
    told = {id(s) for s in report.subjects if any(p.code == SKIPPED for p in s.problems)}
    unrun = ((s, pair) for s in report.subjects if id(s) not in told for pair in s.skipped)
    skipped = folded(unrun)
    if notes or skipped:
        page.gap()
        page.text("Notes", style="bold")
    for problem, name in notes:
        _problem(page, problem, name)
    for name, (scanner, reason) in skipped:
        about = f"{name}: " if several else ""
        page.text(f"- {about}scanner {scanner} did not run: {reason}", hang=2)


def _problem(page: Page, problem: Problem, name: str) -> None:
    where = ": ".join(part for part in (name, beside(name, problem.where)) if part)
    page.text(f"- {where}: {problem.message}" if where else f"- {problem.message}", hang=2)
    if problem.advice:
        page.text(f"→ {problem.advice}", indent=2, hang=2)
