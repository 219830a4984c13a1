r"""Python packages are looked for in two indexes at once.

## What it does
Looks for `pip install --extra-index-url`, `PIP_EXTRA_INDEX_URL` and
`pip config set ...extra-index-url`; for `uv` only with `--index-strategy unsafe-...`, because it
takes the first index that has a name.

## Why it matters
pip asks all indexes and takes the highest version, wherever it is. Whoever registers the name of an
internal package on PyPI with a high version gets their code into the image ("dependency
confusion").

## Instead
```dockerfile
RUN pip install --no-cache-dir --index-url https://pypi.example.com/simple -r requirements.txt
```

with an index that passes other names on to PyPI, or with `--require-hashes`, which takes only the
files you named.

## When it is wrong
Where every name on the extra index is also yours on PyPI, as with some builds of machine learning
libraries. Their dependencies are still looked for in both.

## Sources
pip's documentation, `--extra-index-url` (it warns of this); PEP 708.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._flags import settings, valued
from dunnage.rules.dockerfile._packages import PIP_CALLS, pip_call
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_VARIABLES = frozenset({"PIP_EXTRA_INDEX_URL"})
_WHY = "lets any of two indexes give a package, the highest version wins; use one --index-url"


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every call with a second index."""
    del run, facts
    for name, value in command.assignments:
        if name in _VARIABLES and value != "":
            yield Hit(command.name_span, f"{name} {_WHY}")
    pip = pip_call(command)
    if pip is None:
        return
    if pip.has("--require-hashes", "--no-deps", "--no-index"):
        return
    if command.name == "uv" and not any("unsafe-" in word.raw for word in command.words):
        return
    for named, value in valued(pip, "--extra-index-url"):
        if value != "":
            yield Hit(named.word.span, f"{named.name} {_WHY}")
    words = [word.text or "" for word in pip.words[:3]]
    if words[:2] == ["config", "set"] and words[-1].endswith(".extra-index-url"):
        yield Hit(pip.words[2].span, f"{words[2]} {_WHY}")


def check_variable(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every variable that names a second index."""
    del stage
    for one in settings(instruction, facts, _VARIABLES):
        if one.value != "":
            yield Hit(one.span, f"{one.name} {_WHY}")


rule = DockerfileRule(
    Rule(
        summary="Python packages are looked for in two indexes",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
    ),
    instruction=check_variable,
    keywords=("ENV", "ARG"),
    command=check,
    commands=PIP_CALLS,
)
