"""Looks packages up one after the other, and remembers what could not be examined."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from dunnage.advisories._candidates import SYSTEM_TYPES, Lookup, is_debug, lookup_of
from dunnage.advisories._hits import hits_of, module_of
from dunnage.advisories._merge import merged
from dunnage.advisories._names import base_of
from dunnage.advisories._probe import probe
from dunnage.advisories._wire import UNREAD, unpack_cold
from dunnage.advisories.owner import Owners
from dunnage.model.problem import Problem
from dunnage.versions._registry import ordering_for_ecosystem

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.advisories._merge import Vulnerability
    from dunnage.advisories._wire import Packed
    from dunnage.advisories.store import Store
    from dunnage.model.inventory import Inventory
    from dunnage.model.package import Package

SHOWN = 12
REMEMBERED = 256
"""Names whose rows are kept, because binary packages of one source lie close together."""

_DIGITS = re.compile(r"(\d{1,9})")

NONE: tuple[bytes, list[Vulnerability]] = (b"", [])


class Matcher:
    """Matches the packages of one inventory.

    Args:
        inventory: What the target holds.
        store: The opened store.
    """

    def __init__(self, inventory: Inventory, store: Store) -> None:
        self._inventory = inventory
        self._store = store
        self.matched = 0
        self._keys: dict[str, Callable[[str], bytes] | None] = {}
        self._found: dict[tuple[str, str], list[tuple[int, Packed]]] = {}
        self._without_data: Counter[str] = Counter()
        self._without_feed: Counter[str] = Counter()
        self._unreadable: Counter[str] = Counter()
        self._unversioned: Counter[str] = Counter()
        self._unread: dict[str, set[str]] = {}

    @cached_property
    def owners(self) -> Owners:
        """Return who settles findings of libraries that the system installed."""
        return Owners(self._inventory, self._store)

    @property
    def consulted(self) -> tuple[str, ...]:
        """Return the ecosystems (with release) that had data, sorted."""
        return tuple(sorted(name for name, key in self._keys.items() if key is not None))

    def vulnerabilities(self, package: Package) -> tuple[bytes, list[Vulnerability]]:
        """Return the sort key of a package's version and the vulnerabilities it has."""
        lookup = lookup_of(package, self._inventory.system)
        if not lookup.ecosystem:
            self._without_feed[package.type] += 1
            return NONE
        key_of = self._key_of(lookup.ecosystem)
        if key_of is None:
            self._without_data[lookup.ecosystem] += 1
            return NONE
        found = self._candidates(lookup, package)
        if not found or is_debug(package):
            # Nobody speaks of a package by this name, so its version does not matter.
            self.matched += 1
            return NONE
        if not lookup.version:
            self._unversioned[lookup.ecosystem] += 1
            return NONE
        try:
            key = key_of(lookup.version)
        except ValueError:
            self._unreadable[lookup.ecosystem] += 1
            return NONE
        self.matched += 1
        self._note_unread(found, package)
        hits = hits_of(self._store, found, lookup.ecosystem, key, module_of(package))
        return (key, merged(hits)) if hits else NONE

    def _key_of(self, ecosystem: str) -> Callable[[str], bytes] | None:
        """Return the key function of an ecosystem that has data, else None."""
        if ecosystem not in self._keys:
            ordering = ordering_for_ecosystem(ecosystem)
            usable = (
                ordering is not None
                and self._store.has(ecosystem)
                and self._store.keys_of(ecosystem) == {probe(base_of(ecosystem))}
            )
            self._keys[ecosystem] = ordering.key if ordering and usable else None
        return self._keys[ecosystem]

    def _candidates(self, lookup: Lookup, package: Package) -> list[tuple[int, Packed]]:
        place = (lookup.ecosystem, lookup.name)
        found = self._found.get(place)
        if found is None:
            found = self._store.candidates(*place)
            if package.type == "maven" and not package.namespace:
                found = [
                    entry
                    for name in self._artifacts.get(lookup.name, ())
                    for entry in self._store.candidates(lookup.ecosystem, name)
                ]
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            self._found[place] = found
        return found

    def _note_unread(self, found: list[tuple[int, Packed]], package: Package) -> None:
        """Remember advisories about a package whose ranges cannot be read."""
        for part, packed in found:
            if UNREAD in packed.kinds:
                rows = unpack_cold(packed.cold).rows
                wanted = {index for index, _, _, kind in packed.spans() if kind == UNREAD}
                known = self._unread.setdefault(f"{package.title} {package.version}", set())
                known.update(self._store.detail(part, rows[i].number).id for i in wanted)

    @cached_property
    def _artifacts(self) -> dict[str, list[str]]:
        """Return the full names of Maven packages by artifact id, for jars that name no group."""
        names: dict[str, list[str]] = {}
        for name in self._store.names("Maven"):
            names.setdefault(name.rpartition(":")[2], []).append(name)
        return names

    def problems(self) -> tuple[Problem, ...]:
        """Return what could not be examined."""
        return (
            *(self._no_feed(name, count) for name, count in sorted(self._without_feed.items())),
            *(self._no_data(name, count) for name, count in sorted(self._without_data.items())),
            *(
                Problem(
                    "unreadable-version",
                    f"the versions of {_packages(count, name)} cannot be understood",
                    where=name,
                    count=count,
                )
                for name, count in sorted(self._unreadable.items())
            ),
            *(
                Problem(
                    "no-version",
                    f"{_packages(count, name)} say no version, but there are advisories for them",
                    where=name,
                    count=count,
                )
                for name, count in sorted(self._unversioned.items())
            ),
            *(
                Problem(
                    "unreadable-advisory",
                    f"whether it has {', '.join(sorted(ids)[:SHOWN])} is not known: the advisory "
                    "names versions that cannot be read",
                    where=name,
                    advice="read the advisory and waive it or upgrade",
                    count=len(ids),
                )
                for name, ids in sorted(self._unread.items())
            ),
        )

    def _no_feed(self, purl_type: str, count: int) -> Problem:
        system = self._inventory.system
        told = _unexamined(count, purl_type)
        if purl_type not in SYSTEM_TYPES:
            message = f"{told}: there is no advisory feed for this kind"
        elif system is None:
            message = f"{told}: the distribution is not known"
        else:
            name = system.name or system.id
            message = f"{told}: there is no advisory feed for {name}"
        unknown = system is None and purl_type in SYSTEM_TYPES
        advice = "name the distribution with --distro" if unknown else ""
        return Problem("no-advisory-data", message, where=purl_type, advice=advice, count=count)

    def _no_data(self, ecosystem: str, count: int) -> Problem:
        from shlex import quote

        base = base_of(ecosystem)
        releases = [name for name in self._store.releases if base_of(name) == base]
        advice = f"dunnage db update --only {quote(base)}"
        why = f"there is no advisory data for {ecosystem}"
        if self._store.has(ecosystem):
            why = f"the advisory data for {ecosystem} was made by another version of this tool"
        elif ordering_for_ecosystem(ecosystem) is None:
            why, advice = f"versions of {base} cannot be compared yet", ""
        elif releases and ecosystem != base:
            shown = [name.partition(":")[2] for name in sorted(releases, key=_natural)]
            why += f", only for {', '.join(shown[-SHOWN:])}"
            advice += ", from a mirror that has this release (--from)"
        message = f"{_unexamined(count)}: {why}"
        return Problem("no-advisory-data", message, where=ecosystem, advice=advice, count=count)


def _natural(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (0, part) for part in _DIGITS.split(text)]


def _unexamined(count: int, kind: str = "") -> str:
    return f"{_packages(count, kind)} {'was' if count == 1 else 'were'} not examined"


def _packages(count: int, kind: str = "") -> str:
    return f"{count} {kind}{' ' if kind else ''}package{'' if count == 1 else 's'}"
