"""Reads one layer in one pass: verify, walk, route, examine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dunnage.indexing.again import read_again
from dunnage.indexing.budget import OutOfTimeError, in_time
from dunnage.indexing.examine import Examiner, looked_into, nowhere
from dunnage.indexing.layout import Layout
from dunnage.indexing.record import Other, Record
from dunnage.io.body import BusyError, InPlace
from dunnage.io.decompress import Inflater, kind_of
from dunnage.model.errors import DunnageError, InputError
from dunnage.model.problem import Effect, Problem
from dunnage.parsers.tar import BLOCK, FILE, HARDLINK, TarWalker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

    from dunnage.indexing.examine import Bench, Window
    from dunnage.indexing.listing import Lister
    from dunnage.indexing.plan import Plan
    from dunnage.indexing.router import Router
    from dunnage.model.cataloger import Body, Fact
    from dunnage.model.image import Layer
    from dunnage.model.target import Layers

    Carry = Callable[[Iterable[bytes]], Iterator[bytes]]

ALGORITHMS = frozenset({"sha256", "sha384", "sha512"})


def straight(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Give chunks on in the same thread; see ``pipeline.ahead`` for the other way."""
    return iter(chunks)


def read_layer(
    layers: Layers,
    layer: Layer,
    plan: Plan,
    router: Router,
    bench: Bench,
    carry: Carry = straight,
    lister: Lister | None = None,
) -> Record:
    """Return what a layer holds; everything that goes wrong becomes a problem of the record.

    Args:
        layers: Opens the layer; twice if hard links must be followed.
        layer: The layer.
        plan: Catalogers, limits, progress and deadline.
        router: Of the plan's catalogers.
        bench: Where bodies are put together; nobody else uses it meanwhile.
        carry: Moves chunks from the thread that inflates to the one that walks.
        lister: Told about every entry, or None; ``router`` is then of its detectors too.
    """
    pass_ = _Pass(layers, layer, plan, router, bench, lister)
    try:
        pass_.first(carry)
        pass_.layout.settle()
        pass_.second()
    except DunnageError as error:
        pass_.fail(error)
    except OSError as error:
        pass_.fail(InputError(f"reading stopped: {error.strerror or error}"))
    return pass_.record


