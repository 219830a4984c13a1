"""EXPOSE of something that is no port.

## What it does
Reports ports above 65535, ranges that run backwards, words that are no number, and protocols other
than `tcp`, `udp` and `sctp`. Variables are followed; what only the build knows is passed over.

## Why it matters
The build stops with `invalid containerPort`.

## Instead
```dockerfile
FROM alpine:3.22
EXPOSE 8080 8443/tcp 9000-9010/udp
```

## Sources
Dockerfile reference, "EXPOSE"; BuildKit, `frontend/dockerfile/dockerfile2llb/convert_expose.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._shape import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_PORTS = pattern(r"\+?(\d{1,9})(?:-(\d{1,9}))?\Z")
_LARGEST = (5, "65535")
"""How many digits the largest port has, and the port."""
_PROTOCOLS = frozenset({"", "tcp", "udp", "sctp"})


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every word that is no port."""
    del facts
    for word in instruction.words:
        text = word.text
        if text.isdecimal() and text.isascii() and (len(text), text) <= _LARGEST:
            continue
        value: str | None = text
        if stage is not None:
            value = stage.expanded(word.text, instruction).value
        if value is None or (not value and "$" in word.text):
            continue
        for one in value.split():
            said = _wrong(one)
            if said:
                yield Hit(word.span, said)


def _wrong(text: str) -> str:
    rest, _, ports = text.rpartition(":")
    address, _, host = rest.rpartition(":")
    ports, _, protocol = ports.partition("/")
    match = _PORTS.match(ports)
    if match is None:
        return f"{short(text)} is no port; write a number, or two with - between"
    first, last = int(match[1]), int(match[2] or match[1])
    if first > 65_535 or last > 65_535:
        return f"there is no port {max(first, last)}; ports end at 65535"
    if last < first:
        return f"the range {short(ports)} runs backwards; write {last}-{first}"
    if protocol.lower() not in _PROTOCOLS:
        return f"{short(protocol)} is no protocol of a port; write tcp, udp or sctp"
    if rest and not (_fits_host(host, last - first) and _is_address(address)):
        return f"{short(rest)} is no host port; write {short(ports)} alone"
    return ""


def _fits_host(host: str, length: int) -> bool:
    if not host:
        return True
    match = _PORTS.match(host)
    if match is None:
        return False
    first, last = int(match[1]), int(match[2] or match[1])
    return first <= last <= 65_535 and length in {0, last - first}


def _is_address(text: str) -> bool:
    if not text:
        return True
    import ipaddress

    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


rule = DockerfileRule(
    Rule(
        summary="what is exposed is no port",
        severity=Severity.CRITICAL,
        peers=("hadolint DL3011", "trivy DS-0008", "semgrep invalid-port"),
    ),
    instruction=check,
    keywords=("EXPOSE",),
)
