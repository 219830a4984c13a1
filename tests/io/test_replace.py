"""A file is exchanged whole, or stays as it is."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from dunnage.io.replace import replace_file
from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_content_mode_and_owner(tmp_path: Path) -> None:
    """Only the content is another; nothing else is left in the directory."""
    path = tmp_path / "f"
    path.write_bytes(b"old")
    path.chmod(0o751)
    if os.geteuid() == 0:
        os.chown(path, 12345, 54321)
    before = path.stat()
    replace_file(str(path), b"old", b"new")
    after = path.stat()
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(after.st_mode) == 0o751
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert [one.name for one in tmp_path.iterdir()] == ["f"]


@pytest.mark.parametrize("now", [b"", b"ol", b"old ", b"other"])
def test_changed_meanwhile(tmp_path: Path, now: bytes) -> None:
    """What somebody else has written stays."""
    path = tmp_path / "f"
    path.write_bytes(now)
    with pytest.raises(InputError, match="changed meanwhile"):
        replace_file(str(path), b"old", b"new")
    assert path.read_bytes() == now


def test_gone_meanwhile(tmp_path: Path) -> None:
    """A file that is gone is not made again."""
    with pytest.raises(InputError, match="not changed: No such file"):
        replace_file(str(tmp_path / "f"), b"old", b"new")
    assert not list(tmp_path.iterdir())


def test_links(tmp_path: Path) -> None:
    """A link inside its directory is followed and stays; one that leads out is refused."""
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "f").write_bytes(b"old")
    (inner / "link").symlink_to("f")
    replace_file(str(inner / "link"), b"old", b"new")
    assert (inner / "link").is_symlink()
    assert (inner / "f").read_bytes() == b"new"
    (tmp_path / "outer").write_bytes(b"old")
    (inner / "out").symlink_to("../outer")
    with pytest.raises(InputError, match="out of its directory"):
        replace_file(str(inner / "out"), b"old", b"new")
    assert (tmp_path / "outer").read_bytes() == b"old"


def test_no_regular_file(tmp_path: Path) -> None:
    """A pipe that took the place of the file is neither waited for nor written."""
    os.mkfifo(tmp_path / "f")
    with pytest.raises(InputError):
        replace_file(str(tmp_path / "f"), b"old", b"new")
