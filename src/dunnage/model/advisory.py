"""What a feed says about vulnerable versions, in the shape of OSV."""

from __future__ import annotations

from msgspec import Struct


class Score(Struct, frozen=True):
    """One severity statement.

    Attributes:
        vector: CVSS vector as written, or empty when only a word is known.
        score: Base score from 0.0 to 10.0 computed from the vector, or -1.0.
        word: The issuer's own word (``important``), or empty.
        source: Who says so (``osv``, ``nvd``, ``nvd-secondary``, ``distribution``).
    """

    vector: str = ""
    score: float = -1.0
    word: str = ""
    source: str = ""


class Span(Struct, frozen=True):
    """Affected versions from ``introduced`` up to ``fixed`` or including ``last``.

    Attributes:
        introduced: First affected version; ``0`` means from the beginning.
        fixed: First version no longer affected, or empty.
        last: Last affected version, or empty. At most one of ``fixed`` and ``last`` is set.
    """

    introduced: str = "0"
    fixed: str = ""
    last: str = ""


class Affected(Struct, frozen=True):
    """One affected package of one ecosystem.

    Attributes:
        ecosystem: With its release (``Debian:12``), exactly as the feed spells it.
        name: Package name as the feed spells it.
        spans: Affected spans.
        versions: Enumerated affected versions.
        severity: Scores given for this package alone.
        extra: Facts of the feed about this package (``arch``, ``modularity``), sorted.
    """

    ecosystem: str
    name: str
    spans: tuple[Span, ...] = ()
    versions: tuple[str, ...] = ()
    severity: tuple[Score, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()


class Advisory(Struct, frozen=True):
    """One advisory of one feed.

    Attributes:
        id: The feed's id.
        aliases: Other names of the same vulnerability.
        cves: CVEs the advisory is about, from wherever the feed writes them.
        summary: One line.
        published: ISO time, or empty.
        modified: ISO time, or empty.
        withdrawn: ISO time, or empty.
        severity: Scores of the record as a whole.
        affected: Affected packages.
        urls: References, the most telling first, at most ten.
        feed: Name of the feed.
    """

    id: str
    aliases: tuple[str, ...] = ()
    cves: tuple[str, ...] = ()
    summary: str = ""
    published: str = ""
    modified: str = ""
    withdrawn: str = ""
    severity: tuple[Score, ...] = ()
    affected: tuple[Affected, ...] = ()
    urls: tuple[str, ...] = ()
    feed: str = ""
