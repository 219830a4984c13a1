"""Finds the Dockerfile instructions that set a part of an image's configuration.

What ENV, LABEL, USER and their kin set goes from a stage to those that start from it
(https://docs.docker.com/reference/dockerfile/, "FROM"); ONBUILD waits for such a stage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage

NONE = "NONE"
"""What a HEALTHCHECK is called that takes the check away."""
_NAMED = frozenset({"ARG", "ENV", "LABEL"})
_WHOLE = frozenset({"CMD", "ENTRYPOINT", "HEALTHCHECK", "USER"})

Setting = tuple[str, str]
"""A keyword in upper case and the name it sets; without one for those that set one thing only, but
``NONE`` for a HEALTHCHECK that takes it away."""


def setters(stages: tuple[Stage, ...]) -> dict[Setting, tuple[int, ...]]:
    """Return the lines of the instructions that set each thing, in the order in which they run.

    The last stage and those it rests on count. What the last one sets is what an image has. Where
    an instruction sets a name that only the build knows, it could be any, so nothing is said about
    instructions of its kind.

    Args:
        stages: The stages of a Dockerfile.

    Returns:
        One-based lines, each once.
    """
    found: dict[Setting, dict[int, None]] = {}
    unsure: set[str] = set()
    for stage, instruction in _of_image(stages):
        for name in _names(stage, instruction):
            if name is None:
                unsure.add(instruction.keyword)
                continue
            lines = found.setdefault((instruction.keyword, name), {})
            lines.pop(instruction.line, None)
            lines[instruction.line] = None
    return {setting: tuple(lines) for setting, lines in found.items() if setting[0] not in unsure}


def _of_image(stages: tuple[Stage, ...]) -> Iterator[tuple[Stage, Instruction]]:
    """Give what configures the image of the last stage, in the order in which it runs."""
    waiting: list[tuple[Stage, Instruction]] = []
    for stage in reversed(stages[-1].lineage) if stages else ():
        yield from waiting
        waiting = []
        for one in stage.instructions:
            if one.keyword != "ONBUILD":
                yield stage, one
            elif one.inner is not None:
                waiting.append((stage, one.inner))


def _names(stage: Stage, instruction: Instruction) -> Iterator[str | None]:
    """Give what an instruction sets; None for a name that is not known."""
    keyword = instruction.keyword
    if keyword in _NAMED:
        for pair in instruction.pairs:
            yield stage.expanded(pair.name, instruction).value
    elif keyword in _WHOLE:
        none = keyword == "HEALTHCHECK" and instruction.plain.upper() == NONE
        yield NONE if none else ""
