"""Fingerprints of findings that are alike: always the same ones, and each for the same price."""

from __future__ import annotations

import hashlib
from itertools import chain, count
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from dunnage.model.finding import Finding, Kind
from dunnage.model.location import Location
from dunnage.policy import judge as module
from dunnage.policy._digest import Numbered

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest


def said(parts: Sequence[str]) -> str:
    """Return the digest of parts with zero bytes between them."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def by_definition(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return fingerprints as they are defined, whatever it takes."""
    seen: dict[str, None] = {}
    for one in findings:
        parts = [one.kind.value, one.id, one.package, one.locations[0].path]
        more = chain(("", one.package, one.message), map(str, count(2)))
        found = one.fingerprint or said(parts)
        while found in seen:
            parts.append(next(more))
            found = said(parts)
        seen[found] = None
    return tuple(seen)


def alike(name: str, path: str, message: str, fingerprint: str = "") -> Finding:
    """Return a finding."""
    return Finding(
        name,
        Kind.MISCONFIGURATION,
        message,
        locations=(Location(path),),
        fingerprint=fingerprint,
    )


_FEW = st.sampled_from(["a", "b"])
_KEPT = st.sampled_from(["", "", said(("misconfiguration", "a", "", "a", "", "", "b", "2"))])


@given(st.lists(st.builds(alike, _FEW, _FEW, _FEW, _KEPT), max_size=40))
def test_they_are_as_defined(findings: list[Finding]) -> None:
    """Also where some are kept from before, and take what another one would have had."""
    assert module.fingerprints(findings, {}) == by_definition(findings)


def test_each_costs_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand findings that differ in nothing take a few digests each, not thousands."""
    taken = 0
    hashed, following = module._hash, Numbered.__next__

    def counted(parts: tuple[str, ...]) -> str:
        nonlocal taken
        taken += 1
        return hashed(parts)

    def counted_next(self: Numbered) -> str:
        nonlocal taken
        taken += 1
        return following(self)

    monkeypatch.setattr(module, "_hash", counted)
    monkeypatch.setattr(Numbered, "__next__", counted_next)
    many = [alike("a", "a", "a")] * 10_000
    assert len(set(module.fingerprints(many, {}))) == len(many)
    assert taken <= 5 * len(many)
