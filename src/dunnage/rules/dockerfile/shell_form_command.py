"""CMD or ENTRYPOINT in shell form.

## What it does
Reports `CMD` and `ENTRYPOINT` that are not written as a JSON list.

## Why it matters
The shell form runs `/bin/sh -c` in front of the program: the container needs a shell, and the shell,
not the program, may be the one that gets SIGTERM, so that the container is killed after ten seconds
instead of ending by itself. An `ENTRYPOINT` in shell form also passes over `CMD` and the arguments of
`docker run`.

## Instead
```dockerfile
FROM node:24-slim
CMD ["node", "server.js"]
```

## When it is wrong
Where the shell is wanted: variables, `&&`, redirections. Write `["/bin/sh", "-c", "exec ..."]` then.

## Sources
Dockerfile reference, "Shell and exec form"; BuildKit build checks, "JSONArgsRecommended".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._facts import POSIX
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import looks_like_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._rule import Change

_PLAIN = pattern(r"[\w./:@%+,-][\w./:@%+,=-]*\Z", re.ASCII)
_BUILTINS = frozenset({
    ".", ":", "[", "alias", "bg", "break", "cd", "command", "continue", "eval", "exec", "exit",
    "export", "fg", "for", "function", "if", "jobs", "local", "readonly", "return", "set", "shift",
    "source", "time", "times", "trap", "type", "ulimit", "umask", "unset", "until", "wait", "while",
})  # fmt: skip
"""Words that only a shell understands."""
_PLAIN_SHELLS = frozenset({"sh", "bash", "ash", "dash"})


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for a shell form."""
    text = instruction.args.value
    if instruction.json is not None or not text or looks_like_list(instruction):
        return
    keyword = instruction.keyword
    if keyword == "CMD":
        why = "so that signals reach the program"
    else:
        why = "so that signals and arguments reach the program"
    changes = _listed(instruction, stage, facts)
    said = f"{keyword} runs in a shell; write it as a JSON list {why}"
    fix = Safety.SAFE
    if changes and stage is not None and not _alone(instruction, stage, facts):
        fix = Safety.UNSAFE
    yield Hit(instruction.args.whole, said, changes, fix if changes else Safety.NONE)


def _alone(instruction: Instruction, stage: Stage, facts: Facts) -> bool:
    """Tell whether no other instruction of the file changes what the new form means.

    A program in JSON form gets CMD as arguments, which in shell form it does not.
    """
    other = "ENTRYPOINT" if instruction.keyword == "CMD" else "CMD"
    places = facts.once(_places)[other]
    return not any(part.index in places for part in stage.lineage)


def _places(facts: Facts) -> dict[str, frozenset[int]]:
    """Return the numbers of the stages that have an ENTRYPOINT or a CMD."""
    return {
        keyword: frozenset(
            stage.index
            for one, stage in facts.by_keyword.get(keyword, ())
            if stage is not None and not held(one, stage)
        )
        for keyword in ("ENTRYPOINT", "CMD")
    }


def _listed(instruction: Instruction, stage: Stage | None, facts: Facts) -> tuple[Change, ...]:
    """Return the changes that put a plain command into a JSON list, word by word."""
    if stage is None or instruction.flags or facts.shell_of(stage, instruction)[0] != POSIX:
        return ()
    shell = facts.shell_instruction(stage, instruction)
    if shell is not None:
        name = (shell.json or ())[0].text.rpartition("/")[2]
        options = {word.text for word in (shell.json or ())[1:]}
        if name not in _PLAIN_SHELLS or not options <= {"-c", "-o", "pipefail", "-e", "-eo", "-u"}:
            return ()
    words = instruction.words
    if words[0].text in _BUILTINS and not (words[0].text == "exec" and len(words) > 1):
        return ()
    if "=" in words[0].text or held(instruction, stage):
        return ()
    if not all(_PLAIN.match(word.text) for word in words):
        return ()
    changes = []
    if words[0].text == "exec":
        if words[1].text.startswith("-") or words[1].text in _BUILTINS:
            return ()
        between = facts.file.data[words[0].span.end : words[1].span.start]
        if between.strip():
            return ()
        start = words[0].span._replace(end=words[1].span.start)
        changes.append(replace(start, ""))
        words = words[1:]
    last = len(words) - 1
    for index, word in enumerate(words):
        lead = "[" if not index else ""
        tail = "]" if index == last else ","
        changes.append(replace(word.span, f"{lead}{json.dumps(word.text)}{tail}"))
    return tuple(changes)


rule = DockerfileRule(
    Rule(
        summary="CMD or ENTRYPOINT runs in a shell",
        severity=Severity.MEDIUM,
        peers=("hadolint DL3025", "buildkit JSONArgsRecommended"),
        fix=Safety.SAFE,
    ),
    instruction=check,
    keywords=("CMD", "ENTRYPOINT"),
)
