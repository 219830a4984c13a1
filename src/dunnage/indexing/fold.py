"""Folds layer records into the inventory a container would see."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.indexing._paths import shown, skipped
from dunnage.indexing.budget import Budget, OutOfTimeError
from dunnage.indexing.graph import edges
from dunnage.indexing.marks import MARK, marks
from dunnage.indexing.merge import Merge
from dunnage.indexing.naming import Naming
from dunnage.indexing.others import Others, bases, learn
from dunnage.indexing.owners import Owners
from dunnage.model.cataloger import Fact
from dunnage.model.errors import InputError
from dunnage.model.inventory import Inventory
from dunnage.model.package import RemovedPackage
from dunnage.model.problem import Effect, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.indexing.marks import Marked
    from dunnage.indexing.merge import Placed
    from dunnage.indexing.others import Read
    from dunnage.indexing.plan import Plan
    from dunnage.indexing.record import Record
    from dunnage.model.image import Layer
    from dunnage.model.system import OperatingSystem

GRACE = 30.0
"""Seconds for putting together what was read, even if the time was over while reading."""

SYSTEM, LIBRARY = "os", "library"


def fold(
    records: Sequence[Record],
    layers: Sequence[Layer],
    plan: Plan,
    budget: Budget | None = None,
    read: Read | None = None,
) -> Inventory:
    """Return the inventory.

    Args:
        records: One per layer, from the base upwards.
        layers: The layers they are of; their positions and digests go into locations.
        plan: Tells what is wanted, who the operating system is, and how long it may take.
        budget: Where room for paths that are moved is taken from; by default as much as the
            limits of the plan allow.
        read: Reads files of layers again that links give other names; None if none can be read.
    """
    merge, problems = _merged(records, layers, plan, budget or Budget(plan.limits), read)
    visible = [
        placed
        for path in sorted(merge.facts)
        for placed in merge.facts[path]
        if placed.fact.cataloger != MARK and not _left_out(placed.fact, plan)
    ]
    found, unjoined = _assembled(visible, plan)
    system, doubts = _identified(visible, plan)
    problems += [*unjoined, *doubts]
    naming = Naming(system, layers, plan, merge.since)
    for placed in found:
        naming.add(placed)
    owners = Owners(found, naming.name(), merge.links)
    packages = naming.packages(owners, plan.types)
    by_index = {layer.index: layer for layer in layers}
    for placed in found:
        problems += [_placed(p, by_index.get(placed.layer)) for p in placed.fact.problems]
    removed = tuple(
        RemovedPackage(naming.removed(gone), gone.until)
        for _, gone in sorted(merge.gone.items())
        if not _left_out(Fact(gone.cataloger, gone.path), plan)
        and _kind(gone.cataloger, plan) in plan.types
    )
    listers = {name for name, cataloger in plan.catalogers.items() if cataloger.project}
    linked = edges(packages, listers)
    return Inventory(system, packages, linked, removed, _bounded(problems, plan))


def _merged(
    records: Sequence[Record],
    layers: Sequence[Layer],
    plan: Plan,
    budget: Budget,
    read: Read | None,
) -> tuple[Merge, list[Problem]]:
    """Put layers together, with what is known under other names than the files' own."""
    deadline = max(plan.deadline, time.monotonic() + GRACE)

    def merged(marked: Sequence[Marked]) -> tuple[Merge, list[Problem]]:
        merge = Merge(plan.catalogers, budget, deadline)
        problems: list[Problem] = []
        for record, layer, found in zip(records, layers, marked, strict=True):
            problems += [_placed(problem, layer) for problem in record.problems]
            problems += _applied(merge, record, layer, found)
        return merge, problems

    marked = marks(records, bases(records))
    merge, problems = merged(marked)
    try:
        others = Others(plan, deadline)
        wishes = others.wishes(merge)
        again = marks(records, bases(records, wishes))
        if again != marked:
            merge, problems = merged(again)
        asked = others.asked(merge, wishes) if any(again) else []
    except OutOfTimeError as error:
        message = "the time was over before all links were followed"
        return merge, [*problems, Problem("timeout", message, advice=error.advice)]
    for placed in learn(asked, records, read):
        merge.discover(placed)
    return merge, problems + others.problems


