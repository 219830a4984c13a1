"""What a feed declares, and what it is given to work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from dunnage.advisories._wire import Detail, Fact, Row


class Part(Struct, frozen=True):
    """One file a feed reads: the unit that is fetched, replaced or carried over.

    Attributes:
        feed: Public name of the feed.
        name: Ecosystem, or file name; unique within the feed.
        path: Path below the root of the feed in a mirror, segments joined by ``/``.
    """

    feed: str
    name: str
    path: str


class Told(Struct, frozen=True):
    """What one advisory says about one package.

    Attributes:
        ecosystem: With its release, as the feed spells it.
        name: Name of the package, normalised.
        row: What is stored beside the spans; its number is filled by the store.
        spans: Lower key, upper key, kind, and both ends as written.
    """

    ecosystem: str
    name: str
    row: Row
    spans: list[tuple[bytes, bytes, int, str, str]]


class Root(Protocol):
    """The place in a mirror below which one feed lies."""

    def text(self, path: str, limit: int) -> bytes | None:
        """Return a small file, or None if there is none.

        Raises:
            InputError: If it cannot be fetched, or is larger than ``limit`` bytes.
        """

    def exists(self, path: str) -> bool:
        """Return True if there is such a file.

        Raises:
            InputError: If that cannot be found out.
        """

    def listing(self) -> tuple[str, ...]:
        """Return the names below the root, sorted; none where they cannot be listed."""


class Sink(Protocol):
    """Where a feed puts what it reads from one part."""

    def advisory(self, detail: Detail, told: list[Told]) -> None:
        """Keep an advisory and what it says about packages."""

    def fact(self, cve: str, fact: Fact) -> None:
        """Keep a statement about a CVE."""

    def count(self, outcome: str) -> None:
        """Count a record that is not kept: ``skipped`` (not understood) or ``ignored``."""

    def seen(self, modified: str) -> None:
        """Tell the modification time of a record."""


class Feed(Struct, frozen=True):
    """A feed, found by its file name.

    Attributes:
        parts: Gives the parts a mirror has, out of what is wanted: for advisories ecosystems
            without release, for NVD years. Empty means all.
        load: Reads one part into the sink. Raises InputError if the part is broken as a whole.
    """

    parts: Callable[[Root, tuple[str, ...]], tuple[Part, ...]]
    load: Callable[[BinaryIO, Part, Sink], None]
