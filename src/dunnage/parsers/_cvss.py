"""Checks the metrics of a CVSS vector against the values a version of the standard knows."""

from __future__ import annotations


def check(
    metrics: dict[str, str], mandatory: dict[str, str], optional: dict[str, tuple[str, ...]]
) -> None:
    """Refuse metrics the standard does not know, and vectors that lack a mandatory one.

    Args:
        metrics: The vector's metrics.
        mandatory: Values of one letter each, by metric, written as one string.
        optional: Values by metric.

    Raises:
        ValueError: If something is missing or unknown; the message names it.
    """
    for name in mandatory:
        if name not in metrics:
            raise ValueError(f"no CVSS vector: {name} is missing")
    for name, value in metrics.items():
        known = mandatory.get(name)
        ok = (
            value in optional.get(name, ()) if known is None else len(value) == 1 and value in known
        )
        if not ok:
            raise ValueError(f"no CVSS vector: {name[:20]}:{value[:20]} is unknown")
