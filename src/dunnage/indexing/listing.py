"""The entries of one layer with what a directory listing tells, in columns.

A layer may have millions of entries, so nothing here is an object for each of them. A listing goes
with the ``Record`` of the same layer: its rows are in the order of ``Record.kinds``.
"""

from __future__ import annotations

import hashlib
from array import array
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from msgspec import Struct, field

from dunnage.indexing.record import IMPLICIT
from dunnage.model.errors import LimitError
from dunnage.parsers.tar import DIRECTORY, FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dunnage.indexing.layout import Layout
    from dunnage.indexing.record import Record
    from dunnage.model.cataloger import Cataloger, Fact
    from dunnage.parsers.tar import TarWalker

HEAD = 4096
"""First bytes of a file by which it is known again when a later layer writes it unchanged."""

MOST_FACTS = 500_000
"""Facts that detectors may learn from one layer."""

PLAIN, ELF, PE, SCRIPT = range(4)
"""What a file begins with."""

WHOLE_BITS = 0xFFFFFFFF
TYPES = "HQIIBQI"
"""Type codes of the columns, as ``array`` has them."""


class Seen(Struct, frozen=True):
    """What is told of one entry.

    Attributes:
        mode: Permission bits.
        size: Size in bytes; 0 for all but files.
        owner: Numeric id of the user.
        group: Numeric id of the group.
        modified: Time of the last change, in seconds since 1970.
        head: Up to ``HEAD`` first bytes.
        capability: Value of ``security.capability``, or nothing.
    """

    mode: int = 0
    size: int = 0
    owner: int = 0
    group: int = 0
    modified: int = 0
    head: bytes = b""
    capability: bytes = b""


class Columns(NamedTuple):
    """One row for each entry.

    Attributes:
        modes: Permission bits.
        sizes: Sizes of files in bytes.
        owners: Numeric ids of users.
        groups: Numeric ids of groups.
        heads: ``PLAIN``, ``ELF``, ``PE`` or ``SCRIPT``.
        prints: Time of the last change and a checksum of the first bytes; the same file again has
            the same.
        contents: Row that holds the content: its own, or for a hard link that of another.
    """

    modes: array[int]
    sizes: array[int]
    owners: array[int]
    groups: array[int]
    heads: array[int]
    prints: array[int]
    contents: array[int]


def columns() -> Columns:
    """Return columns without rows."""
    return Columns(*(array(kind) for kind in TYPES))


class Listing(Struct):
    """One layer.

    Attributes:
        rows: In the order of ``Record.kinds``; then files that are there only under the names of
            hard links.
        capabilities: Values of ``security.capability`` by row.
        facts: What detectors learned, each with the row of its file.
        written: Sizes of all files of the layer together, also of those it replaced itself.
        names: Digest of the paths of the record, so that the two are never mixed up.
    """

    rows: Columns = field(default_factory=columns)
    capabilities: dict[int, bytes] = field(default_factory=dict)
    facts: list[tuple[int, Fact]] = field(default_factory=list)
    written: int = 0
    names: bytes = b""


def digest_of(record: Record) -> bytes:
    """Return the digest of the paths of a record, by which its listing is known."""
    joined = "\0".join(record.kinds).encode("utf-8", "surrogateescape")
    return hashlib.sha256(joined).digest()[:16]


