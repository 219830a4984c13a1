"""Examines several targets, none of which may hide the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.flows._examine import examine
from dunnage.model.errors import DunnageError, UsageError
from dunnage.model.problem import Effect, Problem
from dunnage.model.report import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.flows._examine import Request
    from dunnage.model.progress import Progress


def examine_each(
    targets: Sequence[str], request: Request, progress: Progress
) -> tuple[Subject, ...]:
    """Examine targets one after the other; a layer they share comes from the cache.

    Args:
        targets: What the user asked for; at least one.
        request: How to open and read them.
        progress: Told about bytes as they are read.

    Returns:
        One subject for each, in the same order. What cannot be read is a subject with a problem.

    Raises:
        DunnageError: If there is one target and it cannot be read at all.
        UsageError: If nothing that was asked for can be understood.
    """
    if len(targets) == 1:
        return (examine(targets[0], request, progress),)
    subjects: list[Subject] = []
    misused: list[UsageError] = []
    for name in targets:
        try:
            subjects.append(examine(name, request, progress))
        except UsageError as error:
            misused.append(error)
            subjects.append(_failed(name, _problem(error, "target-not-understood", Effect.USAGE)))
        except DunnageError as error:
            subjects.append(_failed(name, _problem(error, "target-unreadable", Effect.UNREADABLE)))
        except Exception as error:  # noqa: BLE001 - our own mistake in one must not hide the rest
            mistake = DunnageError(
                f"internal error: {type(error).__name__}: {error}",
                where=name,
                advice="name this target alone, with --debug, and report what it says",
            )
            subjects.append(_failed(name, _problem(mistake, "target-failed", Effect.INTERNAL)))
    if len(misused) == len(targets):
        raise misused[0]
    return tuple(subjects)


def _failed(name: str, problem: Problem) -> Subject:
    return Subject(name=name, source="", problems=(problem,))


def _problem(error: DunnageError, code: str, effect: Effect) -> Problem:
    return Problem(code, error.message, error.where, error.advice, effect)
