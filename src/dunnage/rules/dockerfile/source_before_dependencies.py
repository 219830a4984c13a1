"""The source is copied before the dependencies are installed.

## What it does
Looks for a copy of the whole context with the installation of dependencies behind it (`npm ci`,
`pip install -r`, `go mod download`, `bundle install`, `composer install`, `mvn dependency:...`,
`dotnet restore`, `poetry install`, `uv sync` and their kin), where no earlier step of the stage has
installed them.

## Why it matters
Every change of any file makes the builder fetch and install all dependencies anew. Copied on their
own, the files that name the dependencies change rarely, and the step comes from the cache.

## Instead
```dockerfile
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
```

## When it is wrong
Projects of several packages, where the files that name dependencies are spread over the whole tree.

## Sources
https://docs.docker.com/build/cache/optimize/, "Order your layers".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._credentials import whole_context
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Word
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts

_MANIFESTS = {
    "npm": "package.json and package-lock.json", "yarn": "package.json and yarn.lock",
    "pnpm": "package.json and pnpm-lock.yaml", "bun": "package.json and bun.lock",
    "pip": "the requirements file", "pip3": "the requirements file",
    "poetry": "pyproject.toml and poetry.lock", "uv": "pyproject.toml and uv.lock",
    "pipenv": "Pipfile and Pipfile.lock", "bundle": "Gemfile and Gemfile.lock",
    "composer": "composer.json and composer.lock", "go": "go.mod and go.sum",
    "cargo": "Cargo.toml and Cargo.lock", "mvn": "pom.xml", "mvnw": "pom.xml",
    "dotnet": "the project files", "mix": "mix.exs and mix.lock",
}  # fmt: skip


def check(stage: Stage, facts: Facts) -> Iterator[Hit]:
    """Give a hit for the first installation of dependencies that follows the whole source."""
    whole: Word | None = None
    runs = None
    done: set[str] = set()
    for instruction in stage.instructions:
        if instruction.keyword in {"COPY", "ADD"}:
            whole = whole or whole_context(instruction)
        elif instruction.keyword == "RUN":
            if runs is None:
                runs = {id(run.instruction): run for run in facts.runs_of(stage)}
            run = runs.get(id(instruction))
            for command in run.commands if run and not run.mounts("bind") else ():
                if command.name not in _MANIFESTS or not _installs(command):
                    continue
                if whole is not None and command.name not in done:
                    yield Hit(
                        whole.span,
                        f"every change of the source makes {command.name} (line {instruction.line}) "
                        f"install anew; copy {_MANIFESTS[command.name]} first",
                    )
                    return
                done.add(command.name)


def _installs(command: Command) -> bool:
    words = [
        word.text or word.raw for word in command.operands(("-r", "--requirement", "-f", "-p"))
    ]
    verb, rest = (words[0] if words else ""), words[1:]
    name = command.name
    if name in {"npm", "pnpm", "yarn", "bun"}:
        wanted = verb in {"ci", "install", "i"} or (not words and name in {"yarn", "bun"})
        return wanted and not rest and not command.has("-g", "--global", "--version")
    if name in {"pip", "pip3"}:
        return verb == "install" and command.has("-r", "--requirement") and "." not in rest
    wants = {
        "go": words[:2] == ["mod", "download"],
        "cargo": verb == "fetch",
        "uv": verb == "sync",
        "dotnet": verb == "restore",
        "mix": verb == "deps.get",
    }
    if name in {"mvn", "mvnw"}:
        return any(word.startswith("dependency:") for word in words)
    return wants.get(name, verb == "install" and not rest)


rule = DockerfileRule(
    Rule(
        summary="the source is copied before the dependencies are installed",
        severity=Severity.LOW,
    ),
    stage=check,
    needs=tuple(_MANIFESTS),
)
