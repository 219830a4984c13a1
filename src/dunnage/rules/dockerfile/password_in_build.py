"""A password that is set while the image is built.

## What it does
Looks for `chpasswd`, `passwd` fed through a pipe or with `-d`, and for `useradd` or `usermod` with
`-p`.

## Why it matters
The password, or its hash, is in the image, the same in every container and for everybody who can
pull it. One that is written in the Dockerfile stands in the history as well. `passwd -d` is worse:
there is no password at all.

## Instead
Leave accounts locked, which they are unless told otherwise, and enter a container with the engine
(`docker exec`) or hand keys in when it runs.

## Sources
chpasswd(8), passwd(1), useradd(8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command, ShellWord
    from dunnage.rules.dockerfile._facts import Facts, Run

_LOCKED = frozenset({"!", "*", "!!", "x", ""})
_ADVICE = "leave accounts locked"


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every password that is set."""
    if command.name == "chpasswd" or (command.name == "passwd" and command.join == "|"):
        yield from _piped(command, run, facts)
    elif command.name == "passwd":
        if command.has("-d", "--delete"):
            message = f"passwd -d lets an account in without any password; {_ADVICE}"
            yield Hit(command.span, message)
        elif command.has("--stdin"):
            yield Hit(command.name_span, f"passwd sets a password in the image; {_ADVICE}")
    else:
        value = command.value_of("-p", "--password")
        if value is None or value.text in _LOCKED:
            return
        message = f"{command.name} sets a password in the image; {_ADVICE}"
        if value.text is None or command.form == "inside":
            yield Hit(command.name_span, message, secret=command.form == "inside")
        elif command.form == "exec":
            yield Hit(_of_string(value, command), message, secret=True)
        else:
            yield Hit(_inner(value), message, secret=True)


def _piped(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    message = f"{command.name} sets a password in the image; {_ADVICE}"
    before = run.before(command)[-1:]
    words = before[0].words if before and command.join == "|" else ()
    told = [word for word in words if word.text and not word.text.startswith("-")]
    if not told or command.form == "inside":
        yield Hit(command.name_span, message, secret=command.form == "inside")
        return
    word = told[-1]
    inner = _inner(word)
    written = facts.file.data[inner.start : inner.end]
    at = written.find(b":") if command.name == "chpasswd" else -1
    yield Hit(Span(inner.start + at + 1, inner.end), message, secret=True)


def _of_string(value: ShellWord, command: Command) -> Span:
    """Return where the string of a JSON list is that holds a value, without its quotes."""
    ends = [word.span for word in command.words if word.span.end == value.span.end]
    span = ends[0] if ends else value.span
    return Span(span.start + 1, span.end - 1)


def _inner(word: ShellWord) -> Span:
    """Return where a word is, without its quotes."""
    quoted = len(word.raw) > 1 and word.raw[0] in "'\"" and word.raw[-1] == word.raw[0]
    return Span(word.span.start + 1, word.span.end - 1) if quoted else word.span


rule = DockerfileRule(
    Rule(
        summary="a password is set while the image is built",
        severity=Severity.HIGH,
        peers=("checkov CKV2_DOCKER_17",),
    ),
    command=check,
    commands=("chpasswd", "passwd", "useradd", "usermod", "adduser"),
)
