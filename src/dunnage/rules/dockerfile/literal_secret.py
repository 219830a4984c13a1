"""A secret that is written in the Dockerfile.

## What it does
Looks for secrets anywhere in the file: in every instruction, in here-documents, in URLs and in
comments. Tokens of some seventy issuers, private keys and passwords in URLs are known by their
shape. In commands and here-documents a value that looks random is found as well where a telling name
stands before it: `--password=...`, `api_key: ...`.

## Why it matters
The file is in the repository and the instruction in the history of the image: whoever can read
either has the secret. It has to be revoked; to delete it is not enough.

## Instead
```dockerfile
RUN --mount=type=secret,id=netrc,target=/root/.netrc git clone https://git.example/team/app.git
```

## When it is wrong
Examples of documentations and placeholders are not reported (`AKIA...EXAMPLE`, `ghp_xxxx`,
`https://user:password@host`). A password in a URL that everybody can guess (`postgres:postgres`) is
two steps lower.

## Sources
The page of every issuer is named in `data/secrets.toml`;
https://docs.docker.com/build/building/secrets/.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.secrets import keyed, scan
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Dockerfile
    from dunnage.parsers.secrets import SecretHit
    from dunnage.rules.dockerfile._facts import Facts

_ELSEWHERE = frozenset({"ENV", "ARG", "LABEL"})
"""Here ``secret-in-variable`` looks at names."""


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every secret in the file."""
    data = facts.file.data
    found = scan(data)
    for hit in found:
        yield _hit(hit)
    named = keyed(data)
    if not named:
        return
    starts = [one.span.start for one in facts.file.instructions]
    for hit in named:
        if any(hit.start < one.end and one.start < hit.end for one in found):
            continue
        at = bisect_right(starts, hit.start) - 1
        if at >= 0 and _counts(facts.file, at, hit):
            yield _hit(hit)


def _counts(file: Dockerfile, at: int, hit: SecretHit) -> bool:
    """Tell whether a named value is in an instruction where names count, and in no comment."""
    instruction = file.instructions[at]
    if instruction.keyword in _ELSEWHERE or hit.end > instruction.span.end:
        return False
    if instruction.inner is not None and instruction.inner.keyword in _ELSEWHERE:
        return False
    return not any(one.span.start <= hit.start < one.span.end for one in instruction.inside)


def _hit(hit: SecretHit) -> Hit:
    if hit.weak:
        message = f"{hit.title}: one that everybody can guess; hand it in when the container runs"
        return Hit(Span(hit.start, hit.end), message, severity=Severity.LOW, secret=True)
    message = (
        f"{hit.title} in the Dockerfile; revoke it, and hand the new one in "
        "with --mount=type=secret or when the container runs"
    )
    return Hit(Span(hit.start, hit.end), message, secret=True)


rule = DockerfileRule(
    Rule(
        summary="a secret is written in the Dockerfile",
        severity=Severity.HIGH,
        peers=("trivy DS-0031",),
    ),
    file=check,
)
