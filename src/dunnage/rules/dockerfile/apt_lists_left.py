r"""The package lists of ``apt-get update`` stay in the image.

## What it does
Looks for a RUN instruction that refreshes the lists (`apt-get update`) and does not remove
`/var/lib/apt/lists` before it ends. Lists on a cache or tmpfs mount do not get into the layer and
are fine. So are stages from which only files are copied, since their layers are in no image.

## Why it matters
The lists are 20 to 50 MB that the image does not use, and they are out of date soon. Removing them
in a later instruction frees nothing: the layer has them already. The official Debian and Ubuntu
images remove downloaded archives by themselves (`/etc/apt/apt.conf.d/docker-clean`), but not the
lists; `apt-get clean` does not remove them either.

## Instead
```dockerfile
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/*
```

Or keep them for the next build, out of the image:

```dockerfile
RUN --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends curl
```

No change is offered where a later instruction installs from these lists, or runs a script that
might.

## When it is wrong
A script that removes the lists is not looked into. hadolint also looks at stages that only hand
files on, and does not know `apt-get dist-clean` (Debian 13), which removes the lists.

## Sources
apt-get(8), "update" and "clean"; https://docs.docker.com/build/building/best-practices/, "apt-get".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._cleanup import append, is_script, mounted, removed, ships
from dunnage.rules.dockerfile._packages import APT, call
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

LISTS = "/var/lib/apt/lists"


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for the last call in a RUN that leaves lists."""
    updates = [one for one in run.commands if _verb(one) == "update"]
    if not updates or not ships(run.stage, facts) or mounted(run, LISTS):
        return
    last = updates[-1]
    after = run.after(last)
    if removed(after, LISTS) or any(_verb(one) in {"dist-clean", "distclean"} for one in after):
        return
    found = call(last)
    end = found.verb.span.end if found else last.span.end
    needed = run.instruction.line in facts.once(_needed_later)
    changes = () if needed else append(run, facts, f"rm -rf {LISTS}/*")
    yield Hit(
        Span(last.name_span.start, max(end, last.name_span.end)),
        f"the package lists stay in the layer; end the RUN with && rm -rf {LISTS}/*",
        changes,
    )


def _verb(command: Command) -> str:
    if command.name not in APT:
        return ""
    found = call(command)
    return found.does if found else ""


def _needed_later(facts: Facts) -> frozenset[int]:
    """Return the lines of RUNs on top of which one may install without refreshing the lists."""
    found: set[int] = set()
    needing: set[int] = set()
    for run in reversed(facts.runs):
        if run.stage is None:
            continue
        if run.trigger or run.stage.index in needing:
            found.add(run.instruction.line)
        if run.stage.index not in needing and _uses(run, facts):
            needing.update(stage.index for stage in run.stage.lineage)
    return frozenset(found)


def _uses(run: Run, facts: Facts) -> bool:
    """Tell whether a RUN may use lists that it does not fetch."""
    if not run.script.known:
        return True
    for command in run.commands:
        if _verb(command) == "update":
            return False
        if command.name in {*APT, "apt-cache", "apt-file", "dselect"} or is_script(command):
            return True
        if "/" in facts.file.source(command.name_span):
            return True
    return False


rule = DockerfileRule(
    Rule(
        summary="package lists of apt-get stay in the image",
        severity=Severity.LOW,
        peers=("hadolint DL3009", "dockle DKL-DI-0005", "semgrep remove-package-cache"),
        fix=Safety.SAFE,
    ),
    run=check,
    needs=tuple(APT),
)
