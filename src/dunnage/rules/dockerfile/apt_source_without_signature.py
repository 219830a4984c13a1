r"""An apt source that is trusted without a signature.

## What it does
Looks for `[trusted=yes]` and `[allow-insecure=yes]` in source lines, and for `Trusted: yes` in
deb822 sources, that a RUN instruction or a here-document writes. Sources below `file:`, `copy:` and
`cdrom:` are local and left alone.

## Why it matters
apt takes whatever such a source delivers, signed or not. Whoever controls the address, or the
network to it, installs software in the image as root.

## Instead
```dockerfile
ADD --checksum=sha256:... https://example.com/key.gpg /etc/apt/keyrings/example.gpg
RUN echo "deb [signed-by=/etc/apt/keyrings/example.gpg] https://example.com/debian stable main" \
    > /etc/apt/sources.list.d/example.list
```

## Sources
sources.list(5), options `Trusted` and `Signed-By`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

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

_TRUSTED = pattern(
    rb"\[[^\]\n]{0,300}?\b(trusted|allow-insecure)=(?:yes|true)\b[^\]\n]{0,300}\][ \t]+(?!file:|copy:|cdrom:|[\"']?/)"
    rb"|^(Trusted|Allow-Insecure):[ \t]*(?:yes|true)\b",
    re.IGNORECASE | re.MULTILINE,
)


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every source line that asks for no signature."""
    del stage
    start, end = instruction.span
    data = facts.file.data
    lower = data[start:end].lower()
    if b"trusted" not in lower and b"allow-insecure" not in lower:
        return
    for match in _TRUSTED.finditer(data, start, end):
        line = data.rfind(b"\n", 0, match.start()) + 1
        if data[line : match.start()].lstrip().startswith(b"#"):
            continue
        group = 1 if match[1] else 2
        word = match[group].decode().lower()
        yield Hit(
            Span(match.start(group), match.end() if group == 2 else match.end(group) + 4),
            f"{word}=yes installs what nobody signed; name the key of the source with signed-by",
        )


rule = DockerfileRule(
    Rule(summary="an apt source is trusted without a signature", severity=Severity.HIGH),
    instruction=check,
    keywords=("RUN", "COPY", "ADD"),
)
