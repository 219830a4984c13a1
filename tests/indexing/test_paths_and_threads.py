"""Links and globs over text, and the threads that read layers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from dunnage.indexing._paths import ancestors, glob, resolve, resolve_parent, shown, skipped
from dunnage.indexing.budget import Budget
from dunnage.indexing.layout import Layout
from dunnage.indexing.pipeline import ahead, cores, spread
from dunnage.indexing.plan import Plan
from dunnage.indexing.record import Record
from dunnage.model.errors import LimitError, UsageError
from dunnage.model.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINKS = {"lib": "usr/lib", "a/b": "/c", "c/up": "../..", "x": "y", "y": "x", "self": "."}


def test_links_resolve_like_a_kernel_does(tmp_path: Path) -> None:
    """The answers are those of the real file system, inside a root that is never left."""
    for path, target in LINKS.items():
        link = tmp_path / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    (tmp_path / "usr/lib/deep").mkdir(parents=True)
    for path in ("lib/deep", "usr/lib/deep", "self/lib/deep", "lib", "self/self/a"):
        real = (tmp_path / path).resolve()
        assert resolve(path, LINKS) == str(real.relative_to(tmp_path.resolve())), path
    assert resolve("a/b/z", LINKS) == "c/z"
    assert resolve("c/up/q", LINKS) == "q"
    assert resolve("x/y", LINKS) is None
    assert resolve_parent("lib/x", LINKS) == "usr/lib/x"
    assert resolve_parent("lib", LINKS) == "lib"
    assert resolve_parent("x/y", LINKS) == "x/y"
    assert list(ancestors("a/b/c")) == ["a/b", "a"]


def test_globs() -> None:
    """One star stays within a segment, two do not; other characters mean themselves."""
    for pattern, path, hit in (
        ("a/*", "a/b", True),
        ("a/*", "a/b/c", False),
        ("a/**", "a/b/c", True),
        ("**/c", "c", True),
        ("**/c", "a/b/c", True),
        ("**/c", "a/bc", False),
        ("./a/", "a", True),
        ("a.b", "axb", False),
        ("[!a]x", "bx", True),
        ("[a-c]x", "bx", True),
        ("[", "[", True),
        ("a?", "a/", False),
    ):
        assert bool(glob(pattern).fullmatch(path)) is hit, (pattern, path)
    assert skipped("a/b/c", ("a/b",), ())
    assert not skipped("a/bc", ("a/b",), ())


def test_paths_can_be_shown() -> None:
    """Text stays text; bytes that are none become escapes."""
    assert shown("é/\udce9") == r"é/\xe9"
    assert shown("plain").encode() == b"plain"


def test_layers_that_contradict_themselves_are_bounded() -> None:
    """Filling and replacing directories over and over ends in an error, not in endless work."""
    layout = Layout(Record(), Budget(Limits(path_memory=64 << 20)))

    def fill() -> None:
        for _ in range(2000):
            layout.place("a/b", "f")
            layout.place("a", "f")

    with pytest.raises(LimitError, match="replaces more than"):
        fill()
    layout = Layout(Record(), Budget(Limits(path_memory=64 << 20)))

    def deepen() -> None:
        for number in range(2000):
            layout.place(f"{number}" + "/d" * 3_000, "f")

    with pytest.raises(LimitError, match="the paths of all layers take more than"):
        deepen()


def test_chunks_from_another_thread() -> None:
    """All chunks arrive in order, errors too, and an abandoned producer ends."""
    assert list(ahead(bytes([n]) for n in range(100))) == [bytes([n]) for n in range(100)]

    def failing() -> Iterator[bytes]:
        yield b"x"
        raise KeyError("y")

    chunks = ahead(failing())
    assert next(chunks) == b"x"
    with pytest.raises(KeyError):
        next(chunks)
    before = threading.active_count()
    endless = ahead(iter(lambda: b"x", b""))
    assert next(endless) == b"x"
    endless.close()  # type: ignore[attr-defined]  # it is a generator
    assert threading.active_count() == before


def test_work_is_spread() -> None:
    """Results come in the order of the items, several threads take part, errors come through."""
    meeting = threading.Barrier(3, timeout=20)

    def work(item: int) -> int:
        if item < 3:
            meeting.wait()
        return item * item

    assert spread(work, range(10), 3) == [n * n for n in range(10)]
    assert spread(lambda n: n + 1, [1], 8) == [2]
    assert spread(lambda n: n + 1, [], 8) == []
    with pytest.raises(ZeroDivisionError):
        spread(lambda n: 1 // n, [1, 0, 2, 3], 2)
    assert cores() >= 1


@pytest.mark.parametrize("pattern", ["[z-a]", "a/[x-b]"])
def test_a_pattern_that_is_none_is_told_before_anything_is_read(pattern: str) -> None:
    """A range that runs backwards is a mistake in the command, not in the target."""
    for plan in (Plan({}, skip_files=(pattern,)), Plan({}, skip_dirs=("a", pattern))):
        with pytest.raises(UsageError, match="not a pattern") as caught:
            plan.suited(project=False)
        assert caught.value.where == pattern
