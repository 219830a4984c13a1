"""A here-document whose commands may fail unseen.

## What it does
Reports `RUN <<EOF` with several commands one below the other and no `set -e` in front of them.

## Why it matters
The lines of a here-document are a script: only the exit code of the last one counts. Everything
before it may fail, and the build goes on with half of its work done.

## Instead
```dockerfile
FROM debian:13
RUN <<EOF
set -e
apt-get update
apt-get install -y --no-install-recommends curl
EOF
```

## Sources
Dockerfile reference, "Here-Documents"; POSIX, `set -e`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import insert
from dunnage.rules.dockerfile._flow import has_option, option_set
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Heredoc
    from dunnage.rules.dockerfile._facts import Facts, Run

_HARMLESS = frozenset({"set", "echo", "printf", "true", ":", "export", "umask"})
_ANSWERS = frozenset({
    "grep", "egrep", "fgrep", "diff", "cmp", "test", "[", "expr", "let", "which", "type", "command",
    "kill", "pkill", "read", "getent", "id", "dpkg-query", "rpm",
})  # fmt: skip
"""Commands whose exit code is an answer more often than a failure."""


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for a body in which a failure is lost."""
    heredocs = run.instruction.heredocs
    if len(heredocs) != 1 or run.instruction.args.whole != heredocs[0].marker:
        return
    commands = [one for one in run.commands if one.name]
    first = next((one for one in commands[:-1] if one.name not in _HARMLESS), None)
    if first is None or not any(one.join == ";" and not one.guarded for one in commands[1:]):
        return
    lead = heredocs[0].content.partition("\n")[0]
    lead = lead.lstrip("\t") if heredocs[0].tabs else lead
    if lead.startswith("#!") and has_option(lead.split()[1:], "e", "errexit"):
        return
    if option_set(run, facts, "e", "errexit"):
        return
    start, indent = _start(heredocs[0], facts)
    newline = facts.file.newline.decode()
    steady = not any(_answers(one.name, one.join, guarded=one.guarded) for one in commands)
    fix = Safety.SAFE if steady and "$?" not in heredocs[0].content else Safety.UNSAFE
    yield Hit(
        heredocs[0].marker,
        f"only the last command of this here-document can fail the build, not {first.name[:40]}; "
        "begin it with set -e",
        (insert(start, f"{indent}set -e{newline}"),),
        fix,
    )


def _answers(name: str, join: str, *, guarded: bool) -> bool:
    return name in _ANSWERS and join in {"", ";"} and not guarded


def _start(heredoc: Heredoc, facts: Facts) -> tuple[int, str]:
    """Return where the first command of the body can stand, and its indent.

    A line with ``#!`` stays in front; an indent is only given where the builder takes it away.
    """
    start, data = heredoc.body.start, facts.file.data
    content = heredoc.content.lstrip("\t") if heredoc.tabs else heredoc.content
    if content.startswith("#!"):
        end = data.find(b"\n", start)
        start = heredoc.body.end if end < 0 else end + 1
    end = start
    while heredoc.tabs and data[end : end + 1] == b"\t":
        end += 1
    return start, "\t" * (end - start)


rule = DockerfileRule(
    Rule(
        summary="only the last command of a here-document can fail the build",
        severity=Severity.MEDIUM,
        fix=Safety.SAFE,
    ),
    run=check,
)
