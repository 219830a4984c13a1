"""Finds the members of an uncompressed tar by their headers, without reading what they hold."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.errors import InputError, LimitError
from dunnage.parsers._tar_fields import checksum_holds, prefix_of, size_of

if TYPE_CHECKING:
    from dunnage.model.limits import Limits
    from dunnage.sources._stored import Stored

BLOCK = 512
HEADER_ONLY = "123456"
"""Types of entries that have no data, whatever their size says (``isHeaderOnlyType`` of Go)."""
_ZERO = bytes(BLOCK)
_HOPS = 8


class Member(Struct, frozen=True):
    """One member: where its content lies, what it is, and where it points to if it is a link."""

    offset: int
    size: int
    kind: str
    link: str


class Members(Struct, frozen=True):
    """The members of one archive.

    Attributes:
        stored: The archive.
        found: Members by normalised path; of several with one path the last, as when unpacking.
        truncated: True if the archive ends too early.
    """

    stored: Stored
    found: dict[str, Member]
    truncated: bool

    def get(self, path: str) -> Member | None:
        """Return the file at ``path``, after at most eight links within the archive, or None."""
        name = normalised(path)
        for _ in range(_HOPS):
            member = self.found.get(name)
            if member is None or member.kind == "file":
                return member
            if member.kind == "symlink":
                name = normalised(posixpath.join(posixpath.dirname(name), member.link))
            elif member.kind == "hardlink":
                name = normalised(member.link)
            else:
                return None
        return None

    def holds(self, path: str) -> bool:
        """Tell whether the file at ``path`` is there, and whole."""
        member = self.get(path)
        return member is not None and member.offset + member.size <= self.stored.size

    def read(self, path: str, most: int) -> bytes | None:
        """Return the content of the file at ``path``, or None if there is none.

        Raises:
            LimitError: If it has more than ``most`` bytes.
        """
        member = self.get(path)
        if member is None:
            return None
        if member.size > most:
            raise LimitError(f"{path} has more than {most} bytes", where=self.stored.name)
        return self.stored.read_at(member.offset, member.size)


def normalised(path: str) -> str:
    """Return a member's path without leading ``./`` and ``/`` and without inner detours."""
    return posixpath.normpath(path.lstrip("/")).lstrip("/")


def header_of(block: bytes) -> tuple[str, int, str, str] | None:
    """Return name, size, type flag and link name of a header block, or None if it is none.

    The layout is that of POSIX.1-1988 ustar with the base-256 sizes of GNU tar.
    """
    if len(block) < BLOCK or not checksum_holds(block):
        return None
    try:
        size = size_of(block[124:136], 0)
    except InputError:
        return None
    name, prefix = _text(block[:100]), _text(prefix_of(block))
    if prefix:
        name = f"{prefix}/{name}"
    return name, size, chr(block[156]), _text(block[157:257])


def members_of(stored: Stored, limits: Limits) -> Members:
    """Walk the headers of an uncompressed tar.

    Raises:
        InputError: If it is no tar, or damaged between two members.
        LimitError: If it has more members or larger extended headers than allowed.
    """
    found: dict[str, Member] = {}
    pending: dict[str, str] = {}
    offset = 0
    for _ in range(limits.entries):
        block = stored.read_at(offset, BLOCK)
        if block == _ZERO or not block:
            return Members(stored, found, truncated=not block)
        header = header_of(block)
        if header is None:
            if len(block) < BLOCK and found:
                return Members(stored, found, truncated=True)
            where = f"{stored.name}, byte {offset}"
            message = "damaged tar header" if found else "not a tar archive"
            advice = "save or fetch it again" if found else "name a saved image"
            raise InputError(message, where=where, advice=advice)
        name, size, flag, link = header
        start = offset + BLOCK
        if flag in "xgLK":
            if size > limits.header_bytes:
                raise LimitError("an extended tar header is too large", where=stored.name)
            pending = _pending(pending, _extended(stored.read_at(start, size), flag), flag)
        else:
            size = _size(pending.get("size", ""), size)
            name = pending.get("long-path") or pending.get("path") or name
            link = pending.get("long-link") or pending.get("linkpath") or link
            if flag == "\0" and name.endswith("/"):
                flag = "5"  # so did archives before POSIX
            if flag not in "\x0007":
                kind = {"1": "hardlink", "2": "symlink", "5": "directory"}.get(flag, "other")
                size = 0 if flag in HEADER_ONLY else size
            else:
                kind = "file"
            found[normalised(name)] = Member(start, size, kind, link)
            pending = {}
            if len(found) > limits.archive_members:
                raise LimitError("too many members", where=stored.name)
        offset = start + -(-size // BLOCK) * BLOCK
        if offset > stored.size + BLOCK:
            return Members(stored, found, truncated=True)
    raise LimitError("too many members", where=stored.name)


def _pending(before: dict[str, str], told: dict[str, str], flag: str) -> dict[str, str]:
    """Return what is known of the next member, by the rules of ``parsers.tar`` (those of Go).

    GNU names stay; an extended header replaces an earlier one; a global one ends all of it.
    """
    if flag == "g":
        return {}
    if flag == "x":
        before = {key: value for key, value in before.items() if key.startswith("long-")}
    return before | told


def _extended(data: bytes, flag: str) -> dict[str, str]:
    """Return what a GNU long name (L, K) or a pax header (x, POSIX.1-2001) says."""
    if flag in "LK":
        return {"long-path" if flag == "L" else "long-link": _text(data)}
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        digits, space, _ = data[at : at + 12].partition(b" ")
        if not space or not digits.isdigit() or int(digits) < len(digits) + 3:
            break
        key, _, value = data[at + len(digits) + 1 : at + int(digits) - 1].partition(b"=")
        if key in {b"path", b"linkpath", b"size"}:
            found[key.decode()] = value.decode("utf-8", "surrogateescape")
        at += int(digits)
    return found


def _size(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else otherwise


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")
