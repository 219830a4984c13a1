"""Points at the instructions of a Dockerfile that made the layers of an image."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from dunnage.flows._point_settings import config_lines
from dunnage.model.errors import InputError, UsageError
from dunnage.model.problem import Effect, Problem
from dunnage.parsers.dockerfile import LARGEST, read
from dunnage.parsers.dockerfile_history import lines
from dunnage.parsers.dockerfile_stages import stages
from dunnage.rules.image_base import told_by

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from dunnage.model.finding import Finding
    from dunnage.model.image import Image
    from dunnage.model.report import Subject
    from dunnage.parsers.dockerfile import Dockerfile as File
    from dunnage.parsers.dockerfile_stages import Stage

_MISMATCH = "dockerfile-mismatch"


class Dockerfile(NamedTuple):
    """A Dockerfile that was read.

    Attributes:
        name: Its path relative to the current directory, or its base name where it lies elsewhere.
        file: What it holds.
        stages: The same by build stages.
    """

    name: str
    file: File
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
    file = read(data, where=named)
    found = stages(file)
    if not found:
        advice = "give the file that the image was built from"
        raise InputError("not a Dockerfile: there is no FROM", where=named, advice=advice)
    return Dockerfile(str(PurePosixPath(inside)), file, found)


def point(subjects: Iterable[Subject], dockerfile: Dockerfile, today: date) -> tuple[Subject, ...]:
    """Return subjects with the line of the instruction that made each layer, and with their base.

    Where file and history do not fit, a note says so and nothing is guessed.

    Args:
        subjects: What was examined.
        dockerfile: What the user says they were built from.
        today: The date from which ignore comments without an end count.

    Returns:
        The subjects. One whose base image holds more than is needed has a finding that says so;
        it is not judged yet.
    """
    from dunnage.flows._heavy_base import heavy

    pointed = [_pointed(subject, dockerfile) for subject in subjects]
    # One file has one answer, whatever the number of platforms that were built from it.
    found = heavy(dockerfile, today) if any(map(_rests_on, pointed)) else ()
    return tuple(_with(subject, found) if _rests_on(subject) else subject for subject in pointed)


def _rests_on(subject: Subject) -> bool:
    return subject.base is not None and subject.base.known_by == "dockerfile"


def _with(subject: Subject, found: tuple[Finding, ...]) -> Subject:
    """Return a subject with findings, without those it has from an earlier run."""
    told = {(one.id, one.locations) for one in subject.findings}
    new = tuple(one for one in found if (one.id, one.locations) not in told)
    return replace(subject, findings=(*subject.findings, *new))


def _pointed(subject: Subject, dockerfile: Dockerfile) -> Subject:
    image = subject.image
    # A report that is converted may have been pointed at another file before.
    problems = tuple(problem for problem in subject.problems if problem.code != _MISMATCH)
    found = _lines(image, dockerfile) if image is not None else None
    base = subject.base
    if image is None or found is None:
        problems = (*problems, _mismatch(dockerfile))
        if image is not None:
            image = _lined(image, (0,) * len(image.layers), ())
    else:
        base = told_by(subject, dockerfile.stages[-1].root_image or "")
        secrets = subject.surface.secrets if subject.surface is not None else ()
        settings = config_lines(image, secrets, _history(image), dockerfile.stages)
        image = _lined(image, found, settings)
    return replace(subject, image=image, dockerfile=dockerfile.name, problems=problems, base=base)


def _lined(image: Image, found: tuple[int, ...], settings: tuple[tuple[str, int], ...]) -> Image:
    """Return an image with the lines of its layers and of its configuration."""
    pairs = zip(image.layers, found, strict=True)
    layers = tuple(replace(layer, line=line) for layer, line in pairs)
    return replace(image, layers=layers, config_lines=settings)


def _mismatch(dockerfile: Dockerfile) -> Problem:
    return Problem(
        _MISMATCH,
        "the Dockerfile does not fit the history of the target, so findings point at its "
        "first line",
        where=dockerfile.name,
        advice="give the file that this very image was built from",
        effect=Effect.NOTE,
    )


def _lines(image: Image, dockerfile: Dockerfile) -> tuple[int, ...] | None:
    found = lines(_history(image), dockerfile.stages)
    return found if found is not None and len(found) == len(image.layers) else None


def _history(image: Image) -> tuple[tuple[str, bool], ...]:
    return image.history or tuple((layer.created_by, False) for layer in image.layers)
