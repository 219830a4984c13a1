"""Makes the changes that findings offer, in one file, each at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.model.finding import Edit, Finding


class Applied(NamedTuple):
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
    taken: list[Edit] = []
    done: list[Finding] = []
    left: list[Finding] = []
    for finding in findings:
        edits = finding.fix.edits
        if not edits:
            continue
        fresh = [edit for edit in edits if edit not in taken]
        if any(_touch(edit, other) for edit in fresh for other in taken):
            left.append(finding)
            continue
        taken += fresh
        done.append(finding)
    out, at = [], 0
    for edit in sorted(taken, key=lambda edit: (edit.start, edit.end)):
        out += [data[at : edit.start], edit.text.encode()]
        at = edit.end
    return Applied(b"".join([*out, data[at:]]), tuple(done), tuple(left))


def _touch(one: Edit, other: Edit) -> bool:
    if one.start == other.start:
        return True
    return one.start < other.end and other.start < one.end
