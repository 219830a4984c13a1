"""A download that does not check certificates.

## What it does
Looks for `curl -k` and `--insecure`, `wget --no-check-certificate`, `aria2c
--check-certificate=false`, `git -c http.sslVerify=false`, `git config http.sslVerify false`,
`GIT_SSL_NO_VERIFY` with any value, `PYTHONHTTPSVERIFY=0`, and for such lines in `.curlrc` and
`.wgetrc`.

## Why it matters
Without the check, whoever is on the way decides what gets into the image. A setting made with ENV
or in a configuration file also holds in the running container.

## Instead
```dockerfile
COPY company-ca.crt /usr/local/share/ca-certificates/
RUN update-ca-certificates && curl -fsSLO https://example.com/app.tar.gz
```

On slim images, install `ca-certificates` first: that it is missing is the usual reason for the
option. The change takes the option away. A build that worked only without the check then fails,
and nothing else changes.

## When it is wrong
A call whose addresses are all on the machine itself (`https://localhost`) is left alone.

## Sources
curl(1), `--insecure`; wget(1), `--no-check-certificate`; git-config(1), `http.sslVerify`;
Git's source, `http.c`, for `GIT_SSL_NO_VERIFY`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._downloads import download
from dunnage.rules.dockerfile._flags import drop, off, options, settings, valued
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_FLAGS = {
    "curl": ("--insecure", "-k", "--proxy-insecure", "--doh-insecure"),
    "wget": ("--no-check-certificate",),
    "aria2c": (),
}
_ON = frozenset({"GIT_SSL_NO_VERIFY"})
_OFF = frozenset({"PYTHONHTTPSVERIFY"})
_NAMES = _ON | _OFF
_LOCAL = pattern(r"^[\"']?https?://(?:localhost|127\.0\.0\.1|\[::1\])\b", re.IGNORECASE)
_RC = pattern(r"^\s*(?:insecure|check_certificate\s*=\s*off)\s*$", re.MULTILINE)
_WHY = "switches the check of certificates off; install ca-certificates, or the one that is missing"


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every option that switches the check off."""
    del run
    for name, value in command.assignments:
        if _switches(name, value):
            yield Hit(command.name_span, f"{name} {_WHY}")
    if command.name == "export":
        for word in command.words:
            name, _, value = (word.text or word.raw).partition("=")
            if _switches(name, value):
                yield Hit(word.span, f"{name} {_WHY}")
    elif command.name == "git":
        yield from _git(command, facts)
    elif command.name in {"echo", "printf"}:
        yield from _written(command, facts)
    elif command.name in _FLAGS:
        yield from _fetched(command, facts)


def _written(command: Command, facts: Facts) -> Iterator[Hit]:
    if not command.redirects:
        return
    targets = [facts.file.source(one.span).strip("\"'") for one in command.redirects]
    if any(target.endswith(("curlrc", "wgetrc")) for target in targets):
        for word in command.words:
            if word.text and _RC.search(word.text):
                yield Hit(word.span, f"{word.text.strip()} {_WHY}")


def _fetched(command: Command, facts: Facts) -> Iterator[Hit]:
    urls = download(command).urls
    if urls and all(_LOCAL.match(word.raw) for word in urls):
        return
    for found in options(command, *_FLAGS[command.name]):
        yield Hit(found.word.span, f"{found.name} {_WHY}", drop(facts, command, found))
    for named, value in valued(command, "--check-certificate"):
        if off(value):
            yield Hit(named.word.span, f"{named.name} {_WHY}", drop(facts, command, named))


def _switches(name: str, value: str | None) -> bool:
    if name in _ON:
        # Git asks whether it is set, not to what: ``0`` and ``false`` switch the check off, too.
        return True
    return name in _OFF and off(value)


def _git(command: Command, facts: Facts) -> Iterator[Hit]:
    for named, value in valued(command, "-c"):
        key, _, setting = (value or "").partition("=")
        if _ssl(key) and off(setting):
            word = named.value or named.word
            yield Hit(word.span, f"{key}={setting} {_WHY}", drop(facts, command, named))
    texts = [word.text or "" for word in command.words]
    if command.verb == "config":
        for word, value in zip(command.words, texts[1:], strict=False):
            if word.text and _ssl(word.text) and off(value):
                yield Hit(word.span, f"git config {word.text} {value} {_WHY}")


def _ssl(key: str) -> bool:
    lower = key.lower()
    return lower.startswith("http.") and lower.endswith(".sslverify")


def check_variable(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every variable that switches the check off."""
    del stage
    for one in settings(instruction, facts, _NAMES):
        if _switches(one.name, one.value):
            yield Hit(one.span, f"{one.name} {_WHY}", one.changes)


rule = DockerfileRule(
    Rule(
        summary="a download does not check certificates",
        severity=Severity.HIGH,
        peers=(
            "checkov CKV2_DOCKER_2", "checkov CKV2_DOCKER_3", "checkov CKV2_DOCKER_5",
            "checkov CKV2_DOCKER_14",
        ),
        fix=Safety.SAFE,
    ),
    instruction=check_variable,
    keywords=("ENV", "ARG"),
    command=check,
    commands=(*_FLAGS, "git", "export", "echo", "printf", "python", "python3"),
)  # fmt: skip
