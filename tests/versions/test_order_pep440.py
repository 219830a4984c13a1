"""Python versions sort as the library packaging sorts them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from dunnage.versions.pep440 import ordering
from versions.corpus import Pair, order, pairs, real_versions, rows, wrong

ROWS = rows("""
    1.0 = 1
    1.0 = 1.0.0
    0 = 0.0
    1.0 = v1.0
    1.0.dev1 < 1.0a1
    1.0a1.dev1 < 1.0a1
    1.0a1 < 1.0a1.post1
    1.0a1 < 1.0b1
    1.0b1 < 1.0rc1
    1.0c1 = 1.0rc1
    1.0-alpha.1 = 1.0a1
    1.0rc1 < 1.0
    1.0 < 1.0+abc
    1.0+abc < 1.0+abc.1
    1.0+abc.1 < 1.0+1
    1.0+1 < 1.0+1.2
    1.0+9 < 1.0+10
    1.0+ubuntu-1 = 1.0+ubuntu.1
    1.0+1 < 1.0.post1.dev1
    1.0.post1.dev1 < 1.0.post1
    1.0.post1 = 1.0-1
    1.0.post1 < 1.0.1.dev1
    9.9 < 1!0.1
    1.9 < 1.10
    1.0.20221231235959999999999999 > 1.0.3
""")


def test_known_rows() -> None:
    """Development, pre-, post- and local releases, epochs and spellings: PEP 440."""
    assert wrong(ordering.key, ROWS) == []


@pytest.mark.parametrize("text", ["", "0.1-bulbasaur", "0.3m1", "1.0\x00", "1.٣", "1" * 513])
def test_what_is_no_version(text: str) -> None:
    """Versions older than the specification have no order."""
    with pytest.raises(ValueError, match=r"no Python version|Invalid version"):
        ordering.key(text)


_NUMBER = st.integers(0, 12).map(str)


@st.composite
def _versions(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(["", "", "1!"]))
    text += ".".join(draw(st.lists(_NUMBER, min_size=1, max_size=3)))
    text += draw(st.sampled_from(["", "", "a", "b", "rc"]).map(lambda s: s + "1" if s else ""))
    text += draw(st.sampled_from(["", "", ".post0", ".post3"]))
    text += draw(st.sampled_from(["", "", ".dev0", ".dev2"]))
    return text + draw(st.sampled_from(["", "", "+a", "+a.1", "+1", "+ab", "+1.a"]))


@settings(max_examples=250, deadline=None)
@given(_versions(), _versions())
def test_random_pairs_agree_with_packaging(left: str, right: str) -> None:
    """Every combination of the parts of a version sorts as in the reference library."""
    assert order(ordering.key, (left, right)) == _packaging((left, right))


def test_real_pairs_agree_with_packaging() -> None:
    """Versions of real advisories and small changes of them sort as in the reference library."""
    versions = real_versions("PyPI")
    drawn = [p for p in pairs(versions, "0123456789.!+-_abrcdevpost", 3000) if _readable(p)]
    assert len(drawn) > 1000
    assert [pair for pair in drawn if order(ordering.key, pair) != _packaging(pair)] == []


def test_refuses_exactly_what_packaging_refuses() -> None:
    """Of all real versions the same ones are refused."""
    differing = []
    for version in real_versions("PyPI"):
        try:
            ordering.key(version)
        except ValueError:
            readable = False
        else:
            readable = True
        if readable != _readable((version, "1")):
            differing.append(version)
    assert differing == []


def _readable(pair: Pair) -> bool:
    try:
        return all(Version(text) for text in pair)
    except InvalidVersion:
        return False


def _packaging(pair: Pair) -> int:
    left, right = Version(pair[0]), Version(pair[1])
    return (left > right) - (left < right)
