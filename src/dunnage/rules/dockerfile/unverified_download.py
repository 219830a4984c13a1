r"""A file from the network gets into the image without a checksum.

## What it does
Looks for `ADD https://...` without `--checksum`, and for `curl` and `wget` that save or unpack a
file, if no command of the same RUN or of a later one in the stage compares a checksum or a
signature (`sha256sum -c`, `gpg --verify`, `cosign verify` ...). Addresses of keys and of APIs that
only tell a version are left alone. An address with plain `http://` makes it a warning.

## Why it matters
What an address delivers may change: a release is replaced, an account is taken over, a mirror lies.
A checksum in the Dockerfile makes the build fail instead.

## Instead
```dockerfile
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d \
    https://example.com/app-1.2.3.tar.gz /tmp/
```

or, in a RUN instruction:

```dockerfile
RUN curl -fsSLO https://example.com/app.tar.gz \
    && echo "24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d  app.tar.gz" \
    | sha256sum -c -
```

## When it is wrong
A script that compares checksums is not looked into. A stage that downloads several files and
compares one of them is let pass.

## Sources
https://docs.docker.com/reference/dockerfile/, "ADD --checksum"; sha256sum(1), `--check`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.finding import Confidence
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._downloads import download, last_checks
from dunnage.rules.dockerfile._rule import DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_GIT = pattern(r"\.git(?:[#?]|$)|^https?://(?:github|gitlab)\.com/[^/]+/[^/]+/?(?:#|$)")
_SMALL = pattern(
    r"\.(?:asc|gpg|pub|key|sig|pem|crt|sha256|sha512|md5|sha256sum|json|ya?ml|list|repo|conf)"
    r"(?:[?#\"']|$)|/(?:KEYS|SHASUMS|SHA256SUMS|checksums)|^[\"']?https?://api\.|stable\.txt",
    re.IGNORECASE,
)
_UNPACKS = frozenset(
    {"tar", "bsdtar", "unzip", "gunzip", "gzip", "xz", "zcat", "cpio", "unxz", "bunzip2"}
)


def check(instruction: Instruction, stage: Stage | None, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every ADD of an address without a checksum."""
    if instruction.flag("checksum") is not None:
        return
    for word in instruction.words[:-1]:
        text = word.text.strip("\"'")
        if "://" not in text or not text.lower().startswith(("http://", "https://")):
            continue
        if _GIT.search(text) or _SMALL.search(text):
            continue
        if stage is not None and _compared_later(facts, stage, instruction):
            continue
        yield Hit(
            word.span,
            f"nothing holds {_short(text)} to its content; add --checksum=sha256:...",
            severity=Severity.MEDIUM if text.lower().startswith("http://") else None,
        )


def check_command(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every download that is saved or unpacked unseen."""
    found = download(command)
    urls = [word for word in found.urls if not _SMALL.search(word.raw)]
    if not urls or _SMALL.search(found.output) or not _saves(command, found.output, run):
        return
    if run.stage is None or _compared_later(facts, run.stage, run.instruction):
        return
    raw = urls[0].raw.strip("\"'")
    yield Hit(
        urls[0].span,
        f"nothing holds {_short(raw)} to its content; compare its checksum with sha256sum -c",
        severity=Severity.MEDIUM if raw.lower().startswith("http://") else None,
    )


def _saves(command: Command, output: str, run: Run) -> bool:
    """Tell whether what is fetched ends up as files."""
    if output.startswith("/dev/"):
        return False
    if command.piped:
        behind = run.after(command)[:1]
        return bool(behind) and behind[0].name in _UNPACKS
    if command.name == "wget":
        if command.has("--spider", "--delete-after") or output == "-":
            return bool(command.redirects) and output == "-"
        return not command.has("-i", "--input-file")
    if command.has("-I", "--head", "-T", "--upload-file", "-X", "--request", "-d", "--data"):
        return False
    if output == "-":
        return bool(command.redirects)
    if command.has("-o", "--output", "-O", "--remote-name", "--remote-name-all", "-J"):
        return True
    return any(
        ">" in one.operator and not (one.target or "").startswith(("/dev/", "&"))
        for one in command.redirects
    )


def _compared_later(facts: Facts, stage: Stage, instruction: Instruction) -> bool:
    """Tell whether the instruction, or a later one of the stage, compares something."""
    return facts.once(last_checks).get(stage.index, 0) >= instruction.line


def _short(text: str) -> str:
    """Return an address for a message: without user, query and the middle of a long path."""
    scheme, _, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    host = host.rpartition("@")[2]
    path = re.split(r"[?#]", path)[0]
    name = path.rpartition("/")[2]
    return f"{scheme}://{host}{slash}{'.../' if '/' in path else ''}{name}"[:120]


rule = DockerfileRule(
    Rule(
        summary="a file from the network has no checksum",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    instruction=check,
    keywords=("ADD",),
    command=check_command,
    commands=("curl", "wget"),
)
