"""Reads Gemfile.lock of Bundler.

The format is that of Bundler's documentation ("bundle lock") and its ``LockfileParser``: a section
for each source (``GEM``, ``GIT``, ``PATH``, ``PLUGIN SOURCE``) with ``specs:``, of which four
blanks begin a gem and six what it needs; ``DEPENDENCIES`` is what the project names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.parsers._lock import Entry, Lock, decoded

if TYPE_CHECKING:
    from dunnage.model.limits import Limits

_SECTION = re.compile(r"[A-Z][A-Z ]*")
_GEM = re.compile(r"( {4}| {6})([A-Za-z0-9][A-Za-z0-9._-]*)(?: \(([^)]{1,500})\))?!?")
_NAMED = re.compile(r" {2}([A-Za-z0-9][A-Za-z0-9._-]*)")
_REMOTE = re.compile(r" {2}(?:remote|revision): (\S{1,500})")
_SOURCES = ("GEM", "GIT", "PLUGIN SOURCE")


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of Bundler.

    Raises:
        InputError: If it has none of Bundler's sections.
        LimitError: If it is too large.
    """
    reader = _Reader()
    for number, line in enumerate(decoded(data, limits, "lock file").split("\n"), 1):
        reader.line(number, line.rstrip())
    if not reader.sections:
        raise InputError("the lock file has none of Bundler's sections")
    versions = {entry.name: entry.version for entry in reader.entries}
    done = (
        entry._replace(
            direct=entry.name in reader.direct,
            depends=tuple((name, versions[name]) for name in needs if name in versions),
        )
        for entry, needs in zip(reader.entries, reader.needs, strict=True)
    )
    return Lock(tuple(done))


class _Reader:
    """Goes through the lines, knowing the section they are in."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.needs: list[list[str]] = []
        self.direct: set[str] = set()
        self.sections = 0
        self._section = ""
        self._remote = ""
        self._open = False

    def line(self, number: int, line: str) -> None:
        """Read one line without its end."""
        if _SECTION.fullmatch(line):
            self._section, self._remote, self._open = line, "", False
            self.sections += line in {*_SOURCES, "PATH", "DEPENDENCIES"}
            return
        if self._section == "DEPENDENCIES":
            named = _NAMED.match(line)
            self.direct.update([named[1]] if named else ())
        if self._section not in _SOURCES:
            return
        remote = _REMOTE.fullmatch(line)
        if remote and self._section == "GIT":
            self._remote = f"{self._remote}@{remote[1]}" if self._remote else remote[1]
        gem = _GEM.fullmatch(line)
        if gem is None:
            return
        if len(gem[1]) == 4:
            self._gem(number, gem[2], gem[3] or "")
        elif self._open:
            self.needs[-1].append(gem[2])

    def _gem(self, number: int, name: str, version: str) -> None:
        # What follows a hyphen is the platform; versions of gems have none (Gem::Version).
        version = version.partition("-")[0].strip()
        self._open = bool(version) and version.isprintable()
        if self._open:
            self.entries.append(Entry(name, version, number, source=self._remote))
            self.needs.append([])
