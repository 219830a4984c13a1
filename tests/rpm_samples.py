"""Makes rpm headers and databases for tests, from the format descriptions alone."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from typing import TYPE_CHECKING

from dunnage.parsers.rpm_header import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Value = str | list[str] | list[int]


def header(tags: Mapping[Tag, Value]) -> bytes:
    """Return a header with the given tags: text, list of texts or list of 32-bit integers."""
    index, data = b"", b""
    for tag, value in tags.items():
        numbers = [] if isinstance(value, str) else [n for n in value if isinstance(n, int)]
        if isinstance(value, str):
            kind, count, part = 6, 1, value.encode() + b"\0"
        elif numbers:
            data += bytes(-len(data) % 4)
            kind, count, part = 4, len(numbers), struct.pack(f">{len(numbers)}I", *numbers)
        else:
            kind, count, part = 8, len(value), b"".join(f"{t}".encode() + b"\0" for t in value)
        index += struct.pack(">IIII", tag, kind, len(data), count)
        data += part
    return struct.pack(">II", len(index) // 16, len(data)) + index + data


def package(name: str, version: str = "1.0", *, padding: int = 0) -> bytes:
    """Return the header of a small package; padding makes it so many bytes larger."""
    return header(
        {
            Tag.NAME: name,
            Tag.VERSION: version,
            Tag.RELEASE: "1",
            Tag.ARCH: "noarch",
            Tag.LICENSE: "MIT" + "x" * padding,
            Tag.SOURCERPM: f"{name}-src-{version}-1.src.rpm",
            Tag.BASENAMES: ["METADATA", "readme"],
            Tag.DIRNAMES: [f"/usr/lib/{name}/"],
            Tag.DIRINDEXES: [0, 0],
        }
    )


def sqlite(
    path: Path, headers: Iterable[bytes], *, page_size: int = 4096, wal: bool = False
) -> None:
    """Write a real SQLite database with a table as rpm makes it; with wal it is in WAL mode."""
    with closing(sqlite3.connect(path, isolation_level=None)) as link:
        link.execute("PRAGMA synchronous = off")
        link.execute(f"PRAGMA page_size = {page_size}")
        if wal:
            link.execute("PRAGMA journal_mode = wal")
        link.execute(
            "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"
        )
        link.execute("CREATE TABLE 'Name' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL)")
        link.execute("BEGIN")
        for blob in headers:
            link.execute("INSERT INTO Packages (blob) VALUES (?)", (blob,))
            link.execute("INSERT INTO Name VALUES ('x', 1)")
        link.execute("COMMIT")


def ndb(headers: Iterable[bytes]) -> bytes:
    """Return an ndb database with one page of slots."""
    slots, blobs = b"", b""
    for number, blob in enumerate(headers, 1):
        offset = 4096 + len(blobs)
        whole = struct.pack("<4sIII", b"BlbS", number, 1, len(blob)) + blob
        whole += bytes(-(len(whole) + 12) % 16) + struct.pack("<II4s", 0, len(blob), b"BlbE")
        slots += struct.pack("<4sIII", b"Slot", number, offset // 16, len(whole) // 16)
        blobs += whole
    head = struct.pack("<4sIII16x", b"RpmP", 0, 1, 1)
    return (head + slots).ljust(4096, b"\0") + blobs


def bdb(headers: Iterable[bytes], order: str = "<", *, size: int = 512) -> bytes:
    """Return a Berkeley DB hash; small values lie on their page, others in overflow pages."""
    pages: list[bytes] = [b""]
    for number, blob in enumerate(headers, 1):
        key = b"\x01" + struct.pack(f"{order}I", number)
        own = len(pages)
        pages.append(b"")
        if len(blob) < size // 4:
            value = b"\x01" + blob
        else:
            value = struct.pack(f"{order}BxxxII", 3, own + 1, len(blob))
            room = size - 26
            parts = [blob[at : at + room] for at in range(0, len(blob), room)]
            for index, part in enumerate(parts):
                here = own + 1 + index
                following = here + 1 if index + 1 < len(parts) else 0
                head = struct.pack(f"{order}8xIIIHHBB", here, 0, following, 1, len(part), 0, 7)
                pages.append((head + part).ljust(size, b"\0"))
        offsets = (size - len(key), size - len(key) - len(value))
        head = struct.pack(f"{order}8xIIIHHBB2H", own, 0, 0, 2, offsets[1], 0, 13, *offsets)
        pages[own] = head.ljust(offsets[1], b"\0") + value + key
    meta = struct.pack(
        f"{order}8xIIIIBBBxIIII", 0, 0x061561, 9, size, 0, 8, 0, 0, len(pages) - 1, 0, 0
    )
    pages[0] = meta.ljust(size, b"\0")
    return b"".join(pages)
