"""Walks a tar archive that arrives in chunks, touching headers only unless a body is asked for.

Formats: POSIX.1-2017 ``pax`` (ustar and pax interchange format), the old V7 format, and the GNU
tar manual, "Basic Tar Format" and "Storing Sparse Files". Where they leave room, names are read as
container engines read them (Go's ``archive/tar``), because that is what a container will see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError, LimitError
from dunnage.model.problem import Effect, Problem
from dunnage.parsers._tar_fields import (
    DIRECTORY,
    FILE,
    HARDLINK,
    KINDS,
    OTHER,
    SYMLINK,
    attributes_of,
    checksum_holds,
    extend,
    is_sparse,
    mode_of,
    named,
    normal,
    not_zero,
    plain_entry,
    prefix_of,
    size_of,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from dunnage.model.limits import Limits
    from dunnage.parsers._tar_fields import Attributes

__all__ = ["DIRECTORY", "FILE", "HARDLINK", "OTHER", "SYMLINK", "TarWalker", "normal"]

BLOCK = 512
NAME = 100
ZERO = bytes(BLOCK)

_WITHOUT_DATA = b"123456"
_LABELS = b"VM"
_AGAIN = "fetch or save it again"
_SPARSE, _OLD_FILE = 0x53, 0x00


class TarWalker:
    """One archive, one entry at a time; the fields describe the entry ``advance`` came to.

    Args:
        chunks: The archive in pieces of any size. It is always read to its end, unless an
            exception ends the walk; then ``drain`` does it.
        limits: ``entries``, ``problems`` and those of paths and headers count.

    Attributes:
        path: Without leading ``./`` or ``/`` and without ``.`` or ``..``; bytes that are no UTF-8
            are kept as surrogates. Never empty.
        kind: ``FILE``, ``DIRECTORY``, ``SYMLINK``, ``HARDLINK`` or ``OTHER``.
        size: Size of the body in bytes; 0 for all but files.
        link: Target of a symbolic link as written; of a hard link as a path like ``path``.
        sparse: True if the body is stored with its holes left out.
        entries: Number of entries so far.
        offset: Offset of the header in bytes.
        truncated: True if the archive ended within an entry.
        problems: What was noticed.
    """

    def __init__(self, chunks: Iterable[bytes], limits: Limits) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._limits = limits
        self._plain_entries = limits.entries if limits.path_bytes >= NAME else 0
        self._buffer = b""
        self._position = 0
        self._base = 0
        self._left = 0
        self._padding = 0
        self.path = ""
        self.kind = FILE
        self.size = 0
        self._block = ZERO
        self._extra: tuple[bytes, dict[str, bytes]] = (ZERO, {})
        self.link = ""
        self.sparse = False
        self.entries = 0
        self.offset = 0
        self.truncated = False
        self.problems: list[Problem] = []

    def advance(self) -> bool:
        """Go to the next entry; return False at the end of the archive.

        Raises:
            InputError: If a header is broken, so that the rest cannot be found.
            LimitError: If there are too many entries.
        """
        position = self._position + self._left + self._padding
        block = self._buffer[position : position + BLOCK]
        plain = plain_entry(block)
        if plain is None or self.entries >= self._plain_entries:
            return self._advance()
        self.path, self.kind, size, self.link = plain
        self.size = self._left = size
        self._padding = -size % BLOCK
        self._position = position + BLOCK
        self._block = block
        self.sparse = False
        self.entries += 1
        self.offset = self._base + position
        return True

    def _advance(self) -> bool:
        """Go to the next entry, whatever it is; ``advance`` is the short way to plain ones."""
        while True:
            block = self._next_block()
            if block is None:
                return False
            flag = block[156]
            extended: dict[str, bytes] = {}
            while flag in b"xXLKg":
                if not self._extension(block, flag, extended):
                    return False
                block = self._next_block()
                if block is None:
                    return False
                flag = block[156]
            self.entries += 1
            if self.entries > self._limits.entries:
                raise LimitError(f"more than {self._limits.entries} entries", where=self._where())
            if self._entry(block, flag, extended):
                return True
            if self.truncated:
                return False

    @property
    def mode(self) -> int:
        """Permission bits of the entry."""
        return mode_of(self._block[100:108])

    @property
    def attributes(self) -> Attributes:
        """Owner, group, time and capabilities of the entry."""
        block, extended = self._extra
        return attributes_of(self._block, extended if block is self._block else {})

    @property
    def body_offset(self) -> int:
        """Where the rest of the body lies, in bytes from the beginning of the archive."""
        return self._base + self._position

    def may_start(self, firsts: Container[int]) -> bool:
        """Tell whether the body can begin with one of these bytes; quicker than ``head``."""
        position, buffer = self._position, self._buffer
        if position < len(buffer):
            return self._left > 0 and buffer[position] in firsts
        return self._left > 0

    def head(self, count: int) -> bytes:
        """Return up to ``count`` first bytes of the body, without consuming them."""
        left = self._left
        end = self._position + (min(left, count))
        if end > len(self._buffer):
            count = end - self._position
            rest = self._buffer[self._position :]
            self._base += self._position
            while len(rest) < count and (chunk := next(self._chunks, b"")):
                rest += chunk
            self._buffer, self._position = rest, 0
            end = count
        return self._buffer[self._position : end]

    def view(self) -> memoryview | None:
        """Return the rest of the body if it is at hand without copying, else None."""
        end = self._position + self._left
        if end > len(self._buffer):
            return None
        return memoryview(self._buffer)[self._position : end]

    def read(self, size: int) -> memoryview:
        """Return and consume up to ``size`` bytes of the body; nothing at its end."""
        while self._position >= len(self._buffer) and self._left:
            if not self._more():
                self._cut_off()
                return memoryview(b"")
        size = min(size, self._left, len(self._buffer) - self._position)
        part = memoryview(self._buffer)[self._position : self._position + size]
        self._position += size
        self._left -= size
        return part

    def drain(self) -> int:
        """Read to the end of the archive; return the number of bytes that are not zero."""
        found = not_zero(self._buffer[self._position :])
        for chunk in self._chunks:
            found += not_zero(chunk)
        self._buffer, self._position = b"", 0
        return found

    def _more(self) -> bool:
        """Replace the used up buffer by the next chunk."""
        self._base += len(self._buffer)
        self._position -= len(self._buffer)
        self._buffer = next(self._chunks, b"")
        return bool(self._buffer)

    def _next_block(self) -> bytes | None:
        """Skip the rest of the body and return the next header with a good checksum."""
        if self.truncated:
            return None
        self._position += self._left + self._padding
        self._left = self._padding = 0
        while self._position > len(self._buffer):
            if not self._more():
                self._cut_off()
                return None
        self.offset = self._base + self._position
        block = self._buffer[self._position : self._position + BLOCK]
        if len(block) < BLOCK:
            block = self._across()
            if len(block) < BLOCK:
                if block:
                    self._cut_off()
                return None
        else:
            self._position += BLOCK
        if block == ZERO:
            self._end_marker()
            return None
        if not checksum_holds(block):
            raise InputError(
                "no tar header where one should be (wrong checksum)",
                where=self._where(),
                advice=_AGAIN,
            )
        return block

    def _across(self) -> bytes:
        """Return a block that lies across chunks; a short one at the end of the archive."""
        block = self._buffer[self._position :]
        self._position = len(self._buffer)
        while len(block) < BLOCK and self._more():
            self._position = min(BLOCK - len(block), len(self._buffer))
            block += self._buffer[: self._position]
        return block

    def _end_marker(self) -> None:
        """Two blocks of zeros end an archive; a lone one is what no writer makes."""
        second = self._buffer[self._position : self._position + BLOCK]
        if len(second) < BLOCK:
            second = self._across()
        else:
            self._position += BLOCK
        if second.strip(b"\0"):
            self.problem("broken-tar", "a lone block of zeros; what follows was not examined")
            self.drain()
        elif self.drain():
            self.problem("trailing-data", "data after the end of the tar archive", Effect.NOTE)

    def _cut_off(self) -> None:
        if not self.truncated:
            self.truncated = True
            message = "the tar archive ends too early; what comes before was examined"
            self.problems.append(Problem("truncated", message, self._where(), _AGAIN))

    def _where(self) -> str:
        return f"byte {self.offset} of the uncompressed tar"

    def problem(
        self, code: str, message: str, effect: Effect = Effect.INCOMPLETE, name: bytes = b""
    ) -> None:
        """Note a problem at the current entry, unless there are very many already."""
        if len(self.problems) < self._limits.problems:
            where = f"{self._where()}, {named(name)}" if name else self._where()
            self.problems.append(Problem(code, message, where=where, effect=effect))

    def _data(self, block: bytes) -> bytes | None:
        """Return the body of an extension header, or None if it is too large or cut off."""
        size = size_of(block[124:136], self.offset)
        self._left, self._padding = size, -size % BLOCK
        if size > self._limits.header_bytes:
            return None
        parts = []
        while self._left and (part := self.read(self._left)):
            parts.append(bytes(part))
        return None if self.truncated else b"".join(parts)

    def _extension(self, block: bytes, flag: int, extended: dict[str, bytes]) -> bool:
        """Read a header that describes the next one; return False at the end of the archive."""
        data = self._data(block)
        if self.truncated:
            return False
        good, ignored = extend(extended, flag, data)
        if not good:
            self.problem("broken-tar", "an extended header is broken")
        if ignored:
            self.problem("ignored-header", "a global header names files", Effect.NOTE)
        return True

    def _entry(self, block: bytes, flag: int, extended: dict[str, bytes]) -> bool:
        """Fill the fields; return False for an entry that is nothing for the caller."""
        end = block.find(0, 0, 100)
        name = block[: 100 if end < 0 else end]
        if block[345] and (prefix := prefix_of(block)):
            name = prefix + b"/" + name
        self.kind = kind = KINDS.get(flag, FILE)
        self.link = ""
        self.sparse = False
        if flag == _SPARSE:
            self.sparse = True
            if block[482] and not self._sparse_map():
                return False
        size = size_of(block[124:136], self.offset)
        if extended:
            name, size = self._extended(extended, name, size)
        if flag == _OLD_FILE and name.endswith(b"/"):
            self.kind = kind = DIRECTORY
            size = 0
        if flag in _WITHOUT_DATA:
            size = 0
        self._left, self._padding = size, -size % BLOCK
        self.size = size if kind == FILE else 0
        if "too-large" in extended:
            self.problem("limit", "an extended header is too large; its entry was not examined")
            return False
        if flag in _LABELS:
            return False
        self._block = block
        if extended:
            self._extra = (block, extended)
        if kind in {SYMLINK, HARDLINK} and not self._target(block, extended):
            return False
        return self._name(name)

    def _extended(self, extended: dict[str, bytes], name: bytes, size: int) -> tuple[bytes, int]:
        name = extended.get("long-path") or extended.get("path") or name
        if is_sparse(extended):
            self.sparse = True
            name = extended.get("GNU.sparse.name") or name
        text = extended.get("size")
        if text:
            if not text.isdigit() or len(text) > 19:
                raise InputError("an extended header with a broken size", where=self._where())
            size = int(text)
        return name, size

    def _name(self, name: bytes) -> bool:
        if len(name) > self._limits.path_bytes or b"\0" in name:
            message = "an entry whose name is too long or holds a zero byte was ignored"
            self.problem("bad-path", message, name=name)
            return False
        path = normal(name.decode("utf-8", "surrogateescape"))
        if not path:
            if path is None:
                message = "an entry whose name leads out of the image was ignored"
                self.problem("bad-path", message, name=name)
            return False
        if path.count("/") > self._limits.path_depth:
            message = "an entry below too many directories was ignored"
            self.problem("bad-path", message, name=name)
            return False
        self.path = path
        return True

    def _target(self, block: bytes, extended: dict[str, bytes]) -> bool:
        link = extended.get("long-link") or extended.get("linkpath")
        link = link or block[157:257].partition(b"\0")[0]
        text = link.decode("utf-8", "surrogateescape")
        good = len(link) <= self._limits.path_bytes and "\0" not in text
        if self.kind == HARDLINK:
            target = normal(text)
            good = good and bool(target)
            text = target or ""
        if not good:
            message = "a link whose target is no path inside the image was ignored"
            self.problem("bad-path", message, name=link)
        self.link = text
        return good

    def _sparse_map(self) -> bool:
        """Skip the continuation of an old GNU sparse map, which ``size`` does not count."""
        more = 1
        while more:
            block = self._buffer[self._position : self._position + BLOCK]
            if len(block) < BLOCK:
                block = self._across()
                if len(block) < BLOCK:
                    self._cut_off()
                    return False
            else:
                self._position += BLOCK
            more = block[504]
        return True
