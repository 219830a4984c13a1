"""Options that say which findings are shown and which fail the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Group
from dunnage.cli._option import Option
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from dunnage.cli._command import Call
    from dunnage.model.policy import Policy, Waiver

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

    code = call.number("exit_code")
    if code > 125:
        raise UsageError(f"--exit-code takes 1 to 125, not {code}")
    asked: dict[str, object] = {
        "severity": call.listed("severity"),
        "fail-on": call.text("fail_on") or None,
        "exit-code": code or None,
        "fail-on-unknown": call.on("fail_on_unknown"),
        "ignore-unfixed": call.on("ignore_unfixed"),
        "allow-incomplete": call.on("allow_incomplete"),
        "include-dev-deps": call.on("include_dev_deps"),
    }
    return load(asked, waivers)


def judged(call: Call) -> bool:
    """Tell whether anything was said about showing or failing."""
    names = ("severity", "fail_on", "exit_code", "fail_on_unknown", "ignore_unfixed")
    return any(call.values[name] for name in (*names, "allow_incomplete", "include_dev_deps"))
