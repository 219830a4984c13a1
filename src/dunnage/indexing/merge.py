"""Applies layers on top of each other, following only what facts and links need.

The rules are those of the OCI image specification 1.1, "Layer Changesets". Whiteouts concern the
layers below only. An entry replaces what is at its path, unless both are directories. An entry
below a symbolic link to a directory that the layer does not replace goes where the link leads, as
when an engine unpacks it. A hard link names what its target is when the layer comes (link(2)), also
in a layer below.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from dunnage.indexing._paths import ancestors, parent_of, resolve, resolve_parent
from dunnage.indexing.budget import in_time
from dunnage.indexing.layout import Layout
from dunnage.indexing.marks import source_of
from dunnage.indexing.record import FOLDERS, IMPLICIT, Record
from dunnage.model.cataloger import Fact
from dunnage.model.problem import Problem
from dunnage.parsers.tar import SYMLINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from dunnage.indexing.budget import Budget
    from dunnage.indexing.marks import Marked
    from dunnage.model.cataloger import Cataloger
    from dunnage.model.package import Package

Key = tuple[str, str, str, str, str]


def key_of(package: Package) -> Key:
    """Return what makes two listings the same package."""
    return (package.type, package.namespace, package.name, package.version, package.arch)


class Placed(NamedTuple):
    """A fact and where it ended up; ``fact.path`` is the path a container reaches it by."""

    fact: Fact
    layer: int


class Gone(NamedTuple):
    """A package that is listed no more."""

    package: Package
    path: str
    cataloger: str
    since: int
    until: int


class Target(NamedTuple):
    """What is at the target of a hard link.

    Attributes:
        path: Symbolic links followed, but not the last part.
        link: Target of a symbolic link that is there, or None.
        facts: What is known of a file that is there.
    """

    path: str
    link: str | None
    facts: tuple[Placed, ...]

    @property
    def exists(self) -> bool:
        """Tell whether anything is there."""
        return self.link is not None or source_of(self.facts) is not None


class Merge:
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
        self._catalogers = catalogers
        self._budget = budget
        self._deadline = deadline
        self.facts: dict[str, list[Placed]] = {}
        self.links: dict[str, str] = {}
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
        in_time(self._deadline)
        if marked:
            record = replace(record, facts=[*record.facts, *marked])
        targets = self._targets(record)
        whiteouts, opaques = self._removals(record)
        self._remove(whiteouts, opaques, frozenset())
        problems = self._doubts(record)
        moved = self._relocated(record)
        moved_opaques = frozenset() if moved is record else frozenset(moved.opaques)
        record = moved
        hit = record.kinds.keys() & self._index
        solid = {path for path in hit if record.kinds[path] not in FOLDERS}
        self._remove(solid, moved_opaques, hit)
        self.links.update(record.links)
        self._remember(record.links)
        for path, f in record.facts:
            fact = Fact(f.cataloger, path, f.packages, f.files, f.notes, f.problems)
            placed = Placed(fact, index)
            self.facts.setdefault(path, []).append(placed)
            self._touch(placed, 1)
        self._remember(path for path, _ in record.facts)
        self._link(index, record, targets)
        self._settle(index)
        return problems

    def discover(self, placed: Placed) -> None:
        """Add a fact that came to light after all layers were put together."""
        self.facts.setdefault(placed.fact.path, []).append(placed)
        for package in placed.fact.packages:
            key = key_of(package)
            gone = self.gone.pop(key, None)
            self.since.setdefault(key, gone.since if gone else placed.layer)

    def _doubts(self, record: Record) -> list[Problem]:
        """Say if the layer makes use of a link of a lower layer, and then replaces it.

        Likewise if a link of its own lies below one, and is followed from there.
        """
        late = self.links.keys() & set(record.late)
        if not late:
            return []
        message = "what the layer writes below symbolic links depends on the order of its entries"
        return [Problem("ambiguous-layer", message, where=min(late), count=len(late))]

    def _targets(self, record: Record) -> dict[str, Target]:
        """Return what hard links lead to, before the layer takes it away or replaces it."""
        if not record.hardlinks:
            return {}
        below = self._below(record)
        found = {}
        for target in record.hardlinks.values():
            path = resolve_parent(target, below)
            found[target] = Target(path, self.links.get(path), tuple(self.facts.get(path, ())))
        return found

    def _link(self, index: int, record: Record, targets: Mapping[str, Target]) -> None:
        """Put hard links to files of lower layers in place."""
        order = {path: n for n, path in enumerate(record.kinds)} if record.hardlinks else {}
        done: dict[str, Target] = {}
        for path, target in record.hardlinks.items():
            in_time(self._deadline)
            before = targets[target]
            own = tuple(p for p in self.facts.get(before.path, ()) if p.layer == index)
            link = self.links.get(before.path) if before.path in record.kinds else None
            now = Target(before.path, link, own)
            first = order.get(before.path, inf) < order.get(path, 0)
            there = now if (first and now.exists) or not before.exists else before
            # A hard link to a hard link has the target of the first, and what it led to then.
            there = done.setdefault(target, there)
            found = source_of(there.facts)
            if there.link is not None:
                self.links[path] = there.link
            elif found is None:
                message = "the target of a hard link is missing"
                problem = Problem("not-examined", message, where=path)
                self._put(path, Fact(path=path, problems=(problem,)), index)
            else:
                magic = found[0].magic or any(map(self._by_magic, there.facts))
                self._put(path, found[0]._replace(far=True, magic=magic).fact(path), index)
        self._remember(record.hardlinks)

    def _put(self, path: str, fact: Fact, index: int) -> None:
        self.facts.setdefault(path, []).append(Placed(fact, index))

    def _by_magic(self, placed: Placed) -> bool:
        name = placed.fact.cataloger
        return name in self._catalogers and bool(self._catalogers[name].magic)

    def _removals(self, record: Record) -> tuple[set[str], set[str]]:
        """Return whiteouts and opaque directories where they take effect."""
        if not (record.whiteouts or record.opaques):
            return set(), set()
        below = self._below(record)
        whiteouts = {resolve_parent(path, below) for path in record.whiteouts}
        for path in whiteouts:
            below.pop(path, None)
        folders: set[str] = set()
        for path in record.opaques:
            hidden = any(folder in folders for folder in ancestors(path))
            found = None if hidden else resolve(path, below)
            folders.add(path if found is None else found)
        return whiteouts, folders

    def _relocated(self, record: Record) -> Record:
        """Return the layer with entries moved that lie below symbolic links of lower layers."""
        through = [
            path
            for path in record.kinds.keys() & self.links.keys()
            if record.kinds[path] == IMPLICIT
        ]
        if not through:
            return record
        live = self._below(record)
        facts: dict[str, list[Fact]] = {}
        for path, fact in record.facts:
            facts.setdefault(path, []).append(fact)
        moved = Record()
        layout = Layout(moved, self._budget)
        cleared: set[str] = set()
        for path, kind in record.kinds.items():
            if kind == IMPLICIT:
                continue
            in_time(self._deadline)
            link = record.links.get(path, "")
            place = layout.place(resolve_parent(path, live), kind, link)
            moved.facts += [(place, fact) for fact in facts.get(path, ())]
            if path in record.hardlinks:
                moved.hardlinks[place] = record.hardlinks[path]
            for gone in (place, *ancestors(place)):
                if gone in cleared:
                    break
                cleared.add(gone)
                live.pop(gone, None)  # no link any more, as entries may lie below it
            if kind == SYMLINK:
                live[place] = link
                cleared.discard(place)
        layout.settle()
        self._budget.give_paths(layout.taken)  # for this layer only
        return moved

    def _below(self, record: Record) -> dict[str, str]:
        """Return the links of lower layers that a layer does not replace itself."""
        kinds = record.kinds
        return {
            path: target
            for path, target in self.links.items()
            if kinds.get(path, IMPLICIT) == IMPLICIT
        }

    def _remove(
        self, roots: AbstractSet[str], hollow: AbstractSet[str], exact: AbstractSet[str]
    ) -> None:
        """Take away what is at or below ``roots``, below ``hollow``, or at ``exact``."""
        everything = "" in hollow
        roots = roots & self._index
        above = roots | (hollow & self._index)
        if not (everything or above):
            doomed = [path for path in exact if path in self.facts or path in self.links]
        else:
            known: dict[str, bool] = {}
            doomed = [
                path
                for path in (*self.facts, *self.links)
                if everything or path in roots or path in exact or _below(path, above, known)
            ]
        for path in doomed:
            self.links.pop(path, None)
            for placed in self.facts.pop(path, ()):
                self._touch(placed, -1)

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


def _below(path: str, above: AbstractSet[str], known: dict[str, bool]) -> bool:
    """Tell whether a path lies below one of the directories; ``known`` remembers directories."""
    passed = []
    below = False
    for folder in ancestors(path):
        found = True if folder in above else known.get(folder)
        if found is not None:
            below = found
            break
        passed.append(folder)
    for folder in passed:
        known[folder] = below
    return below
