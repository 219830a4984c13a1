"""Points at the instructions of a Dockerfile that made the layers of an image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import InputError, UsageError
from dunnage.model.problem import Effect, Problem
from dunnage.parsers.dockerfile import LARGEST, read
from dunnage.parsers.dockerfile_history import lines
from dunnage.parsers.dockerfile_stages import stages

if TYPE_CHECKING:
    from dunnage.model.image import Image
    from dunnage.model.report import Report, Subject
    from dunnage.parsers.dockerfile_stages import Stage

_MISMATCH = "dockerfile-mismatch"


class Dockerfile(NamedTuple):
    """A Dockerfile that was read.

    Attributes:
        name: Its path relative to the current directory, or its base name where it lies elsewhere.
        stages: What it holds.
    """

    name: str
    stages: tuple[Stage, ...]


def open_dockerfile(named: str) -> Dockerfile:
    """Read the Dockerfile a user named.

    Raises:
        UsageError: If it cannot be read.
        InputError: If it is no Dockerfile.
    """
    path = Path(named)
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", "") or str(error)
        raise UsageError(f"the Dockerfile cannot be read: {told}", where=named) from error
    whole, here = path.resolve(), Path.cwd().resolve()
    inside = whole.relative_to(here) if whole.is_relative_to(here) else Path(path.name)
    found = stages(read(data, where=named))
    if not found:
        advice = "give the file that the image was built from"
        raise InputError("not a Dockerfile: there is no FROM", where=named, advice=advice)
    return Dockerfile(str(PurePosixPath(inside)), found)


def point(report: Report, dockerfile: Dockerfile) -> Report:
    """Return the report with the line of the instruction that made each layer.

    Where file and history do not fit, a note says so and nothing is guessed.
    """
    subjects = tuple(_pointed(subject, dockerfile) for subject in report.subjects)
    return replace(report, subjects=subjects)


def _pointed(subject: Subject, dockerfile: Dockerfile) -> Subject:
    image = subject.image
    # A report that is converted may have been pointed at another file before.
    problems = tuple(problem for problem in subject.problems if problem.code != _MISMATCH)
    found = _lines(image, dockerfile) if image is not None else None
    if image is None or found is None:
        mismatch = Problem(
            _MISMATCH,
            "the Dockerfile does not fit the history of the target, so findings point at its "
            "first line",
            where=dockerfile.name,
            advice="give the file that this very image was built from",
            effect=Effect.NOTE,
        )
        problems = (*problems, mismatch)
        found = (0,) * len(image.layers) if image is not None else ()
    if image is not None:
        pairs = zip(image.layers, found, strict=True)
        layers = tuple(replace(layer, line=line) for layer, line in pairs)
        image = replace(image, layers=layers)
    return replace(subject, image=image, dockerfile=dockerfile.name, problems=problems)


def _lines(image: Image, dockerfile: Dockerfile) -> tuple[int, ...] | None:
    history = image.history or tuple((layer.created_by, False) for layer in image.layers)
    found = lines(history, dockerfile.stages)
    return found if found is not None and len(found) == len(image.layers) else None
