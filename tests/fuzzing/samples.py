"""Real data to start from, cut small; nothing where the shared data is missing."""

from __future__ import annotations

import os
import tarfile
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def root() -> Path | None:
    """Return the shared data, or None."""
    text = os.environ.get("DUNNAGE_TEST_DATA", "")
    path = Path(text)
    return path if text and path.is_dir() else None


def raw(pattern: str, most: int) -> Iterator[bytes]:
    """Give the beginnings of files of the shared data."""
    base = root()
    for path in sorted(base.glob(pattern)) if base else ():
        with path.open("rb") as file:
            yield file.read(most)


@cache
def _members(archive: str) -> tuple[tuple[str, bytes], ...]:
    base = root()
    if base is None or not (base / archive).is_file():
        return ()
    with tarfile.open(base / archive) as tar:
        return tuple(
            (member.name.removeprefix("./"), tar.extractfile(member).read())  # type: ignore[union-attr]  # a file
            for member in tar
            if member.isfile() and member.size < 8 << 20
        )


def inside(archive: str, wanted: Callable[[str], bool], most: int, count: int) -> list[bytes]:
    """Return the beginnings of files in an archive of the shared data.

    Args:
        archive: Path of the archive, without ``images/``.
        wanted: Chooses by the path inside.
        most: Bytes of each.
        count: How many.
    """
    found = [data[:most] for name, data in _members(f"images/{archive}") if wanted(name)]
    return found[:count]


def records(ecosystem: str, most: int, count: int) -> Iterator[bytes]:
    """Give advisories of an ecosystem, the short ones of every thousandth or so."""
    base = root()
    path = base / "osv" / ecosystem / "all.zip" if base else None
    if path is None or not path.is_file():
        return
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if info.file_size <= most]
        for info in infos[:: max(len(infos) // count, 1)][:count]:
            yield archive.read(info)
