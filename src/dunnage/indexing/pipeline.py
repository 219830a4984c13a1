"""Spreads the reading of layers over threads."""

from __future__ import annotations

import os
import threading
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

T = TypeVar("T")
R = TypeVar("R")

DEPTH = 4
"""Chunks that may wait between two threads."""

PATIENCE = 0.2
"""Seconds after which a waiting thread looks whether the other one is still there."""


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def ahead(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Give chunks that another thread makes meanwhile; its exceptions are raised here."""
    queue: Queue[bytes | BaseException | None] = Queue(DEPTH)
    stop = threading.Event()

    def give(item: bytes | BaseException | None) -> None:
        while not stop.is_set():
            try:
                queue.put(item, timeout=PATIENCE)
            except Full:
                continue
            return

    def produce() -> None:
        try:
            for chunk in chunks:
                give(chunk)
                if stop.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - raised again by the consumer
            give(error)
        else:
            give(None)

    thread = threading.Thread(target=produce, name="dunnage-inflate", daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()


def spread(work: Callable[[T], R], items: Sequence[T], jobs: int) -> list[R]:
    """Return ``work(item)`` of all items, in their order, done by up to ``jobs`` threads.

    The first exception of ``work`` is raised after all threads have ended; items that nobody
    had begun by then are left out.
    """
    if jobs <= 1 or len(items) <= 1:
        return [work(item) for item in items]
    waiting: Queue[int] = Queue()
    for index in range(len(items)):
        waiting.put(index)
    done: dict[int, R] = {}
    failed: list[BaseException] = []

    def run() -> None:
        while not failed:
            try:
                index = waiting.get_nowait()
            except Empty:
                return
            try:
                done[index] = work(items[index])
            except BaseException as error:  # noqa: BLE001 - raised again below
                failed.append(error)

    threads = [
        threading.Thread(target=run, name=f"dunnage-layer-{number}", daemon=True)
        for number in range(min(jobs, len(items)))
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException as error:
        failed.append(error)  # the others stop after what they are doing
        raise
    if failed:
        raise failed[0]
    return [done[index] for index in range(len(items))]
