"""A directory in which nothing was found is not taken for one that holds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dunnage.model.target import Tree
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "code"),
    [("package-lock.json", "project-not-examined"), ("app.tar", "archive-not-examined")],
)
def test_what_lies_at_the_top_is_told(name: str, code: str, tmp_path: Path) -> None:
    """Lock files and archives at the top are named, to be told if nothing else is found."""
    (tmp_path / name).write_bytes(b"{}")
    target = open_target(f"dir:{tmp_path}", Options())
    assert isinstance(target, Tree)
    (problem,) = target.if_empty
    assert problem.code == code
    assert name in problem.message


def test_a_root_file_system_without_packages_is_complete(tmp_path: Path) -> None:
    """A program and its configuration alone are a whole container."""
    (tmp_path / "app").write_bytes(b"\x7fELF")
    (tmp_path / "etc").mkdir()
    target = open_target(f"dir:{tmp_path}", Options())
    assert isinstance(target, Tree)
    assert target.if_empty == ()