class Lister:
    """Notes the entries of one layer while it is read; for one thread.

    Args:
        detectors: Their facts go into the listing, those of catalogers into the record.
    """

    def __init__(self, detectors: Mapping[str, Cataloger]) -> None:
        self.detectors = detectors
        self._rows = columns()
        self._paths: list[str] = []
        self._again: dict[tuple[str, int], int] = {}
        self._capabilities: dict[int, bytes] = {}
        self._facts: list[tuple[int, Fact]] = []

    def placing(self, walker: TarWalker, layout: Layout) -> Callable[[str, str, str], str]:
        """Return what stands for ``layout.place`` while a tar archive is walked."""

        def place(path: str, kind: str, link: str = "") -> str:
            found = layout.place(path, kind, link)
            attributes = walker.attributes
            size = walker.size if kind == FILE else 0
            head = walker.head(HEAD) if size else b""
            owner, group, modified, capability = attributes
            self.note(
                found, Seen(walker.mode, size, owner, group, modified, head, capability), layout
            )
            return found

        return place

    def linking(self, walker: TarWalker, layout: Layout) -> Callable[[str, str], str]:
        """Return what stands for ``layout.hardlink`` while a tar archive is walked."""

        def hardlink(path: str, target: str) -> str:
            found = layout.hardlink(path, target)
            self.note(found, Seen(walker.mode), layout)
            return found

        return hardlink

    @property
    def count(self) -> int:
        """Return the number of rows so far."""
        return len(self._paths)

    def note(self, path: str, seen: Seen, layout: Layout, content: int = -1) -> None:
        """Add a row for an entry that was put in its place.

        Args:
            path: The place.
            seen: What is told of it.
            layout: Of the same layer.
            content: Row of the same file under another name, or -1.
        """
        rows = self._rows
        row = len(self._paths)
        self._paths.append(path)
        rows.modes.append(seen.mode)
        own = content in {-1, row}
        rows.sizes.append(seen.size if own else 0)
        rows.owners.append(seen.owner & WHOLE_BITS)
        rows.groups.append(seen.group & WHOLE_BITS)
        rows.heads.append(form_of(seen.head))
        rows.prints.append((seen.modified & WHOLE_BITS) << 32 | crc32(seen.head))
        rows.contents.append(row if own else content)
        if seen.capability:
            self._capabilities[row] = seen.capability
        generation = layout.generations.get(path)
        if generation:
            self._again[path, generation] = row

    def learn(self, fact: Fact) -> None:
        """Keep what a detector learned from the file that was noted last.

        Raises:
            LimitError: If there are too many such facts.
        """
        if len(self._facts) >= MOST_FACTS:
            raise LimitError(f"more than {MOST_FACTS} files of the layer would have to be kept")
        self._facts.append((len(self._paths) - 1, fact))

    def settled(self, record: Record) -> Listing:
        """Return the listing; nothing may be noted any more.

        Args:
            record: Of the same layer, settled too.
        """
        order = self._order(record)
        places = {row: place for place, row in enumerate(order) if row >= 0}
        content = self._contents(record)
        ghosts = sorted({row for row in content.values() if row not in places})
        for row in ghosts:
            places[row] = len(order)
            order.append(row)
        rows = self._rows
        written = sum(rows.sizes)
        blank = len(self._paths)
        for column in rows:
            column.append(0)
        picked = [blank if row < 0 else row for row in order]
        new = Columns(
            *(
                array(kind, map(column.__getitem__, picked))
                for kind, column in zip(TYPES, rows, strict=True)
            )
        )
        new.contents[:] = array(TYPES[-1], range(len(order)))
        if content:
            for place, path in enumerate(record.kinds):
                if path in content:
                    new.contents[place] = places[content[path]]
        return Listing(
            new,
            {places[row]: value for row, value in self._capabilities.items() if row in places},
            [(places[row], fact) for row, fact in self._facts if row in places],
            written if record.kinds else 0,
            digest_of(record),
        )

    def _order(self, record: Record) -> array[int]:
        """Return for every path of the record its row, or -1 if it has no entry of its own.

        ``Record.kinds`` is in the order of the last writing, so both are gone through backwards:
        the first row with the path is the one that counts; those in between were replaced.
        """
        paths = self._paths
        row = len(paths) - 1
        order = array("q")
        for path in reversed(record.kinds):
            if record.kinds[path] == IMPLICIT:
                order.append(-1)
                continue
            at = row
            while at >= 0 and paths[at] != path:
                at -= 1
            order.append(at)
            row = at - 1 if at >= 0 else row
        order.reverse()
        for place, kind in enumerate(record.kinds.values()):
            # A file that became a directory because something was written below it.
            if kind == DIRECTORY and order[place] >= 0 and self._rows.sizes[order[place]]:
                order[place] = -1
        return order

    def _contents(self, record: Record) -> dict[str, int]:
        """Return the rows of the files that hard links of the layer lead to, by their paths."""
        found = {
            self._paths[row]: content
            for row, content in enumerate(self._rows.contents)
            if row != content
        }
        if not record.shared:
            return found
        wanted = {place for place, generation in record.shared.values() if not generation}
        first: dict[str, int] = {}
        for row, path in enumerate(self._paths):
            if path in wanted:
                first.setdefault(path, row)
        for path, (place, generation) in record.shared.items():
            source = self._again.get((place, generation)) if generation else first.get(place)
            if source is not None:
                found[path] = source
        return found


def form_of(head: bytes) -> int:
    """Return what a file with these first bytes is to the kernel that would run it."""
    if head[:4] == b"\x7fELF":
        return ELF
    if head[:2] == b"MZ":
        return PE
    return SCRIPT if head[:2] == b"#!" else PLAIN
