"""Two accounts or groups share a name or a number, or a second one is root.

## What it does

Fires on entries of ``etc/passwd``, ``etc/group`` and ``etc/shadow`` whose name or number an earlier
entry has, and on accounts other than ``root`` with the number 0.

## Why it matters

Rights go by numbers. Who may do what can no longer be told from names, and a second root is easily
overlooked.

## Instead

Give every account its own number: ``useradd --uid 10001 app``.

## Sources

- https://man7.org/linux/man-pages/man5/passwd.5.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import Hit, ImageRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.image._rule import Facts


_TOLD = {
    "duplicate-name": "the name {} is there twice",
    "duplicate-id": "{} has the number of an earlier entry",
    "root-id": "{} has the number 0 and so is root",
}


def _check(facts: Facts) -> Iterator[Hit]:
    for one in facts.surface.accounts:
        told = _TOLD.get(one.trouble)
        if told is not None:
            severe = Severity.HIGH if one.trouble == "root-id" else Severity.LOW
            message = f"{told.format(one.name)}; give each entry its own"
            made = facts.made(one.layer)
            yield Hit(message + made, one.path, one.layer, one.line, severity=severe)


rule = ImageRule(
    Rule(
        "accounts that share a name or number",
        Severity.LOW,
        peers=("dockle DKL-LI-0002",),
    ),
    _check,
)
