"""The fold against a naive file system that unpacks one entry after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.indexing._paths import ancestors, resolve
from images import Symlink, layer_tar
from stubs import MAGIC, index

if TYPE_CHECKING:
    from images import Content

Entry = tuple[str, "Content"]

SEGMENT = st.sampled_from(["a", "b", "c"])
PATH = st.lists(SEGMENT, min_size=1, max_size=3).map("/".join)
TARGET = st.one_of(
    PATH, PATH.map(lambda p: "/" + p), PATH.map(lambda p: "../" + p), st.just("/"), st.just(".")
)
NODE = st.one_of(
    st.tuples(PATH, st.just("dir"), st.just("")),
    st.tuples(PATH, st.just("link"), TARGET),
    st.tuples(PATH, st.just("file"), st.just("")),
    st.tuples(PATH, st.just("file"), st.just("")),
    st.tuples(PATH, st.just("whiteout"), st.just("")),
    st.tuples(PATH, st.just("opaque"), st.just("")),
)
RANK = {"dir": 0, "link": 1, "file": 2, "whiteout": 3, "opaque": 4}


class Disk:
    """A file system as a dict: None is a directory, bytes a file, Symlink a link."""

    def __init__(self) -> None:
        self.nodes: dict[str, Content] = {}

    def links(self, literal: frozenset[str] = frozenset()) -> dict[str, str]:
        """Return the symbolic links, without those at ``literal`` paths."""
        return {
            path: node.target
            for path, node in self.nodes.items()
            if isinstance(node, Symlink) and path not in literal
        }

    def remove(self, path: str, *, itself: bool = True) -> None:
        """Remove a path and all below it, or only what is below."""
        below = path + "/" if path else ""
        for other in list(self.nodes):
            if other.startswith(below) or (itself and other == path):
                del self.nodes[other]

    def unpack(self, layer: list[tuple[str, str, str]], number: int) -> None:
        """Apply one layer: what it removes first, then its entries in order."""
        literal = frozenset(path for path, kind, _ in layer if kind in {"dir", "link", "file"})
        below = self.links(literal)
        for path, kind, _ in layer:
            folder, _, base = path.rpartition("/")
            if kind == "whiteout":
                found = resolve(folder, below)
                found = folder if found is None else found
                self.remove(f"{found}/{base}" if found else base)
            elif kind == "opaque":
                found = resolve(path, below)
                self.remove(path if found is None else found, itself=False)
        for index_, (path, kind, target) in enumerate(layer):
            if kind in {"dir", "link", "file"}:
                content = _content(kind, target, number, index_)
                self.put(path, content)

    def put(self, path: str, content: Content) -> None:
        """Write one entry, following links in its directory."""
        folder, _, base = path.rpartition("/")
        found = resolve(folder, self.links())
        folder = folder if found is None else found
        for above in [folder, *ancestors(folder)] if folder else []:
            if self.nodes.get(above, b"") is not None:
                self.nodes.pop(above, None)
                self.nodes[above] = None
        path = f"{folder}/{base}" if folder else base
        if content is None and self.nodes.get(path, b"") is None:
            return
        self.remove(path)
        self.nodes[path] = content


def _content(kind: str, target: str, number: int, index_: int) -> Content:
    if kind == "file":
        return MAGIC + f"{number}-{index_}".encode()
    return Symlink(target) if kind == "link" else None


def _tar(layer: list[tuple[str, str, str]], number: int) -> bytes:
    entries: list[Entry] = []
    for index_, (path, kind, target) in enumerate(layer):
        folder, slash, base = path.rpartition("/")
        if kind == "whiteout":
            entries.append((f"{folder}{slash}.wh.{base}", b""))
        elif kind == "opaque":
            entries.append((f"{path}/.wh..wh..opq", b""))
        else:
            entries.append((path, _content(kind, target, number, index_)))
    return layer_tar(entries)


def _consistent(layer: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Order entries as tools that write layers do, and write each path once."""
    once = {path: (path, kind, target) for path, kind, target in layer}
    return sorted(once.values(), key=lambda item: (RANK[item[1]], item[0]))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(NODE, max_size=7).map(_consistent), min_size=1, max_size=4))
def test_visible_files_are_those_of_a_file_system(layers: list[list[tuple[str, str, str]]]) -> None:
    """Every file a container would see gives its fact, at its real path, and no other does."""
    disk = Disk()
    for number, layer in enumerate(layers):
        disk.unpack(layer, number)
    expected = {
        (path, node.removeprefix(MAGIC).decode())
        for path, node in disk.nodes.items()
        if isinstance(node, bytes)
    }
    inventory = index([_tar(layer, number) for number, layer in enumerate(layers)]).inventory
    assert {(p.locations[0].path, p.name) for p in inventory.packages} == expected
    assert not inventory.problems
