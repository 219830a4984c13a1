"""A loop over the words of a file.

## What it does
Reports `for x in $(cat file)`, and the same with `find`, `ls`, `grep`, `awk` and
the like.

## Why it matters
The loop runs for every word, not for every line, and words with pattern signs become file names.

## Instead
```dockerfile
FROM debian:13
RUN while IFS= read -r name; do echo "$name"; done < /etc/names
```

## Sources
POSIX Shell Command Language, "The for Loop", "Field Splitting".
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.parsers.shell import constructs
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts, Run

_MAYBE = pattern(rb"\bin\s+\"?(?:\$\(|`)\s*(?:cat|find|ls|grep|awk|sed|cut|sort)\b")
_LOOP = pattern(r"for\s+\w+\s+in\s+(?:\$\(|`)\s*(cat|find|ls|grep|awk|sed|cut|sort)\b", re.ASCII)

_KINDS = frozenset({"for_statement", "command_substitution"})


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every such loop."""
    text = facts.body(run.instruction)
    if run.instruction.json is not None or text is None or not _MAYBE.search(text.data):
        return
    for loop, first in pairwise(constructs(text, _KINDS)):
        match = _LOOP.match(loop.text)
        if match is None:
            continue
        advice = (
            "use find -exec"
            if match[1] == "find"
            else "loop over a pattern"
            if match[1] == "ls"
            else "use while IFS= read -r"
        )
        yield Hit(
            first.span,
            f"this loops over the words that {match[1]} gives, not over its lines; {advice}",
        )


rule = DockerfileRule(
    Rule(
        summary="a loop runs over the words of a file",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        peers=("shellcheck SC2013", "shellcheck SC2044", "shellcheck SC2045"),
    ),
    run=check,
)
