r"""Python requirements are installed without hashes.

## What it does
Looks for `pip install -r FILE` where the file is in the build context and holds no `--hash`. It is
for auditors, and needs the build context.

## Why it matters
A version says what is wanted, a hash what is taken. With hashes pip refuses a file that was changed
on the index or on the way, and a dependency that nobody listed.

## Instead
```dockerfile
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
```

`pip-compile --generate-hashes` and `uv pip compile --generate-hashes` write such a file.

## When it is wrong
Where the index is your own and cannot be changed behind your back.

## Sources
https://pip.pypa.io/en/stable/topics/secure-installs/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._flags import valued
from dunnage.rules.dockerfile._packages import PIP_CALLS, call, pip_call
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every file without hashes."""
    pip = pip_call(command)
    found = call(pip, "pip") if pip else None
    if pip is None or found is None or found.does != "install" or facts.context is None:
        return
    if pip.has("--require-hashes", "--no-index"):
        return
    for named, value in valued(pip, "-r", "--requirement"):
        text = _requirements(value, run, facts) if value else None
        if text is None or "--hash" in text or "--require-hashes" in text:
            continue
        if not any(line.strip()[:1].isalnum() for line in text.splitlines()):
            continue
        word = named.value or named.word
        yield Hit(
            word.span,
            f"{value} holds no hashes; write them with pip-compile --generate-hashes",
        )


def _requirements(value: str, run: Run, facts: Facts) -> str | None:
    """Return the file of the context that an instruction of the stage may have put there."""
    name = value.rpartition("/")[2]
    if facts.context is None or run.stage is None:
        return None
    for path in (value.removeprefix("./"), name):
        if not path.startswith(("/", "..")) and facts.context.exists(path):
            return facts.context.text(path)
    copied = facts.once(_copied).get((run.stage.index, name))
    if copied is not None and facts.context.exists(copied):
        return facts.context.text(copied)
    return None


def _copied(facts: Facts) -> dict[tuple[int, str], str]:
    """Return what each stage copies from the context, by the last part of its path."""
    return {
        (stage.index, word.text.rpartition("/")[2]): word.text
        for instruction, stage in facts.by_keyword.get("COPY", ())
        if stage is not None and instruction.flag("from") is None
        for word in instruction.words[:-1]
    }


rule = DockerfileRule(
    Rule(
        summary="Python requirements are installed without hashes",
        severity=Severity.LOW,
        persona=Persona.AUDITOR,
    ),
    command=check,
    commands=PIP_CALLS,
    context=True,
)
