"""Works out which format goes where, and writes it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dunnage.cli._option import suggest
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.cli._command import Call
    from dunnage.cli._console import Console
    from dunnage.model.report import Report

_TEMPLATE = "template"


class Destination(Struct, frozen=True):
    """One format and the file it goes to; no file means stdout."""

    format: str
    path: str = ""


def places_of(call: Call, default: str) -> tuple[Destination, ...]:
    """Return what a call wants written where.

    Raises:
        UsageError: As ``destinations``; or if the template that is wanted is missing or unreadable.
    """
    from dunnage.cli._template import template_of
    from dunnage.io.folder import names

    formats = names("dunnage.render")
    outputs = [_ours(text, "--output", formats, call) for text in call.listed("output")]
    chosen = _ours(call.text("format"), "--format", formats, call)
    places = destinations(outputs, chosen, default, formats)
    wanted = any(place.format == _TEMPLATE for place in places)
    given = template_of(call.text("template"))
    if wanted and not given.text and not given.format:
        advice = "name one, as in: -o template=report.html --template @report.html.j2"
        raise UsageError("the format 'template' needs --template", advice=advice)
    if not wanted and (given.text or given.format):
        call.console.note("--template has no effect without the format 'template'")
    return places


def _ours(text: str, option: str, formats: Sequence[str], call: Call) -> str:
    """Return a format, or ``FORMAT=PATH``, with another scanner's name of the format put in ours."""
    name, equals, path = text.partition("=")
    if not name or name in formats:
        return text
    from dunnage.cli._peers import format_of

    found = format_of(name, option, formats)
    if found != name:
        call.console.note(f"the format {name} is {found} here")
    return f"{found}{equals}{path}"


def destinations(
    outputs: Sequence[str], chosen: str, default: str, formats: Sequence[str]
) -> tuple[Destination, ...]:
    """Return what to write where.

    Args:
        outputs: Values of ``-o``: a format, ``FORMAT=PATH``, or a path for ``--format``.
        chosen: Value of ``--format``, or empty.
        default: Format when nobody chose one.
        formats: Known formats.

    Raises:
        UsageError: If a format is unknown, two formats want stdout, or a file cannot be made.
    """
    if chosen and chosen not in formats:
        raise _unknown(chosen, formats)
    found = [_destination(text, chosen, default, formats) for text in outputs]
    if not found:
        found = [Destination(chosen or default)]
    elif chosen and all(place.format != chosen for place in found):
        found.append(Destination(chosen))
    if sum(not place.path for place in found) > 1:
        raise UsageError(
            "only one format can go to stdout",
            advice="send the others to files, as in -o json=report.json",
        )
    paths = [os.path.realpath(place.path) for place in found if place.path]
    if len(set(paths)) < len(paths):
        raise UsageError("two formats want the same file", where=paths[0])
    for place in found:
        _check_writable(place.path)
    return tuple(found)


def _destination(text: str, chosen: str, default: str, formats: Sequence[str]) -> Destination:
    name, equals, path = text.partition("=")
    if equals and name in formats:
        if not path:
            raise UsageError(f"-o {text} names no file", advice=f"write -o {name}=PATH")
        return Destination(name, path)
    if text in formats:
        return Destination(text)
    # Beside -f an -o can only be a file, as in Trivy; alone it may be a misspelt format.
    looks_like_path = chosen or any(mark in text for mark in ("/", ".", os.sep))
    if equals or not looks_like_path:
        raise _unknown(name, formats)
    return Destination(chosen or default, text)


def _unknown(name: str, formats: Sequence[str]) -> UsageError:
    from dunnage.cli._peers import hint

    elsewhere = hint("format", name)
    meant = f"{elsewhere}; " if elsewhere else suggest(name, formats)
    return UsageError(
        f"there is no format {name!r}", advice=f"{meant}formats: {', '.join(formats)}"
    )


def _check_writable(text: str) -> None:
    if not text:
        return
    path = Path(text)
    parent = path.parent
    if path.is_dir():
        raise UsageError("the output is a directory, not a file", where=text)
    if not parent.is_dir():
        raise UsageError(
            "the directory of the output does not exist", where=text, advice=f"make {parent} first"
        )
    if not os.access(parent if not path.exists() else path, os.W_OK):
        raise UsageError("the output cannot be written", where=text)


def write(
    report: Report, places: Sequence[Destination], console: Console, call: Call | None = None
) -> None:
    """Render a report into every destination.

    Args:
        report: What to write.
        places: Where.
        console: Where standard output and notes are.
        call: Its ``--template`` and environment are for the formats that need them.

    Raises:
        UsageError: If a file cannot be written after all.
    """
    from dunnage.cli._build import build_of
    from dunnage.cli._template import Template, template_of
    from dunnage.io.folder import load
    from dunnage.model.renderer import Renderer
    from dunnage.model.report import View
    from dunnage.render._legible import legible

    report = legible(report)
    template = template_of(call.text("template")) if call else Template()
    build = build_of(call.environ) if call else ()
    values = call.values if call else {}
    if template.format and any(place.format == _TEMPLATE for place in places):
        console.note(f"{template.name} is the format {template.format} here")
    for place in places:
        chosen = template.format if place.format == _TEMPLATE else ""
        renderer = load("dunnage.render", chosen or place.format, "renderer", Renderer)
        view = View(
            template=template.text,
            template_name=template.name,
            build=build,
            sort=str(values.get("sort_by", View().sort)),
            suppressed=bool(values.get("show_suppressed")),
            dockerfile=str(values.get("dockerfile", "")),
        )
        if not place.path:
            view = replace(view, width=console.width, colour=console.colour)
        content = renderer.render(report, view)
        if place.path:
            _save(place, content, console)
        else:
            console.result(content)
        missing = renderer.left_out(report, view) if renderer.left_out else ""
        if missing:
            console.note(f"{chosen or place.format}: {missing}")


def _save(place: Destination, content: bytes, console: Console) -> None:
    from dunnage.io.atomic import write_atomic

    try:
        write_atomic(Path(place.path), content)
    except OSError as error:
        message = f"the output cannot be written: {error.strerror}"
        raise UsageError(message, where=place.path) from error
    console.note(f"wrote {place.format} to {place.path}")
