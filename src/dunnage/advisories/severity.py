"""Decides how bad a vulnerability is, and who said so."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dunnage.model.advisory import Score
from dunnage.model.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.advisories._merge import Vulnerability
    from dunnage.advisories.store import Store

MALICIOUS = "MAL-"


def judge(vulnerability: Vulnerability, store: Store) -> tuple[Severity, str, tuple[Score, ...]]:
    """Return severity, who said so, and all that was said.

    The order is: the advisory itself (what it says about this package before what it says of the
    whole; the newest CVSS version before older ones, a score before a word), NVD about its CVEs
    (Primary before Secondary), what a bundle of several vulnerabilities says as a whole, the
    distribution's word. A malicious package is critical.
    """
    own = _own(vulnerability)
    nvd = _nvd(vulnerability.known_as, store)
    bundled = [
        score
        for hit in vulnerability.hits
        if hit.detail.bundle and not hit.severity
        for score in _scores(hit.detail.severity)
    ]
    words = [
        Score(word=word, source="distribution")
        for hit in vulnerability.hits
        for word in (hit.word or hit.detail.word,)
        if word
    ]
    said = tuple(dict.fromkeys([*own, *nvd, *bundled, *words]))
    if any(hit.detail.id.startswith(MALICIOUS) for hit in vulnerability.hits):
        return Severity.CRITICAL, "osv", said
    for chosen in (_best(own), _best(nvd), _best(bundled), _best(words)):
        if chosen is not None:
            return severity_of(chosen), chosen.source, said
    return Severity.UNKNOWN, "", said


def unscored(vulnerability: Vulnerability, source: str, store: Store) -> tuple[str, ...]:
    """Return the CVEs by which NVD would decide, and of which the store has no score by NVD.

    There are none if the advisory itself says how bad it is.

    Args:
        vulnerability: The vulnerability.
        source: Who said how bad it is, as ``judge`` gave it.
        store: Where the scores are.
    """
    # A bundle speaks in the same name, but comes after NVD.
    if source == "osv" and not any(hit.detail.bundle for hit in vulnerability.hits):
        return ()
    malicious = any(hit.detail.id.startswith(MALICIOUS) for hit in vulnerability.hits)
    if malicious or _best(_own(vulnerability)) is not None:
        return ()
    return tuple(cve for cve in vulnerability.known_as if store.fact("nvd", cve) is None)


def _own(vulnerability: Vulnerability) -> list[Score]:
    """Return what the advisories say about this package, or this one vulnerability."""
    return [
        score
        for hit in vulnerability.hits
        if hit.severity or not hit.detail.bundle
        for score in _scores(hit.severity or hit.detail.severity)
    ]


def severity_of(score: Score) -> Severity:
    """Return the severity one statement stands for."""
    return Severity.of_score(score.score) if score.score >= 0 else Severity.of_word(score.word)


def _best(scores: Iterable[Score]) -> Score | None:
    known = [score for score in scores if severity_of(score) is not Severity.UNKNOWN]
    return max(known, key=_weight, default=None)


def _weight(score: Score) -> tuple[bool, bool, str, float, Severity]:
    version = score.vector[5:8] if score.vector.startswith("CVSS:") else "2.0"
    secondary = score.source == "nvd-secondary"
    return not secondary, score.score >= 0, version, score.score, severity_of(score)


def _scores(pairs: Iterable[tuple[str, str]]) -> list[Score]:
    return [
        Score(vector, _score(vector) if vector else -1.0, word, "osv") for vector, word in pairs
    ]


@lru_cache(maxsize=4096)
def _score(vector: str) -> float:
    from dunnage.parsers.cvss import score

    try:
        return score(vector)
    except ValueError:
        return -1.0


def _nvd(cves: Iterable[str], store: Store) -> list[Score]:
    scores: list[Score] = []
    for cve in cves:
        fact = store.fact("nvd", cve)
        if fact is not None:
            scores += [Score(vector, score, "", source) for vector, score, source in fact.scores]
    return scores
