"""What came of examining targets, where what fails in one of several must not hide the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import DunnageError, UsageError
from dunnage.model.problem import Effect, Problem
from dunnage.model.report import Subject

if TYPE_CHECKING:
    from collections.abc import Callable


class Examination(NamedTuple):
    """What was found out.

    Attributes:
        subjects: One for each target, or for each platform of it.
        problems: What concerns no single one of them.
    """

    subjects: tuple[Subject, ...]
    problems: tuple[Problem, ...] = ()


def sheltered(name: str, examine: Callable[[], Examination]) -> Examination:
    """Examine one of several; if it fails, it is a subject with a problem.

    Args:
        name: What to call the subject then.
        examine: Does the work.
    """
    try:
        return examine()
    except UsageError as error:
        problem = _problem(error, "target-not-understood", Effect.USAGE)
    except DunnageError as error:
        problem = _problem(error, "target-unreadable", Effect.UNREADABLE)
    except Exception as error:  # noqa: BLE001 - our own mistake in one must not hide the rest
        mistake = DunnageError(
            f"internal error: {type(error).__name__}: {error}",
            where=name,
            advice="name this target alone, with --debug, and report what it says",
        )
        problem = _problem(mistake, "target-failed", Effect.INTERNAL)
    return Examination((Subject(name=name, source="", problems=(problem,)),))


def _problem(error: DunnageError, code: str, effect: Effect) -> Problem:
    return Problem(code, error.message, error.where, error.advice, effect)
