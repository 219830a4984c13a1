"""Scores CVSS vectors of versions 2.0, 3.0, 3.1 and 4.0."""

from __future__ import annotations

from functools import lru_cache

_MAX_CHARS = 400


@lru_cache(maxsize=8192)
def score(vector: str) -> float:
    """Return the score of a vector, from 0.0 to 10.0 with one decimal.

    For versions 2 and 3 this is the base score; threat (temporal) and environmental metrics are
    checked but do not change it. Version 4.0 has one score, and every metric given counts
    (CVSS 4.0 specification, "Nomenclature").

    Args:
        vector: As in the specifications at first.org: ``CVSS:3.1/AV:N/...``, or for version 2.0
            ``AV:N/AC:L/...`` without a prefix and with or without parentheses.

    Raises:
        ValueError: If a metric is missing, unknown, given twice, or has an unknown value.
    """
    if len(vector) > _MAX_CHARS:
        raise ValueError(f"no CVSS vector: {len(vector)} characters")
    version, _, rest = vector.partition("/")
    if version in {"CVSS:3.1", "CVSS:3.0"}:
        from dunnage.parsers._cvss3 import base_score

        return base_score(_metrics(rest))
    if version == "CVSS:4.0":
        from dunnage.parsers._cvss4 import full_score

        return full_score(_metrics(rest))
    from dunnage.parsers._cvss2 import base_score as base_score_2

    bare = rest if version == "CVSS:2.0" else vector
    if bare.startswith("(") and bare.endswith(")"):
        bare = bare[1:-1]
    return base_score_2(_metrics(bare))


def _metrics(text: str) -> dict[str, str]:
    metrics: dict[str, str] = {}
    for part in text.split("/"):
        name, colon, value = part.partition(":")
        if not colon or not value:
            raise ValueError(f"no CVSS vector: {part[:40]!r} is no metric with a value")
        if name in metrics:
            raise ValueError(f"no CVSS vector: {name[:40]!r} is given twice")
        metrics[name] = value
    return metrics
