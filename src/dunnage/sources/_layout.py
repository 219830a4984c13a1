"""Reads OCI image layouts, as a directory or as a tar of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

from msgspec import Struct

from dunnage.model.errors import InputError, LimitError, TargetError
from dunnage.model.target import Layers, Several
from dunnage.parsers import oci
from dunnage.parsers.reference import is_digest
from dunnage.sources._choose import distinct, full_name, how_to_choose, images_of, listed
from dunnage.sources._oci import content, image_of
from dunnage.sources._platforms import members_of
from dunnage.sources._spool import AGAIN, explained
from dunnage.sources._stored import open_inside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.model.image import Image, Layer
    from dunnage.model.problem import Problem
    from dunnage.sources._members import Members
    from dunnage.sources._oci import Fetch
    from dunnage.sources._source import Options


class Files(Protocol):
    """The files of a layout."""

    def open(self, path: str) -> BinaryIO | None:
        """Return a reader of one file, or None if it is missing.

        Raises:
            InputError: If it cannot be read.
        """

    @property
    def cut(self) -> bool:
        """Tell whether files may be missing because an archive ends too early."""


class Directory(Struct, frozen=True):
    """A layout in a directory.

    Attributes:
        root: Path of the directory.
    """

    root: str

    def open(self, path: str) -> BinaryIO | None:
        """Return a reader of one file; links out of the layout are not followed."""
        stored = open_inside(self.root, path)
        return stored.reader() if stored is not None else None

    @property
    def cut(self) -> bool:
        """Directories have no end."""
        return False


class Packed(Struct, frozen=True):
    """A layout in a tar.

    Attributes:
        members: Its members.
    """

    members: Members

    def open(self, path: str) -> BinaryIO | None:
        """Return a reader of one member, or None if it is missing."""
        member = self.members.get(path)
        if member is None:
            return None
        return self.members.stored.reader(member.offset, member.size)

    @property
    def cut(self) -> bool:
        """Tell whether the archive ends too early."""
        return self.members.truncated


def layers_of(
    files: Files,
    name: str,
    source: str,
    selector: str,
    options: Options,
    problems: tuple[Problem, ...] = (),
) -> Layers | Several:
    """Return the layers of one image of a layout, or all images of an index in it.

    The layout is that of OCI image-spec 1.1, image-layout.md.

    Args:
        files: The files of the layout.
        name: What it is called in messages.
        source: Public name of the source.
        selector: Tag, full name or digest; empty if there is only one image.
        options: ``choose``, ``platform``, ``all_platforms`` and ``limits`` count.
        problems: What was noticed before.

    Raises:
        TargetError: If there is no layout, no image, not the one asked for, or a choice is needed.
        InputError: If something is missing, damaged or no image.
    """

    def fetch(descriptor: oci.Descriptor) -> bytes:
        return _blob(files, descriptor.digest, _role(descriptor), options, name)

    found, digest = _found(files, selector or options.choose, fetch, options, name)

    def open_layer(layer: Layer) -> BinaryIO:
        path = _path(layer.digest)
        file = files.open(path)
        if file is None:
            raise _missing(files, "layer", path, name)
        return file

    def layers(image: Image, noticed: tuple[Problem, ...]) -> Layers:
        before = problems
        if isinstance(files, Packed):
            paths = [_path(layer.digest) for layer in image.layers]
            if not all(map(files.members.holds, paths)):
                before = explained(problems)
        return Layers(name, source, image, open_layer, (*before, *noticed))

    if options.all_platforms and isinstance(found, oci.Index):
        members, left_out = members_of(found, fetch, options, name, layers)
        return Several(name, source, members, left_out)
    return layers(*image_of(found, digest, fetch, options, name))


def _found(
    files: Files, wanted: str, fetch: Fetch, options: Options, name: str
) -> tuple[oci.Index | oci.Manifest, str]:
    """Return what is to be read, and its digest if it has one."""
    data = _read(files, "index.json", options.limits.manifest_bytes, name)
    if data is None:
        raise TargetError(
            "no OCI layout: it holds no index.json",
            where=name,
            advice="a root file system is opened with dir:, a docker archive with docker-archive:",
        )
    index = oci.read(data, options.limits, where=f"{name}, index.json")
    if not isinstance(index, oci.Index):
        raise TargetError("no OCI layout: index.json is no index", where=name)
    if wanted and is_digest(wanted) and all(d.digest != wanted for d in index.manifests):
        return _inner(files, wanted, options, name), wanted
    entries = _chosen(index.manifests, wanted, name, options)
    # What a layout says that holds other images as well is not about this one.
    listed_ones = {entry.digest for entry in images_of(index.manifests)}
    said = index.base_name if listed_ones <= {entry.digest for entry in entries} else ""
    if len(entries) > 1:
        return oci.Index(entries, said), ""
    inner = content(entries[0], fetch, options.limits, name)
    found = oci.read(inner, options.limits, where=name)
    return found.within(entries[0].base_name or said), entries[0].digest


def _inner(files: Files, digest: str, options: Options, name: str) -> oci.Index | oci.Manifest:
    """Return a manifest that the index names only by way of another index."""
    data = _blob(files, digest, "image", options, name)
    oci.verify(data, digest, where=name)
    return oci.read(data, options.limits, where=name)


def _chosen(
    entries: Sequence[oci.Descriptor], wanted: str, name: str, options: Options
) -> tuple[oci.Descriptor, ...]:
    """Return the entries that remain to be chosen from by their platform.

    Where all platforms are wanted and no name is, entries of different platforms are all wanted,
    whatever they are called.
    """
    images = images_of(entries) or list(entries)
    if not images:
        raise TargetError("the layout holds no image", where=name, advice="save the image again")
    known = [*dict.fromkeys(e.names[0] if e.names else e.digest for e in images)]
    if wanted:
        bare = wanted.removeprefix("@")
        names = {bare, full_name(bare)}
        images = [e for e in images if names & {*e.names} or bare == e.digest]
        if not images:
            raise TargetError(
                f"the layout holds no image {wanted[:120]}",
                where=name,
                advice=f"choose one of: {listed(known)}",
            )
        return tuple(images)
    if len({e.digest for e in images}) == 1:
        return (images[0],)
    tags = {e.names for e in images}
    alike = len(tags) == 1 and all(e.platform.os for e in images)
    alike = alike or (options.all_platforms and distinct([e.platform for e in images]))
    if len(images) > 1 and not alike:
        raise TargetError(
            f"the layout holds {len(images)} images; one must be chosen",
            where=name,
            advice=how_to_choose(name, known),
        )
    return tuple(images)


def _path(digest: str) -> str:
    algorithm, _, value = digest.partition(":")
    return f"blobs/{algorithm}/{value}"


def _role(descriptor: oci.Descriptor) -> str:
    """Return what a person calls the content of a descriptor."""
    if descriptor.media_type in oci.INDEX_TYPES:
        return "index of the image"
    return "manifest" if descriptor.media_type in oci.MANIFEST_TYPES else "image configuration"


def _missing(files: Files, what: str, path: str, name: str) -> InputError:
    early = "; the archive ends too early" if files.cut else ""
    return InputError(f"the {what} is missing{early}", where=f"{name}, {path}", advice=AGAIN)


def _blob(files: Files, digest: str, what: str, options: Options, name: str) -> bytes:
    path = _path(digest)
    data = _read(files, path, options.limits.manifest_bytes, name)
    if data is None:
        raise _missing(files, what, path, name)
    return data


def _read(files: Files, path: str, most: int, name: str) -> bytes | None:
    opened = files.open(path)
    if opened is None:
        return None
    with opened as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise LimitError(f"{path} has more than {most} bytes", where=name)
    return data
