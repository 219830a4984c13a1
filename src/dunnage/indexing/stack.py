"""Applies layers on top of each other, following only what links and a kind of content need.

The rules are those of the OCI image specification 1.1, "Layer Changesets". Whiteouts concern the
layers below only. An entry replaces what is at its path, unless both are directories. An entry
below a symbolic link to a directory that the layer does not replace goes where the link leads, as
when an engine unpacks it. A hard link names what its target is when the layer comes (link(2)), also
in a layer below.
"""

from __future__ import annotations

from itertools import chain
from math import inf
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

from dunnage.indexing._paths import ancestors, resolve, resolve_parent
from dunnage.indexing.budget import in_time
from dunnage.indexing.layout import Layout
from dunnage.indexing.record import FOLDERS, IMPLICIT, Record
from dunnage.model.problem import Problem
from dunnage.parsers.tar import SYMLINK

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from collections.abc import Set as AbstractSet

    from dunnage.indexing.budget import Budget
    from dunnage.model.cataloger import Fact

Held = TypeVar("Held")


class Target(Struct, Generic[Held], frozen=True):
    """What is at the target of a hard link.

    Attributes:
        path: Symbolic links followed, but not the last part.
        link: Target of a symbolic link that is there, or None.
        held: What is known of a file that is there.
    """

    path: str
    link: str | None
    held: Held


class Moved(Struct, frozen=True):
    """A layer whose entries are where they end up.

    Attributes:
        record: What it holds.
        origins: Path of an entry in its layer by where it ended up; empty if nothing was moved.
    """

    record: Record
    origins: Mapping[str, str]


