"""Package files: deb, rpm, apk, wheels and npm tarballs."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from msgspec.structs import replace

import package_samples as make
from dunnage.io.body import MemoryBody
from dunnage.model.limits import MIB
from dunnage.parsers.package_file import read
from fuzzing.hand import LIMITS, summed
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOUNDS = replace(LIMITS, spill_body=4 * MIB, text_bytes=MIB)


def _package(data: bytes) -> str:
    """Read a package file; what begins as a tar is compressed first, as package files are."""
    if data[257:262] == b"ustar":
        data = gzip.compress(summed(data), 1, mtime=0)
    elif data.startswith(b"!<arch>"):
        at = data.find(b"ustar") - 257
        data = data[:at] + summed(data[at:]) if at > 0 else data
    found = read(MemoryBody(data), _BOUNDS)
    if found is None:
        return "none"
    str(found.package.purl)
    return f"{found.package.type} {found.bundled.bit_length()}"


def _files() -> Iterator[bytes]:
    yield from make.samples().values()
    yield make.deb("none")
    for packed in (make.apk(), make.npm(bundled=2)):
        yield gzip.decompress(packed)


TARGETS = {
    "package-file": Target(
        "parsers/package_file.py",
        _package,
        _files,
        words=(
            b"!<arch>\n",
            b"debian-binary   ",
            b"control.tar.gz  ",
            b"`\n",
            b"\xed\xab\xee\xdb",
            b"\x8e\xad\xe8\x01",
            b".PKGINFO\0",
            b"package/package.json\0",
            b".dist-info/METADATA",
            b"PK\x01\x02",
        ),
        most=24_576,
    ),
}
