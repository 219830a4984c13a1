"""Text from strangers: made harmless, measured and wrapped without losing anything."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.render._text import clean, columns, pad, plural, shorten, size, wrap

ANY = st.text(st.characters(), max_size=200)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("libssl1.1", "libssl1.1"),
        ("a\nb\tc\u2028d", "a b c d"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\u009b2J", "\\x9b2J"),
        ("gpj\u202eexe", "gpj\\u202eexe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("caf\u00e9 \u6f22\u5b57 \U0001f600", "caf\u00e9 \u6f22\u5b57 \U0001f600"),
        ("byte\udcff", "byte\\xff"),
        ("half\ud800", "half\\ud800"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 4, "e\u0301\u0301\\u0301\\u0301"),
    ],
)
def test_clean_shows_what_would_deceive(text: str, shown: str) -> None:
    """Ordinary text of any script stays; everything else is written out."""
    assert clean(text) == shown


def test_endless_text_is_cut_and_says_so() -> None:
    """A name of a megabyte does not fill the screen."""
    assert clean("x" * 1_000_000).endswith("x… (1000000 characters)")
    assert len(clean("x" * 1_000_000)) < 2100


@settings(max_examples=150)
@given(ANY)
def test_clean_leaves_only_printable_text(text: str) -> None:
    """Whatever goes in, nothing that acts on a terminal comes out; cleaning twice is the same."""
    shown = clean(text)
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} for char in shown)
    shown.encode("utf-8")
    assert clean(shown) == shown


@settings(max_examples=150)
@given(ANY, st.integers(2, 80))
def test_wrap_keeps_everything_within_the_width(text: str, width: int) -> None:
    """No line is too wide and no character but spaces is lost."""
    shown = clean(text)
    lines = wrap(shown, width)
    assert all(columns(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(shown.split())


@settings(max_examples=100)
@given(ANY, st.integers(2, 80))
def test_shorten_and_pad_agree_on_columns(text: str, width: int) -> None:
    """A shortened and padded cell is exactly as wide as its column."""
    assert columns(pad(shorten(clean(text), width), width)) == width


def test_wide_characters_take_two_columns() -> None:
    """East Asian wide characters count twice, combining marks not at all (UAX #11)."""
    assert columns("\u6f22\u5b57") == 4
    assert columns("e\u0301") == 1
    assert pad("\u6f22", 4) == "\u6f22  "
    assert wrap("\u6f22\u5b57\u6f22", 4) == ["\u6f22\u5b57", "\u6f22"]


def test_numbers_read_well() -> None:
    """Counts agree with their noun and sizes are decimal."""
    assert plural(1, "copy", "copies") == "1 copy"
    assert plural(1204, "finding") == "1,204 findings"
    assert [size(n) for n in (0, 999, 9_100_000, 5 * 10**12)] == [
        "0 B",
        "999 B",
        "9.1 MB",
        "5,000.0 GB",
    ]
