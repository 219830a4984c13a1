"""Small package databases cannot be made into endless lists of long paths."""

from __future__ import annotations

import tracemalloc

import pytest

import rpm_samples
from dunnage.catalogers.apk import cataloger as apk
from dunnage.catalogers.rpm import cataloger as rpm
from dunnage.io.body import MemoryBody
from dunnage.model.cataloger import Cataloger, Fact, File
from dunnage.parsers.rpm_header import Tag


def apk_database(folder: int, names: int) -> bytes:
    """Return a database of one package with many files in one directory."""
    lines = [b"P:a", b"V:1", b"F:" + b"d" * folder, *(b"R:METADATA" for _ in range(names))]
    return b"\n".join([*lines, b"", b"P:b", b"V:2", b"F:usr", b"R:METADATA", b"", b""])


def rpm_database(folder: int, names: int) -> bytes:
    """Return the same as an rpm database."""
    tags: dict[Tag, rpm_samples.Value] = {
        Tag.NAME: "a",
        Tag.VERSION: "1",
        Tag.BASENAMES: ["METADATA"] * names,
        Tag.DIRNAMES: ["/" + "d" * folder],
        Tag.DIRINDEXES: [0] * names,
    }
    return rpm_samples.ndb([rpm_samples.header(tags), rpm_samples.package("b")])


def read(cataloger: Cataloger, path: str, data: bytes) -> tuple[Fact, int]:
    """Return what a database says, and the peak of memory in bytes it took to say it."""
    file = File(path, len(data), 0o644, MemoryBody(data), evidence=lambda path: "METADATA" in path)
    tracemalloc.start()
    try:
        fact = cataloger.parse(file)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert fact is not None
    return fact, peak


@pytest.mark.parametrize(("folder", "names"), [(1_000_000, 5000), (4000, 30_000)])
def test_one_long_directory_of_many_files(folder: int, names: int) -> None:
    """Both packages stay, what is too long is a problem, and memory keeps within bounds."""
    for cataloger, path, data in (
        (apk, "lib/apk/db/installed", apk_database(folder, names)),
        (rpm, "var/lib/rpm/Packages.db", rpm_database(folder, names)),
    ):
        fact, peak = read(cataloger, path, data)
        assert [package.name for package in fact.packages] == ["a", "b"]
        assert 1 <= len(fact.problems) <= 2
        assert peak < 200 * 1024 * 1024
