r"""The cache of ``npm`` or ``yarn`` stays in the image.

## What it does
Looks for RUN instructions that install with `npm` or `yarn` and do not end with
`npm cache clean --force` or `yarn cache clean`, in stages that become an image, if the cache is
neither removed in the same RUN nor on a mount.

## Why it matters
Both keep every archive they download (`~/.npm`, `~/.cache/yarn`): the size of the packages once
more, for nothing.

## Instead
```dockerfile
RUN npm ci --omit=dev && npm cache clean --force
```

Or keep it for the next build, out of the image:

```dockerfile
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev
```

## When it is wrong
hadolint asks this of `yarn` only (DL3060), and of every stage. A cache in a stage from which only
files are copied is in no image, and is left alone here.

## Sources
npm-cache(1); https://classic.yarnpkg.com/en/docs/cli/cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._cleanup import append, mounted, removed, ships, variable
from dunnage.rules.dockerfile._node import installs
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_PATHS = {"npm": (".npm",), "yarn": (".cache/yarn", "/usr/local/share/.cache/yarn", ".yarn")}
_CLEAN = {"npm": "npm cache clean --force", "yarn": "yarn cache clean"}
_OTHER = {"npm": ("npm_config_cache", "NPM_CONFIG_CACHE"), "yarn": ("YARN_CACHE_FOLDER",)}


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for the last call of each program that leaves a cache."""
    calls = {one.name: one for one in run.commands if one.name in _CLEAN and installs(one)}
    if not calls or not ships(run.stage, facts):
        return
    for name, last in calls.items():
        after = run.after(last)
        paths = _PATHS[name]
        if mounted(run, *paths) or removed(after, *paths) or any(map(_cleans, after)):
            continue
        if last.has("--cache", "--cache-folder") or any(variable(run, one) for one in _OTHER[name]):
            continue
        found = installs(last)
        end = found.verb.span.end if found and found.verb else last.name_span.end
        yield Hit(
            Span(last.name_span.start, max(end, last.name_span.end)),
            f"the cache of {name} stays in the layer; end the RUN with && {_CLEAN[name]}",
            append(run, facts, _CLEAN[name]),
        )


def _cleans(command: Command) -> bool:
    words = [word.text for word in command.operands()]
    return command.name in _CLEAN and words[:2] in (["cache", "clean"], ["cache", "clear"])


rule = DockerfileRule(
    Rule(
        summary="the cache of npm or yarn stays in the image",
        severity=Severity.LOW,
        peers=("hadolint DL3060",),
        fix=Safety.SAFE,
    ),
    run=check,
    needs=tuple(_CLEAN),
)
