"""A program with file capabilities that the distribution does not set by itself.

## What it does

Fires on files with the attribute ``security.capability``, unless the packages of the distribution
install them so (``data/privileged.toml``). Which capabilities they are is told.

## Why it matters

A program with capabilities has rights of root for whoever calls it, and no bit in its mode shows it.
``cap_sys_admin``, ``cap_dac_override``, ``cap_setuid`` and the like are as good as root.

## Instead

Give the container the one capability it needs and start the program as a plain user, or listen on a
port above 1023. ``setcap -r /path/of/program`` takes the attribute away.

## Sources

- https://man7.org/linux/man-pages/man7/capabilities.7.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._privileged import usual_privileged
from dunnage.rules.image._rule import Hit, ImageRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.image._rule import Facts


_AS_GOOD_AS_ROOT = frozenset(
    {
        "bpf",
        "chown",
        "dac_override",
        "dac_read_search",
        "fowner",
        "setfcap",
        "setgid",
        "setuid",
        "sys_admin",
        "sys_module",
        "sys_ptrace",
        "sys_rawio",
    }
)


def _check(facts: Facts) -> Iterator[Hit]:
    usual = usual_privileged(facts)
    for one in facts.surface.privileged:
        if not one.capabilities or one.path in usual:
            continue
        strong = not _AS_GOOD_AS_ROOT.isdisjoint(one.capabilities)
        names = ", ".join(f"cap_{name}" for name in one.capabilities)
        message = f"whoever runs it has {names}; take it away with setcap -r"
        severe = Severity.HIGH if strong else Severity.MEDIUM
        yield Hit(message + facts.made(one.layer), one.path, one.layer, severity=severe)


rule = ImageRule(
    Rule("a program with file capabilities that the distribution does not have", Severity.MEDIUM),
    _check,
)
