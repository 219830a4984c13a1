"""A base image whose distribution or language gets no more security updates.

## What it does
Looks up release and language version of every base image in the tables of the end of support, and
whether its publisher has given the image up. An end within 90 days is said as information. For the
image that is shipped an end that is past is an error, for a stage that only builds a warning.

## Why it matters
What is found from then on stays open: there is no version to upgrade to. Rebuilding does not help.

## Instead
```dockerfile
FROM python:3.14-slim
```

## When it is wrong
Paid support goes on for some distributions (Ubuntu Pro, ELS of RHEL). Where a tag names no release,
as `python:3.12-slim`, the release is not known and only the language is looked at.

## Sources
https://endoflife.date/ and the pages named in the tables
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from dunnage.io.tables import table
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._bases import image_of
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.base_image import Base
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_SOON = timedelta(days=90)
_SHOWN = 3


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit for a base whose support has ended or soon ends."""
    base = facts.base(stage) if image_of(stage) else None
    if base is None or stage.base is None:
        return
    shipped = facts.is_shipped(stage)
    if base.end_of_life:
        day = date.fromisoformat(base.end_of_life)
        if day < facts.today:
            severity = Severity.HIGH if shipped else Severity.MEDIUM
            message = f"{base.ending} got its last free security updates on {day}"
            yield Hit(stage.base.span, message + _instead(base, facts.today), severity=severity)
            return
        if day - facts.today <= _SOON:
            message = f"security updates of {base.ending} end on {day}"
            yield Hit(stage.base.span, message + _instead(base, facts.today), severity=Severity.LOW)
    if base.deprecated:
        yield Hit(
            stage.base.span,
            f"images of {base.repository} get no more updates; use {base.deprecated}",
            severity=Severity.MEDIUM,
        )


def _instead(base: Base, today: date) -> str:
    """Return the newest lines that are still cared for, in words."""
    distro = table("distros").get(base.distro, {})
    ends: dict[str, str] = distro.get("eol", {})
    if not base.ending.startswith(distro.get("name", "?")):
        row = table("bases")["family"][base.family]
        ends = table("bases")["eol"].get(row.get("eol", ""), {})
    after = (today + _SOON).isoformat()
    alive = [line for line, day in ends.items() if day > after]
    return f"; cared for are {', '.join(alive[-_SHOWN:])}" if alive else ""


rule = DockerfileRule(
    Rule(
        summary="the base image gets no more security updates",
        severity=Severity.HIGH,
    ),
    stage=check,
)
