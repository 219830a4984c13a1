"""Where a report goes: -o FORMAT, -o FORMAT=PATH, -o PATH with --format."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dunnage.cli._output import Destination, destinations
from dunnage.io.atomic import write_atomic
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = ("json", "sarif", "table")


def test_default_and_chosen_format() -> None:
    """Without -o the chosen format, else the default, goes to stdout."""
    assert destinations((), "", "table", FORMATS) == (Destination("table"),)
    assert destinations((), "json", "table", FORMATS) == (Destination("json"),)


def test_several(tmp_path: Path) -> None:
    """One format may go to stdout and any number to files."""
    path = str(tmp_path / "a.json")
    assert destinations(("table", f"json={path}"), "", "table", FORMATS) == (
        Destination("table"),
        Destination("json", path),
    )


def test_path_takes_the_chosen_format(tmp_path: Path) -> None:
    """-o PATH --format FORMAT is how other scanners say FORMAT=PATH."""
    path = str(tmp_path / "out.txt")
    assert destinations((path,), "sarif", "table", FORMATS) == (Destination("sarif", path),)


@pytest.mark.parametrize("outputs", [("jsn",), ("jsn=a",), ("json=",), ("json", "table")])
def test_wrong_outputs(outputs: tuple[str, ...]) -> None:
    """A misspelt format is never taken for a file name."""
    with pytest.raises(UsageError):
        destinations(outputs, "", "table", FORMATS)


def test_same_file_twice(tmp_path: Path) -> None:
    """Two formats cannot share a file."""
    path = tmp_path / "x"
    with pytest.raises(UsageError, match="same file"):
        destinations((f"json={path}", f"sarif={path}"), "", "table", FORMATS)


def test_atomic_write_keeps_mode_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """A replaced file keeps its permissions, and no temporary file stays."""
    path = tmp_path / "report.json"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    """Nothing is added to it on the way, and a new file has the mode any new file has."""
    path = tmp_path / ("x" * 255)
    before = os.umask(0o027)
    try:
        write_atomic(path, b"new")
    finally:
        os.umask(before)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)
    assert list(tmp_path.iterdir()) == [path]
