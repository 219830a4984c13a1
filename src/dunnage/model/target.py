"""What a source gives: layers, a tree of files, or an inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dunnage.model.image import Image, Layer, Platform
    from dunnage.model.inventory import Inventory
    from dunnage.model.problem import Problem


class OpenLayer(Protocol):
    """Opens the blob of a layer as stored; may be called again, and from several threads."""

    def __call__(self, layer: Layer) -> BinaryIO:
        """Return a reader of the stored bytes from the beginning.

        Raises:
            InputError: If the blob is missing or cannot be fetched.
        """


class Layers(Struct, frozen=True):
    """An image whose layers can be read.

    Attributes:
        name: What the user asked for.
        source: Public name of the source (``docker-archive``).
        image: Manifest and configuration.
        open: Opens one layer.
        problems: What was noticed while resolving.
        note: How the target was understood, if that was a choice (one sentence), or empty.
        otherwise: Gives what else it may be if it turns out to hold no packages, or None.
    """

    name: str
    source: str
    image: Image
    open: OpenLayer
    problems: tuple[Problem, ...] = ()
    note: str = ""
    otherwise: Callable[[], Listed | None] | None = None


class TreeEntry(Struct, frozen=True):
    """One entry of a file tree.

    Attributes:
        path: Path inside the tree, without a leading slash.
        kind: ``file``, ``directory``, ``symlink`` or ``other``.
        size: Size in bytes.
        mode: Permission bits.
        link: Target of a symbolic link, as written.
        open: Opens the content, or None where there is none.
        owner: Numeric id of the user.
        group: Numeric id of the group.
        modified: Time of the last change of the content, in seconds since 1970.
        inode: What other names of the same file share, or None if it has no other name.
        place: Where the file system has it, or empty if it is not in one.
    """

    path: str
    kind: str
    size: int = 0
    mode: int = 0
    link: str = ""
    open: Callable[[], BinaryIO] | None = None
    owner: int = 0
    group: int = 0
    modified: int = 0
    inode: tuple[int, int] | None = None
    place: str = ""


class Tree(Struct, frozen=True):
    """A directory or a single file. It is never cached, because it has no digest.

    Attributes:
        name: What the user asked for.
        source: Public name of the source (``dir``).
        walk: Gives all entries, parents before children, in a fixed order, never following links;
            what cannot be read comes as a Problem instead.
        note: As in ``Layers``.
        if_empty: What to tell if no package is found in it; for what is expected to hold some.
        project: True for a source tree, of which lock files and manifests are read; False for
            what packages are installed in.
    """

    name: str
    source: str
    walk: Callable[[], Iterator[TreeEntry | Problem]]
    problems: tuple[Problem, ...] = ()
    note: str = ""
    if_empty: tuple[Problem, ...] = ()
    project: bool = False


class Listed(Struct, frozen=True):
    """A target that is only an inventory (an SBOM).

    Attributes:
        name: What the user asked for.
        source: Public name of the source (``sbom``).
        inventory: What it lists.
        image: The image the SBOM is of, as far as the SBOM says, or None.
        note: As in ``Layers``.
    """

    name: str
    source: str
    inventory: Inventory
    image: Image | None = None
    problems: tuple[Problem, ...] = ()
    note: str = ""


class Member(Struct, frozen=True):
    """One image of several.

    Attributes:
        platform: What it is for, as far as is known before it is opened.
        digest: Digest of its manifest or, where there is none, of its configuration; or empty.
        open: Opens it. It raises ArtifactError if it is no image, ForeignSystemError if it is for
            a system that is not examined, and InputError if it cannot be read.
    """

    platform: Platform
    digest: str
    open: Callable[[], Layers]


class Several(Struct, frozen=True):
    """The images of an index, one for each platform, all of which are to be examined.

    Attributes:
        name: What the user asked for.
        source: Public name of the source (``registry``).
        members: The images, in order; at least one.
        problems: What was noticed while resolving.
        note: As in ``Layers``.
    """

    name: str
    source: str
    members: tuple[Member, ...]
    problems: tuple[Problem, ...] = ()
    note: str = ""


Target = Layers | Tree | Listed
