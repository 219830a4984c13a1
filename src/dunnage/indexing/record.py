"""What one layer holds, as far as it matters: the value that is cached and folded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dunnage.model.cataloger import Fact
    from dunnage.model.problem import Problem

IMPLICIT = "i"
"""Kind of a directory that is only the parent of an entry, without an entry of its own."""

FOLDERS = frozenset({"d", IMPLICIT})


@dataclass(slots=True)
class Record:
    """One layer.

    Attributes:
        kinds: Every path of the layer with its kind: the letters of ``parsers.tar`` (a hard link
            counts as a file), or ``IMPLICIT``.
        links: Target of every symbolic link as written.
        whiteouts: Paths the layer removes from the layers below.
        opaques: Directories whose content in the layers below is hidden.
        facts: What catalogers learned, in the order of the archive, each with the path of its file
            (the path in the fact itself is filled by the fold).
        problems: What concerns the layer as a whole.
        files: Number of files in the archive.
        stored_bytes: Bytes of the blob that were read.
        verified: True if all digests that were known held.
        lasting: True if reading the same bytes again would give the same record.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    whiteouts: list[str] = field(default_factory=list)
    opaques: list[str] = field(default_factory=list)
    facts: list[tuple[str, Fact]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    stored_bytes: int = 0
    verified: bool = False
    lasting: bool = True
