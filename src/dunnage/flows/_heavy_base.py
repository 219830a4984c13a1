"""Says at the FROM line of an image that its base holds more than is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.severity import Severity
from dunnage.rules.dockerfile import heavy_base_image
from dunnage.rules.dockerfile._engine import PREFIX, Ruleset, check
from dunnage.rules.dockerfile._facts import Facts, Settings
from dunnage.rules.dockerfile._ignores import settle
from dunnage.rules.dockerfile._select import Names
from dunnage.rules.dockerfile._text import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from dunnage.flows._point import Dockerfile
    from dunnage.model.finding import Finding
    from dunnage.model.report import Subject
    from dunnage.model.rule import RuleText

NAME = "heavy-base-image"
_RULES = {NAME: heavy_base_image.rule}


def heavy(dockerfile: Dockerfile, today: date) -> tuple[Finding, ...]:
    """Return what ``dunnage lint`` says of the base image, as information.

    It is the same rule with the same name, so that a waiver or an ignore comment holds for both.
    The severity is low whatever lint says: what is in the image is counted by its vulnerabilities.

    Args:
        dockerfile: The file.
        today: The date from which ignore comments without an end count.
    """
    facts = Facts(
        file=dockerfile.file,
        today=today,
        settings=Settings(),
        context=None,
        name=dockerfile.name,
        target="",
    )
    rules = Ruleset(_RULES)
    found = settle(facts, check(facts, rules).findings, Names(_RULES), rules)
    return tuple(replace(one, severity=Severity.LOW) for one in found if one.id == PREFIX + NAME)


def texts(subjects: Iterable[Subject]) -> tuple[RuleText, ...]:
    """Return what is to be read about the rule if it fired."""
    fired = any(one.id == PREFIX + NAME for subject in subjects for one in subject.findings)
    return (text_of(NAME, heavy_base_image.rule),) if fired else ()
