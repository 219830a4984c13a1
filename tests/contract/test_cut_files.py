"""Real files that end too early give facts or a documented refusal, never another error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bodies import Memory
from dunnage.indexing.router import Router
from dunnage.io.folder import load_all
from dunnage.model.cataloger import Cataloger, Fact, File
from os_images import tree
from plugins import REFUSALS
from support import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator

CATALOGERS = load_all("dunnage.catalogers", "cataloger", Cataloger)
ARCHIVES = {
    "alpine/alpine-minirootfs-3.6.5-x86_64.tar.gz": {"apk", "os-release"},
    "dpkg/debian-trixie-distroless-like-statusd.tar.gz": {"dpkg", "os-release"},
    "rpm/dive-single-rpmdb-bdb.tar.gz": {"rpm"},
    "rpm/sle15-bci-rpmdb-ndb.tar.gz": {"rpm"},
    "lang/python-npm-vulnerable-app.tar.gz": {"python-package", "node-package"},
    "lang/java-jars.tar.gz": {"java-archive"},
}
PROGRAMS = ("lang/go-esbuild-0.17.0-buildinfo.elf", "lang/rust-uv-0.13.9-depv0.elf")
_FILES = 3
"""Files of each archive that are cut, for each cataloger."""


def _cuts(data: bytes) -> Iterator[bytes]:
    """Give the beginnings of a file, and the file with a hole in its middle."""
    size = len(data)
    for end in (1, 20, size // 4, size // 2, size - size // 8, size - 1):
        yield data[: max(end, 0)]
    yield data[: size // 3] + bytes(size // 3) + data[size - size // 3 :]


def _tried(path: str, data: bytes, wanted: tuple[str, ...]) -> set[str]:
    for name in wanted:
        for cut in _cuts(data):
            try:
                fact = CATALOGERS[name].parse(File(path, len(cut), 0o644, Memory(cut)))
            except REFUSALS:
                continue
            assert fact is None or isinstance(fact, Fact)
    return set(wanted)


@pytest.mark.parametrize("archive", ARCHIVES)
def test_cut_files_of_images(archive: str) -> None:
    """Every cataloger that wants files of a real image survives them cut short."""
    data_root()
    router = Router(CATALOGERS)
    tried: dict[str, int] = {}
    for path, data in sorted(tree(f"images/{archive}").items()):
        wanted = (*router.by_name(path), *router.by_magic(data[: router.magic_length]))
        chosen = tuple(name for name in wanted if tried.get(name, 0) < _FILES)
        for name in _tried(path, data, chosen):
            tried[name] = tried.get(name, 0) + 1
    assert set(tried) >= ARCHIVES[archive]


@pytest.mark.parametrize("program", PROGRAMS)
def test_cut_programs(program: str) -> None:
    """Every cataloger that wants programs survives a real one cut short."""
    data = (data_root() / "images" / program).read_bytes()
    router = Router(CATALOGERS)
    wanted = router.by_magic(data[: router.magic_length])
    assert _tried("usr/bin/program", data, wanted) >= {"go-binary", "rust-binary"}
