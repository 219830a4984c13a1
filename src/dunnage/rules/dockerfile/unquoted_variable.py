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
from functools import cached_property
from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._expansions import VARIABLE, unquoted
from dunnage.rules.dockerfile._held import holder
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
_SET = pattern(r"(?<![\w$-])([A-Za-z_]\w*)=", re.ASCII)
_MOST_SEARCHED = 20
"""Variables of a body that are searched one by one; where there are more, all are noted at once."""
_PART_OF_NAME = pattern(r"[\w$-]", re.ASCII)
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
        if run.stage and one.name in run.stage.scope(holder(run.instruction, facts)):
            continue
        if facts.once(_Bodies).of(run, facts).keeps_whole(one.name):
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


class _Body:
    """One body: which of its variables cannot hold blanks; few are asked about."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, bool] = {}
        self._loops: dict[str, bool] = {}
        for match in _LOOP.finditer(text) if "for" in text else ():
            plain = _WORDS.match(match[2]) is not None
            self._loops[match[1]] = plain and self._loops.get(match[1], True)

    def keeps_whole(self, name: str) -> bool:
        """Tell whether all that the body sets a variable to is without blanks."""
        if name not in self._known:
            self._known[name] = self._is_plain(name)
        return self._known[name]

    def _is_plain(self, name: str) -> bool:
        values = [self._loops[name]] if name in self._loops else []
        values += [_PLAIN_VALUE.match(self._text, at) is not None for at in self._values(name)]
        return bool(values) and all(values)

    def _values(self, name: str) -> Iterable[int]:
        """Return where the values begin that a variable is set to."""
        text, sign = self._text, f"{name}="
        if len(self._known) >= _MOST_SEARCHED:
            return self._all_values.get(name, ())
        found = []
        at = text.find(sign)
        while at >= 0:
            end = at + len(sign)
            if not at or not _PART_OF_NAME.match(text, at - 1):
                found.append(end)
            at = text.find(sign, end)
        return found

    @cached_property
    def _all_values(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for match in _SET.finditer(self._text):
            found.setdefault(match[1], []).append(match.end())
        return found


class _Bodies:
    """The bodies of a file that were asked about."""

    def __init__(self, _: Facts) -> None:
        self._known: dict[int, _Body] = {}

    def of(self, run: Run, facts: Facts) -> _Body:
        """Return the body of a RUN instruction."""
        key = id(run.instruction)
        if key not in self._known:
            text = facts.body(run.instruction)
            self._known[key] = _Body(text.value if text is not None else "")
        return self._known[key]


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
