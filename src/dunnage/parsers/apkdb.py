"""Reads the installed-package database of apk, the package manager of Alpine Linux.

The file is a list of records separated by empty lines; a line is a letter, a colon and a value.
The letters are those of apk-tools' ``src/database.c`` and of
https://wiki.alpinelinux.org/wiki/Apk_spec. Their order counts: after ``F:`` (a directory) all
``R:`` (files) lie in that directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from dunnage.model.errors import InputError, LimitError
from dunnage.model.package import Package

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


LONGEST_FOLDER = 4096
"""Characters of a directory, as Linux bounds paths (PATH_MAX)."""

MOST_PATHS = 64 * 1024 * 1024
"""Characters of all owned files that are kept."""


class Record(Struct):
    """One installed package.

    Attributes:
        name: ``P:``.
        version: ``V:``.
        arch: ``A:``.
        origin: ``o:``, the source package; empty for virtual packages.
        license: ``L:``.
        maintainer: ``m:``.
        depends: ``D:`` without version ranges, conflicts (``!name``) left out.
        provides: ``p:`` without versions.
        files: Paths of owned files, without a leading slash.
        line: One-based line at which it begins.
    """

    name: str = ""
    version: str = ""
    arch: str = ""
    origin: str = ""
    license: str = ""
    maintainer: str = ""
    depends: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    files: list[str] = field(default_factory=list)
    line: int = 0


def records(
    lines: Iterable[str], wanted: Callable[[str], bool] = bool
) -> Iterator[Record | InputError]:
    """Read the database.

    Args:
        lines: The lines of the file, with or without their line ends.
        wanted: Tells which owned files to keep.

    Yields:
        Records in file order; for a record without name or version an InputError (not raised)
        that says on which line it begins. Another one for a directory that is longer than any path
        can be, and one if the owned files together are too long; such files are left out.
    """
    record: Record | None = None
    folder: str | None = ""
    room = MOST_PATHS
    for number, full in enumerate(lines, 1):
        line = full.rstrip("\r\n")
        if not line:
            if record is not None:
                yield _checked(record)
            record = None
            continue
        if record is None:
            record = Record(line=number)
            folder = ""
        letter, value = line[0], line[2:]
        if line[1:2] != ":":
            continue
        if letter == "R":
            if folder is None or room < 0:
                continue
            path = folder + value
            if wanted(path):
                room -= len(path)
                if room < 0:
                    text = f"the files are longer than {MOST_PATHS} characters together"
                    yield LimitError(text, where=f"line {number}")
                    continue
                record.files.append(path)
        elif letter == "F":
            folder = value + "/" if value else ""
            if len(folder) > LONGEST_FOLDER:
                folder = None
                yield LimitError("a directory longer than any path", where=f"line {number}")
        else:
            _set(record, letter, value)
    if record is not None:
        yield _checked(record)


_PLAIN = {
    "P": "name",
    "V": "version",
    "A": "arch",
    "o": "origin",
    "L": "license",
    "m": "maintainer",
}


def _set(record: Record, letter: str, value: str) -> None:
    if letter in _PLAIN:
        setattr(record, _PLAIN[letter], value.strip())
    elif letter == "D":
        record.depends = names(value)
    elif letter == "p":
        record.provides = names(value)


def _checked(record: Record) -> Record | InputError:
    if record.name and record.version:
        return record
    missing = "version (V:)" if record.name else "name (P:)"
    return InputError(f"a package record has no {missing}", where=f"line {record.line}")


def names(value: str) -> tuple[str, ...]:
    """Return the names of a dependency list, in order and once each.

    Args:
        value: Such as ``so:libc.musl-x86_64.so.1 busybox>=1.36 !uclibc scanelf~1.3``; a name ends
            at the first of ``<``, ``>``, ``=``, ``~`` and ``@`` (a repository tag), as apk-world(5)
            describes. Conflicts are left out.
    """
    found: dict[str, None] = {}
    for word in value.split():
        if word[0] == "!":
            continue
        end = len(word)
        for sign in "<>=~@":
            at = word.find(sign, 0, end)
            end = at if at >= 0 else end
        if end:
            found[word[:end]] = None
    return tuple(found)


def package_of(record: Record) -> Package:
    """Return the package of an apk record; all packages of one origin have one version."""
    return Package(
        type="apk",
        name=record.name,
        version=record.version,
        arch=record.arch,
        source=record.origin,
        source_version=record.version if record.origin else "",
        licenses=(record.license,) if record.license else (),
        depends=record.depends,
        provides=tuple(name for name in record.provides if name != record.name),
        supplier=record.maintainer,
    )
