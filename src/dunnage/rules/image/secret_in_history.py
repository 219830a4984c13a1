"""A secret in the history of the image, though its configuration does not hold it (any more).

## What it does

Looks at every line of the history for what it sets (``ENV``, ``ARG``, ``LABEL``), for the build arguments
a ``RUN`` was given (``|1 NPM_TOKEN=...``), and for tokens, keys and passwords in commands. What a value
is, is decided as in a Dockerfile, by ``dockerfile/secret-in-variable``, ``dockerfile/literal-secret`` and
``dockerfile/password-in-build``. A secret that stands in several lines is told once, with all of them;
one that is in the configuration as well is for ``secret-in-config``.

The path of a finding names what holds it: ``config.json/history/NPM_TOKEN``. Lines are counted from 1
at the base upwards; ``docker history`` shows the newest first. The layer is that of the first of them
that made one.

The secret is shown nowhere: not in a finding, nor in the history lines that others quote.

## Why it matters

The history is part of the image. Values of build arguments are written beside every ``RUN`` they held
for, whether the command uses them or not: whoever can pull the image reads them.

## Instead

```dockerfile
RUN --mount=type=secret,id=npm_token,env=NPM_TOKEN npm ci
```

A secret that has been in an image must be replaced.

## When it is wrong

Values in the history are written without quotes, so where one ends is not always certain.

## Sources

- https://github.com/opencontainers/image-spec/blob/main/config.md (``history``)
- https://docs.docker.com/build/building/secrets/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Kind
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import ImageRule
from dunnage.rules.image._secrets import hits, lines, what

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.surface import Exposed
    from dunnage.rules.image._rule import Facts, Hit


def _check(facts: Facts) -> Iterator[Hit]:
    return hits(facts, _told, configured=False)


def _told(one: Exposed) -> str:
    where = f"{one.by} {one.name[:60]}".strip() or "a line"
    if one.weak:
        return (
            f"{where} had a default that everybody can guess (history {lines(one)}); leave it to"
            " the user"
        )
    return (
        f"{where} holds {what(one)}, which stays in the history ({lines(one)}); replace it, and use"
        " --mount=type=secret"
    )


rule = ImageRule(
    Rule(
        "the history of the image holds a secret",
        Severity.HIGH,
        confidence=Confidence.MEDIUM,
        peers=("dockle CIS-DI-0010", "trivy DS-0031"),
    ),
    _check,
    image=True,
    kind=Kind.SECRET,
)
