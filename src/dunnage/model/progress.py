"""How work in progress is told to whoever watches."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told about bytes as they are read; cheap, and safe to call from several threads."""

    def start(self, label: str, total: int) -> None:
        """Begin a step of ``total`` bytes, or of an unknown number if -1."""

    def advance(self, count: int) -> None:
        """Tell that ``count`` more bytes were read."""

    def finish(self) -> None:
        """End the step."""


class Silent:
    """Progress that nobody watches."""

    def start(self, label: str, total: int) -> None:
        """Do nothing."""

    def advance(self, count: int) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""
