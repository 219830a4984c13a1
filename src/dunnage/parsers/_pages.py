"""What readers of page-structured databases have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Read = Callable[[int, int], bytes]
    """Gives up to ``length`` bytes from ``offset``; fewer only at the end of the file."""


class Pages:
    """A file of equal pages, none of which is ever read twice.

    In a sound database every page has one owner. Giving each out only once therefore costs nothing
    there, and in a hostile one it bounds all work by the size of the file, whatever cycles or
    shared chains it holds.

    Args:
        read: Reads the file.
        size: Size of one page in bytes.
        count: Number of pages in the file.
        first: Number of the first page.
        offsets: Where each page lies, if they do not lie one after the other.
    """

    def __init__(
        self,
        read: Read,
        size: int,
        count: int,
        *,
        first: int,
        offsets: Mapping[int, int] | None = None,
    ) -> None:
        self.size = size
        self.count = count
        self._read = read
        self._first = first
        self._offsets = offsets
        self._seen: set[int] = set()

    def take(self, number: int) -> bytes:
        """Return a page.

        Raises:
            InputError: If there is no such page, or it was taken before.
        """
        index = number - self._first
        if self._offsets is not None:
            offset = self._offsets.get(number, -1)
        else:
            offset = index * self.size if 0 <= index < self.count else -1
        if offset < 0:
            raise InputError(f"page {number} lies outside the database of {self.count} pages")
        if number in self._seen:
            raise InputError(f"page {number} is used twice")
        self._seen.add(number)
        return self._read(offset, self.size)
