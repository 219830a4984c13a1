"""``dunnage explain`` tells what every rule is about."""

from __future__ import annotations

import pytest

from dunnage.cli._main import run
from dunnage.io.folder import names


def told(capsysbinary: pytest.CaptureFixture[bytes], *words: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of ``explain``."""
    code = run(["explain", *words], {})
    out = capsysbinary.readouterr()
    return code, out.out.decode(), out.err.decode()


@pytest.mark.parametrize("name", names("dunnage.rules.dockerfile"))
def test_every_rule_is_explained(name: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Its documentation with how bad, how sure, and what it changes."""
    code, out, _ = told(capsysbinary, name)
    assert code == 0
    assert out.startswith(f"dockerfile/{name}\n\nlevel:      ")
    for word in ("confidence: ", "persona: ", "fix: ", "## What it does", "## Why it matters"):
        assert word in out


def test_names_and_codes(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """A code of another tool gives the rules that stand for it; several can be asked for."""
    plain = told(capsysbinary, "dockerfile/apt-get-without-yes")[1]
    assert "hadolint DL3014" in plain
    assert plain in told(capsysbinary, "DL3014")[1]
    both = told(capsysbinary, "unused-ignore", "apt-get-without-yes")[1]
    assert both.endswith(plain)


def test_listing(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Without a rule all of them, a line each."""
    code, out, _ = told(capsysbinary)
    assert code == 0
    kinds = ("dockerfile", "workflow", "image")
    ids = [f"{kind}/{name}" for kind in kinds for name in names(f"dunnage.rules.{kind}")]
    assert [line.split()[0] for line in out.splitlines()] == ids


def test_problems(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The code of a problem in a report: what it does to the verdict, and what it means."""
    code, out, _ = told(capsysbinary, "shell-not-understood")
    assert code == 0
    assert out.startswith("shell-not-understood\n\neffect:     incomplete, ")
    assert "the commands of a RUN cannot be read" in out
    code, _, err = told(capsysbinary, "shell-not-understod")
    assert code == 2
    assert "did you mean shell-not-understood?" in err


def test_exit_codes(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """One exit code, or all."""
    assert told(capsysbinary, "exit-code", "3")[1].startswith("3: ")
    assert told(capsysbinary, "exit-code")[1].count("\n") >= 6
    code, _, err = told(capsysbinary, "exit-code", "9")
    assert code == 2
    assert "there is no exit code '9'" in err


def test_unknown(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """What nobody knows is told with the nearest name."""
    code, _, err = told(capsysbinary, "apt-get-without-yess")
    assert code == 2
    assert "did you mean apt-get-without-yes?" in err
