"""Follows indexes to one image and reads its manifest and configuration, all verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.errors import InputError, LimitError, TargetError
from dunnage.model.image import Layer, Platform
from dunnage.parsers import image_config, oci
from dunnage.sources._choose import fits, of_platform, parse_platform

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.model.image import Image
    from dunnage.model.limits import Limits
    from dunnage.model.problem import Problem
    from dunnage.sources._source import Options

    Fetch = Callable[[oci.Descriptor], bytes]

NESTED = 4
"""Levels of indexes that are followed."""


def image_of(
    found: oci.Index | oci.Manifest,
    digest: str,
    fetch: Fetch,
    options: Options,
    where: str,
) -> tuple[Image, tuple[Problem, ...]]:
    """Return the image a manifest describes, or the one of an index for the wanted platform.

    Args:
        found: What was asked for.
        digest: Its digest, already verified; empty if it has none.
        fetch: Gives the content of a descriptor; it need not verify it.
        options: ``platform`` and ``limits`` count.
        where: What the image is called in messages.

    Raises:
        TargetError: If there is no image for the platform.
        InputError: If content is missing, is not what its digest says, or is no image.
    """
    platform = Platform()
    for _ in range(NESTED + 1):
        if isinstance(found, oci.Manifest):
            return image_from(found, digest, platform, fetch, options, where)
        chosen = of_platform(found.manifests, options.platform, where)
        digest, platform = chosen.digest, chosen.platform
        data = content(chosen, fetch, options.limits, where)
        inner = oci.read(data, options.limits, where=where)
        found = inner.within(chosen.base_name or found.base_name)
    raise InputError(f"indexes nested more than {NESTED} levels deep", where=where)


def content(descriptor: oci.Descriptor, fetch: Fetch, limits: Limits, where: str) -> bytes:
    """Return the verified content of a manifest, index or configuration.

    Raises:
        LimitError: If it is larger than ``manifest_bytes``.
        InputError: If size or digest are not what the descriptor says.
    """
    if descriptor.size > limits.manifest_bytes:
        raise LimitError(f"a manifest of {descriptor.size} bytes", where=where)
    data = fetch(descriptor)
    oci.verify(data, descriptor.digest, where=where)
    if len(data) != descriptor.size:
        raise InputError(
            f"{descriptor.digest} has {len(data)} bytes, not {descriptor.size}", where=where
        )
    return data


def image_from(
    manifest: oci.Manifest,
    digest: str,
    platform: Platform,
    fetch: Fetch,
    options: Options,
    where: str,
) -> tuple[Image, tuple[Problem, ...]]:
    """Return the image of a manifest.

    Args:
        manifest: The manifest.
        digest: Its digest, or empty.
        platform: What an index said that it is for; it counts where the configuration says nothing.
        fetch: As in ``image_of``, like all others.
        options: See there.
        where: See there.

    Raises:
        TargetError: If it is for another platform than the wanted one.
        InputError: If the configuration is missing, damaged or none.
    """
    data = content(manifest.config, fetch, options.limits, where)
    kind = manifest.config.media_type
    config = image_config.read(data, options.limits, where=where, media_type=kind)
    if not config.image.platform.os:
        config = replace(config, image=replace(config.image, platform=platform))
    check_platform(config.image.platform, options.platform, where)
    layers = [
        Layer(n, digest=layer.digest, size=layer.size, media_type=layer.media_type)
        for n, layer in enumerate(manifest.layers)
    ]
    image, problems = image_config.with_layers(config, layers)
    image = replace(
        image,
        reference=where,
        digest=digest,
        config_digest=manifest.config.digest,
        base_name=manifest.base_name,
        index_base_name=manifest.index_base_name,
    )
    return image, problems


def check_platform(found: Platform, wanted: str, where: str) -> None:
    """Make sure that an image that was not chosen from an index is for the wanted platform.

    Raises:
        TargetError: If it is for another.
    """
    platform = parse_platform(wanted)
    if platform is not None and found.os and not fits(platform, found):
        raise TargetError(
            f"the image is for {found}, not for {platform}",
            where=where,
            advice="leave --platform out, or name another image",
        )
