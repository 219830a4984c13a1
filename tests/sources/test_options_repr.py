"""What is printed of options, as in a traceback."""

from __future__ import annotations

from dunnage.sources._source import Options


def test_the_environment_is_not_shown() -> None:
    """It may hold passwords."""
    shown = repr(Options(platform="linux/arm64", environ={"TOKEN": "hunter2hunter2"}))
    assert "hunter2" not in shown
    assert "linux/arm64" in shown
