"""Where copies end up in an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.rules.dockerfile._credentials import sources
from dunnage.rules.dockerfile._places import joined

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def destination(instruction: Instruction, stage: Stage, facts: Facts) -> str | None:
    """Return where COPY or ADD writes: the directory or the file, or None if it is not known."""
    words = instruction.words
    if len(words) < 2:
        return None
    told = stage.expanded(words[-1].text, instruction)
    if told.value is None or told.undefined:
        return None
    return joined(told.value, facts.folder(instruction))


def copied_paths(instruction: Instruction, stage: Stage, facts: Facts) -> tuple[str, ...]:
    """Return the paths that COPY or ADD makes, as far as they are known."""
    to = destination(instruction, stage, facts)
    if to is None:
        return ()
    names = sources(instruction)
    last = instruction.words[-1].text
    if len(names) > 1 or last.endswith("/") or last in {".", ".."}:
        found = []
        for word in names:
            name = word.text.rstrip("/").rpartition("/")[2]
            found.append(to if name in {"", ".", "*"} else f"{to.rstrip('/')}/{name}")
        return tuple(found)
    return (to,)
