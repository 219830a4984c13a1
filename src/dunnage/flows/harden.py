"""BUILD: a Dockerfile rewritten into a builder and a small last stage, or why that cannot be."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dunnage.flows._lint_file import LintRequest, Looker
from dunnage.model.errors import DunnageError, InputError, TargetError
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import read
from dunnage.remedies._harden_types import Hardened, Reason
from dunnage.sources._dockerfiles import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from dunnage.model.finding import Finding
    from dunnage.sources._build_context import Directory

IGNORE = ".dockerignore"
_OWN = frozenset(
    f"dockerfile/{name}"
    for name in (
        *("build-tools-in-final-stage", "sdk-as-final-base", "single-stage-build"),
        *("source-in-final-stage", "missing-user", "root-user", "shell-form-command"),
        *("cgo-binary-in-static-image", "libc-mismatch", "newer-libc-than-runtime"),
        "pip-without-musl-wheel",
    )
)
"""Rules about what a rewrite is to see to: base, build stage, user, start and C library."""


class HardenedFile(NamedTuple):
    """What came of one file.

    Attributes:
        place: The file.
        before: What it held.
        result: What is offered, or why nothing is.
        context: The build context, or empty if it is not known.
        findings: Findings of level warning or above in what is offered, all of which were there
            before, or in a file with nothing left to do.
    """

    place: Place
    before: bytes
    result: Hardened
    context: str = ""
    findings: tuple[Finding, ...] = ()


class Hardener:
    """Rewrites files; the rules that look at the outcome are imported once."""

    def __init__(self, today: date) -> None:
        """Remember the day that rules judge on."""
        self._today = today
        self._looker = Looker(LintRequest(), today)

    def harden(self, name: str, context: str = "") -> HardenedFile:
        """Rewrite one file; nothing is written.

        Args:
            name: The Dockerfile, or ``-`` for standard input.
            context: The build context; empty for the directory of the file.

        Raises:
            TargetError: If the file cannot be read.
        """
        place = Place("<stdin>", "") if name == "-" else Place(name, name)
        try:
            data = self._looker.content(place)
        except DunnageError as error:
            raise TargetError(error.message, where=error.where, advice=error.advice) from error
        root = context or (str(Path(name).parent) if place.path else "")
        return self.harden_data(data, place, root)

    def harden_data(self, data: bytes, place: Place, context: str) -> HardenedFile:
        """Rewrite what a file holds.

        Args:
            data: Its content.
            place: Where it is, for messages and its ignore file.
            context: The build context; empty if it is not known.
        """
        from dunnage.remedies.harden import harden
        from dunnage.rules.dockerfile._facts import Facts

        directory = _directory(context, place)
        file = read(data, where=place.name)
        facts = Facts(file=file, today=self._today, context=directory, name=place.name)
        result = harden(facts, directory)
        if result.outcome == "refused":
            return HardenedFile(place, data, result, context)
        left, fresh = self._compared(data, result.data, place)
        own = tuple(finding for finding in left if finding.id in _OWN)
        if fresh or own:
            reasons = _would_not(fresh) if fresh else _warned(own, lines=data == result.data)
            refused = Hardened("refused", data, result.recipe, reasons=reasons)
            return HardenedFile(place, data, refused, context)
        return HardenedFile(place, data, result, context, left)

    def _compared(
        self, before: bytes, after: bytes, place: Place
    ) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Return what rules say of the outcome, and what of it they did not say before."""
        left = self.warnings(after, place)
        told = left if after == before else self.warnings(before, place)
        known = {finding.id for finding in told}
        return left, tuple(finding for finding in left if finding.id not in known)

    def warnings(self, data: bytes, place: Place | None = None) -> tuple[Finding, ...]:
        """Return what fails the gate of lint in a file, by itself or in its place."""
        found = self._looker.look_at(data, place or Place("Dockerfile", "")).findings
        return tuple(f for f in found if f.severity >= Severity.MEDIUM and not f.reason)


def _directory(context: str, place: Place) -> Directory | None:
    from dunnage.sources._build_context import Directory

    return Directory(context, place.path) if context else None


def _would_not(fresh: Sequence[Finding]) -> tuple[Reason, ...]:
    ids = ", ".join(sorted({finding.id for finding in fresh}))
    message = f"the outcome would have findings that the file does not have: {ids}"
    return (Reason("would-not-lint-clean", message, 0, "report this file"),)


def _warned(own: Sequence[Finding], *, lines: bool) -> tuple[Reason, ...]:
    """Return what lint says of what a rewrite is to see to, and this one does not.

    Args:
        own: The findings.
        lines: Their lines are those of the file, not of one that nobody sees.
    """
    return tuple(
        Reason(
            "lint-warns",
            f"{finding.message} ({finding.id})",
            finding.locations[0].line if lines and finding.locations else 0,
            "lint --fix --unsafe-fixes writes that" if finding.fix.edits else "",
        )
        for finding in own
    )


def written(one: HardenedFile, out: str) -> tuple[str, ...]:
    """Write what is offered, and return the paths that were written.

    Args:
        one: What is offered.
        out: Where the Dockerfile goes; empty for its own place, where a ``.dockerignore`` is
            written as well if there is none.

    Raises:
        InputError: If a file cannot be written, or has changed meanwhile.
    """
    from dunnage.io.atomic import write_atomic
    from dunnage.io.replace import replace_file

    if out:
        try:
            write_atomic(Path(out), one.result.data)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", where=out) from error
        return (out,)
    replace_file(one.place.path, one.before, one.result.data)
    made = [one.place.path]
    if one.result.ignore:
        path = posixpath.join(one.context, IGNORE)
        try:
            with Path(path).open("xb") as stream:
                stream.write(one.result.ignore)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", where=path) from error
        made.append(path)
    return tuple(made)
