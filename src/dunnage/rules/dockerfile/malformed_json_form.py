"""A list that looks like the JSON form but is none.

## What it does
Reports `CMD`, `ENTRYPOINT`, `RUN`, `VOLUME`, `COPY` and `ADD` whose arguments begin like a JSON list
of strings but cannot be read as one: single quotes, typographic quotes, a missing or superfluous
comma, text behind the list.

## Why it matters
No builder complains. The whole text, brackets and quotes included, becomes a shell command, and the
container fails with `[npm,: not found`. Text behind the list was passed over by BuildKit up to 0.12
and makes a shell command of it all since.

## Instead
```dockerfile
FROM node:24-slim
CMD ["npm", "start"]
```

## Sources
Dockerfile reference, "Shell and exec form": the exec form is parsed as a JSON array, so double
quotes must be used.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import looks_like_list, named, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_PART = pattern(
    r"""\s*(?:"([^"\\]*)"|'([^'"\\]*)'|[“”„]([^“”„"\\]*)[“”]|[‘’]([^‘’"\\]*)[‘’])\s*(,?)"""
)


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for what only looks like a list."""
    del stage, facts
    text = instruction.args.value
    if not text.startswith("["):
        return
    keyword = named(instruction)
    if instruction.json is not None:
        return
    if tail := _behind(text):
        yield Hit(
            instruction.args.whole,
            f"{short(tail)} stands behind the JSON list of {keyword}, which makes a shell "
            "command of it; drop it",
        )
        return
    if not looks_like_list(instruction) or _other_values(text):
        return
    listed = _mended(text)
    if "]" not in text:
        yield Hit(
            instruction.args.whole,
            f"this list is never closed, so {keyword} takes it for a shell command; end it with ]",
        )
        return
    changes = () if listed is None else (replace(instruction.args.whole, listed),)
    if instruction.inside or instruction.line != instruction.last:
        changes = ()
    advice = f"write {short(listed)}" if listed else 'write ["word", "word"]'
    yield Hit(
        instruction.args.whole,
        f"this list is no JSON, so {keyword} takes it for a shell command; {advice}",
        changes,
    )


def _other_values(text: str) -> bool:
    """Tell whether it is a list, though not of strings: builders refuse it."""
    try:
        return isinstance(json.loads(text), list)
    except (ValueError, RecursionError):
        return False


def _behind(text: str) -> str:
    """Return what stands behind a list of strings, if the text begins with one."""
    try:
        values, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return ""
    return text[end:].strip() if all(isinstance(value, str) for value in values) else ""


def _mended(text: str) -> str | None:
    """Return the list as JSON, or None if it is not clear what its words are."""
    body = text.strip()[1:-1]
    if not text.strip().endswith("]"):
        return None
    words: list[str] = []
    at = 0
    while at < len(body.rstrip()):
        match = _PART.match(body, at)
        if match is None:
            return None
        words.append(next(group for group in match.groups()[:4] if group is not None))
        at = match.end()
        if not match[5] and at < len(body.rstrip()) and not body[at - 1].isspace():
            return None
    return "[" + ", ".join(json.dumps(word, ensure_ascii=False) for word in words) + "]"


rule = DockerfileRule(
    Rule(
        summary="the JSON form is malformed and runs as a shell command",
        severity=Severity.HIGH,
        peers=("hadolint DL1000", "hadolint DL3025", "buildkit JSONArgsRecommended"),
        fix=Safety.SAFE,
    ),
    instruction=check,
    keywords=("CMD", "ENTRYPOINT", "RUN", "VOLUME", "COPY", "ADD"),
)
