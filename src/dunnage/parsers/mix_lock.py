"""Reads mix.lock.

Mix writes one Elixir map with a line for each dependency (``Mix.Dep.Lock``): the name of the
application and what its source needs to find it again. Hex writes a tuple of ``:hex``, the name of
the package, its version, a checksum of its content, the tools that build it, what it needs, its
repository and the checksum of its archive (``Hex.Utils.lock``); older ones end earlier.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.model.problem import Problem
from dunnage.parsers._lock import Entry, Lock, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits

MAX_LINE = 65_536
"""Characters of a line; real ones have a few thousand."""
_ATOM = r':(?:"([^"\\]{1,512})"|([A-Za-z_][\w@]{0,511}))'
_LINE = re.compile(r'\s*"([^"\\]{1,512})":\s*\{:(\w{1,32}),(.*)')
_HEX = re.compile(rf'\s*{_ATOM},\s*"([^"\\]{{1,512}})"')
_NEED = re.compile(rf"\{{{_ATOM},")
_END = re.compile(r'\],\s*"([^"\\]{1,512})"(?:,\s*"([0-9a-f]{64})")?\},?\s*$')
_HEXPM = "hexpm"


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of Mix.

    What comes from a Git repository or a directory has no version, and is left out.

    Raises:
        InputError: If it is no map of dependencies.
        LimitError: If it is larger than ``limits.text_bytes``.
    """
    written = decoded(data, limits, "lock file")
    if not written.lstrip().startswith("%{") or not written.rstrip().endswith("}"):
        raise InputError("the lock file is no map of dependencies")
    found: dict[str, tuple[Entry, str]] = {}
    broken = 0
    for number, line in enumerate(written.split("\n"), 1):
        if line.strip() in {"", "%{", "}", "%{}"} or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line) if len(line) <= MAX_LINE else None
        read = _package(match[3], number) if match and match[2] == "hex" else None
        if match and read:
            found[match[1]] = (read, match[3])
        elif not match or match[2] == "hex":
            broken += 1
    return Lock(tuple(_joined(found)), _told(broken))


def _package(text: str, line: int) -> Entry | None:
    """Return a package, from what follows ``{:hex,``."""
    head = _HEX.match(text)
    if head is None:
        return None
    end = _END.search(text)
    repository = end[1] if end else _HEXPM
    return Entry(
        name=head[1] or head[2],
        version=head[3],
        line=line,
        hashes=(("sha-256", end[2]),) if end and end[2] else (),
        source="" if repository == _HEXPM else repository,
    )


def _joined(found: dict[str, tuple[Entry, str]]) -> list[Entry]:
    """Return the packages with what they need, which they name by application."""
    pairs = {name: (entry.name, entry.version) for name, (entry, _) in found.items()}
    return [
        entry._replace(depends=tuple(dict.fromkeys(_needed(text, pairs))))
        for entry, text in found.values()
    ]


def _needed(text: str, pairs: dict[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for match in _NEED.finditer(text):
        pair = pairs.get(match[1] or match[2])
        if pair:
            yield pair


def _told(broken: int) -> tuple[Problem, ...]:
    if not broken:
        return ()
    message = "lines of the lock file that could not be understood"
    return (Problem("broken-package-record", message, count=broken),)
