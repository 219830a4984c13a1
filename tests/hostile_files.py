"""Makes single files that are built to hurt whoever reads them: archives, databases, programs, JSON.

Each is put into a layer between good packages, or is read as a target of its own.
"""

from __future__ import annotations

import io
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import rpm_samples
from programs import archive, elf, go_inline, pom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MIB = 1 << 20
_OWN = pom("org.example", "app", "1.0")
_LOCAL, _CENTRAL, _END = "<4sHHHHHIIIHH", "<4sHHHHHHIIIHHHHHII", "<4sHHHHIIH"
DEEP = 1000


class Row:
    """One member in the directory of a ZIP archive, however untrue it is.

    Args:
        name: Of the member.
        at: Where its local header lies.
        stored: Bytes it is said to take.
        size: Bytes it is said to become.
        crc: Check sum it is said to have.
    """

    def __init__(self, name: str, at: int, stored: int, size: int, crc: int = 0) -> None:
        tail = (len(name), 0, 0, 0, 0, 0, at)
        head = (b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, stored, size)
        self.bytes = struct.pack(_CENTRAL, *head, *tail) + name.encode()


def zipped(content: bytes, rows: Iterable[Row]) -> bytes:
    """Return content followed by a directory of members."""
    listed = [row.bytes for row in rows]
    directory = b"".join(listed)
    count = min(len(listed), 0xFFFF)
    end = struct.pack(_END, b"PK\5\6", 0, 0, count, count, len(directory), len(content), 0)
    return content + directory + end


def local(name: str, stored: int, size: int, crc: int = 0) -> bytes:
    """Return the header before a member's content."""
    head = (b"PK\3\4", 20, 0, 8, 0, 0, crc, stored, size, len(name), 0)
    return struct.pack(_LOCAL, *head) + name.encode()


