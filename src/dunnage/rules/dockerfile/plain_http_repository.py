r"""A package repository that is reached by plain HTTP.

## What it does
Looks for repositories of third parties with an `http://` address: in `deb` lines, `baseurl=`,
`add-apt-repository`, `yum-config-manager --add-repo`, `zypper addrepo`, `apk --repository`, and the
indexes of pip, npm and gem. Mirrors of Debian, Ubuntu and Alpine themselves are left alone: what
they deliver is signed, and HTTP is their default.

## Why it matters
Whoever is on the way can hold back updates, see what is installed and, where signatures are not
checked (pip, npm and gem have none), put in something else.

## Instead
```dockerfile
RUN pip install --no-cache-dir --index-url https://pypi.example.com/simple app==1.0
```

## When it is wrong
An address on the machine itself (`http://localhost`) is left alone; a proxy of your own network by
name is not, because it cannot be told apart.

## Sources
apt-transport-http(1) and apt-secure(8); pip's documentation, `--index-url`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_HTTP = pattern(
    rb"(?P<signed>\bdeb(?:-src)?[ \t]+(?:\[[^\]\n]{0,300}\][ \t]+)?"
    rb"|^URIs:[ \t]*|\badd-apt-repository[^\n;&|]{0,200}?[\"' \t]"
    rb"|\bapk\b[^\n;&|]{0,200}?(?:-X|--repository)[ =][\"']?"
    rb"|\bbaseurl[ \t]*=[ \t]*|--add-repo[ =][\"']?|\bzypper\b[^\n;&|]{0,100}?\b(?:ar|addrepo)\b[^\n;&|]{0,100}?[ \t\"'])"
    rb"(?P<a>http://[^\s\"'$;|&<>\\]{3,300})"
    rb"|(?:--(?:extra-)?index-url|--registry|--source|\bregistry|\b(?:PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|NPM_CONFIG_REGISTRY|UV_INDEX_URL))"
    rb"[ =]+[\"']?(?P<b>http://[^\s\"'$;|&<>\\]{3,300})",
    re.IGNORECASE | re.MULTILINE,
)
_OWN = pattern(
    rb"^http://(?:[^/@]*@)?(?:localhost|127\.|\[::1\]|0\.0\.0\.0|"
    rb"(?:[a-z0-9.-]+\.)?(?:debian\.org|ubuntu\.com|alpinelinux\.org|kali\.org|archlinux\.org)[/:]?)",
    re.IGNORECASE,
)


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every address of a repository without TLS."""
    del stage
    start, end = instruction.span
    data = facts.file.data
    if data.find(b"http://", start, end) < 0:
        return
    for match in _HTTP.finditer(data, start, end):
        group = "a" if match["a"] else "b"
        address = match[group]
        line = data.rfind(b"\n", 0, match.start()) + 1
        if _OWN.match(address) or data[line : match.start()].lstrip().startswith(b"#"):
            continue
        host = address[7:].partition(b"/")[0].rpartition(b"@")[2].decode("utf-8", "replace")
        unsigned = group == "b"
        yield Hit(
            Span(match.start(group), match.start(group) + len(b"http://")),
            f"packages come from {host} by plain HTTP; use https",
            severity=Severity.HIGH if unsigned else None,
        )


rule = DockerfileRule(
    Rule(
        summary="a package repository is reached by plain HTTP",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    instruction=check,
    keywords=("RUN", "COPY", "ADD", "ENV", "ARG"),
)
