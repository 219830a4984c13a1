"""What an ordering of versions declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable


class Ordering(Struct, frozen=True):
    """An ordering of versions as byte strings: ``a < b`` exactly if ``key(a) < key(b)``.

    Attributes:
        key: Gives the sort key of a version.

    Raises:
                ValueError: If the text is no version of this scheme.
        ecosystems: OSV ecosystems (without release) that use it.
        types: Package URL types that use it.
    """

    key: Callable[[str], bytes]
    ecosystems: tuple[str, ...]
    types: tuple[str, ...]
