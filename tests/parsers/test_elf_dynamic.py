"""What programs ask of the dynamic loader, against binutils' ``readelf``."""

from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bodies import Memory
from dunnage.model.errors import InputError
from dunnage.parsers.elf_dynamic import Dynamic, read
from support import need

PROGRAMS = sorted(Path("/usr/bin").glob("[a-d]*"))[:150]
LIBRARIES = sorted(Path("/usr/lib").glob("*-linux-gnu*/lib[a-d]*.so.*"))[:100]


def tiny(needed: bytes = b"libc.so.6", interpreter: bytes = b"/lib/ld.so") -> bytes:
    """Return a 64-bit program with an interpreter and one needed library."""
    strings = b"\0" + needed + b"\0"
    head, table = 64, 3 * 56
    inter, at = head + table, head + table + len(interpreter) + 1
    dynamic = at + len(strings)
    tags = struct.pack("<6Q", 1, 1, 5, at, 0, 0)
    size = dynamic + len(tags)
    elf = b"\x7fELF" + bytes((2, 1, 1)) + bytes(9)
    elf += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 3, 0, 0, 0)
    for kind, start, length in ((1, 0, size), (3, inter, len(interpreter) + 1), (2, dynamic, 48)):
        elf += struct.pack("<IIQQQQQQ", kind, 4, start, start, 0, length, length, 8)
    return elf + interpreter + b"\0" + strings + tags


def test_a_program_of_few_bytes() -> None:
    """Interpreter and libraries are found without a section table."""
    assert read(Memory(tiny())) == Dynamic("62/64", "/lib/ld.so", "", ("libc.so.6",))


@given(st.integers(0, 300), st.binary(max_size=8))
def test_damaged_programs(place: int, damage: bytes) -> None:
    """Whatever the bytes, there is an answer or an InputError."""
    data = bytearray(tiny())
    data[place : place + len(damage)] = damage
    try:
        read(Memory(bytes(data)))
    except InputError:
        return


def test_cut_programs() -> None:
    """A program may end anywhere."""
    whole = tiny()
    for length in range(len(whole)):
        try:
            read(Memory(whole[:length]))
        except InputError:
            continue


@pytest.mark.judge
def test_real_programs_and_libraries() -> None:
    """Interpreter, needed libraries, run paths and versions are what ``readelf`` shows."""
    need("readelf")
    seen = 0
    for path in (*PROGRAMS, *LIBRARIES):
        data = path.read_bytes() if path.is_file() else b""
        if not data.startswith(b"\x7fELF"):
            continue
        seen += 1
        shown = subprocess.run(
            ["readelf", "-W", "-d", "-l", "-V", path], capture_output=True, check=True
        ).stdout.decode()
        found = read(Memory(data))
        interpreter = re.search(r"program interpreter: (.*)\]", shown)
        assert found.interpreter == (interpreter[1] if interpreter else ""), path
        assert list(found.needed) == re.findall(r"\(NEEDED\).*\[(.*)\]", shown), path
        run = re.search(r"\(RUNPATH\).*\[(.*)\]", shown)
        assert found.runpath == (run[1] if run else ""), path
        name = re.search(r"\(SONAME\).*\[(.*)\]", shown)
        assert found.name == (name[1] if name else ""), path
        needs = shown.partition("Version needs section")[2]
        versions = re.findall(r"Name: GLIBC_(\d+)\.(\d+)", needs)
        assert found.needs == max(((int(a), int(b)) for a, b in versions), default=(0, 0)), path
    assert seen > 20
