"""Indexes an image: asks the cache, reads what is missing, folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.indexing.again import read_again
from dunnage.indexing.budget import Budget
from dunnage.indexing.examine import Bench
from dunnage.indexing.fold import fold
from dunnage.indexing.others import MOST
from dunnage.indexing.pipeline import ahead, cores, spread
from dunnage.indexing.plan import Indexed
from dunnage.indexing.reading import read_layer, straight
from dunnage.indexing.record import Record
from dunnage.indexing.router import Router
from dunnage.io.body import BusyError
from dunnage.model.errors import LimitError
from dunnage.model.problem import Problem
from dunnage.model.report import Examined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dunnage.indexing.again import Learned
    from dunnage.indexing.cache import Cache
    from dunnage.indexing.listing import Listing
    from dunnage.indexing.plan import Plan
    from dunnage.indexing.record import Other
    from dunnage.model.cataloger import Fact
    from dunnage.model.image import Layer
    from dunnage.model.surface import Surface
    from dunnage.model.target import Layers

Key = tuple[str, str, int]

DOMINANT = 0.6
"""Share of all bytes from which one layer gets a second thread."""


def index_layers(layers: Layers, plan: Plan) -> Indexed:
    """Return what a container of an image would see.

    Args:
        layers: The image; its problems are not repeated in the inventory.
        plan: See there.

    Raises:
        LimitError: If the image has more layers than the limits allow.
    """
    image = layers.image
    if len(image.layers) > plan.limits.layers:
        raise LimitError(f"the image has {len(image.layers)} layers", where=layers.name)
    plan = plan.suited(project=False)
    cache = _cache(plan)
    budget = Budget(plan.limits)
    known: dict[Key, Record] = {}
    listings: dict[Key, Listing] = {}
    missing = _looked_up(image.layers, cache, plan, budget, known, listings)
    cached = sum(_key(layer) in known for layer in image.layers)
    pending = sorted(missing.values(), key=lambda layer: -layer.size)
    read = 0
    results = _read(layers, pending, plan, budget)
    for layer, (record, listing) in zip(pending, results, strict=True):
        known[_key(layer)] = record
        read += record.stored_bytes
        if listing is not None:
            listings[_key(layer)] = listing
        if cache:
            _keep(cache, plan, layer, record, listing)
    records = [known[_key(layer)] for layer in image.layers]

    def learned(position: int, others: Sequence[Other]) -> Mapping[Other, Sequence[Fact]]:
        layer, record = image.layers[position], records[position]
        found, lasting = _again(layers, layer, record, others, plan, budget)
        if cache and lasting:
            keep = found if len(found) + len(record.others) > MOST else record.others | found
            cache.put(layer, replace(record, others=keep))
        return found

    inventory = fold(records, image.layers, plan, budget, learned)
    examined = Examined(
        layers=len(records),
        layers_cached=cached,
        bytes_read=read,
        files=sum(record.files for record in records),
        packages=len(inventory.packages),
        removed=len(inventory.removed),
    )
    return Indexed(inventory, examined, *_measured(records, listings, image.layers, plan, budget))


def _looked_up(
    layers: Sequence[Layer],
    cache: Cache | None,
    plan: Plan,
    budget: Budget,
    known: dict[Key, Record],
    listings: dict[Key, Listing],
) -> dict[Key, Layer]:
    """Fill in what the cache knows, and return the layers that must be read, each once."""
    missing: dict[Key, Layer] = {}
    for layer in layers:
        key = _key(layer)
        if key in known or key in missing:
            continue
        record, listing = _cached(cache, plan, layer)
        if record is None:
            missing[key] = layer
            continue
        known[key] = _afforded(record, budget)
        if listing is not None:
            listings[key] = listing
    return missing


def _cached(cache: Cache | None, plan: Plan, layer: Layer) -> tuple[Record | None, Listing | None]:
    """Return what the cache knows of a layer; nothing unless it has all that is wanted."""
    record = cache.get(layer) if cache else None
    if cache is None or record is None or plan.measure is None:
        return record, None
    listing = cache.listing(layer, record, plan.detectors)
    return (record, listing) if listing is not None else (None, None)


def _keep(cache: Cache, plan: Plan, layer: Layer, record: Record, listing: Listing | None) -> None:
    if listing is None:
        cache.put(layer, record)
        return
    before = cache.get(layer)  # there may be one without a listing, of which more was asked since
    if before is None or len(before.others) <= len(record.others):
        cache.put(layer, record)
    cache.keep(layer, record, listing, plan.detectors)


def _measured(
    records: Sequence[Record],
    listings: Mapping[Key, Listing],
    layers: Sequence[Layer],
    plan: Plan,
    budget: Budget,
) -> tuple[Surface | None, tuple[Problem, ...]]:
    if plan.measure is None:
        return None, ()
    from dunnage.indexing.files import folded
    from dunnage.indexing.listing import Listing

    own = [listings.get(_key(layer)) or Listing() for layer in layers]
    files, problems = folded(records, own, layers, plan, budget)
    return plan.measure(files), problems


def _key(layer: Layer) -> Key:
    """Layers with the same stored digest are read once; without one, each is its own."""
    return (layer.digest, layer.diff_id, -1 if layer.digest else layer.index)


def _cache(plan: Plan) -> Cache | None:
    if plan.cache_root is None:
        return None
    from dunnage.indexing.cache import Cache

    return Cache(plan.cache_root, plan.catalogers, plan.limits)


def _afforded(record: Record, budget: Budget) -> Record:
    """Return a record from the cache, or only a problem if the image has become too large."""
    try:
        budget.record(record)
    except BusyError as error:
        return Record(problems=[Problem("layer-not-examined", error.message)], lasting=False)
    return record


def _again(
    layers: Layers,
    layer: Layer,
    record: Record,
    others: Sequence[Other],
    plan: Plan,
    budget: Budget,
) -> tuple[Learned, bool]:
    """Read files of a layer under other names, see ``read_again``."""
    bench = Bench(plan.limits, budget)
    router = Router(plan.catalogers)
    plan.progress.start("following links", layer.size)
    try:
        return read_again(layers, layer, plan, router, bench, others, verified=record.verified)
    finally:
        plan.progress.finish()
        bench.close()


def _read(
    layers: Layers, pending: list[Layer], plan: Plan, budget: Budget
) -> list[tuple[Record, Listing | None]]:
    """Read layers, the biggest first, so that no thread is left alone with it at the end."""
    if not pending:
        return []
    jobs = plan.jobs or cores()
    router = Router(plan.wanted)
    total = sum(max(layer.size, 0) for layer in pending)
    largest = pending[0]
    alone = len(pending) < jobs or largest.size > DOMINANT * total

    benches: list[Bench] = []

    def work(layer: Layer) -> tuple[Record, Listing | None]:
        carry = ahead if jobs > 1 and alone and layer is largest else straight
        try:
            bench = benches.pop()
        except IndexError:
            bench = Bench(plan.limits, budget)
        try:
            lister = plan.lister()
            record = read_layer(layers, layer, plan, router, bench, carry, lister)
            return record, lister.settled(record) if lister else None
        finally:
            benches.append(bench)

    plan.progress.start("reading layers", total if all(x.size >= 0 for x in pending) else -1)
    try:
        return spread(work, pending, jobs)
    finally:
        plan.progress.finish()
        for bench in benches:
            bench.close()
