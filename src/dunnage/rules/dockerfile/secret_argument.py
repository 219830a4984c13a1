"""A secret that is handed to the build as an argument.

## What it does
Looks for `ARG` without a value whose name says that it is a secret (`NPM_TOKEN`), in a stage with a
`RUN` behind it, and for `ENV` that keeps such an argument.

## Why it matters
The values of arguments are in the history of the image, beside every `RUN` they held for, and in the
provenance a builder attests. `ENV` keeps them in the configuration as well, for every process of
every container.

## Instead
```dockerfile
RUN --mount=type=secret,id=npm_token,env=NPM_TOKEN npm ci
```
```text
docker build --secret id=npm_token,env=NPM_TOKEN .
```

## When it is wrong
In a stage that is not part of the image it is low: the argument only stays in the cache of the
builder and in the provenance.

## Sources
https://docs.docker.com/build/building/secrets/;
https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.parsers.secrets import telling
from dunnage.rules.dockerfile._edits import drop_instruction, insert
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction, Pair
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._rule import Change

_VARIABLE = pattern(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_MOST_CHANGED = 20
_SYNTAX = pattern(r"docker/dockerfile:1(?:-labs|\.\d\d(?:\.\d+)?(?:-labs)?)?\Z")
"""Dockerfile 1.10 and later hand a secret to a step as a variable."""


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every argument of a stage that is a secret, and every ENV that keeps one."""
    secrets: dict[str, tuple[Instruction, Pair]] = {}
    again: set[str] = set()
    shipped = facts.is_shipped(stage)
    for instruction in stage.instructions:
        if instruction.keyword == "ARG":
            for pair in instruction.pairs:
                if pair.name in secrets:
                    again.add(pair.name)
                elif not (pair.value or "").strip("\"'") and telling(pair.name):
                    secrets[pair.name] = (instruction, pair)
        elif instruction.keyword == "ENV" and secrets:
            for pair in instruction.pairs:
                for name in _VARIABLE.findall(pair.value or ""):
                    if name in secrets:
                        yield Hit(
                            pair.value_span,
                            f"ENV keeps the build argument {name[:60]}, a secret by its name, in "
                            "the image; hand it in when the container runs",
                            severity=None if shipped else Severity.LOW,
                        )
    runs = [one.span.start for one in stage.instructions if one.keyword == "RUN"] if secrets else []
    many = len(secrets) > _MOST_CHANGED
    for name, (instruction, pair) in secrets.items():
        if not runs or runs[-1] < instruction.span.start:
            continue
        yield Hit(
            pair.span,
            f"the argument {name[:60]} is a secret by its name, and stays in the history; "
            "use --mount=type=secret",
            () if many or name in again else _changes(name, instruction, stage, facts),
            needs=f"the option --secret id={name.lower()},env={name} of docker build",
            severity=Severity.MEDIUM if shipped else Severity.LOW,
        )


def _changes(name: str, instruction: Instruction, stage: Stage, facts: Facts) -> tuple[Change, ...]:
    """Return the changes that hand the secret to those RUN that name it, if nothing else does."""
    if len(instruction.pairs) != 1 or not _new_enough(facts):
        return ()
    word = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])".encode())
    users = []
    for one in stage.instructions:
        if one.span.start <= instruction.span.start:
            continue
        if not word.search(facts.file.data, *one.span):
            continue
        if one.keyword != "RUN" or one.json is not None:
            return ()
        users.append(one)
    mount = f"--mount=type=secret,id={name.lower()},env={name} "
    dropped = drop_instruction(facts.file, instruction)
    return (dropped, *(insert(one.args.whole.start, mount) for one in users)) if users else ()


def _new_enough(facts: Facts) -> bool:
    told = [one.value for one in facts.file.directives if one.name.lower() == "syntax"]
    return all(_SYNTAX.search(value) for value in told)


rule = DockerfileRule(
    Rule(
        summary="a secret is handed to the build as an argument",
        severity=Severity.HIGH,
        peers=("hadolint DL3064", "trivy DS-0031", "buildkit SecretsUsedInArgOrEnv"),
        fix=Safety.SUGGESTED,
    ),
    stage=check,
)
