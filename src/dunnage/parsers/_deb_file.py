"""Reads Debian package files.

The format is that of deb(5): an ar archive of ``debian-binary``, ``control.tar`` and ``data.tar``,
the latter two perhaps compressed. The headers of ar are 60 bytes of text (ar(5), common format).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import InputError
from dunnage.parsers import deb822
from dunnage.parsers._packed_tar import AGAIN, PackedTar, content
from dunnage.parsers._sane_package import sane
from dunnage.parsers.zip_member import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits
    from dunnage.model.package import Package
    from dunnage.parsers.zip_directory import Readable

MAGIC = b"!<arch>\n"
MAX_CONTROL = 64 * 1024 * 1024
"""Uncompressed bytes of ``control.tar``: scripts and check sums are in it, too."""
_HEADER = 60
_MOST = 100


class _Member(NamedTuple):
    name: str
    offset: int
    size: int


def package(body: Readable, limits: Limits) -> Package:
    """Return the package a Debian package file holds.

    Args:
        body: The file.
        limits: ``text_bytes`` is the largest control file; see also ``PackedTar``.

    Raises:
        InputError: If it is another ar archive, of another format version, damaged or cut off.
        LimitError: If its control part is larger than the bounds.
    """
    # Members with an underscore may be put between the others and are to be ignored (deb(5)).
    parts = (part for part in _members(body) if not part.name.startswith("_"))
    first = next(parts, None)
    if first is None or first.name != "debian-binary":
        raise InputError("an ar archive (a static library?), but no Debian package")
    version = body.read(first.offset, min(first.size, 16)).partition(b"\n")[0]
    if not version.startswith(b"2."):
        raise InputError(f"a Debian package of unknown format version {version!r}")
    control = next(parts, None)
    if control is None or not control.name.startswith("control.tar"):
        raise InputError("the Debian package has no control.tar", advice=AGAIN)
    data = next(parts, None)
    if data is None or not data.name.startswith("data.tar"):
        raise InputError("the Debian package has no data.tar", advice=AGAIN)
    packed = PackedTar(Part(body, control.offset, control.size), limits, MAX_CONTROL)
    found: bytes | None = None
    for entry in packed.entries():
        if entry.path == "control":
            found = content(entry, limits.text_bytes)
    if found is None:
        raise InputError("there is no file 'control'", where=control.name)
    lines = found.decode("utf-8", "replace").split("\n")
    fields = next(deb822.paragraphs(lines), {})
    if isinstance(fields, InputError):
        raise InputError(fields.message, where=f"{control.name}, control, {fields.where}")
    return sane(deb822.package_of(fields))


def _members(body: Readable) -> Iterator[_Member]:
    """Give the members in order.

    Raises:
        InputError: If a header is no header, or a member lies beyond the end of the file.
    """
    at = len(MAGIC)
    for _ in range(_MOST):
        header = body.read(at, _HEADER)
        if not header.strip(b"\n"):
            return
        size = header[48:58].rstrip()
        if len(header) < _HEADER or header[58:] != b"`\n" or not size.isdigit():
            raise InputError("a broken ar header", where=f"byte {at}", advice=AGAIN)
        name = header[:16].decode("utf-8", "replace").rstrip().removesuffix("/")
        start = at + _HEADER
        if start + int(size) > body.size:
            raise InputError("the file ends too early", where=name, advice=AGAIN)
        yield _Member(name, start, int(size))
        at = start + int(size) + int(size) % 2
