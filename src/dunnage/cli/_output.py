"""Works out which format goes where, and writes it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dunnage.cli._option import suggest
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.cli._console import Console
    from dunnage.model.report import Report


class Destination(NamedTuple):
    """One format and the file it goes to; no file means stdout."""

    format: str
    path: str = ""


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
    found = [_destination(text, chosen or default, formats) for text in outputs]
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


def _destination(text: str, fallback: str, formats: Sequence[str]) -> Destination:
    name, equals, path = text.partition("=")
    if equals and name in formats:
        if not path:
            raise UsageError(f"-o {text} names no file", advice=f"write -o {name}=PATH")
        return Destination(name, path)
    if text in formats:
        return Destination(text)
    looks_like_path = any(mark in text for mark in ("/", ".", os.sep)) and not equals
    if not looks_like_path:
        raise _unknown(name, formats)
    return Destination(fallback, text)


def _unknown(name: str, formats: Sequence[str]) -> UsageError:
    return UsageError(
        f"there is no format {name!r}",
        advice=f"{suggest(name, formats)}formats: {', '.join(formats)}",
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


def write(report: Report, places: Sequence[Destination], console: Console) -> None:
    """Render a report into every destination.

    Raises:
        UsageError: If a file cannot be written after all.
    """
    from dunnage.io.atomic import write_atomic
    from dunnage.io.folder import load
    from dunnage.model.renderer import Renderer
    from dunnage.model.report import View

    for place in places:
        renderer = load("dunnage.render", place.format, "renderer", Renderer)
        if not place.path:
            console.result(renderer.render(report, View(console.width, console.colour)))
            continue
        content = renderer.render(report, View())
        try:
            write_atomic(Path(place.path), content)
        except OSError as error:
            raise UsageError(
                f"the output cannot be written: {error.strerror}", where=place.path
            ) from error
        console.note(f"wrote {place.format} to {place.path}")