@cache
def zeros(count: int) -> bytes:
    """Return so many zero bytes as one deflate stream, made of repeated blocks."""
    packer = zlib.compressobj(9, wbits=-15)
    start = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + piece * (count // MIB - 1) + packer.flush()


def _jar_of_zeros() -> bytes:
    """A jar in which another one of 10 GiB of zeros lies, beside what it is itself."""
    packed, size = zeros(10 << 30), 0xFFFFFFFE
    made = io.BytesIO(archive(_OWN))
    content = local("lib/inner.jar", len(packed), size) + packed
    with zipfile.ZipFile(made) as own:
        (member,) = own.infolist()
        data = made.getvalue()[: own.start_dir]
    rows = [
        Row("lib/inner.jar", 0, len(packed), size),
        Row(member.filename, len(content), member.compress_size, member.file_size, member.CRC),
    ]
    return zipped(content + data, rows)


def _out_of_proportion() -> bytes:
    """A jar of a kilobyte: packed twice, zeros become smaller than deflate can make them once."""
    packed = zeros(100 * MIB)
    content = local("lib/inner.jar", len(packed), 100 * MIB) + packed
    return archive(
        {"outer.jar": zipped(content, [Row("lib/inner.jar", 0, len(packed), 100 * MIB)])}
    )


def _overlapping() -> bytes:
    """A jar whose thousand inner jars are all the same bytes."""
    inner = zlib.compress(archive(_OWN) + bytes(MIB), 9, -15)
    content = local("lib/0000.jar", len(inner), 2 * MIB) + inner
    names = [f"lib/{number:04}.jar" for number in range(1000)]
    return zipped(content, [Row(name, 0, len(inner), 2 * MIB) for name in names])


def _nested(levels: int) -> bytes:
    """A jar in a jar, and so on."""
    inner = archive(pom("org.example", "innermost", "1.0"))
    for level in range(levels):
        own = pom("org.example", f"level-{level}", "1.0")
        inner = archive({**own, f"lib/inner-{level}.jar": inner})
    return inner


def _many_members(count: int) -> bytes:
    """A jar that lists very many members of nothing."""
    row = Row("a.class", 0, 0, 0).bytes
    content = local("a.class", 0, 0)
    size = len(row) * count
    at = len(content)
    large = struct.pack(
        "<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, at
    ) + struct.pack("<4sIQI", b"PK\6\7", 0, at + size, 1)
    ones = 0xFFFFFFFF
    end = struct.pack(_END, b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, ones, ones, 0)
    return content + row * count + large + end


def _lying_sizes() -> bytes:
    """A jar whose inner jar becomes more than it says."""
    packed = zlib.compress(bytes(64 * MIB), 9, -15)
    content = local("lib/inner.jar", len(packed), 100) + packed
    return zipped(content, [Row("lib/inner.jar", 0, len(packed), 100)])


def _beyond() -> bytes:
    """A jar whose members lie where nothing is."""
    rows = [Row("lib/inner.jar", 0xFFFFFF00, 100, 100), Row("META-INF/MANIFEST.MF", 7, 9, 9)]
    return zipped(local("x", 0, 0), rows)


def _sqlite() -> bytearray:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rpmdb.sqlite")
        packages = [rpm_samples.package(f"p{number}") for number in range(200)]
        rpm_samples.sqlite(path, packages, page_size=512)
        with closing(sqlite3.connect(path)) as link:
            assert link.execute("SELECT count(*) FROM Packages").fetchone() == (200,)
        return bytearray(path.read_bytes())


def sqlite_cycle() -> bytes:
    """An rpm database in which a page of the tree is its own child."""
    data = _sqlite()
    data[512 + 8 : 512 + 12] = (2).to_bytes(4, "big")
    return bytes(data)


def bdb_cycle() -> bytes:
    """An rpm database in which a chain of overflow pages leads back to its beginning."""
    data = bytearray(rpm_samples.bdb([rpm_samples.package("long", padding=5000), _SMALL]))
    data[3 * 512 + 16 : 3 * 512 + 20] = (2).to_bytes(4, "little")
    return bytes(data)


def ndb_slots() -> bytes:
    """An rpm database in which all slots are the same large package."""
    large = rpm_samples.package("large", padding=100_000)
    data = bytearray(rpm_samples.ndb([large, _SMALL]))
    for at in range(64, 4096, 16):
        data[at : at + 16] = data[32:48]
    return bytes(data)


_SMALL = rpm_samples.package("small")


def absurd_sections() -> bytes:
    """A program whose sections lie at the end of the address space."""
    data = bytearray(elf({".go.buildinfo": go_inline(), ".dep-v0": b"x"}))
    table = int.from_bytes(data[40:48], "little")
    for row in (1, 2):
        data[table + 64 * row + 24 : table + 64 * row + 40] = b"\xf0" + b"\xff" * 14 + b"\x7f"
    return bytes(data)


def absurd_table() -> bytes:
    """A program with a table of 2**32 sections of 64 KiB somewhere far outside."""
    data = bytearray(elf({".go.buildinfo": go_inline()}))
    data[40:48] = (1 << 62).to_bytes(8, "little")
    data[58:60], data[60:62] = b"\xff\xff", b"\0\0"
    return bytes(data)


def absurd_build_info() -> bytes:
    """A program whose build information says that its version has 2**60 bytes."""
    head = b"\xff Go buildinf:" + bytes([8, 2]) + b"\0" * 16
    return elf({".go.buildinfo": head + b"\xff" * 8 + b"\x0f" + b"go1.20"})


def deep_json(start: str = "", end: str = "") -> bytes:
    """JSON of a thousand levels."""
    return f"{start}{'[' * DEEP}{']' * DEEP}{end}".encode()


def deep_object(start: str) -> bytes:
    """An object whose last value is a thousand objects within each other."""
    return (start + '{"a":' * DEEP + "1" + "}" * DEEP + "}").encode()


def deep_xml() -> bytes:
    """A CycloneDX document of a thousand components within each other."""
    head = '<bom xmlns="http://cyclonedx.org/schema/bom/1.5">'
    inner = "<components><component><name>x</name>" * DEEP + "</component></components>" * DEEP
    return f"{head}{inner}</bom>".encode()


def deep_yaml() -> bytes:
    """A pnpm lock file of a thousand levels."""
    rows = [" " * level + "a:\n" for level in range(DEEP)]
    return ("lockfileVersion: '9.0'\npackages:\n" + " ".join(["", *rows])).encode()


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zip-bomb": ("usr/lib/app.jar", _jar_of_zeros),
    "zip-ratio": ("usr/lib/app.jar", _out_of_proportion),
    "zip-overlap": ("usr/lib/app.jar", _overlapping),
    "zip-nested": ("usr/lib/app.jar", lambda: _nested(20)),
    "zip-million": ("usr/lib/app.jar", lambda: _many_members(1_000_000)),
    "zip-sizes": ("usr/lib/app.jar", _lying_sizes),
    "zip-beyond": ("usr/lib/app.jar", _beyond),
    "rpm-sqlite": ("var/lib/rpm/rpmdb.sqlite", sqlite_cycle),
    "rpm-bdb": ("var/lib/rpm/Packages", bdb_cycle),
    "rpm-ndb": ("var/lib/rpm/Packages.db", ndb_slots),
    "elf-sections": ("usr/bin/tool", absurd_sections),
    "elf-table": ("usr/bin/tool", absurd_table),
    "elf-build-info": ("usr/bin/tool", absurd_build_info),
    "deep-package-json": (
        "app/node_modules/x/package.json",
        lambda: deep_object('{"name": "x", "version": "1.0", "y": '),
    ),
    "deep-deps-json": ("app/x.deps.json", lambda: deep_object('{"libraries": ')),
    "deep-conda": ("opt/conda/conda-meta/x.json", lambda: deep_object('{"name": "x", "y": ')),
    "deep-composer": ("app/vendor/composer/installed.json", lambda: deep_object('{"packages": ')),
}
