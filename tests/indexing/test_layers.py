"""What indexing an image gives, from its blobs to its inventory."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from dunnage.indexing.layers import index_layers
from dunnage.model.cataloger import Cataloger, Fact
from dunnage.model.errors import InputError, LimitError
from dunnage.model.image import Layer
from dunnage.model.limits import Limits
from dunnage.model.problem import Effect
from images import Hardlink, Symlink, compress, layer_tar, sha256
from stubs import CATALOGERS, MAGIC, PLAN, codes, image, index, layers_of, listed, with_plan

if TYPE_CHECKING:
    from typing import BinaryIO

    from dunnage.model.cataloger import File
    from images import Content

BASE = layer_tar(
    {
        "var/db/status": b"libc 1.0\nbash 5.0\n",
        "usr/lib/x/METADATA": b"x 1\n",
        "usr/bin/tool": MAGIC + b"tool",
    }
)
NEXT = layer_tar({"opt/y/METADATA": b"y 2\n"})


@pytest.mark.parametrize("compression", ["gzip", "zstd", "xz", "bzip2", "none"])
@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_every_compression_and_number_of_threads(compression: str, jobs: int) -> None:
    """The same packages come out, in order, however the layers are stored and read."""
    layers = image([BASE, NEXT, layer_tar({})], compression=compression)
    indexed = index_layers(layers, with_plan(jobs=jobs))
    assert listed(indexed) == {
        ("libc", "1.0", "var/db/status", 0),
        ("bash", "5.0", "var/db/status", 0),
        ("x", "1", "usr/lib/x/METADATA", 0),
        ("tool", "1", "usr/bin/tool", 0),
        ("y", "2", "opt/y/METADATA", 1),
    }
    packages = indexed.inventory.packages
    assert [p.type for p in packages] == ["deb", "deb", "golang", "pypi", "pypi"]
    assert {p.found_by for p in packages if p.type == "deb"} == {"database"}
    assert packages[0].locations[0].digest == sha256(BASE)
    assert not indexed.inventory.problems
    assert (indexed.examined.layers, indexed.examined.files) == (3, 4)
    assert indexed.examined.bytes_read == sum(layer.size for layer in layers.image.layers)


def test_large_bodies() -> None:
    """Bodies across chunks, beyond the memory bound, and beyond the disk bound."""
    big = MAGIC + b"big" + bytes(3_000_000)
    seen: list[tuple[int, str]] = []

    def parse(file: File) -> Fact:
        seen.append((file.size, hashlib.sha256(file.body.open().read()).hexdigest()))
        return Fact()

    plan = replace(PLAN, catalogers={"p": Cataloger(parse, 1, (), magic=(MAGIC,))})
    tar = layer_tar({"a": big, "b": big[:-1], "c": MAGIC})
    expected = [(len(b), hashlib.sha256(b).hexdigest()) for b in (big, big[:-1], MAGIC)]
    for limits in (
        Limits(),
        replace(Limits(), memory_body=1000),
        replace(Limits(), memory_budget=1000),
    ):
        seen.clear()
        assert not index([tar], replace(plan, limits=limits), compression="gzip").inventory.problems
        assert seen == expected
    small = replace(Limits(), memory_body=1000, spill_body=2_000_000)
    indexed = index([tar], replace(plan, limits=small))
    assert codes(indexed) == ["not-examined"] * 2
    assert indexed.inventory.problems[0].where.endswith(": a")
    narrow = replace(PLAN.catalogers["program"], max_size=1000)
    indexed = index([tar], with_plan(catalogers={"p": narrow}))
    assert codes(indexed) == ["too-large"] * 2
    assert len(indexed.inventory.packages) == 1


def test_broken_files_are_problems_of_their_file() -> None:
    """A cataloger's refusal or crash loses one file and names it; the others stay."""
    indexed = index(
        [layer_tar({"a/METADATA": b"bad", "b/METADATA": b"\xff\n", "c/METADATA": b"c 1"})]
    )
    assert [p.name for p in indexed.inventory.packages] == ["c"]
    first, second = indexed.inventory.problems
    assert (first.code, first.message, first.advice) == ("broken-file", "a bad line", "repair it")
    assert first.where.endswith(": a/METADATA")
    assert "UnicodeDecodeError" in second.message


