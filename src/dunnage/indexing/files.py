"""Folds the listings of layers into the files a container would see, and what lies below them.

The rules are those of ``stack``, as for the inventory. Of each path only one number is kept: which
layer, and which row of its listing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from dunnage.indexing._paths import resolve
from dunnage.indexing.fold import GRACE
from dunnage.indexing.record import FOLDERS, IMPLICIT
from dunnage.indexing.stack import Stack
from dunnage.model.errors import InputError
from dunnage.model.problem import Problem
from dunnage.model.surface import Waste
from dunnage.parsers.tar import FILE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from dunnage.indexing.budget import Budget
    from dunnage.indexing.listing import Listing
    from dunnage.indexing.plan import Plan
    from dunnage.indexing.record import Record
    from dunnage.indexing.stack import Moved
    from dunnage.model.cataloger import Fact
    from dunnage.model.image import Layer

DELETED, OVERWRITTEN, METADATA = "deleted", "overwritten", "metadata-only"
"""Why bytes of a layer are not in the tree."""

_SHIFT = 32
_ROW = (1 << _SHIFT) - 1
_MOST_WASTE = 1000
"""Pairs of layers whose waste is told apart."""


class Entry(NamedTuple):
    """One path of the tree.

    Attributes:
        path: Without a leading slash.
        kind: Letter of ``parsers.tar``, or ``IMPLICIT``.
        mode: Permission bits.
        size: Size of the content in bytes.
        owner: Numeric id of the user.
        group: Numeric id of the group.
        form: What it begins with, see ``listing``.
        layer: Index of the layer that wrote it.
        content: What tells its content from others; the same for all names of a file.
    """

    path: str
    kind: str
    mode: int
    size: int
    owner: int
    group: int
    form: int
    layer: int
    content: int


class Files(Stack[int]):
    """The files of a target.

    Args:
        records: One per layer, from the base upwards.
        listings: Of the same layers.
        layers: The same.
        budget: As in ``Stack``.
        deadline: As in ``Stack``.

    Attributes:
        rows: For every path of the tree, which layer and row.
    """

    def __init__(
        self,
        records: Sequence[Record],
        listings: Sequence[Listing],
        layers: Sequence[Layer],
        budget: Budget,
        deadline: float,
    ) -> None:
        super().__init__(budget, deadline)
        self.rows: dict[str, int] = {}
        self._records = records
        self._listings = listings
        self.layers = layers
        self._letters = ["".join(record.kinds.values()) for record in records]
        self._names: dict[int, int] = {}
        self._cause = DELETED
        self._gone: dict[int, tuple[str, str]] = {}
        self._before: dict[str, int] = {}
        self._waste: dict[tuple[str, int, int], list[int]] = {}
        self._largest: dict[tuple[str, int, int], tuple[int, str]] = {}

    def apply(self, position: int) -> None:
        """Put the layer at a position on top; raises as ``put`` does."""
        self._cause = DELETED
        self.put(position, self._records[position])
        for content, (cause, path) in self._gone.items():
            size = self._size(content)
            self._add(cause, content >> _SHIFT, position, size, path)
        self._gone.clear()
        self._before.clear()

    # What is asked afterwards.

    @property
    def layer_bytes(self) -> int:
        """Return the sizes of all files of all layers together."""
        return sum(listing.written for listing in self._listings)

    @property
    def waste(self) -> tuple[Waste, ...]:
        """Return why layers hold more than the tree, most bytes first."""
        found = []
        for (cause, layer, by), (size, files) in self._waste.items():
            path = self._largest.get((cause, layer, by), (0, ""))[1]
            indices = (self.layers[layer].index, self.layers[by].index)
            found.append(Waste(cause, *indices, size, files, path))
        found.sort(key=lambda one: (-one.size, one.cause, one.layer, one.by))
        return tuple(found[:_MOST_WASTE])

    def entry(self, path: str) -> Entry | None:
        """Return what is at a path, without following a link at its end."""
        packed = self.rows.get(path)
        return None if packed is None else self._entry(path, packed)

    def follow(self, path: str) -> Entry | None:
        """Return what a path leads to, links followed, or None if nothing is there."""
        found = resolve(path, self.links)
        return None if found is None else self.entry(found)

    def entries(self) -> Iterator[Entry]:
        """Give every path of the tree, in no order."""
        for path, packed in self.rows.items():
            yield self._entry(path, packed)

    def capability(self, content: int) -> bytes:
        """Return the file capabilities of a content."""
        return self._listings[content >> _SHIFT].capabilities.get(content & _ROW, b"")

    def facts(self) -> Iterator[tuple[int, Fact]]:
        """Give what detectors learned of all files of all layers, with their contents."""
        for position, listing in enumerate(self._listings):
            for row, fact in listing.facts:
                yield position << _SHIFT | row, fact

    def place(self, content: int) -> str:
        """Return the path of a content in its own layer, or empty if it has none there any more."""
        record, row = self._records[content >> _SHIFT], content & _ROW
        paths = self._paths_of(content >> _SHIFT) if row < len(record.kinds) else ()
        return paths[row] if paths else ""

    def layer_of(self, content: int) -> int:
        """Return the index of the layer that holds a content."""
        return self.layers[content >> _SHIFT].index

    def _paths_of(self, position: int) -> Sequence[str]:
        if self._listed[0] != position:
            self._listed = (position, tuple(self._records[position].kinds))
        return self._listed[1]

    _listed: tuple[int, Sequence[str]] = (-1, ())

    def _entry(self, path: str, packed: int) -> Entry:
        position, row = packed >> _SHIFT, packed & _ROW
        rows = self._listings[position].rows
        if row >= len(rows.modes):  # a layer without a listing
            return Entry(path, self._letters[position][row], 0, 0, 0, 0, 0, -1, packed)
        own = rows.contents[row]
        return Entry(
            path,
            self._letters[position][row],
            rows.modes[own],
            rows.sizes[own],
            rows.owners[own],
            rows.groups[own],
            rows.heads[own],
            self.layers[position].index,
            position << _SHIFT | own,
        )

    # What the stack asks.

    @property
    def known(self) -> AbstractSet[str]:
        """Return all paths; the directories above them are among them."""
        return self.rows.keys()

    def _paths(self) -> Collection[str]:
        return self.rows.keys()

    def _held(self, path: str) -> int:
        return self.rows.get(path, -1)

    def _own(self, path: str, index: int) -> int:
        packed = self.rows.get(path, -1)
        return packed if packed >> _SHIFT == index else -1

    def _exists(self, held: int) -> bool:
        return held >= 0 and self._kind(held) not in FOLDERS

    def _may_hold(self, path: str) -> bool:
        return self._kind(self.rows[path]) in FOLDERS

    def _replacing(self, record: Record) -> None:
        del record
        self._cause = OVERWRITTEN

    def _replaced(self, record: Record, hit: AbstractSet[str]) -> AbstractSet[str]:
        """Return all but the directories that are written again: something of them may stay."""
        return {
            path for path in hit if not (record.kinds[path] in FOLDERS and self._may_hold(path))
        }

    def _drop(self, path: str) -> None:
        packed = self.rows.pop(path, -1)
        if packed < 0 or self._kind(packed) != FILE:
            return
        content = self._content(packed)
        left = self._names.get(content, 1) - 1
        if left > 0:
            self._names[content] = left
            return
        self._gone[content] = (self._cause, path)
        if self._cause == OVERWRITTEN:
            self._before[path] = content

    def _lay(self, index: int, record: Record, moved: Moved) -> None:
        rows = self._listings[index].rows
        linked = {own for row, own in enumerate(rows.contents) if row != own}
        far = moved.record.hardlinks
        laid = 0
        counted: set[int] = set()
        for path, row in self._placed(record, moved):
            kind = self._letters[index][row] if row >= 0 else IMPLICIT
            if row < 0 or path in far or (kind == IMPLICIT and path in self.rows):
                continue
            self.rows[path] = index << _SHIFT | row
            if kind != FILE or row >= len(rows.sizes):
                continue
            own = rows.contents[row]
            content = index << _SHIFT | own
            if own in linked:
                self._names[content] = self._names.get(content, 0) + 1
            if own not in counted:
                laid += rows.sizes[own]
            if own in linked:
                counted.add(own)
            if path in self._before:
                self._compare(path, content)
        self._add(OVERWRITTEN, index, index, self._listings[index].written - laid, "")

    def _copy(self, path: str, held: int, index: int) -> None:
        del index
        self.rows[path] = held
        if self._kind(held) == FILE:
            content = self._content(held)
            alive = self._gone.pop(content, None) is None
            self._names[content] = self._names.get(content, 1) + 1 if alive else 1

    def _placed(self, record: Record, moved: Moved) -> Iterator[tuple[str, int]]:
        """Give where entries ended up, with their rows; -1 for directories nobody wrote."""
        if not moved.origins and moved.record is record:
            for row, path in enumerate(record.kinds):
                yield path, row
            return
        numbers = {path: row for row, path in enumerate(record.kinds)}
        # Directories the stack made have no row; that of another one nobody wrote is as good.
        spare = next(
            (row for row, kind in enumerate(record.kinds.values()) if kind == IMPLICIT), -1
        )
        for path in moved.record.kinds:
            origin = moved.origins.get(path)
            yield path, spare if origin is None else numbers[origin]

    def _compare(self, path: str, content: int) -> None:
        """Find out whether a file was replaced by itself with other permissions or owner."""
        before = self._before[path]
        if before in self._gone and self._print(before) == self._print(content):
            self._gone[before] = (METADATA, path)

    def _print(self, content: int) -> tuple[int, int]:
        rows = self._listings[content >> _SHIFT].rows
        row = content & _ROW
        return (rows.sizes[row], rows.prints[row]) if row < len(rows.sizes) else (content, -1)

    def _kind(self, packed: int) -> str:
        return self._letters[packed >> _SHIFT][packed & _ROW]

    def _content(self, packed: int) -> int:
        rows = self._listings[packed >> _SHIFT].rows
        row = packed & _ROW
        own = rows.contents[row] if row < len(rows.contents) else row
        return packed >> _SHIFT << _SHIFT | own

    def _size(self, content: int) -> int:
        rows = self._listings[content >> _SHIFT].rows
        row = content & _ROW
        return rows.sizes[row] if row < len(rows.sizes) else 0

    def _add(self, cause: str, layer: int, by: int, size: int, path: str) -> None:
        if size <= 0:
            return
        key = (cause, layer, by)
        total = self._waste.setdefault(key, [0, 0])
        total[0] += size
        total[1] += bool(path)
        if path and size > self._largest.get(key, (0, ""))[0]:
            self._largest[key] = (size, path)


def folded(
    records: Sequence[Record],
    listings: Sequence[Listing],
    layers: Sequence[Layer],
    plan: Plan,
    budget: Budget,
) -> tuple[Files, tuple[Problem, ...]]:
    """Return the files a container would see; a layer that cannot be put on top is a problem."""
    deadline = max(plan.deadline, time.monotonic() + GRACE)
    files = Files(records, listings, layers, budget, deadline)
    problems: list[Problem] = []
    for position, layer in enumerate(layers):
        try:
            files.apply(position)
        except InputError as error:
            message = f"what its files take was not measured: {error.message}"
            where = f"layer {layer.index}" if layer.index >= 0 else ""
            problems.append(Problem("not-measured", message, where, error.advice))
    return files, tuple(problems)
