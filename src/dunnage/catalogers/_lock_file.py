"""Makes packages of what a lock file lists."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dunnage.model.cataloger import Fact
from dunnage.model.errors import LimitError
from dunnage.model.location import Location
from dunnage.model.package import Package
from dunnage.model.problem import Problem
from dunnage.parsers._json_values import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.model.cataloger import File
    from dunnage.model.limits import Limits
    from dunnage.parsers._lock import Entry, Lock

    Read = Callable[[bytes, Limits], Lock]


INCLUDE = "include"
"""Key of the notes about other files that a lock file names."""


def fact_of(file: File, kind: str, read: Read) -> Fact:
    """Return the packages of one lock file, each of them once.

    Args:
        file: The lock file.
        kind: Package URL type of its packages.
        read: Parses it.

    Raises:
        InputError: If it cannot be understood.
        LimitError: If it is larger than ``limits.text_bytes`` or lists more than
            ``limits.packages``.
    """
    lock = read(file.body.all(file.limits.text_bytes), file.limits)
    if len(lock.entries) > file.limits.packages:
        raise LimitError(f"it lists {len(lock.entries)} packages")
    sane = tuple(entry for entry in lock.entries if is_sane(entry))
    problems = lock.problems
    if len(sane) < len(lock.entries):
        count = len(lock.entries) - len(sane)
        message = "packages with absurd names or versions were not read"
        problems = (*problems, Problem("broken-package-record", message, count=count))
    notes = tuple((INCLUDE, name) for name in lock.includes)
    return Fact(packages=packages_of(sane, kind, file.path), notes=notes, problems=problems)


def is_sane(entry: Entry) -> bool:
    """Tell whether names can be names: no package manager allows blanks or empty parts in them."""
    words = (entry.name, entry.version, entry.namespace, entry.source)
    if "/" in entry.namespace or not all(entry.name.split("/")):
        return False
    return all(len(word) <= MAX_TEXT and word.isprintable() and " " not in word for word in words)


def packages_of(entries: tuple[Entry, ...], kind: str, path: str) -> tuple[Package, ...]:
    """Return a package for each name and version; what one place needs, it needs."""
    merged: dict[tuple[str, str, str], Entry] = {}
    needs: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for entry in entries:
        key = (entry.namespace, entry.name, entry.version)
        first = merged.setdefault(key, entry)
        if first is not entry:
            dev, direct = first.dev and entry.dev, first.direct or entry.direct
            merged[key] = first._replace(dev=dev, direct=direct)
        needs.setdefault(key, []).extend(entry.depends)
    versions = Counter(_title(entry) for entry in merged.values())
    return tuple(
        _package(entry._replace(depends=tuple(needs[key])), kind, path, versions)
        for key, entry in merged.items()
    )


def _title(entry: Entry) -> str:
    return f"{entry.namespace}:{entry.name}" if entry.namespace else entry.name


def _package(entry: Entry, kind: str, path: str, versions: Counter[str]) -> Package:
    extra = [
        ("direct", "true" if entry.direct else ""),
        ("scope", "dev" if entry.dev else ""),
        ("source", entry.source),
    ]
    needs = {
        f"{name}@{version}" if version and versions[name] > 1 else name
        for name, version in entry.depends
        if versions[name]
    }
    return Package(
        type=kind,
        name=entry.name,
        version=entry.version,
        namespace=entry.namespace,
        depends=tuple(sorted(needs)),
        licenses=entry.licenses,
        hashes=entry.hashes,
        extra=tuple(pair for pair in extra if pair[1]),
        locations=(Location(path, line=entry.line),),
    )
