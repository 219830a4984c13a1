"""The files a container would see, against a file system that unpacks one entry after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dunnage.model.surface import Waste
from images import Hardlink, Symlink
from indexing.test_fold_oracle import ENTRY, _orderly, _unpacked
from stubs import index
from surfaces import Item, files_of, measuring, surface_of_layers, tar_of, unpacked
from unpacking import Entry, tar_of_entries

if TYPE_CHECKING:
    from pathlib import Path

    from unpacking import Disk


def _compare(layers: list[list[Entry]], disk: Disk) -> None:
    files = files_of(*(tar_of_entries(layer, n) for n, layer in enumerate(layers)))
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


def test_waste_has_a_cause_and_two_layers() -> None:
    """Bytes that no container sees are told by cause, by where they lie, and by what did it."""
    base = tar_of(
        Item("kept", b"k" * 10),
        Item("gone", b"g" * 100),
        Item("changed", b"c" * 1000, modified=1),
        Item("owned", b"o" * 10000, modified=1),
        Item("cache/a", b"a" * 7),
        Item("cache/b", b"b" * 8),
    )
    upper = tar_of(
        Item(".wh.gone"),
        Item("changed", b"d" * 1000, modified=2),
        Item("owned", b"o" * 10000, owner=5, modified=1),
        Item("cache", None),
        Item("cache/.wh..wh..opq"),
    )
    files = files_of(base, upper)
    assert files.waste == (
        Waste("metadata-only", 0, 1, 10000, 1, "owned"),
        Waste("overwritten", 0, 1, 1000, 1, "changed"),
        Waste("deleted", 0, 1, 115, 3, "gone"),
    )
    assert files.layer_bytes - unpacked(files) == 11115


def test_the_same_file_twice_in_a_layer_is_waste_of_that_layer() -> None:
    """What a layer replaces itself is there twice."""
    files = files_of(tar_of(Item("a", b"1" * 30), Item("a", b"2" * 5)))
    assert files.waste == (Waste("overwritten", 0, 0, 30),)


def test_a_file_goes_with_its_last_name() -> None:
    """As long as one name of a file is there, its bytes are not wasted."""
    base = tar_of(Item("a", b"x" * 50), Item("b", Hardlink("a")), Item("c", Hardlink("a")))
    one = files_of(base, tar_of(Item(".wh.a"), Item(".wh.b")))
    assert one.waste == ()
    assert unpacked(one) == 50
    none = files_of(base, tar_of(Item(".wh.a"), Item(".wh.b")), tar_of(Item(".wh.c")))
    assert none.waste == (Waste("deleted", 0, 2, 50, 1, "c"),)


def test_a_hard_link_of_a_later_layer_keeps_a_file() -> None:
    """A layer may give a file of a lower one another name and take the old one away."""
    files = files_of(tar_of(Item("a", b"x" * 50)), tar_of(Item("b", Hardlink("a")), Item(".wh.a")))
    assert [(e.path, e.size) for e in files.entries()] == [("b", 50)]
    assert files.waste == ()


def test_modes_owners_and_capabilities_survive_the_fold() -> None:
    """The last writing counts, also for directories; extended headers win over plain fields."""
    capability = bytes.fromhex("0100000200200000000000000000000000000000")
    files = files_of(
        tar_of(Item("d", None, 0o700), Item("d/f", b"1", 0o600)),
        tar_of(
            Item("d", None, 0o1777),
            Item("d/f", b"2", 0o4755, owner=3_000_000, group=7, capability=capability),
        ),
    )
    folder, file = files.entry("d"), files.entry("d/f")
    assert folder is not None
    assert file is not None
    assert (folder.mode, folder.layer) == (0o1777, 1)
    assert (file.mode, file.owner, file.group, file.layer) == (0o4755, 3_000_000, 7, 1)
    assert files.capability(file.content) == capability


def test_the_cache_knows_listings_and_keeps_records_apart(tmp_path: Path) -> None:
    """A scan that measures leaves the record of the layer as it was, and the next reads nothing."""
    tars = [tar_of(Item("bin/x", b"\x7fELF", 0o4755), Item("a", b"a" * 9))]
    plain = replace(measuring(), measure=None, cache_root=tmp_path)
    index(tars, plain)
    folder = tmp_path / "layers"
    (before,) = ((path.name, path.read_bytes()) for path in folder.iterdir())
    plan = replace(measuring(), cache_root=tmp_path)
    first = index(tars, plan)
    assert first.examined.layers_cached == 0
    assert (folder / before[0]).read_bytes() == before[1]
    assert len(list(folder.iterdir())) == 2
    again = index(tars, plan)
    assert again.examined.layers_cached == 1
    assert again.examined.bytes_read == 0
    assert again.surface == first.surface == surface_of_layers(*tars)


def test_a_damaged_listing_is_a_miss(tmp_path: Path) -> None:
    """Whatever happened to a listing in the cache, the layer is read again."""
    tars = [tar_of(Item("bin/x", b"\x7fELF", 0o4755))]
    plan = replace(measuring(), cache_root=tmp_path)
    first = index(tars, plan)
    for path in (tmp_path / "layers").iterdir():
        data = path.read_bytes()
        if data.startswith(b"dunnage-listing"):
            for damaged in (b"", data[:60], data[:-1] + bytes([data[-1] ^ 1])):
                path.write_bytes(damaged)
                again = index(tars, plan)
                assert again.examined.layers_cached == 0
                assert again.surface == first.surface
