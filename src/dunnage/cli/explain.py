"""The ``explain`` verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Command
from dunnage.cli._shared import WITHOUT_TARGET

if TYPE_CHECKING:
    from dunnage.cli._command import Call


def _run(call: Call) -> int:
    from dunnage.cli._explained import explained, listing

    if not call.words:
        call.console.result(listing().encode())
        return 0
    call.console.result(explained(call.words).encode())
    return 0


command = Command(
    summary="tell what a rule finds, why it matters and what to do",
    description="Prints the documentation of a rule, how severe and how sure it is, what it changes\n"
    "and what other tools call it. Without a rule it lists all of them. The code of a problem\n"
    "in a report is explained as well.",
    examples=(
        ("a rule", "dunnage explain dockerfile/apt-get-without-yes"),
        ("a rule by what another tool calls it", "dunnage explain DL3014"),
        ("a problem in a report", "dunnage explain shell-not-understood"),
        ("an exit code", "dunnage explain exit-code 3"),
    ),
    words="[RULE|CODE|exit-code N]",
    words_help="a rule, with or without its kind; code of another tool, or of a problem",
    groups=(WITHOUT_TARGET,),
    run=_run,
    phase="all",
)
