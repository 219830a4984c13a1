"""The build context answers what rules ask, and nothing outside of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dunnage.sources._build_context import Directory

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return a directory with a context in it and a file beside that."""
    (tmp_path / "outside").write_text("secret")
    root = tmp_path / "context"
    (root / "src").mkdir(parents=True)
    (root / "src" / "main.c").write_text("int main;")
    (root / "package.json").write_text("{}")
    (root / "link").symlink_to("package.json")
    (root / "out").symlink_to("../outside")
    (root / ".dockerignore").write_text("src\n!src/main.c\n*.log\n")
    (root / "a.log").write_text("x")
    return tmp_path


def test_what_is_there(here: Path) -> None:
    """Paths are relative to it, with or without slashes; what is ignored is not there."""
    context = Directory(str(here / "context"))
    assert context.exists("package.json")
    assert context.exists("./package.json")
    assert context.exists("/src/main.c")
    assert context.exists("link")
    assert not context.exists("a.log")
    assert not context.exists("src/other.c")
    assert context.ignored("a.log")
    assert context.ignored("src/other.c")
    assert not context.ignored("src/main.c")
    assert context.has_ignore_file
    assert context.names() == (".dockerignore", "a.log", "link", "out", "package.json", "src")
    assert context.text("package.json") == "{}"
    assert context.text("src") is None


@pytest.mark.parametrize("path", ["../outside", "src/../../outside", "out", "\0", "/../outside"])
def test_nothing_outside(here: Path, path: str) -> None:
    """No path and no link leads out."""
    context = Directory(str(here / "context"))
    assert not context.exists(path)
    assert context.text(path) is None


def test_own_ignore_file_wins(here: Path) -> None:
    """``Dockerfile.dockerignore`` beside the Dockerfile counts instead of the context's."""
    dockerfile = here / "build.Dockerfile"
    context = Directory(str(here / "context"), str(dockerfile))
    assert context.ignored("a.log")
    (here / "build.Dockerfile.dockerignore").write_text("package.json\n")
    context = Directory(str(here / "context"), str(dockerfile))
    assert not context.ignored("a.log")
    assert context.ignored("package.json")


def test_without_ignore_file(here: Path) -> None:
    """Then nothing is ignored; a directory that is none holds nothing."""
    context = Directory(str(here / "context" / "src"))
    assert not context.has_ignore_file
    assert not context.ignored("main.c")
    nowhere = Directory(str(here / "nowhere"))
    assert nowhere.names() == ()
    assert not nowhere.exists("x")


def test_large_files_and_pipes_are_not_read(here: Path) -> None:
    """A rule gets small text files only, and never waits."""
    (here / "context" / "large").write_bytes(b"x" * (1024 * 1024 + 1))
    os.mkfifo(here / "context" / "pipe")
    context = Directory(str(here / "context"))
    assert context.text("large") is None
    assert context.text("pipe") is None
    assert context.exists("pipe")
