"""Application files that the process may overwrite.

## What it does
Looks for `COPY --chown` and `ADD --chown` in the final stage that give files to the user the image
runs as.

## Why it matters
A process that was taken over can then change its own program, and the change stays as long as the
container. Owned by root and readable by all they would be safe from it.

## Instead
```dockerfile
COPY app /app
RUN install -d -o 10001 /app/uploads
USER 10001
```

## When it is wrong
Where the whole tree is data that the program writes. It is shown to those who ask for more
(`pedantic`).

## Sources
https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._users import is_root, user_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every copy that is given to the user the image runs as."""
    flag = instruction.flag("chown") if instruction.flags else None
    if flag is None or stage is None or facts.final is None or stage is not facts.final:
        return
    owner = stage.expanded(flag.value or "", instruction).value
    name = (owner or "").partition(":")[0]
    user = user_of(facts.final, facts).name
    if name and name == user and not is_root(name):
        message = (
            f"the process runs as {name[:40]} and may overwrite these files; leave them to root"
        )
        yield Hit(flag.span, message)


rule = DockerfileRule(
    Rule(
        summary="the process may overwrite its own program",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        persona=Persona.PEDANTIC,
    ),
    instruction=check,
    keywords=("COPY", "ADD"),
)
