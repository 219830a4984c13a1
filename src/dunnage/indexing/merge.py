"""Applies layers on top of each other, keeping what was learned from files; see ``stack``."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dunnage.indexing._paths import parent_of
from dunnage.indexing.marks import source_of
from dunnage.indexing.stack import Stack
from dunnage.model.cataloger import Fact
from dunnage.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from dunnage.indexing.budget import Budget
    from dunnage.indexing.marks import Marked
    from dunnage.indexing.record import Record
    from dunnage.indexing.stack import Moved
    from dunnage.model.cataloger import Cataloger
    from dunnage.model.package import Package

Key = tuple[str, str, str, str, str]


def key_of(package: Package) -> Key:
    """Return what makes two listings the same package."""
    return (package.type, package.namespace, package.name, package.version, package.arch)


class Placed(Struct, frozen=True):
    """A fact and where it ended up; ``fact.path`` is the path a container reaches it by."""

    fact: Fact
    layer: int


class Gone(Struct, frozen=True):
    """A package that is listed no more."""

    package: Package
    path: str
    cataloger: str
    since: int
    until: int


class Merge(Stack[tuple[Placed, ...]]):
    """The state after some layers.

    Args:
        catalogers: By public name.
        budget: Where room for paths that are moved is taken from.
        deadline: ``time.monotonic()`` after which ``apply`` ends with OutOfTimeError.

    Attributes:
        facts: The visible facts by path.
        links: Targets of the visible symbolic links by path.
        since: The layer from which on a package was listed without a break.
        gone: Packages that are listed no more.
    """

    def __init__(
        self, catalogers: Mapping[str, Cataloger], budget: Budget, deadline: float = inf
    ) -> None:
        super().__init__(budget, deadline)
        self._catalogers = catalogers
        self.facts: dict[str, list[Placed]] = {}
        self.since: dict[Key, int] = {}
        self.gone: dict[Key, Gone] = {}
        self._index: set[str] = set()
        self._counts: dict[Key, int] = {}
        self._touched: dict[Key, tuple[Package, str, str]] = {}

    def apply(self, index: int, record: Record, marked: Marked | None = None) -> list[Problem]:
        """Put a layer on top.

        Args:
            index: Its position.
            record: What it holds; it is not changed.
            marked: Files of the layer that nobody examined but that matter, see ``marks``. Without
                those at the targets of hard links, these count as missing.

        Returns:
            What cannot be told for sure.

        Raises:
            InputError: If the time is over, or the layer's paths take too much; the state is then
                one between those before and after the layer.
        """
        if marked:
            record = replace(record, facts=[*record.facts, *marked])
        problems = self.put(index, record)
        self._settle(index)
        return problems

    def discover(self, placed: Placed) -> None:
        """Add a fact that came to light after all layers were put together."""
        self.facts.setdefault(placed.fact.path, []).append(placed)
        for package in placed.fact.packages:
            key = key_of(package)
            gone = self.gone.pop(key, None)
            self.since.setdefault(key, gone.since if gone else placed.layer)

    @property
    def known(self) -> AbstractSet[str]:
        """Return the paths of facts and links, with the directories above them."""
        return self._index

    def _paths(self) -> Collection[str]:
        return self.facts

    def _held(self, path: str) -> tuple[Placed, ...]:
        return tuple(self.facts.get(path, ()))

    def _own(self, path: str, index: int) -> tuple[Placed, ...]:
        return tuple(placed for placed in self.facts.get(path, ()) if placed.layer == index)

    def _exists(self, held: tuple[Placed, ...]) -> bool:
        return source_of(held) is not None

    def _drop(self, path: str) -> None:
        for placed in self.facts.pop(path, ()):
            self._touch(placed, -1)

    def _lay(self, index: int, record: Record, moved: Moved) -> None:
        del record
        self._remember(moved.record.links)
        for path, f in moved.record.facts:
            fact = Fact(f.cataloger, path, f.packages, f.files, f.notes, f.problems)
            placed = Placed(fact, index)
            self.facts.setdefault(path, []).append(placed)
            self._touch(placed, 1)
        self._remember(path for path, _ in moved.record.facts)
        self._remember(moved.record.hardlinks)

    def _copy(self, path: str, held: tuple[Placed, ...], index: int) -> None:
        found = source_of(held)
        if found is not None:
            magic = found[0].magic or any(map(self._by_magic, held))
            self._put(path, replace(found[0], far=True, magic=magic).fact(path), index)

    def _lost(self, path: str, index: int) -> None:
        problem = Problem("not-examined", "the target of a hard link is missing", where=path)
        self._put(path, Fact(path=path, problems=(problem,)), index)

    def _put(self, path: str, fact: Fact, index: int) -> None:
        self.facts.setdefault(path, []).append(Placed(fact, index))

    def _by_magic(self, placed: Placed) -> bool:
        name = placed.fact.cataloger
        return name in self._catalogers and bool(self._catalogers[name].magic)

    def _remember(self, paths: Iterable[str]) -> None:
        """Add paths and the directories above them to what layers are compared with."""
        index = self._index
        for path in paths:
            while path and path not in index:
                index.add(path)
                path = parent_of(path)  # noqa: PLW2901 - climbing is the point

    def _touch(self, placed: Placed, change: int) -> None:
        fact = placed.fact
        for package in fact.packages:
            key = key_of(package)
            self._counts[key] = self._counts.get(key, 0) + change
            if change > 0 or key not in self._touched:
                self._touched[key] = (package, fact.path, fact.cataloger)

    def _settle(self, index: int) -> None:
        """Note which packages came and went with this layer."""
        for key, (package, path, cataloger) in self._touched.items():
            if self._counts[key] > 0:
                self.since.setdefault(key, index)
                self.gone.pop(key, None)
            elif key in self.since:
                self.gone[key] = Gone(package, path, cataloger, self.since.pop(key), index)
        self._touched.clear()
