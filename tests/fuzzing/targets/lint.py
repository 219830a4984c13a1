"""What ``lint`` reads besides Dockerfiles' instructions: comments, ignore files, settings, workflows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from dunnage.io.folder import load_all
from dunnage.model.finding import Status
from dunnage.parsers.dockerfile import read
from dunnage.parsers.hadolint_config import read as settings
from dunnage.parsers.path_patterns import DockerIgnore, GitIgnore
from dunnage.parsers.shellcheck_json import read as said
from dunnage.parsers.workflow import uses
from dunnage.remedies.diff import unified
from dunnage.remedies.edits import apply
from dunnage.rules.dockerfile._engine import check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._ignores import settle
from dunnage.rules.dockerfile._rule import DockerfileRule
from dunnage.rules.dockerfile._select import Asked, Names, ruleset
from dunnage.rules.dockerfile._shellcheck import Reader, scripts
from dunnage.rules.dockerfile._shellcheck_codes import Wanted, peers_of
from dunnage.rules.workflow._rule import WorkflowRule
from dunnage.rules.workflow._rule import check as check_workflow
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

_ABOUT = (
    "apt-get-without-yes", "unused-ignore", "unused-foreign-ignore", "unknown-ignored-rule",
    "ignore-without-reason",
)  # fmt: skip
_NAMES = Names(load_all("dunnage.rules.dockerfile", "rule", DockerfileRule))
_RULES = ruleset(_NAMES, Asked(only=frozenset(_ABOUT)))
_WORKFLOW_RULES = load_all("dunnage.rules.workflow", "rule", WorkflowRule)
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
_SAID = b"""FROM debian:13
ENV a=1
RUN echo $a \\\
 && read \xc3\xa9
RUN <<EOF
echo $b
EOF
%%
{"comments":[{"file":"/x/0","line":4,"endLine":4,"column":6,"endColumn":8,"level":"info","code":2086,
"message":"Double quote.","fix":null},{"file":"/x/1","line":3,"endLine":4,"column":1,"endColumn":1,
"level":"error","code":1072,"message":"x","fix":null}]}
"""
_WORKFLOW = b"""jobs:
  scan:
    steps:
      - uses: actions/checkout@v4
      - {uses: "aquasecurity/trivy-action@master", with: {image: a}} # \xc3\xa9
      - run: |
          uses: a/b@c
      - 'uses': docker://alpine:3
"""


def _said(data: bytes) -> int:
    first, _, rest = data.partition(b"\n%%\n")
    comments = said(rest)
    facts = Facts(file=read(first), today=date(2026, 11, 30))
    reader = Reader(facts, check(facts, _RULES), peers_of(_NAMES.rules))
    found, _ = reader.findings(
        [(one, comments) for one in scripts(facts).scripts], Wanted(None, ())
    )
    lines = first.count(b"\n") + 1
    for one in found:
        (place,) = one.locations
        assert (1, 1) <= (place.line, place.column) < (place.end_line, place.end_column)
        assert place.end_line <= lines
    return len(found)


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


def _workflow(data: bytes) -> int:
    used = uses(data)
    for one in used:
        assert data[one.span.start : one.span.end].decode("utf-8", "replace") == one.value
        assert one.span.end <= one.end <= len(data)
        assert data.count(b"\n", 0, one.end) == one.line - 1
    found = check_workflow(data, "ci.yml", _WORKFLOW_RULES).findings
    for finding in found:
        place = finding.locations[0]
        assert 0 < place.column <= place.end_column
        for edit in finding.fix.edits:
            assert 0 < edit.column <= edit.end_column
        made = apply(data, [finding])
        # What was replaced by a commit is not found again.
        again = {one.locations[0].line for one in check_workflow(made.data, "", _WORKFLOW_RULES)[0]}
        assert len(found) > 1 or not finding.fix.edits or not again
    return len(used) + len(found)


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
    "workflow": Target(
        "parsers/workflow.py, rules/workflow/_rule.py",
        _workflow,
        lambda: iter((_WORKFLOW,)),
        "every place is that of the value, and a change leaves a ref that does not move",
        words=(
            b"- uses: ",
            b"uses: '",
            b"run: |\n",
            b" # ",
            b"@master",
            b"docker://",
            b"{",
            b"\r\n",
        ),
    ),
    "dockerfile-ignores": Target(
        "rules/dockerfile/_pragmas.py, rules/dockerfile/_ignores.py, remedies/edits.py",
        _settled,
        lambda: iter((_FILE,)),
        "what is suppressed has a reason, and every change lies in the file",
        words=(b"# dunnage: ignore[", b"ignore-file[", b"# hadolint ignore=", b"# trivy:ignore:"),
    ),
    "shellcheck": Target(
        "parsers/shellcheck_json.py, rules/dockerfile/_shellcheck.py",
        _said,
        lambda: iter((_SAID,)),
        "what ShellCheck says is refused, or has a place in the Dockerfile",
        words=(b"RUN ", b"<<EOF", b"\\\n", b'"column":', b'"endLine":', b"# shellcheck disable="),
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
