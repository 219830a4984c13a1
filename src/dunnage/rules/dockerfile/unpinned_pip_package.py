"""Python packages that are installed without a version.

## What it does
Looks for `pip install NAME` (also `python -m pip` and `uv pip`) without a version, a constraints
file, or a lock. Requirement files, paths and addresses are left alone.

## Why it matters
Two builds of one Dockerfile give different packages, and a new release of a dependency reaches the
image unseen. Unlike the archives of Debian and Alpine, PyPI keeps old versions, so that a version
here does not break the build later.

## Instead
```dockerfile
RUN pip install --no-cache-dir flask==3.0.3
```

## When it is wrong
`pip install --upgrade pip` is reported as well: leave it out, or give it a version.

## Sources
https://pip.pypa.io/en/stable/topics/repeatable-installs/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._packages import PIP_CALLS, call, each, is_file, names, pip_call
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_BOUND = pattern(r"[=<>@]")


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call with names that have no version."""
    del run, facts
    pip = pip_call(command)
    found = call(pip, "pip") if pip else None
    if pip is None or found is None or found.does != "install":
        return
    if pip.has("--constraint", "-c", "--require-hashes", "--no-index", "--dry-run"):
        return
    loose = tuple(
        word
        for word, text in each(found.packages)
        if not _BOUND.search(text) and not is_file(text) and not text.startswith(".")
    )
    if loose:
        yield Hit(loose[0].span, f"no version is given for {names(loose)}; write NAME==VERSION")


rule = DockerfileRule(
    Rule(
        summary="Python packages are installed without a version",
        severity=Severity.LOW,
        peers=("hadolint DL3013",),
    ),
    command=check,
    commands=PIP_CALLS,
)
