r"""``apt-get install`` that also installs what packages only recommend.

## What it does
Looks for `apt-get install`, `apt install` and `aptitude install` without
`--no-install-recommends`, without a configuration in the same stage that says the same
(`APT::Install-Recommends "false"`), and without `--install-recommends`, which shows that it is
wanted.

## Why it matters
Recommended packages are for a desktop or a server that people log in to. In an image they are
size, and code that can be attacked: `apt-get install curl` on a slim Debian brings more packages
that way than curl needs.

## Instead
```dockerfile
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/*
```

The change is unsafe: a program may miss what was only recommended. The usual case is
`ca-certificates`; name it.

## When it is wrong
A configuration file that is copied into the image, or that the base image has, is not seen.

## Sources
apt-get(8), option `--no-install-recommends`; Debian Policy, section 7.2, "Recommends".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import add_option
from dunnage.rules.dockerfile._packages import APT, call, unknown_options
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_SET = pattern(
    r"(?<![\w:])(?<!-o )(?<!-o [\"'])(?<!--option[ =])(?:APT::)?Install-Recommends"
    r"\W{1,6}(?:0|false|no|off)\b",
    re.IGNORECASE,
)
"""A line of configuration, not the option of one call."""


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call that brings recommended packages."""
    found = call(command)
    if found is None or found.does not in {"install", "reinstall"} or not found.packages:
        return
    if command.has(
        "--no-install-recommends", "--install-recommends", "--no-install-suggests=false",
        "--without-recommends", "--with-recommends", "-s", "--simulate", "--dry-run",
        "-d", "--download-only", "--print-uris",
    ):  # fmt: skip
        return
    if command.name == "aptitude" and command.has("-R", "-r"):
        return
    if any("ecommends" in word.raw for word in command.words) or unknown_options(command):
        return
    line = facts.once(_configured).get(run.stage.index) if run.stage else None
    if line is not None and line <= run.instruction.line:
        return
    yield Hit(
        Span(command.name_span.start, max(command.name_span.end, found.verb.span.end)),
        f"{command.name} {found.does} also installs recommended packages; "
        "add --no-install-recommends",
        add_option(command, "--no-install-recommends", behind=found.verb),
    )


def _configured(facts: Facts) -> dict[int, int]:
    """Return, by number of the stage, the line from which recommended packages are left out."""
    found: dict[int, int] = {}
    if not _SET.search(facts.file.data.decode("utf-8", "replace")):
        return found
    for instruction, stage in facts.placed:
        if stage is not None and (
            _SET.search(instruction.text.value)
            or any(_SET.search(document.content) for document in instruction.heredocs)
        ):
            found.setdefault(stage.index, instruction.line)
    for stage in facts.stages:
        if stage.parent is not None and stage.parent.index in found:
            found[stage.index] = 0
    return found


rule = DockerfileRule(
    Rule(
        summary="apt-get also installs recommended packages",
        severity=Severity.LOW,
        peers=("hadolint DL3015", "trivy DS-0029", "semgrep missing-no-install-recommends"),
        fix=Safety.UNSAFE,
    ),
    command=check,
    commands=APT,
)
