"""What of a target could be attacked or is of no use: measured from its files."""

from __future__ import annotations

from msgspec import Struct

CLASSES = ("minimal", "small", "moderate", "large")
"""Classes of attack surface, the smallest first."""


class Waste(Struct, frozen=True):
    """Bytes of a layer that are not in the tree of files, all of one cause.

    Attributes:
        cause: ``overwritten``, ``deleted``, or ``metadata-only`` where a file was written again
            with the same content and other permissions or another owner.
        layer: Index of the layer that holds the bytes, or -1 where there are no layers.
        by: Index of the layer that made them useless.
        size: Bytes.
        files: Number of files; 0 if that is not known.
        path: The largest of them, or empty.
    """

    cause: str
    layer: int
    by: int
    size: int
    files: int = 0
    path: str = ""


class Leftover(Struct, frozen=True):
    """What a package manager kept for itself and nobody needs to run the image.

    Attributes:
        manager: Whose it is (``apt``).
        path: Directory below which it lies.
        size: Bytes.
        files: Number of files.
        layer: Index of the layer that brought most of it, or -1.
    """

    manager: str
    path: str
    size: int
    files: int
    layer: int = -1


class Program(Struct, frozen=True):
    """A program that helps whoever gets in.

    Attributes:
        kind: ``shell``, ``package-manager``, ``compiler`` or ``interpreter``.
        name: What it is called.
        path: Where it lies.
        layer: Index of the layer that brought it, or -1.
    """

    kind: str
    name: str
    path: str
    layer: int = -1


class Privileged(Struct, frozen=True):
    """A program that gives more rights than its caller has.

    Attributes:
        path: Where it lies.
        mode: Permission bits.
        owner: Numeric id of the user.
        group: Numeric id of the group.
        capabilities: Names of its file capabilities, without ``cap_``.
        layer: Index of the layer that wrote it, or -1.
    """

    path: str
    mode: int
    owner: int = 0
    group: int = 0
    capabilities: tuple[str, ...] = ()
    layer: int = -1


class Place(Struct, frozen=True):
    """A path and the layer that wrote it.

    Attributes:
        path: Without a leading slash.
        mode: Permission bits.
        layer: Index of the layer, or -1.
    """

    path: str
    mode: int = 0
    layer: int = -1


class Credential(Struct, frozen=True):
    """A file that holds credentials, in any layer. What is in it is never kept.

    Attributes:
        path: Where it lies, or lay.
        what: What it is (``private key``).
        certain: True if the content says so, False if only the name does.
        layer: Index of the layer that holds it, or -1.
        removed: True if a later layer removed it; whoever has the image can still read it.
    """

    path: str
    what: str
    certain: bool = True
    layer: int = -1
    removed: bool = False


class Exposed(Struct, frozen=True):
    """A secret in the configuration of an image. The secret itself is never kept.

    Attributes:
        place: ``env``, ``label``, ``entrypoint``, ``cmd`` or ``user`` of the configuration;
            ``history`` if only the history still holds it.
        name: The variable, label or build argument that holds it, or empty.
        what: What it is (``GitHub token``).
        by: Keyword of the history line (``ARG``), or empty if it is not in the history.
        certain: True if its shape or its place in a command says so, False if only the name does.
        weak: True if it is a default that everybody can guess.
        lines: The history lines it stands in, counted from 1 at the base upwards.
        layer: Index of the first layer one of these lines made, or -1.
    """

    place: str
    name: str
    what: str
    by: str = ""
    certain: bool = True
    weak: bool = False
    lines: tuple[int, ...] = ()
    layer: int = -1


class Account(Struct, frozen=True):
    """Something wrong with an entry of the account files.

    Attributes:
        path: The file.
        name: Name of the account, or empty.
        trouble: ``empty-password``, ``duplicate-name``, ``duplicate-id`` or ``root-id``.
        line: One-based line.
        layer: Index of the layer that wrote the file, or -1.
    """

    path: str
    name: str
    trouble: str
    line: int = 0
    layer: int = -1


class Unlinked(Struct, frozen=True):
    """A program that cannot start, because its loader or a library is not there.

    Attributes:
        path: Where it lies.
        interpreter: The loader it asks for, or empty.
        missing: The loader if that is missing, else the names of libraries.
        needs: Version of the C library it needs and there is not (``GLIBC_2.38``), or empty.
        layer: Index of the layer that wrote it, or -1.
    """

    path: str
    interpreter: str = ""
    missing: tuple[str, ...] = ()
    needs: str = ""
    layer: int = -1


class Surface(Struct, frozen=True):
    """What of a target could be attacked or is of no use.

    Attributes:
        compressed: Bytes of all layers as stored, or -1.
        unpacked: Bytes of all files a container sees, each content once.
        layer_bytes: Bytes of all files of all layers; more than ``unpacked`` by what is wasted.
        files: Number of files a container sees, hard links included.
        directories: Number of directories.
        links: Number of symbolic links.
        executables: Files somebody may execute that are ELF, PE or scripts; hard links count once.
        static: Those ELF executables of them that need no loader.
        loader: True if there is a dynamic loader that a program names.
        libc: ``glibc``, ``musl`` or empty.
        libc_version: As its symbols say it (``2.36``), or empty.
        user: Configured user; empty for root or unknown.
        programs: Sorted by kind and name.
        privileged: Sorted by path.
        open_directories: Directories everybody may write to, without the sticky bit.
        leftovers: Most bytes first.
        waste: Most bytes first.
        credentials: Sorted by path.
        secrets: Of the configuration: first what it sets, then what only its history holds.
        accounts: In the order of the files.
        unlinked: Sorted by path.
        more: Pairs of a field's name and how many more there were than are listed.
        rating: One of ``CLASSES``.
        reasons: Why, one sentence each.
    """

    compressed: int = -1
    unpacked: int = 0
    layer_bytes: int = 0
    files: int = 0
    directories: int = 0
    links: int = 0
    executables: int = 0
    static: int = 0
    loader: bool = False
    libc: str = ""
    libc_version: str = ""
    user: str = ""
    programs: tuple[Program, ...] = ()
    privileged: tuple[Privileged, ...] = ()
    open_directories: tuple[Place, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    waste: tuple[Waste, ...] = ()
    credentials: tuple[Credential, ...] = ()
    secrets: tuple[Exposed, ...] = ()
    accounts: tuple[Account, ...] = ()
    unlinked: tuple[Unlinked, ...] = ()
    more: tuple[tuple[str, int], ...] = ()
    rating: str = ""
    reasons: tuple[str, ...] = ()

    @property
    def wasted(self) -> int:
        """Return the bytes of the layers that are not in the tree."""
        return self.layer_bytes - self.unpacked

    def total(self, name: str) -> int:
        """Return how many there are of the things in a field, those included that are not listed."""
        return len(getattr(self, name)) + dict(self.more).get(name, 0)

    def of(self, kind: str) -> tuple[str, ...]:
        """Return the names of the programs of one kind, each once."""
        return tuple(dict.fromkeys(one.name for one in self.programs if one.kind == kind))
