"""Options that say which findings are shown and which fail the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Group
from dunnage.cli._option import Option

if TYPE_CHECKING:
    from datetime import date

    from dunnage.cli._command import Call
    from dunnage.model.policy import Policy, Waiver

LINTED = ("dockerfile/", "workflow/", "shellcheck/")
"""What ids of waivers begin with that are about rules of ``lint``."""
POINTED = "dockerfile/heavy-base-image"
"""The one of them that ``scan`` heeds too, where it is told the Dockerfile."""
_SEVERITIES = ("unknown", "negligible", "low", "medium", "high", "critical")

SHOWN = (
    Option(
        "severity",
        "show only findings of these severities (does not change the gate)",
        (),
        short=("-s",),
        metavar="LIST",
        choices=_SEVERITIES,
    ),
    Option("ignore-unfixed", "leave out findings without a published fix", default=False),
    Option(
        "include-dev-deps",
        "of projects, count what only development needs like everything else",
        default=False,
    ),
    Option("list-all-pkgs", "list every package in the table too", default=False),
    Option(
        "show-suppressed",
        "list in the table what is waived or does not apply, with the reasons",
        default=False,
    ),
    Option(
        "sort-by",
        "order of the table: severity, package, vulnerability, epss, kev",
        "severity",
        metavar="KEY",
        choices=("severity", "package", "vulnerability", "epss", "kev"),
    ),
)

IGNORED = Option(
    "ignorefile",
    "file of ids to ignore, one a line, as Trivy's .trivyignore; repeatable",
    (),
    metavar="FILE",
)

GATE = Group(
    "gate",
    (
        Option(
            "fail-on",
            "exit 1 if a finding is at least this severe",
            "",
            metavar="SEVERITY",
            choices=_SEVERITIES[1:],
        ),
        Option("fail-on-unknown", "findings of unknown severity fail the gate", default=False),
        Option(
            "exit-code",
            "exit code of a failed gate; without --fail-on every shown finding fails it",
            0,
            metavar="N",
            most=125,
        ),
        Option(
            "exit-on-eol",
            "exit code if the operating system has reached its end of life",
            0,
            metavar="N",
            most=125,
        ),
        Option("allow-incomplete", "exit as if everything could have been examined", default=False),
    ),
)

DOCKERFILE = Option(
    "dockerfile",
    "point each finding at the instruction of this file that made its layer",
    "",
    metavar="PATH",
)


def policy(call: Call, waivers: tuple[Waiver, ...]) -> Policy:
    """Return how findings are to be judged.

    Raises:
        UsageError: If a value cannot be.
    """
    from dunnage.policy.load import load

    code, eol = call.number("exit_code"), call.number("exit_on_eol")
    asked: dict[str, object] = {
        "severity": call.listed("severity"),
        "fail-on": call.text("fail_on") or None,
        "exit-code": code or None,
        "fail-on-unknown": call.on("fail_on_unknown"),
        "ignore-unfixed": call.on("ignore_unfixed"),
        "allow-incomplete": call.on("allow_incomplete"),
        "include-dev-deps": call.on("include_dev_deps"),
        "exit-on-eol": eol,
    }
    return load(asked, waivers)


def judged(call: Call) -> bool:
    """Tell whether anything was said about showing or failing."""
    names = ("severity", "fail_on", "exit_code", "fail_on_unknown", "ignore_unfixed")
    more = ("allow_incomplete", "include_dev_deps", "exit_on_eol")
    return any(call.values[name] for name in (*names, *more))


def ignored(call: Call, today: date) -> tuple[Waiver, ...]:
    """Return the waivers of the ignore files the user named.

    Raises:
        UsageError: If one cannot be read or understood.
    """
    from dunnage.policy.ignorefile import read

    return tuple(waiver for name in call.listed("ignorefile") for waiver in read(name, today))


def tell_unread(call: Call) -> None:
    """Tell of an ignore file that lies here and was not named, since another scanner would read it."""
    import os

    from dunnage.policy.ignorefile import USUAL

    if not call.listed("ignorefile") and os.path.lexists(USUAL):
        call.console.note(f"{USUAL} is not read unless it is named: --ignorefile {USUAL}")
