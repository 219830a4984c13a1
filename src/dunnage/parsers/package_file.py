"""Reads the metadata of package files: deb, rpm, apk, wheels and npm tarballs.

Nothing is unpacked, and what is packed inside (programs, archives of other packages) is not looked
at. The kind is told by the content, never by a name.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from dunnage.io.decompress import kind_of
from dunnage.model.errors import InputError
from dunnage.parsers import _apk_file, _deb_file, _npm_file, _rpm_file, _wheel_file
from dunnage.parsers._packed_tar import AGAIN, PackedTar

if TYPE_CHECKING:
    from dunnage.model.limits import Limits
    from dunnage.model.package import Package
    from dunnage.parsers.zip_directory import Readable

_ADB = (b"ADB.", b"ADBd", b"ADBc")
FIRST = _apk_file.FIRST
FOLDER = _npm_file.FOLDER
"""What the first entry of a compressed tar begins with, or lies in, if it is a package file."""


class PackageFile(NamedTuple):
    """One package file.

    Attributes:
        package: What its metadata says; places, hashes and ``ref`` are left to the caller.
        bundled: Other packages it carries along as copies.
    """

    package: Package
    bundled: int = 0


def read(body: Readable, limits: Limits) -> PackageFile | None:
    """Return what a package file says of itself.

    Args:
        body: The file.
        limits: ``text_bytes``, ``archive_members``, ``spill_body`` (as the largest uncompressed
            size of a tarball), ``ratio``, ``path_bytes`` and ``header_bytes`` count.

    Returns:
        None if it is something else: a zip archive that is no wheel, a tar that is no package, or
        data of any other kind.

    Raises:
        InputError: If it is a broken package file, or one of a format that is not read.
        LimitError: If it is larger than the limits allow.
    """
    head = body.read(0, 8)
    if head.startswith(_deb_file.MAGIC):
        return PackageFile(_deb_file.package(body, limits))
    if head.startswith(_rpm_file.MAGIC):
        return PackageFile(_rpm_file.package(body))
    if head.startswith(_ADB):
        raise InputError("an apk package of version 3, which this version does not read")
    if head.startswith(_wheel_file.MAGIC):
        found = _wheel_file.package(body, limits)
        return PackageFile(found) if found else None
    return _tarball(body, limits) if kind_of(head) != "none" else None


def _tarball(body: Readable, limits: Limits) -> PackageFile | None:
    packed = PackedTar(body, limits, limits.spill_body)
    entries = packed.entries()
    first = next(entries, None)
    if first is None:
        return None
    whole = chain([first], entries)
    if first.path.startswith(FIRST):
        package = _apk_file.package(whole, limits)
        if not packed.ended:
            # Its parts are whole streams, so that a file may lack the last one unnoticed.
            raise InputError("the part with the files is missing", advice=AGAIN)
        return PackageFile(package)
    found = _npm_file.package(whole, limits)
    return PackageFile(*found) if found else None
