"""A program runs over private files, without our environment, within its bounds."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from dunnage.io.child import TIMEOUT, Bounds, run_over_files

if TYPE_CHECKING:
    import pytest

BOUNDS = Bounds(20.0, 1 << 30, 10_000)


def shell(script: str, *files: bytes, bounds: Bounds = BOUNDS) -> tuple[int, str]:
    """Run a shell script with the paths of files, and return its exit code and output."""
    done = run_over_files(["/bin/sh", "-c", script, "sh"], files, bounds)
    return done.code, done.output.decode()


def test_files_are_given_by_their_numbers() -> None:
    """They hold what was given, and are gone afterwards with their directory."""
    code, out = shell('cat "$@"; echo; for f; do echo "$f"; done; exit 3', b"one,", b"two")
    first, *paths = out.splitlines()
    assert code == 3
    assert first == "one,two"
    assert [Path(path).name for path in paths] == ["0", "1"]
    assert not Path(paths[0]).parent.exists()


def test_nobody_else_can_read_them() -> None:
    """Their directory is closed to others, and the program starts in none of the target."""
    _, out = shell('pwd; stat -c %f "$(dirname "$1")"', b"")
    folder, mode = out.split()
    assert folder == "/"
    assert not stat.S_IMODE(int(mode, 16)) & 0o077


def test_environment_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither secrets nor what changes how a program behaves."""
    monkeypatch.setenv("SHELLCHECK_OPTS", "--external-sources")
    assert "SHELLCHECK_OPTS" not in shell("env")[1]


def test_time_memory_and_output_are_bounded() -> None:
    """What takes too long is ended, and no more is written than somebody wants to read."""
    assert shell("sleep 30", bounds=BOUNDS._replace(seconds=0.3))[0] == TIMEOUT
    code, out = shell("yes", bounds=BOUNDS._replace(largest=100))
    assert code != 0
    assert len(out) == 101
    assert shell("ulimit -v", bounds=BOUNDS._replace(memory=1 << 29))[1] == f"{1 << 19}\n"


def test_a_program_that_is_not_there() -> None:
    """It ends with a code as any failure does."""
    assert run_over_files(["/nowhere/program"], [b""], BOUNDS).code != 0
