"""Finds the known word that another one is most like, and tells where that was too much to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dunnage.parsers.dockerfile import Instruction
    from dunnage.rules.dockerfile._facts import Facts

LONGEST = 64
"""Characters of words that are compared."""
_MOST_PAIRS = 2_000_000
"""Pairs of words of one file whose letters are counted, in a second. Of 768 files that people wrote the
one with most has 342."""
_MOST_STEPS = 10_000_000
"""Steps of comparing those that have enough letters in common, in a second. Of these files the one with
most takes 227."""
_START = 100
"""Steps of one pair besides those of its letters."""
_KINDS = 128
"""Kinds of letters that are told apart when they are counted."""


class _Book:
    """What was compared in one file, and what could not be.

    Attributes:
        missed: The instructions with a word that was not compared with all others.
    """

    def __init__(self, _: Facts) -> None:
        self.missed: list[Instruction] = []
        self._pairs = _MOST_PAIRS
        self._steps = _MOST_STEPS
        self._letters: dict[str, int] = {}
        self._ratios: dict[tuple[str, str], float] = {}

    def nearest(self, word: str, known: Iterable[str], least: float) -> str | None:
        """Return the word that is most like another, or empty; None if that is too much to find."""
        mine = self._counted(word)
        some = []
        for other in known:
            self._pairs -= 1
            if self._pairs < 0:
                return None
            if len(other) <= LONGEST:
                # Not more letters than these can be the same in the same order.
                common = (mine & self._counted(other)).bit_count()
                most = 2 * common / (len(word) + len(other))
                if most >= least:
                    some.append((most, other))
        best = (least, "")
        for most, other in sorted(some, reverse=True):
            if most < best[0]:
                break
            ratio = self._ratio(word, other)
            if ratio is None:
                return None
            best = max(best, (ratio, other))
        return best[1]

    def _counted(self, word: str) -> int:
        """Return a set of bits with one for each letter; the second of a kind has another bit."""
        found = self._letters.get(word)
        if found is None:
            found = 0
            many: dict[int, int] = {}
            for letter in word:
                kind = ord(letter) % _KINDS
                at = many[kind] = many.get(kind, -1) + 1
                found |= 1 << (kind + _KINDS * at)
            self._letters[word] = found
        return found

    def _ratio(self, word: str, other: str) -> float | None:
        found = self._ratios.get((word, other))
        if found is None:
            self._steps -= len(word) * len(other) + _START
            if self._steps < 0:
                return None
            from difflib import SequenceMatcher

            found = self._ratios[word, other] = SequenceMatcher(None, other, word).ratio()
        return found


def nearest(
    word: str,
    known: Iterable[str],
    facts: Facts,
    *,
    least: float = 0.7,
    rests: Instruction | None = None,
) -> str:
    """Return the known word that another is most like, or empty if none is near.

    Args:
        word: The word; one of more than ``LONGEST`` characters is like none.
        known: What it may be meant to be.
        facts: The file. Millions of comparisons are made in it, then nothing is near any more.
        least: How much alike they must be, from 0 to 1.
        rests: The instruction that has a finding only if a word is near; ``uncompared`` tells of it
            if that could not be found out.
    """
    if len(word) > LONGEST:
        return ""
    book = facts.once(_Book)
    found = book.nearest(word, known, least)
    if found is None and rests is not None:
        book.missed.append(rests)
    return found or ""


def uncompared(facts: Facts) -> Iterator[Problem]:
    """Give a problem if names were not compared that a finding may rest on."""
    missed = facts.once(_Book).missed
    if missed:
        yield Problem(
            "names-not-compared",
            "too many names to compare them all, so variables that nothing defines may be misspelt"
            " without being reported",
            where=f"{facts.name}:{min(one.line for one in missed)}",
            advice="split the file, or declare with ARG or ENV what the base image defines",
            count=len(missed),
        )
