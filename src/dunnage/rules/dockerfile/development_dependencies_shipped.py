r"""Development dependencies are installed in the final stage.

## What it does
Looks, in the final stage and those it rests on, for `npm ci` and `npm install` without
`--omit=dev`, `yarn install` without `--production`, `pnpm install` without `--prod`,
`composer install` without `--no-dev`, `bundle install` without `--without development` or
`BUNDLE_WITHOUT`, `poetry install` and `uv sync` without their switch, `pipenv install --dev`, and
`pip install -r` of a file called after development or tests. `NODE_ENV=production` counts, and so
does a later `npm prune --omit=dev` in the same RUN. Stages called after development or tests are
left alone.

## Why it matters
Test runners, compilers and bundlers are often larger than the program, and each of them is code
that can be attacked and has to be updated.

## Instead
```dockerfile
FROM node:22-slim
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
```

If the program is built in the image, build it in a stage of its own and copy the result. Where a
later command of the stage builds something, no change is offered; elsewhere it is unsafe.

## When it is wrong
Where `package.json` names no development dependencies, or the image is for development.

## Sources
npm-ci(1), `--omit`; composer's documentation, `--no-dev`; bundler's, `BUNDLE_WITHOUT`; poetry's,
`--only`; uv's, `--no-dev`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.finding import Confidence, Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._cleanup import variable
from dunnage.rules.dockerfile._edits import add_option
from dunnage.rules.dockerfile._flags import valued
from dunnage.rules.dockerfile._node import installs
from dunnage.rules.dockerfile._packages import PIP, call, unknown_options
from dunnage.rules.dockerfile._rule import Change, DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command, ShellWord
    from dunnage.rules.dockerfile._facts import Facts, Run


class _Way(Struct, frozen=True):
    """How a program leaves development dependencies out."""

    option: str
    told: tuple[str, ...]
    variables: tuple[str, ...] = ()


_WAYS = {
    "npm": _Way(
        "--omit=dev",
        ("--omit", "--production", "--only", "--include", "--prod"),
        ("NODE_ENV", "NPM_CONFIG_OMIT", "npm_config_omit", "NPM_CONFIG_PRODUCTION"),
    ),
    "yarn": _Way("--production", ("--production", "--prod"), ("NODE_ENV", "YARN_PRODUCTION")),
    "pnpm": _Way("--prod", ("--prod", "-P", "--production", "--dev", "-D"), ("NODE_ENV",)),
    "composer": _Way("--no-dev", ("--no-dev", "--dev"), ("COMPOSER_NO_DEV",)),
    "bundle": _Way("", ("--without", "--with", "--deployment"), ("BUNDLE_WITHOUT", "BUNDLE_ONLY")),
    "poetry": _Way(
        "--only main", ("--only", "--no-dev", "--without", "--with"), ("POETRY_WITHOUT",)
    ),
    "uv": _Way(
        "--no-dev",
        ("--no-dev", "--dev", "--only-group", "--no-default-groups", "--no-group", "--only-dev"),
        ("UV_NO_DEV", "UV_NO_DEFAULT_GROUPS"),
    ),
}
_VERBS = {"composer": "install", "bundle": "install", "poetry": "install", "uv": "sync"}
_STAGE = pattern(r"dev|test|lint|ci\b|debug|builder|build", re.IGNORECASE)
_FILE = pattern(r"(?:^|[/_.-])(?:dev|devel|development|test|tests|testing|lint|docs)(?=[/_.-])")
_NEAR = 100
"""Commands behind a call that may take them away again."""
_BUILDS = frozenset(
    {"tsc", "vite", "webpack", "ng", "gulp", "grunt", "next", "nuxt", "npx", "make"}
)


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call that brings development dependencies."""
    stage = run.stage
    if stage is None or run.trigger or not any(stage is one for one in facts.shipped):
        return
    if facts.final is not None and _STAGE.search(facts.final.name):
        return
    if command.name in PIP:
        yield from _requirements(command)
        return
    if command.name == "pipenv":
        if command.verb == "install" and command.has("--dev", "-d"):
            yield Hit(command.name_span, "pipenv install --dev brings what only development needs")
        return
    verb = _verb(command)
    way = _WAYS[command.name]
    if verb is None or command.has(*way.told) or any(_says(run, name) for name in way.variables):
        return
    if unknown_options(command) or _settled(command, run, facts):
        return
    changes: tuple[Change, ...] = ()
    if way.option and facts.once(_last_build) < run.instruction.line:
        changes = add_option(
            command, way.option, behind=None if verb == command.name_span else _word(command)
        )
    advice = f"add {way.option}" if way.option else "run bundle config set without first"
    yield Hit(
        Span(command.name_span.start, max(verb.end, command.name_span.end)),
        f"{command.name} also installs what only development needs; {advice}, or build in another "
        "stage",
        changes if " " not in way.option or command.form == "shell" else (),
    )


def _says(run: Run, name: str) -> bool:
    """Tell whether a variable is set so that they are left out, as far as is known."""
    if not variable(run, name):
        return False
    if name != "NODE_ENV" or run.stage is None:
        return True
    inside = any(f"{name}=" in one for one in run.instruction.text.value.split())
    return inside or run.stage.scope(run.instruction).get(name) in {"production", None}


def _verb(command: Command) -> Span | None:
    """Return where the verb is, if everything that a project names is installed."""
    if command.name in {"npm", "yarn", "pnpm"}:
        found = installs(command)
        if found is None or found.kind == "named" or found.whole:
            return None
        return found.verb.span if found.verb else command.name_span
    word = _word(command)
    return word.span if word is not None and word.text == _VERBS[command.name] else None


def _word(command: Command) -> ShellWord | None:
    found = call(command, "npm")
    return found.verb if found else None


def _requirements(command: Command) -> Iterator[Hit]:
    for named, value in valued(command, "-r", "--requirement"):
        if value and _FILE.search(value):
            word = named.value or named.word
            yield Hit(
                word.span,
                f"{value} looks like what only development needs; install it in another stage",
            )


def _settled(command: Command, run: Run, facts: Facts) -> bool:
    """Tell whether they are taken away again in the RUN, or settled before."""
    for one in run.after(command)[:_NEAR]:
        words = {word.text for word in one.words}
        if one.name in {"npm", "yarn", "pnpm"} and words & {"prune", "focus", "autoclean"}:
            return True
        if one.name == command.name and one.has(*_WAYS[command.name].told):
            return True
    if command.name == "bundle":
        return b"without" in facts.file.data or b"deployment" in facts.file.data
    return command.name == "npm" and b"config set omit" in facts.file.data


def _last_build(facts: Facts) -> int:
    """Return the last line on which the image's stages build something, or zero."""
    shipped = {stage.index for stage in facts.shipped}
    found = 0
    for run in facts.runs:
        if run.stage is not None and run.stage.index in shipped and any(map(_builds, run.commands)):
            found = run.instruction.line
    return found


def _builds(command: Command) -> bool:
    if command.name in _BUILDS or command.name.endswith(".sh"):
        return True
    if command.name not in _WAYS:
        return False
    words = {word.text for word in command.words}
    return bool(words & {"run", "build", "exec", "test", "run-script", "dump-autoload"})


rule = DockerfileRule(
    Rule(
        summary="development dependencies are in the image",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        fix=Safety.UNSAFE,
    ),
    command=check,
    commands=(*_WAYS, "pipenv", *PIP),
)
