"""Ecosystems and package names, made equal on both sides of a match."""

from __future__ import annotations

import re
from functools import cache

from dunnage.io.tables import table

_RUNS = re.compile(r"[-_.]+")


def base_of(ecosystem: str) -> str:
    """Return an ecosystem without its release (``Debian`` of ``Debian:12``)."""
    return ecosystem.partition(":")[0]


def facts(ecosystem: str) -> dict[str, object]:
    """Return what ``data/ecosystems.toml`` says about an ecosystem, or nothing."""
    found: dict[str, object] = table("ecosystems").get(base_of(ecosystem), {})
    return found


def prefixes(ecosystem: str) -> tuple[str, ...]:
    """Return the beginnings of ids that are no security advisories."""
    found = facts(ecosystem).get("not_security", [])
    return tuple(str(prefix) for prefix in found) if isinstance(found, list) else ()


@cache
def ecosystem_of(purl_type: str) -> str:
    """Return the ecosystem of a package URL type, or empty."""
    for name, entry in table("ecosystems").items():
        if entry.get("purl") == purl_type:
            return str(name)
    return ""


@cache
def generic(name: str) -> tuple[str, str]:
    """Return the ecosystem that speaks of a ``generic`` package too, and its name there.

    Args:
        name: With its namespace (``oracle/openjdk``).

    Returns:
        Two empty texts if there is none.
    """
    for ecosystem, entry in table("ecosystems").items():
        found = entry.get("generic", {}).get(name)
        if found:
            return str(ecosystem), str(found)
    return "", ""


@cache
def rule_of(ecosystem: str) -> str:
    """Return how names of an ecosystem are normalised: ``exact``, ``lower`` or ``pep503``."""
    return str(facts(ecosystem).get("names", "exact"))


def normal(rule: str, name: str) -> str:
    """Return the one spelling under which a name is stored and looked up.

    Args:
        rule: ``pep503`` (PyPA name normalization: runs of ``-``, ``_`` and ``.`` become one
            ``-``, lower case), ``lower``, or anything else for the name as it is.
        name: The name as written.
    """
    if rule == "pep503":
        return _RUNS.sub("-", name).lower()
    return name.lower() if rule == "lower" else name
