"""An installation or download whose failure does not stop the build.

## What it does
Reports commands that install, download or build something and are followed by `;` (without
`set -e`), by `|| true` or by the like.

## Why it matters
The build succeeds without the package, the file or the program, and the image fails later, far from
the reason.

## Instead
```dockerfile
FROM debian:13
RUN apt-get update && apt-get install -y --no-install-recommends curl
```

## When it is wrong
Where the thing is optional. Then say so in a comment with the waiver.

## Sources
POSIX Shell Command Language, "Lists".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._flow import following, option_set
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_VERBS: dict[str, frozenset[str]] = {
    "apt-get": frozenset({"update", "install", "build-dep"}),
    "apt": frozenset({"update", "install"}),
    "apk": frozenset({"add", "update"}),
    "yum": frozenset({"install", "groupinstall"}),
    "dnf": frozenset({"install", "groupinstall"}),
    "microdnf": frozenset({"install"}),
    "zypper": frozenset({"install", "in", "refresh"}),
    "pip": frozenset({"install"}),
    "pip3": frozenset({"install"}),
    "npm": frozenset({"install", "ci", "i", "run"}),
    "yarn": frozenset({"install", "build"}),
    "pnpm": frozenset({"install", "build"}),
    "gem": frozenset({"install"}),
    "bundle": frozenset({"install"}),
    "go": frozenset({"build", "install", "mod", "get"}),
    "cargo": frozenset({"build", "install"}),
    "mvn": frozenset({"package", "install"}),
    "git": frozenset({"clone"}),
    "make": frozenset(),
    "curl": frozenset(),
    "wget": frozenset(),
}
"""Commands by their verbs; an empty set stands for any."""
_BEHIND = pattern(
    rb"(?:[ \t\r]|\\\r?\n|#[^\n]*\n)*(\|\||;(?!;)(?!\s*(?:\\\s*)?(?:[})]|fi\b|done\b|esac\b)))"
)
_NOTHING = frozenset({"true", ":", "echo", "printf"})


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for an installation that may fail unseen."""
    verbs = _VERBS[command.name]
    if (verbs and command.verb not in verbs) or command.piped or command.guarded:
        return
    if not facts.once(_Bodies).may_go_on(run.instruction):
        return
    behind = _BEHIND.match(facts.file.data, max((command.span.end, *_ends(command))))
    if behind is None or behind[1] not in {b"||", b";"}:
        return
    after = following(run, command, facts)
    if after is None:
        return
    what = f"{command.name} {command.verb}" if verbs else command.name
    if behind[1] == b"||" and (after.name in _NOTHING or _success(after)):
        yield Hit(
            command.span,
            f"the build goes on if {what} fails, because of || {after.name}; let it fail",
        )
    elif behind[1] == b";" and not run.instruction.heredocs and command.form == "shell":
        if option_set(run, facts, "e", "errexit", command.span.start):
            return
        yield Hit(
            command.span,
            f"the build goes on if {what} fails, because of the ; behind it; join with &&",
        )


class _Bodies:
    """Which instructions may go on behind a failure; looking through a long one takes its time."""

    def __init__(self, _: Facts) -> None:
        self._known: dict[int, bool] = {}

    def may_go_on(self, instruction: Instruction) -> bool:
        """Tell whether there is a sign for it anywhere."""
        key = id(instruction)
        if key not in self._known:
            text = instruction.text.data
            self._known[key] = b"||" in text or b";" in text or bool(instruction.heredocs)
        return self._known[key]


def _ends(command: Command) -> list[int]:
    return [one.span.end for one in command.redirects]


def _success(command: Command) -> bool:
    return command.name == "exit" and command.verb in {"0", ""}


rule = DockerfileRule(
    Rule(
        summary="the build goes on after a failed installation",
        severity=Severity.MEDIUM,
    ),
    command=check,
    commands=tuple(_VERBS),
)
