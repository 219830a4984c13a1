"""Finds instructions of which only the last one of a stage counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.rules.dockerfile._edits import drop_instruction
from dunnage.rules.dockerfile._rule import Hit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def overridden(keyword: str) -> Callable[[Stage, Facts], Iterator[Hit]]:
    """Return the function that gives a hit for every instruction of a kind but the last."""

    def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
        found = [one for one in stage.instructions if one.keyword == keyword]
        for one in found[:-1]:
            yield Hit(
                one.keyword_span,
                f"the {keyword} on line {found[-1].line} replaces this one; drop it",
                (drop_instruction(facts.file, one),),
            )

    return check
