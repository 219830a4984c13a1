"""NuGet versions sort as NuGet's documentation and library sort them."""

from __future__ import annotations

import pytest

from dunnage.versions.nuget import ordering
from versions.corpus import order, pairs, real_versions, rows, wrong

ROWS = rows("""
    1.0 = 1.0.0
    1.0.0 = 1.0.0.0
    1.0.0 < 1.0.0.1
    1.0.01 = 1.0.1
    1.9.0 < 1.10.0
    1.0.0-alpha < 1.0.0
    1.0.0-alpha < 1.0.0-beta
    1.0.0-alpha = 1.0.0-ALPHA
    1.0.0-alpha.2 < 1.0.0-alpha.10
    1.0.0-alpha.9 < 1.0.0-alpha.a
    1.0.0-alpha10 < 1.0.0-alpha2
    1.0.0-alpha < 1.0.0-alpha.1
    1.0.0-alpha-1 > 1.0.0-alpha
    1.0.0+one = 1.0.0+two
    1.0.0-rc.1+x < 1.0.0
    1.0.0-b.2147483647 < 1.0.0-b.2147483648
    1.0.0-b.9999999999 > 1.0.0-b.10000000000
    v1.2 = 1.2.0
    13.0.1 < 13.0.3
""")


def test_known_rows() -> None:
    """Four numbers, labels without regard to case, and labels too large for a number."""
    assert wrong(ordering.key, ROWS) == []


@pytest.mark.parametrize("text", ["", "a", "1..2", "1.", "1.2.3.4.5", "1-", "1-a..b", "1_2", "[1]"])
def test_what_is_no_version(text: str) -> None:
    """What NuGet refuses is refused."""
    with pytest.raises(ValueError, match="no "):
        ordering.key(text)


@pytest.mark.judge
def test_pairs_agree_with_univers() -> None:
    """Versions of real advisories and small changes of them sort as in the library univers."""
    library = pytest.importorskip("univers.nuget", reason="not installed here: univers")
    different = []
    compared = 0
    for pair in pairs(real_versions("NuGet"), "0123456789.-abrc", 4000):
        try:
            ours = order(ordering.key, pair)
            left, right = (library.Version.from_string(text) for text in pair)
        except (ValueError, TypeError, AttributeError):
            continue
        compared += 1
        if ours != (left > right) - (left < right):
            different.append(pair)
    assert different == []
    assert compared > 1000
