"""Zip archives are read like the standard library reads them, and hostile ones in bounds."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisories.mirrors import zipped
from dunnage.advisories import _zip
from dunnage.model.errors import InputError, LimitError

SAMPLE = zipped({"a.json": b"a" * 1000, "b/c.json": b"", "d.txt": b"no"})


def _read(data: bytes, suffix: str = "") -> dict[str, bytes | None]:
    return {m.name: m.data for m in _zip.members(io.BytesIO(data), suffix=suffix)}


@given(
    st.dictionaries(
        st.text("abc./é", min_size=1, max_size=6), st.binary(max_size=2000), max_size=5
    ),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.binary(max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_same_as_the_standard_library(
    entries: dict[str, bytes], method: int, comment: bytes
) -> None:
    """Every member the standard library reads is read, with the same content."""
    entries = {name: data for name, data in entries.items() if not name.endswith("/")}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        archive.comment = comment.replace(b"PK", b"pk")
        for name, data in entries.items():
            archive.writestr(name, data)
    assert _read(target.getvalue()) == entries


def test_zip64() -> None:
    """Archives with more than 65535 members are read whole."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(65_600):
            archive.writestr(zipfile.ZipInfo(f"{number}.json"), b"x")
    assert len(_read(target.getvalue())) == 65_600


def test_suffix() -> None:
    """Only members with the suffix are read."""
    assert set(_read(SAMPLE, ".json")) == {"a.json", "b/c.json"}


def test_bomb_and_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A member that is too large, or larger than it says, or damaged is left out with a reason."""
    big = zipped({"big.json": bytes(_zip.MEMBER_BYTES + 1), "good.json": b"good"})
    assert _read(big) == {"big.json": None, "good.json": b"good"}
    lying = bytearray(zipped({"a.json": bytes(100_000), "b.json": b"good"}))
    at = lying.find(b"PK\x01\x02")
    struct.pack_into("<I", lying, at + 24, 10)
    assert _read(bytes(lying)) == {"a.json": None, "b.json": b"good"}
    monkeypatch.setattr(_zip, "TOTAL_BYTES", 500)
    with pytest.raises(LimitError):
        _read(SAMPLE)
    monkeypatch.setattr(_zip, "MEMBERS", 2)
    with pytest.raises(LimitError):
        _read(SAMPLE)


def test_cut_anywhere() -> None:
    """An archive cut off anywhere is refused, never half read in silence."""
    for length in range(len(SAMPLE)):
        with pytest.raises(InputError):
            _read(SAMPLE[:length])


@given(st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), max_size=4))
@settings(max_examples=200, deadline=None)
def test_flipped_bytes(flips: list[tuple[int, int]]) -> None:
    """Changed bytes give other members or InputError, nothing else."""
    data = bytearray(SAMPLE)
    for place, value in flips:
        data[place] = value
    try:
        _read(bytes(data))
    except InputError:
        return
