"""The ``man`` verb: the manual page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Command

if TYPE_CHECKING:
    from dunnage.cli._command import Call


def _run(call: Call) -> int:
    from dunnage.model.errors import UsageError

    if call.words:
        raise UsageError("man takes no arguments", advice="write: dunnage man > dunnage.1")
    from dunnage.cli._manual import page

    call.console.result(page().encode())
    return 0


command = Command(
    summary="print the manual page, in roff",
    description="Prints the manual page dunnage(1), made from the same declarations as --help: "
    "every verb\nwith its options, environment variables, files and exit codes.",
    examples=(
        ("read it", "dunnage man | man -l -"),
        ("install it", "dunnage man > /usr/local/share/man/man1/dunnage.1"),
    ),
    words="",
    words_help="nothing",
    groups=(),
    run=_run,
    phase="all",
)
