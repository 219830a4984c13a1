"""A generated large store behaves like a small one, and the same way every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisories.big_store import RELEASE, build, inventory, measure
from dunnage.advisories import _part_writer
from dunnage.advisories.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_deterministic(tmp_path: Path) -> None:
    """Two stores made the same way give the same findings in the same order."""
    held = inventory(count=300, names=1_000)
    for name in ("a", "b"):
        build(tmp_path / name, rows=6_000, names=1_000)
    first, seconds = measure(tmp_path / "a", held)
    second, _ = measure(tmp_path / "b", held)
    assert first == second
    assert len(first.findings) > 10
    assert first.matched == 300
    assert not first.problems
    assert seconds < 5


def test_flushes_of_one_name_are_all_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of one name that were written at different times all count."""
    build(tmp_path / "one", rows=6_000, names=50)
    monkeypatch.setattr(_part_writer, "FLUSH_SPANS", 100)
    build(tmp_path / "many", rows=6_000, names=50)
    held = inventory(count=50, names=50)
    assert measure(tmp_path / "one", held)[0] == measure(tmp_path / "many", held)[0]
    store = open_store(tmp_path / "many")
    assert store is not None
    with store:
        assert len(store.candidates(RELEASE, "debian-package-1")) > 5
