"""What somebody may have meant is found as ``difflib`` finds it, in any real file, and in no more time."""

from __future__ import annotations

import difflib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.io.folder import load_all
from dunnage.model.problem import Effect, Problem
from dunnage.parsers.dockerfile import read
from dunnage.rules.dockerfile import _alike
from dunnage.rules.dockerfile._alike import LONGEST, nearest
from dunnage.rules.dockerfile._engine import Outcome, Ruleset, check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._rule import DockerfileRule

_RULES = Ruleset(load_all("dunnage.rules.dockerfile", "rule", DockerfileRule))
_WORDS = st.text("abcAB_1é\U000100e9", min_size=1, max_size=9)


def facts(text: str = "") -> Facts:
    """Return the facts of a Dockerfile."""
    return Facts(
        read(f"FROM debian:13\n{text}".encode()), date(2026, 11, 30), name="app/Dockerfile"
    )


def checked(text: str) -> tuple[list[str], list[Problem]]:
    """Return the messages about undefined variables, and what is said of names."""
    found: Outcome = check(facts(text), _RULES)
    said = [one.message for one in found.findings if one.id == "dockerfile/undefined-variable"]
    return said, [one for one in found.problems if one.code == "names-not-compared"]


@given(_WORDS, st.lists(_WORDS, max_size=12), st.sampled_from([0.5, 0.7, 0.75]))
def test_nearest_is_that_of_difflib(word: str, known: list[str], least: float) -> None:
    """Counting letters first only leaves out what would not be near enough, or not the nearest."""
    plain = difflib.get_close_matches(word, known, 1, least)
    assert nearest(word, known, facts(), least=least) == (plain[0] if plain else "")


def test_most_pairs_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letter by letter only those are compared that may be near, and each pair once."""
    made = []

    class Counted(difflib.SequenceMatcher[str]):
        def __init__(self, junk: None, other: str, word: str) -> None:
            made.append((other, word))
            super().__init__(junk, other, word)

    monkeypatch.setattr(difflib, "SequenceMatcher", Counted)
    names = [f"NAME_{chr(65 + i % 26) * 9}_{i}" for i in range(500)]
    one = facts()
    assert {nearest("APP_HOM", [*names, "APP_HOME"], one) for _ in range(9)} == {"APP_HOME"}
    assert made == [("APP_HOME", "APP_HOM")]


def test_long_words_are_like_none() -> None:
    """On either side."""
    long = "A" * LONGEST
    assert nearest(long, [long[1:]], facts()) == long[1:]
    assert nearest(f"{long}B", [long], facts()) == ""
    assert nearest(long, [f"{long}B"], facts()) == ""


def test_a_large_file_is_compared_as_a_whole() -> None:
    """Ten times what people write in one, with a slip of the pen at its end."""
    text = "".join(f"ENV SETTING_{i}=1\nWORKDIR $OF_BASE/$JAVA_HOME_{i % 50}\n" for i in range(700))
    said, problems = checked(f"{text}ENV APPLICATION=/x\nWORKDIR $APLICATION\n")
    assert said == ["nothing defines APLICATION here; did you mean APPLICATION?"]
    assert not problems


@pytest.mark.parametrize("bound", ["_MOST_PAIRS", "_MOST_STEPS"])
def test_what_was_not_compared_is_told(bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """How often and where first: a finding that may be missing is no clean file."""
    text = "ENV APP_HOME=1 APP_HOST=1\nWORKDIR $APP_HOMES\nUSER $APP_HOMER\n"
    assert (len(checked(text)[0]), checked(text)[1]) == (2, [])
    monkeypatch.setattr(_alike, bound, 1)
    said, (problem,) = checked(text)
    assert not said
    assert (problem.where, problem.count) == ("app/Dockerfile:3", 2)
    assert problem.effect is Effect.INCOMPLETE
    assert problem.advice


def test_what_is_found_all_the_same_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the guess is missing from a finding, everything was examined."""
    monkeypatch.setattr(_alike, "_MOST_PAIRS", 0)
    assert not checked("COPY --chwon=1 a /b\nRUN --mount=type=cahe true\n")[1]
    said, problems = checked("FROM scratch\nENV APP_HOME=1\nWORKDIR $APP_HOMES\n")
    assert said == ["nothing defines APP_HOMES here; declare it with ARG or ENV before"]
    assert not problems
