"""The ``config`` verb: every value, and who decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Command, Group
from dunnage.cli._option import Option

if TYPE_CHECKING:
    from dunnage.cli._command import Call

_FORMATS = ("table", "json")


def _run(call: Call) -> int:
    from dunnage.cli._settled import effective
    from dunnage.cli._settled_text import as_json, as_table

    found = effective(call.words, call.text("config"), call.environ)
    text = as_json(found) if call.text("config_output") == "json" else as_table(found)
    call.console.result(text.encode())
    if found.set_aside:
        call.console.note(found.set_aside)
    return 2 if any(setting.error for setting in found.settings) else 0


command = Command(
    summary="show every setting, its value, and who decided it",
    description="Shows what a command would run with: the value of every option, and whether it "
    "comes from\nthe command line, the environment, dunnage.toml (with its line) or is the "
    "default. Put\n'config' in front of any command. Nothing is examined or fetched. The order, "
    "strongest\nfirst: command line, environment, file, default. A value that is not allowed is "
    "shown with\nthe reason, and the exit code is 2.",
    examples=(
        ("every setting of scan, explained", "dunnage config scan"),
        ("what this command would run with", "dunnage config scan app.tar --fail-on high"),
        ("for programs", "dunnage config -o json sbom"),
    ),
    words="[VERB [ARGUMENT...]]",
    words_help="another command, with or without its arguments; all verbs without it",
    groups=(
        Group(
            "output",
            (
                Option(
                    "config-output",
                    "table or json; stands in front of the verb",
                    "table",
                    short=("-o", "--output"),
                    metavar="FORMAT",
                    choices=_FORMATS,
                ),
            ),
        ),
        Group(
            "general",
            (
                Option(
                    "config", "configuration file instead of ./dunnage.toml", "", metavar="FILE"
                ),
                Option(
                    "quiet", "tell nothing but the result and errors", default=False, short=("-q",)
                ),
                Option("debug", "tell what helps to find errors", default=False, short=("-d",)),
            ),
        ),
    ),
    run=_run,
    phase="all",
    wraps=True,
)
