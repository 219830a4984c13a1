"""Where the cache is, and what happens if it cannot be."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dunnage.io.cachedir import cache_root, prepare
from dunnage.model.errors import UsageError


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    for name in ("DUNNAGE_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_the_choice_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then our variable, then that of the platform if it is absolute, then the home directory."""
    assert cache_root() == Path("/home/somebody/.cache/dunnage")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_root() == Path("/home/somebody/.cache/dunnage")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache")
    assert cache_root() == Path("/var/cache/dunnage")
    monkeypatch.setenv("DUNNAGE_CACHE_DIR", "~/mine")
    assert cache_root() == Path("/home/somebody/mine")
    assert cache_root("here") == Path.cwd() / "here"


def test_nobody_has_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user that the system does not know, as containers run them, is at home in the root."""
    monkeypatch.setattr("os.path.expanduser", str)  # what it does for whom there is no entry
    assert cache_root() == Path("/.cache/dunnage")
    assert cache_root("~other/x") == Path.cwd() / "~other/x"


def test_made_for_the_owner_alone(tmp_path: Path) -> None:
    """It is made with its parents; one that is there keeps its mode."""
    root = tmp_path / "a/b"
    prepare(root)
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    root.chmod(0o750)
    prepare(root)
    assert stat.S_IMODE(root.stat().st_mode) == 0o750


def test_what_cannot_be_made(tmp_path: Path) -> None:
    """A file in its place or above it is told with advice."""
    file = tmp_path / "file"
    file.write_bytes(b"")
    for root in (file, file / "below", Path("/proc/none")):
        with pytest.raises(UsageError, match="cannot be made") as caught:
            prepare(root)
        assert caught.value.where == str(root)
        assert "--cache-dir" in caught.value.advice
