r"""Package archives of ``conda`` or ``mamba`` stay in the image.

## What it does
Looks for RUN instructions that install with `conda`, `mamba` or `micromamba` and do not end with
`clean`, in stages that become an image.

## Why it matters
conda keeps every archive and unpacked package in `pkgs`: often more than the environment itself.
Cleaning in a later instruction frees nothing.

## Instead
```dockerfile
RUN conda install -y numpy=2.1.3 && conda clean --all --yes
```

## When it is wrong
A script that cleans is not looked into.

## Sources
https://docs.conda.io/projects/conda/en/stable/commands/clean.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._cleanup import append, mounted, removed, ships
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_NAMES = frozenset({"conda", "mamba", "micromamba"})
_PATHS = ("/opt/conda/pkgs", "/root/miniconda3/pkgs", "conda/pkgs")


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for the last call in a RUN that leaves archives."""
    last = next((one for one in reversed(run.commands) if _fills(one)), None)
    if last is None or not ships(run.stage, facts):
        return
    after = run.after(last)
    if any(one.name in _NAMES and one.verb == "clean" for one in after):
        return
    if removed(after, *_PATHS) or mounted(run, *_PATHS):
        return
    yield Hit(
        Span(last.name_span.start, max(last.name_span.end, last.operands()[0].span.end)),
        f"archives of {last.name} stay in the layer; end the RUN with && {last.name} clean "
        "--all --yes",
        append(run, facts, f"{last.name} clean --all --yes"),
    )


def _fills(command: Command) -> bool:
    if command.name not in _NAMES or command.has("--dry-run", "-d"):
        return False
    words = [word.text for word in command.operands()][:2]
    if words[:1] == ["env"]:
        return words[1:] in (["create"], ["update"])
    return words[:1] in (["install"], ["create"], ["update"], ["upgrade"])


rule = DockerfileRule(
    Rule(
        summary="package archives of conda stay in the image",
        severity=Severity.LOW,
        fix=Safety.SAFE,
    ),
    run=check,
    needs=tuple(_NAMES),
)
