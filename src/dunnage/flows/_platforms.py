"""Examines every platform of an index, none of which may hide the others."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.flows._sheltered import Examination, sheltered
from dunnage.model.errors import ArtifactError, ForeignSystemError, LimitError, TargetError
from dunnage.model.problem import Effect, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.model.report import Subject
    from dunnage.model.target import Layers, Member, Several

_DIGITS = 19
"""Characters of a digest that tell apart: ``sha256:`` and twelve digits."""


def examine_platforms(
    several: Several, examine: Callable[[Layers], Subject], most: int
) -> Examination:
    """Examine the images of an index, one after the other; shared layers come from the cache.

    What turns out to be no image is left out silently, an image for Windows is told in a note.

    Args:
        several: What was opened.
        examine: Examines one image.
        most: Packages that all of them may hold together; those beyond it are not examined.

    Raises:
        TargetError: If there is no image at all, or none that can be examined.
    """
    found: list[tuple[Member, Subject]] = []
    notes: list[Problem] = []
    count = 0
    for member in several.members:
        attempt = partial(_examined, member, examine, several.name, most - count)
        subjects, told = sheltered(several.name, attempt)
        notes += told
        found += [(member, subject) for subject in subjects]
        count += sum(len(subject.inventory.packages) for subject in subjects)
    if not found and notes:
        raise TargetError(
            "all images of the index are for Windows, which is not supported",
            where=several.name,
            advice="name a Linux image",
        )
    if not found:
        raise TargetError("the index holds no image", where=several.name)
    return Examination(_named(several, found), (*several.problems, *notes))


def _examined(
    member: Member, examine: Callable[[Layers], Subject], name: str, room: int
) -> Examination:
    """Examine one image; nothing comes of what is none."""
    if room < 0:
        raise LimitError(
            "not examined, because the platforms before it hold too many packages",
            where=f"{name} ({_label(member)})",
            advice=f"examine it alone: --platform {member.platform}",
        )
    try:
        layers = member.open()
    except ArtifactError:
        return Examination(())
    except ForeignSystemError as error:
        told = "an image for Windows, which is not supported, was not examined"
        note = Problem("platform-not-examined", told, error.where, effect=Effect.NOTE)
        return Examination((), (note,))
    return Examination((examine(layers),))


def _label(member: Member) -> str:
    return str(member.platform) or member.digest[:_DIGITS]


def _named(several: Several, found: list[tuple[Member, Subject]]) -> tuple[Subject, ...]:
    """Return the subjects with names that tell them apart."""
    platforms = [_platform(member, subject) for member, subject in found]
    counts = Counter(platforms)
    named = []
    for (member, subject), platform in zip(found, platforms, strict=True):
        unique = platform and counts[platform] == 1
        parts = (platform,) if unique else (platform, member.digest[:_DIGITS])
        label = " ".join(part for part in parts if part)
        named.append(
            replace(
                subject,
                name=f"{several.name} ({label})" if label else several.name,
                target=several.name,
                platform=platform,
                note=several.note,
            )
        )
    return tuple(named)


def _platform(member: Member, subject: Subject) -> str:
    said = str(member.platform)
    return said if said or subject.image is None else str(subject.image.platform)
