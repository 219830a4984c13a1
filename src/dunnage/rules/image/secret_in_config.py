"""A secret in what the image is configured with.

## What it does

Looks at the variables of the configuration (``Env``), its labels, entrypoint, command and user. What
a value is, is decided as in a Dockerfile: ``dockerfile/secret-in-variable`` for names that tell of a
secret (``DB_PASSWORD``, ``apiToken``), ``dockerfile/literal-secret`` for tokens, keys and passwords that
are known by their shape, or by the option before them. The path of a finding is the place in the
configuration: ``config.json/Env/DB_PASSWORD``.

A default that everybody can guess (``postgres``, ``changeme``) is low, and told of variables only.

The secret is shown nowhere: not in a finding, nor in the history lines that others quote.

## Why it matters

Whoever can pull the image reads its configuration; so does every process of every container, and who
may ask the engine or the cluster about one.

## Instead

```text
docker run --env-file app.env registry.example/app
```

What the build needs is mounted: ``RUN --mount=type=secret,id=token,env=API_TOKEN ./fetch``. A secret
that has been in an image must be replaced; a later ``ENV`` changes nothing in the history.

## When it is wrong

Only the value and the name are known, not what reads them: a random value under a telling name may
be public. A waiver with the path says so.

## Sources

- https://github.com/opencontainers/image-spec/blob/main/config.md (``Env``, ``Labels``)
- https://docs.docker.com/build/building/secrets/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence, Kind
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._rule import ImageRule
from dunnage.rules.image._secrets import PLACES, hits, lines, what

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.surface import Exposed
    from dunnage.rules.image._rule import Facts, Hit


def _check(facts: Facts) -> Iterator[Hit]:
    return hits(facts, _told, configured=True)


def _told(one: Exposed) -> str:
    _, holder = PLACES[one.place]
    where = f"{holder} {one.name[:60]}".strip()
    also = f", also in the history ({lines(one)})" if one.lines else ""
    if one.weak:
        return f"{where} has a default that everybody can guess{also}; leave it to the user"
    return (
        f"{where} holds {what(one)}{also}; replace it, and hand the new one in when the container"
        " runs"
    )


rule = ImageRule(
    Rule(
        "the configuration of the image holds a secret",
        Severity.HIGH,
        confidence=Confidence.MEDIUM,
        peers=("dockle CIS-DI-0010", "trivy DS-0031"),
    ),
    _check,
    image=True,
    kind=Kind.SECRET,
)
