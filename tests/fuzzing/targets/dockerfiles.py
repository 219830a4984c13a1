"""Dockerfiles: the reader with stages and commands, all rules, and the changes rules offer."""

from __future__ import annotations

import tarfile
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from dockerfile_laws import check_commands, check_file
from dunnage.io.folder import load_all
from dunnage.model.finding import Safety
from dunnage.parsers.dockerfile import read
from dunnage.remedies.edits import apply
from dunnage.rules.dockerfile._engine import Outcome, Ruleset, check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._ignores import settle
from dunnage.rules.dockerfile._rule import DockerfileRule
from dunnage.rules.dockerfile._select import Names
from fuzzing import samples
from fuzzing.target import Target
from rule_samples import MemoryContext

try:
    import dockerfile as buildkit
except ImportError:  # the oracle has no wheel for every platform
    buildkit = None

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Dockerfile

TODAY = date(2026, 11, 30)
_ROUNDS = 12
_APPLIED = (Safety.SAFE, Safety.UNSAFE)
_BUILT = b"""# syntax=docker/dockerfile:1
# check=skip=all
ARG V=3.12 TAG=${V%.*}
FROM --platform=$BUILDPLATFORM python:$TAG-alpine AS build
# hadolint ignore=DL3018
RUN --mount=type=cache,target=/root/.cache apk add --no-cache gcc \\
  # inside
  && pip install -r requirements.txt && cd /tmp && rm -rf /tmp/*
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN <<-EOF cat <<'B'
\tapt-get update; apt-get install curl wget | tee x
\tEOF
B
FROM debian:latest
# dunnage: ignore[root-user] why
ENV API_TOKEN=abcdefghijklmnop A="b c" PATH=$PATH:/x
COPY --from=build --chown=app:app ["a b", "/c"]
ADD https://example.org/x.tar.gz /x/
RUN curl -sSL https://example.org | sh && sudo chmod 777 /x; useradd -u 1000000000 a
EXPOSE 22 80/tcp
HEALTHCHECK --interval=5s CMD curl -f http://localhost/ || exit 1
ONBUILD RUN yum install -y x
USER root
WORKDIR a
MAINTAINER me
ENTRYPOINT python x.py
CMD ["x"]
"""
_WORDS = (
    b"FROM ", b"RUN ", b" AS ", b"\\\n", b"<<EOF", b"\nEOF\n", b"# escape=`\n", b"ENV ", b"COPY ",
    b"ADD ", b"USER ", b"apt-get install ", b" -y ", b" && ", b" | ", b"sh -c '", b"${A:-", b"${A##*",
    b'["', b'", "', b'"]', b"--from=", b"--mount=type=", b"ONBUILD ", b"HEALTHCHECK CMD ", b"SHELL ",
    b"pip install ", b"apk add ", b"rm -rf /var/lib/apt/lists/*", b"# hadolint ignore=DL3008\n",
    b"npm install", b"yum install ", b"cd /x", b"sudo ", b"curl ", b"LABEL ", b"EXPOSE ", b"WORKDIR ",
)  # fmt: skip


@cache
def _rules() -> Ruleset:
    return Ruleset(load_all("dunnage.rules.dockerfile", "rule", DockerfileRule))


def _found(file: Dockerfile) -> tuple[Facts, Outcome]:
    context = MemoryContext({".dockerignore": ".git\n", "package.json": "{}", "a": ""})
    facts = Facts(file, TODAY, context=context)
    return facts, check(facts, _rules())


def _read(data: bytes) -> tuple[int, int]:
    file = read(data)
    check_file(file)
    facts = Facts(file, TODAY)
    for run in facts.runs:
        check_commands(file, run.commands, run.instruction.span)
    for stage in facts.stages:
        for instruction in (stage.start, *stage.instructions):
            for word in instruction.words:
                stage.expanded(word.text, instruction)
    _agree(file)
    return len(file.instructions), len(facts.runs)


def _agree(file: Dockerfile) -> None:
    """Check that BuildKit's reader sees the same lines, where it is there and reads the file."""
    # The oracle's text ends at a NUL byte, and a blank behind ``<<`` is read since a later release.
    if buildkit is None or b"\0" in file.data or b"<< " in file.data or b"<<\t" in file.data:
        return
    try:
        told = buildkit.parse_string(file.data.decode("utf-8"))
    except (buildkit.GoParseError, UnicodeDecodeError):
        return
    lines = [(one.start_line, one.end_line) for one in told if one.cmd]
    # A list with text behind it was a list in the oracle's release.
    lists = [(one.line, one.last) for one in file.instructions]
    tails = any(one.args.data.startswith(b"[") for one in file.instructions if not one.json)
    assert lines == lists or tails or any("<<" in one.value for one in file.instructions), lines


def _judged(data: bytes) -> tuple[int, int]:
    facts, outcome = _found(read(data))
    settled = settle(facts, outcome.findings, Names(_rules().rules), _rules())
    for finding in settled:
        place = finding.locations[0]
        assert "\n" not in finding.message, finding.message
        assert place.line >= 1
        assert place.column >= 1
        for edit in finding.fix.edits:
            assert 0 <= edit.start <= edit.end <= len(data) or place.path != facts.name
    return len(settled), len(outcome.problems)


def _mended(data: bytes) -> tuple[int, int]:
    """Apply what is offered until nothing is offered any more."""
    rounds = 0
    mistakes = len(read(data).mistakes)
    while True:
        facts, outcome = _found(read(data))
        here = [
            one
            for one in outcome.findings
            if one.locations[0].path == facts.name and one.fix.safety in _APPLIED
        ]
        made = apply(data, here)
        if made.data == data:
            return rounds, len(here)
        rounds += 1
        assert rounds <= _ROUNDS, f"still changing: {[one.id for one in made.done]}"
        data = made.data
        after = read(data)
        check_file(after)
        told = [mistake.code for mistake in after.mistakes]
        assert len(told) <= mistakes, (told, [one.id for one in made.done])


def _seeds() -> Iterator[bytes]:
    yield _BUILT
    yield _BUILT.replace(b"\n", b"\r\n")
    yield b"FROM scratch\n"
    base = samples.root()
    path = base / "corpus" / "dockerfiles.tar.gz" if base else None
    if path is not None and path.is_file():
        with tarfile.open(path) as tar:
            members = [member for member in tar if member.isfile() and member.size < 4000]
            for member in members[::12]:
                yield tar.extractfile(member).read()  # type: ignore[union-attr]  # a file


TARGETS = {
    "dockerfile-reader": Target(
        "parsers/dockerfile.py, parsers/shell.py",
        _read,
        _seeds,
        "no byte is lost, every part is where its span says, and BuildKit sees the same lines",
        words=_WORDS,
    ),
    "dockerfile-rules": Target(
        "rules/dockerfile",
        _judged,
        _seeds,
        "no rule raises, and messages are one line",
        words=_WORDS,
    ),
    "dockerfile-edits": Target(
        "remedies/edits.py",
        _mended,
        _seeds,
        "a file that was changed reads as well as before, and changing it comes to an end",
        words=_WORDS,
    ),
}
