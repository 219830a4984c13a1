"""Makes new inputs out of old ones: the engine for machines without ``atheris``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fuzzing.verdict import judge

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Sequence

    from fuzzing.target import Target
    from fuzzing.verdict import Verdict

KEPT = 5000
"""Inputs of which anything is remembered."""

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_DIGITS = (b"0", b"-1", b"00", b"1e999", b"65536", b"4294967295", b"18446744073709551616")
_WIDTHS = (1, 2, 4, 8)


def mutated(data: bytes, others: Sequence[bytes], target: Target, source: random.Random) -> bytes:
    """Return an input that differs from ``data`` in one to eight ways.

    Args:
        data: Where to start.
        others: Inputs to splice with.
        target: Gives tokens and the largest size.
        source: Decides everything.
    """
    for _ in range(1 << source.randrange(4)):
        at = source.randrange(len(data) + 1)
        end = min(len(data), at + (1 << source.randrange(10)))
        match source.randrange(9):
            case 0:
                data = _flipped(data, at, source)
            case 1:
                data = data[:at] + data[end:]
            case 2:
                data = data[:at] + data[at:end] * source.choice((2, 2, 3, 64)) + data[end:]
            case 3:
                to = source.randrange(len(data) + 1)
                data = data[:to] + data[at:end] + data[to:]
            case 4:
                width = source.choice(_WIDTHS)
                number = source.choice(_NUMBERS) % (1 << 8 * width)
                there = number.to_bytes(width, "little")[:: source.choice((1, -1))]
                data = data[:at] + there + data[at + width :]
            case 5:
                word = source.choice(target.words or _DIGITS)
                data = data[:at] + word + data[at + source.choice((0, len(word))) :]
            case 6:
                other = source.choice(others)
                data = data[:at] + other[source.randrange(len(other) + 1) :]
            case 7:
                size = source.randrange(1, 9)
                data = data[:at] + source.randbytes(size) + data[at + size :]
            case _:
                data = data[:at] + source.choice(_DIGITS) + data[end:]
    return data[: target.most]


def _flipped(data: bytes, at: int, source: random.Random) -> bytes:
    if at >= len(data):
        return data
    return data[:at] + bytes([data[at] ^ 1 << source.randrange(8)]) + data[at + 1 :]


def inputs(target: Target, corpus: list[bytes], source: random.Random) -> Iterator[bytes]:
    """Give inputs without end: all of the corpus, then what mutation makes of it."""
    yield from list(corpus)
    while True:
        yield mutated(source.choice(corpus), corpus, target, source)


def fuzz(
    target: Target,
    corpus: list[bytes],
    source: random.Random,
    keep: Callable[[bytes, Verdict], object],
    deadline: float,
    *,
    runs: int = -1,
) -> int:
    """Run a target until a moment, or for a number of runs; return the number of runs.

    Args:
        target: The target.
        corpus: Inputs to start from; those that do something new are added.
        source: Decides everything.
        keep: Told of every find.
        deadline: ``time.monotonic()`` at which to stop.
        runs: Inputs to try, or -1 for as many as there is time for.
    """
    corpus += [] if corpus else [b""]
    known: set[str] = set()
    count = 0
    for data in inputs(target, corpus, source):
        if count == runs or time.monotonic() > deadline:
            return count
        count += 1
        verdict = judge(target, data)
        if verdict.find:
            keep(data, verdict)
        elif verdict.label not in known and len(known) < KEPT:
            known.add(verdict.label)
            corpus.append(data)
    return count


def minimised(target: Target, data: bytes, find: str, seconds: float = 10.0) -> bytes:
    """Return a smaller input with the same find, as far as there is time to look for one."""
    stop = time.monotonic() + seconds
    step = max(len(data) // 2, 1)
    while step and time.monotonic() < stop:
        at = 0
        while at < len(data) and time.monotonic() < stop:
            shorter = data[:at] + data[at + step :]
            if judge(target, shorter).find == find:
                data = shorter
            else:
                at += step
        step //= 2
    return data
