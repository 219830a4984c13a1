"""Points at the instructions of a Dockerfile that set the configuration of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.parsers.dockerfile_history import instructions
from dunnage.parsers.dockerfile_settings import NONE, setters
from dunnage.rules.image._secrets import path, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dunnage.model.image import Image
    from dunnage.model.surface import Exposed
    from dunnage.parsers.dockerfile_settings import Setting
    from dunnage.parsers.dockerfile_stages import Stage

HEALTHCHECK = "config.json/Healthcheck"
_SETTING = frozenset({"ARG", "ENV", "LABEL"})


def config_lines(
    image: Image,
    secrets: Sequence[Exposed],
    history: Sequence[tuple[str, bool]],
    stages: tuple[Stage, ...],
) -> tuple[tuple[str, int], ...]:
    """Return places in the configuration with the line of the instruction that set each last.

    Args:
        image: Without its secrets.
        secrets: What was found in its configuration and history.
        history: Every history line with whether it made no layer.
        stages: The stages of the Dockerfile, which fit the history.
    """
    lines = setters(stages)
    found: dict[str, set[int]] = {}
    for at, setting in _configured(image):
        found.setdefault(at, set()).update(lines.get(setting, ())[-1:])
    for at, setting in _told(secrets, history, stages):
        # Which of several wrote a line of the history is not known.
        found.setdefault(at, set()).update(lines.get(setting, ()))
    return tuple(sorted((at, min(few)) for at, few in found.items() if len(few) == 1))


def _configured(image: Image) -> Iterator[tuple[str, Setting]]:
    """Give the places of a configuration that hold something, and what sets them."""
    for line in image.env:
        name = line.partition("=")[0]
        yield place("env", name), ("ENV", name)
    for name, _ in image.labels:
        yield place("label", name), ("LABEL", name)
    for kind, value in (("user", image.user), ("entrypoint", image.entrypoint), ("cmd", image.cmd)):
        if value:
            yield place(kind), (kind.upper(), "")
    if image.healthcheck is False:
        yield HEALTHCHECK, ("HEALTHCHECK", NONE)


def _told(
    secrets: Sequence[Exposed], history: Sequence[tuple[str, bool]], stages: tuple[Stage, ...]
) -> Iterator[tuple[str, Setting]]:
    """Give the places of what only the history holds, if a line of it is from the file.

    The image that the file starts from may have set the same name before.
    """
    named = [one for one in secrets if one.place == "history" and one.name and one.by in _SETTING]
    made = (instructions(history, stages) or {}) if named else {}
    for one in named:
        if any(line - 1 in made for line in one.lines):
            yield path(one), (one.by, one.name)
