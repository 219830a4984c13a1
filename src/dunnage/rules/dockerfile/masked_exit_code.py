"""export that hides whether a command failed.

## What it does
Reports `export NAME="$(command)"` and the same with `local`, `readonly`, `declare` and `typeset`,
unless the command as good as never fails (`mktemp`, `nproc`, `uname`, `date`, `pwd`).

## Why it matters
The exit code is that of `export`, which succeeds. The command may fail, the variable stays empty, and
neither `&&` nor `set -e` notices.

## Instead
```dockerfile
FROM debian:13
RUN version="$(cat /etc/debian_version)" && export version && ./configure
```

## Sources
POSIX Shell Command Language, "Simple Commands"; POSIX, `export`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import insert, replace
from dunnage.rules.dockerfile._flow import following
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run
    from dunnage.rules.dockerfile._rule import Change

_SET = pattern(r"(\w+)=(.*)\Z", re.DOTALL | re.ASCII)
_STEADY = pattern(
    r"(?:mktemp|nproc|uname|arch|date|pwd|id|whoami|hostname|dpkg --print-architecture"
    r"|dpkg-architecture|apk --print-arch|echo|printf|getconf|basename|dirname)\b[^|;&]*\Z"
)
_SUBSTITUTION = pattern(r"\$\(\s*([^()]*)\)|`([^`]*)`|\$\((?!\()")
_TEXT = pattern(r"'[^']*'|\$\(\(.{0,200}?\)\)")
"""What no command is run for: single quotes, arithmetic."""


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit if a value comes from a command that may fail."""
    if command.form != "shell":
        return
    for word in command.words:
        match = _SET.match(word.raw)
        if match is None or ("$(" not in match[2] and "`" not in match[2]):
            continue
        value = _TEXT.sub("", match[2])
        inner = list(_SUBSTITUTION.finditer(value))
        if all(_STEADY.match((one[1] or one[2] or "").strip()) for one in inner):
            continue
        yield Hit(
            word.span,
            f"{command.name} hides whether the command behind {short(match[1])} failed; set the "
            "variable first, then export it"
            if command.name == "export"
            else f"{command.name} hides whether the command behind {short(match[1])} failed; "
            "declare the variable first, then set it",
            _changes(command, run, facts, match[1]),
        )


def _changes(command: Command, run: Run, facts: Facts, name: str) -> tuple[Change, ...]:
    """Return the changes that export the variable behind its assignment."""
    if command.name != "export" or len(command.words) != 1 or command.wrappers:
        return ()
    after = following(run, command, facts)
    if command.join not in {"", "&&"} or after is None or command.guarded or command.piped:
        return ()
    data = facts.file.data
    behind = data[command.span.end :].lstrip(b" \t\\\r\n")
    if not behind.startswith(b"&&") or command.redirects or command.assignments:
        return ()
    word = command.words[0]
    lead = Span(command.span.start, word.span.start)
    if data[lead.start : lead.end].strip() != b"export":
        return ()
    return (replace(lead, ""), insert(word.span.end, f" && export {name}"))


rule = DockerfileRule(
    Rule(
        summary="export hides that a command failed",
        severity=Severity.MEDIUM,
        peers=("shellcheck SC2155",),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=("export", "local", "readonly", "declare", "typeset"),
)
