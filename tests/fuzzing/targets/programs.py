"""Executables of all systems, and what compilers leave in them."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING

import programs
from dunnage.catalogers._go_modules import packages
from dunnage.io.body import MemoryBody
from dunnage.model.errors import InputError
from dunnage.parsers import (
    cargo_audit,
    elf,
    elf_dynamic,
    file_capability,
    go_buildinfo,
    macho,
    pe,
)
from fuzzing import samples
from fuzzing.hand import TIGHT, fact_of
from fuzzing.target import Target
from parsers.test_elf_dynamic import tiny

if TYPE_CHECKING:
    from collections.abc import Iterator

_CRATES = json.dumps(
    {
        "packages": [
            {"name": "a", "version": "1.0.0", "source": "local", "root": True, "dependencies": [1]},
            {"name": "b", "version": "2.0.0", "source": "crates.io", "kind": "build"},
        ]
    }
).encode()


def _elf(data: bytes) -> tuple[int, int, int]:
    body = MemoryBody(data)
    wanted = (b".go.buildinfo", b".dep-v0", b".shstrtab")
    found = elf.find(body, wanted) or {}
    for offset, size in found.values():
        assert 0 <= offset <= offset + size <= len(data)
    return len(found), len(elf.sections(body)), len(list(elf.segments(body)))


def _dynamic(data: bytes) -> tuple[int, bool]:
    """Read what a program asks of the loader, and its last bytes as file capabilities."""
    try:
        held = len(file_capability.names(data[-20:]))
    except ValueError:
        held = -1
    found = elf_dynamic.read(MemoryBody(data))
    assert all(isinstance(name, str) for name in found.needed)
    return held, bool(found.needed)


def _sections(data: bytes) -> tuple[int, int]:
    body = MemoryBody(data)
    found = len(pe.sections(body))
    try:
        return found, len(list(macho.sections(body)))
    except InputError:
        return found, -1


def _program(data: bytes) -> tuple[int, int]:
    """Read a program of any system with the catalogers of Go and Rust."""
    crates = len(fact_of("rust-binary", "usr/bin/x", data, TIGHT).packages)
    return crates, len(fact_of("go-binary", "usr/bin/x", data, TIGHT).packages)


def _buildinfo(data: bytes) -> tuple[int, int]:
    body = MemoryBody(data)
    at = go_buildinfo.find(body, 0, len(data))
    go, text = go_buildinfo.decode(body, max(at, 0), lambda address: address - 0x1000)
    return len(go), len(packages(go_buildinfo.parse(go, text)))


def _modules(data: bytes) -> int:
    go, _, text = data.decode("utf-8", "replace").partition("\n")
    go_buildinfo.release(go)
    return len(packages(go_buildinfo.parse(go, text)))


def _crates(data: bytes) -> int:
    try:
        return len(cargo_audit.parse(data, 1 << 20))
    except InputError:
        return len(cargo_audit.parse(zlib.compress(data, 1), 1 << 20))


def _elf_seeds() -> Iterator[bytes]:
    for bits in (32, 64):
        for order in ("little", "big"):
            info = programs.go_inline()
            sections = {".go.buildinfo": info, ".dep-v0": zlib.compress(_CRATES), ".text": b"x"}
            yield programs.elf(sections, bits=bits, order=order)
            old = programs.go_pointers(0x10000 + 208, bits=bits, order=order)
            yield programs.elf({".go.buildinfo": old}, bits=bits, order=order, table=False)
    yield from samples.raw("images/lang/go-*.elf", 8192)
    yield from samples.raw("images/lang/rust-*.elf", 16384)


def _pe() -> bytes:
    info = programs.go_inline()
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, 1, 0, 0, 0, 112, 0)
    optional = b"\x0b\x02".ljust(24, b"\0") + struct.pack("<Q", 0x400000) + bytes(80)
    section = struct.pack("<8sIIIIIIHHI", b".data", 512, 0x1000, 512, 512, 0, 0, 0, 0, 0xC0000040)
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + coff + optional + section
    return head.ljust(512, b"\0") + info


def _macho() -> bytes:
    info = programs.go_inline()
    section = struct.pack(
        "<16s16sQQIIIIIIII", b"__go_buildinfo", b"__DATA", 0x4000, len(info), 512, *(0,) * 7
    )
    names = (b"__DATA", 0x4000, len(info), 512, len(info), 3, 3, 1, 0)
    segment = struct.pack("<16sQQQQiiII", *names)
    command = struct.pack("<II", 25, 8 + len(segment) + len(section)) + segment + section
    head = struct.pack("<8I", 0xFEEDFACF, 0x1000007, 3, 2, 1, len(command), 0, 0)
    return (head + command).ljust(512, b"\0") + info


TARGETS = {
    "elf": Target(
        "parsers/elf.py",
        _elf,
        _elf_seeds,
        "sections lie inside the file",
        words=(b"\x7fELF\x01\x01", b"\x7fELF\x02\x02", b".go.buildinfo\0", b".dep-v0\0"),
        most=16_384,
    ),
    "elf-dynamic": Target(
        "parsers/elf_dynamic.py, parsers/file_capability.py",
        _dynamic,
        lambda: [
            tiny(),
            tiny(interpreter=b"/lib/ld-musl-x86_64.so.1") + bytes.fromhex("01000002" + "00" * 16),
            *_elf_seeds(),
        ],
        words=(b"\x7fELF\x01\x01", b"GLIBC_2.38\0", b"\xfe\xff\xff\x6f", b"\xfc\xff\xff\x6f"),
        most=16_384,
    ),
    "pe-macho": Target(
        "parsers/pe.py, parsers/macho.py",
        _sections,
        lambda: [_pe(), _macho()],
        words=(b"PE\0\0", b"\x0b\x02", b"__go_buildinfo\0", *macho.MAGICS),
    ),
    "program": Target(
        "catalogers/go_binary.py, catalogers/rust_binary.py",
        _program,
        lambda: (*_elf_seeds(), _pe(), _macho()),
        words=(b"\xff Go buildinf:", b".go.buildinfo\0", b".dep-v0\0", b"PE\0\0", b"dep\t"),
        most=16_384,
    ),
    "go-buildinfo": Target(
        "parsers/go_buildinfo.py",
        _buildinfo,
        lambda: [
            programs.go_inline(),
            *(programs.go_pointers(0x1000, bits=b, order=o) for b in (32, 64) for o in ("big", "")),
        ],
        words=(b"\xff Go buildinf:", b"\x08\x02", b"\x80\x80", b"=>\t", b"dep\t", b"mod\t"),
    ),
    "go-modules": Target(
        "parsers/go_buildinfo.py",
        _modules,
        lambda: [
            f"go1.21.5\n{programs.GO_LINES}".encode(),
            (
                b"go1.20rc2 X:a\npath\tcmd/go\nmod\tx\t(devel)\ndep\ta\tv1\n=>\t./b\t\nbuild\t-ldflags="
                b"\"-X main.version=v1.2.3 -X 'x.appVersion=1.2.4'\"\nbuild\tvcs.revision=abc\n"
            ),
        ],
        words=(b"\ndep\t", b"\n=>\t", b"\nmod\t", b"\nbuild\t", b"-ldflags=", b"-X ", b"main."),
    ),
    "cargo-audit": Target(
        "parsers/cargo_audit.py",
        _crates,
        lambda: [_CRATES, zlib.compress(_CRATES)],
        words=(b'"packages"', b'"name":', b'"dependencies":[', b'"kind":"build"', b"\\ud800"),
    ),
}
