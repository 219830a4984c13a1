"""The output of a command without quotes around it.

## What it does
Reports `$(...)` outside of double quotes in the arguments of a command, unless what it runs gives one
plain word (`nproc`, `uname -m`, `id -u`, `dpkg --print-architecture`).

## Why it matters
The shell splits the output at blanks and takes the parts for patterns.

## Instead
```dockerfile
FROM debian:13
RUN ln -s "$(command -v python3)" /usr/local/bin/python
```

## When it is wrong
Where a list is meant to be split, as in `apt-get purge $(apt-mark showauto)`; `xargs` does that too.

## Sources
POSIX Shell Command Language, "Field Splitting".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._expansions import SUBSTITUTION, unquoted
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_DECLARING = frozenset({"export", "local", "declare", "readonly", "typeset"})
_ONE_WORD = pattern(
    r"\s*(?:nproc|uname(?: -[mrs])?|arch|id -[ug]\w?|date \+\S+|hostname|whoami|mktemp(?: -d)?|tty"
    r"|dpkg --print-architecture|apk --print-arch|lsb_release -\w*s\w*|rpm -E \S+|getconf \w+)\s*\Z"
)
_OPTIONAL = pattern(
    r"""[^|;]*&&\s*(?:echo|printf)\s+(?:'[^'\s]*'|"[^"\s$]*"|[\w./=-]+)\s*\Z""", re.ASCII
)
"""A word that is there or not, as in ``$(test -f x && echo --with-x)``."""
_ONE_RESULT = pattern(
    r"\s*(?:which|command -v|dirname|basename|readlink|realpath|pwd|mktemp)\b[^|;&]*\Z"
)


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every word with an unprotected substitution."""
    del run, facts
    if command.form != "shell" or command.name in _DECLARING:
        return
    for word in command.words:
        if word.text is not None or ("$(" not in word.raw and "`" not in word.raw):
            continue
        for one in unquoted(word):
            if one.kind != SUBSTITUTION or _ONE_WORD.match(one.name) or _OPTIONAL.match(one.name):
                continue
            single = _ONE_RESULT.match(one.name) and one.raw.startswith("$(")
            changes = (
                (replace(word.span, f'"{word.raw}"'),) if single and one.raw == word.raw else ()
            )
            yield Hit(
                one.span,
                f"the output of {short(one.raw)} is split at blanks; write it in double quotes",
                changes,
            )
            break


rule = DockerfileRule(
    Rule(
        summary="the output of a command is not quoted",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        peers=("shellcheck SC2046",),
        fix=Safety.UNSAFE,
    ),
    command=check,
    commands=("*",),
)
