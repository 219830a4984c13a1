"""Where a published store lies: a directory, a web server, an archive, or a registry."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol, cast

from dunnage.advisories._index import (
    LIMITS,
    Descriptor,
    Index,
    digest_of,
    read_index,
    read_layout,
    read_manifest,
)
from dunnage.advisories._mirror import Place
from dunnage.model.errors import InputError, TargetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.advisories._mirror import Mirror
    from dunnage.model.progress import Progress

_BLOCK = 1 << 18
_LAYOUT = "oci-layout"
_MARK = b"imageLayoutVersion"


class Repository(Protocol):
    """A repository of a registry, handed in because registries are read in another room."""

    def manifest(self, wanted: str) -> tuple[bytes, str]:
        """Return a manifest by tag or digest, and the digest the registry told, or empty."""

    def blob(self, digest: str, size: int) -> BinaryIO:
        """Return a blob as a stream; nothing is verified yet."""


class Named(NamedTuple):
    """A repository, and which of its manifests is meant.

    Attributes:
        repository: The repository.
        wanted: Tag or digest.
        digest: The digest that was named, or empty.
    """

    repository: Repository
    wanted: str
    digest: str


class OpenRegistry(Protocol):
    """Opens what is written behind ``oci://``."""

    def __call__(self, text: str) -> Named:
        """Return the repository, without asking it anything.

        Raises:
            InputError: If the text names none.
        """


class Carrier(NamedTuple):
    """A place that holds a published store.

    Attributes:
        name: What the user called it.
        manifest: Gives the manifest.
        blob: Opens the content with a digest and a size; nothing is verified yet.
    """

    name: str
    manifest: Callable[[], bytes]
    blob: Callable[[Descriptor], BinaryIO]

    def where(self, digest: str) -> str:
        """Return what a message calls a blob of this place."""
        return f"{self.name}: {digest}"


class Opened(NamedTuple):
    """A published store whose index has been read.

    Attributes:
        carrier: Where it lies.
        digest: Digest of its manifest, which stands for all of it.
        contents: The index.
    """

    carrier: Carrier
    digest: str
    contents: Index


def carrier_of(mirror: Mirror, registries: OpenRegistry | None) -> Carrier | None:
    """Return the published store a mirror holds, or None if it holds the publishers' files.

    Args:
        mirror: The mirror.
        registries: Opens registries; None where there are none.

    Raises:
        InputError: If it cannot be reached, or must hold a published store and does not.
    """
    if mirror.kind == "archive":
        return in_archive(mirror.name, Path(mirror.base))
    if mirror.kind == "registry":
        if registries is None:
            raise InputError("registries cannot be read here", where=mirror.name)
        return in_registry(mirror.name, registries(mirror.base))
    return None if mirror.only else in_place(mirror.name, Place(mirror.base, mirror.http))


def in_place(name: str, place: Place) -> Carrier | None:
    """Return the published store at a directory or web address, or None if there is none.

    Raises:
        InputError: If that cannot be found out.
    """
    mark = place.text(_LAYOUT, LIMITS.manifest_bytes)
    if mark is None or _MARK not in mark:
        return None

    def blob(wanted: Descriptor) -> BinaryIO:
        return place.stream(wanted.path)

    return Carrier(name, lambda: _top(name, place.text, blob), blob)


def in_archive(name: str, path: Path) -> Carrier:
    """Return the published store in an image archive: a tar over the same layout.

    Raises:
        InputError: If the file cannot be read as a tar.
    """
    members = _members(path)

    def blob(wanted: Descriptor) -> BinaryIO:
        return _member(path, members, wanted.path)

    def text(inside: str, limit: int) -> bytes | None:
        if inside not in members:
            return None
        with _member(path, members, inside) as stream:
            return stream.read(limit)

    return Carrier(name, lambda: _top(name, text, blob), blob)


def in_registry(name: str, named: Named) -> Carrier:
    """Return the published store in a registry."""

    def manifest() -> bytes:
        try:
            data, said = named.repository.manifest(named.wanted)
        except TargetError as error:
            raise InputError(error.message, where=error.where, advice=error.advice) from error
        for digest in (named.digest, said):
            if digest and digest != digest_of(data):
                raise _changed(name, digest)
        return data

    return Carrier(name, manifest, lambda wanted: named.repository.blob(*wanted))


