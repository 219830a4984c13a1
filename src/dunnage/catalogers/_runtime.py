"""Finds the version of a language runtime in the texts a program was linked with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from re import Match, Pattern

    from dunnage.model.cataloger import Fact, File
    from dunnage.model.package import Package

MAX_SEARCH = 256 * 1024 * 1024
"""Bytes searched in one program; the constants of Node, the largest of them, take 45 MiB."""
MAX_TRIES = 100_000
"""Places looked at in one program; a real one has a handful."""
_STEP = 1024 * 1024
_MAGIC = b"\x7fELF"
_CONSTANTS = ".rodata"
_LISTED = "opt/bitnami/"
"""Bitnami's images list their runtimes themselves."""


def matches(file: File, word: bytes, pattern: Pattern[bytes], most: int) -> Iterator[Match[bytes]]:
    """Search the constants of an ELF program, piece by piece.

    Only ``.rodata`` is searched, where compilers put texts: paths in debugging information and
    names of libraries hold versions too. Without a section table the whole file is searched.

    Args:
        file: The program; anything else has no matches.
        word: What a match begins with; searching for it costs much less than a pattern.
        pattern: Matches the word with the byte before it, and what follows.
        most: Longest match, in bytes.

    Raises:
        InputError: If the section table is broken.
    """
    if file.path.startswith(_LISTED) or file.body.read(0, 4) != _MAGIC:
        return
    from dunnage.parsers import elf

    sections = elf.sections(file.body)
    at, size = sections.get(_CONSTANTS, (0, 0)) if sections else (0, file.size)
    end = min(at + min(size, MAX_SEARCH), file.size)
    before = b"\0"
    tries = 0
    while at < end and tries < MAX_TRIES:
        piece = before + file.body.read(at, min(_STEP, end - at) + most)
        found = piece.find(word, 1)
        while 1 <= found <= _STEP and tries < MAX_TRIES:
            tries += 1
            match = pattern.match(piece, found - 1)
            if match is not None:
                yield match
            found = piece.find(word, found + 1)
        before = piece[_STEP : _STEP + 1]
        at += _STEP


def package(name: str, version: str, cpe: str) -> Package:
    """Return the package of a runtime.

    Args:
        name: Of the package URL ``pkg:generic/NAME@VERSION``.
        version: As the runtime itself says it.
        cpe: Vendor and product (``nodejs:node.js``) in NVD's dictionary.
    """
    from dunnage.model.package import Package

    full = f"cpe:2.3:a:{cpe}:{version.replace('+', chr(92) + '+')}:*:*:*:*:*:*:*"
    return Package(type="generic", name=name, version=version, extra=(("cpe", full),))


def one_each(facts: Sequence[Fact]) -> Iterable[Fact]:
    """Leave one fact for each version below one installation directory, programs first.

    A runtime may have its version in the program and in the library the program needs.
    """
    kept: dict[tuple[str, str], Fact] = {}
    for fact in sorted(facts, key=lambda fact: (_is_library(fact.path), fact.path)):
        for found in fact.packages:
            kept.setdefault((_prefix(fact.path), found.version), fact)
    return list(kept.values())


def _is_library(path: str) -> bool:
    return path.rpartition("/")[2].startswith("lib")


def _prefix(path: str) -> str:
    """Return the directory that ``bin`` or ``lib`` is in."""
    parts = path.split("/")[:-1]
    for place, part in enumerate(parts):
        if part in {"bin", "sbin", "lib", "lib64", "libexec"}:
            return "/".join(parts[:place])
    return "/".join(parts)
