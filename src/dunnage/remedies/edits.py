"""Makes the changes that findings offer, in one file, each at its place."""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.model.finding import Edit, Finding


class Applied(Struct, frozen=True):
    """A file after changes were made.

    Attributes:
        data: The file.
        done: Findings whose changes were made, in order.
        left: Findings whose changes touch those of another; they can be made the next time.
    """

    data: bytes
    done: tuple[Finding, ...]
    left: tuple[Finding, ...]


def apply(data: bytes, findings: Iterable[Finding]) -> Applied:
    """Make the changes of findings, all of one finding or none.

    Args:
        data: The file.
        findings: In order of preference; those without changes are passed over.
    """
    taken: set[Edit] = set()
    places: list[tuple[int, int]] = []
    done: list[Finding] = []
    left: list[Finding] = []
    for finding in findings:
        edits = finding.fix.edits
        if not edits:
            continue
        fresh = sorted((one.start, one.end) for one in edits if one not in taken)
        crossed = any(_touch(one, other) for one, other in pairwise(fresh))
        if crossed or any(_taken(place, places) for place in fresh):
            left.append(finding)
            continue
        taken.update(edits)
        for place in fresh:
            insort(places, place)
        done.append(finding)
    made = spliced(data, ((edit.start, edit.end, edit.text) for edit in taken))
    return Applied(made, tuple(done), tuple(left))


def spliced(data: bytes, edits: Iterable[tuple[int, int, str]]) -> bytes:
    """Return a file with stretches replaced; they must not overlap.

    Args:
        data: The file.
        edits: Start and end in bytes, and what comes there; what comes in at a place stands before
            what replaces the bytes there.
    """
    out, at = [], 0
    for start, end, text in sorted(edits, key=lambda edit: edit[:2]):
        out += [data[at:start], text.encode()]
        at = end
    return b"".join([*out, data[at:]])


def _taken(place: tuple[int, int], places: list[tuple[int, int]]) -> bool:
    """Tell whether a stretch touches one of others, which are sorted and do not touch."""
    at = bisect_left(places, place)
    return any(_touch(place, other) for other in places[max(0, at - 1) : at + 1])


def _touch(one: tuple[int, int], other: tuple[int, int]) -> bool:
    if one[0] == other[0]:
        return True
    return one[0] < other[1] and other[0] < one[1]
