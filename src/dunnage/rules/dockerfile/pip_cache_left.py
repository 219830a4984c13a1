r"""The cache of ``pip`` stays in the image.

## What it does
Looks for `pip install`, `pip wheel` and `pip download` without `--no-cache-dir`, in stages that
become an image, if `PIP_NO_CACHE_DIR` is not set, the cache is not removed before the RUN ends and
is not on a mount.

## Why it matters
pip keeps everything it downloads or builds in `~/.cache/pip`. In an image that is the size of the
packages once more, for nothing.

## Instead
```dockerfile
RUN pip install --no-cache-dir -r requirements.txt
```

Or keep it for the next build, out of the image:

```dockerfile
RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt
```

## When it is wrong
A pip.conf that is copied in, or a variable that the base image sets, is not seen.

## Sources
https://pip.pypa.io/en/stable/topics/caching/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._cleanup import mounted, removed_after, ships, variable
from dunnage.rules.dockerfile._edits import add_option
from dunnage.rules.dockerfile._flow import comes_after
from dunnage.rules.dockerfile._packages import PIP, PYTHON, call, pip_call
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_CACHE = ".cache/pip"
_CONFIGURED = pattern(
    rb"\bconfig[^\n]{0,100}\bglobal\.no-cache-dir|[^-]no-cache-dir[^\n]{0,200}pip\.conf"
)


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call that leaves a cache."""
    pip = pip_call(command)
    found = call(pip, "pip") if pip else None
    if pip is None or found is None or found.does not in {"install", "wheel", "download"}:
        return
    if pip.has("--no-cache-dir", "--no-cache", "--dry-run") or not ships(run.stage, facts):
        return
    if mounted(run, _CACHE) or variable(run, "PIP_NO_CACHE_DIR") or _elsewhere(run):
        return
    if removed_after(command, run, facts, _CACHE) or comes_after(_purges, command, run, facts):
        return
    if facts.once(_configured):
        return
    yield Hit(
        Span(command.name_span.start, max(command.name_span.end, found.verb.span.end)),
        f"pip {found.does} leaves its cache in the layer; add --no-cache-dir",
        add_option(command, "--no-cache-dir", behind=found.verb),
    )


def _elsewhere(run: Run) -> bool:
    """Tell whether the cache is put on a mount by its variable."""
    return variable(run, "PIP_CACHE_DIR") and bool(run.mounts("cache") or run.mounts("tmpfs"))


def _purges(command: Command) -> bool:
    pip = pip_call(command) if command.name in {*PIP, *PYTHON} else None
    return pip is not None and [word.raw for word in pip.words[:2]] == ["cache", "purge"]


def _configured(facts: Facts) -> bool:
    """Tell whether the file writes pip's configuration so; which stage does so is not looked at."""
    return bool(_CONFIGURED.search(facts.file.data))


rule = DockerfileRule(
    Rule(
        summary="the cache of pip stays in the image",
        severity=Severity.LOW,
        peers=("hadolint DL3042", "semgrep missing-pip-no-cache-dir"),
        fix=Safety.SAFE,
    ),
    command=check,
    commands=(*PIP, *PYTHON),
)
