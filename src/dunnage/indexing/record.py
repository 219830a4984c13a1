"""What one layer holds, as far as it matters: the value that is cached and folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from dunnage.model.cataloger import Fact
    from dunnage.model.problem import Problem

IMPLICIT = "i"
"""Kind of a directory that is only the parent of an entry, without an entry of its own."""

FOLDERS = frozenset({"d", IMPLICIT})

LAST = -1
"""Generation of what a layer wrote last at a path, however often it wrote there."""


class Other(Struct, frozen=True):
    """A file under another name than the one it has in its layer.

    Attributes:
        place: Path of the file in the layer that holds its content.
        generation: Which writing at this path it is, from 0, or ``LAST``.
        path: The other name.
        wanted: Catalogers that want the other name.
        whole: True if what catalogers want by the first bytes counts too, as for a hard link;
            False if what they want by them was examined before, as for a symbolic link.
    """

    place: str
    generation: int
    path: str
    wanted: tuple[str, ...]
    whole: bool


class Record(Struct):
    """One layer.

    Attributes:
        kinds: Every path of the layer with its kind: the letters of ``parsers.tar`` (a hard link
            counts as a file), or ``IMPLICIT``.
        links: Target of every symbolic link as written.
        shared: For hard links to files of the layer itself, the path and generation of the file.
        hardlinks: Target of every other hard link; the layers below may have it.
        late: Directories of kind ``IMPLICIT`` that were replaced after entries below them, or in
            which links of the layer lead to other entries. If one is a link of a lower layer, the
            order of entries matters.
        whiteouts: Paths the layer removes from the layers below.
        opaques: Directories whose content in the layers below is hidden.
        facts: What catalogers learned, in the order of the archive, each with the path of its file
            (the path in the fact itself is filled by the fold).
        others: What catalogers learned from files under other names, when images asked for it.
        problems: What concerns the layer as a whole.
        files: Number of files in the archive.
        stored_bytes: Bytes of the blob that were read.
        verified: True if all digests that were known held.
        lasting: True if reading the same bytes again would give the same record.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    shared: dict[str, tuple[str, int]] = field(default_factory=dict)
    hardlinks: dict[str, str] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    whiteouts: list[str] = field(default_factory=list)
    opaques: list[str] = field(default_factory=list)
    facts: list[tuple[str, Fact]] = field(default_factory=list)
    others: dict[Other, list[Fact]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    stored_bytes: int = 0
    verified: bool = False
    lasting: bool = True
