"""Makes programs and archives byte by byte, for tests of what is read from them."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

from bodies import Memory
from dunnage.model.cataloger import Fact, File
from dunnage.model.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GO_MAGIC = b"\xff Go buildinf:"
GO_LINES = (
    "path\texample.com/tool/cmd\n"
    "mod\texample.com/tool\tv1.2.3\th1:x=\n"
    "dep\tgolang.org/x/text\tv0.3.7\th1:y=\n"
    "build\t-compiler=gc\n"
)


def examine(
    parse: Callable[[File], Fact | None], path: str, data: bytes, limits: Limits | None = None
) -> Fact:
    """Hand one file to a cataloger; no fact reads as an empty one."""
    file = File(path, len(data), 0o644, Memory(data), limits or Limits())
    return parse(file) or Fact()


def listed(fact: Fact) -> set[tuple[str, str]]:
    """Return title and version of all packages of a fact."""
    return {(package.title, package.version) for package in fact.packages}


def elf(
    sections: Mapping[str, bytes],
    *,
    bits: int = 64,
    order: str = "little",
    address: int = 0x10000,
    table: bool = True,
) -> bytes:
    """Make an ELF program whose sections all lie in one writable segment from ``address`` on.

    Args:
        sections: Content by name.
        bits: 32 or 64.
        order: ``little`` or ``big``.
        address: Address in memory of the file's first byte.
        table: False to leave out the section table.
    """
    mark = "<" if order == "little" else ">"
    head_size, segment_size, entry = (
        (52, 32, "IIIIIIIIII") if bits == 32 else (64, 56, "IIQQQQIIQQ")
    )
    names, rows = b"\0", [(0,) * 10]
    body = b"\0" * (-(head_size + segment_size) % 16)
    content = {**sections, ".shstrtab": b""}
    for name in content:
        names += name.encode() + b"\0"
    content[".shstrtab"] = names
    for name, data in content.items():
        offset = head_size + segment_size + len(body)
        start = names.index(b"\0" + name.encode() + b"\0") + 1
        rows.append((start, 1, 3, address + offset, offset, len(data), 0, 0, 16, 0))
        body += data + b"\0" * (-len(data) % 16)
    at = head_size + segment_size + len(body)
    if bits == 32:
        segment = struct.pack(mark + "IIIIIIII", 1, 0, address, address, at, at, 6, 16)
    else:
        segment = struct.pack(mark + "IIQQQQQQ", 1, 6, 0, address, address, at, at, 16)
    ident = b"\x7fELF" + bytes([bits // 32, 1 if order == "little" else 2, 1]) + b"\0" * 9
    size = struct.calcsize(mark + entry)
    numbers = (2, 62, 1, address, head_size, at if table else 0, 0, head_size, segment_size, 1)
    tail = (size, len(rows), len(rows) - 1) if table else (0, 0, 0)
    head = struct.pack(mark + ("HHIIIIIHHHHHH" if bits == 32 else "HHIQQQIHHHHHH"), *numbers, *tail)
    table_bytes = b"".join(struct.pack(mark + entry, *row) for row in rows) if table else b""
    return ident + head + segment + body + table_bytes


def go_inline(version: str = "go1.21.5", lines: str = GO_LINES) -> bytes:
    """Make build information as Go 1.18 and later write it."""
    framed = b"0" * 16 + lines.encode() + b"1" * 16 if lines else b""
    head = GO_MAGIC + bytes([8, 2]) + b"\0" * 16
    return head + _varint(len(version)) + version.encode() + _varint(len(framed)) + framed


def go_pointers(base: int, *, bits: int = 64, order: str = "little") -> bytes:
    """Make build information as Go 1.17 and earlier write it.

    Args:
        base: Address in memory at which the first byte will lie.
        bits: 32 or 64.
        order: ``little`` or ``big``.
    """
    size = bits // 8
    mark = ("<" if order == "little" else ">") + ("I" if bits == 32 else "Q")
    version, framed = b"go1.16.3", b"0" * 16 + GO_LINES.encode() + b"1" * 16
    strings = 32 + 4 * size
    words = (base + strings, len(version), base + strings + len(version), len(framed))
    head = GO_MAGIC + bytes([size, 0 if order == "little" else 1])
    head += struct.pack(mark, base + 32) + struct.pack(mark, base + 32 + 2 * size)
    return head.ljust(32, b"\0") + b"".join(struct.pack(mark, w) for w in words) + version + framed


def archive(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a ZIP archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return target.getvalue()


def pom(group: str, artifact: str, version: str) -> dict[str, bytes]:
    """Make the ``pom.properties`` of one Maven package."""
    text = f"#made by Maven\ngroupId={group}\nartifactId={artifact}\nversion={version}\n"
    return {f"META-INF/maven/{group}/{artifact}/pom.properties": text.encode()}


def _varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])
