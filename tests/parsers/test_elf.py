"""ELF files of all classes and byte orders are understood; broken ones only raise InputError."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodies import Memory
from dunnage.model.errors import InputError
from dunnage.parsers import elf
from programs import elf as make_elf

CONTENT = {".text": b"code", ".data": b"some data", ".note": b"x" * 40}


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("order", ["little", "big"])
def test_sections_of_all_kinds(bits: int, order: str) -> None:
    """Each section is found where it is, whatever the class and byte order (ELF header bytes 4, 5)."""
    data = make_elf(CONTENT, bits=bits, order=order)
    found = elf.sections(Memory(data))
    assert {
        name: data[at : at + size] for name, (at, size) in found.items()
    }.items() >= CONTENT.items()
    assert elf.find(Memory(data), (b".data", b".none")) == {".data": found[".data"]}
    (segment,) = elf.segments(Memory(data))
    assert (segment.type, segment.flags, segment.address) == (elf.LOAD, 6, 0x10000)


def test_no_section_table() -> None:
    """A program without section table is told apart from one that lacks the section."""
    assert elf.find(Memory(make_elf(CONTENT)), (b".dep-v0",)) == {}
    assert elf.find(Memory(make_elf(CONTENT, table=False)), (b".dep-v0",)) is None


def test_many_sections_are_counted_in_section_0() -> None:
    """With 0 sections and name index 0xffff in the header, section 0 holds the numbers."""
    data = bytearray(make_elf(CONTENT))
    count, index = data[60:62], data[62:64]
    table = int.from_bytes(data[40:48], "little")
    data[table + 32 : table + 34], data[table + 40 : table + 42] = count, index
    data[60:64] = b"\0\0\xff\xff"
    assert elf.find(Memory(bytes(data)), (b".data",)) == {
        ".data": elf.sections(Memory(make_elf(CONTENT)))[".data"]
    }


@pytest.mark.parametrize("size", [0, 4, 15, 40, 63, 120, 300])
def test_cut_off(size: int) -> None:
    """A cut-off program raises, and never reads as one without sections."""
    with pytest.raises(InputError):
        elf.find(Memory(make_elf(CONTENT)[:size]), (b".data",))


def test_wanted_section_beyond_the_end() -> None:
    """A wanted section that claims more than the file has raises."""
    data = bytearray(make_elf({".data": b"abc"}))
    table = int.from_bytes(data[40:48], "little")
    data[table + 64 + 32 : table + 64 + 40] = b"\xff" * 8
    with pytest.raises(InputError, match="beyond its end"):
        elf.find(Memory(bytes(data)), (b".data",))


def test_names_without_end_are_no_endless_work() -> None:
    """A name table without any NUL byte is read within bounds for each section."""
    big = make_elf({".data": b"x", "a" * 500_000: b"y", **{f"s{n}": b"" for n in range(2000)}})
    data = big.replace(b"a" * 500_000 + b"\0", b"a" * 500_001)
    assert all(len(name) <= elf.MAX_NAME for name in elf.sections(Memory(data)))


def test_own_interpreter() -> None:
    """The Python interpreter that runs this test has code where its section table says."""
    path = Path(sys.executable).resolve()
    data = path.read_bytes()
    if not data.startswith(elf.MAGIC):
        pytest.skip("the Python interpreter is no ELF program here")
    assert ".text" in elf.sections(Memory(data))
    assert any(part.flags & elf.EXECUTABLE for part in elf.segments(Memory(data)))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([make_elf(CONTENT), make_elf(CONTENT, bits=32, order="big")]),
    st.lists(st.tuples(st.integers(0, 800), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_mutations_raise_nothing_else(data: bytes, changes: list[tuple[int, int]]) -> None:
    """Whatever bytes are changed, there is a result or an InputError."""
    mutant = bytearray(data)
    for place, value in changes:
        mutant[place % len(mutant)] = value
    body = Memory(bytes(mutant))
    try:
        for offset, size in (elf.find(body, (b".data",)) or {}).values():
            assert offset + size <= body.size
        elf.sections(body)
        list(elf.segments(body))
    except InputError:
        pass
