"""Hands one file to the catalogers that want it, and keeps what they learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.indexing._paths import shown
from dunnage.indexing.budget import Budget, OutOfTimeError, TimedBody
from dunnage.io.body import SHARED, BusyError, MemoryBody, Spill
from dunnage.model.cataloger import Fact, File
from dunnage.model.errors import DunnageError, InputError
from dunnage.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import BinaryIO

    from dunnage.indexing.listing import Lister
    from dunnage.indexing.plan import Plan
    from dunnage.indexing.record import Record
    from dunnage.indexing.router import Router
    from dunnage.model.cataloger import Body, Cataloger
    from dunnage.model.limits import Limits
    from dunnage.parsers.tar import TarWalker

    Window = Callable[[int, int], Body | None]


def nowhere(_offset: int, _size: int) -> None:
    """Say that no part can be given in place; the default of ``Examiner.window``."""


SMALL = 256 * 1024
"""Bodies up to this size are copied, so that reading them is quick; larger ones are looked at."""


class Bench:
    """Room for one body at a time, used again for one layer after the other.

    Args:
        limits: ``memory_budget`` and those of ``io.body.Spill`` count.
        budget: What all layers of the target may take together.
    """

    def __init__(self, limits: Limits, budget: Budget) -> None:
        self._limits = limits
        self.budget = budget
        self._buffer = bytearray()
        self.spill = Spill(limits)

    def memory(self, size: int) -> memoryview | None:
        """Return ``size`` bytes of memory, or None if there are not so many left."""
        more = size - len(self._buffer)
        if more > 0:
            if not SHARED.take_memory(more, self._limits.memory_budget):
                return None
            self._buffer = bytearray(size)
        return memoryview(self._buffer)[:size]

    def close(self) -> None:
        """Give memory and disk back."""
        self.spill.close()
        SHARED.give(memory=len(self._buffer))
        self._buffer = bytearray()


class Examiner:
    """Runs catalogers over the bodies of one layer; for one thread.

    Args:
        plan: Which catalogers, and within which limits.
        router: Of the same catalogers.
        record: Where facts and problems go.
        bench: Where bodies are put together.
        lister: Where facts of its detectors go, or None.

    Attributes:
        window: Gives a part of the layer's content in place, or None where that cannot be done.
    """

    def __init__(
        self,
        plan: Plan,
        router: Router,
        record: Record,
        bench: Bench,
        lister: Lister | None = None,
    ) -> None:
        self.window: Window = nowhere
        self._deadline = plan.deadline
        self._lister = lister
        self._catalogers = {**plan.catalogers, **lister.detectors} if lister else plan.catalogers
        self._limits = plan.limits
        self._router = router
        self._record = record
        self._bench = bench

    def entry(self, walker: TarWalker, wants: Mapping[str, tuple[str, ...]]) -> None:
        """Examine the file a tar walker stands at.

        Args:
            walker: Its body is consumed.
            wants: Names of catalogers by where the file lies; several places for hard links.
        """
        if walker.sparse:
            for path, names in wants.items():
                message = "a file stored with holes was not examined"
                self._problem(path, "sparse-file", message, names=names)
            return
        allowed = {path: self.allowed(path, walker.size, names) for path, names in wants.items()}
        if not any(allowed.values()):
            return
        try:
            body = self._body(walker)
        except InputError as error:
            for path, names in wants.items():
                self.failed(path, error, names)
            return
        if not walker.truncated:
            for path, names in allowed.items():
                self.body(path, walker.mode, body, names)

    def allowed(self, path: str, size: int, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Return the catalogers that read files of this size; note a problem for the others."""
        over = [name for name in wanted if size > self._catalogers[name].max_size]
        if not over:
            return wanted
        message = f"too large for {', '.join(over)} ({size} bytes), not examined"
        self._problem(path, "too-large", message, names=tuple(over))
        return tuple(name for name in wanted if name not in over)

    def body(self, path: str, mode: int, body: Body, wanted: tuple[str, ...]) -> None:
        """Let catalogers parse a body, and keep their facts."""
        if body.size > SMALL:
            body = TimedBody(body, self._deadline)
        file = File(path, body.size, mode, body, self._limits, self._router.evidence)
        for name in wanted:
            fact = self._parse(self._catalogers[name], file)
            if fact is not None:
                self._bench.budget.packages(len(fact.packages))
                where = shown(path)
                problems = tuple(p if p.where else replace(p, where=where) for p in fact.problems)
                fact = Fact(name, fact.path, fact.packages, fact.files, fact.notes, problems)
                self._keep(path, fact, (name,))

    def failed(self, path: str, error: DunnageError, names: tuple[str, ...] = ()) -> None:
        """Note that a file could not be read.

        Args:
            path: Where it lies.
            error: Why.
            names: The catalogers that wanted it, as far as that matters.
        """
        code = self._code(error, "not-examined")
        self._problem(path, code, error.message, error.advice, names)

    def _keep(self, path: str, fact: Fact, names: tuple[str, ...]) -> None:
        """Keep a fact; what only detectors wanted does not change the record of the layer."""
        lister = self._lister
        if lister is not None and names and all(name in lister.detectors for name in names):
            lister.learn(fact)
        else:
            self._record.facts.append((path, fact))

    def _parse(self, cataloger: Cataloger, file: File) -> Fact | None:
        try:
            fact = cataloger.parse(file)
        except InputError as error:
            where = f"{shown(file.path)}: {error.where}" if error.where else ""
            code = self._code(error, "broken-file")
            return clean(Fact(problems=(Problem(code, error.message, where, error.advice),)))
        except Exception as error:  # noqa: BLE001 - one cataloger's failure is one file's problem
            message = f"it cannot be understood ({type(error).__name__}: {error})"
            return clean(Fact(problems=(Problem("broken-file", message),)))
        return None if fact is None else clean(fact)

    def _body(self, walker: TarWalker) -> Body:
        """Return the body without copying where it lies in one piece."""
        size = walker.size
        view = walker.view()
        if view is not None:
            return MemoryBody(bytes(view) if size <= SMALL else view)
        place = self.window(walker.body_offset, size) if size > SMALL else None
        if place is not None:
            return place
        target = self._bench.memory(size) if size <= self._limits.memory_body else None
        if target is None:
            return self._bench.spill.collect(walker, size)
        position = 0
        while position < size and (part := walker.read(size - position)):
            target[position : position + len(part)] = part
            position += len(part)
        return MemoryBody(bytes(target) if size <= SMALL else target)

    def _code(self, error: DunnageError, usual: str) -> str:
        """Return the code of a problem; what might go well another time is not to be cached."""
        late = isinstance(error, OutOfTimeError)
        if late or isinstance(error, BusyError):
            self._record.lasting = False
        return "timeout" if late else usual

    def _problem(
        self,
        path: str,
        code: str,
        message: str,
        advice: str = "",
        names: tuple[str, ...] = (),
    ) -> None:
        """Note a problem as a fact, so that it is gone if a later layer removes the file."""
        problem = Problem(code, message, where=shown(path), advice=advice)
        self._keep(path, Fact(problems=(problem,)), names)


