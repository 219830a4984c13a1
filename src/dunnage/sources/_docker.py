"""Reads what ``docker save`` writes, in its old and its new layout."""

from __future__ import annotations

import hashlib
import re
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from dunnage.model.errors import ForeignSystemError, InputError, TargetError
from dunnage.model.image import Layer, Platform
from dunnage.model.target import Layers, Member, Several
from dunnage.parsers import image_config
from dunnage.parsers.bounded_json import loads
from dunnage.parsers.reference import is_digest
from dunnage.sources import _layout
from dunnage.sources._choose import distinct, full_name, how_to_choose, listed
from dunnage.sources._oci import check_platform
from dunnage.sources._platforms import beyond
from dunnage.sources._spool import AGAIN, explained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.model.limits import Limits
    from dunnage.sources._content import Opened
    from dunnage.sources._members import Members
    from dunnage.sources._source import Options

_CONFIG_NAME = re.compile(r"(?:blobs/sha256/|sha256:)?([0-9a-f]{64})(?:\.json)?")
_BLOB = re.compile(r"blobs/(sha256|sha512)/([0-9a-f]+)")


class Entry(Struct, frozen=True):
    """One image of ``manifest.json`` (Docker image spec 1.2, combined image JSON).

    Attributes:
        config: Path of its configuration.
        names: ``RepoTags``.
        layers: Paths of its layers, from the base upwards.
    """

    config: str
    names: tuple[str, ...]
    layers: tuple[str, ...]

    @property
    def id(self) -> str:
        """Return the image id without its algorithm, or an empty string if it is not named so."""
        match = _CONFIG_NAME.fullmatch(self.config)
        return match.group(1) if match else ""


def layers_of(opened: Opened, selector: str, options: Options) -> Layers | Several:
    """Return the layers of one image of an opened docker archive, or images of several platforms.

    Newer engines write an OCI layout besides, which alone holds all platforms of an index.

    Args:
        opened: The archive.
        selector: ``name:tag`` or the beginning of an image id; empty if there is only one.
        options: ``choose``, ``platform``, ``all_platforms`` and ``limits`` count.

    Raises:
        TargetError: If there is no image, not the one asked for, or a choice is needed.
        InputError: If manifest or configuration are damaged or no image's.
    """
    members = opened.members
    name = opened.stored.name
    most = options.limits.manifest_bytes
    manifest = members.read("manifest.json", most) if members is not None else None
    if members is None or manifest is None:
        raise TargetError(
            "no docker archive: it holds no manifest.json",
            where=name,
            advice="an OCI layout is opened with oci-archive:, a root file system with dir:",
        )
    if options.all_platforms and members.get("index.json") is not None:
        files, before = _layout.Packed(members), opened.problems
        return _layout.layers_of(files, name, "docker-archive", selector, options, before)
    entries = _entries(manifest, options.limits, name)
    wanted = selector or options.choose
    if options.all_platforms and len(entries) > 1 and not wanted:
        several = _several(entries, members, opened, options)
        if several is not None:
            return several
    return _layers(_chosen(entries, wanted, name), members, opened, options)


def _several(
    entries: Sequence[Entry], members: Members, opened: Opened, options: Options
) -> Several | None:
    """Return all images of an archive if they are for different platforms, else None."""
    name, most = opened.stored.name, options.limits.platforms
    platforms = [_platform(entry, members, options.limits) for entry in entries[:most]]
    readable = [platform for platform in platforms if platform.os]
    if not readable or not distinct(readable):
        return None
    found = tuple(
        Member(
            platform,
            f"sha256:{entry.id}" if entry.id else "",
            partial(_layers, entry, members, opened, options),
        )
        for entry, platform in zip(entries, platforms, strict=False)
    )
    left_out = beyond(options, name) if len(entries) > most else ()
    return Several(name, "docker-archive", found, left_out)


def _platform(entry: Entry, members: Members, limits: Limits) -> Platform:
    """Return the platform an image is for, without one if that cannot be read."""
    try:
        data = members.read(entry.config, limits.manifest_bytes)
        return image_config.read(data, limits).image.platform if data is not None else Platform()
    except ForeignSystemError:
        return Platform("windows")
    except InputError:
        return Platform()


