"""What indexing a file tree gives, and that it is what an image of it would give."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, BinaryIO

from msgspec.structs import replace

from dunnage.indexing.tree import index_tree
from dunnage.model.errors import InputError
from dunnage.model.limits import Limits
from dunnage.model.problem import Problem
from dunnage.model.target import Tree, TreeEntry
from images import Symlink, layer_tar
from stubs import MAGIC, PLAN, codes, index, listed, with_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from images import Content

FILES: dict[str, Content] = {
    "etc/os-release": b"debian",
    "lib": Symlink("usr/lib"),
    "usr/lib/x/METADATA": b"x 1\n",
    "var/db/status": b"xlib 2 owns=lib/x/METADATA\n",
    "bin/tool": MAGIC + b"tool",
    "README": b"nobody wants this " * 10_000,
}


def _entry(path: str, content: Content, opened: list[str]) -> TreeEntry:
    if isinstance(content, Symlink):
        return TreeEntry(path, "symlink", link=content.target)
    if not isinstance(content, bytes):
        return TreeEntry(path, "directory")

    def reader() -> BinaryIO:
        opened.append(path)
        return io.BytesIO(content)

    return TreeEntry(path, "file", len(content), open=reader)


def _tree(files: Mapping[str, Content], opened: list[str] | None = None) -> Tree:
    seen: list[str] = [] if opened is None else opened

    def walk() -> Iterator[TreeEntry | Problem]:
        return (_entry(path, content, seen) for path, content in files.items())

    return Tree("here", "dir", walk)


def test_a_tree_is_like_an_image_of_it() -> None:
    """Packages, system, owners and edges are those of one layer, without a layer."""
    tree = index_tree(_tree(FILES), PLAN).inventory
    layer = index([layer_tar(FILES)]).inventory
    assert tree.system == layer.system
    assert [p.ref for p in tree.packages] == [p.ref for p in layer.packages]
    assert [p.owner for p in tree.packages] == [p.owner for p in layer.packages]
    assert {p.locations[0].layer for p in tree.packages} == {-1}
    assert {p.locations[0].digest for p in tree.packages} == {""}
    assert not tree.problems


def test_only_what_is_wanted_is_read() -> None:
    """Other files are opened for their first bytes at most, and not at all without magic."""
    opened: list[str] = []
    indexed = index_tree(_tree(FILES, opened), PLAN)
    assert indexed.examined.files == 5
    assert indexed.examined.bytes_read < 200
    opened.clear()
    named = {key: value for key, value in PLAN.catalogers.items() if not value.magic}
    index_tree(_tree(FILES, opened), with_plan(catalogers=named))
    assert sorted(opened) == ["etc/os-release", "usr/lib/x/METADATA", "var/db/status"]


def _raising(error: Exception) -> Callable[[], BinaryIO]:
    def reader() -> BinaryIO:
        raise error

    return reader


def test_what_cannot_be_read_is_a_problem() -> None:
    """Unreadable files, problems of the walk, large files and odd entries never end it."""
    entries: list[TreeEntry | Problem] = [
        Problem("unreadable", "no permission", where="root/secret"),
        TreeEntry("a/METADATA", "file", 4, open=_raising(PermissionError(13, "denied"))),
        TreeEntry("b/METADATA", "file", 4, open=_raising(InputError("gone"))),
        TreeEntry("c/METADATA", "other"),
        TreeEntry("../METADATA", "file", 4, open=_raising(AssertionError())),
        TreeEntry("d/METADATA", "file", 3, open=lambda: io.BytesIO(b"d 1")),
        TreeEntry("e/METADATA", "file", 99_999, open=lambda: io.BytesIO(b"e 1")),
    ]
    limits = replace(Limits(), spill_body=1000, memory_body=10)
    indexed = index_tree(Tree("x", "dir", lambda: iter(entries)), with_plan(limits=limits))
    assert listed(indexed) == {("d", "1", "d/METADATA", -1)}
    assert codes(indexed) == ["unreadable", "not-examined", "not-examined", "not-examined"]
    assert [p.where for p in indexed.inventory.problems] == [
        "root/secret",
        "a/METADATA",
        "b/METADATA",
        "e/METADATA",
    ]


def test_bounds() -> None:
    """The number of entries and the time are bounded; what was found stays."""
    many: dict[str, Content] = {f"{n}/METADATA": b"p 1" for n in range(600)}
    indexed = index_tree(_tree(many), with_plan(limits=replace(Limits(), entries=5)))
    assert codes(indexed) == ["not-examined"]
    assert len(indexed.inventory.packages) == 5
    indexed = index_tree(_tree(many), with_plan(deadline=time.monotonic() - 1))
    assert codes(indexed) == ["timeout"]
    assert len(indexed.inventory.packages) == 255


def test_one_file() -> None:
    """A tree of a single program is complete without any system."""
    indexed = index_tree(_tree({"hello": MAGIC + b"hello"}), PLAN)
    assert listed(indexed) == {("hello", "1", "hello", -1)}
    assert indexed.inventory.system is None
    assert not indexed.inventory.problems
