"""Changes are made until nothing is left to do, and only those that may be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dunnage.cli._console import Console
from dunnage.cli._lint_changes import show_changes
from dunnage.flows._lint_file import LintRequest
from dunnage.flows._lint_mend import ROUNDS, Change, changes, mend, written
from dunnage.flows.lint import Linted
from dunnage.model.finding import Edit, Finding, Fix, Kind, Safety, Status
from dunnage.model.report import Report
from dunnage.sources._dockerfiles import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLACE = Place("Dockerfile", "")
DATA = b"FROM a\nRUN one two\n"


def looker(
    pattern: bytes, text: str, safety: Safety = Safety.SAFE, status: Status = Status.OPEN
) -> Callable[[bytes], tuple[Finding, ...]]:
    """Return what finds all places of a pattern and offers another text for each."""

    def look(data: bytes) -> tuple[Finding, ...]:
        return tuple(
            Finding(
                "x/y",
                Kind.MISCONFIGURATION,
                "m",
                fix=Fix(safety=safety, edits=(Edit(*match.span(), text),), needs="the digest"),
                status=status,
            )
            for match in re.finditer(pattern, data)
        )

    return look


def test_round_after_round() -> None:
    """What one round brings to light the next one mends."""
    look = looker(rb"one|two(?! three)", "two three")
    mended = mend(DATA, look, unsafe=False)
    assert mended.data == b"FROM a\nRUN two three two three\n"
    assert len(mended.done) == 2


def test_rounds_end() -> None:
    """A change that calls for itself again is made ten times and no more."""
    mended = mend(DATA, looker(rb"one$|one ", "one one "), unsafe=False)
    assert len(mended.done) <= 2**ROUNDS
    assert mended.data.count(b"one") > ROUNDS


@pytest.mark.parametrize(
    ("safety", "unsafe", "made"),
    [
        (Safety.SAFE, False, True),
        (Safety.UNSAFE, False, False),
        (Safety.UNSAFE, True, True),
        (Safety.SUGGESTED, True, False),
        (Safety.NONE, True, False),
    ],
)
def test_what_may_be_made(safety: Safety, unsafe: bool, made: bool) -> None:  # noqa: FBT001 - a table
    """Unsafe changes only where they are wanted, suggestions never."""
    assert bool(mend(DATA, looker(b"one", "1", safety), unsafe=unsafe).done) is made


@pytest.mark.parametrize("status", [Status.WAIVED, Status.SUPPRESSED, Status.HIDDEN])
def test_what_is_left_alone(status: Status) -> None:
    """A finding that is not open is not mended."""
    assert not mend(DATA, looker(b"one", "1", status=status), unsafe=True).done


def test_what_a_builder_would_refuse_is_not_made() -> None:
    """A round that makes a file worse to read is taken back."""
    look = looker(b"one two", "<<EOF")
    assert mend(DATA, look, unsafe=False).data == DATA


def test_suggestions_are_only_shown(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Each alone, with the fact it needs, in lines that no program applies."""
    request = LintRequest(mend="show")
    found = changes(PLACE, DATA, looker(b"one|two", "1", Safety.SUGGESTED), request)
    assert [change.needs for change in found] == ["the digest", "the digest"]
    assert found[1].after == b"FROM a\nRUN one 1\n"
    report = Report((), "", "dunnage 0")
    assert show_changes(Linted(report, tuple(found)), request, Console({}))
    out, err = capsysbinary.readouterr()
    assert out.startswith(b"# Suggestion for x/y, needs the digest:\n# --- a/Dockerfile\n")
    assert all(line.startswith(b"# ") for line in out.splitlines())
    assert b"2 suggested" in err


def test_a_file_that_changed_meanwhile(tmp_path: Path) -> None:
    """It is not overwritten, and that is told."""
    path = tmp_path / "Dockerfile"
    path.write_bytes(DATA + b"# new\n")
    problem = written(Change(Place("Dockerfile", str(path)), DATA, b"", ()))
    assert problem is not None
    assert problem.code == "not-fixed"
    assert path.read_bytes() == DATA + b"# new\n"
