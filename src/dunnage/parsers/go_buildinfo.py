"""Decodes the build information that the Go linker writes into programs.

Two encodings exist; both start with the same magic at a multiple of 16 bytes. Up to Go 1.17 the
header points at two Go strings in memory; since Go 1.18 the strings follow it, each after its
length as a variable-length integer. The rules are those of the Go source tree: package
``debug/buildinfo`` (the header) and type ``debug.BuildInfo`` of ``runtime/debug`` (the lines).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.model.cataloger import Body

MAGIC = b"\xff Go buildinf:"
ALIGNMENT = 16
HEADER = 32
MAX_VERSION = 4096
MAX_MODULES = 16 * 1024 * 1024
"""Bytes of the module list; the largest programs have some hundred kilobytes."""
MAX_LINES = 200_000
_BIG_ENDIAN = 1
_INLINE = 2
_SENTINEL = 16
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_RELEASE = re.compile(r"go(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?(?:(rc|beta|alpha)(\d{1,4}))?")


class Module(Struct, frozen=True):
    """One module of a Go program.

    Attributes:
        path: Module path.
        version: With its leading ``v``; ``(devel)`` or empty if the build did not know.
        checksum: The ``h1:`` sum of ``go.sum``, or empty.
        replaced: Path and version as required, if a ``replace`` line put this one in its place.
    """

    path: str
    version: str
    checksum: str = ""
    replaced: tuple[str, str] | None = None


class BuildInfo(Struct, frozen=True):
    """What a Go program says of its making.

    Attributes:
        go: Version of the Go toolchain as written (``go1.19.4``).
        path: Import path of the main package, or empty.
        main: The main module, or None (built outside of a module).
        modules: Modules it was linked with, replacements applied.
        settings: Pairs of build setting and value (``-ldflags``, ``vcs.revision``).
    """

    go: str
    path: str = ""
    main: Module | None = None
    modules: tuple[Module, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()


def find(body: Body, start: int, size: int) -> int:
    """Return the offset of the header within a region, or -1.

    Args:
        body: The file.
        start: First byte to look at; the header lies at a multiple of 16 from there.
        size: Bytes to look at.
    """
    step = 1024 * 1024
    for base in range(start, start + size, step):
        chunk = body.read(base, min(step + len(MAGIC), start + size - base))
        at = chunk.find(MAGIC)
        while at >= 0:
            if (base + at - start) % ALIGNMENT == 0:
                return base + at
            at = chunk.find(MAGIC, at + 1)
    return -1


def decode(body: Body, offset: int, locate: Callable[[int], int]) -> tuple[str, str]:
    """Decode the header at an offset of the file.

    Args:
        body: The file.
        offset: Where the header lies.
        locate: Gives the offset in the file of an address in memory, or -1; needed for programs
            made by Go 1.17 and older.

    Returns:
        Version of the toolchain, and the text that ``parse`` understands (empty for programs
        built without modules).

    Raises:
        InputError: If the header is broken, cut off or points nowhere.
    """
    head = body.read(offset, HEADER)
    if len(head) < HEADER or not head.startswith(MAGIC):
        raise InputError("the Go build information is cut off", where=f"byte {offset}")
    pointer_size, flags = head[14], head[15]
    if flags & _INLINE:
        version, after = _inline(body, offset + HEADER, MAX_VERSION)
        modules, _ = _inline(body, after, MAX_MODULES)
    elif pointer_size in {4, 8}:
        order = "big" if flags & _BIG_ENDIAN else "little"
        reader = _Pointers(body, pointer_size, order, locate)
        version = reader.text(head[16 : 16 + pointer_size], MAX_VERSION)
        modules = reader.text(head[16 + pointer_size : 16 + 2 * pointer_size], MAX_MODULES)
    else:
        raise InputError(
            f"the Go build information has pointers of {pointer_size} bytes", where=f"byte {offset}"
        )
    if not version:
        raise InputError("the Go build information names no Go version", where=f"byte {offset}")
    # The linker puts 16 bytes before and after the list so that it can be found in memory.
    framed = len(modules) >= 2 * _SENTINEL + 1 and modules[-_SENTINEL - 1] == 0x0A
    inner = modules[_SENTINEL:-_SENTINEL] if framed else b""
    return version.decode("utf-8", "replace"), inner.decode("utf-8", "replace")


def parse(go: str, text: str) -> BuildInfo:
    """Parse the lines of the module list; lines that are not understood are passed over.

    Args:
        go: Version of the toolchain.
        text: Tab-separated lines as ``go version -m`` prints them, without indentation.

    Raises:
        LimitError: If there are too many lines.
    """
    lines = _CONTROL.sub("\ufffd", text).split("\n")
    if len(lines) > MAX_LINES:
        raise LimitError(f"the Go module list has {len(lines)} lines, more than {MAX_LINES}")
    path = ""
    main: Module | None = None
    modules: list[Module] = []
    settings: list[tuple[str, str]] = []
    for line in lines:
        word, _, rest = line.partition("\t")
        if word == "path":
            path = rest
        elif word == "mod" and rest:
            main = _module(rest)
        elif word == "dep" and rest:
            modules.append(_module(rest))
        elif word == "=>" and rest and modules:
            old = modules.pop()
            modules.append(_module(rest, (old.path, old.version)))
        elif word == "build":
            key, _, value = rest.partition("=")
            settings.append((_unquoted(key), _unquoted(value)))
    return BuildInfo(go, path, main, tuple(modules), tuple(settings))


def release(go: str) -> str:
    """Return a toolchain version as semantic version, as the Go vulnerability database writes it.

    Args:
        go: Such as ``go1.19.4``, ``go1.21``, ``go1.21rc2`` or ``go1.20.4 X:nocoverageredesign``.

    Returns:
        Such as ``1.19.4``, ``1.21.0``, ``1.21.0-rc.2``; empty for development versions.
    """
    match = _RELEASE.match(go)
    if match is None:
        return ""
    major, minor, patch, stage, number = match.groups()
    version = f"{major}.{minor or 0}.{patch or 0}"
    return f"{version}-{stage}.{number}" if stage else version


def _module(text: str, replaced: tuple[str, str] | None = None) -> Module:
    path, version, checksum = [*text.split("\t"), "", ""][:3]
    return Module(path, version, checksum, replaced)


def _inline(body: Body, offset: int, most: int) -> tuple[bytes, int]:
    size = shift = 0
    for count, byte in enumerate(body.read(offset, 10), 1):
        size |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return _exactly(body, offset + count, size, most), offset + count + size
    raise InputError("a length in the Go build information never ends", where=f"byte {offset}")


def _exactly(body: Body, offset: int, size: int, most: int) -> bytes:
    if size > most:
        raise LimitError(
            f"a string in the Go build information has {size} bytes, more than {most}",
            where=f"byte {offset}",
        )
    data = body.read(offset, size)
    if len(data) < size:
        raise InputError("the Go build information is cut off", where=f"byte {offset}")
    return data


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == "`":
        return text[1:-1]
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


class _Pointers(Struct, frozen=True):
    """Reads Go strings (address and length, two machine words) of a program's memory."""

    body: Body
    size: int
    order: str
    locate: Callable[[int], int]

    def text(self, pointer: bytes, most: int) -> bytes:
        """Return the string whose header lies at an address; empty for a null pointer."""
        address = self._number(pointer)
        if not address:
            return b""
        head = _exactly(self.body, self._offset(address), 2 * self.size, 2 * self.size)
        length = self._number(head[self.size :])
        if not length:
            return b""
        return _exactly(self.body, self._offset(self._number(head[: self.size])), length, most)

    def _number(self, data: bytes) -> int:
        return int.from_bytes(data, "big" if self.order == "big" else "little")

    def _offset(self, address: int) -> int:
        offset = self.locate(address)
        if offset < 0:
            raise InputError(f"the Go build information points to {address:#x}, outside the file")
        return offset
