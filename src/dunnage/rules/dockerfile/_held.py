"""Tells what ONBUILD holds from what this build runs."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def holder(instruction: Instruction, facts: Facts) -> Instruction:
    """Return the ONBUILD that holds an instruction, or itself if none does."""
    return facts.once(_holders).get(id(instruction), instruction)


def _holders(facts: Facts) -> dict[int, Instruction]:
    return {id(one.inner): one for one in facts.file.of("ONBUILD") if one.inner is not None}


def held(instruction: Instruction, stage: Stage | None) -> bool:
    """Tell whether ONBUILD holds an instruction: this build does not run it."""
    if stage is None or instruction is stage.start:
        return False
    at = bisect_left(stage.instructions, instruction.line, key=lambda one: one.line)
    return at == len(stage.instructions) or stage.instructions[at] is not instruction
