"""An image whose user is given by name.

## What it does
Looks whether the last `USER` of the final stage is a name. Where the file itself says which number
that is (`useradd -u 10001 app`), or the base is known to (`node` is 1000 in the official image), the
number can take its place.

## Why it matters
Only a number can be proven not to be root without looking into the image. Kubernetes refuses to
start a container with `runAsNonRoot` whose image names its user: "image has non-numeric user".

## Instead
```dockerfile
RUN useradd --system --uid 10001 app
USER 10001
```

## When it is wrong
`USER $APP_UID` may well be a number; variables that only the build or the base knows are not
reported. hadolint reports every `USER` with a name, also those that hold for a few RUN only.

## Sources
https://kubernetes.io/docs/tasks/configure-pod-container/security-context/;
https://github.com/nodejs/docker-node/blob/main/docs/BestPractices.md, "Non-root User".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._facts import WINDOWS
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._users import is_number, is_root, user_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_NOBODY_OF = frozenset({"debian", "ubuntu", "alpine"})


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit if the last USER of the image is a name."""
    stage = facts.final
    if stage is None:
        return
    user = user_of(stage, facts)
    name, instruction = user.name, user.instruction
    if name is None or instruction is None or is_number(name) or is_root(name):
        return
    if facts.shell_of(stage)[0] == WINDOWS:
        return
    number = _number(name, stage, facts)
    span = instruction.args.whole
    written = facts.file.source(span)
    place = Span(span.start, span.start + len(name.encode()))
    plain = written == name or written.startswith(name + ":")
    advice = f"write its number, {number}" if number else "give it a number"
    yield Hit(
        span,
        f"the user {name[:40]} is a name, so nobody can prove that it is not root; {advice}",
        (replace(place, number),) if number and plain else (),
    )


def _number(name: str, stage: Stage, facts: Facts) -> str:
    """Return the number of a user as the file or its base says it, or empty."""
    found = []
    for run in facts.runs_of(*stage.lineage):
        for command in run.commands:
            if command.name not in {"useradd", "adduser", "usermod"}:
                continue
            words = [word.text for word in command.words]
            if name not in words:
                continue
            value = command.value_of("-u", "--uid")
            sure = value is not None and value.text is not None and is_number(value.text)
            if not sure or command.guarded or value is None or value.text is None:
                return ""
            found.append(value.text)
    if found:
        return found[-1] if len({*found}) == 1 else ""
    base = facts.base(stage)
    if base is None:
        return ""
    if name == "node" and base.language == "node" and base.official:
        return "1000"
    return "65534" if name == "nobody" and base.distro in _NOBODY_OF else ""


rule = DockerfileRule(
    Rule(
        summary="the user of the image is given by name",
        severity=Severity.LOW,
        peers=("hadolint DL3066",),
        fix=Safety.SAFE,
    ),
    file=check,
)
