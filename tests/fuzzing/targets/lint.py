"""What ``lint`` reads besides Dockerfiles' instructions: comments, ignore files, settings."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from dunnage.io.folder import load_all
from dunnage.model.finding import Status
from dunnage.parsers.dockerfile import read
from dunnage.parsers.hadolint_config import read as settings
from dunnage.parsers.path_patterns import DockerIgnore, GitIgnore
from dunnage.remedies.diff import unified
from dunnage.remedies.edits import apply
from dunnage.rules.dockerfile._engine import check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._ignores import settle
from dunnage.rules.dockerfile._rule import DockerfileRule
from dunnage.rules.dockerfile._select import Names, ruleset
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

_ABOUT = (
    "apt-get-without-yes", "unused-ignore", "unused-foreign-ignore", "unknown-ignored-rule",
    "ignore-without-reason",
)  # fmt: skip
_NAMES = Names(load_all("dunnage.rules.dockerfile", "rule", DockerfileRule))
_RULES = ruleset(_NAMES, only=frozenset(_ABOUT))
_FILE = b"""# check=skip=StageNameCasing;error=true
# dunnage: ignore-file[unused-ignore] why
FROM debian:12
# dunnage: ignore[DL3014, nothing] why
RUN apt-get install a \\
  # hadolint ignore=DL3014 # why
  b
# trivy:ignore:DS-0021:exp:2027-01-01
# checkov:skip=CKV_DOCKER_2:why
RUN apt-get install c
"""


def _settled(data: bytes) -> int:
    file = read(data)
    facts = Facts(file=file, today=date(2026, 11, 30))
    found = settle(facts, check(facts, _RULES).findings, _NAMES, _RULES)
    for one in found:
        assert (one.status is Status.SUPPRESSED) == bool(one.reason)
        assert all(0 <= e.start <= e.end <= len(data) for e in one.fix.edits)
    made = apply(data, [one for one in found if one.status is Status.OPEN])
    assert (made.data == data) == (not unified("f", data, made.data))
    return len(found)


def _patterns(data: bytes) -> int:
    text, _, path = data.decode("utf-8", "replace").partition("\n---\n")
    path = path[:500]
    docker, git = DockerIgnore(text), GitIgnore(text)
    # What a pattern is about does not depend on who asks first.
    assert docker.ignores(path) == docker.ignores(path)
    git.verdict(path, folder=False)
    return len(docker.patterns)


def _config(data: bytes) -> int:
    found = settings(data, "f")
    return len(found.ignored) + len(found.overrides)


def _pattern_seeds() -> Iterator[bytes]:
    yield b"# c\n*.log\n!a[b-d]?.log\n**/x/**\n/y/\n\\!z\n---\na/b/x/y.log"


TARGETS = {
    "dockerfile-ignores": Target(
        "rules/dockerfile/_pragmas.py, rules/dockerfile/_ignores.py, remedies/edits.py",
        _settled,
        lambda: iter((_FILE,)),
        "what is suppressed has a reason, and every change lies in the file",
        words=(b"# dunnage: ignore[", b"ignore-file[", b"# hadolint ignore=", b"# trivy:ignore:"),
    ),
    "path-patterns": Target(
        "parsers/path_patterns.py",
        _patterns,
        _pattern_seeds,
        "every pattern is matched in bounded time",
        words=(b"**", b"[^", b"]", b"!", b"\\", b"/"),
    ),
    "hadolint-config": Target(
        "parsers/hadolint_config.py",
        _config,
        lambda: iter((b"ignored:\n  - DL3000\noverride:\n  error: [DL3001]\nno-fail: true\n",)),
        "settings are understood or refused",
        words=(b"ignored:", b"override:\n", b"  - ", b"label-schema:\n"),
    ),
}
