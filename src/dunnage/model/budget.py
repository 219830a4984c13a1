"""What an image may take at most, and where it takes more."""

from __future__ import annotations

from msgspec import Struct

OVER_BUDGET = "image/over-budget"
"""Name of the findings about it; whatever their severity, they fail the gate."""

OF_FILES = ("bytes", "executables", "setuid")
"""Measures that need the files of a target."""
SEVERITIES = ("critical", "high", "medium", "low")
"""Measures of the vulnerabilities of one severity."""
OF_FINDINGS = ("vulnerabilities", *SEVERITIES)
KEYS = ("bytes", "packages", "executables", "setuid", *OF_FINDINGS)
"""What can be limited."""

WHOLE = 10_000
"""Hundredths of a percent in the whole."""


class Limit(Struct, frozen=True):
    """One limit of a budget.

    Attributes:
        key: One of ``KEYS``.
        text: What the user wrote (``bytes=+5%``).
        most: The largest value that is allowed, or -1 if the limit is relative to a baseline.
        more: By how much more than the baseline is allowed.
        share: The same as a share of the baseline, in hundredths of a percent.
    """

    key: str
    text: str
    most: int = -1
    more: int = 0
    share: int = 0

    @property
    def relative(self) -> bool:
        """Return True if a baseline is needed."""
        return self.most < 0

    @property
    def value(self) -> str:
        """Return what the user wrote behind the key (``+5%``)."""
        return self.text.partition("=")[2]

    def allowed(self, base: int) -> int:
        """Return the largest value that is allowed.

        Args:
            base: The value of the baseline; of no account unless the limit is relative.
        """
        return base + self.more + base * self.share // WHOLE if self.relative else self.most


class Excess(Struct, frozen=True):
    """One limit that is exceeded.

    Attributes:
        limit: The limit.
        value: What was measured.
        most: What is allowed.
        base: What the baseline has, or -1.
        names: What is responsible, the worst first: packages, paths, vulnerabilities.
        layer: Index of the layer that is most responsible, or -1.
        new: True if ``names`` and ``layer`` are what the baseline does not have.
    """

    limit: Limit
    value: int
    most: int
    base: int = -1
    names: tuple[str, ...] = ()
    layer: int = -1
    new: bool = False
