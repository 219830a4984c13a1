"""Finds programs of one kind in an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.rules.image._rule import Hit, some

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dunnage.rules.image._rule import Facts


def programs(kind: str, what: str, advice: str) -> Callable[[Facts], Iterator[Hit]]:
    """Return the function that gives one hit for all programs of a kind.

    Args:
        kind: As ``Surface`` calls it.
        what: The same in words, for the message.
        advice: What to do.
    """

    def check(facts: Facts) -> Iterator[Hit]:
        found = [one for one in facts.surface.programs if one.kind == kind]
        if found:
            first = found[0]
            said = f"{what} are in the image: {some(one.name for one in found)}; {advice}"
            yield Hit(said + facts.made(first.layer), first.path, first.layer)

    return check
