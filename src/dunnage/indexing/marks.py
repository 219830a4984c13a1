"""Marks files nobody examined, so that the fold carries them to where they end up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.indexing.record import LAST
from dunnage.model.cataloger import Fact
from dunnage.parsers.tar import FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from dunnage.indexing.merge import Placed
    from dunnage.indexing.record import Record

    Marked = list[tuple[str, Fact]]

MARK = ":file"
"""Stands where a fact has the name of its cataloger."""


class Source(Struct, frozen=True):
    """Where the content of a file is.

    Attributes:
        position: Which of the records is of the layer that holds it.
        place: Its path in that layer.
        generation: As in ``record.Other``.
        far: True for a hard link to a file of a lower layer, which nobody examined by its name.
        magic: True if catalogers found something in it that go by the first bytes.
    """

    position: int
    place: str
    generation: int
    far: bool = False
    magic: bool = False

    def fact(self, path: str = "") -> Fact:
        """Return the mark that stands for it among facts."""
        numbers = (self.position, self.generation, int(self.far), int(self.magic))
        return Fact(MARK, path, notes=((self.place, " ".join(map(str, numbers))),))


def source_of(facts: Iterable[Placed]) -> tuple[Source, int] | None:
    """Return where a file's content is, and the index of the layer that put the file there.

    Args:
        facts: What is known at its path.
    """
    for placed in facts:
        if placed.fact.cataloger == MARK:
            place, numbers = placed.fact.notes[0]
            position, generation, far, magic = map(int, numbers.split())
            source = Source(position, place, generation, far=bool(far), magic=bool(magic))
            return source, placed.layer
    return None


def base_of(path: str) -> str:
    """Return the last part of a path."""
    return path.rpartition("/")[2]


def marks(records: Sequence[Record], bases: AbstractSet[str]) -> list[Marked]:
    """Return the marks of the files of each record whose last part is one of ``bases``."""
    if not bases:
        return [[] for _ in records]
    return [_marks(record, position, bases) for position, record in enumerate(records)]


def _marks(record: Record, position: int, bases: AbstractSet[str]) -> Marked:
    found: Marked = []
    for path, kind in record.kinds.items():
        # A layer may have very many files, of which few are meant.
        if path.rpartition("/")[2] in bases and kind == FILE and path not in record.hardlinks:
            place, generation = record.shared.get(path, (path, LAST))
            found.append((path, Source(position, place, generation).fact()))
    return found
