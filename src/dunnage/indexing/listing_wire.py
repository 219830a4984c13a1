"""Turns listings of layers into bytes and back, for the cache."""

from __future__ import annotations

import hashlib
import sys
from array import array
from typing import TYPE_CHECKING, Any

from dunnage.indexing.listing import TYPES, Columns, Listing, digest_of
from dunnage.indexing.wire import WireFact, fact_in, fact_out
from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.indexing.record import Record
    from dunnage.model.cataloger import Cataloger

SCHEMA = 1
"""Raise it whenever a listing means something else."""

MAX_LISTING = 512 * 1024**2
"""Largest uncompressed listing."""

_MAGIC = b"dunnage-listing\n"
_DIGEST = 32
_WIRE: Any = tuple[
    str,
    bytes,
    tuple[bytes, ...],
    tuple[tuple[int, bytes], ...],
    tuple[int, ...],
    tuple[WireFact, ...],
    int,
]
"""Key, digest of the paths, columns, capabilities, rows of facts, facts, bytes written."""


def context(detectors: Mapping[str, Cataloger]) -> str:
    """Return what of this program and machine decides what a listing holds."""
    versions = sorted((name, detector.version) for name, detector in detectors.items())
    return repr(("listing", SCHEMA, sys.byteorder, array("I").itemsize, versions))


def encoded(listing: Listing, key: str) -> bytes:
    """Return a listing as bytes, with a checksum."""
    from msgspec import msgpack

    from dunnage.io.decompress import zstd_compress

    wire = (
        key,
        listing.names,
        [column.tobytes() for column in listing.rows],
        list(listing.capabilities.items()),
        [row for row, _ in listing.facts],
        [fact_out(fact) for _, fact in listing.facts],
        listing.written,
    )
    data = zstd_compress(msgpack.encode(wire))
    return _MAGIC + hashlib.sha256(data).digest() + data


def decoded(data: bytes, key: str, record: Record) -> Listing | None:
    """Return the listing, or None if it is damaged or does not go with the record."""
    from msgspec import MsgspecError, msgpack

    from dunnage.io.decompress import zstd_decompress

    start = len(_MAGIC) + _DIGEST
    body = data[start:]
    if data[: len(_MAGIC)] != _MAGIC or hashlib.sha256(body).digest() != data[len(_MAGIC) : start]:
        return None
    try:
        wire = msgpack.decode(zstd_decompress(body, MAX_LISTING), type=_WIRE)
        found = _listing(wire) if wire[0] == key else None
    except (MsgspecError, ValueError, InputError):
        return None
    return found if found is not None and found.names == digest_of(record) else None


def _listing(wire: tuple[Any, ...]) -> Listing:
    """Return the listing; raises ValueError if its columns do not fit together."""
    rows = Columns(*(array(kind, part) for kind, part in zip(TYPES, wire[2], strict=True)))
    count = len(rows.modes)
    good = all(len(column) == count for column in rows)
    if not good or any(row >= count for row in rows.contents):
        raise ValueError("columns of different lengths")
    facts = list(zip(wire[4], map(fact_in, wire[5]), strict=True))
    if any(not 0 <= row < count for row, _ in [*facts, *wire[3]]):
        raise ValueError("a row that is not there")
    return Listing(rows, dict(wire[3]), facts, wire[6], wire[1])
