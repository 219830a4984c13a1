"""What a user wants to be shown, to be failed by, and to be left alone with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from dunnage.model.severity import Severity


class Waiver(Struct, frozen=True):
    """A finding somebody has decided to live with for a while.

    Attributes:
        id: CVE, alias, advisory id or rule name it covers.
        owner: Who decided.
        reason: Why.
        expires: ISO date after which it no longer holds (it still holds on that day).
        packages: Package names or package URLs it is limited to; empty for all.
        paths: Shell patterns of paths it is limited to; empty for all.
        origin: File and line it was read from.
    """

    id: str
    owner: str
    reason: str
    expires: str
    packages: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    origin: str = ""


class Policy(Struct, frozen=True):
    """How findings are judged.

    Attributes:
        show: Severities to show; empty for all.
        ignore_unfixed: Hide findings nobody has published a fix for.
        fail_on: Lowest severity that fails the gate, or None for no gate.
        fail_on_unknown: Findings of unknown severity fail the gate.
        exit_code: Exit code of a failed gate.
        allow_incomplete: What was not examined does not change the exit code.
        waivers: Decisions to live with something.
        include_dev: Findings of what only development needs count like all others.
        exit_on_eol: Exit code if an operating system has reached its end of life; 0 for none.
        budget: Limits that were asked for, as the user wrote them (``bytes=200MB``).
    """

    show: frozenset[Severity] = frozenset()
    ignore_unfixed: bool = False
    fail_on: Severity | None = None
    fail_on_unknown: bool = False
    exit_code: int = 1
    allow_incomplete: bool = False
    waivers: tuple[Waiver, ...] = ()
    include_dev: bool = False
    exit_on_eol: int = 0
    budget: tuple[str, ...] = ()
