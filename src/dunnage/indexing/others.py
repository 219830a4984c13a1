"""Finds files that catalogers want under another name, and has them examined.

A container reaches a file by a symbolic link's name as well as by its own, and by a hard link's name
wherever the content is. What catalogers want is decided by names, so each name counts.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from dunnage.indexing._paths import resolve, shown
from dunnage.indexing.budget import OutOfTimeError, in_time
from dunnage.indexing.examine import looked_into
from dunnage.indexing.marks import base_of, source_of
from dunnage.indexing.merge import Placed
from dunnage.indexing.record import Other
from dunnage.indexing.router import Router
from dunnage.model.cataloger import Fact
from dunnage.model.errors import DunnageError, InputError
from dunnage.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dunnage.indexing.merge import Merge
    from dunnage.indexing.plan import Plan
    from dunnage.indexing.record import Record

    Read = Callable[[int, Sequence[Other]], Mapping[Other, Sequence[Fact]]]
    """Given the position of a record and files of its layer, returns what catalogers learn.

    It may raise DunnageError or OSError.
    """

MOST = 1000
"""Files of one target that are examined under other names."""

CONSIDERED = 100_000
"""Symbolic links of one target whose names are wanted and that may lead to unexamined files."""


class Wish(NamedTuple):
    """A symbolic link whose own name is wanted.

    Attributes:
        path: Of the link, or a path that leads through links.
        real: Where it leads.
        wanted: Catalogers that want its name and have not examined what is there.
    """

    path: str
    real: str
    wanted: tuple[str, ...]


class Asked(NamedTuple):
    """A file to be examined under another name.

    Attributes:
        position: Of the record of the layer that holds it.
        other: The file.
        layer: Index of the layer that its packages count to.
    """

    position: int
    other: Other
    layer: int


class Others:
    """The other names of one target.

    Args:
        plan: Which catalogers there are.
        deadline: ``time.monotonic()`` after which everything ends with OutOfTimeError.

    Attributes:
        problems: What was left out.
    """

    def __init__(self, plan: Plan, deadline: float) -> None:
        self.problems: list[Problem] = []
        self._catalogers = plan.catalogers
        self._router = Router(plan.catalogers)
        self._deadline = deadline

    def wishes(self, merge: Merge) -> list[Wish]:
        """Return the symbolic links that catalogers would follow, wherever they lead.

        Raises:
            OutOfTimeError: If the time is over.
        """
        links, by_name = merge.links, self._router.by_name
        found: list[Wish] = []
        for path in dict.fromkeys((*self._router.paths, *links)):
            names = by_name(path)
            if not names:
                continue
            in_time(self._deadline)
            real = resolve(path, links)
            if not real or real == path:
                continue
            known = {placed.fact.cataloger for placed in merge.facts.get(real, ())}
            wanted = tuple(name for name in names if name not in known)
            if wanted and (wanted := self._unexamined(wanted, path, real)):
                if len(found) == CONSIDERED:
                    self._leave(f"more than {CONSIDERED} links have names of package files")
                    break
                found.append(Wish(path, real, wanted))
        return found

    def _unexamined(self, wanted: tuple[str, ...], path: str, real: str) -> tuple[str, ...]:
        """Leave out catalogers that would not read the link, or have read what it leads to."""
        there = self._router.by_name(real)
        both = tuple(name for name in wanted if name in there)
        done = looked_into(self._catalogers, both, real)
        return looked_into(self._catalogers, (n for n in wanted if n not in done), path)

    def asked(self, merge: Merge, wishes: Sequence[Wish]) -> list[Asked]:
        """Return the files that exist, as many as may be read.

        Raises:
            OutOfTimeError: If the time is over.
        """
        found = list(islice(chain(self._linked(merge, wishes), self._far(merge)), MOST + 1))
        if len(found) > MOST:
            self._leave(f"more than {MOST} links give files the names of package files")
        return found[:MOST]

    def _linked(self, merge: Merge, wishes: Sequence[Wish]) -> Iterator[Asked]:
        """Give the files that symbolic links lead to."""
        for path, real, wanted in wishes:
            found = source_of(merge.facts.get(real, ()))
            if found is not None:
                source, layer = found
                other = Other(source.place, source.generation, path, wanted, whole=False)
                yield Asked(source.position, other, layer)

    def _far(self, merge: Merge) -> Iterator[Asked]:
        """Give the files of lower layers that hard links lead to."""
        for path, facts in merge.facts.items():
            found = source_of(facts)
            if found is None or not found[0].far:
                continue
            in_time(self._deadline)
            source, layer = found
            wanted = looked_into(self._catalogers, self._router.by_name(path), path)
            if wanted or source.magic:
                other = Other(source.place, source.generation, path, wanted, whole=True)
                yield Asked(source.position, other, layer)

    def _leave(self, message: str) -> None:
        self.problems.append(Problem("not-examined", f"{message}; not all were followed"))


def bases(records: Sequence[Record], wishes: Sequence[Wish] = ()) -> frozenset[str]:
    """Return the last parts of all paths whose content may matter under another name."""
    far = {base_of(target) for record in records for target in record.hardlinks.values()}
    return frozenset(far.union(base_of(wish.real) for wish in wishes))


def learn(asked: Sequence[Asked], records: Sequence[Record], read: Read | None) -> list[Placed]:
    """Return what catalogers learn from files under other names.

    Args:
        asked: The files; no two with the same other name.
        records: What was learned from their layers before.
        read: Reads what is missing; None if nothing can be read any more.
    """
    by_record: dict[int, dict[Other, int]] = {}
    for position, other, layer in asked:
        by_record.setdefault(position, {})[other] = layer
    found: list[Placed] = []
    for position, others in sorted(by_record.items()):
        known = records[position].others
        missing = [other for other in others if other not in known]
        learned = {**known, **_read(position, missing, read)}
        for other, layer in others.items():
            for f in learned[other]:
                fact = Fact(f.cataloger, other.path, f.packages, f.files, f.notes, f.problems)
                found.append(Placed(fact, layer))
    return found


def _read(
    position: int, missing: Sequence[Other], read: Read | None
) -> Mapping[Other, Sequence[Fact]]:
    """Read files again; if that fails, each has its problem."""
    if not missing:
        return {}
    try:
        if read is None:
            raise InputError("what it leads to is not at hand any more")
        return read(position, missing)
    except DunnageError as error:
        failed = error
    except OSError as error:
        failed = InputError(f"reading stopped: {error.strerror or error}")
    code = "timeout" if isinstance(failed, OutOfTimeError) else "not-examined"
    message = f"what the link leads to was not examined: {failed.message}"
    return {
        other: [Fact(problems=(Problem(code, message, shown(other.path), failed.advice),))]
        for other in missing
    }
