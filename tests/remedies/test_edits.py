"""Changes are made whole or not at all, and never two in one place."""

from __future__ import annotations

import time

from dunnage.model.finding import Edit, Finding, Fix, Kind
from dunnage.remedies.edits import apply

DATA = b"0123456789"


def finding(name: str, *edits: tuple[int, int, str]) -> Finding:
    """Return a finding with changes."""
    return Finding(name, Kind.MISCONFIGURATION, "", fix=Fix(edits=tuple(Edit(*e) for e in edits)))


def names(findings: tuple[Finding, ...]) -> list[str]:
    """Return the names of findings."""
    return [one.id for one in findings]


def test_changes_of_several_findings() -> None:
    """Those that do not touch are made at once, each at its place in the old file."""
    made = apply(DATA, [finding("b", (5, 6, "x")), finding("a", (0, 2, ""), (8, 8, "yz"))])
    assert made.data == b"234x67yz89"
    assert names(made.done) == ["b", "a"]


def test_touching_changes_wait() -> None:
    """Of two that touch, the first wins; the other is made not even in part."""
    made = apply(DATA, [finding("a", (2, 5, "x")), finding("b", (4, 6, "y"), (8, 9, "z"))])
    assert made.data == b"01x56789"
    assert (names(made.done), names(made.left)) == (["a"], ["b"])


def test_two_texts_at_one_place_wait() -> None:
    """Nobody knows which of two insertions comes first; behind a stretch there is room."""
    made = apply(
        DATA, [finding("a", (3, 3, "x")), finding("b", (3, 3, "y")), finding("c", (0, 3, ""))]
    )
    assert made.data == b"x3456789"
    assert (names(made.done), names(made.left)) == (["a", "c"], ["b"])


def test_the_same_change_is_made_once() -> None:
    """Two findings that want the same thing both go."""
    made = apply(DATA, [finding("a", (3, 4, "x")), finding("b", (3, 4, "x"), (9, 9, "y"))])
    assert made.data == b"012x45678y9"
    assert names(made.done) == ["a", "b"]


def test_a_finding_at_odds_with_itself_waits() -> None:
    """Changes of one finding that touch each other are not made."""
    made = apply(DATA, [finding("a", (3, 5, "x"), (4, 6, "y"))])
    assert (made.data, names(made.left)) == (DATA, ["a"])


def test_many_changes() -> None:
    """Tens of thousands of changes take no more than a moment."""
    data = b"ab" * 40_000
    start = time.process_time()
    made = apply(data, [finding(str(at), (2 * at, 2 * at + 1, "x")) for at in range(40_000)])
    assert made.data == b"xb" * 40_000
    assert time.process_time() - start < 5