def _applied(merge: Merge, record: Record, layer: Layer, marked: Marked) -> list[Problem]:
    """Put a layer on top of the others, and return what went wrong."""
    try:
        return [_placed(p, layer) for p in merge.apply(layer.index, record, marked)]
    except OutOfTimeError as error:
        problem = Problem("timeout", "the time was over before all layers were put together")
        return [_placed(replace(problem, advice=error.advice), layer)]
    except InputError as error:
        message = f"the layer was not put together with the others: {error.message}"
        return [_placed(Problem("layer-not-examined", message, advice=error.advice), layer)]


def _kind(cataloger: str, plan: Plan) -> str:
    return SYSTEM if plan.catalogers[cataloger].system else LIBRARY


def _left_out(fact: Fact, plan: Plan) -> bool:
    """Tell whether the user does not want to hear of a file; what identifies a system stays."""
    if not (plan.skip_dirs or plan.skip_files):
        return False
    cataloger = plan.catalogers.get(fact.cataloger)
    if cataloger is not None and not cataloger.types:
        return False
    return skipped(fact.path, plan.skip_dirs, plan.skip_files)


def _assembled(visible: list[Placed], plan: Plan) -> tuple[list[Placed], list[Problem]]:
    """Let catalogers join facts that are spread over several files."""
    found: list[Placed] = []
    problems: list[Problem] = []
    spread: dict[str, list[Placed]] = {}
    for placed in visible:
        cataloger = plan.catalogers.get(placed.fact.cataloger)
        if cataloger is not None and cataloger.assemble is not None:
            spread.setdefault(placed.fact.cataloger, []).append(placed)
        else:
            found.append(placed)
    for name, parts in sorted(spread.items()):
        assemble = plan.catalogers[name].assemble
        layers = {placed.fact.path: placed.layer for placed in parts}
        try:
            facts = list(assemble([placed.fact for placed in parts])) if assemble else []
        except Exception as error:  # noqa: BLE001 - one cataloger's failure is its own problem
            message = f"what {name} found cannot be joined ({type(error).__name__}: {error})"
            problems.append(Problem("not-joined", message))
            found += parts
            continue
        for fact in facts:
            layer = layers.get(fact.path, parts[0].layer)
            found.append(type(parts[0])(replace(fact, cataloger=name), layer))
    return found, problems


def _identified(
    visible: list[Placed], plan: Plan
) -> tuple[OperatingSystem | None, tuple[Problem, ...]]:
    facts = [placed.fact for placed in visible if placed.fact.cataloger == "os-release"]
    return plan.identify(facts)


def _placed(problem: Problem, layer: Layer | None) -> Problem:
    """Return a problem that says which layer it is about."""
    if layer is None or layer.index < 0:
        return problem
    digest = layer.diff_id or layer.digest
    name = f"layer {layer.index}" + (f" ({digest[:19]})" if digest else "")
    where = f"{name}: {problem.where}" if problem.where else name
    return replace(problem, where=where)


def _bounded(problems: list[Problem], plan: Plan) -> tuple[Problem, ...]:
    """Return the problems, only counting those of one kind after the first hundred or so."""
    kept: list[Problem] = []
    counts: dict[tuple[str, Effect], int] = {}
    more: dict[tuple[str, Effect], int] = {}
    for problem in problems:
        kind = (problem.code, problem.effect)
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= plan.limits.problems:
            kept.append(replace(problem, where=shown(problem.where)))
        else:
            more[kind] = more.get(kind, 0) + problem.count
    for (code, effect), count in more.items():
        message = f"{count} more problems of this kind"
        kept.append(Problem(code, message, effect=effect, count=count))
    return tuple(kept)
