"""Platforms of an index become subjects, whatever happens in one of them."""

from __future__ import annotations

from functools import partial

import pytest

from dunnage.flows._platforms import examine_platforms
from dunnage.model.errors import ArtifactError, DunnageError, ForeignSystemError, TargetError
from dunnage.model.image import Image, Platform
from dunnage.model.inventory import Inventory
from dunnage.model.package import Package
from dunnage.model.problem import Effect, Problem
from dunnage.model.report import Subject
from dunnage.model.target import Layers, Member, Several
from stubs import layers_of

NOTHING = layers_of([], [])


def member(platform: str, *, packages: int = 0, error: Exception | None = None) -> Member:
    """Return a member whose image says how many packages it is to have."""
    parts = Platform(*platform.split("/")) if platform else Platform()

    def opened() -> Layers:
        if error is not None:
            raise error
        image = Image(reference=str(packages), platform=parts)
        return Layers("x", "registry", image, NOTHING.open)

    return Member(parts, f"sha256:{packages}".ljust(71, "0"), opened)


def examine(layers: Layers) -> Subject:
    """Return a subject with so many packages."""
    count = int(layers.image.reference)
    if count == 99:
        raise ZeroDivisionError("by zero")
    packages = tuple(Package("npm", f"p{n}", "1", ref=f"p{n}") for n in range(count))
    return Subject("x", "registry", image=layers.image, inventory=Inventory(packages=packages))


def several(*members: Member) -> Several:
    """Return them as one target."""
    return Several("app:1", "registry", members, (Problem("seen", "before"),), "a note")


run = partial(examine_platforms, examine=examine, most=100)


def test_names_tell_platforms_apart() -> None:
    """By platform; by digest too where two are for one, or nobody says which."""
    target = several(
        member("linux/amd64"),
        member("linux/arm64", packages=1),
        member("linux/arm64", packages=2),
        member("", packages=3),
    )
    subjects, problems = run(target)
    assert [subject.name for subject in subjects] == [
        "app:1 (linux/amd64)",
        "app:1 (linux/arm64 sha256:100000000000)",
        "app:1 (linux/arm64 sha256:200000000000)",
        "app:1 (sha256:300000000000)",
    ]
    assert [s.platform for s in subjects] == ["linux/amd64", "linux/arm64", "linux/arm64", ""]
    assert {(s.target, s.note) for s in subjects} == {("app:1", "a note")}
    assert problems == target.problems


def test_one_that_fails_hides_nothing() -> None:
    """Broken input, and a mistake of ours; artifacts are silence, Windows is a note."""
    target = several(
        member("linux/s390x", error=TargetError("gone", where="there", advice="look")),
        member("linux/386", packages=99),
        member("", error=ArtifactError("a Helm chart")),
        member("windows/amd64", error=ForeignSystemError("Windows", where="app:1 (windows/amd64)")),
        member("linux/amd64", packages=1),
    )
    subjects, problems = run(target)
    assert [subject.platform for subject in subjects] == ["linux/s390x", "linux/386", "linux/amd64"]
    effects = [[problem.effect for problem in subject.problems] for subject in subjects]
    assert effects == [[Effect.UNREADABLE], [Effect.INTERNAL], []]
    told = subjects[0].problems[0]
    assert (told.message, told.where, told.advice) == ("gone", "there", "look")
    assert [(problem.code, problem.effect) for problem in problems] == [
        ("seen", Effect.INCOMPLETE),
        ("platform-not-examined", Effect.NOTE),
    ]


def test_packages_of_all_platforms_are_bounded() -> None:
    """What one target may hold, all its platforms may hold together."""
    target = several(*(member(f"linux/a{n}", packages=40) for n in range(4)))
    subjects, _ = run(target)
    assert [len(subject.inventory.packages) for subject in subjects] == [40, 40, 40, 0]
    (problem,) = subjects[3].problems
    assert problem.where == "app:1 (linux/a3)"
    assert problem.advice == "examine it alone: --platform linux/a3"


@pytest.mark.parametrize(
    ("error", "told"),
    [(ArtifactError("a Helm chart"), "no image"), (ForeignSystemError("Windows"), "for Windows")],
)
def test_an_index_without_any_image_is_an_error(error: DunnageError, told: str) -> None:
    """There is no subject that could say it."""
    with pytest.raises(TargetError, match=told):
        run(several(member("", error=error)))
