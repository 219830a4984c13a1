"""Writes one page of HTML that holds everything it needs, to be read, printed, kept and sent.

The page (HTML Living Standard, https://html.spec.whatwg.org/) fetches nothing and needs no script: a
Content Security Policy lets in its own style sheet and its own script by their digests and nothing
else, so that no name in an image can do harm even if escaping it ever failed. For each target it
shows the verdict and what it rests on, findings by severity and whether a fix exists, the upgrades
that remove most, layers with what each one brought, every finding, what is not listed and why, what
was not examined, and how to make the same report again. It is light or dark as the reader likes,
and light on paper.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.render._html_findings import controls, judged, packages, rows, table
from dunnage.render._html_layers import layers
from dunnage.render._html_style import POLICY, SCRIPT, STYLE
from dunnage.render._html_summary import facts, matrix, overview, upgrades, verdict
from dunnage.render._html_text import prose, said
from dunnage.render._open import incident
from dunnage.render._source import as_one, is_source
from dunnage.render._text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.location import Location
    from dunnage.model.report import Report, Subject, View

_ROOM = 8_000_000
"""Bytes for the rows of findings: some 20,000, after which browsers become slow."""
_PROBLEMS = 500


def render(report: Report, view: View) -> bytes:
    """Return the report as one HTML document in UTF-8.

    Args:
        report: What to write.
        view: Not used; the reader's window decides the width.
    """
    del view
    return _document(as_one(report))[0]


def left_out(report: Report, view: View) -> str:
    """Return how many findings there was no room for, or an empty text."""
    del view
    missing = _document(as_one(report))[1]
    return f"{plural(missing, 'finding')} left out, because the page would be too large" * (
        missing > 0
    )


def _document(report: Report) -> tuple[bytes, int]:
    room, missing = _ROOM, 0
    parts = [*_head(report)]
    if len(report.subjects) > 1:
        parts += overview(report)
    shown = list(controls(report))
    for number, subject in enumerate(report.subjects, 1):
        written: list[str] = []
        for row, count in rows(subject):
            if missing or len(row) > room:
                missing += count
                continue
            room -= len(row)
            written.append(row)
        parts += _subject(report, subject, number, written, shown)
        shown = []
    if missing:
        parts.append(f"<p><b>{plural(missing, 'finding')} left out</b> for want of room.</p>")
    parts += _problems(report)
    parts += _again(report)
    parts.append(f"</main><footer>{said(report.tool)}, {said(report.created)}</footer>")
    parts.append(f"<script>{SCRIPT}</script></body></html>\n")
    return "".join(parts).encode("utf-8", "backslashreplace"), missing


def _head(report: Report) -> Iterator[str]:
    names = ", ".join(subject.name for subject in report.subjects[:3]) or "nothing"
    more = len(report.subjects) - 3
    names += f" and {more} more" if more > 0 else ""
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">'
    yield f"<title>{said(names, 200)} · Dunnage</title><style>{STYLE}</style></head><body>"
    yield "<header><p class=brand>Dunnage, container security report</p>"
    yield f"<h1>{said(names, 400)}</h1>"
    yield from verdict(report)
    yield "</header><main>"


def _subject(
    report: Report, subject: Subject, number: int, written: list[str], shown: list[str]
) -> Iterator[str]:
    if len(report.subjects) > 1:
        yield f"<h2 id=t{number}>{said(subject.name, 400)}</h2>"
    yield from facts(report, subject)
    if written:
        yield "<div class=pair>"
        yield from matrix(subject)
        yield from upgrades(subject)
        yield "</div>"
    yield from layers(subject)
    if written:
        yield "<section class=card><h3>Findings</h3>"
        yield from shown
        yield "<div class=wide>"
        yield from table(written)
        yield "</div></section>"
    yield from judged(subject)
    if report.list_packages:
        yield from packages(subject)


def _problems(report: Report) -> Iterator[str]:
    serious = [problem for problem in report.all_problems if problem.effect is not Effect.NOTE]
    notes = [problem for problem in report.all_problems if problem.effect is Effect.NOTE]
    for name, heading, problems in (
        ("problems", "Not examined", serious),
        ("notes", "Notes", notes),
    ):
        if not problems:
            continue
        yield f"<section class=card id={name}><h2>{heading}</h2><ul class=problems>"
        for problem in problems[:_PROBLEMS]:
            yield f"<li>{prose(incident(problem))} <small>{said(problem.code)}</small></li>"
        more = len(problems) - _PROBLEMS
        yield (f"<li>and {more:,} more</li>" if more > 0 else "") + "</ul></section>"


def _places(report: Report) -> Iterator[Location]:
    return (place for s in report.subjects for f in s.findings for place in f.locations)


def _again(report: Report) -> Iterator[str]:
    """Give what one needs to make the same report again."""
    gate, data = report.gate, report.data
    yield "<section class=card><h2>How to make it again</h2><dl>"
    names = [subject.name for subject in report.subjects]
    if names and not any(name.startswith("-") for name in names):
        verb = "scan" if any(subject.scanners for subject in report.subjects) else "sbom"
        if is_source(report):
            verb = "lint"
            # Many files are one subject here, and what they were found in is not known any more.
            names = names if any(f.path == names[0] for f in _places(report)) else []
        words = ["dunnage", verb, *map(quote, names)]
        words += ["--fail-on", quote(gate.fail_on)] if gate.fail_on else []
        words += ["--fail-on-unknown"] if gate.fail_on_unknown else []
        words += [word for limit in gate.budget for word in ("--budget", quote(limit))]
        words += ["--budget-from", "REPORT.json"] if "=+" in " ".join(gate.budget) else []
        words += ["--allow-incomplete"] if gate.allow_incomplete else []
        words += ["-o", "html=report.html"]
        yield f"<dt>Command</dt><dd><span class=code>{said(' '.join(words), 4000)}</span></dd>"
    yield f"<dt>Program</dt><dd>{said(report.tool)}</dd>"
    for subject in report.subjects:
        digest = (subject.image.digest or subject.image.config_digest) if subject.image else ""
        if digest:
            yield f"<dt>Target</dt><dd><span class=code>{said(digest)}</span></dd>"
    if data.present:
        parts = [plural(data.records, "advisory", "advisories")]
        parts += [f"built {data.built}"] if data.built else []
        digest = f" <span class=code>{said(data.digest)}</span>" if data.digest else ""
        yield f"<dt>Advisory data</dt><dd>{said(', '.join(parts))}{digest}</dd>"
    yield "</dl></section>"


renderer = Renderer(
    render=render,
    media_type="text/html; charset=utf-8",
    suffix=".html",
    summary="one page for people: to read, print and send",
    left_out=left_out,
)
