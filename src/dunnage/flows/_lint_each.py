"""Looks at many Dockerfiles, in several processes where that pays; none may hide the others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dunnage.flows._lint_file import Looked, Looker
from dunnage.model.problem import Effect, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from dunnage.flows._lint_file import LintRequest
    from dunnage.sources._dockerfiles import Place

_PAYS = 300
"""Files from which another process is quicker than it is started."""
_CHUNK = 25


def look_at_each(places: Sequence[Place], looker: Looker, today: date) -> Iterator[Looked]:
    """Give what came of each file, in their order.

    Args:
        places: The files.
        looker: Looks at them in this process.
        today: The day to judge at.
    """
    processes = min(looker.request.jobs or os.cpu_count() or 1, len(places) // _CHUNK)
    if len(places) < _PAYS or processes < 2:
        yield from (_guarded(place, looker) for place in places)
        return
    yield from _in_processes(places, looker, today, processes)


def _in_processes(
    places: Sequence[Place], looker: Looker, today: date, processes: int
) -> Iterator[Looked]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    done = 0
    try:
        # Spawned, because a fork of a process with threads may never end.
        with ProcessPoolExecutor(
            processes,
            mp_context=get_context("spawn"),
            initializer=_begin,
            initargs=(looker.request, today),
        ) as pool:
            for looked in pool.map(_look, places, chunksize=_CHUNK):
                done += 1
                yield looked
    except BrokenProcessPool:
        # Somebody ended a process; the rest is looked at here.
        yield from (_guarded(place, looker) for place in places[done:])


_here: list[Looker] = []


def _begin(request: LintRequest, today: date) -> None:
    _here.append(Looker(request, today))


def _look(place: Place) -> Looked:
    return _guarded(place, _here[0])


def _guarded(place: Place, looker: Looker) -> Looked:
    try:
        return looker.look(place)
    except Exception as error:  # noqa: BLE001 - our own mistake in one must not hide the rest
        problem = Problem(
            "target-failed",
            f"internal error: {type(error).__name__}: {error}",
            place.name,
            "name this file alone, with --debug, and report what it says",
            Effect.INTERNAL,
        )
        return Looked(problems=(problem,))
