"""Several sources copied to something that is not named like a directory.

## What it does
Reports `COPY` and `ADD` with more than one source and a destination that does not end with `/`.

## Why it matters
Docker's classic builder and Buildah refuse it. BuildKit goes on and writes all of them to one file if
the directory is not there yet.

## Instead
```dockerfile
FROM alpine:3.22
COPY package.json package-lock.json ./
```

## Sources
Dockerfile reference, "COPY": with several sources the destination must be a directory, and it must
end with a slash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import insert
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit if there are several sources and no slash."""
    words = instruction.words
    if len(words) < 3:
        return
    last = words[-1]
    text: str | None = last.text
    if stage is not None:
        text = stage.expanded(last.text, instruction).value
    # With a slash behind it, a here-document without a name would get one.
    if not text or text.endswith(("/", "\\")) or "<<" in last.text:
        return
    end = last.span.end
    if facts.file.data[end - 1 : end] in {b'"', b"'"}:
        end -= 1
    yield Hit(
        last.span,
        f"{len(words) - 1} sources go to {short(text)}, which is not named like a directory; end "
        "it with /",
        (insert(end, "/"),),
    )


rule = DockerfileRule(
    Rule(
        summary="several sources go to something without a slash",
        severity=Severity.HIGH,
        peers=("hadolint DL3021", "trivy DS-0011"),
        fix=Safety.SAFE,
    ),
    instruction=check,
    keywords=("COPY", "ADD"),
)
