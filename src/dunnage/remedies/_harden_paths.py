"""Paths in an image: where commands work, and what builds make."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from dunnage.remedies._harden_types import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.remedies._harden_types import Placed

_SAFE = re.compile(r"/[\w./@+~-]*")
_GLOB = re.compile(r"[*?\[]")


def joined(cwd: str, path: str) -> str:
    """Return a path from a working directory, in its shortest form."""
    whole = posixpath.normpath(posixpath.join(cwd or "/", path))
    return "/" + whole.lstrip("/")


def below(path: str, folders: Iterable[str]) -> bool:
    """Tell whether a path is one of some directories, or lies below one."""
    return any(path == one or path.startswith(one.rstrip("/") + "/") for one in folders)


def private_folder(workdir: str, path: str, line: int) -> Reason | None:
    """Return the reason that only root may enter a directory, or None."""
    for one in (workdir, path):
        if below(one, ("/root",)):
            message = f"{one} is in the home of root, which no other user may enter"
            return Reason("private-directory", message, line, "put it into /app")
    return None


def plain(path: str) -> bool:
    """Tell whether a path can be written into a COPY as it is."""
    return _SAFE.fullmatch(path) is not None


class Made(NamedTuple):
    """A file or directory that a build makes.

    Attributes:
        path: Where.
        line: One-based line of its RUN.
        how: The command, in short.
        folder: True if any file directly in it may be meant.
    """

    path: str
    line: int
    how: str
    folder: bool = False


def found(path: str, made: Iterable[Made]) -> Made | None:
    """Return what makes a path, or None."""
    made = tuple(made)
    for one in reversed(made):
        if not one.folder and one.path == path:
            return one
    for one in reversed(made):
        if one.folder and posixpath.dirname(path) == one.path:
            return one
    return None


def moved(placed: Placed, made: list[Made]) -> list[Made]:
    """Return what a ``cp`` or ``mv`` makes of what is made already."""
    command = placed.command
    if command.name not in {"cp", "mv", "install", "ln"} or placed.cwd is None:
        return []
    words = command.operands(("-m", "-o", "-g", "-t"))
    if len(words) < 2 or words[-1].text is None:
        return []
    target = words[-1].text
    results = []
    for word in words[:-1]:
        raw = word.text if word.text is not None else word.raw
        if "$" in raw or "`" in raw:
            continue
        source = joined(placed.cwd, raw)
        glob = _GLOB.search(raw) is not None
        origin = found(source, made)
        if origin is None:
            continue
        path = joined(placed.cwd, target)
        into = target.endswith(("/", "/.")) or target in {".", ".."} or _known_folder(path)
        if into and not glob:
            path = joined(path, posixpath.basename(source))
        how = f"{origin.how}, {command.name} {raw} {target}"
        results.append(Made(path, placed.line, how, into and glob))
    return results


def _known_folder(path: str) -> bool:
    return path in {"/usr/local/bin", "/usr/bin", "/bin", "/go/bin", "/opt", "/app", "/"}
