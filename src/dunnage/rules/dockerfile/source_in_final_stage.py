"""The source of a built application, copied into the image beside the result.

## What it does
In a final stage that takes files from a stage where the application is compiled or bundled, looks for
a copy of the whole build context, and for a copy of the very directory that stage had put the whole
context into.

## Why it matters
The program needs the result only. The source, its tests and what lies beside it make the image larger
and tell whoever has the image how the program works; every change of any file makes the layer anew.

## Instead
```dockerfile
COPY --from=build /src/target/server.jar /app/server.jar
```

## When it is wrong
Where the application reads files from its source tree when it runs: name those. Bundled applications
are one step lower: many of them keep their modules in that directory.

## Sources
https://docs.docker.com/build/building/multi-stage/.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._building import built
from dunnage.rules.dockerfile._credentials import sources, whole_context
from dunnage.rules.dockerfile._paths import destination
from dunnage.rules.dockerfile._places import joined
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._stages import stage_called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._building import Built
    from dunnage.rules.dockerfile._facts import Facts

_MOST_COPIES, _MOST_COMMANDS = 300, 5_000


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every copy of the source into the final stage."""
    final = facts.final
    if final is None or len(facts.stages) < 2:
        return
    copies = [one for one in final.instructions if one.keyword == "COPY"][:_MOST_COPIES]
    taken = [(one, stage) for one in copies if (stage := _from(one, final, facts)) is not None]
    origins = {stage.index: _origin(stage, facts) for _, stage in taken}
    known = [origin.built for origin in origins.values() if origin.built is not None]
    if not known:
        return
    for one in copies:
        whole = whole_context(one)
        if whole is not None:
            message = (
                f"the image gets the whole context, though its {known[0].title} application is "
                "built in another stage; copy the result only"
            )
            yield Hit(whole.span, message, severity=_severity(known[0]))
    for one, stage in taken:
        origin = origins[stage.index]
        for word in sources(one) if origin.built is not None else ():
            path = joined(word.text, "/")
            if path in origin.folders and path != "/":
                message = (
                    f"{path[:60]} of the build stage is the whole source; copy the result only"
                )
                yield Hit(word.span, message, severity=_severity(origin.built))


def _from(instruction: Instruction, final: Stage, facts: Facts) -> Stage | None:
    flag = instruction.flag("from")
    return stage_called(flag.value or "", final, facts) if flag else None


class _Origin(Struct, frozen=True):
    """What a stage builds, and where it put the whole context."""

    built: Built | None
    folders: frozenset[str]


def _origin(stage: Stage, facts: Facts) -> _Origin:
    commands = islice(facts.commands_on(stage), _MOST_COMMANDS)
    first = next((found for one in commands if (found := built(one))), None)
    folders = set()
    for each in stage.lineage:
        for one in each.instructions if first else ():
            if one.keyword in {"COPY", "ADD"} and whole_context(one) is not None:
                folders.add(destination(one, each, facts) or facts.folder(one) or "/")
    return _Origin(first, frozenset(folders))


def _severity(found: Built | None) -> Severity | None:
    return Severity.LOW if found is not None and found.bundled else None


rule = DockerfileRule(
    Rule(
        summary="the source of a built application is in the image",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        peers=("dockle DKL-LI-0003",),
    ),
    file=check,
)
