"""What a cataloger declares, what it is given, and what it gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

from msgspec import Struct, field

from dunnage.model.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dunnage.model.package import Package
    from dunnage.model.problem import Problem


class Body(Protocol):
    """The content of one file, in memory or in an unlinked temporary file."""

    @property
    def size(self) -> int:
        """Return the size in bytes."""

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end."""

    def all(self, limit: int) -> bytes:
        """Return the whole content.

        Raises:
            LimitError: If the content is larger than ``limit`` bytes.
        """

    def open(self) -> BinaryIO:
        """Return a seekable reader, independent of all others."""


class File(Struct, frozen=True):
    """One file a cataloger asked for.

    Attributes:
        path: Path inside the target, without a leading slash.
        size: Size in bytes.
        mode: Permission bits.
        body: The content.
        limits: Bounds to keep.
        evidence: Tells whether any cataloger wants a path by its name, so that file lists of
            package databases can be cut down to what may have to be joined with other packages.
        memo: What one cataloger found out about the body and another would look for again.
    """

    path: str
    size: int
    mode: int
    body: Body
    limits: Limits = field(default_factory=Limits)
    evidence: Callable[[str], bool] = bool
    memo: dict[str, object] = field(default_factory=dict)


class Fact(Struct, frozen=True):
    """What a cataloger learned from one file; this is what the cache keeps.

    Attributes:
        cataloger: Name of the cataloger; filled by the indexer.
        path: Path of the file; filled by the indexer.
        packages: Packages the file describes.
        files: Paths (no leading slash) that a package owns, as pairs of package name and path;
            only paths for which ``File.evidence`` holds.
        notes: Anything else, as key and value; only the same cataloger reads it.
        problems: What could not be understood; ``where`` is filled by the indexer if empty.
    """

    cataloger: str = ""
    path: str = ""
    packages: tuple[Package, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()


class Cataloger(Struct, frozen=True):
    """How one package format is recognised and read.

    A file is wanted if any of ``names``, ``suffixes``, ``globs``, ``paths``, ``folders`` or
    ``magic`` matches. All of them compare with the path inside the target; case matters.

    Attributes:
        parse: Reads one file. It may raise InputError (or ValueError, KeyError, struct.error,
            UnicodeError, which become one): the file becomes a Problem, the rest goes on.
        version: Raise it whenever the same file would now give other facts.
        types: Package URL types it can give.
        system: True for operating system packages, False for libraries and applications.
        names: Base names (``METADATA``).
        suffixes: Last suffixes with their dot (``.jar``).
        paths: Endings of whole path segments (``lib/apk/db/installed``).
        folders: Endings of the directory a file lies directly in (``var/lib/dpkg/info``); may be
            narrowed by ``folder_suffixes``.
        folder_suffixes: Suffixes that files in ``folders`` must have; empty for any.
        magic: Leading bytes of the content, at most 8.
        max_size: Largest file it reads; larger ones become a Problem.
        database: True if one file lists many packages, so that a package's layer is the one in
            which the list first named it, not the one that last wrote the file.
        assemble: Given all facts of this cataloger that survived the fold (with their paths),
            gives facts again; for formats spread over several files. None keeps them as they are.
        globs: Shell patterns of base names that end in a plain suffix (``requirements*.txt``).
        project: True if it reads what a source tree says it needs; such a cataloger runs on
            projects only, and the others never do: a lock file inside an image installs nothing.
        unowned: True if its packages only count where no operating system package installed the
            evidence; that package then stands for them.
    """

    parse: Callable[[File], Fact | None]
    version: int
    types: tuple[str, ...]
    system: bool = False
    names: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    folder_suffixes: tuple[str, ...] = ()
    magic: tuple[bytes, ...] = ()
    max_size: int = 2 * 1024 * 1024 * 1024
    database: bool = False
    assemble: Callable[[Sequence[Fact]], Iterable[Fact]] | None = None
    globs: tuple[str, ...] = ()
    project: bool = False
    unowned: bool = False
