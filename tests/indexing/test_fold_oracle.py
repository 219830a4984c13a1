"""The fold against a naive file system that unpacks one entry after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dunnage.indexing._paths import ancestors, resolve
from images import Symlink, layer_tar
from stubs import MAGIC, index

if TYPE_CHECKING:
    from images import Content

Entry = tuple[str, "Content"]
Node = tuple[str, str, str]

SEGMENT = st.sampled_from(["a", "b", "c"])
PATH = st.lists(SEGMENT, min_size=1, max_size=3).map("/".join)
# Links to the root would let one entry of a layer replace the link another one went through,
# which depends on the order of entries in a way no real layer does.
TARGET = st.one_of(PATH, PATH.map(lambda p: "/" + p), PATH.map(lambda p: "../" + p))
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
        self.looped = False

    def real(self, folder: str, links: dict[str, str]) -> str:
        """Return a directory with links followed; a loop, which engines refuse, is noted."""
        found = resolve(folder, links)
        self.looped = self.looped or found is None
        return folder if found is None else found

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

    def unpack(self, layer: list[Node], number: int) -> None:
        """Apply one layer: what it removes first, then its entries in order."""
        literal = frozenset(path for path, kind, _ in layer if kind in {"dir", "link", "file"})
        below = self.links(literal)
        for path, kind, _ in layer:
            folder, _, base = path.rpartition("/")
            if kind == "whiteout":
                found = self.real(folder, below)
                self.remove(f"{found}/{base}" if found else base)
            elif kind == "opaque":
                self.remove(self.real(path, below), itself=False)
        for index_, (path, kind, target) in enumerate(layer):
            if kind in {"dir", "link", "file"}:
                content = _content(kind, target, number, index_)
                self.put(path, content)

    def put(self, path: str, content: Content) -> None:
        """Write one entry, following links in its directory."""
        folder, _, base = path.rpartition("/")
        folder = self.real(folder, self.links())
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


def _tar(layer: list[Node], number: int) -> bytes:
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


def _ordered(layer: list[Node]) -> list[Node]:
    """Order entries as tools that write layers do, and write each path once."""
    once = {path: (path, kind, target) for path, kind, target in layer}
    return sorted(once.values(), key=lambda item: (RANK[item[1]], item[0]))


def _consistent(layer: list[Node]) -> list[Node]:
    """Leave out entries below what is a file or a link in the same layer."""
    solid = {path for path, kind, _ in layer if kind in {"file", "link"}}
    return _ordered([item for item in layer if solid.isdisjoint(ancestors(item[0]))])


def _compare(layers: list[list[Node]]) -> None:
    disk = Disk()
    for number, layer in enumerate(layers):
        disk.unpack(layer, number)
    assume(not disk.looped)
    expected = {
        (path, node.removeprefix(MAGIC).decode())
        for path, node in disk.nodes.items()
        if isinstance(node, bytes)
    }
    inventory = index([_tar(layer, number) for number, layer in enumerate(layers)]).inventory
    assert {(p.locations[0].path, p.name) for p in inventory.packages} == expected
    assert not inventory.problems


@settings(max_examples=250, deadline=None)
@given(st.lists(st.lists(NODE, max_size=7).map(_consistent), min_size=1, max_size=4))
def test_visible_files_are_those_of_a_file_system(layers: list[list[Node]]) -> None:
    """Every file a container would see gives its fact, at its real path, and no other does."""
    _compare(layers)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(NODE.filter(lambda node: node[1] != "link"), max_size=7).map(_ordered),
        min_size=1,
        max_size=4,
    )
)
def test_layers_that_contradict_themselves(layers: list[list[Node]]) -> None:
    """What is a file and a directory in one layer is what it was written as last."""
    _compare(layers)
