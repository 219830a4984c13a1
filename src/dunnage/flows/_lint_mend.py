"""Makes the changes that findings offer, round after round, until nothing is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.io.replace import replace_file
from dunnage.model.errors import InputError
from dunnage.model.finding import Safety, Status
from dunnage.model.problem import Problem
from dunnage.parsers.dockerfile import LARGEST, read
from dunnage.remedies.edits import apply

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.flows._lint_file import LintRequest
    from dunnage.model.finding import Finding
    from dunnage.sources._dockerfiles import Place

ROUNDS = 10


class Change(Struct, frozen=True):
    """What changed in one file, or would.

    Attributes:
        place: The file.
        before: What it held.
        after: What it holds, or would.
        done: Findings that went away.
        needs: The fact a suggestion needs; empty for changes that need none.
    """

    place: Place
    before: bytes
    after: bytes
    done: tuple[Finding, ...]
    needs: str = ""


class Suggested(Struct, frozen=True):
    """A change that is only shown.

    Attributes:
        finding: What it is about.
        after: The file with this change alone.
    """

    finding: Finding
    after: bytes


class Mended(Struct, frozen=True):
    """What came of it.

    Attributes:
        data: The file after all changes.
        done: Findings whose changes were made.
    """

    data: bytes
    done: tuple[Finding, ...] = ()


def mend(data: bytes, look: Callable[[bytes], tuple[Finding, ...]], *, unsafe: bool) -> Mended:
    """Make all changes that may be made.

    A round whose outcome a builder would refuse although it took what was there is not made.

    Args:
        data: The file.
        look: Gives the judged findings of a file.
        unsafe: Changes are made, too, that may change what is built.
    """
    done: list[Finding] = []
    for _ in range(ROUNDS):
        wanted = [finding for finding in look(data) if _may_be_made(finding, unsafe=unsafe)]
        made = apply(data, sorted(wanted, key=_safest_first))
        if not made.done or made.data == data or len(made.data) > LARGEST:
            break
        if len(read(made.data).mistakes) > len(read(data).mistakes):
            break
        data = made.data
        done += made.done
    return Mended(data, tuple(done))


def changes(
    place: Place,
    data: bytes,
    look: Callable[[bytes], tuple[Finding, ...]],
    request: LintRequest,
) -> list[Change]:
    """Return what would change in a file, the changes that may be made first, as one.

    Args:
        place: The file.
        data: What it holds.
        look: As for ``mend``.
        request: Whether unsafe changes are wanted, and whether suggestions are.
    """
    mended = mend(data, look, unsafe=request.unsafe)
    found = [Change(place, data, mended.data, mended.done)] if mended.done else []
    if request.mend == "show":
        for one in suggestions(data, look(data)):
            needs = one.finding.fix.needs or "a decision"
            found.append(Change(place, data, one.after, (one.finding,), needs))
    return found


def written(change: Change) -> Problem | None:
    """Write what changed, and return why that could not be done; standard input has no place."""
    if not change.place.path:
        return None
    try:
        replace_file(change.place.path, change.before, change.after)
    except InputError as error:
        return Problem("not-fixed", error.message, error.where, error.advice)
    return None


def suggestions(data: bytes, findings: tuple[Finding, ...]) -> tuple[Suggested, ...]:
    """Return the changes that need a fact the file does not hold, each alone.

    Args:
        data: The file.
        findings: Its judged findings.
    """
    found = []
    for finding in sorted(findings, key=_by_place):
        open_ = finding.status is Status.OPEN and finding.fix.safety is Safety.SUGGESTED
        if open_ and finding.fix.edits:
            after = apply(data, [finding]).data
            if after != data:
                found.append(Suggested(finding, after))
    return tuple(found)


def _may_be_made(finding: Finding, *, unsafe: bool) -> bool:
    safe = finding.fix.safety is Safety.SAFE
    allowed = safe or (unsafe and finding.fix.safety is Safety.UNSAFE)
    return allowed and finding.status is Status.OPEN and bool(finding.fix.edits)


def _safest_first(finding: Finding) -> tuple[bool, int, str]:
    return (finding.fix.safety is not Safety.SAFE, *_by_place(finding))


def _by_place(finding: Finding) -> tuple[int, str]:
    return (finding.fix.edits[0].start if finding.fix.edits else 0, finding.id)
