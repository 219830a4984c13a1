r"""``apt-key``, which trusts a key for every source.

## What it does
Looks for `apt-key add`, `apt-key adv` and `apt-key adv --recv-keys`, and for keys that are written
into `/etc/apt/trusted.gpg.d` or `/etc/apt/trusted.gpg`.

## Why it matters
A key added that way may sign packages of all sources, those of the distribution included. `apt-key`
is deprecated and no longer there since Debian 13 and Ubuntu 24.10, so the build fails with the next
base.

## Instead
```dockerfile
ADD --checksum=sha256:... https://example.com/key.gpg /etc/apt/keyrings/example.gpg
RUN echo "deb [signed-by=/etc/apt/keyrings/example.gpg] https://example.com/debian stable main" \
    > /etc/apt/sources.list.d/example.list
```

## Sources
apt-key(8), "Deprecation"; sources.list(5), option `Signed-By`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_GLOBAL = pattern(r"/etc/apt/trusted\.gpg(?:\.d/|$|[\"'])")
_INSTEAD = "name the key in one source with signed-by"


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every key that is trusted for all sources."""
    del run, facts
    if command.name == "apt-key":
        if command.verb in {"add", "adv"} or command.has("--recv-keys", "--fetch-keys"):
            yield Hit(
                command.name_span,
                f"apt-key trusts the key for every source, and newer bases do not have it; {_INSTEAD}",
            )
        return
    for one in command.redirects:
        if one.target and ">" in one.operator and _GLOBAL.search(one.target):
            yield Hit(one.span, f"a key in {one.target} is trusted for every source; {_INSTEAD}")
    if command.name in {"gpg", "gpg2", "tee", "curl", "wget", "cp", "mv", "install"}:
        for word in (
            command.words[-1:] if command.name in {"cp", "mv", "install"} else command.words
        ):
            if word.text and _GLOBAL.search(word.text) and word.text.startswith("/"):
                message = f"a key in {word.text} is trusted for every source; {_INSTEAD}"
                yield Hit(word.span, message)


rule = DockerfileRule(
    Rule(summary="a key is trusted for all apt sources", severity=Severity.MEDIUM),
    command=check,
    commands=(
        "apt-key",
        "gpg",
        "gpg2",
        "tee",
        "curl",
        "wget",
        "cp",
        "mv",
        "install",
        "cat",
        "echo",
    ),
)
