"""Reads RPM package files.

A package file is a lead of 96 bytes, a signature header padded to eight bytes, the header proper
and the payload: https://rpm-software-management.github.io/rpm/manual/format_v4.html.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError, LimitError
from dunnage.parsers import rpm_header
from dunnage.parsers._packed_tar import AGAIN
from dunnage.parsers._sane_package import sane
from dunnage.parsers.rpm_header import Header, Tag

if TYPE_CHECKING:
    from dunnage.model.package import Package
    from dunnage.parsers.zip_directory import Readable

MAGIC = b"\xed\xab\xee\xdb"
MAX_HEADER = 64 * 1024 * 1024
"""Bytes of one header; those of packages with a hundred thousand files have about 20 MB."""
_LEAD = 96
_PREAMBLE = 16
_HEADER_MAGIC = b"\x8e\xad\xe8\x01"
_SOURCE = 1
# In the signature header this number is the size of the header proper and the payload in bytes.
_SIZE = Tag.NAME


def package(body: Readable) -> Package:
    """Return the package an RPM package file holds; for a source package the architecture is ``src``.

    Signatures and digests are not verified.

    Raises:
        InputError: If a header is broken, or the file ends too early.
        LimitError: If a header is larger than ``MAX_HEADER``.
    """
    lead = body.read(0, _LEAD)
    signature = _header(body, _LEAD, "the signature header")
    start = _LEAD + len(signature) + -len(signature) % 8
    blob = _header(body, start, "the header")
    for size in Header(signature).ints(_SIZE)[:1]:
        if start + size > body.size:
            missing = start + size - body.size
            raise InputError(f"the file ends {missing} bytes too early", advice=AGAIN)
    header = Header(blob)
    is_source = int.from_bytes(lead[6:8], "big") == _SOURCE or not header.text(Tag.SOURCERPM)
    return sane(rpm_header.package_of(header, is_source=is_source))


def _header(body: Readable, offset: int, what: str) -> bytes:
    """Return a header with its magic."""
    preamble = body.read(offset, _PREAMBLE)
    if len(preamble) < _PREAMBLE or not preamble.startswith(_HEADER_MAGIC):
        raise InputError(f"{what} is missing", where=f"byte {offset}", advice=AGAIN)
    count, data = struct.unpack_from(">II", preamble, 8)
    size = _PREAMBLE + 16 * count + data
    if size > MAX_HEADER:
        raise LimitError(f"{what} has {size} bytes, more than {MAX_HEADER}")
    if offset + size > body.size:
        raise InputError(f"{what} lies beyond the end", where=f"byte {offset}", advice=AGAIN)
    return body.read(offset, size)
