r"""A download is run by an interpreter, unseen.

## What it does
Looks for `curl ... | sh` and its kin: `wget -O - ... | bash`, `sh -c "$(curl ...)"`,
`bash <(curl ...)`, `. <(curl ...)`, `eval "$(curl ...)"`, also with `sudo`, and with Python, Perl,
Ruby, Node.js, PHP or PowerShell as the interpreter. A check of a checksum between the two is not
possible there.

## Why it matters
Whatever the server delivers at the moment of the build runs as root: nobody has seen it, no
checksum holds it fast, and a connection that breaks runs half of it. It may be something else
tomorrow, or for you.

## Instead
```dockerfile
ADD --checksum=sha256:... https://example.com/install-1.2.3.sh /tmp/install.sh
RUN sh /tmp/install.sh && rm /tmp/install.sh
```

Better still, take the program from a package or from its own image with `COPY --from`.

## When it is wrong
A program that only reads, such as `python -m json.tool` or `python -c "..."`, is left alone.

## Sources
https://docs.docker.com/reference/dockerfile/, "ADD --checksum".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._downloads import FETCHERS, download
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "fish", "pwsh"})
_OTHERS = pattern(r"^(?:python[\d.]*|perl|ruby|node|nodejs|php|deno|bun|lua)$")
_HANDS_ON = frozenset({"tee", "cat", "gunzip", "zcat", "base64", "sed", "tr", "dos2unix", "awk"})
_SUBSTITUTED = pattern(r"(?:\$\(|<\(|`)[^)`]*?\b(curl|wget|fetch)\b")
_EVALUATES = frozenset({"eval", ".", "source", *_SHELLS})


def check(run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every interpreter that is fed by a download."""
    source: Command | None = None
    for command in run.commands:
        if command.join != "|":
            source = None
        if source is not None and _interprets(command):
            yield _hit(source, command, facts)
            source = None
        elif command.name in FETCHERS and command.piped:
            source = command
        elif command.name not in _HANDS_ON:
            source = None
        yield from _substituted(command)


def _hit(source: Command, command: Command, facts: Facts) -> Hit:
    urls = download(source).urls
    host = _host(urls[0].raw) if urls else ""
    plain = bool(urls) and urls[0].raw.strip("\"'").lower().startswith("http://")
    start, end = source.span.start, command.name_span.end
    span = Span(start, end) if end > start else command.name_span
    del facts
    return Hit(
        span,
        f"{command.name} runs what {host or source.name} delivers, unseen; save it, compare its "
        "checksum, then run it",
        severity=Severity.HIGH if plain or _careless(source) else None,
    )


def _careless(source: Command) -> bool:
    return source.has("-k", "--insecure", "--no-check-certificate")


def _host(raw: str) -> str:
    host = raw.strip("\"'").partition("://")[2].partition("/")[0].rpartition("@")[2]
    return host if re.fullmatch(r"[\w.:-]+", host) else ""


def _interprets(command: Command) -> bool:
    """Tell whether a command runs what comes on its standard input."""
    words = [word.raw for word in command.words]
    if command.name in _SHELLS:
        # ``sh script`` and ``sh -c '...'`` read their input as data.
        options = [word for word in words if word.startswith("-")]
        named = [word for word in words if not word.startswith("-")]
        if any(word[:2] != "--" and word.endswith("o") for word in options):
            named = named[1:]
        if any(word in {"-s", "-"} or (word[:2] != "--" and "s" in word) for word in options):
            return True
        if any(word[:2] != "--" and word.endswith("c") for word in options):
            return False
        return not named or named[0] in {"/dev/stdin", "-"}
    if _OTHERS.match(command.name):
        return all(word in {"-", "-u", "-B", "-I", "--"} for word in words[:1])
    return False


def _substituted(command: Command) -> Iterator[Hit]:
    if command.name not in _EVALUATES and not _OTHERS.match(command.name):
        return
    for at, word in enumerate(command.words):
        if word.text is not None or not (match := _SUBSTITUTED.search(word.raw)):
            continue
        before = [one.raw for one in command.words[:at]]
        process = word.raw.lstrip("\"'").startswith("<(")
        runs = command.name == "eval" or process or (before and before[-1].endswith(("c", "e")))
        first = not [one for one in before if not one.startswith("-")]
        if runs and first:
            yield Hit(
                word.span,
                f"{command.name} runs what {match[1]} delivers, unseen; save it, compare its "
                "checksum, then run it",
            )


rule = DockerfileRule(
    Rule(
        summary="a download is run unseen",
        severity=Severity.MEDIUM,
    ),
    run=check,
)
