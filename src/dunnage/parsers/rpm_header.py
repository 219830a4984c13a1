"""Reads the header of an RPM package, as rpm's database stores it.

A header is a number of index entries and a size, both 32 bits big-endian, then the index (tag,
type, offset and count: 16 bytes each), then the data the offsets point into. Sources:
https://rpm-software-management.github.io/rpm/manual/format_header.html (bounds as in rpm's
``lib/header.cc``) and https://rpm-software-management.github.io/rpm/manual/tags.html.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.model.package import Package

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_ENTRIES = 0xFFFF
_MOST_DATA = 256 * 1024 * 1024
_LONGEST_FOLDER = 4096
"""Characters; PATH_MAX of Linux."""
_MOST_STRINGS = 1_000_000
_MAGIC = b"\x8e\xad\xe8\x01"


class Tag(IntEnum):
    """The tags we read."""

    NAME = 1000
    VERSION = 1001
    RELEASE = 1002
    EPOCH = 1003
    VENDOR = 1011
    LICENSE = 1014
    ARCH = 1022
    OLDFILENAMES = 1027
    SOURCERPM = 1044
    PROVIDENAME = 1047
    REQUIRENAME = 1049
    DIRINDEXES = 1116
    BASENAMES = 1117
    DIRNAMES = 1118
    MODULARITYLABEL = 5096


class _Type(IntEnum):
    INT32 = 4
    STRING = 6
    STRING_ARRAY = 8
    I18NSTRING = 9


_TEXTS = frozenset({_Type.STRING, _Type.STRING_ARRAY, _Type.I18NSTRING})
_TAGS = frozenset(int(tag) for tag in Tag)


class Header:
    """The tags of one package.

    Args:
        blob: The header, with or without the eight bytes of magic that package files put before
            it; bytes after it are ignored.

    Raises:
        InputError: If the blob is no header: too short, or its sizes exceed it.
    """

    def __init__(self, blob: bytes) -> None:
        start = 8 if blob[:4] == _MAGIC else 0
        if len(blob) < start + 8:
            raise InputError(f"an rpm header of {len(blob)} bytes is too short")
        count, size = struct.unpack_from(">II", blob, start)
        data = start + 8 + 16 * count
        if not 0 < count <= _MOST_ENTRIES or size > _MOST_DATA or data + size > len(blob):
            raise InputError(
                f"an rpm header claims {count} entries and {size} bytes, but has {len(blob)} bytes"
            )
        self._data = blob[data : data + size]
        # Entries that rpm adds after the package was built come last and win.
        index = struct.iter_unpack(">IIII", blob[start + 8 : data])
        self._index = {tag: rest for tag, *rest in index if tag in _TAGS}

    def texts(self, tag: Tag) -> list[str]:
        """Return the strings of a tag; an empty list if it is absent.

        Raises:
            InputError: If the tag is no string or its strings lie outside the data.
        """
        if tag not in self._index:
            return []
        kind, offset, count = self._index[tag]
        if kind not in _TEXTS:
            raise InputError(f"rpm tag {tag.name} has type {kind} instead of a string")
        count = 1 if kind == _Type.STRING else count
        # Every string ends with a NUL, so there are at most as many as there are bytes.
        if not 0 < count <= min(len(self._data) - offset, _MOST_STRINGS):
            raise InputError(f"rpm tag {tag.name} points outside its header")
        if count == 1:
            end = self._data.find(b"\0", offset)
            found = [self._data[offset : end if end >= 0 else len(self._data)]]
        else:
            found = self._data[offset:].split(b"\0", count)[:count]
        if len(found) < count:
            raise InputError(f"rpm tag {tag.name} has {len(found)} strings instead of {count}")
        return [text.decode("utf-8", "replace") for text in found]

    def text(self, tag: Tag) -> str:
        """Return the first string of a tag, or an empty string.

        Raises:
            InputError: As ``texts``.
        """
        found = self.texts(tag)
        return found[0] if found else ""

    def ints(self, tag: Tag) -> tuple[int, ...]:
        """Return the 32-bit integers of a tag; an empty tuple if it is absent.

        Raises:
            InputError: If the tag has another type or lies outside the data.
        """
        if tag not in self._index:
            return ()
        kind, offset, count = self._index[tag]
        if kind != _Type.INT32:
            raise InputError(f"rpm tag {tag.name} has type {kind} instead of 32-bit integers")
        if offset + 4 * count > len(self._data):
            raise InputError(f"rpm tag {tag.name} points outside its header")
        return struct.unpack_from(f">{count}I", self._data, offset)

    def files(self) -> Iterator[str]:
        """Give the absolute paths the package owns.

        They are stored as base names, directories and for each base name the number of its
        directory; packages of rpm before 4 (1999) hold whole paths.

        Raises:
            InputError: If the three lists do not fit together, or a directory is longer than any
                path can be (a short list of names would make endless paths of it).
        """
        names = self.texts(Tag.BASENAMES)
        if not names:
            yield from self.texts(Tag.OLDFILENAMES)
            return
        folders, indexes = self.texts(Tag.DIRNAMES), self.ints(Tag.DIRINDEXES)
        if len(indexes) != len(names) or max(indexes) >= len(folders):
            raise InputError("the file list of an rpm header does not fit together")
        if max(map(len, folders)) > _LONGEST_FOLDER:
            raise InputError(f"a directory of the file list is longer than {_LONGEST_FOLDER}")
        for name, index in zip(names, indexes, strict=True):
            yield folders[index] + name

    @property
    def version(self) -> str:
        """Return ``[epoch:]version-release``; the epoch only if the package states one.

        Raises:
            InputError: If one of the tags is broken.
        """
        text = self.text(Tag.VERSION)
        release = self.text(Tag.RELEASE)
        epoch = self.ints(Tag.EPOCH)
        prefix = f"{epoch[0]}:" if epoch else ""
        return f"{prefix}{text}-{release}" if release else prefix + text


def source(sourcerpm: str) -> tuple[str, str]:
    """Return name and ``version-release`` of a source package file name.

    Args:
        sourcerpm: Such as ``bash-5.1.8-4.el9.src.rpm``. The format leaves out the epoch.

    Returns:
        Two empty strings if the text is no such name.
    """
    stem = sourcerpm.removesuffix(".rpm").removesuffix(".nosrc").removesuffix(".src")
    name, _, release = stem.rpartition("-")
    name, _, version = name.rpartition("-")
    return (name, f"{version}-{release}") if name and version and release else ("", "")


def package_of(header: Header, *, is_source: bool = False) -> Package:
    """Return the package of an rpm header.

    Args:
        header: Of the package, not of its signature.
        is_source: True for a source package, whose header names the machine it was made on.

    Raises:
        InputError: If a tag is broken.
    """
    name = header.text(Tag.NAME)
    origin, origin_version = source(header.text(Tag.SOURCERPM))
    license_, modularity = header.text(Tag.LICENSE), header.text(Tag.MODULARITYLABEL)
    # Features of rpm itself and conditions are no names of other packages.
    needs = (text for text in header.texts(Tag.REQUIRENAME) if text[:7] != "rpmlib(")
    return Package(
        type="rpm",
        name=name,
        version=header.version,
        arch="src" if is_source else header.text(Tag.ARCH),
        source=origin,
        source_version=origin_version,
        licenses=(license_,) if license_ else (),
        depends=tuple(dict.fromkeys(text for text in needs if text and text[0] != "(")),
        provides=tuple(
            text for text in dict.fromkeys(header.texts(Tag.PROVIDENAME)) if text and text != name
        ),
        supplier=header.text(Tag.VENDOR),
        extra=(("modularity", modularity),) if modularity else (),
    )
