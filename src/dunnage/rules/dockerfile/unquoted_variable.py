"""A variable without quotes around it.

## What it does
Reports `$name` and `${name}` outside of double quotes in the arguments of a command, where the value
may hold blanks or pattern signs. Variables that the file sets with `ARG` or `ENV` are left alone, as
are those to which the script only assigns plain words.

## Why it matters
The shell splits the value at blanks and takes the parts for patterns: `rm -rf $dir/tmp` with an empty
or strange `dir` removes something else.

## Instead
```dockerfile
FROM debian:13
RUN for file in /opt/*.conf; do install -m 0644 "$file" /etc/app/; done
```

## When it is wrong
Where a list of packages or options is meant to be split. Tests (`[ ... ]`) are not looked at, which
ShellCheck does.

## Sources
POSIX Shell Command Language, "Field Splitting" and "Pathname Expansion".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._expansions import VARIABLE, unquoted
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.shell import ShellWord
    from dunnage.rules.dockerfile._facts import Facts, Run
    from dunnage.rules.dockerfile._rule import Change

_DECLARING = frozenset({"export", "local", "declare", "readonly", "typeset", "unset", "read"})
_WORDS = pattern(r"[\w./:@%+,=\s-]*\Z", re.ASCII)
_PLAIN_VALUE = pattern(
    r"""(?:([\"']?)[\w./:@%+,=-]*\1(?=[\s;&|)]|\Z)"""
    r"""|"?\$\(\(|"?\$\(\s*(?:nproc|uname|arch|id|date|getconf|mktemp)\b)""",
    re.ASCII,
)
_LOOP = pattern(r"\bfor\s+(\w+)\s+in\s([^;\n]*)", re.ASCII)
_SET = pattern(r"(?<![\w$-])(\w+)=", re.ASCII)
_MANY = pattern(r"(?:s|args|opts|flags|deps|list|pkgs|extra)\Z", re.IGNORECASE)
_SIMPLE = pattern(r"[\w./:@%+,${}-]+\Z", re.ASCII)
_SAFE = frozenset({"UID", "EUID", "PPID", "RANDOM", "LINENO", "SECONDS"})


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every word with an unprotected variable."""
    if run.instruction.json is not None:
        return
    for command in run.commands:
        if command.form != "shell" or command.name in _DECLARING:
            continue
        for word in command.words:
            if word.text is None and "$" in word.raw:
                yield from _of_word(word, run, facts)


def _of_word(word: ShellWord, run: Run, facts: Facts) -> Iterator[Hit]:
    for one in unquoted(word):
        if one.kind != VARIABLE or one.name in _SAFE or one.raw.startswith("${#"):
            continue
        if run.stage and one.name in run.stage.scope(_outer(run)):
            continue
        if one.name in facts.once(_PlainNames).of(run, facts):
            continue
        changes: tuple[Change, ...] = ()
        if (_SIMPLE.match(word.raw) and not _MANY.search(one.name) and one.span != word.span) or (
            one.raw == word.raw and not _MANY.search(one.name)
        ):
            changes = (replace(word.span, f'"{word.raw}"'),)
        yield Hit(
            one.span,
            f"{short(one.raw)} is split at blanks and taken for a pattern; write it in double quotes",
            changes,
        )
        return


class _PlainNames:
    """The variables of each body that cannot hold blanks; few bodies are asked about."""

    def __init__(self, _: Facts) -> None:
        self._known: dict[int, set[str]] = {}

    def of(self, run: Run, facts: Facts) -> set[str]:
        """Return those of one body."""
        key = id(run.instruction)
        if key not in self._known:
            self._known[key] = _plain(run, facts)
        return self._known[key]


def _plain(run: Run, facts: Facts) -> set[str]:
    text = facts.body(run.instruction)
    body = text.value if text is not None else ""
    found: dict[str, bool] = {}
    for match in _LOOP.finditer(body):
        found[match[1]] = found.get(match[1], True) and _WORDS.match(match[2]) is not None
    for match in _SET.finditer(body):
        known = found.get(match[1], True)
        found[match[1]] = known and _PLAIN_VALUE.match(body, match.end()) is not None
    return {name for name, plain in found.items() if plain}


def _outer(run: Run) -> Instruction:
    if run.trigger and run.stage is not None:
        return next(one for one in run.stage.instructions if one.inner is run.instruction)
    return run.instruction


rule = DockerfileRule(
    Rule(
        summary="a variable is not quoted",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        peers=("shellcheck SC2086",),
        fix=Safety.UNSAFE,
    ),
    run=check,
)
