"""A pattern that is compiled late does what the compiled one does."""

from __future__ import annotations

import re

import pytest

from dunnage.parsers.lazy_pattern import pattern


def test_same_answers() -> None:
    """Every way to ask gives what ``re`` gives, the first time and later."""
    lazy, compiled = pattern(r"a(b)?", re.IGNORECASE), re.compile(r"a(b)?", re.IGNORECASE)
    for _ in range(2):
        assert lazy.findall("ab A xab") == compiled.findall("ab A xab")
        assert lazy.sub("-", "AB a") == compiled.sub("-", "AB a")
        assert lazy.fullmatch("ab") is not None
        assert lazy.match("b") is None
        assert lazy.pattern == compiled.pattern
    assert pattern(rb"\d+").split(b"a1b22c") == [b"a", b"b", b"c"]


def test_a_mistake_is_told_when_it_is_used() -> None:
    """What is no expression is refused as ``re`` refuses it."""
    lazy = pattern("(")
    with pytest.raises(re.error, match="unterminated"):
        lazy.search("a")
