"""The three formats of rpm's database are read, whatever their page size and byte order."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.model.errors import InputError
from dunnage.parsers import rpmdb_bdb, rpmdb_ndb, rpmdb_sqlite
from os_images import image_names, tree
from rpm_samples import bdb, ndb, package, sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Blobs = Callable[[Callable[[int, int], bytes], int], Iterator[bytes | InputError]]

HEADERS = [package(f"p{n}", padding=n * n * 37) for n in range(40)]


def read(blobs: Blobs, data: bytes) -> list[bytes | InputError]:
    """Read a whole database from memory."""
    return list(blobs(lambda offset, length: data[offset : offset + length], len(data)))


def same(found: list[bytes | InputError], expected: list[bytes]) -> bool:
    """Compare what was read, in any order."""
    blobs = [blob for blob in found if isinstance(blob, bytes)]
    return len(blobs) == len(found) and sorted(blobs) == sorted(expected)


@pytest.mark.parametrize("page_size", [512, 1024, 4096, 32768, 65536])
def test_sqlite_of_any_page_size(tmp_path: Path, page_size: int) -> None:
    """Rows come back from a database SQLite wrote: on their page and in overflow pages."""
    sqlite(tmp_path / "db", HEADERS, page_size=page_size)
    assert read(rpmdb_sqlite.blobs, (tmp_path / "db").read_bytes()) == HEADERS


def test_sqlite_of_many_levels(tmp_path: Path) -> None:
    """Interior pages are followed, and rows come in order of their number."""
    many = [package(f"p{n}") for n in range(3000)]
    sqlite(tmp_path / "db", many, page_size=512)
    assert read(rpmdb_sqlite.blobs, (tmp_path / "db").read_bytes()) == many


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("size", [512, 4096, 65536])
def test_bdb_of_both_byte_orders(order: str, size: int) -> None:
    """Values come back, on their page and in overflow pages."""
    assert same(read(rpmdb_bdb.blobs, bdb(HEADERS, order, size=size)), HEADERS)


def test_ndb() -> None:
    """Blobs come back in order of their number."""
    assert read(rpmdb_ndb.blobs, ndb(HEADERS)) == HEADERS


@pytest.mark.parametrize(
    ("blobs", "data"),
    [(rpmdb_bdb.blobs, bdb(HEADERS)), (rpmdb_ndb.blobs, ndb(HEADERS))],
    ids=["bdb", "ndb"],
)
def test_a_truncated_database_gives_what_is_left(blobs: Blobs, data: bytes) -> None:
    """Half a database gives about half of its packages and says that the rest is missing."""
    found = read(blobs, data[: len(data) // 2])
    kept = [blob for blob in found if isinstance(blob, bytes)]
    assert kept
    assert set(kept) < set(HEADERS)
    assert any(isinstance(blob, InputError) for blob in found)


def test_a_cycle_of_sqlite_pages_ends(tmp_path: Path) -> None:
    """An interior page that names itself as its child is reported once and not followed."""
    sqlite(tmp_path / "db", [package(f"p{n}") for n in range(200)], page_size=512)
    data = bytearray((tmp_path / "db").read_bytes())
    root = 2
    start = (root - 1) * 512
    assert data[start] == rpmdb_sqlite.INTERIOR
    data[start + 8 : start + 12] = root.to_bytes(4, "big")
    found = read(rpmdb_sqlite.blobs, bytes(data))
    errors = [str(item) for item in found if isinstance(item, InputError)]
    assert errors == [f"page {root} is used twice"]
    assert len(found) > 50


def test_a_cycle_of_bdb_overflow_pages_ends() -> None:
    """A chain of overflow pages that leads back to its beginning is reported."""
    data = bytearray(bdb([package("p", padding=5000)]))
    data[3 * 512 + 16 : 3 * 512 + 20] = (2).to_bytes(4, "little")
    (found,) = read(rpmdb_bdb.blobs, bytes(data))
    assert isinstance(found, InputError)
    assert "twice" in str(found)


def test_lying_slots_do_not_multiply_a_blob() -> None:
    """Thousands of slots that point at one large blob cost no more than the file is large."""
    data = bytearray(ndb([bytes(100_000)]))
    slot = data[32:48]
    for at in range(48, 4096, 16):
        data[at : at + 16] = slot
    found = read(rpmdb_ndb.blobs, bytes(data))
    assert [str(item) for item in found if isinstance(item, InputError)] == [
        "package number 1: 254 slots are the same"
    ]
    assert sum(len(blob) for blob in found if isinstance(blob, bytes)) <= len(data)


@pytest.mark.parametrize("blobs", [rpmdb_sqlite.blobs, rpmdb_ndb.blobs, rpmdb_bdb.blobs])
@pytest.mark.parametrize("data", [b"", b"x", bytes(4096), b"SQLite format 3\0" + bytes(4080)])
def test_other_files_are_refused(blobs: Blobs, data: bytes) -> None:
    """What is no database of the format raises InputError."""
    with pytest.raises(InputError):
        read(blobs, data)


def blobs_for(path: str) -> Blobs:
    """Return the reader for a database of an image."""
    if path.endswith(".sqlite"):
        return rpmdb_sqlite.blobs
    return rpmdb_ndb.blobs if path.endswith(".db") else rpmdb_bdb.blobs


def survives(blobs: Blobs, data: bytes) -> None:
    """Read a database, expecting nothing worse than InputError, in less than two seconds."""
    start = time.process_time()
    try:
        read(blobs, data)
    except InputError:
        return
    finally:
        assert time.process_time() - start < 2


@pytest.mark.parametrize("image", image_names("rpm"))
def test_real_databases_with_flipped_bytes(image: str) -> None:
    """Changed bytes, also only in the page heads, raise nothing but InputError, and quickly."""
    chance = random.Random(image)  # noqa: S311 - repeatable, not secret
    for path, whole in tree(image).items():
        if not path.endswith(("/Packages", "/Packages.db", "/rpmdb.sqlite")):
            continue
        for round_ in range(12):
            data = bytearray(whole)
            for _ in range(chance.choice([1, 20, 400])):
                at = chance.randrange(len(data))
                at = at - at % 512 + chance.randrange(32) if round_ % 2 else at
                data[min(at, len(data) - 1)] = chance.randrange(256)
            survives(blobs_for(path), bytes(data))


SMALL = [package("a"), package("b", padding=700)]
BASES = {"ndb": ndb(SMALL), "bdb": bdb(SMALL), "bdb-big": bdb(SMALL, ">")}


@pytest.fixture(scope="module")
def small_sqlite(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a small SQLite database."""
    path = tmp_path_factory.mktemp("db") / "db"
    sqlite(path, SMALL, page_size=512)
    return path.read_bytes()


def mutate(base: bytes, data: st.DataObject) -> bytes:
    """Change a few bytes and cut the end off."""
    blob = bytearray(base)
    for _ in range(data.draw(st.integers(0, 6))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    return bytes(blob[: data.draw(st.integers(0, len(blob)))])


@given(st.data())
def test_any_change_of_sqlite(small_sqlite: bytes, data: st.DataObject) -> None:
    """A small database with changed bytes or cut short raises nothing but InputError."""
    survives(rpmdb_sqlite.blobs, mutate(small_sqlite, data))


@pytest.mark.parametrize("kind", sorted(BASES))
@given(data=st.data())
def test_any_change(kind: str, data: st.DataObject) -> None:
    """Small databases with changed bytes or cut short raise nothing but InputError."""
    survives(rpmdb_ndb.blobs if kind == "ndb" else rpmdb_bdb.blobs, mutate(BASES[kind], data))
