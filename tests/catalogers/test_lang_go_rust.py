"""Go modules and Rust crates are listed from the programs they were linked into."""

from __future__ import annotations

import json
import struct
import zlib

import pytest

from dunnage.catalogers import go_binary, rust_binary
from dunnage.model.errors import InputError
from programs import elf, examine, go_inline, go_pointers, listed
from support import data_root

MODULES = {("example.com/tool", "v1.2.3"), ("golang.org/x/text", "v0.3.7")}


def test_real_go() -> None:
    """Esbuild 0.17.0 holds the standard library, its main module and one other."""
    data = (data_root() / "images/lang/go-esbuild-0.17.0-buildinfo.elf").read_bytes()
    fact = examine(go_binary.parse, "esbuild", data)
    assert listed(fact) == {
        ("stdlib", "1.19.4"),
        ("github.com/evanw/esbuild", ""),
        ("golang.org/x/sys", "v0.0.0-20220715151400-c0bba94af5f8"),
    }
    assert "pkg:golang/stdlib@1.19.4" in {str(package.purl) for package in fact.packages}
    main = next(package for package in fact.packages if ("main-module", "true") in package.extra)
    assert main.depends == ("golang.org/x/sys", "stdlib")


def test_real_rust() -> None:
    """Uv 0.13.9 holds 532 crates; the 35 that only ran while building are not in it."""
    data = (data_root() / "images/lang/rust-uv-0.13.9-depv0.elf").read_bytes()
    fact = examine(rust_binary.parse, "uv", data)
    assert len(fact.packages) == 532
    assert {package.type for package in fact.packages} == {"cargo"}
    uv = next(package for package in fact.packages if ("root", "true") in package.extra)
    assert (uv.name, uv.version) == ("uv", "0.13.9")
    names = {package.name for package in fact.packages}
    assert uv.depends
    assert names.issuperset(uv.depends)


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("table", [True, False])
def test_old_go(bits: int, order: str, table: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Programs of Go 1.17 and older are read on all processors, also without section table."""
    empty = elf({".text": b"", ".go.buildinfo": b""}, bits=bits, order=order)
    start = 96 if bits == 32 else 128
    assert len(empty) > start
    info = go_pointers(0x10000 + start, bits=bits, order=order)
    data = elf({".text": b"", ".go.buildinfo": info}, bits=bits, order=order, table=table)
    assert listed(examine(go_binary.parse, "tool", data)) == {*MODULES, ("stdlib", "1.16.3")}


def test_other_programs() -> None:
    """A program without build information is nothing, not an error."""
    data = elf({".text": b"code", ".comment": b"\xff Go buildinf:"})
    assert examine(go_binary.parse, "ls", data) == examine(rust_binary.parse, "ls", data)
    assert examine(go_binary.parse, "ls", elf({".text": b"code"}, table=False)).packages == ()
    assert examine(go_binary.parse, "x.exe", b"MZ" + b"\0" * 100).packages == ()


def _versions(lines: str) -> dict[str, str]:
    data = elf({".go.buildinfo": go_inline(lines=lines)})
    return {one.name: one.version for one in examine(go_binary.parse, "x", data).packages}


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("-s -w -X main.version=1.4.2", "v1.4.2"),
        ("-X 'main.Version=v2.0.0-rc.1'", "v2.0.0-rc.1"),
        ("-X=a.b/c/internal/build.AppVersion=3.0", "v3.0"),
        ("-X main.version=dev", ""),
        ("-X main.goVersion=1.20.1", ""),
        ("-X other.org/lib.version=1.0.0", ""),
        ("-X main.version=1.0.0 -X main.Version=2.0.0", ""),
        ("", ""),
    ],
)
def test_main_version_from_flags(flags: str, expected: str) -> None:
    """An unknown main version is taken from the linker flags only if they say one thing."""
    lines = f'path\ta.b/c\nmod\ta.b/c\t(devel)\t\nbuild\t-ldflags="{flags}"\n'
    assert _versions(lines)["a.b/c"] == expected


def test_replacements() -> None:
    """A replaced module is listed as what was linked; a local directory has no version."""
    lines = (
        "mod\ta.b/c\tv1.0.0\t\ndep\tx.y/z\tv1.0.0\n=>\tfork.org/z\tv1.0.1\th1:\n"
        "dep\tk8s.io/api\tv0.0.0\n=>\t./staging/api\t(devel)\t\n"
    )
    assert _versions(lines) == {
        "a.b/c": "v1.0.0",
        "stdlib": "1.21.5",
        "fork.org/z": "v1.0.1",
        "k8s.io/api": "",
    }


def test_go_tools() -> None:
    """The go command is called toolchain, as in the Go vulnerability database."""
    assert _versions("path\tcmd/go\nmod\tcmd\t(devel)\n") == {
        "stdlib": "1.21.5",
        "toolchain": "1.21.5",
    }
    assert _versions("path\tcmd/gofmt\nmod\tcmd\t(devel)\n") == {"stdlib": "1.21.5"}


def test_no_modules() -> None:
    """A program built without modules still has its standard library."""
    assert _versions("") == {"stdlib": "1.21.5"}


def test_broken_go() -> None:
    """A cut-off program or broken build information is a problem, never silence."""
    whole = elf({".go.buildinfo": go_inline()})
    for data in (whole[:100], whole[:-70], elf({".go.buildinfo": b"nothing" * 9})):
        with pytest.raises(InputError):
            examine(go_binary.parse, "x", data)


def test_windows_and_macos() -> None:
    """Go programs for Windows and macOS are read too."""
    info = go_inline()
    optional = b"\x0b\x02" + b"\0" * 22 + struct.pack("<Q", 0x400000) + b"\0" * 208
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, 1, 0, 0, 0, len(optional), 2)
    row = struct.pack("<8sIIIIIIHHI", b".data", 512, 0x1000, 512, 1024, 0, 0, 0, 0, 0xC0000040)
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + coff + optional + row
    data = head.ljust(1024, b"\0") + info.ljust(512, b"\0")
    assert listed(examine(go_binary.parse, "x.exe", data)) == {*MODULES, ("stdlib", "1.21.5")}

    section = struct.pack(
        "<16s16sQQIIIIIIII", b"__go_buildinfo", b"__DATA", 0, 512, 512, 0, 0, 0, 0, 0, 0, 0
    )
    segment = struct.pack("<16sQQQQiiII", b"__DATA", 0, 512, 512, 512, 3, 3, 1, 0) + section
    command = struct.pack("<II", 25, len(segment) + 8) + segment
    head = struct.pack("<IiiIIIII", 0xFEEDFACF, 0, 0, 2, 1, len(command), 0, 0) + command
    data = head.ljust(512, b"\0") + info.ljust(512, b"\0")
    assert listed(examine(go_binary.parse, "x", data)) == {*MODULES, ("stdlib", "1.21.5")}


def test_rust_keeps_runtime_only() -> None:
    """Build dependencies are dropped, also as dependencies of what stays."""
    packages = [
        {
            "name": "tool",
            "version": "1.0.0",
            "source": "local",
            "root": True,
            "dependencies": [1, 2, 9],
        },
        {"name": "cc", "version": "1.1.0", "kind": "build"},
        {"name": "libc", "version": "0.2.0", "source": "crates.io"},
    ]
    section = zlib.compress(json.dumps({"packages": packages}).encode())
    fact = examine(rust_binary.parse, "tool", elf({".dep-v0": section}))
    assert listed(fact) == {("tool", "1.0.0"), ("libc", "0.2.0")}
    assert fact.packages[0].depends == ("libc",)
    with pytest.raises(InputError):
        examine(rust_binary.parse, "tool", elf({".dep-v0": section[:30]}))