def opened(carrier: Carrier, pin: str) -> Opened:
    """Read the index of a published store.

    Args:
        carrier: Where it lies.
        pin: Digest its manifest must have, or empty.

    Raises:
        InputError: If it is none, is not what its digests say, or is not the pinned one.
    """
    manifest = carrier.manifest()
    digest = digest_of(manifest)
    if pin and digest != pin:
        raise InputError(
            f"the published store has the digest {digest}, not the one given with --digest",
            where=carrier.name,
            advice="ask the publisher for the right digest; never take it from the mirror itself",
        )
    found = read_manifest(manifest, carrier.name)
    index = read_index(_small(carrier.blob, found, carrier.name), carrier.name)
    return Opened(carrier, digest, index)


def fetch(
    carrier: Carrier, wanted: Descriptor, spool: Path, label: str, progress: Progress
) -> BinaryIO:
    """Return verified content, in an unlinked temporary file.

    Args:
        carrier: Where it lies.
        wanted: Digest and size it must have.
        spool: Directory for the temporary file.
        label: What progress calls it.
        progress: Told about the bytes.

    Raises:
        InputError: If it is missing, or is not what its digest and size say.
    """
    # It outlives this function; whoever reads the part closes it.
    target = cast("BinaryIO", tempfile.TemporaryFile(dir=spool))  # noqa: SIM115
    progress.start(label, wanted.size)
    try:
        with carrier.blob(wanted) as source:
            _copy(source, target, wanted, carrier.name, progress)
        target.seek(0)
    except BaseException:
        target.close()
        raise
    finally:
        progress.finish()
    return target


def _copy(
    source: BinaryIO, target: BinaryIO, wanted: Descriptor, name: str, progress: Progress
) -> None:
    digest = hashlib.sha256()
    left = wanted.size
    # One byte more than there may be, so that a longer one is noticed.
    while block := source.read(min(_BLOCK, left + 1)):
        left -= len(block)
        if left < 0:
            break
        digest.update(block)
        target.write(block)
        progress.advance(len(block))
    if left or f"sha256:{digest.hexdigest()}" != wanted.digest:
        raise _changed(name, wanted.digest)


def _top(
    name: str, text: Callable[[str, int], bytes | None], blob: Callable[[Descriptor], BinaryIO]
) -> bytes:
    layout = text("index.json", LIMITS.manifest_bytes)
    if layout is None:
        raise InputError("there is no index.json in the published store", where=name)
    return _small(blob, read_layout(layout, name), name)


def _small(blob: Callable[[Descriptor], BinaryIO], wanted: Descriptor, name: str) -> bytes:
    with blob(wanted) as source:
        data = source.read(wanted.size + 1)
    if len(data) != wanted.size or digest_of(data) != wanted.digest:
        raise _changed(name, wanted.digest)
    return data


def _changed(name: str, digest: str) -> InputError:
    return InputError(
        f"the content is not what its digest and size say: {digest}",
        where=name,
        advice="the mirror is damaged, being changed, or was tampered with; name another",
    )


def _members(path: Path) -> dict[str, tuple[int, int]]:
    """Return offset and size of the plain files of a tar."""
    from dunnage.parsers.tar import FILE, TarWalker

    found: dict[str, tuple[int, int]] = {}
    try:
        with path.open("rb") as file:
            walker = TarWalker(iter(lambda: file.read(1 << 20), b""), LIMITS)
            while walker.advance():
                if walker.kind == FILE and not walker.sparse:
                    found[walker.path] = (walker.body_offset, walker.size)
                if len(found) > LIMITS.archive_members:
                    raise InputError("an archive of too many members", where=str(path))
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", where=str(path)) from error
    if "index.json" not in found:
        raise InputError(
            "the file is no published store",
            where=str(path),
            advice="make one with: dunnage db export FILE",
        )
    return found


def _member(path: Path, members: dict[str, tuple[int, int]], inside: str) -> BinaryIO:
    from dunnage.advisories._slice import Slice

    if inside not in members:
        raise InputError("the archive lacks a file", where=f"{path}: {inside}")
    try:
        return cast("BinaryIO", Slice(path, *members[inside]))
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", where=str(path)) from error