class Stack(Generic[Held]):
    """The state after some layers. What is kept of each path is up to a subclass.

    Args:
        budget: Where room for paths that are moved is taken from.
        deadline: ``time.monotonic()`` after which ``put`` ends with OutOfTimeError.

    Attributes:
        links: Targets of the visible symbolic links by path.
        known: Paths something is kept of, and the directories above them.
    """

    def __init__(self, budget: Budget, deadline: float = inf) -> None:
        self._budget = budget
        self.deadline = deadline
        self.links: dict[str, str] = {}

    def put(self, index: int, record: Record) -> list[Problem]:
        """Put a layer on top.

        Args:
            index: Its position.
            record: What it holds; it is not changed.

        Returns:
            What cannot be told for sure.

        Raises:
            InputError: If the time is over, or the layer's paths take too much; the state is then
                one between those before and after the layer.
        """
        in_time(self.deadline)
        targets = self._targets(record)
        whiteouts, opaques = self._removals(record)
        self._remove(whiteouts, opaques, frozenset())
        problems = self._doubts(record)
        moved = self._relocated(record)
        found = moved.record
        moved_opaques = frozenset() if found is record else frozenset(found.opaques)
        hit = found.kinds.keys() & self.known
        solid = {path for path in hit if found.kinds[path] not in FOLDERS}
        self._replacing(found)
        self._remove(solid, moved_opaques, self._replaced(found, hit))
        self.links.update(found.links)
        self._lay(index, record, moved)
        self._link(index, found, targets)
        return problems

    # What a subclass keeps.

    @property
    def known(self) -> AbstractSet[str]:
        """Return the paths something is kept of, with the directories above them."""
        raise NotImplementedError

    def _paths(self) -> Collection[str]:
        """Return the paths something is kept of."""
        raise NotImplementedError

    def _held(self, path: str) -> Held:
        """Return what is kept of a path."""
        raise NotImplementedError

    def _own(self, path: str, index: int) -> Held:
        """Return what is kept of a path, as far as the layer put it there."""
        raise NotImplementedError

    def _exists(self, held: Held) -> bool:
        """Tell whether what is kept says that there is a file."""
        raise NotImplementedError

    def _drop(self, path: str) -> None:
        """Keep nothing more of a path."""
        raise NotImplementedError

    def _lay(self, index: int, record: Record, moved: Moved) -> None:
        """Keep what the entries of a layer need, where they ended up."""
        raise NotImplementedError

    def _copy(self, path: str, held: Held, index: int) -> None:
        """Keep of a hard link what is kept of its target."""
        raise NotImplementedError

    def _lost(self, path: str, index: int) -> None:
        """Note that the target of a hard link is missing."""

    def _may_hold(self, _path: str) -> bool:
        """Tell whether something may be below a path."""
        return True

    def _replaced(self, _record: Record, hit: AbstractSet[str]) -> AbstractSet[str]:
        """Return those of the paths that a layer writes again of which nothing is kept then."""
        return hit

    def _replacing(self, record: Record) -> None:
        """Be told that what is dropped from now on is replaced, no longer removed."""

    # How layers are put together.

    def _doubts(self, record: Record) -> list[Problem]:
        """Say if the layer makes use of a link of a lower layer, and then replaces it.

        Likewise if a link of its own lies below one, and is followed from there.
        """
        late = self.links.keys() & set(record.late)
        if not late:
            return []
        message = "what the layer writes below symbolic links depends on the order of its entries"
        return [Problem("ambiguous-layer", message, where=min(late), count=len(late))]

    def _targets(self, record: Record) -> dict[str, Target[Held]]:
        """Return what hard links lead to, before the layer takes it away or replaces it."""
        if not record.hardlinks:
            return {}
        below = self._below(record)
        found: dict[str, Target[Held]] = {}
        for target in record.hardlinks.values():
            path = resolve_parent(target, below)
            found[target] = Target(path, self.links.get(path), self._held(path))
        return found

    def _link(self, index: int, record: Record, targets: Mapping[str, Target[Held]]) -> None:
        """Put hard links to files of lower layers in place."""
        order = {path: n for n, path in enumerate(record.kinds)} if record.hardlinks else {}
        done: dict[str, Target[Held]] = {}
        for path, target in record.hardlinks.items():
            in_time(self.deadline)
            before = targets[target]
            link = self.links.get(before.path) if before.path in record.kinds else None
            now = Target(before.path, link, self._own(before.path, index))
            first = order.get(before.path, inf) < order.get(path, 0)
            there = now if (first and self._is_there(now)) or not self._is_there(before) else before
            # A hard link to a hard link has the target of the first, and what it led to then.
            there = done.setdefault(target, there)
            if there.link is not None:
                self.links[path] = there.link
            if self._exists(there.held):
                self._copy(path, there.held, index)
            elif there.link is None:
                self._lost(path, index)

    def _is_there(self, target: Target[Held]) -> bool:
        return target.link is not None or self._exists(target.held)

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

    def _relocated(self, record: Record) -> Moved:
        """Return the layer with entries moved that lie below symbolic links of lower layers."""
        through = [
            path
            for path in record.kinds.keys() & self.links.keys()
            if record.kinds[path] == IMPLICIT
        ]
        if not through:
            return Moved(record, {})
        live = self._below(record)
        facts: dict[str, list[Fact]] = {}
        for path, fact in record.facts:
            facts.setdefault(path, []).append(fact)
        moved = Record()
        origins: dict[str, str] = {}
        layout = Layout(moved, self._budget)
        cleared: set[str] = set()
        for path, kind in record.kinds.items():
            if kind == IMPLICIT:
                continue
            in_time(self.deadline)
            link = record.links.get(path, "")
            place = layout.place(resolve_parent(path, live), kind, link)
            origins[place] = path
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
        return Moved(moved, origins)

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
        paths, links = self._paths(), self.links
        roots = roots & self.known
        above = {path for path in roots if self._may_hold(path)} | (hollow & self.known)
        if not (everything or above):
            doomed = [path for path in roots | exact if path in paths or path in links]
        else:
            known: dict[str, bool] = {}
            doomed = [
                path
                for path in chain(paths, links)
                if everything or path in roots or path in exact or _below(path, above, known)
            ]
        for path in doomed:
            links.pop(path, None)
            self._drop(path)


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
