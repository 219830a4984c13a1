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

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._building import built
from dunnage.rules.dockerfile._credentials import sources, whole_context
from dunnage.rules.dockerfile._paths import destination, joined, working_directory
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._stages import stage_called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._building import Built
    from dunnage.rules.dockerfile._facts import Facts


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every copy of the source into the final stage."""
    final = facts.final
    if final is None or len(facts.stages) < 2:
        return
    copies = [one for one in final.instructions if one.keyword == "COPY"]
    taken = [(one, stage) for one in copies if (stage := _from(one, final, facts)) is not None]
    results = [(one, stage, _built(stage, facts)) for one, stage in taken]
    known = [found for _, _, found in results if found is not None]
    if not known:
        return
    for one in copies:
        whole = whole_context(one)
        if whole is not None:
            message = f"the image gets the whole context, though its {known[0].title} application is built in another stage; copy the result only"
            yield Hit(whole.span, message, severity=_severity(known[0]))
    for one, stage, found in results:
        folders = _context_folders(stage)
        for word in sources(one) if found is not None and folders else ():
            path = joined(word.text, "/")
            if path in folders and path != "/" and found is not None:
                message = (
                    f"{path[:60]} of the build stage is the whole source; copy the result only"
                )
                yield Hit(word.span, message, severity=_severity(found))


def _from(instruction: Instruction, final: Stage, facts: Facts) -> Stage | None:
    flag = instruction.flag("from")
    return stage_called(flag.value or "", final, facts) if flag else None


def _built(stage: Stage, facts: Facts) -> Built | None:
    for run in facts.runs_of(*stage.lineage):
        for command in run.commands:
            if found := built(command):
                return found
    return None


def _context_folders(stage: Stage) -> set[str]:
    """Return the directories of a stage that the whole context was copied into."""
    found = set()
    for each in stage.lineage:
        for one in each.instructions:
            if one.keyword in {"COPY", "ADD"} and whole_context(one) is not None:
                to = destination(one, each) or working_directory(each, one)
                if to is not None:
                    found.add(to)
    return found


def _severity(found: Built) -> Severity | None:
    return Severity.LOW if found.bundled else None


rule = DockerfileRule(
    Rule(
        summary="the source of a built application is in the image",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        peers=("dockle DKL-LI-0003",),
    ),
    file=check,
)
