"""Reads single files of a layer again, under the names they have elsewhere."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dunnage.indexing.budget import OutOfTimeError, in_time
from dunnage.indexing.examine import Examiner
from dunnage.indexing.layout import Layout
from dunnage.indexing.record import LAST, Record
from dunnage.io.body import BusyError
from dunnage.io.decompress import Inflater, hashed
from dunnage.model.errors import InputError
from dunnage.parsers.tar import FILE, HARDLINK, TarWalker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.indexing.examine import Bench
    from dunnage.indexing.plan import Plan
    from dunnage.indexing.record import Other
    from dunnage.indexing.router import Router
    from dunnage.model.cataloger import Fact
    from dunnage.model.image import Layer
    from dunnage.model.target import Layers

Learned = dict["Other", list["Fact"]]


def read_again(
    layers: Layers,
    layer: Layer,
    plan: Plan,
    router: Router,
    bench: Bench,
    others: Iterable[Other],
    *,
    verified: bool,
) -> tuple[Learned, bool]:
    """Return what catalogers learn from files of one layer under other names.

    Args:
        layers: Opens the layer.
        layer: The layer, which was read before.
        plan: Catalogers, limits, progress and deadline.
        router: Of the plan's catalogers.
        bench: Where bodies are put together; nobody else uses it meanwhile.
        others: The files; no two with the same other name.
        verified: True if the layer was what its digest says when it was read before.

    Returns:
        The facts of each, and whether they would be the same next time.

    Raises:
        InputError: If the layer cannot be read, is not what it was, or the time is over.
        OSError: If reading it fails.
    """
    pass_ = _Again(plan, router, bench, others)
    digest = (layer.digest or layer.diff_id) if verified else ""
    algorithm, _, _ = digest.partition(":")

    def advance(count: int) -> None:
        plan.progress.advance(count)
        in_time(plan.deadline)

    with layers.open(layer) as raw:
        stored = algorithm if layer.digest else ""
        inflater = Inflater(raw, plan.limits, algorithm=stored, advance=advance)
        content = hashlib.new(algorithm or "sha256")
        plain = layer.digest or not verified
        walker = TarWalker(inflater if plain else hashed(inflater, content), plan.limits)
        try:
            pass_.walk(walker)
        except (BusyError, OutOfTimeError):
            raise
        except InputError:
            walker.drain()  # the first reading ended here too, and said so
        finally:
            pass_.layout.settle()
            bench.budget.give_paths(pass_.layout.taken)
    found = inflater.stored.hexdigest() if inflater.stored else content.hexdigest()
    if digest and digest != f"{algorithm}:{found}":
        raise InputError("the layer changed after it was read", advice="scan it again")
    return pass_.learned, pass_.record.lasting


class _Again:
    """The state of one reading; what is written where is what the first reading saw."""

    def __init__(self, plan: Plan, router: Router, bench: Bench, others: Iterable[Other]) -> None:
        self.record = Record()
        self.layout = Layout(self.record, bench.budget)
        self.learned: Learned = {}
        self._examiner = Examiner(plan, router, self.record, bench)
        self._router = router
        self._others: dict[str, list[Other]] = {}
        for other in others:
            self.learned[other] = []
            self._others.setdefault(other.place, []).append(other)

    def walk(self, walker: TarWalker) -> None:
        """Examine every file that is wanted, again if the layer writes it again."""
        layout = self.layout
        while walker.advance():
            path, kind = walker.path, walker.kind
            if ".wh." in path and layout.whiteout(path):
                continue
            if kind == HARDLINK:
                layout.hardlink(path, walker.link)
                continue
            path = layout.place(path, kind, walker.link)
            if kind == FILE and path in self._others:
                generation = layout.generations.get(path, 0)
                found = [o for o in self._others[path] if o.generation in {LAST, generation}]
                self._examine(walker, found)

    def _examine(self, walker: TarWalker, found: list[Other]) -> None:
        magic = self._router.by_magic(walker.head(self._router.magic_length))
        wants: dict[str, tuple[str, ...]] = {}
        for other in found:
            self.learned[other] = []
            wanted = other.wanted
            if other.whole:
                wanted = tuple(dict.fromkeys(wanted + magic))
            else:
                wanted = tuple(name for name in wanted if name not in magic)
            if wanted:
                wants[other.path] = wanted
        if not wants:
            return
        start = len(self.record.facts)
        self._examiner.entry(walker, wants)
        by_path = {other.path: self.learned[other] for other in found}
        for path, fact in self.record.facts[start:]:
            by_path[path].append(fact)
        del self.record.facts[start:]
