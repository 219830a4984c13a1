"""Damage costs nothing that came before it, or no more than the problem says."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.io._decoders import decoder_of
from dunnage.io.decompress import CHUNK, LOST, Inflater
from dunnage.model.errors import InputError
from dunnage.model.limits import Limits
from images import compress

SOURCE = random.Random(4)  # noqa: S311 - any bytes
WORDS = [SOURCE.randbytes(SOURCE.randrange(2, 9)) for _ in range(500)]
CONTENT = b"".join(SOURCE.choice(WORDS) for _ in range(400_000))
BLOBS = {kind: compress(CONTENT, kind) for kind in ("gzip", "zstd", "xz")}


class Stream(io.BytesIO):
    """Cannot be read again, as what comes from a network."""

    def seekable(self) -> bool:
        """Say so."""
        return False

    def seek(self, _offset: int, _whence: int = 0, /) -> int:
        """Refuse to."""
        raise io.UnsupportedOperation


def read(raw: io.BytesIO) -> tuple[bytes, Inflater]:
    """Return the content of a damaged blob."""
    inflater = Inflater(raw, Limits(), algorithm="sha256")
    content = b"".join(inflater)
    assert inflater.stored_bytes == len(raw.getvalue())
    assert inflater.finished
    assert inflater.content_bytes == len(content)
    return content, inflater


def single(kind: str, blob: bytes) -> tuple[bytes, int]:
    """Return what a decoder gives that is fed byte by byte, and which byte it refuses."""
    decoder = decoder_of(kind)
    found = bytearray()
    for at in range(len(blob)):
        data = blob[at : at + 1]
        try:
            while data or not (decoder.needs_input or decoder.eof):
                found += decoder.decompress(data, CHUNK)
                data = b""
        except Exception:  # noqa: BLE001 - each library has its own
            return bytes(found), at
    return bytes(found), len(blob)


@pytest.mark.parametrize("kind", BLOBS)
@pytest.mark.parametrize("place", [0.2, 0.6, 0.97])
def test_nothing_before_damage_is_lost(kind: str, place: float) -> None:
    """In a file it is exactly what a decoder gives byte by byte; the problem names the byte."""
    byte = size = len(BLOBS[kind])
    at = int(size * place)
    while byte == size:  # some damage breaks no rule of a format without check sums
        blob = bytearray(BLOBS[kind])
        blob[at : at + 8] = b"\xff\0" * 4
        expected, byte = single(kind, bytes(blob))
        at -= 999
    content, inflater = read(io.BytesIO(blob))
    assert content == expected
    [problem] = inflater.problems
    assert (problem.code, problem.where) == ("damaged", f"byte {byte}")
    assert "what comes before was examined" in problem.message
    assert "except" not in problem.message
    assert "Error -" not in problem.message
    assert read(Stream(blob))[0] == expected[: len(read(Stream(blob))[0])]


@pytest.mark.parametrize("kind", BLOBS)
def test_a_stream_says_how_much_may_be_lost(kind: str) -> None:
    """What cannot be read again lacks no more than the problem says."""
    blob = bytearray(BLOBS[kind])
    blob[len(blob) // 2] ^= 0x55
    blob[-40:] = b"\xff" * 40
    whole, first = read(io.BytesIO(blob))
    content, inflater = read(Stream(blob))
    assert whole.startswith(content)
    assert len(whole) - len(content) <= LOST
    assert first.damaged
    [problem] = inflater.problems
    assert problem.message.endswith("except for up to 2 MiB of content right before it")
    assert problem.where.startswith("before byte ")


def test_damage_in_a_later_member() -> None:
    """Only the damaged member is decoded again; none of the others comes twice."""
    parts = [CONTENT[:200_000], CONTENT[200_000:500_000], CONTENT[500_000:900_000]]
    blobs = [compress(part, "gzip") for part in parts]
    start = len(blobs[0]) + len(blobs[1])
    blob = bytearray(b"".join(blobs))
    blob[start + len(blobs[2]) // 2] ^= 0xFF
    expected, byte = single("gzip", bytes(blob[start:]))
    content, inflater = read(io.BytesIO(blob))
    assert content == parts[0] + parts[1] + expected
    assert inflater.problems[0].where == f"byte {start + byte}"


def test_a_blob_within_a_file() -> None:
    """Offsets count from where the blob begins."""
    blob = bytearray(BLOBS["gzip"])
    blob[-8] ^= 1
    raw = io.BytesIO(b"before" + bytes(blob))
    raw.seek(6)
    inflater = Inflater(raw, Limits())
    assert b"".join(inflater) == CONTENT
    assert inflater.stored_bytes == len(blob)


def test_reading_again_fails() -> None:
    """A medium that fails meanwhile is told like any other failure."""

    class Failing(io.BytesIO):
        def seek(self, _offset: int, _whence: int = 0, /) -> int:
            raise OSError(5, "Input/output error")

    blob = bytearray(BLOBS["gzip"])
    blob[-8] ^= 1
    with pytest.raises(InputError, match="reading stopped: Input/output error"):
        b"".join(Inflater(Failing(blob), Limits()))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["gzip", "zstd", "xz", "bzip2"]), st.data())
def test_any_damage(kind: str, data: st.DataObject) -> None:
    """Wherever bytes change, a file gives at least what a stream gives, and both are hashed."""
    blob = bytearray(compress(CONTENT[: data.draw(st.integers(0, 3000))], kind))
    for _ in range(data.draw(st.integers(1, 3))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    content, file = read(io.BytesIO(blob))
    less, stream = read(Stream(blob))
    assert content.startswith(less)
    assert file.damaged == stream.damaged
    assert [p.code for p in file.problems] == [p.code for p in stream.problems]
