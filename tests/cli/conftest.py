"""What several tests of the command line use."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from dunnage.cli import _config
from dunnage.cli._main import run
from dunnage.flows import _lint_shellcheck as flow
from support import SHELLCHECK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Lint = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Lint:
    """Return what runs ``lint`` in an empty directory and gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str, stdin: bytes = b"", verb: str = "lint") -> tuple[int, str, str]:
        _config._read.cache_clear()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run([verb, *words], {"HOME": str(tmp_path / "home")})
        told = capsysbinary.readouterr()
        assert b"Traceback" not in told.err
        return code, told.out.decode(), told.err.decode()

    return call


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the installed ShellCheck be found."""
    monkeypatch.setattr(flow, "program", lambda _: SHELLCHECK)