class _Pass:
    """The state of one reading."""

    def __init__(
        self,
        layers: Layers,
        layer: Layer,
        plan: Plan,
        router: Router,
        bench: Bench,
        lister: Lister | None,
    ) -> None:
        self.layers = layers
        self.layer = layer
        self.plan = plan
        self.router = router
        self.record = Record()
        self.layout = Layout(self.record, bench.budget)
        self.bench = bench
        self.lister = lister
        self.examiner = Examiner(plan, router, self.record, bench, lister)
        self.magic: dict[tuple[str, int], tuple[str, ...]] = {}

    def first(self, carry: Carry) -> None:
        """Read everything once."""
        layer = self.layer
        said = layer.digest or layer.diff_id
        algorithm = _algorithm(said) if said else ""
        with self.layers.open(layer) as raw:
            inflater = Inflater(raw, self.plan.limits, algorithm=algorithm, advance=self._advance)
            content = hashlib.new(_algorithm(layer.diff_id))
            if _is_plain(raw):
                carry = straight  # there is nothing to inflate that would be worth a thread
            chunks = _hashing(carry(inflater), inflater, content.update, layer)
            walker = TarWalker(chunks, self.plan.limits)
            self.examiner.window = _window(raw, inflater)
            try:
                self._walk(walker)
            except OutOfTimeError:
                raise
            except InputError as error:
                self.fail(error)
                walker.drain()
            finally:
                self.examiner.window = nowhere
                self.record.problems += self._noticed(walker, inflater)
                self.record.stored_bytes = inflater.stored_bytes
            changed = isinstance(raw, InPlace) and not raw.unchanged()
        cut = inflater.truncated or inflater.damaged or walker.truncated or not inflater.finished
        stored = f"{algorithm}:{inflater.stored.hexdigest() if inflater.stored else ''}"
        plain = inflater.kind == "none" and stored.partition(":")[0] == content.name
        unpacked = stored if plain else f"{content.name}:{content.hexdigest()}"
        # A compressed layer that ends as it should is whole, however short it is.
        short = inflater.kind == "none" and 0 <= inflater.stored_bytes < layer.size
        self._judge(stored, unpacked, cut=cut or short)
        if changed:
            message = "the file changed while it was read"
            self.fail(InputError(message, advice="scan it again"), "changed-while-read")

    def _noticed(self, walker: TarWalker, inflater: Inflater) -> list[Problem]:
        """Return what is told of a stream: one problem for one cause."""
        tar, stored = walker.problems, inflater.problems
        if inflater.truncated or inflater.damaged:
            tar = [problem for problem in tar if problem.code != "truncated"]
            if self.record.problems:  # the walk ended before, and says where
                stored = [problem for problem in stored if problem.effect is Effect.NOTE]
        return [*tar, *stored]

    def _judge(self, stored: str, unpacked: str, *, cut: bool) -> None:
        """Compare digests; a whole layer with the wrong one is not the layer, so forget it."""
        layer = self.layer
        for said, found, what in (
            (layer.digest, stored, "digest"),
            (layer.diff_id, unpacked, "uncompressed digest"),
        ):
            if not said or said == found:
                continue
            if cut:
                if all(problem.effect is Effect.NOTE for problem in self.record.problems):
                    self.fail(_short(self.record.stored_bytes, layer.size))
                return
            self._discard(what, said, found)
            return
        self.record.verified = not cut

    def _discard(self, what: str, said: str, found: str) -> None:
        problem = Problem(
            "digest-mismatch",
            f"the {what} should be {said} and is {found}, so nothing in the layer was used",
            advice="fetch the image again; if it stays wrong, the image was altered",
        )
        read = self.record.stored_bytes
        self.record = Record(problems=[*self.record.problems, problem], stored_bytes=read)

    def fail(self, error: DunnageError, code: str = "layer-not-examined") -> None:
        """Note that the layer could not be read to its end."""
        self.record.verified = False
        self.record.lasting = self.record.lasting and not isinstance(error, BusyError)
        code = "timeout" if isinstance(error, OutOfTimeError) else code
        self.record.problems.append(Problem(code, error.message, error.where, error.advice))

    def _advance(self, count: int) -> None:
        self.plan.progress.advance(count)
        in_time(self.plan.deadline)

    def _walk(self, walker: TarWalker) -> None:
        """Route every entry; this loop is what the speed of a scan depends on."""
        record = self.record
        place: Callable[[str, str, str], str] = self.layout.place
        hardlink: Callable[[str, str], str] = self.layout.hardlink
        whiteout = self.layout.whiteout
        if self.lister is not None:
            place = self.lister.placing(walker, self.layout)
            hardlink = self.lister.linking(walker, self.layout)
        by_name, by_magic = self.router.by_name, self.router.by_magic
        length, starts = self.router.magic_length, self.router.starts
        generations = self.layout.generations
        while walker.advance():
            path, kind = walker.path, walker.kind
            if ".wh." in path and whiteout(path):
                continue
            if kind == HARDLINK:
                hardlink(path, walker.link)
                record.files += 1
                continue
            path = place(path, kind, walker.link)
            if kind != FILE:
                continue
            record.files += 1
            wanted = by_name(path)
            if walker.may_start(starts):
                found = by_magic(walker.head(length))
                if found:
                    self.magic[path, generations.get(path, 0)] = found
                    wanted = tuple(dict.fromkeys(wanted + found))
            if wanted:
                self.examiner.entry(walker, {path: wanted})

    def second(self) -> None:
        """Examine hard links to files of the layer: their content came with another name."""
        record = self.record
        if not record.shared:
            return
        known: dict[str, list[Fact]] = {}
        for path, fact in record.facts:
            known.setdefault(path, []).append(fact)
        others: list[Other] = []
        for path, (place, generation) in record.shared.items():
            magic = self._own(self.magic.get((place, generation), ()))
            names = self._own(self.router.by_name(path))
            wanted = looked_into(self.plan.catalogers, names, path)
            facts = [fact for fact in known.get(place, ()) if fact.cataloger in magic]
            if wanted or (magic and not self._is_same(place, generation, facts)):
                others.append(Other(place, generation, path, wanted, whole=True))
            else:
                record.facts += [(path, fact) for fact in facts]
        if others:
            self._again(others)

    def _own(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Leave out detectors: what they learn goes with the content, whatever its name."""
        if self.lister is None:
            return names
        return tuple(name for name in names if name in self.plan.catalogers)

    def _is_same(self, place: str, generation: int, facts: list[Fact]) -> bool:
        """Tell whether facts of the file at a place hold for a hard link to it just as well."""
        last = self.layout.generations.get(place, 0) == generation
        return last and not any(package.locations for f in facts for package in f.packages)

    def _again(self, others: list[Other]) -> None:
        record = self.record
        learned, lasting = read_again(
            self.layers,
            self.layer,
            self.plan,
            self.router,
            self.bench,
            others,
            verified=record.verified,
        )
        record.lasting = record.lasting and lasting
        for other, facts in learned.items():
            record.facts += [(other.path, fact) for fact in facts]


def _short(found: int, said: int) -> InputError:
    sizes = f" after {found} of {said} bytes" if found < said else ""
    message = f"the layer ends too early{sizes}; what it held was examined"
    return InputError(message, advice="fetch or save the image again")


def _is_plain(raw: BinaryIO) -> bool:
    """Tell whether a layer lies uncompressed in a local file."""
    start = raw.part(0, BLOCK) if isinstance(raw, InPlace) else None
    return start is not None and kind_of(start.read(0, BLOCK)) == "none"


def _window(raw: BinaryIO, inflater: Inflater) -> Window:
    """Return what gives parts of a layer in place, which only works if it is not compressed."""
    if not isinstance(raw, InPlace):
        return nowhere

    def window(offset: int, size: int) -> Body | None:
        return raw.part(offset, size) if inflater.kind == "none" else None

    return window


def _algorithm(digest: str) -> str:
    name = digest.partition(":")[0] or "sha256"
    if name not in ALGORITHMS:
        raise InputError(f"the digest algorithm {name[:20]!r} is not known, so nothing was used")
    return name


def _hashing(
    chunks: Iterable[bytes], inflater: Inflater, update: Callable[[bytes], None], layer: Layer
) -> Iterator[bytes]:
    """Give chunks on, hashing the content unless it is known already or nobody asks."""
    for chunk in chunks:
        plain = inflater.kind == "none" and _algorithm(layer.diff_id) == _algorithm(
            layer.digest or layer.diff_id
        )
        if layer.diff_id and not plain:
            update(chunk)
        yield chunk
