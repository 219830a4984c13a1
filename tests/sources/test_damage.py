"""What lies before damage is examined, and one cause is one problem."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dunnage.flows._examine import Request, examine
from dunnage.model.problem import Effect
from dunnage.model.progress import Silent
from images import Content, compress, docker_image, layer_tar, write_oci_dir

if TYPE_CHECKING:
    from dunnage.model.report import Subject

COUNT = 60
PLACES = 100


def layer() -> bytes:
    """Return a tar of many packages with something between them that does not compress."""
    source = random.Random(11)  # noqa: S311 - any bytes
    entries: dict[str, Content] = {}
    for number in range(COUNT):
        text = f"Name: p{number}\nVersion: 1.{number}\nSummary: {source.random()}\n"
        entries[f"app/p{number}-1.dist-info/METADATA"] = text.encode()
        entries[f"app/noise-{number}"] = source.randbytes(source.randrange(200))
    return layer_tar(entries)


PLAIN = layer()


def examined(path: Path | str) -> Subject:
    """Examine a target as the verbs do, with a cache that is never made."""
    request = Request(Path("/dev/null/cache"), offline=True)
    (subject,), _ = examine(str(path), request, Silent())
    return subject


def names(subject: Subject) -> set[str]:
    """Return the names of the packages that were found."""
    return {package.name for package in subject.inventory.packages}


def decoded(blob: bytes) -> bytes:
    """Return what zlib gives of a damaged blob that is fed byte by byte."""
    reader = zlib.decompressobj(31)
    found = bytearray()
    try:
        for at in range(len(blob)):
            found += reader.decompress(blob[at : at + 1])
    except zlib.error:
        pass
    return bytes(found)


def whole_before(content: bytes) -> set[str]:
    """Return the packages whose entries lie wholly before the first damaged byte of a tar.

    What follows repeats what came before, so that it may bring another file of the same path.
    """
    length = common(content, PLAIN)
    with tarfile.open(fileobj=io.BytesIO(PLAIN)) as tar:
        return {
            member.name.split("/")[1].partition("-")[0]
            for member in tar
            if member.name.endswith("METADATA")
            and member.offset_data + member.size <= length
            and content.count(member.name.encode()) == 1
        }


def common(one: bytes, other: bytes) -> int:
    """Return how many bytes two texts begin with alike."""
    short = min(len(one), len(other))
    return next((at for at in range(short) if one[at] != other[at]), short)


def test_everything_before_a_flipped_bit_is_examined(tmp_path: Path) -> None:
    """At a hundred places of a gzip layer: each entry that lies wholly before the damage is there.

    The oracle is zlib fed byte by byte: what it gives, as far as it is what was compressed.
    """
    blob = gzip.compress(PLAIN, mtime=0)
    source = random.Random(5)  # noqa: S311 - any places
    path = tmp_path / "layer.tar.gz"
    seen = 0
    for at in source.sample(range(12, len(blob) - 8), PLACES):
        broken = bytearray(blob)
        broken[at] ^= 1 << source.randrange(8)
        path.write_bytes(broken)
        expected = whole_before(decoded(bytes(broken)))
        if not expected:  # perhaps not even the first header is left
            continue
        subject = examined(f"dir:{path}")
        assert expected <= names(subject), at
        serious = [p for p in subject.problems if p.effect is Effect.INCOMPLETE]
        codes = {p.code for p in serious}
        assert codes & {"damaged", "layer-not-examined", "truncated"}, (at, serious)
        assert len(serious) == len(codes), (at, serious)
        seen += len(expected)
    assert seen > PLACES * COUNT // 4


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_truncated_layer_is_one_problem(kind: str, tmp_path: Path) -> None:
    """Stream and tar end at once; the problem says which layer, where, and what was examined."""
    noise = random.Random(3).randbytes(300_000)  # noqa: S311 - any bytes
    plain = layer_tar({"a-1.dist-info/METADATA": b"Name: a\nVersion: 1\n", "noise": noise})
    written = write_oci_dir(tmp_path, [plain, PLAIN], compression=kind)
    blob = tmp_path / "blobs" / written.digests[0].replace(":", "/")
    blob.write_bytes(blob.read_bytes()[:200_000])
    subject = examined(f"oci-dir:{tmp_path}")
    [problem] = subject.problems
    assert (problem.code, problem.effect) == ("truncated", Effect.INCOMPLETE)
    assert problem.where == f"layer 0 ({written.diff_ids[0][:19]}): byte 200000"
    assert problem.message == f"the {kind} data ends too early; what comes before was examined"
    assert problem.advice == "fetch or save the image again"
    assert "a" in names(subject)


def test_a_layer_that_is_shorter_than_its_manifest_says(tmp_path: Path) -> None:
    """Whole and valid, but another blob: one problem, and nothing of it is used.

    An uncompressed one has no end of its own, so that it counts as cut off.
    """
    other = layer_tar({"app/evil-1.dist-info/METADATA": b"Name: evil\nVersion: 1\n"})
    for compression, found in (("gzip", set[str]()), ("zstd", set[str]()), ("none", {"evil"})):
        written = write_oci_dir(tmp_path / compression, [PLAIN], compression=compression)
        blob = tmp_path / compression / "blobs" / written.digests[0].replace(":", "/")
        size = blob.stat().st_size
        blob.write_bytes(compress(other, compression))
        subject = examined(f"oci-dir:{tmp_path / compression}")
        [problem] = subject.problems
        assert problem.effect is Effect.INCOMPLETE
        assert problem.advice
        assert names(subject) == found
        told = f"after {len(other)} of {size} bytes" if found else "nothing in the layer was used"
        assert told in problem.message


@pytest.mark.parametrize("packed", [False, True])
def test_a_truncated_archive_is_told_once_for_each_layer(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001 - a parameter
    """The layer that was cut and the one that is gone; why is only a note."""
    parts = [PLAIN, layer_tar({"b": b"x" * 90_000}), layer_tar({"c": b"y"})]
    entries, manifest, _ = docker_image(parts)
    first: dict[str, Content] = {"manifest.json": json.dumps([manifest]).encode()}
    archive = layer_tar({**first, **entries})
    cut = archive.index(b"x" * 512) + 1000
    blob = gzip.compress(archive[:cut] + random.Random(1).randbytes(60_000)) if packed else archive  # noqa: S311 - any bytes
    path = tmp_path / "app.tar"
    path.write_bytes(blob[: len(blob) - 30_000] if packed else blob[:cut])
    subject = examined(path)
    serious = [p for p in subject.problems if p.effect is Effect.INCOMPLETE]
    assert [p.where.partition(" (")[0] for p in serious] == ["layer 1", "layer 2"]
    assert all(p.advice for p in serious)
    notes = [p for p in subject.problems if p.effect is Effect.NOTE]
    assert [p.where.partition(",")[0] for p in notes] == ([str(path)] if packed else [])
    assert len(names(subject)) == COUNT


def test_missing_blobs_are_named(tmp_path: Path) -> None:
    """Which blob of which layout, and what to do; no other path than the one the user wrote."""
    written = write_oci_dir(tmp_path / "image", [PLAIN, layer_tar({"b": b""})])
    hexdigest = written.digests[0].removeprefix("sha256:")
    (tmp_path / "image/blobs/sha256" / hexdigest).unlink()
    [problem] = examined(f"oci-dir:{tmp_path / 'image'}").problems
    assert problem.message == "the layer is missing"
    assert problem.where.endswith(f": {tmp_path / 'image'}, blobs/sha256/{hexdigest}")
    assert problem.advice == "fetch or save the image again"
