"""What Syft's own JSON says of its target, in the words of our CycloneDX properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dunnage.model.errors import InputError
from dunnage.model.image import Layer
from dunnage.parsers._cyclonedx_package import items, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.image import Image
    from dunnage.model.limits import Limits

Json = dict[str, Any]


def main_of(source: object, limits: Limits) -> Json:
    """Return the component a document is about; nothing if it says nothing.

    Args:
        source: The field ``source``.
        limits: ``layers`` and ``manifest_bytes`` count.
    """
    if not isinstance(source, dict):
        return {}
    target = source.get("metadata") or source.get("target")
    if source.get("type") != "image" or not isinstance(target, dict):
        return {"type": "file", "name": text(source.get("name"))}
    facts = [*_image(target), *_layers(target, limits)]
    return {
        "type": "container",
        "name": text(target.get("userInput")) or text(source.get("name")),
        "version": text(target.get("manifestDigest")),
        "properties": [{"name": f"dunnage:{name}", "value": value} for name, value in facts],
    }


def _image(target: Json) -> Iterator[tuple[str, str]]:
    tags = target.get("tags")
    tag = next((t for t in tags if isinstance(t, str)), "") if isinstance(tags, list) else ""
    given = text(target.get("userInput"))
    # A path says less than the name stored in an archive.
    yield "reference", tag if tag and (given.startswith((".", "/")) or ".tar" in given) else given
    yield "config-digest", text(target.get("imageID"))
    words = (text(target.get(key)) for key in ("os", "architecture", "variant"))
    platform = [word for word in words if word]
    yield "platform", "/".join(platform) if len(platform) > 1 else ""
    labels = target.get("labels")
    for key, value in labels.items() if isinstance(labels, dict) else ():
        yield f"label:{key}", text(value)


def _layers(target: Json, limits: Limits) -> Iterator[tuple[str, str]]:
    """Give the layers, whose digests are diff ids, with the lines that made them."""
    found = items(target.get("layers"))[: limits.layers]
    made = _config(target, [Layer(n) for n in range(len(found))], limits)
    for number, layer in enumerate(found):
        yield f"layer:{number}:diff_id", text(layer.get("digest"))
        yield f"layer:{number}:media_type", text(layer.get("mediaType"))
        if made is not None:
            yield f"layer:{number}:created_by", made.layers[number].created_by
            yield f"layer:{number}:created", made.layers[number].created
    if made is not None:
        yield "created", made.created
        yield "user", made.user


def _config(target: Json, layers: list[Layer], limits: Limits) -> Image | None:
    """Return what the image's configuration says, which a document may hold in base64."""
    import binascii

    from dunnage.parsers.image_config import read, with_layers

    written = text(target.get("config"))
    if not written or len(written) > 2 * limits.manifest_bytes:
        return None
    try:
        config = read(binascii.a2b_base64(written), limits)
    except (InputError, ValueError):
        return None
    return with_layers(config, layers)[0]
