"""Finds the Dockerfile instruction that made each layer, from the history of the image.

History lines are written by builders for people, each in its own way. Known are those of the
classic Docker builder and Buildah (``/bin/sh -c #(nop) COPY file:... in /app``,
``|1 A=b /bin/sh -c make``), BuildKit (``RUN /bin/sh -c make # buildkit``) and Kaniko
(``RUN make``); none of them is specified, so a file and a history are laid side by side like two
versions of one text, and what fits neither is left out. Secrets have been taken out of the history:
three stars stand for anything.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dunnage.parsers.dockerfile_stages import chain
from dunnage.parsers.history_line import STARS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage

_MOST = 400
"""Steps that are compared, counted from the end; each is compared with each."""
_LONGEST = 8 * 1024
_MAKERS = frozenset({"RUN", "COPY", "ADD"})
_KEYWORDS = _MAKERS | {
    *("ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER"),
    *("ONBUILD", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
}
_NOP = re.compile(r"(?:RUN )?(?:\|\d+ .*?)?/bin/sh -c #\(nop\)\s*")
_SHELL = re.compile(r"(?:\A| )/[\w./-]{1,80}sh (?:-\w{1,20} (?:pipefail )?){1,6}")
_SAME, _ALIKE = 4, 1


class Step(NamedTuple):
    """One history line as an instruction.

    Attributes:
        keyword: In upper case.
        text: What follows, with single spaces; of a RUN with the shell in front of the command.
    """

    keyword: str
    text: str


def step(created_by: str) -> Step:
    """Return the instruction a history line was made from."""
    line = created_by[:_LONGEST].strip().removesuffix("# buildkit").rstrip()
    nop = _NOP.match(line)
    if nop:
        line = line[nop.end() :]
    word, _, rest = line.partition(" ")
    if word in _KEYWORDS:
        text = " ".join(rest.split())
        return Step(word, _shelled(text) if word == "RUN" else _bare(text))
    return Step("RUN", _shelled(" ".join(line.split())))


def lines(history: Sequence[tuple[str, bool]], stages: tuple[Stage, ...]) -> tuple[int, ...] | None:
    """Return the line of the instruction that made each layer, from the base upwards.

    Layers of the base image belong to the FROM that names it. A layer whose own instruction
    cannot be told belongs to the one before it, and one of several instructions to the first.

    Args:
        history: Every history line with whether it made no layer.
        stages: The stages of the Dockerfile.

    Returns:
        One-based lines, or None if there is no stage, or file and history do not fit: less than half of the file's RUN,
        COPY and ADD instructions are in the history.
    """
    made = instructions(history, stages)
    if made is None:
        return None
    found, line, squashed = [], chain(stages)[0].line, 0
    for index, (_, empty) in enumerate(history):
        instruction = made.get(index)
        maker = instruction is not None and instruction.keyword in _MAKERS
        if instruction is not None:
            line = instruction.line
        if empty:
            squashed = squashed or (line if maker else 0)
            continue
        # Buildah can put a whole stage into one layer, and calls it that of the last instruction.
        found.append(line if maker else squashed or line)
        squashed = 0
    return tuple(found)


def instructions(
    history: Sequence[tuple[str, bool]], stages: tuple[Stage, ...]
) -> dict[int, Instruction] | None:
    """Return the instruction that wrote each history line, by the index of the line.

    Args:
        history: As in ``lines``.
        stages: As in ``lines``.

    Returns:
        The instructions of those lines that have one in the file, or None as in ``lines``.
    """
    made = [one for one in chain(stages)[1:] if one.keyword in _KEYWORDS][-_MOST:]
    pairs = _aligned([step(text) for text, _ in history[-_MOST:]], made)
    if not stages or not _fits(made, set(pairs.values())):
        return None
    skipped = max(0, len(history) - _MOST)
    return {index + skipped: made[at] for index, at in pairs.items()}


def _fits(made: Sequence[Instruction], matched: set[int]) -> bool:
    makers = {i for i, instruction in enumerate(made) if instruction.keyword in _MAKERS}
    asked = makers or set(range(len(made)))
    return 2 * len(asked & matched) >= len(asked)


def _aligned(steps: Sequence[Step], made: Sequence[Instruction]) -> dict[int, int]:
    """Return pairs of step and instruction, both in order, that are most alike together.

    Where several are, the later steps are taken, because base images come first.
    """
    told = [_told(instruction) for instruction in made]
    alike = [[_alike(one, other) for other in told] for one in steps]
    best = [[0] * (len(made) + 1) for _ in range(len(steps) + 1)]
    for i, row in enumerate(alike, 1):
        above, here = best[i - 1], best[i]
        for j, likeness in enumerate(row, 1):
            paired = above[j - 1] + likeness if likeness else 0
            here[j] = max(above[j], here[j - 1], paired)
    pairs = {}
    i, j = len(steps), len(made)
    while i and j:
        likeness = alike[i - 1][j - 1]
        if likeness and best[i][j] == best[i - 1][j - 1] + likeness:
            i, j = i - 1, j - 1
            pairs[i] = j
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            i -= 1
    return pairs


def _told(instruction: Instruction) -> Step:
    """Return an instruction as builders write it into the history."""
    text = instruction.plain[:_LONGEST]
    if instruction.keyword != "RUN":
        return Step(instruction.keyword, _bare(text))
    text = _shelled(text)
    if text.startswith("<<"):
        # Of a here-document the history holds its opening, and its body in parentheses.
        text = text.split(maxsplit=1)[0] + " ("
    return Step("RUN", text)


def _alike(one: Step, other: Step) -> int:
    """Return how alike a step of the history and one of the file are."""
    if one.keyword != other.keyword:
        return 0
    if one.keyword != "RUN":
        return _SAME if one.text == other.text else _ALIKE
    if other.text.startswith("<<"):
        return _SAME if other.text in one.text else 0
    if STARS in one.text and _fits_around(one.text, other.text):
        return _SAME
    # The shell stands before the command, and build arguments before the shell.
    before = len(one.text) - len(other.text)
    if not other.text or before < 0 or not one.text.endswith(other.text):
        return 0
    return _SAME if not before or one.text[before - 1] == " " else 0


def _fits_around(line: str, command: str) -> bool:
    """Tell whether what stands before and behind the stars of a line is that of a command."""
    head, tail = _around(line)
    room = len(head) + len(tail) < len(command)
    return room and command.startswith(head) and command.endswith(tail)


@lru_cache(maxsize=_MOST)
def _around(line: str) -> tuple[str, str]:
    """Return what stands before the first stars of a command and behind the last."""
    shell = _SHELL.search(line)
    told = line[shell.end() :] if shell else line
    return told.partition(STARS)[0], told.rpartition(STARS)[2]


def _shelled(text: str) -> str:
    """Return a command whose exec form (a JSON list at its end) is written as words."""
    start = text.find('["')
    if start < 0 or not text.endswith("]"):
        return text
    try:
        words = json.loads(text[start:])
    except (ValueError, RecursionError):
        return text
    return text[:start] + " ".join(map(str, words))


def _bare(text: str) -> str:
    return text.replace('"', "").replace("'", "")
