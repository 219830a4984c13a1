"""A build step that fetches and compiles everything anew each time.

## What it does
In stages that are not shipped, looks for the installation of dependencies and for builds (`go build`,
`cargo build`, `npm ci`, `mvn package`, `gradle build`, `dotnet restore`, `pip install`) in a `RUN`
without `--mount=type=cache`.

## Why it matters
Once a step has to run again, it fetches every dependency and compiles every package again. A cache
mount keeps them from build to build, and is in no layer.

## Instead
```dockerfile
RUN --mount=type=cache,target=/root/.cache/go-build go build -o /server .
```

## When it is wrong
Builders that start empty every time (most of those in CI) have no use for it. It is a matter of taste
(`pedantic`).

## Sources
https://docs.docker.com/build/cache/optimize/, "Use cache mounts".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts, Run

_CACHES = {
    "go": ({"build", "install", "mod", "test"}, "/root/.cache/go-build"),
    "cargo": ({"build", "install", "fetch", "test"}, "/usr/local/cargo/registry"),
    "npm": ({"ci", "install", "i"}, "/root/.npm"),
    "yarn": ({"install", ""}, "/usr/local/share/.cache/yarn"),
    "pnpm": ({"install", "i", "fetch"}, "/root/.local/share/pnpm/store"),
    "pip": ({"install", "wheel"}, "/root/.cache/pip"),
    "pip3": ({"install", "wheel"}, "/root/.cache/pip"),
    "uv": ({"sync", "pip"}, "/root/.cache/uv"),
    "mvn": ({"package", "install", "verify", "compile", "clean"}, "/root/.m2"),
    "mvnw": ({"package", "install", "verify", "compile", "clean"}, "/root/.m2"),
    "gradle": ({"build", "assemble", "bootJar", "jar", "clean"}, "/root/.gradle"),
    "gradlew": ({"build", "assemble", "bootJar", "jar", "clean"}, "/root/.gradle"),
    "dotnet": ({"restore", "publish", "build"}, "/root/.nuget/packages"),
    "composer": ({"install"}, "/root/.composer/cache"),
}


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for the first command of a RUN that would gain by a cache."""
    if run.stage is None or run.trigger or facts.is_shipped(run.stage) or run.mounts("cache"):
        return
    for command in run.commands:
        verbs, folder = _CACHES.get(command.name, (set(), ""))
        if command.verb in verbs and not command.has("--no-cache-dir", "--version", "--help"):
            message = (
                f"{command.name} begins anew in each build; add --mount=type=cache,target={folder}"
            )
            yield Hit(command.span, message)
            return


rule = DockerfileRule(
    Rule(
        summary="a build step fetches and compiles everything anew",
        severity=Severity.LOW,
        persona=Persona.PEDANTIC,
    ),
    run=check,
    needs=tuple(_CACHES),
)
