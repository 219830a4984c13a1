"""How bad a finding is."""

from __future__ import annotations

from enum import IntEnum


class Severity(IntEnum):
    """Severity of a finding, in rising order.

    The bands are those of CVSS 3.1 section 5; NEGLIGIBLE stands for CVSS "None" (0.0) and for
    what distributions call unimportant. UNKNOWN means that nobody said, never "not bad".
    """

    UNKNOWN = 0
    NEGLIGIBLE = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5

    @property
    def label(self) -> str:
        """Return the lower-case name."""
        return self.name.lower()

    @property
    def level(self) -> str:
        """Return what linters call it: ``build-error``, ``error``, ``warning``, ``info``, ``style``.

        A build error is what the builder itself refuses: nothing comes of it at all.
        """
        return _LEVELS[self]

    @classmethod
    def of_level(cls, word: str) -> Severity:
        """Return the severity of a linter's level; UNKNOWN for words we do not know."""
        plain = word.strip().lower()
        return next((one for one, level in _LEVELS.items() if level == plain), cls.UNKNOWN)

    @classmethod
    def of_score(cls, score: float) -> Severity:
        """Return the band of a CVSS base score between 0.0 and 10.0."""
        for bound, severity in ((9.0, cls.CRITICAL), (7.0, cls.HIGH), (4.0, cls.MEDIUM)):
            if score >= bound:
                return severity
        return cls.LOW if score > 0 else cls.NEGLIGIBLE

    @classmethod
    def of_word(cls, word: str) -> Severity:
        """Return the severity a feed's own word stands for; UNKNOWN for words we do not know."""
        return _WORDS.get(word.strip().lower(), cls.UNKNOWN)


_WORDS = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "minor": Severity.LOW,
    "negligible": Severity.NEGLIGIBLE,
    "unimportant": Severity.NEGLIGIBLE,
    "none": Severity.NEGLIGIBLE,
}

_LEVELS = {
    Severity.UNKNOWN: "unknown",
    Severity.NEGLIGIBLE: "style",
    Severity.LOW: "info",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "build-error",
}