def test_problems_of_removed_files_are_gone() -> None:
    """What a later layer removes or replaces is no problem of the image any more."""
    broken = layer_tar({"a/METADATA": b"bad", "b/METADATA": b"bad"})
    repaired = layer_tar({"a/.wh.METADATA": b"", "b/METADATA": b"b 1"})
    assert not index([broken, repaired]).inventory.problems


def test_truncated_layers_keep_their_facts() -> None:
    """A cut layer gives what came before the cut, and an incomplete problem with its place."""
    tar = layer_tar({"x/METADATA": b"x 1", "big": bytes(range(256)) * 4000})
    for kind in ("gzip", "none"):
        blob = compress(tar, kind)
        layer = Layer(0, sha256(blob), sha256(tar), len(blob))
        cut = blob[: len(blob) * 2 // 3]
        indexed = index_layers(layers_of([layer], [cut]), PLAN)
        assert [p.name for p in indexed.inventory.packages] == ["x"]
        assert "truncated" in codes(indexed)
        assert indexed.inventory.problems[0].effect is Effect.INCOMPLETE
        assert indexed.inventory.problems[0].where.startswith("layer 0 (sha256:")
    cut = compress(tar, "none")[:1024]
    layer = replace(layer, digest=sha256(tar), size=len(tar))
    assert codes(index_layers(layers_of([layer], [cut]), PLAN)) == ["layer-not-examined"]


def test_altered_layers_are_not_used() -> None:
    """A whole layer with a wrong digest gives nothing, but the other layers do."""
    good, other = compress(BASE, "gzip"), compress(NEXT, "gzip")
    layers = [
        Layer(0, sha256(good), sha256(BASE), len(good)),
        Layer(1, sha256(b"something else"), sha256(NEXT), len(other)),
    ]
    indexed = index_layers(layers_of(layers, [good, other]), PLAN)
    assert "y" not in {p.name for p in indexed.inventory.packages}
    assert len(indexed.inventory.packages) == 4
    assert codes(indexed) == ["digest-mismatch"]
    assert sha256(other) in indexed.inventory.problems[0].message
    layers[1] = Layer(1, sha256(other), sha256(b"another"), len(other))
    assert codes(index_layers(layers_of(layers, [good, other]), PLAN)) == ["digest-mismatch"]
    layers[1] = Layer(1, "md5:123", "", len(other))
    indexed = index_layers(layers_of(layers, [good, other]), PLAN)
    assert codes(indexed) == ["layer-not-examined"]
    assert len(indexed.inventory.packages) == 4


def test_sha512_digests() -> None:
    """Other algorithms of the image specification are verified too."""
    blob = compress(BASE, "gzip")
    digest = "sha512:" + hashlib.sha512(blob).hexdigest()
    for kind, stored in (("gzip", blob), ("none", BASE)):
        said = digest if kind == "gzip" else "sha512:" + hashlib.sha512(BASE).hexdigest()
        layer = Layer(0, said, sha256(BASE), len(stored))
        indexed = index_layers(layers_of([layer], [stored]), PLAN)
        assert not indexed.inventory.problems
        assert len(indexed.inventory.packages) == 4


def test_layers_that_are_no_layers() -> None:
    """Random, empty and missing blobs are one problem each, and never end the scan."""
    blobs = [b"", b"random bytes that are no tar" * 50, compress(NEXT, "gzip"), b"gone"]
    layers = layers_of([Layer(n, sha256(b), "", len(b)) for n, b in enumerate(blobs)], blobs)

    def opened(layer: Layer) -> BinaryIO:
        if layer.index == 3:
            raise InputError("the blob is missing", where="blobs/x", advice="fetch it")
        return layers.open(layer)

    for jobs in (1, 3):
        indexed = index_layers(replace(layers, open=opened), with_plan(jobs=jobs))
        assert [p.name for p in indexed.inventory.packages] == ["y"]
        assert codes(indexed) == ["layer-not-examined"] * 2
        assert indexed.inventory.problems[1].where.endswith(": blobs/x")
        assert indexed.inventory.problems[1].advice == "fetch it"


def test_bombs_and_deadline() -> None:
    """A bomb ends one layer; the end of the time ends all, keeping what was found."""
    bomb = layer_tar({"x/METADATA": b"x 1", "zero": bytes(20_000_000)})
    limits = replace(Limits(), layer_bytes=5_000_000)
    indexed = index([bomb, NEXT], with_plan(limits=limits), compression="gzip")
    assert {p.name for p in indexed.inventory.packages} == {"x", "y"}
    assert codes(indexed) == ["layer-not-examined"]
    late = with_plan(deadline=time.monotonic() - 1)
    assert codes(index([BASE, NEXT], late)) == ["timeout"] * 2
    with pytest.raises(LimitError):
        index([BASE, NEXT], with_plan(limits=replace(Limits(), layers=1)))


def test_a_layer_that_repeats_is_read_once() -> None:
    """The same stored digest twice is opened once, and still has both its places."""
    opened = []
    layers = image([NEXT, layer_tar({"opt/y/.wh.METADATA": b""}), NEXT])
    plain = layers.open

    def counting(layer: Layer) -> BinaryIO:
        opened.append(layer.index)
        return plain(layer)

    indexed = index_layers(replace(layers, open=counting), PLAN)
    assert len(opened) == 2
    assert listed(indexed) == {("y", "2", "opt/y/METADATA", 2)}


def test_hard_links() -> None:
    """A wanted name linked to an unwanted one is read; so are links between programs."""
    entries: dict[str, Content] = {
        "store/ab12": b"x 1\n",
        "site/METADATA": Hardlink("store/ab12"),
        "site/chain/METADATA": Hardlink("site/METADATA"),
        "bin/a": MAGIC + b"a",
        "bin/b": Hardlink("bin/a"),
        "lost/METADATA": Hardlink("nowhere"),
    }
    tar = layer_tar(entries)
    for compression in ("gzip", "none"):
        indexed = index([tar], compression=compression)
        assert {p.locations[0].path for p in indexed.inventory.packages} == {
            "site/METADATA",
            "site/chain/METADATA",
            "bin/a",
            "bin/b",
        }
        assert codes(indexed) == ["not-examined"]
        assert indexed.inventory.problems[0].where.endswith("lost/METADATA")


def test_written_twice_in_one_layer() -> None:
    """The last of several entries with one name wins, also when it holds nothing."""
    tar = layer_tar(
        [
            ("a/METADATA", b"a 1"),
            ("a/METADATA", b"a 2"),
            ("b/METADATA", b"b 1"),
            ("b/METADATA", Symlink("elsewhere")),
            ("c/METADATA", b"c 1"),
            ("c", b"a file now"),
            ("d/METADATA", b"d 1"),
            ("d", b"a file"),
            ("d/METADATA", b"d 2"),
            ("bin/e", MAGIC + b"e"),
            ("bin/e", b"#!/bin/sh"),
        ]
    )
    assert {(p.name, p.version) for p in index([tar]).inventory.packages} == {
        ("a", "2"),
        ("d", "2"),
    }


def test_names_that_are_no_text() -> None:
    """Paths and package names that are no UTF-8 come out writable everywhere."""
    tar = layer_tar({"caf\udce9/METADATA": b"x 1", "bin/z": MAGIC + b"n\xe9"})
    packages = index([tar]).inventory.packages
    assert packages[0].name.encode().startswith(b"n")
    assert packages[1].locations[0].path == r"caf\xe9/METADATA"
    assert packages[1].ref.encode()


def test_catalogers_are_asked_by_name_folder_and_magic() -> None:
    """All ways to want a file work through layers, and each is asked once."""
    asked: list[tuple[str, str]] = []

    def cataloger(name: str, **wants: object) -> Cataloger:
        def parse(file: File) -> None:
            asked.append((name, file.path))

        return Cataloger(parse, 1, (), **wants)  # type: ignore[arg-type]  # drawn below

    plan = replace(
        PLAN,
        catalogers={
            "suffix": cataloger("suffix", suffixes=(".jar",), magic=(b"PK",)),
            "folder": cataloger("folder", folders=("db/info",), folder_suffixes=(".list",)),
            **{key: CATALOGERS[key] for key in ("database",)},
        },
    )
    index(
        [layer_tar({"x/a.jar": b"PK12", "db/info/y.list": b"", "db/info/y.md5": b"", "z": b"PK"})],
        plan,
    )
    assert asked == [("suffix", "x/a.jar"), ("folder", "db/info/y.list"), ("suffix", "z")]