def _entries(data: bytes, limits: Limits, name: str) -> tuple[Entry, ...]:
    where = f"{name}, manifest.json"
    value = loads(data, limits, largest=limits.manifest_bytes, where=where)
    if isinstance(value, dict) and "schemaVersion" in value:
        raise InputError(
            "a registry manifest, not that of a docker archive",
            where=where,
            advice="copy the image to an OCI layout or a docker archive first",
        )
    items = value if isinstance(value, list) else []
    found = tuple(entry for item in items if (entry := _entry(item)) is not None)
    if not found:
        advice = f"if it is a root file system, write dir:{name}"
        raise TargetError("the archive holds no image", where=where, advice=advice)
    return found


def _entry(item: object) -> Entry | None:
    if not isinstance(item, dict) or not isinstance(item.get("Config"), str):
        return None
    names, layers = item.get("RepoTags"), item.get("Layers")
    return Entry(
        config=item["Config"],
        names=tuple(n for n in names if isinstance(n, str)) if isinstance(names, list) else (),
        layers=tuple(str(path) for path in layers) if isinstance(layers, list) else (),
    )


def _chosen(entries: Sequence[Entry], wanted: str, name: str) -> Entry:
    if not wanted and len(entries) == 1:
        return entries[0]
    known = [*dict.fromkeys(n for entry in entries for n in entry.names or (entry.id[:12],) if n)]
    if not wanted:
        raise TargetError(
            f"the archive holds {len(entries)} images; one must be chosen",
            where=name,
            advice=how_to_choose(name, known),
        )
    fitting = [entry for entry in entries if _is(entry, wanted)]
    if fitting:
        return fitting[0]
    raise TargetError(
        f"the archive holds no image {wanted[:120]}",
        where=name,
        advice=f"choose one of: {listed(known)}",
    )


def _is(entry: Entry, wanted: str) -> bool:
    bare = wanted.removeprefix("@").removeprefix("sha256:")
    if len(bare) >= 4 and entry.id.startswith(bare):
        return True
    return wanted in entry.names or full_name(wanted) in map(full_name, entry.names)


def _layers(entry: Entry, members: Members, opened: Opened, options: Options) -> Layers:
    limits, name = options.limits, opened.stored.name
    if len(entry.layers) > limits.layers:
        raise InputError(f"an image of more than {limits.layers} layers", where=name)
    data = members.read(entry.config, limits.manifest_bytes)
    where = f"{name}, {entry.config[:100]}"
    if data is None:
        early = "; the archive ends too early" if members.truncated else ""
        raise InputError(f"the image configuration is missing{early}", where=where, advice=AGAIN)
    hexdigest = hashlib.sha256(data).hexdigest()
    if entry.id and entry.id != hexdigest:
        raise InputError("the image configuration is not what its name says", where=where)
    config = image_config.read(data, limits, where=where, media_type=image_config.DOCKER)
    check_platform(config.image.platform, options.platform, name)
    layers = [_layer(n, path, members) for n, path in enumerate(entry.layers)]
    image, problems = image_config.with_layers(config, layers)
    reference = entry.names[0] if entry.names else name
    image = replace(image, reference=reference, config_digest=f"sha256:{hexdigest}")

    def open_layer(layer: Layer) -> BinaryIO:
        path = entry.layers[layer.index]
        member = members.get(path)
        if member is None:
            early = "; the archive ends too early" if members.truncated else ""
            message = f"the layer is missing{early}"
            raise InputError(message, where=f"{name}, {path[:100]}", advice=AGAIN)
        return members.stored.reader(member.offset, member.size)

    before = opened.problems
    if not all(map(members.holds, entry.layers)):
        before = explained(before)
    return Layers(name, "docker-archive", image, open_layer, (*before, *problems))


def _layer(index: int, path: str, members: Members) -> Layer:
    """Return a layer; only the content-addressed layout says what digest its blob should have."""
    member = members.get(path)
    match = _BLOB.fullmatch(path)
    digest = f"{match.group(1)}:{match.group(2)}" if match else ""
    size = member.size if member is not None else -1
    return Layer(index, digest=digest if is_digest(digest) else "", size=size)
