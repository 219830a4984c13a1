"""Semantic versions sort by the precedence of the specification."""

from __future__ import annotations

import pytest
import semver
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.versions.semver import ordering
from versions.corpus import Pair, order, pairs, real_versions, rows, wrong

ROWS = rows("""
    1.0.0-alpha < 1.0.0-alpha.1
    1.0.0-alpha.1 < 1.0.0-alpha.beta
    1.0.0-alpha.beta < 1.0.0-beta
    1.0.0-beta < 1.0.0-beta.2
    1.0.0-beta.2 < 1.0.0-beta.11
    1.0.0-beta.11 < 1.0.0-rc.1
    1.0.0-rc.1 < 1.0.0
    1.0.0+build = 1.0.0
    1.0.0-rc.1+build = 1.0.0-rc.1
    1.9.0 < 1.10.0
    1.0.0-a < 1.0.0-a-b
    1.0.0-A < 1.0.0-a
    1.0.0-1 < 1.0.0--1
    v1.2.3 = 1.2.3
    1 = 1.0.0
    1.2 = 1.2.0
    0 = 0.0.0
    0.0.0-0 < 0
    1.2-rc.1 = 1.2.0-rc.1
    1-0 < 1.0.0
    0.9.7 < 0.9.7.1
    0.9.7.1 < 0.9.8
    1.0.0.beta.3 = 1.0.0-beta.3
    1.9.0b1 = 1.9.0-b1
    1.9.0b1 < 1.9.0
    1.0.0-* < 1.0.0-rc.1
    1.0.0-* < 1.0.0
    0.9.9 < 1.0.0-*
    1.0.99999999999999999999999 > 1.0.9999999999999999999999
""")


def test_known_rows() -> None:
    """The examples of Semantic Versioning 2.0.0 item 11, and what real data adds to them."""
    assert wrong(ordering.key, ROWS) == []


@pytest.mark.parametrize(
    "text", ["", "~", "a", "nightly.2026-03-10.0", "1.0.0-", "1..0", "1.0 ", "1.é", "1" * 513]
)
def test_what_is_no_version(text: str) -> None:
    """What has no number in front is refused."""
    with pytest.raises(ValueError, match="no "):
        ordering.key(text)


_NUMBER = st.integers(0, 12).map(str)
_IDENTIFIER = st.one_of(_NUMBER, st.text("01abAZ-", min_size=1, max_size=3))


@st.composite
def _versions(draw: st.DrawFn) -> str:
    text = ".".join(draw(st.lists(_NUMBER, min_size=3, max_size=3)))
    pre = draw(st.lists(_IDENTIFIER, max_size=3))
    text += "-" + ".".join(pre) if pre else ""
    return text + draw(st.sampled_from(["", "", "+b.1"]))


@settings(max_examples=500, deadline=None)
@given(_versions(), _versions())
def test_random_pairs_agree_with_semver(left: str, right: str) -> None:
    """Small random versions sort as the reference library sorts them."""
    if semver.Version.is_valid(left) and semver.Version.is_valid(right):
        assert order(ordering.key, (left, right)) == _semver((left, right))


def test_real_pairs_agree_with_semver() -> None:
    """Versions of real advisories and small changes of them sort as in the reference library."""
    versions = real_versions("npm", "crates.io", "Bitnami", "Julia", "Kubernetes", "Hex")
    drawn = pairs(versions, "0123456789.-+abrc", 8000)
    judged = [p for p in drawn if all(semver.Version.is_valid(text) for text in p)]
    assert len(judged) > 3000
    assert [pair for pair in judged if order(ordering.key, pair) != _semver(pair)] == []


def _semver(pair: Pair) -> int:
    return semver.Version.parse(pair[0]).compare(pair[1])
