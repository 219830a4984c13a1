"""A file system in memory into which layers are unpacked one entry after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from dunnage.indexing._paths import ancestors, resolve
from images import Hardlink, Symlink, layer_tar
from stubs import MAGIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from images import Content


class Entry(NamedTuple):
    """One entry of a layer.

    Attributes:
        path: Where it is.
        kind: ``file``, ``dir``, ``link``, ``hard``, ``whiteout`` or ``opaque``.
        target: Of a link.
    """

    path: str
    kind: str
    target: str = ""


class RefusedError(Exception):
    """No engine unpacks such a layer."""


class _Followed(Mapping[str, str]):
    """Symbolic links that remember which of them were followed."""

    def __init__(self, links: dict[str, str]) -> None:
        self._links = links
        self.passed: set[str] = set()

    def __getitem__(self, path: str) -> str:
        target = self._links[path]
        self.passed.add(path)
        return target

    def __iter__(self) -> Iterator[str]:
        return iter(self._links)

    def __len__(self) -> int:
        return len(self._links)


class Disk:
    """What is at each path: None is a directory, bytes a file, Symlink a link.

    The rules are those of ``umoci unpack`` (``UnpackEntry``), which tests with that tool confirm.

    Attributes:
        nodes: By path.
        odd: True if a layer took a symbolic link away after it had gone through it, went through a
            link of its own that lies behind one of a lower layer, or through one that it had named
            by a hard link, or replaced one that lies behind another. What comes of that depends on
            the order of entries, and differs from engine to engine.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, bytes | Symlink | None] = {}
        self.odd = False
        self._passed: set[str] = set()
        self._upper: set[str] = set()
        self._made: set[str] = set()

    def links(self) -> dict[str, str]:
        """Return the symbolic links."""
        nodes = self.nodes.items()
        return {path: node.target for path, node in nodes if isinstance(node, Symlink)}

    def unpack(self, layer: list[Entry], number: int) -> None:
        """Apply one layer.

        Raises:
            RefusedError: If no engine would.
        """
        self._passed.clear()
        self._made.clear()
        self._upper.clear()
        for position, entry in enumerate(layer):
            if entry.kind == "opaque":
                folder = self._real(entry.path)
                if not folder or self.nodes.get(folder, b"") is None:
                    self._hide(folder, itself=False)
            elif entry.kind == "whiteout":
                self._hide(self._place(entry.path), itself=True)
            else:
                self._put(entry, content(entry, number, position))

    def _real(self, folder: str) -> str:
        links = _Followed(self.links())
        found = resolve(folder, links)
        if found is None:
            raise RefusedError
        self._passed |= links.passed
        self.odd = self.odd or not self._made.isdisjoint(links.passed)
        return found

    def _place(self, path: str) -> str:
        folder, _, base = path.rpartition("/")
        folder = self._real(folder)
        return f"{folder}/{base}" if folder else base

    def _hide(self, place: str, *, itself: bool) -> None:
        below = place + "/" if place else ""
        for path in list(self.nodes):
            if path not in self._upper and (path.startswith(below) or (itself and path == place)):
                self._remove(path)

    def _remove(self, path: str) -> None:
        self.odd = self.odd or path in self._passed
        del self.nodes[path]

    def _put(self, entry: Entry, node: Content) -> None:
        place = self._place(entry.path)
        behind = place != entry.path
        above = list(ancestors(place))
        if any(self.nodes.get(folder) is not None for folder in above):
            raise RefusedError
        self.nodes.update(dict.fromkeys(folder for folder in above if folder not in self.nodes))
        if node is not None or self.nodes.get(place, b"") is not None:
            for path in [p for p in self.nodes if p == place or p.startswith(place + "/")]:
                self.odd = self.odd or (behind and isinstance(self.nodes[path], Symlink))
                self._remove(path)
        if isinstance(node, Hardlink):
            found = self.nodes.get(self._place(entry.target))
            if found is None:
                raise RefusedError
            node = found
            behind = True
        if behind and isinstance(node, Symlink):
            self._made.add(place)
        self.nodes[place] = node
        self._upper.update((place, *above))


def content(entry: Entry, number: int, position: int) -> Content:
    """Return what an entry is; files are all different."""
    if entry.kind == "file":
        return MAGIC + f"{number}-{position}".encode()
    if entry.kind == "link":
        return Symlink(entry.target)
    return Hardlink(entry.target) if entry.kind == "hard" else None


def tar_of_entries(layer: list[Entry], number: int) -> bytes:
    """Return the archive of one layer."""
    entries: list[tuple[str, Content]] = []
    for position, entry in enumerate(layer):
        folder, slash, base = entry.path.rpartition("/")
        if entry.kind == "whiteout":
            entries.append((f"{folder}{slash}.wh.{base}", b""))
        elif entry.kind == "opaque":
            entries.append((f"{entry.path}/.wh..wh..opq", b""))
        else:
            entries.append((entry.path, content(entry, number, position)))
    return layer_tar(entries)
