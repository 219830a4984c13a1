"""Reads requirements files of pip.

The format is that of pip's documentation, "Requirements File Format"; a requirement is that of
PyPA's "Dependency specifiers". Only one exact version (``==``, ``===``) says what is installed.
Comments that pip-compile and uv write (``# via flask``) tell what needs a package.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.parsers._lock import Entry, Lock, decoded, text, without_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits

ADVICE = "write exact versions (name==1.2.3), or let pip-compile, uv or poetry write them"
_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)")
_EXACT = re.compile(r"={2,3}\s*([^\s,;*]+)$")
_WHEEL = re.compile(r"([A-Za-z0-9_.]+)-([0-9][A-Za-z0-9_.!+]*)-(?:[^-/]+-){2,3}[^-/]+\.whl$")
_OPTION = re.compile(r"\s-{1,2}[a-z]")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_VIA = re.compile(r"#\s+(via\s+)?(\S+)?")
_URL = re.compile(r"(?:[a-z+]+://|git\+|file:)", re.IGNORECASE)
_LINES = 200
"""Lines joined by a backslash at their end; hashes take one each."""


def parse(data: bytes, limits: Limits) -> Lock:
    """Read a requirements file.

    Raises:
        InputError: If it is no text.
        LimitError: If it is too large.
    """
    entries: list[Entry] = []
    unknown: list[str] = []
    needs: dict[str, set[str]] = {}
    places: list[tuple[str, str]] = []
    needed_by = ""
    for number, line in _lines(decoded(data, limits, "requirements file")):
        if line.lstrip().startswith("#"):
            _noted(line, needed_by, needs, places)
            continue
        found = _requirement(_COMMENT.sub("", line).strip())
        if found is None:
            needed_by = ""
            continue
        name, version = found
        needed_by = _normal(name) if version else ""
        if version:
            entries.append(Entry(name, version, number))
            inline = line.rpartition("#")[2] if " # via " in line else ""
            _noted(f"#{inline}", needed_by, needs, places)
        else:
            unknown.append(name)
    direct = {name for name, by in places if by.startswith(("-r", "-c")) or by.endswith(".in")}
    versions = {_normal(entry.name): (entry.name, entry.version) for entry in entries}
    done = (
        entry._replace(
            direct=_normal(entry.name) in direct,
            depends=tuple(
                versions[n] for n in sorted(needs.get(_normal(entry.name), ())) if n in versions
            ),
        )
        for entry in entries
    )
    return Lock(tuple(done), without_version(unknown, len(entries), ADVICE))


def _lines(written: str) -> Iterator[tuple[int, str]]:
    """Give lines with those joined that end in a backslash, and their first number."""
    parts: list[str] = []
    start = 0
    for number, line in enumerate(written.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        bare = line.rstrip()
        if not parts:
            start = number
        if bare.endswith("\\") and len(parts) < _LINES and not bare.lstrip().startswith("#"):
            parts.append(bare[:-1])
            continue
        yield start, "".join([*parts, bare])
        parts = []
    if parts:
        yield start, "".join(parts)


def _requirement(line: str) -> tuple[str, str] | None:
    """Return name and version; no version if the line leaves it open, None if it names nothing."""
    if not line or line.startswith(("-", ".", "/")):
        if line.startswith(("-e ", "--editable ")) and _URL.search(line):
            return line.partition(" ")[2].strip(), ""
        return None
    if _URL.match(line):
        return _from_url(line, line)
    match = _NAME.match(line)
    if match is None:
        return None
    name, rest = match[1], match[2]
    if rest.startswith("@"):
        return _from_url(rest[1:].strip(), name)
    if rest.startswith(("/", "\\")) or (name.endswith((".whl", ".zip", ".gz")) and not rest):
        return None  # a file beside
    option = _OPTION.search(rest)
    specifier = (rest[: option.start()] if option else rest).partition(";")[0].strip(" ()")
    exact = [found[1] for part in specifier.split(",") if (found := _EXACT.match(part.strip()))]
    return name, text(exact[0]) if exact else ""


def _from_url(url: str, name: str) -> tuple[str, str]:
    wheel = _WHEEL.search(url.partition("#")[0].partition(";")[0].strip())
    return (wheel[1], text(wheel[2])) if wheel else (name[:200], "")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _noted(
    comment: str, name: str, needs: dict[str, set[str]], places: list[tuple[str, str]]
) -> None:
    """Remember what a comment says needs a package."""
    match = _VIA.match(comment.strip())
    if not name or match is None or not match[2]:
        return
    by = comment.strip().lstrip("# ").removeprefix("via ").strip()
    places.append((name, by))
    needs.setdefault(_normal(match[2]), set()).add(name)
