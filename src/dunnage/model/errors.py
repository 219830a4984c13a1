"""The exceptions a user can meet, each with its exit code and its advice.

::

    DunnageError            5  our own error
    ├── UsageError          2  the command cannot be understood
    ├── TargetError         3  the target cannot be read at all
    ├── NoAdvisoryDataError 4  there is no advisory data to match against
    └── InputError          3  one piece of input is broken (becomes a Problem)
        ├── LimitError      3  one piece of input is larger than we are willing to read
        ├── ArtifactError   3  what lies there is well, but no image
        └── ForeignSystemError 3  an image of an operating system that is not examined
"""

from __future__ import annotations


class DunnageError(Exception):
    """Something a user should be told in one line.

    Args:
        message: What happened, and to what.
        where: File, layer, byte or line; empty when the message says it.
        advice: What to do next; empty when there is nothing to do.
    """

    exit_code = 5

    def __init__(self, message: str, *, where: str = "", advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.advice = advice

    def __str__(self) -> str:
        """Return the message with its place, without the advice."""
        return f"{self.where}: {self.message}" if self.where else self.message


class UsageError(DunnageError):
    """The command line, environment or configuration cannot be understood."""

    exit_code = 2


class TargetError(DunnageError):
    """The target cannot be read at all."""

    exit_code = 3


class NoAdvisoryDataError(DunnageError):
    """There is no advisory data at all."""

    exit_code = 4


class InputError(DunnageError):
    """One file, layer or record is broken; everything else can go on."""

    exit_code = 3


class LimitError(InputError):
    """One file, layer or record is larger, deeper or longer than the limits allow."""


class ArtifactError(InputError):
    """What lies there is no image but something else that registries keep, such as an SBOM."""


class ForeignSystemError(InputError):
    """An image of an operating system that is not examined (Windows)."""
