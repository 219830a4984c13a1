"""Finds all images of an index, those of nested indexes included."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.errors import InputError, TargetError
from dunnage.model.problem import Effect, Problem
from dunnage.model.target import Layers, Member, Several
from dunnage.parsers import oci
from dunnage.parsers.image_config import windows
from dunnage.sources._choose import images_of
from dunnage.sources._oci import NESTED, content, image_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.model.image import Image, Platform
    from dunnage.sources._oci import Fetch
    from dunnage.sources._source import Options

    Make = Callable[[Image, tuple[Problem, ...]], Layers]


def members_of(
    index: oci.Index, fetch: Fetch, options: Options, where: str, make: Make
) -> tuple[tuple[Member, ...], tuple[Problem, ...]]:
    """Return the images of an index, in its order, and what is left out of it.

    An image that is listed twice for one platform is one. Nested indexes are read now, manifests
    only when a member is opened. Statements about other entries and artifacts are left out, as far
    as the index says that they are some. A nested index that cannot be read is a member that cannot
    be opened, so that it hides nothing.

    Args:
        index: The index.
        fetch: Gives the content of a descriptor; it need not verify it.
        options: ``limits`` count.
        where: What the index is of.
        make: Gives the layers of an image.

    Raises:
        TargetError: If there is no image.
    """
    walk = _Walk(fetch, options, where, make)
    walk.follow(index, 1)
    if not walk.members:
        raise TargetError("the index holds no image", where=where)
    return tuple(walk.members), beyond(options, where) if walk.more else ()


def beyond(options: Options, where: str) -> tuple[Problem, ...]:
    """Return what to tell where there are more images than are examined."""
    most = options.limits.platforms
    message = f"there are more than {most} images; the first {most} were examined"
    return (Problem("platforms-left-out", message, where, "--platform names one of the others"),)


def renamed(found: Layers | Several, source: str, reference: str, note: str) -> Layers | Several:
    """Return what was opened under the names of the place it really came from.

    Args:
        found: What was opened.
        source: Public name of the source.
        reference: What the image is called there.
        note: How the target was understood.
    """
    if isinstance(found, Layers):
        image = replace(found.image, reference=reference)
        return replace(found, image=image, source=source, note=note)

    def reopened(member: Member) -> Layers:
        layers = member.open()
        image = replace(layers.image, reference=reference)
        return replace(layers, image=image, source=source)

    members = tuple(replace(one, open=partial(reopened, one)) for one in found.members)
    return replace(found, members=members, source=source, note=note)


class _Walk:
    """Goes through an index and the indexes in it.

    Args:
        fetch: As in ``members_of``, like all others.
        options: See there.
        where: See there.
        make: See there.

    Attributes:
        members: The images that were found.
        more: True if there are more than the limits allow.
    """

    def __init__(self, fetch: Fetch, options: Options, where: str, make: Make) -> None:
        self._fetch = fetch
        self._options = options
        self._where = where
        self._make = make
        self._indexes: set[str] = set()
        self._images: set[tuple[str, Platform]] = set()
        self.members: list[Member] = []
        self.more = False

    def follow(self, index: oci.Index, depth: int) -> None:
        """Add the images of an index that lies so many levels deep."""
        most = self._options.limits.platforms
        for entry in images_of(index.manifests):
            if max(len(self.members), len(self._indexes)) >= most:
                self.more = True
                return
            said = entry.base_name or index.base_name
            if entry.media_type in oci.INDEX_TYPES:
                self._nested(entry, said, depth)
            elif (entry.digest, entry.platform) not in self._images:
                self._images.add((entry.digest, entry.platform))
                opener = partial(self._open, entry, said)
                self.members.append(Member(entry.platform, entry.digest, opener))

    def _nested(self, entry: oci.Descriptor, said: str, depth: int) -> None:
        # What is read must have the digest it is named by, so no index can hold itself; but many
        # may hold the same ones, and each is followed once.
        if entry.digest in self._indexes:
            return
        try:
            inner = self._inner(entry, depth)
        except (InputError, TargetError) as error:
            failing = partial(_refuse, error)
            self.members.append(Member(entry.platform, entry.digest, failing))
            return
        self.follow(inner.within(said), depth + 1)

    def _inner(self, entry: oci.Descriptor, depth: int) -> oci.Index:
        at = f"{self._where} ({entry.digest[:19]})"
        if depth >= NESTED:
            raise InputError(f"indexes nested more than {NESTED} levels deep", where=at)
        self._indexes.add(entry.digest)
        limits = self._options.limits
        found = oci.read(content(entry, self._fetch, limits, at), limits, where=at)
        if not isinstance(found, oci.Index):
            raise InputError("no index, although its descriptor says so", where=at)
        return found

    def _open(self, entry: oci.Descriptor, said: str) -> Layers:
        at = f"{self._where} ({entry.platform if str(entry.platform) else entry.digest[:19]})"
        if entry.platform.os.lower() == "windows":
            raise windows(at)
        limits = self._options.limits
        found = oci.read(content(entry, self._fetch, limits, at), limits, where=at)
        if isinstance(found, oci.Index):
            raise InputError("an index, although its descriptor says otherwise", where=at)
        image, problems = image_from(
            found.within(said), entry.digest, entry.platform, self._fetch, self._options, at
        )
        problems = (*problems, *_mismatch(entry.platform, image.platform, at))
        return self._make(replace(image, reference=self._where), problems)


def _refuse(error: InputError | TargetError) -> Layers:
    raise error


def _mismatch(said: Platform, found: Platform, where: str) -> tuple[Problem, ...]:
    """Return a note if index and configuration name different platforms."""
    pair = (said.os.lower(), said.architecture.lower())
    if not all(pair) or pair == (found.os.lower(), found.architecture.lower()):
        return ()
    message = f"the configuration of the image says that it is for {found}"
    return (Problem("platform-mismatch", message, where, effect=Effect.NOTE),)
