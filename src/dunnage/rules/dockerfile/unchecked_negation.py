"""! in front of a command, of which set -e takes no notice.

## What it does
Reports `! command` as a statement of its own under `set -e`.

## Why it matters
`set -e` passes over commands behind `!`: the check that something is *not* there never fails the
build.

## Instead
```dockerfile
FROM debian:13
RUN set -e; if grep -q forbidden /etc/app.conf; then exit 1; fi; true
```

## Sources
POSIX Shell Command Language, `set -e`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.parsers.shell import constructs
from dunnage.rules.dockerfile._flow import option_set
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts, Run

_MAYBE = pattern(
    rb"(?:^|[;({)`]|(?<!&)&|\b(?:then|do|else|elif))(?:[ \t\r]|\\\r?\n)*+!\s", re.MULTILINE
)
"""A negation that is no part of a list, nor the first condition of ``if`` or ``while``."""
_KINDS = frozenset({"negated_command"})
_STATEMENT = pattern(rb"[ \t]*(?:;|\\?\r?\n)")
_INSIDE = frozenset({
    "program", "if_statement", "elif_clause", "else_clause", "do_group", "compound_statement",
    "case_item",
})  # fmt: skip
_NOTHING = pattern(rb"(?:[\s;\\}]|\bfi\b|\bdone\b|\besac\b)*\Z")


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every negated statement but the last."""
    text = facts.body(run.instruction) if run.instruction.json is None else None
    if text is None or b"!" not in text.data or not _MAYBE.search(text.data):
        return
    end = text.whole.end
    for one in constructs(text, _KINDS):
        if one.parent not in _INSIDE or one.role == "condition":
            continue
        data, start = facts.file.data, one.span.end
        if not _STATEMENT.match(data, start, end) or _NOTHING.match(data, start, end):
            continue
        if not option_set(run, facts, "e", "errexit", one.span.start):
            continue
        what = short(one.text[1:].strip())
        yield Hit(
            one.span,
            f"set -e takes no notice of ! {what}; write if {what}; then exit 1; fi",
        )


rule = DockerfileRule(
    Rule(
        summary="set -e takes no notice of a negated command",
        severity=Severity.MEDIUM,
        peers=("shellcheck SC2251",),
    ),
    run=check,
)
