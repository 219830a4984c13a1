"""``npm``, ``yarn`` or Node.js that is told not to check certificates.

## What it does
Looks for `NODE_TLS_REJECT_UNAUTHORIZED=0`, `NPM_CONFIG_STRICT_SSL=false`,
`YARN_ENABLE_STRICT_SSL=false`, `--strict-ssl=false` and `npm config set strict-ssl false`.

## Why it matters
Without the check, whoever is on the way to the registry puts in code that runs when a package is
installed. Set with ENV, `NODE_TLS_REJECT_UNAUTHORIZED` also switches the check off for every
connection of the running program.

## Instead
```dockerfile
COPY company-ca.crt /usr/local/share/ca-certificates/
ENV NODE_EXTRA_CA_CERTS=/usr/local/share/ca-certificates/company-ca.crt
```

The change takes the setting away. A build that worked only without the check then fails, and
nothing else changes.

## Sources
Node.js documentation, `NODE_TLS_REJECT_UNAUTHORIZED` and `NODE_EXTRA_CA_CERTS`; npm-config(7),
`strict-ssl`; yarn's documentation, `enableStrictSsl`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._flags import Named, drop, off, settings
from dunnage.rules.dockerfile._node import NODE
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_NAMES = frozenset({
    "NODE_TLS_REJECT_UNAUTHORIZED", "NPM_CONFIG_STRICT_SSL", "YARN_ENABLE_STRICT_SSL",
    "YARN_STRICT_SSL",
})  # fmt: skip
_KEYS = frozenset({"strict-ssl", "enablestrictssl"})
_WHY = "switches the check of certificates off; name the certificate in NODE_EXTRA_CA_CERTS"


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every command that switches the check off."""
    del run
    for name, value in command.assignments:
        if name.upper() in _NAMES and off(value):
            yield Hit(command.name_span, f"{name} {_WHY}")
    if command.name == "export":
        for word in command.words:
            name, _, value = (word.text or word.raw).partition("=")
            if name.upper() in _NAMES and off(value):
                yield Hit(word.span, f"{name} {_WHY}")
    if command.name not in NODE:
        return
    texts = [word.text or "" for word in command.words]
    if not any("ssl" in text.lower() for text in texts):
        return
    for at, (word, text) in enumerate(zip(command.words, texts, strict=True)):
        if text.startswith("--strict-ssl=") and off(text.partition("=")[2]):
            yield Hit(word.span, f"--strict-ssl {_WHY}", drop(facts, command, Named(text, word)))
        elif text == "--no-strict-ssl":
            yield Hit(word.span, f"--no-strict-ssl {_WHY}", drop(facts, command, Named(text, word)))
        elif "config" in texts[:at] or texts[:1] == ["set"]:
            key, equals, value = text.partition("=")
            value = value if equals else next(iter(texts[at + 1 :]), "")
            if key.lower() in _KEYS and off(value):
                yield Hit(word.span, f"{key} {_WHY}")


def check_variable(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every variable that switches the check off."""
    del stage
    for one in settings(instruction, facts, _NAMES):
        if off(one.value):
            yield Hit(one.span, f"{one.name} {_WHY}", one.changes)


rule = DockerfileRule(
    Rule(
        summary="npm, yarn or Node.js does not check certificates",
        severity=Severity.HIGH,
        peers=("checkov CKV2_DOCKER_6", "checkov CKV2_DOCKER_12", "checkov CKV2_DOCKER_13"),
        fix=Safety.SAFE,
    ),
    instruction=check_variable,
    keywords=("ENV", "ARG"),
    command=check,
    commands=(*NODE, "export", "node", "npx"),
)
