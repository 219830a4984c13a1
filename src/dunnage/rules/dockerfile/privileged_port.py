"""A port below 1024 of an image that does not run as root.

## What it does
Looks for `EXPOSE` of a port below 1024 where the image is known to run as another user than root.

## Why it matters
Not every runtime lets ordinary users bind such a port: Docker does since 20.10, containerd for
Kubernetes since 2.0, others and host networking do not. The container then dies with "permission
denied" there and only there.

## Instead
```dockerfile
EXPOSE 8080
USER 10001
```
Outside it may still be port 80: `-p 80:8080`, `targetPort: 8080`.

## Sources
https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html, "ip_unprivileged_port_start".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Persona
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit
from dunnage.rules.dockerfile._users import is_root, ports, user_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.rules.dockerfile._facts import Facts


def check(facts: Facts) -> Iterator[Hit]:
    """Give a hit for every low port of an image that does not run as root."""
    stage = facts.final
    if stage is None:
        return
    low = [(port, instruction) for port, instruction in ports(stage) if 0 < port < 1024]
    if not low:
        return
    name = user_of(stage, facts).name
    if name is None or is_root(name):
        return
    for port, instruction in low:
        message = f"not every runtime lets {name[:40]} bind port {port}; take one above 1023"
        yield Hit(instruction.args.whole, message)


rule = DockerfileRule(
    Rule(
        summary="a port below 1024 without root",
        severity=Severity.LOW,
        persona=Persona.PEDANTIC,
    ),
    file=check,
)
