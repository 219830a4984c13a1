"""Examines several targets, none of which may hide the others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dunnage.flows._examine import examine
from dunnage.flows._sheltered import Examination, sheltered
from dunnage.model.errors import UsageError
from dunnage.model.problem import Effect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.flows._examine import Request
    from dunnage.model.progress import Progress


def examine_each(targets: Sequence[str], request: Request, progress: Progress) -> Examination:
    """Examine targets one after the other; a layer they share comes from the cache.

    Args:
        targets: What the user asked for; at least one.
        request: How to open and read them.
        progress: Told about bytes as they are read.

    Returns:
        One subject for each, or one for each platform of it, in the same order. What cannot be
        read is a subject with a problem.

    Raises:
        DunnageError: If there is one target and it cannot be read at all.
        UsageError: If nothing that was asked for can be understood.
    """
    if len(targets) == 1:
        return examine(targets[0], request, progress)
    found = [sheltered(name, partial(examine, name, request, progress)) for name in targets]
    subjects = tuple(subject for one in found for subject in one.subjects)
    misused = [p for subject in subjects for p in subject.problems if p.effect is Effect.USAGE]
    if len(misused) == len(targets):
        first = misused[0]
        raise UsageError(first.message, where=first.where, advice=first.advice)
    return Examination(subjects, tuple(problem for one in found for problem in one.problems))
