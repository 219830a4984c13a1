"""The table of findings in source files: each with its line, a caret, and how it goes away."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety, Status
from dunnage.model.problem import Effect
from dunnage.model.severity import Severity
from dunnage.render._source import place_of
from dunnage.render._source_text import excerpt
from dunnage.render._table_page import Page
from dunnage.render._text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.model.finding import Finding
    from dunnage.model.problem import Problem
    from dunnage.model.report import Report, View


def render(report: Report, view: View) -> bytes:
    """Return the report as UTF-8 text.

    Findings come in the order of the files and of the lines in them; then what was not examined;
    then counts and the gate, so that the last lines on a terminal are those that matter.
    """
    page = Page(view)
    for subject in report.subjects:
        for finding in sorted(_open(subject.findings), key=place_of):
            _finding(page, finding)
            page.gap()
    if view.suppressed:
        _suppressed(page, report)
    _problems(page, report)
    _summary(page, report)
    return page.render()


def _open(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.status is Status.OPEN]


def _finding(page: Page, finding: Finding) -> None:
    place = finding.locations[0] if finding.locations else None
    where = (
        ":".join([place.path, *(str(n) for n in (place.line, place.column) if n)]) if place else ""
    )
    # One line that no width breaks, so that editors and grep can read it.
    page.plain(
        (f"{where} " if where else "", "bold"),
        (finding.severity.level, finding.severity.label),
        (f" {finding.id} {finding.message}", ""),
    )
    lines = excerpt(finding, page.width - 10)
    wide = max((len(str(line.number)) for line in lines), default=1)
    for line in lines:
        page.plain((f"  {line.number:>{wide}} | ", "dim"), (line.text, ""))
        if line.marks:
            page.plain((f"  {'':>{wide}} | ", "dim"), (line.marks, finding.severity.label))
    if help_ := _help(finding):
        page.text(help_, indent=2, style="dim", hang=4)


def _suppressed(page: Page, report: Report) -> None:
    """List what is waived or ignored, with the reasons."""
    kinds = {Status.WAIVED, Status.SUPPRESSED}
    found = [f for subject in report.subjects for f in subject.findings if f.status in kinds]
    if not found:
        return
    page.gap()
    page.text(f"Waived or ignored ({len(found)})", style="bold")
    for finding in sorted(found, key=place_of):
        path, line, *_ = place_of(finding)
        level = finding.severity.level
        page.text(f"{path}:{line} {level} {finding.id}: {finding.reason}", indent=2, hang=2)


def _help(finding: Finding) -> str:
    fix = finding.fix
    if not fix.edits:
        return f"needs {fix.needs}" if fix.needs else ""
    if fix.safety is Safety.SAFE:
        return "[*] fixed by --fix"
    if fix.safety is Safety.UNSAFE:
        return "[*] fixed by --fix --unsafe-fixes: what is built may differ"
    return f"[?] --diff shows a change that needs {fix.needs or 'a decision of yours'}"


def _problems(page: Page, report: Report) -> None:
    serious = [p for p in report.all_problems if p.effect is not Effect.NOTE]
    notes = [p for p in report.all_problems if p.effect is Effect.NOTE]
    for title, style, problems in (
        (f"Not examined ({plural(len(serious), 'problem')})", "bad", serious),
        ("Notes", "bold", _merged(notes)),
    ):
        if problems:
            page.gap()
            page.text(title, style=style)
        for problem in problems:
            where = f"{problem.where}: " if problem.where else ""
            page.text(f"- {where}{problem.message}", hang=2)
            if problem.advice:
                page.text(f"→ {problem.advice}", indent=2, hang=2)


def _merged(notes: list[Problem]) -> list[Problem]:
    """Return notes without those that say the same of other files."""
    seen: dict[tuple[str, str], Problem] = {}
    for note in notes:
        seen.setdefault((note.code, note.message), note)
    return list(seen.values())


def _summary(page: Page, report: Report) -> None:
    findings = [finding for subject in report.subjects for finding in subject.findings]
    opened = _open(findings)
    files = sum(bool(subject.source) for subject in report.subjects)
    page.gap()
    counts = Counter(finding.severity for finding in opened)
    told = ", ".join(
        f"{counts[severity]:,} {severity.level}"
        for severity in sorted(Severity, reverse=True)
        if counts[severity]
    )
    text = f"{plural(len(opened), 'finding')} in {plural(files, 'file')}"
    text += f" ({told})" if told else ""
    if others := _unlisted(findings):
        text += f"; {others}"
    page.labelled("Found", [text], max(counts).label if counts else "good" if files else "bad")
    if fixes := _fixes(opened):
        page.labelled("Fix", [fixes])
    page.labelled("Gate", [_gate(report)], "bad" if report.gate.failed else "")
    if report.exit_code == 3:
        page.labelled("Exit", ["3: not everything was examined, see above"], "bad")


def _unlisted(findings: list[Finding]) -> str:
    counts = Counter(finding.status for finding in findings)
    words = {
        Status.WAIVED: "waived",
        Status.SUPPRESSED: "ignored in the file",
        Status.HIDDEN: "not asked for",
    }
    return ", ".join(f"{counts[one]:,} {word}" for one, word in words.items() if counts[one])


def _fixes(opened: list[Finding]) -> str:
    counts = Counter(finding.fix.safety for finding in opened if finding.fix.edits)
    parts = []
    if safe := counts[Safety.SAFE]:
        parts.append(f"{safe:,} with --fix")
    if unsafe := counts[Safety.UNSAFE]:
        parts.append(f"{unsafe:,} {'more ' if safe else ''}with --fix --unsafe-fixes")
    if suggested := counts[Safety.SUGGESTED]:
        parts.append(f"{suggested:,} suggested by --diff")
    return "; ".join(parts)


def _gate(report: Report) -> str:
    gate = report.gate
    if not gate.asked:
        return "not asked for (--fail-on none)"
    level = Severity.of_word(gate.fail_on).level
    if gate.failed:
        return f"failed: {plural(gate.failed, 'finding')} of level {level} or above"
    seen = "" if report.complete else ", as far as was examined"
    return f"passed: no finding of level {level} or above{seen}"
