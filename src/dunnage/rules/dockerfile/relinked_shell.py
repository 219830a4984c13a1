"""Another shell put in place of /bin/sh.

## What it does
Reports `ln` that makes `/bin/sh` a link to another shell.

## Why it matters
Every script of every package that asks for `/bin/sh` gets another shell than it was tested with, in
this image and all that rest on it. `SHELL` changes it for the instructions alone.

## Instead
```dockerfile
FROM debian:13
SHELL ["/bin/bash", "-c"]
```

## Sources
Dockerfile reference, "SHELL".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run
    from dunnage.rules.dockerfile._rule import Change

_SHELLS = ("/bin/sh", "/usr/bin/sh")
_KNOWN = frozenset({"/bin/bash", "/usr/bin/bash", "/bin/ash", "/bin/zsh", "/bin/ksh"})


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit if the link is /bin/sh."""
    words = command.operands(("-t", "-S"))
    if len(words) != 2 or words[1].text not in _SHELLS:
        return
    target = words[0].text or ""
    path = target if target.startswith("/") else f"/bin/{target}"
    changes: tuple[Change, ...] = ()
    known = path in _KNOWN and len(run.commands) == 1 and not command.wrappers
    if known and not run.trigger and command.span == run.instruction.args.whole:
        whole = run.instruction.span
        changes = (replace(whole, f"SHELL {json.dumps([path, '-c'])}"),)
    del facts
    advice = f'write SHELL ["{short(path)}", "-c"]' if target else "use SHELL"
    yield Hit(command.span, f"this changes /bin/sh for every program; {advice}", changes)


rule = DockerfileRule(
    Rule(
        summary="/bin/sh is made another shell",
        severity=Severity.MEDIUM,
        peers=("hadolint DL4005", "semgrep use-shell-instruction"),
        fix=Safety.UNSAFE,
    ),
    command=check,
    commands=("ln",),
)
