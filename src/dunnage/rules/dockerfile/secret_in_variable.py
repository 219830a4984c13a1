"""A secret as the value of a variable.

## What it does
Looks for `ENV`, `ARG` and `LABEL` whose name says that the value is a secret (`DB_PASSWORD`,
`apiToken`) and whose value may be one.

Names alone are no finding. The last word of a name decides: `..._PASSWORD_FILE`, `TOKEN_URL`,
`PUBLIC_KEY` and `ALLOW_EMPTY_PASSWORD` hold no secret. Then the value is looked at: what is empty, a
variable, a switch, a path, a URL without a password, or a placeholder (`<token>`, `your-key`,
`dummy`) is none either. What is made of the words everybody uses (`postgres`, `changeme`) is a
default password: low, and only in `ENV` of the image.

## Why it matters
Variables of `ENV` are in the configuration of the image, those of `ARG` in its history. Whoever can
pull the image reads them, and to take them out in a later instruction changes nothing.

## Instead
```dockerfile
RUN --mount=type=secret,id=token,env=API_TOKEN ./fetch
```
What the program needs when it runs is handed in when it runs.

## When it is wrong
Variables that only the build knows are for `secret-argument`. Tokens with a shape of their own are
for `literal-secret`, whatever the name.

## Sources
https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/;
https://docs.docker.com/build/building/secrets/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.parsers.secrets import Worth, scan, telling, worth
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction, Pair
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_DEFAULT = pattern(r"\$\{\w+:?-([^{}$]+)\}")
"""A variable with the value it has where nobody gives another one."""


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every variable that holds a secret."""
    for pair in instruction.pairs:
        name = pair.name.strip("\"'")
        if not pair.value or not telling(name):
            continue
        span = _inner(pair)
        value = facts.file.source(span)
        if default := _DEFAULT.fullmatch(value):
            start = span.start + len(value[: default.start(1)].encode())
            value, span = default[1], Span(start, start + len(default[1].encode()))
        found = worth(value)
        if "$" in value and instruction.keyword == "ENV" and _guessable(value, instruction, stage):
            found = Worth.WEAK
        if found is Worth.NOTHING or scan(value.encode()):
            continue
        if found is Worth.SECRET:
            message = (
                f"{instruction.keyword} {name[:60]} holds a secret that stays in the image; "
                "hand it in with --mount=type=secret, or when the container runs"
            )
            yield Hit(span, message, secret=True)
        elif instruction.keyword == "ENV" and facts.is_shipped(stage):
            message = f"{name[:60]} has a default that everybody can guess; leave it to the user"
            yield Hit(span, message, severity=Severity.LOW, secret=True)


def _guessable(value: str, instruction: Instruction, stage: Stage | None) -> bool:
    """Tell whether a value is, by its variables, a default that everybody can guess."""
    if stage is None:
        return False
    told = stage.expanded(value, instruction)
    return not told.undefined and told.value is not None and worth(told.value) is Worth.WEAK


def _inner(pair: Pair) -> Span:
    """Return where a value is, without its quotes."""
    start, end = pair.value_span
    text = pair.value or ""
    left = len(text) - len(text.lstrip("\"'"))
    right = len(text) - len(text.rstrip("\"'"))
    return Span(start + left, max(start + left, end - right))


rule = DockerfileRule(
    Rule(
        summary="a variable holds a secret",
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
        peers=(
            "hadolint DL3064", "trivy DS-0031", "buildkit SecretsUsedInArgOrEnv",
            "dockle CIS-DI-0010",
        ),
    ),
    instruction=check,
    keywords=("ENV", "ARG", "LABEL"),
)  # fmt: skip
