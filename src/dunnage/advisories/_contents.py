"""What a store says about itself; read whole, and checked as one, whenever it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from msgspec import Struct

from dunnage.advisories._wire import pack

if TYPE_CHECKING:
    from sqlite3 import Connection

SEAL = "seal"
_META = "SELECT key, value FROM meta ORDER BY key"
_RELEASES = "SELECT part, ecosystem, records FROM releases ORDER BY part, ecosystem"


class StoredPart(NamedTuple):
    """A row of the table ``parts``.

    Attributes:
        id: Its number, by which the other tables refer to it.
        feed: Public name of the feed.
        name: Ecosystem, or file.
        mirror: The mirror it came from.
        location: Where exactly.
        validator: ETag, modification date, or size and time of a local file.
        digest: Who read it, and the SHA-256 of what was read.
        checked: ISO time at which the mirror last confirmed it as current.
        changed: ISO time at which its content was last read.
        newest: ISO time of the newest record.
        records: Records kept.
        skipped: Records that could not be understood.
        ignored: Records left out on purpose.
        matched: 0 if versions of this ecosystem cannot be compared.
        keys: Key probe; see ``_probe``.
        scopes: Packed list of what the part has a list of keys for; see ``Store``.
    """

    id: int
    feed: str
    name: str
    mirror: str
    location: str
    validator: str
    digest: str
    checked: str
    changed: str
    newest: str
    records: int
    skipped: int
    ignored: int
    matched: int
    keys: str
    scopes: bytes


_PARTS = f"SELECT {', '.join(StoredPart._fields)} FROM parts ORDER BY id"  # noqa: S608 - fixed names


class Contents(Struct, frozen=True):
    """What is in a store.

    Attributes:
        parts: Its parts by rising number.
        releases: Triples of part, ecosystem with release, and number of advisories.
    """

    parts: list[StoredPart]
    releases: list[tuple[int, str, int]]


def read_meta(link: Connection) -> dict[str, str]:
    """Return what describes the store as a whole; nothing of it is checked yet.

    Raises:
        sqlite3.Error: If it cannot be read.
        ValueError: If it is no table of two columns.
    """
    return dict(link.execute(_META).fetchall())


def read_contents(link: Connection, meta: dict[str, str]) -> tuple[Contents, str]:
    """Return what is in a store, and the checksum of that and of ``meta``.

    The checksum is to be compared with ``meta[SEAL]``, and only then the rest to be believed.

    Raises:
        sqlite3.Error: If it cannot be read.
        ValueError: If a value cannot be packed.
        TypeError: If a value has a type that no table holds.
    """
    parts: list[Any] = link.execute(_PARTS).fetchall()
    releases: list[Any] = link.execute(_RELEASES).fetchall()
    entries = sorted((key, value) for key, value in meta.items() if key != SEAL)
    seal = crc32(pack((entries, parts, releases)))
    return Contents([StoredPart(*row) for row in parts], releases), f"{seal:08x}"
