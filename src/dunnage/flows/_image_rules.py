"""Looks at what was measured of a subject with the rules about images."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.model.finding import Finding
    from dunnage.model.problem import Problem
    from dunnage.model.report import Subject
    from dunnage.model.rule import RuleText
    from dunnage.rules.image._rule import ImageRule

_PACKAGE = "dunnage.rules.image"


def image_findings(subject: Subject) -> tuple[tuple[Finding, ...], tuple[Problem, ...]]:
    """Return what the rules find in a subject; nothing if it was not measured."""
    if subject.surface is None:
        return (), ()
    from dunnage.rules.image._engine import check
    from dunnage.rules.image._rule import Facts

    facts = Facts(subject.surface, subject.image, subject.inventory.system)
    return check(facts, _rules())


def image_texts(subjects: Iterable[Subject]) -> tuple[RuleText, ...]:
    """Return what is to be read about the rules that fired."""
    from dunnage.rules.image._engine import PREFIX, text_of

    fired = {finding.id for subject in subjects for finding in subject.findings}
    names = sorted(name.removeprefix(PREFIX) for name in fired if name.startswith(PREFIX))
    return tuple(text_of(name, _rules()[name]) for name in names)


def _rules() -> dict[str, ImageRule]:
    from dunnage.io.folder import load_all
    from dunnage.rules.image._rule import ImageRule

    return load_all(_PACKAGE, "rule", ImageRule)
