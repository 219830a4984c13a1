"""Finds out what a file is by looking at what it holds, never at its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.io.decompress import kind_of
from dunnage.model.errors import TargetError
from dunnage.model.problem import Problem
from dunnage.sources._members import BLOCK, HEADER_ONLY, Members, header_of, members_of, normalised
from dunnage.sources._spool import head_of, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dunnage.model.limits import Limits
    from dunnage.sources._stored import Stored

_HEAD = 256 * 1024
_FIRST = 500
_IMAGE_PART = re.compile(
    r"manifest\.json|index\.json|oci-layout|repositories|blobs"
    r"|(?:sha256:)?[0-9a-f]{64}(?:\.json|\.tar|\.tar\.gz)?"
)
# Leading bytes of files that hold packages or were built from them.
_FILES = (
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"\xfe\xed\xfa", "a macOS program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xce\xfa\xed\xfe", "a macOS program"),
    (b"PK\x03\x04", "a zip archive"),
    (b"!<arch>\n", "a Debian package"),
    (b"\xed\xab\xee\xdb", "an RPM package"),
    (b"ADB.", "an apk package"),
    (b"ADBc", "an apk package"),
    (b"ADBd", "an apk package"),
)


class Opened(Struct, frozen=True):
    """A file and what it turned out to be.

    Attributes:
        kind: ``docker-archive``, ``oci-archive``, ``dir`` (the tar of a root file system),
            ``sbom`` or ``file``.
        stored: The file as it was given.
        members: Members of an image archive; None for all other kinds.
        problems: What was wrong with the compression of an image archive.
        package: True for a ``dir`` that begins like the tar of an apk or npm package.
    """

    kind: str
    stored: Stored
    members: Members | None = None
    problems: tuple[Problem, ...] = ()
    package: bool = False


def examined(stored: Stored, limits: Limits) -> Opened:
    """Find out what a file is.

    Raises:
        TargetError: If it is nothing that can be examined; the message says what it is.
        InputError: If an archive is damaged or larger than allowed.
    """
    if not stored.size:
        raise TargetError("the file is empty", where=stored.name, advice="save or fetch it again")
    compression = kind_of(stored.read_at(0, 8))
    head = head_of(stored, _HEAD, limits)
    if header_of(head[:BLOCK]) is not None:
        plain = compression == "none"
        image = _is_image(stored.read_at if plain else lambda at, n: head[at : at + n])
        if image:
            return archive(stored, limits)
        return Opened("dir", stored, package=not plain and _is_package(head))
    if not any(head):
        raise TargetError(
            "the archive is empty, or damaged at its beginning",
            where=stored.name,
            advice="save or fetch it again",
        )
    if compression != "none":
        raise TargetError(
            f"a {compression} file that holds no tar archive",
            where=stored.name,
            advice="name an image archive, a root file system, a program or an SBOM",
        )
    if any(head.startswith(magic) for magic, _ in _FILES):
        return Opened("file", stored)
    from dunnage.parsers.sbom import looks_like

    if looks_like(head):
        return Opened("sbom", stored)
    raise _nothing(head, stored.name)


def archive(stored: Stored, limits: Limits) -> Opened:
    """Open an image archive, decompressing it if it must be.

    Returns:
        The archive; its kind is ``dir`` if it turned out to hold no image.

    Raises:
        InputError: If it is no tar, is damaged, or is larger than allowed.
        TargetError: If it is empty, or ends too early to tell what it holds.
    """
    if not stored.size:
        raise TargetError("the file is empty", where=stored.name, advice="save or fetch it again")
    plain, problems = unpacked(stored, limits)
    members = members_of(plain, limits)
    if members.get("manifest.json") is not None:
        return Opened("docker-archive", stored, members, problems)
    if members.get("index.json") is not None:
        return Opened("oci-archive", stored, members, problems)
    if not members.found:
        raise TargetError(
            "the archive is empty", where=stored.name, advice="save or fetch it again"
        )
    if members.truncated:
        raise TargetError(
            "the archive ends too early",
            where=stored.name,
            advice="copy or save it again",
        )
    return Opened("dir", stored, None, (*problems, *_astray(members)))


def _astray(members: Members) -> Iterator[Problem]:
    """Give what to tell of an archive whose list of images is a link that leads to no file."""
    for name in ("manifest.json", "index.json"):
        if name in members.found and members.found[name].kind in {"symlink", "hardlink"}:
            message = f"{name} is a link that leads nowhere; the archive was not read as an image"
            where = members.stored.name
            yield Problem("archive-not-examined", message, where, "save or fetch it again")


def names_image(opened: Opened, limits: Limits) -> bool:
    """Return True if an archive's list of images really is one.

    Root file systems may have files of the same names.
    """
    members = opened.members
    if members is None:
        return False
    docker = members.read("manifest.json", limits.manifest_bytes) or b""
    layout = members.read("index.json", limits.manifest_bytes) or b""
    return b'"Layers"' in docker or b'"manifests"' in layout


def _is_image(read_at: Callable[[int, int], bytes]) -> bool:
    """Return True if one of the first members looks like part of an image archive."""
    offset = 0
    for _ in range(_FIRST):
        header = header_of(read_at(offset, BLOCK))
        if header is None:
            return False
        name, size, flag, _ = header
        first = normalised(name).partition("/")[0]
        if flag not in "xgLK" and _IMAGE_PART.fullmatch(first):
            return True
        offset += BLOCK + -(-(0 if flag in HEADER_ONLY else size) // BLOCK) * BLOCK
    return False


def _is_package(head: bytes) -> bool:
    """Return True if the first entry of a tar is the one package files begin with."""
    from dunnage.parsers.package_file import FIRST, FOLDER

    offset = 0
    while (header := header_of(head[offset : offset + BLOCK])) is not None:
        name, size, flag, _ = header
        if flag not in "xgLK":
            path = normalised(name)
            return path.startswith(FIRST) or path.partition("/")[0] == FOLDER
        offset += BLOCK + -(-size // BLOCK) * BLOCK
    return False


def description(head: bytes) -> str:
    """Return what the first bytes of a file of kind ``file`` say it is, such as ``a program``."""
    return next(text for magic, text in _FILES if head.startswith(magic))


def _nothing(head: bytes, name: str) -> TargetError:
    kind = "data of an unknown kind" if _is_binary(head) else "a text file"
    return TargetError(
        f"{kind}, nothing that can be examined",
        where=name,
        advice="name an image archive, a root file system, a program or an SBOM",
    )


def _is_binary(head: bytes) -> bool:
    try:
        head[:4096].decode()
    except UnicodeDecodeError as error:
        return error.start < min(len(head), 4096) - 4
    return b"\0" in head[:4096]
