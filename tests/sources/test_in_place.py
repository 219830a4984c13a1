"""Large files of uncompressed layers are read where they lie, with the same result."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dunnage.indexing.layers import index_layers
from dunnage.io.http import Http
from dunnage.model.errors import LimitError
from dunnage.model.progress import Silent
from dunnage.model.target import Layers
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options
from dunnage.sources._stored import open_file
from images import layer_tar, write_docker_archive
from stubs import MAGIC, codes, listed, with_plan

if TYPE_CHECKING:
    from pathlib import Path

LARGE = 3 << 20
LAYER = layer_tar(
    {
        "bin/small": MAGIC + b"small",
        "bin/large": MAGIC + b"x" * LARGE,
        "a/METADATA": b"after 1\n" + b"\n" * LARGE,
        "b/METADATA": b"last 1\n",
    }
)


def _opened(path: Path) -> Layers:
    target = open_target(f"docker-archive:{path}", Options(http=Http(offline=True)))
    assert isinstance(target, Layers)
    return target


def test_the_same_is_found_compressed_or_not(tmp_path: Path) -> None:
    """Programs and lists that are too large for one chunk give what they give from gzip."""
    found = []
    for how in ("none", "gzip"):
        path = tmp_path / f"{how}.tar"
        write_docker_archive(path, [LAYER], compression=how)
        indexed = index_layers(_opened(path), with_plan())
        found.append((sorted(listed(indexed)), codes(indexed)))
    assert found[0] == found[1]
    assert len(found[0][0]) == 3, "the list above one megabyte is too large for its cataloger"


class _Touching(Silent):
    """Changes the time of a file as soon as something was read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def advance(self, count: int) -> None:
        """Change the time."""
        assert count
        os.utime(self.path, ns=(1, 1))


def test_a_file_that_changes_meanwhile_is_told_of(tmp_path: Path) -> None:
    """What was read is reported, but neither called complete nor kept."""
    path = tmp_path / "image.tar"
    write_docker_archive(path, [LAYER])
    plan = with_plan(progress=_Touching(path), cache_root=tmp_path / "cache")
    indexed = index_layers(_opened(path), plan)
    assert "changed-while-read" in codes(indexed)
    assert len(indexed.inventory.packages) == 3
    again = index_layers(_opened(path), with_plan(cache_root=tmp_path / "cache"))
    assert again.examined.layers_cached == 0
    assert "changed-while-read" not in codes(again)


def test_parts_of_stored_files(tmp_path: Path) -> None:
    """A part has exactly its bytes, and none that lie behind it or beyond the end."""
    path = tmp_path / "file"
    path.write_bytes(bytes(range(100)))
    reader = open_file(str(path)).reader(10, 50)
    part = reader.part(5, 20)  # type: ignore[attr-defined]  # what InPlace adds to a reader
    assert part.size == 20
    assert part.read(0, 100) == part.all(20) == bytes(range(15, 35))
    assert part.read(18, 5) == bytes((33, 34))
    assert part.read(20, 1) == part.read(-1, 5) == part.read(3, 0) == b""
    with part.open() as stream:
        stream.seek(-2, os.SEEK_END)
        assert stream.read() == bytes((33, 34))
    with pytest.raises(LimitError):
        part.all(19)
    assert reader.part(40, 11) is None  # type: ignore[attr-defined]  # as above
    path.write_bytes(bytes(12))
    assert part.read(0, 20) == b""
