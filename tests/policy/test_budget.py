"""Limits of a budget: what is understood, what is not, and what is allowed beside a baseline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.model.budget import KEYS, Limit
from dunnage.model.errors import UsageError
from dunnage.policy.budget import limits


@pytest.mark.parametrize(
    ("word", "most"),
    [
        ("bytes=200MB", 200_000_000),
        ("bytes=1.5GB", 1_500_000_000),
        ("bytes=300MiB", 300 * 1024 * 1024),
        ("bytes=0.5kib", 512),
        ("bytes=12345", 12345),
        ("bytes=7B", 7),
        ("bytes = 200 mb", 200_000_000),
        ("BYTES=1TB", 10**12),
        ("packages=150", 150),
        ("executables=400", 400),
        ("setuid=0", 0),
        ("vulnerabilities=0", 0),
        ("critical=0", 0),
        ("high=3", 3),
    ],
)
def test_numbers(word: str, most: int) -> None:
    """A size has a unit or is in bytes; everything else is counted."""
    (limit,) = limits([word])
    assert (limit.key, limit.most, limit.relative) == (
        word.partition("=")[0].strip().lower(),
        most,
        False,
    )
    assert limit.allowed(999) == most


@pytest.mark.parametrize(
    ("word", "base", "allowed"),
    [
        ("bytes=+5%", 200, 210),
        ("bytes=+5%", 199, 208),
        ("bytes=+2.5%", 1000, 1025),
        ("bytes=+0.25%", 10_000, 10_025),
        ("bytes=+10MB", 5, 10_000_005),
        ("packages=+0", 15, 15),
        ("packages=+10%", 15, 16),
        ("setuid=+0", 0, 0),
        ("high=+2", 3, 5),
        ("executables=+100%", 7, 14),
    ],
)
def test_more_than_a_baseline(word: str, base: int, allowed: int) -> None:
    """A plus is what may be more; a part of one counts for nothing."""
    (limit,) = limits([word])
    assert limit.relative
    assert limit.text == word
    assert limit.allowed(base) == allowed


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("byte=1", "did you mean 'bytes'?"),
        ("seutid=0", "did you mean 'setuid'?"),
        ("vulnerability=0", "did you mean 'vulnerabilities'?"),
        ("layers=3", "known: bytes, critical, executables"),
        ("bytes", "as in: --budget bytes=200MB"),
        ("bytes=", "as in: --budget bytes=200MB"),
        ("byte", "did you mean 'bytes'?"),
        ("=5", "known: bytes"),
        ("bytes=many", "a size such as 200MB"),
        ("bytes=-5", "a size such as 200MB"),
        ("bytes=1.5", "a size such as 200MB"),
        ("bytes=1XB", "a size such as 200MB"),
        ("bytes=1e9", "a size such as 200MB"),
        ("bytes=5%", "did you mean +5%?"),
        ("bytes=-5%", "did you mean +5%?"),
        ("bytes=+5.125%", "at most two decimals"),
        ("bytes=٣MB", "a size such as 200MB"),
        ("bytes=" + "9" * 5000, "a size such as 200MB"),
        ("packages=2.5", "a whole number"),
        ("setuid=1MB", "a whole number"),
        ("setuid=-1", "a whole number"),
        ("setuid=++1", "a whole number"),
    ],
)
def test_what_is_no_limit(word: str, told: str) -> None:
    """It is said what was written, where, and what could be meant."""
    with pytest.raises(UsageError) as caught:
        limits([word])
    assert caught.value.where == "--budget"
    assert told in caught.value.advice
    assert len(str(caught.value)) < 200


def test_one_key_twice() -> None:
    """A number and what may be more go together; two of one kind contradict each other."""
    assert [one.text for one in limits(["bytes=1GB", "bytes=+5%"])] == ["bytes=1GB", "bytes=+5%"]
    for words in (["setuid=0", "setuid=1"], ["bytes=+1", "bytes=+5%"]):
        with pytest.raises(UsageError, match="limited twice"):
            limits(words)


@given(st.text(max_size=30), st.sampled_from(KEYS))
def test_no_text_breaks_it(value: str, key: str) -> None:
    """Whatever is written is a limit or a usage error, and no limit is less than its baseline."""
    try:
        found = limits([f"{key}={value}"])
    except UsageError:
        return
    for limit in found:
        assert isinstance(limit, Limit)
        assert limit.allowed(10) >= (10 if limit.relative else 0)
