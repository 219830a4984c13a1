"""The files a container would see, against a file system that unpacks one entry after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.indexing.files import Files
from images import Hardlink, Symlink, layer_tar
from indexing.test_fold_oracle import ENTRY, _orderly, _unpacked
from stubs import index, with_plan
from unpacking import Entry, tar_of_entries

if TYPE_CHECKING:
    from images import Content
    from unpacking import Disk

PLAN = with_plan(measure=lambda files: files)


def files_of(tars: list[bytes]) -> Files:
    """Return the files that layers make."""
    return cast("Files", index(tars, PLAN).surface)


def unpacked(files: Files) -> int:
    """Return the bytes of the tree, each content once."""
    return sum({e.content: e.size for e in files.entries() if e.kind == "f"}.values())


def _compare(layers: list[list[Entry]], disk: Disk) -> None:
    files = files_of([tar_of_entries(layer, n) for n, layer in enumerate(layers)])
    seen: dict[str, object] = {}
    for entry in files.entries():
        if entry.kind == "l":
            seen[entry.path] = Symlink(files.links[entry.path])
        else:
            seen[entry.path] = entry.size if entry.kind == "f" else None
    expected = {
        path: len(node) if isinstance(node, bytes) else node for path, node in disk.nodes.items()
    }
    assert seen == expected
    assert files.layer_bytes - unpacked(files) == sum(waste.size for waste in files.waste)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.lists(ENTRY, min_size=1, max_size=5), min_size=1, max_size=3))
def test_any_layers_that_engines_accept(layers: list[list[Entry]]) -> None:
    """The tree is what an engine unpacks, and what is wasted is exactly what is not in it."""
    _compare(layers, _unpacked(layers))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(ENTRY, max_size=8).map(_orderly), min_size=1, max_size=4))
def test_orderly_layers(layers: list[list[Entry]]) -> None:
    """Likewise for layers as tools write them."""
    _compare(layers, _unpacked(layers))
