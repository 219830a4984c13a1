"""What all layers of one target may take together: room for paths, packages, and time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from dunnage.io.body import BusyError
from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from typing import BinaryIO

    from dunnage.indexing.record import Record
    from dunnage.model.cataloger import Body
    from dunnage.model.limits import Limits

PATH_COST = 128
"""Bytes a path takes besides its characters: its entry in a table, and the head of its text."""

SLICE = 256 * 1024
"""Bytes that are taken at a time, so that threads seldom wait for each other."""


class OutOfTimeError(InputError):
    """The time for the whole target is over."""

    def __init__(self) -> None:
        super().__init__("the time was over before everything was read", advice="raise --timeout")


def in_time(deadline: float) -> None:
    """Raise OutOfTimeError if ``time.monotonic()`` is past the deadline."""
    if time.monotonic() > deadline:
        raise OutOfTimeError


class Budget:
    """Counts what the layers of one target take; safe to use from several threads.

    Args:
        limits: ``path_memory`` and ``target_packages`` count.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._paths = limits.path_memory
        self._packages = limits.target_packages

    def paths(self, need: int) -> int:
        """Take room for paths.

        Args:
            need: Bytes that are needed now.

        Returns:
            How many bytes were taken, at least ``need``.

        Raises:
            BusyError: If there are not so many left.
        """
        with self._lock:
            if need > self._paths:
                raise BusyError(
                    f"the paths of all layers take more than {self._limits.path_memory} bytes"
                )
            taken = min(max(need, SLICE), self._paths)
            self._paths -= taken
        return taken

    def give_paths(self, count: int) -> None:
        """Give room for paths back."""
        with self._lock:
            self._paths += count

    def packages(self, count: int) -> None:
        """Take room for packages.

        Raises:
            BusyError: If there is not so much left.
        """
        with self._lock:
            if count > self._packages:
                raise BusyError(f"more than {self._limits.target_packages} packages in all")
            self._packages -= count

    def record(self, record: Record) -> None:
        """Take room for a layer that was read before.

        Raises:
            BusyError: If there is not so much left.
        """
        paths = (
            record.kinds,
            record.links.values(),
            record.shared,
            record.hardlinks.values(),
            record.late,
            record.whiteouts,
            record.opaques,
        )
        need = sum(sum(map(len, some)) + len(some) * PATH_COST for some in paths)
        self.give_paths(self.paths(need) - need)
        more = sum(len(fact.packages) for facts in record.others.values() for fact in facts)
        self.packages(more + sum(len(fact.packages) for _, fact in record.facts))


class TimedBody:
    """A body whose reading ends when the time is over.

    Args:
        body: The content.
        deadline: ``time.monotonic()`` after which every call raises OutOfTimeError.
    """

    __slots__ = ("_body", "_deadline", "size")

    def __init__(self, body: Body, deadline: float) -> None:
        self._body = body
        self._deadline = deadline
        self.size = body.size

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end."""
        in_time(self._deadline)
        return self._body.read(offset, length)

    def all(self, limit: int) -> bytes:
        """Return the whole content; raises LimitError if it is larger than ``limit`` bytes."""
        in_time(self._deadline)
        return self._body.all(limit)

    def open(self) -> BinaryIO:
        """Return a seekable reader, independent of all others."""
        from dunnage.io.body import reader_of

        return reader_of(self)
