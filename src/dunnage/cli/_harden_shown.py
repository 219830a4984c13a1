"""Shows what ``harden`` offers, or why it offers nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dunnage.cli._lint_changes import diff_bytes

if TYPE_CHECKING:
    from dunnage.cli._console import Console
    from dunnage.flows.harden import HardenedFile
    from dunnage.remedies._harden_types import Reason

_SCHEMA = 1


def show(one: HardenedFile, console: Console, made: tuple[str, ...], *, whole: bool) -> None:
    """Write the diff or the whole file to standard output, and claims or reasons to the other.

    Args:
        one: What came of it.
        console: Where to write.
        made: Paths that were written.
        whole: The whole file is wanted, not a diff.
    """
    name, result = one.place.name, one.result
    if result.outcome == "refused":
        console.note(f"{name} is not rewritten; {_reasons(len(result.reasons))}:")
        for reason in result.reasons:
            console.note(f"  {_where(one, reason)}: {reason.message} [{reason.code}]")
            if reason.advice:
                console.note(f"    {reason.advice}")
        return
    if result.outcome == "done":
        console.note(f"{name}: there is nothing left to do")
    elif whole:
        console.result(result.data)
    elif not made:
        console.result(diff_bytes(_diff(one), console))
    for path in made:
        console.note(f"wrote {path}")
    for claim in result.claims:
        console.note(f"  {claim.basis + ':':9} {claim.what}")
        console.note(f"            because {claim.why}")
    if one.findings:
        ids = ", ".join(sorted({finding.id for finding in one.findings}))
        told = "what lint said before it still says" if result.outcome == "offered" else "lint says"
        console.note(f"{told}: {ids}")


def document(one: HardenedFile, made: tuple[str, ...]) -> bytes:
    """Return everything as one JSON document.

    Args:
        one: What came of it.
        made: Paths that were written.
    """
    result = one.result
    offered = result.outcome == "offered"
    value = {
        "schema": _SCHEMA,
        "file": one.place.name,
        "outcome": result.outcome,
        "recipe": result.recipe,
        "claims": [claim._asdict() for claim in result.claims],
        "reasons": [reason._asdict() for reason in result.reasons],
        "findings": sorted({finding.id for finding in one.findings}),
        "diff": _diff(one).decode("utf-8", "replace") if offered else "",
        "dockerfile": result.data.decode("utf-8", "replace") if offered else "",
        "dockerignore": result.ignore.decode() if offered else "",
        "written": list(made),
    }
    return json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _diff(one: HardenedFile) -> bytes:
    from dunnage.flows.harden import IGNORE
    from dunnage.remedies.diff import unified

    body = unified(one.place.name, one.before, one.result.data)
    if one.result.ignore:
        folder = "" if one.context in {"", "."} else f"{one.context}/"
        body += unified(f"{folder}{IGNORE}", b"", one.result.ignore, new=True)
    return body


def _where(one: HardenedFile, reason: Reason) -> str:
    path = reason.path or one.place.name
    return f"{path}:{reason.line}" if reason.line else path


def _reasons(number: int) -> str:
    return "the reason" if number == 1 else f"{number} reasons"