def clean(fact: Fact) -> Fact:
    """Return a fact whose text can be written anywhere; stray surrogates become escapes."""
    from msgspec import msgpack

    try:
        msgpack.encode(fact)
    except UnicodeEncodeError:
        from dunnage.indexing.wire import escaped, fact_in, fact_out

        return fact_in(escaped(fact_out(fact)))
    return fact


class _Unread:
    """A body that only tells whether somebody wanted to read it."""

    size = 1

    def __init__(self) -> None:
        self.asked = False

    def read(self, _offset: int, _length: int) -> bytes:
        self.asked = True
        raise InputError("not read")

    def all(self, _limit: int) -> bytes:
        return self.read(0, 0)

    def open(self) -> BinaryIO:
        self.asked = True
        raise InputError("not read")


def looked_into(
    catalogers: Mapping[str, Cataloger], names: Iterable[str], path: str
) -> tuple[str, ...]:
    """Return those of some catalogers that look into a file of this name at all.

    Some want a name wherever it is, and then go by the directory.
    """
    found = []
    for name in names:
        body = _Unread()
        try:
            catalogers[name].parse(File(path, body.size, 0, body))
        except Exception:  # noqa: BLE001 - whether it came to reading is all that counts
            body.asked = True
        if body.asked:
            found.append(name)
    return tuple(found)
