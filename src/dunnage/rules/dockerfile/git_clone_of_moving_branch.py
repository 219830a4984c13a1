r"""Source is taken from a branch that moves.

## What it does
Looks for `git clone` without a tag or commit: no `--branch vX`, no `--revision`, and no
`git checkout`, `git reset` or `git switch` to a tag or commit later in the stage; and for `ADD` of a
git address without one. Names that look like a branch (`main`, `master`, `develop`) count as
moving.

## Why it matters
Two builds of one Dockerfile give different programs, and whatever is pushed to the branch is built
next time, unseen. A cached layer, on the other hand, never sees a fix.

## Instead
```dockerfile
RUN git clone --depth 1 --branch v1.2.3 https://example.com/app.git
```

A tag can be moved as well; a commit cannot:

```dockerfile
ADD https://example.com/app.git#4b825dc642cb6eb9a060e54bf8d69288fbee4904 /src
```

## When it is wrong
A version in a variable is let pass, whatever it holds.

## Sources
git-clone(1), `--branch` and `--revision`; https://docs.docker.com/reference/dockerfile/, "ADD",
"Git repositories".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._flow import comes_after
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_BRANCH = pattern(
    r"^(?:main|master|trunk|develop|dev|development|next|nightly|latest|stable|HEAD|edge)$"
    r"|^origin/|^(?:release|feature|releases)/",
)
_VALUED = frozenset({
    "-b", "--branch", "--depth", "-c", "--config", "-o", "--origin", "-u", "--upload-pack",
    "--reference", "--separate-git-dir", "-j", "--jobs", "--template", "--shallow-since",
    "--revision", "-C", "--filter", "--server-option", "--shallow-exclude",
})  # fmt: skip
_GIT = pattern(
    r"^(?:git@[^:]+:|https?://|ssh://|git://)[^#]*?\.git(?:#(.*))?$|^git@[^:]+:[^#]+(?:#(.*))?$"
)


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every clone that is not held fast afterwards."""
    words = command.operands(_VALUED)
    if len(words) < 2 or words[0].text != "clone":
        return
    branch = command.value_of("--branch", "-b", "--revision")
    if branch is not None and (branch.text is None or not _BRANCH.search(branch.text)):
        return
    if comes_after(_holds, command, run, facts):
        return
    if run.stage and facts.once(_last_holds).get(run.stage.index, 0) > run.instruction.line:
        return
    what = f"branch {branch.text}" if branch is not None else "the default branch"
    yield Hit(
        Span(command.name_span.start, max(command.name_span.end, words[1].span.end)),
        f"git clone takes {what}, which moves; name a tag with --branch, or check a commit out",
    )


def _last_holds(facts: Facts) -> dict[int, int]:
    """Return, by number of the stage, the last line on which a work tree is held fast."""
    return {
        run.stage.index: run.instruction.line
        for run in facts.runs
        if run.stage is not None and any(map(_holds, run.commands))
    }


def _holds(command: Command) -> bool:
    """Tell whether a command sets the work tree to something that does not move."""
    if command.name != "git":
        return False
    words = command.operands(_VALUED)
    texts = [word.text for word in words]
    if not texts or texts[0] not in {
        "checkout",
        "reset",
        "switch",
        "fetch",
        "worktree",
        "submodule",
    }:
        return False
    if texts[0] == "submodule":
        return False
    return any(text is None or not _BRANCH.search(text) for text in texts[1:] if text != "origin")


def check_add(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every ADD of a repository without a tag or commit."""
    del stage, facts
    if instruction.flag("checksum") is not None:
        return
    for word in instruction.words[:-1]:
        match = _GIT.match(word.text)
        if match is None:
            continue
        ref = (match[1] or match[2] or "").partition(":")[0]
        if ref and not _BRANCH.search(ref):
            continue
        what = f"branch {ref}" if ref else "the default branch"
        yield Hit(word.span, f"ADD takes {what}, which moves; name a commit behind #")


rule = DockerfileRule(
    Rule(
        summary="source is taken from a branch that moves",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    instruction=check_add,
    keywords=("ADD",),
    command=check,
    commands=("git",),
)
