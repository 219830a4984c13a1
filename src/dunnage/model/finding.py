"""Anything worth telling about a target: one type for all of it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.severity import Severity

if TYPE_CHECKING:
    from dunnage.model.advisory import Score
    from dunnage.model.location import Location


class Kind(Enum):
    """What sort of thing a finding is."""

    VULNERABILITY = "vulnerability"
    END_OF_LIFE = "end-of-life"
    MISCONFIGURATION = "misconfiguration"
    SECRET = "secret"  # noqa: S105 - a kind, not a password
    LICENCE = "licence"
    SIGNATURE = "signature"
    EVENT = "event"


class Confidence(Enum):
    """How sure we are."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Persona(Enum):
    """Who wants to see it, from the fewest findings to the most."""

    REGULAR = "regular"
    PEDANTIC = "pedantic"
    AUDITOR = "auditor"


class Status(Enum):
    """What became of a finding when it was judged."""

    OPEN = "open"
    WAIVED = "waived"
    """A waiver in the policy covers it."""
    SUPPRESSED = "suppressed"
    """Known not to apply, with the reason; for instance the distribution says it is fixed."""
    HIDDEN = "hidden"
    """Not asked for (``--severity``, ``--ignore-unfixed``)."""


class Safety(Enum):
    """What is promised of a change to a file."""

    NONE = ""
    """Nothing is offered."""
    SAFE = "safe"
    """What is built behaves as before."""
    UNSAFE = "unsafe"
    """What is built may differ; a build has to show that it still works."""
    SUGGESTED = "suggested"
    """Needs a fact that the file does not hold; ``Fix.needs`` names it."""


class Edit(Struct, frozen=True):
    """One replacement in a text file.

    Attributes:
        start: Offset of the first byte that goes.
        end: Offset behind the last byte that goes; equal to ``start`` where only text comes in.
        text: What comes in.
        line: One-based line of ``start``, or 0.
        column: One-based column of ``start`` in characters, or 0.
        end_line: Line of ``end``, or 0.
        end_column: Column of ``end``, or 0.
    """

    start: int
    end: int
    text: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


class Fix(Struct, frozen=True):
    """How a finding goes away.

    Attributes:
        version: First version without it, or empty if there is none yet.
        state: ``fixed`` or ``not-fixed`` (nobody has published a fix).
        command: What to run or write, or empty.
        safety: What is promised of ``edits``.
        edits: Changes to the file of the first location, in order, none overlapping.
        needs: The fact that a suggested change needs (``the digest of the tag``), or empty.
    """

    version: str = ""
    state: str = "not-fixed"
    command: str = ""
    safety: Safety = Safety.NONE
    edits: tuple[Edit, ...] = ()
    needs: str = ""


class Statement(Struct, frozen=True):
    """One advisory behind a finding.

    Attributes:
        id: The advisory's id.
        feed: The feed it came from.
        ecosystem: With its release.
        affected: The affected range, for people (``>= 1.0, < 1.2``).
        fixed: First fixed version, or empty.
        url: Where to read it.
    """

    id: str
    feed: str
    ecosystem: str
    affected: str = ""
    fixed: str = ""
    url: str = ""


class Exploited(Struct, frozen=True):
    """An entry of CISA's catalogue of known exploited vulnerabilities.

    Attributes:
        added: ISO date.
        due: ISO date by which US agencies must act.
        ransomware: True if a ransomware campaign is known to use it.
    """

    added: str
    due: str = ""
    ransomware: bool = False


class Finding(Struct, frozen=True):
    """One finding.

    Attributes:
        id: CVE, advisory id or rule name.
        kind: What sort of thing it is.
        message: One line.
        severity: How bad.
        severity_source: Who said so (``osv``, ``nvd``, ``nvd-secondary``, ``distribution``), or
            empty for UNKNOWN.
        confidence: How sure.
        persona: Who wants to see it.
        package: ``ref`` of the package it is about, or empty.
        locations: Where, the first being the primary one.
        aliases: Other names, sorted.
        statements: The advisories behind it, sorted by id.
        scores: All severity statements.
        fix: How it goes away.
        published: ISO time, or empty.
        urls: References.
        exploited: Set if the vulnerability is known to be exploited.
        epss: Probability of exploitation in the next 30 days, 0.0 to 1.0, or -1.0 if unknown.
        epss_percentile: 0.0 to 1.0, or -1.0 if unknown.
        status: What became of it when it was judged.
        reason: Why it is not open.
        fingerprint: Stable over scans of the same content: 32 hex digits.
        excerpt: Source lines from the first location's line on, without secrets; or empty.
        peers: What other tools call it, as ``hadolint DL3008``.
    """

    id: str
    kind: Kind
    message: str
    severity: Severity = Severity.UNKNOWN
    severity_source: str = ""
    confidence: Confidence = Confidence.HIGH
    persona: Persona = Persona.REGULAR
    package: str = ""
    locations: tuple[Location, ...] = ()
    aliases: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    scores: tuple[Score, ...] = ()
    fix: Fix = Fix()
    published: str = ""
    urls: tuple[str, ...] = ()
    exploited: Exploited | None = None
    epss: float = -1.0
    epss_percentile: float = -1.0
    status: Status = Status.OPEN
    reason: str = ""
    fingerprint: str = ""
    excerpt: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
