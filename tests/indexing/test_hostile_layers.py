"""Whatever a blob holds, indexing ends with an inventory and problems."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.indexing.layers import index_layers
from dunnage.model.image import Layer
from dunnage.model.limits import Limits
from images import Hardlink, Symlink, compress, layer_tar, sha256
from stubs import MAGIC, codes, image, index, layers_of, with_plan

TAR = layer_tar(
    [
        ("var/db/status", b"libc 1.0 owns=a\nbash 5.0\n"),
        ("lib", Symlink("usr/lib")),
        ("lib/x/METADATA", b"x 1\n"),
        ("hard/METADATA", Hardlink("lib/x/METADATA")),
        ("bin/tool", MAGIC + b"tool" * 900),
        ("bin/.wh.old", b""),
        ("é" * 120, None),
    ]
)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(["none", "gzip", "zstd", "xz", "bzip2"]),
    st.lists(st.tuples(st.integers(0, len(TAR)), st.binary(min_size=1, max_size=6)), max_size=4),
    st.integers(1, len(TAR)),
    st.booleans(),
    st.sampled_from([1, 2]),
)
def test_changed_blobs(
    kind: str,
    changes: list[tuple[int, bytes]],
    cut: int,
    inside: bool,  # noqa: FBT001 - drawn
    jobs: int,
) -> None:
    """Changes before or after compression give problems, and never anything but an inventory.

    With digests, what was changed without being cut gives nothing at all.
    """
    data = bytearray(TAR if inside else compress(TAR, kind))
    for at, change in changes:
        data[at : at + len(change)] = change[: max(len(data) - at, 0)]
    blob = compress(bytes(data[:cut]), kind) if inside else bytes(data[:cut])
    loose = index_layers(layers_of([Layer(0)], [blob]), with_plan(jobs=jobs))
    assert loose.examined.layers == 1
    good = Layer(0, sha256(compress(TAR, kind)), sha256(TAR), len(blob))
    strict = index_layers(layers_of([good], [blob]), with_plan(jobs=jobs))
    if blob != compress(TAR, kind):
        assert strict.inventory.problems
    else:
        assert not strict.inventory.problems
        assert len(strict.inventory.packages) == 5


def test_links_that_lead_deeper_than_any_path() -> None:
    """A link below which a later layer puts files cannot make paths of megabytes out of them."""
    link = layer_tar({"a": Symlink("x/" * 30_000)})
    files = layer_tar({f"a/{number}/METADATA": b"p 1\n" for number in range(20)})
    indexed = index_layers(image([link, files]), with_plan())
    paths = [package.locations[0].path for package in indexed.inventory.packages]
    assert len(paths) == 20
    assert max(map(len, paths)) < 5000


def test_a_package_listed_very_often() -> None:
    """Names are given to copies of one package in time that grows with their number."""
    count = 20_000
    start = time.process_time()
    indexed = index_layers(image([layer_tar({"METADATA": b"p 1\n" * count})]), with_plan())
    assert len({package.ref for package in indexed.inventory.packages}) == count
    assert time.process_time() - start < 10


def test_paths_of_all_layers_together_are_bounded() -> None:
    """Layers of a few kilobytes cannot fill the memory with directories they only imply."""

    def deep(prefix: str, levels: int) -> bytes:
        return layer_tar(
            [(f"{prefix}{n}/" + "x/" * levels + "METADATA", b"x 1\n") for n in range(50)]
        )

    tars = [deep(f"{n}", 200) for n in range(4)]
    room = with_plan(limits=Limits(path_memory=8 << 20))
    indexed = index(tars, room)
    assert "layer-not-examined" in codes(indexed)
    assert 0 < len(indexed.inventory.packages) < 200
    assert any("the paths of all layers" in p.message for p in indexed.inventory.problems)
    assert not codes(index(tars))
    assert set(codes(index([deep("", 1000)]))) == {"bad-path"}


def test_packages_of_all_layers_together_are_bounded() -> None:
    """What fits is reported, and what does not is told."""
    tars = [layer_tar([(f"{n}/METADATA", b"x 1\ny 2\n")]) for n in range(4)]
    indexed = index(tars, with_plan(limits=Limits(target_packages=5), jobs=1))
    assert len(indexed.inventory.packages) == 4
    assert codes(indexed) == ["layer-not-examined"] * 2


def test_moved_layers_are_bounded_in_time() -> None:
    """Removing far below deep links ends early, and many files in one deep directory are quick."""
    folder = "d/" * 250
    tars = [
        layer_tar([(f"{folder}{n}", Symlink("x")) for n in range(2000)]),
        layer_tar([(f"{folder[:-2]}.wh.x", b""), (f"{folder}.wh.7", b"")]),
    ]
    before = time.process_time()
    assert not codes(index(tars * 20))
    assert time.process_time() - before < 20
