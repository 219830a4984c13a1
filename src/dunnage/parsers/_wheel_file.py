"""Reads wheels, the package files of Python.

The format is that of PyPA's binary distribution format: a zip archive with one directory
``{name}-{version}.dist-info`` at its top that holds ``METADATA`` and ``WHEEL``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.errors import LimitError
from dunnage.parsers import python_metadata, zip_directory
from dunnage.parsers._sane_package import sane
from dunnage.parsers.zip_member import MemberReader

if TYPE_CHECKING:
    from dunnage.model.limits import Limits
    from dunnage.model.package import Package
    from dunnage.parsers.zip_directory import Member, Readable

MAGIC = b"PK\x03\x04"
MAX_METADATA = 1024 * 1024
"""Bytes of METADATA that are read; what follows its fields is only description."""
_STEP = 64 * 1024
_METADATA = ".dist-info/METADATA"
_WHEEL = ".dist-info/WHEEL"


def package(body: Readable, limits: Limits) -> Package | None:
    """Return the package a wheel holds, or None for other zip archives.

    An archive with several packages at its top (an application packed with what it needs) is no
    wheel: nothing can install it as one.

    Args:
        body: The file.
        limits: ``archive_members`` counts.

    Raises:
        InputError: If it is no zip archive, or damaged.
        LimitError: If it has too many members.
    """
    directory = zip_directory.find(body)
    if directory.count > limits.archive_members:
        raise LimitError(f"the archive has {directory.count} members")
    endings = (_METADATA.lower().encode(), _WHEEL.lower().encode())
    top: dict[str, Member] = {}
    for member in zip_directory.members(body, directory, endings):
        if member.name.count("/") == 1:
            top[member.name] = member
    labels = [name.removesuffix(_METADATA) for name in top if name.endswith(_METADATA)]
    if len(labels) != 1 or labels[0] + _WHEEL not in top:
        return None
    told = python_metadata.parse(_head(body, top[labels[0] + _METADATA]))
    name, _, version = labels[0].partition("-")
    return sane(
        python_metadata.package_of(
            replace(told, name=told.name or name, version=told.version or version)
        )
    )


def _head(body: Readable, member: Member) -> bytes:
    found = bytearray()
    reader = MemberReader(body, member, lambda _: None)
    while len(found) < MAX_METADATA and (part := reader.read(_STEP)):
        found += part
    return bytes(found)
