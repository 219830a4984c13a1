"""What ``harden`` calls done, ``lint`` has nothing to say against: base, build stage, user, libc."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from dunnage.cli._main import run
from dunnage.flows.harden import _OWN, HardenedFile, Hardener
from dunnage.io.folder import names
from dunnage.sources._dockerfiles import Place
from support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HARDENER = Hardener(date(2026, 11, 30))
GO = "FROM golang:1.26-trixie AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\n"
LAST = 'FROM scratch\nCOPY --from=build /app /app\nUSER 65532:65532\nENTRYPOINT ["/app"]\n'
CGO = "dockerfile/cgo-binary-in-static-image"


def hardened(text: str) -> HardenedFile:
    """Return what comes of a file without a context."""
    return HARDENER.harden_data(text.encode(), Place("Dockerfile", ""), "")


def test_a_program_that_may_not_start_is_not_done() -> None:
    """The reason is what lint says, at its line, with what lint offers."""
    (reason,) = hardened(GO + LAST).result.reasons
    assert (reason.code, reason.line) == ("lint-warns", 4)
    assert CGO in reason.message
    assert "build with CGO_ENABLED=0" in reason.message
    assert "--unsafe-fixes" in reason.advice
    assert (
        hardened(GO.replace("go build", "CGO_ENABLED=0 go build") + LAST).result.outcome == "done"
    )
    # Who installs a C compiler needs its library: lint offers nothing then.
    needing = GO.replace("RUN go", "RUN apt-get update && apt-get install -y libpq-dev\nRUN go")
    (reason,) = hardened(needing + LAST).result.reasons
    assert (reason.line, reason.advice) == (5, "")


def test_who_knows_better_is_believed() -> None:
    """An ignore comment settles it for both."""
    comment = "# dunnage: ignore[cgo-binary-in-static-image] reason=it imports nothing of net\n"
    assert hardened(GO.replace("RUN", f"{comment}RUN") + LAST).result.outcome == "done"


def test_nothing_is_offered_that_may_not_start() -> None:
    """Else the second run would refuse what the first has written."""
    root = LAST.replace("USER 65532:65532\n", "")
    (reason,) = hardened(GO + root).result.reasons
    assert (reason.code, reason.line) == ("lint-warns", 0)
    assert CGO in reason.message


def test_other_warnings_are_told(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """What a rewrite does not see to is no reason to refuse, and not passed over."""
    old = GO.replace("1.26-trixie", "1.21-buster").replace("go build", "CGO_ENABLED=0 go build")
    (tmp_path / "Dockerfile").write_text(old + LAST)
    assert run(["harden", str(tmp_path / "Dockerfile")], {}) == 0
    err = capsysbinary.readouterr().err
    assert b"nothing left to do" in err
    assert b"lint says: dockerfile/end-of-life-base" in err


def test_on_the_examples() -> None:
    """No example is done while lint warns of what harden is to see to."""
    assert {name.removeprefix("dockerfile/") for name in _OWN} <= {
        *names("dunnage.rules.dockerfile")
    }
    outcomes = set()
    for path in sorted((ROOT / "examples").rglob("*Dockerfile")):
        one = HARDENER.harden(str(path))
        outcomes.add(one.result.outcome)
        if one.result.outcome != "refused":
            assert not _OWN & {finding.id for finding in one.findings}, path
    assert outcomes == {"done", "offered", "refused"}
