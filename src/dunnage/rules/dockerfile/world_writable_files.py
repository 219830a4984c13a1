"""Files that everybody may write.

## What it does
Looks for permissions that let others write, in any spelling: `chmod 777`, `0666`, `a+w`, `o=rwx`,
`mkdir -m 777`, `install -m 666`, `COPY --chmod=777`. Only stages that make up the image count.

## Why it matters
A process that was taken over may change the program, its configuration or a script that somebody
else runs later, whatever user it is. `chmod -R 777` also stores every file once more.

## Instead
Give what the program must write, and nothing else, to its user:
```dockerfile
COPY --chown=10001:0 --chmod=750 data /var/lib/app
```

## When it is wrong
Directories with the sticky bit (`1777`) and those below `/tmp`, `/var/tmp` and `/dev` are not
reported. OpenShift's arbitrary users need the group, not everybody: `chmod g=u`.

## Sources
chmod(1); https://docs.redhat.com/en/documentation/openshift_container_platform, "Creating images",
"Support arbitrary user ids".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._edits import replace
from dunnage.rules.dockerfile._modes import OTHERS_WRITE, STICKY, of_command, of_flag
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts, Run
    from dunnage.rules.dockerfile._modes import Mode

_SETS, _REMOVES = frozenset({"chmod", "mkdir", "install"}), frozenset({"rm", "rmdir"})
_OPEN = ("/tmp", "/var/tmp", "/dev")  # noqa: S108 - paths in an image, nothing is written


def check_run(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every command that lets everybody write what stays."""
    if not facts.is_shipped(run.stage):
        return
    gone: set[str] = set()
    for command in reversed(run.commands):
        if command.name in _REMOVES:
            gone |= {word.raw if word.text is None else word.text for word in command.words}
            continue
        mode = of_command(command) if command.name in _SETS else None
        if mode is not None and not (mode.paths and gone.issuperset(mode.paths)):
            yield from _hits(mode, form=command.form)


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every --chmod that lets everybody write."""
    if instruction.flags and facts.is_shipped(stage):
        yield from _hits(of_flag(instruction), form="shell")


def _hits(mode: Mode | None, *, form: str) -> Iterator[Hit]:
    if mode is None or not mode.bits & OTHERS_WRITE or mode.bits & STICKY:
        return
    paths = mode.paths
    if paths and all(_open(path) for path in paths):
        return
    named = f" {paths[0][:60]}" if paths else ""
    less = mode.text[:-1] + str(int(mode.text[-1]) & ~OTHERS_WRITE) if mode.octal else ""
    advice = f"{less} will do" if less else "give it to the user that needs it"
    yield Hit(
        mode.span,
        f"mode {mode.text} lets everybody write{named}; {advice}",
        (replace(mode.span, less),) if less and mode.plain and form == "shell" else (),
    )


def _open(path: str) -> bool:
    return any(path == one or path.startswith(one + "/") for one in _OPEN)


rule = DockerfileRule(
    Rule(
        summary="everybody may write files of the image",
        severity=Severity.MEDIUM,
        fix=Safety.UNSAFE,
    ),
    run=check_run,
    needs=tuple(_SETS),
    instruction=check,
    keywords=("COPY", "ADD"),
)
