"""Blobs as stored become uncompressed bytes, whatever was done to them."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import sys
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dunnage.io import _decoders
from dunnage.io.decompress import CHUNK, Inflater, inflate, kind_of, zstd_compress, zstd_decompress
from dunnage.model.errors import InputError, LimitError
from dunnage.model.limits import Limits
from dunnage.model.problem import Effect
from images import compress

KINDS = ("gzip", "zstd", "xz", "bzip2")
CONTENT = random.Random(7).randbytes(300_000) + bytes(3_000_000) + b"end"  # noqa: S311 - any bytes


def _read(blob: bytes, limits: Limits | None = None) -> tuple[bytes, Inflater]:
    inflater = inflate(io.BytesIO(blob), limits or Limits(), algorithm="sha256")
    content = b"".join(inflater)
    assert inflater.stored is not None
    assert inflater.stored.hexdigest() == hashlib.sha256(blob).hexdigest()
    assert inflater.stored_bytes == len(blob)
    assert inflater.content_bytes == len(content)
    return content, inflater


@pytest.mark.parametrize("kind", [*KINDS, "none"])
def test_every_kind(kind: str) -> None:
    """Each format comes out whole, in bounded chunks, with the hash of the stored bytes."""
    blob = compress(CONTENT, kind)
    content, inflater = _read(blob)
    assert content == CONTENT
    assert inflater.kind == kind
    assert not inflater.problems
    assert max(map(len, inflate(io.BytesIO(blob), Limits()))) <= CHUNK


@pytest.mark.parametrize("kind", KINDS)
def test_several_members_with_padding(kind: str) -> None:
    """Members, frames and streams that follow each other are one content, zeros between them."""
    blob = compress(b"one", kind) + compress(b"", kind) + bytes(700) + compress(b"two", kind)
    content, inflater = _read(blob + bytes(5))
    assert content == b"onetwo"
    assert not inflater.problems


def test_very_many_small_members() -> None:
    """A blob of thousands of members, as estargz makes them, is one content."""
    parts = [bytes([n % 256]) * 100 for n in range(5000)]
    content, inflater = _read(b"".join(gzip.compress(part, 1) for part in parts))
    assert content == b"".join(parts)
    assert not inflater.problems


def test_zstd_skippable_frames() -> None:
    """Skippable frames (RFC 8878 section 3.1.2) before, between and after hold no content."""
    skip = b"\x5a\x2a\x4d\x18\x03\0\0\0abc"
    content, inflater = _read(
        skip + compress(b"one", "zstd") + skip + compress(b"two", "zstd") + skip
    )
    assert content == b"onetwo"
    assert not inflater.problems


@pytest.mark.parametrize("kind", KINDS)
def test_trailing_data_is_noticed(kind: str) -> None:
    """What follows the last member is read for the hash, ignored, and told with its offset."""
    blob = compress(CONTENT, kind)
    content, inflater = _read(blob + b"something else" * 100_000)
    assert content == CONTENT
    [problem] = inflater.problems
    assert (problem.code, problem.effect) == ("trailing-data", Effect.NOTE)
    assert problem.where == f"byte {len(blob)}"


@pytest.mark.parametrize("kind", KINDS)
def test_truncation_keeps_what_was_read(kind: str) -> None:
    """A cut blob gives its beginning and a problem with the place where it was cut."""
    blob = compress(CONTENT, kind)[:-12]
    content, inflater = _read(blob)
    assert CONTENT.startswith(content)
    assert len(content) > 200_000 or kind == "bzip2"  # whose blocks come whole or not at all
    assert inflater.truncated
    [problem] = inflater.problems
    assert (problem.code, problem.effect) == ("truncated", Effect.INCOMPLETE)
    assert problem.where == f"byte {len(blob)}"


@pytest.mark.parametrize("kind", ["gzip", "xz", "bzip2"])
def test_damage_is_a_problem(kind: str) -> None:
    """Changed bytes never raise; the blob is still hashed to its end.

    A zstd frame need not hold a checksum: there only the digest of the layer can tell.
    """
    blob = bytearray(compress(CONTENT, kind))
    blob[len(blob) // 2 : len(blob) // 2 + 40] = b"\xff" * 40
    content, inflater = _read(bytes(blob))
    assert content != CONTENT
    assert inflater.damaged
    assert [problem.code for problem in inflater.problems] == ["damaged"]


@pytest.mark.parametrize("kind", KINDS)
def test_bombs_are_stopped(kind: str) -> None:
    """Both the absolute size and the ratio are bounded."""
    blob = compress(bytes(30_000_000), kind)
    with pytest.raises(LimitError, match="uncompressed bytes"):
        _read(blob, replace(Limits(), layer_bytes=1_000_000))
    with pytest.raises(LimitError, match="bomb"):
        _read(blob, replace(Limits(), ratio=10, ratio_floor=1_000_000))
    assert len(_read(blob, replace(Limits(), ratio=10, ratio_floor=40_000_000))[0]) == 30_000_000


def test_reading_errors_say_where() -> None:
    """An error of the source becomes an InputError with the offset."""

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 0:
                raise ConnectionResetError(104, "Connection reset by peer")
            return super().read(size)

    with pytest.raises(InputError, match="byte 262144: reading stopped"):
        b"".join(Inflater(Broken(bytes(400_000)), Limits()))


def test_gzip_without_isal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without isal the standard library reads the same."""
    monkeypatch.setitem(sys.modules, "isal", None)
    decoder = _decoders.decoder_of("gzip")
    assert isinstance(decoder, _decoders._Zlib)
    content, inflater = _read(gzip.compress(CONTENT) + gzip.compress(b"more"))
    assert content == CONTENT + b"more"
    assert not inflater.problems
    assert _read(gzip.compress(CONTENT)[:-5])[1].truncated


class _Slow(io.BytesIO):
    """Gives few bytes at a time, as a network does."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(3, size or 3))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([*KINDS, "none"]),
    st.lists(st.binary(max_size=300), max_size=3),
    st.integers(0, 400),
    st.binary(max_size=4),
    st.booleans(),
)
def test_any_bytes(kind: str, parts: list[bytes], at: int, change: bytes, slow: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever is changed, nothing but an InputError is raised and every byte is hashed."""
    blob = b"".join(compress(part, kind) for part in parts)
    blob = blob[:at] + change + blob[at + len(change) :]
    raw: BinaryIO = _Slow(blob) if slow else io.BytesIO(blob)
    inflater = Inflater(raw, Limits(), algorithm="sha256")
    content = b"".join(inflater)
    assert inflater.stored_bytes == len(blob)
    if not change and kind != "none":
        assert content == b"".join(parts)


def test_kinds_by_their_first_bytes() -> None:
    """Only whole magic numbers count."""
    for kind in KINDS:
        assert kind_of(compress(b"x", kind)[:6]) == kind
    for head in (b"", b"\x1f", b"BZh0", b"\xfd7zXY\0", b"\x60\x2a\x4d\x18", b"PK\3\4"):
        assert kind_of(head) == "none"


def test_single_frames() -> None:
    """The pair for small values keeps its bound and refuses what is not exactly one frame."""
    frame = zstd_compress(b"value" * 1000)
    assert zstd_decompress(frame, 5000) == b"value" * 1000
    with pytest.raises(LimitError):
        zstd_decompress(frame, 4999)
    for broken in (frame[:-1], frame + b"x", b"", b"nonsense"):
        with pytest.raises(InputError):
            zstd_decompress(broken, 5000)
