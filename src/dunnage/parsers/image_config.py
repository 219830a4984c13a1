"""Image configurations: platform, settings, layers and the history that made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dunnage.model.errors import ForeignSystemError, InputError, LimitError
from dunnage.model.image import Image, Layer, Platform
from dunnage.model.problem import Effect, Problem
from dunnage.parsers.bounded_json import loads
from dunnage.parsers.reference import is_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.model.limits import Limits

_TEXT = 64 * 1024
_ITEMS = 10_000


class Step(Struct, frozen=True):
    """One line of the history.

    Attributes:
        created_by: The command.
        created: ISO time, or empty.
        empty: True if it made no layer.
    """

    created_by: str
    created: str
    empty: bool


class Config(Struct, frozen=True):
    """An image configuration (OCI image-spec 1.1, config.md; Docker image spec 1.2).

    Attributes:
        image: What it says of the image, without layers, digests and reference.
        diff_ids: Digests of the uncompressed layers, from the base upwards.
        steps: The history.
    """

    image: Image
    diff_ids: tuple[str, ...]
    steps: tuple[Step, ...]


DOCKER = "application/vnd.docker.container.image.v1+json"
"""Media type of configurations that can carry a health check."""


def read(data: bytes, limits: Limits, *, where: str = "", media_type: str = "") -> Config:
    """Return an image configuration.

    Args:
        data: The document.
        limits: Bounds to keep.
        where: Its place, for messages.
        media_type: As the manifest says, or empty.

    Raises:
        InputError: If it is none.
        ForeignSystemError: If it is one of Windows.
        LimitError: If it is larger than the limits allow.
    """
    value = loads(data, limits, largest=limits.manifest_bytes, where=where)
    if not isinstance(value, dict) or not {"rootfs", "os", "architecture"} & value.keys():
        raise InputError("not an image configuration", where=where)
    platform = Platform(_text(value, "os"), _text(value, "architecture"), _text(value, "variant"))
    if platform.os.lower() == "windows":
        raise windows(where)
    settings = _dict(value, "config")
    labels = _dict(settings, "Labels")
    steps = tuple(_step(line) for line in _list(value, "history")[:_ITEMS])
    image = Image(
        reference="",
        platform=platform,
        created=_text(value, "created"),
        user=_text(settings, "User"),
        entrypoint=_texts(settings, "Entrypoint"),
        cmd=_texts(settings, "Cmd"),
        env=_texts(settings, "Env"),
        labels=tuple(sorted((k, v[:_TEXT]) for k, v in labels.items() if isinstance(v, str))),
        history=tuple((step.created_by, step.empty) for step in steps),
        healthcheck=_healthcheck(settings, media_type),
    )
    diff_ids = _texts(_dict(value, "rootfs"), "diff_ids")
    if len(diff_ids) > limits.layers:
        raise LimitError(f"an image of more than {limits.layers} layers", where=where)
    bad = next((diff_id for diff_id in diff_ids if not is_digest(diff_id)), None)
    if bad is not None:
        raise InputError(f"not a sha256 or sha512 digest: {bad[:80]!r}", where=where)
    return Config(image, diff_ids, steps)


def _healthcheck(settings: dict[str, object], media_type: str) -> bool | None:
    """Return whether there is a health check (Docker image spec 1.2, ``Healthcheck``)."""
    test = _texts(_dict(settings, "Healthcheck"), "Test")
    if test:
        return test[0] != "NONE"
    return False if media_type == DOCKER else None


def windows(where: str) -> ForeignSystemError:
    """Return the error for images of Windows."""
    return ForeignSystemError(
        "an image for Windows (os: windows), which is not supported",
        where=where,
        advice="name a Linux image; --platform chooses one of several",
    )


def with_layers(config: Config, layers: Sequence[Layer]) -> tuple[Image, tuple[Problem, ...]]:
    """Return the image with its layers, each with its diff id and history line.

    History lines that made no layer are left out; the others belong to the layers in order
    (OCI image-spec 1.1, config.md, ``empty_layer``).

    Args:
        config: The configuration.
        layers: As the manifest lists them, from the base upwards.
    """
    problems: list[Problem] = []
    diff_ids: Sequence[str] = config.diff_ids
    if len(diff_ids) != len(layers):
        if diff_ids:
            problems.append(_mismatch("diff ids", len(diff_ids), len(layers)))
        diff_ids = [""] * len(layers)
    made: Sequence[Step] = [step for step in config.steps if not step.empty]
    if len(made) != len(layers):
        if made:
            problems.append(_mismatch("history lines", len(made), len(layers)))
        made = [Step("", "", empty=False)] * len(layers)
    whole = tuple(
        replace(layer, index=n, diff_id=diff_id, created_by=step.created_by, created=step.created)
        for n, (layer, diff_id, step) in enumerate(zip(layers, diff_ids, made, strict=True))
    )
    return replace(config.image, layers=whole), tuple(problems)


def _mismatch(what: str, count: int, layers: int) -> Problem:
    return Problem(
        code="image-config-mismatch",
        message=f"the configuration has {count} {what} for {layers} layers; they were not used",
        where="image configuration",
        advice="",
        effect=Effect.NOTE,
    )


def _step(value: object) -> Step:
    if not isinstance(value, dict):
        return Step("", "", empty=False)
    text = _text(value, "created_by") or _text(value, "comment")
    return Step(text, _text(value, "created"), empty=value.get("empty_layer") is True)


def _text(value: dict[str, object], key: str) -> str:
    found = value.get(key)
    return found[:_TEXT] if isinstance(found, str) else ""


def _texts(value: dict[str, object], key: str) -> tuple[str, ...]:
    found = value.get(key)
    if isinstance(found, str):
        return (found[:_TEXT],)
    items = found if isinstance(found, list) else []
    return tuple(item[:_TEXT] for item in items[:_ITEMS] if isinstance(item, str))


def _list(value: dict[str, object], key: str) -> list[object]:
    found = value.get(key)
    return found if isinstance(found, list) else []


def _dict(value: dict[str, object], key: str) -> dict[str, object]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}
