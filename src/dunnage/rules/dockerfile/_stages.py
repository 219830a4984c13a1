"""Which stage is meant where an instruction names one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def stage_called(name: str, asking: Stage, facts: Facts) -> Stage | None:
    """Return the earlier stage of a name or number, or None if an image is meant or it is not known.

    Args:
        name: As in ``COPY --from``.
        asking: The stage the instruction is in.
        facts: Of the file.
    """
    lower = name.lower()
    for stage in reversed(facts.stages[: asking.index]):
        if lower and stage.name == lower:
            return stage
    if name.isascii() and name.isdigit() and len(name) < 5 and int(name) < asking.index:
        return facts.stages[int(name)]
    return None
