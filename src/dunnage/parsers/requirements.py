"""Reads requirements files of pip.

The format is that of pip's documentation, "Requirements File Format"; a requirement is that of
PyPA's "Dependency specifiers". Only one exact version (``==``, ``===``) says what is installed.
Comments that pip-compile and uv write (``# via flask``) tell what needs a package.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from dunnage.model.errors import InputError
from dunnage.parsers._json_values import MAX_TEXT, text
from dunnage.parsers._lock import Entry, Lock, decoded, python_name, without_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits

ADVICE = "write exact versions (name==1.2.3), or let pip-compile, uv or poetry write them"
_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)")
_EXACT = re.compile(r"={2,3}\s*([^\s,;*]+)$")
_WHEEL = re.compile(r"([A-Za-z0-9_.]+)-([0-9][A-Za-z0-9_.!+]*)-(?:[^-/]+-){2,3}[^-/]+\.whl")
_OPTION = re.compile(r"\s-{1,2}[a-z]")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_OWN = re.compile(r"-r[ =]|.*(?:\.in|\((?:pyproject\.toml|setup\.cfg|setup\.py)\))$")
"""What a comment calls the project itself; a constraint (``-c``) is no dependency."""
_INCLUDE = re.compile(r"(?:-r|--requirement)(?:\s*=\s*|\s*)([^\s=].*)")
ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
"""Ends of the file names of packages that are installed from a file."""
_URL = re.compile(r"(?:[a-z+]+://|git\+|file:)", re.IGNORECASE)
_LINES = 200
"""Lines joined by a backslash at their end; hashes take one each."""


class _Needs:
    """Who needs what, as the comments of pip-compile and uv say it."""

    def __init__(self) -> None:
        self.direct: set[str] = set()
        self._needs: dict[str, set[str]] = {}

    def note(self, comment: str, name: str) -> None:
        """Remember what a comment says needs a package: one word a line, or all divided by commas.

        Args:
            comment: What follows the ``#``.
            name: Of the package, normalised; nothing is remembered if it is empty.
        """
        for word in comment.strip().removeprefix("via ").split(", ") if name else ():
            by = word.strip()
            if _OWN.match(by):
                self.direct.add(name)
            elif by and not by.startswith("-"):
                self._needs.setdefault(
                    python_name(re.split(r"[ \[]", by, maxsplit=1)[0]), set()
                ).add(name)

    def of(self, name: str) -> list[str]:
        """Return the names of what a package needs, normalised and sorted."""
        return sorted(self._needs.get(name, ()))


def parse(data: bytes, limits: Limits) -> Lock:
    """Read a requirements file.

    Raises:
        InputError: If it is no text, or most of its lines are prose.
        LimitError: If it is too large.
    """
    entries: list[Entry] = []
    unknown: list[str] = []
    prose = 0
    includes: dict[str, None] = {}
    needs = _Needs()
    needed_by = ""
    for number, line in _lines(decoded(data, limits, "requirements file")):
        if line.lstrip().startswith("#"):
            needs.note(line.lstrip().removeprefix("#"), needed_by)
            continue
        bare = _COMMENT.sub("", line).strip()
        included = _INCLUDE.fullmatch(bare)
        if included and text(included[1]):
            includes[text(included[1])] = None
        found = _requirement(bare)
        if found is None:
            needed_by = ""
            continue
        name, version = found
        needed_by = python_name(name) if version else ""
        if version:
            entries.append(Entry(name, version, number))
            needs.note(line.partition(" # via ")[2], needed_by)
        else:
            unknown.append(name)
            prose += _is_prose(bare)
    if not entries and not includes and 2 * prose > len(unknown):
        raise InputError("most lines are no requirements of pip", advice=ADVICE)
    versions = {python_name(entry.name): (entry.name, entry.version) for entry in entries}
    done = (
        entry._replace(
            direct=python_name(entry.name) in needs.direct,
            depends=tuple(versions[n] for n in needs.of(python_name(entry.name)) if n in versions),
        )
        for entry in entries
    )
    return Lock(tuple(done), without_version(unknown, len(entries), ADVICE), tuple(includes))


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
    if not line or line.startswith("-"):
        if line.startswith(("-e ", "--editable ")) and _URL.search(line):
            return line.partition(" ")[2].strip(), ""
        return None
    if _URL.match(line):
        return from_place(line, line)
    match = _NAME.match(line)
    name, rest = (match[1], match[2]) if match else ("", "")
    if match is None or rest.startswith(("/", "\\")) or name.endswith(ARCHIVES):
        # A directory beside is the project's own, an archive is a package.
        return from_place(line, line) if _place(line).endswith(ARCHIVES) else None
    if rest.startswith("@"):
        return from_place(rest[1:].strip(), name)
    option = _OPTION.search(rest)
    specifier = (rest[: option.start()] if option else rest).partition(";")[0].strip(" ()")
    exact = [found[1] for part in specifier.split(",") if (found := _EXACT.match(part.strip()))]
    return name, text(exact[0]) if exact else ""


def _is_prose(line: str) -> bool:
    """Tell whether a line is none that pip would take: a word, and then another one."""
    match = _NAME.match(line)
    return match is not None and match[2][:1].isalnum()


def from_place(place: str, name: str) -> tuple[str, str]:
    """Return name and version of a wheel by its file name (PyPA's "Binary distribution format").

    Args:
        place: An address or a path; a marker or a fragment may follow.
        name: What else is no wheel is called, with no version.
    """
    file = _place(place).rpartition("/")[2]
    wheel = _WHEEL.fullmatch(unquote(file)) if len(file) <= MAX_TEXT else None
    return (wheel[1], text(wheel[2])) if wheel else (name[:200], "")


def _place(line: str) -> str:
    return line.partition("#")[0].partition(";")[0].partition(" ")[0]
