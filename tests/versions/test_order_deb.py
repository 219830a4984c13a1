"""Debian versions sort as dpkg sorts them."""

from __future__ import annotations

import subprocess

import pytest
from debian.debian_support import NativeVersion
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.versions.deb import ordering
from support import need
from versions.corpus import Pair, order, pairs, real_versions, rows, wrong

ALPHABET = "0123456789.~+-abZ:"
ROWS = rows("""
    1.0 = 1.0
    1.0 = 1.0-0
    1.0- = 1.0-0
    1.0 = 0:1.0
    1.0 < 1:0.1
    1.0 < 1.0-1
    1.0~rc1 < 1.0
    1.0~~ < 1.0~
    1.0~ < 1.0
    1.0 < 1.0a
    1.0a < 1.0+
    1.0+ > 1.0a
    1.0. > 1.0
    1. = 1.0
    1.0a = 1.0a0
    1.09 = 1.9
    1.9 < 1.10
    1.0-1~deb12u1 < 1.0-1
    1.0-1 < 1.0-1+deb12u1
    1.0-1+b1 > 1.0-1
    2.34-r0 > 2.34-0
    1-2-3 > 1-2
    18446744073709551616 > 18446744073709551615
    1a~ < 1a
    0 < 00001
    0 = 0000
    7.6p2-4 > 7.6-0
    1:1.2.13.dfsg-1 > 2.3
""")


def test_known_rows() -> None:
    """Epoch, tilde, letters before other characters, absent revision: deb-version(7)."""
    assert wrong(ordering.key, ROWS) == []


@pytest.mark.parametrize("text", ["", "1:", "a:1", ":1", "-1", "1 0", "1\n", "1.0é", "1" * 513])
def test_what_is_no_version(text: str) -> None:
    """A broken epoch, an empty upstream version and odd characters are refused."""
    with pytest.raises(ValueError, match="no "):
        ordering.key(text)


_TEXT = st.text("0123456789.~+abZ", min_size=1, max_size=8).map(lambda text: "1" + text)


@settings(max_examples=200, deadline=None)
@given(_TEXT, _TEXT)
def test_random_pairs_agree_with_python_debian(left: str, right: str) -> None:
    """Small random versions sort as the reference library's own Python code sorts them."""
    want = _python_debian((left, right))
    assert order(ordering.key, (left, right)) == want


def test_real_pairs_agree_with_python_debian() -> None:
    """Versions of real advisories and small changes of them sort as in python-debian."""
    drawn = [p for p in pairs(real_versions("Debian", "Ubuntu"), ALPHABET, 4000) if _plain(p)]
    assert len(drawn) > 3000
    bad = [pair for pair in drawn if order(ordering.key, pair) != _python_debian(pair)]
    assert bad == []


@pytest.mark.judge
def test_real_pairs_agree_with_dpkg() -> None:
    """The same against dpkg itself."""
    need("dpkg")
    drawn = [p for p in pairs(real_versions("Debian"), ALPHABET, 150, seed=1) if _plain(p)]
    bad = [pair for pair in drawn if order(ordering.key, pair) != _dpkg(pair)]
    assert bad == []


def _plain(pair: Pair) -> bool:
    """Return True if both are versions dpkg takes without a warning."""
    for text in pair:
        epoch, colon, rest = text.rpartition(":")
        if (colon and not epoch.isdigit()) or not rest[:1].isdigit() or rest.endswith("-"):
            return False
    return True


def _python_debian(pair: Pair) -> int:
    left, right = NativeVersion(pair[0]), NativeVersion(pair[1])
    return int(left > right) - int(left < right)


def _dpkg(pair: Pair) -> int:
    for name, value in (("lt", -1), ("eq", 0), ("gt", 1)):
        command = ["dpkg", "--compare-versions", pair[0], name, pair[1]]
        if subprocess.run(command, check=False).returncode == 0:
            return value
    raise AssertionError(pair)
