"""Tells whether the sort keys in a store are those that today's orderings would make."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from dunnage.versions._registry import ordering_for_ecosystem

_VERSIONS = (
    "0",
    "1.0",
    "1.10.2-r3",
    "2:1.0~rc1-3+deb12u1",
    "1.0.0-alpha.1",
    "1.2.3-rc.1+build",
    "1.0a1.dev2",
    "1.0.post1+local",
    "4.3.30.RELEASE",
    "v0.0.0-20220715151400-c0bba94af5f8",
    "1.0^git1-2.el9_4",
    "1.2.3_p4-r5",
)


@cache
def probe(ecosystem: str) -> str:
    """Return a digest of the keys of a few versions; empty if the ecosystem has no ordering.

    A store keeps keys that were computed when it was made. If an ordering has changed since,
    they must not be compared with new ones.
    """
    ordering = ordering_for_ecosystem(ecosystem)
    if ordering is None:
        return ""
    digest = sha256()
    for version in _VERSIONS:
        try:
            key = ordering.key(version)
        except ValueError:
            key = b"?"
        digest.update(len(key).to_bytes(4, "big") + key)
    return digest.hexdigest()[:16]
