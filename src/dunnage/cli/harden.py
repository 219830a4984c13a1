"""The ``harden`` verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Command, Group
from dunnage.cli._option import Option
from dunnage.cli._shared import WITHOUT_TARGET

if TYPE_CHECKING:
    from dunnage.cli._command import Call

REFUSED = 1

_WHERE = Group(
    "what is built",
    (
        Option(
            "context",
            "the build context instead of the directory of the Dockerfile",
            "",
            metavar="DIR",
        ),
    ),
)
_HOW = Group(
    "output",
    (
        Option("diff", "show what would change; this is what it does by itself", default=False),
        Option(
            "write", "change the file, and make a .dockerignore if there is none", default=False
        ),
        Option(
            "out", "write the new Dockerfile there, - for stdout", "", short=("-o",), metavar="PATH"
        ),
        Option(
            "json",
            "print the outcome, its claims or the reasons, the diff and the new file as JSON",
            default=False,
        ),
    ),
)


def _run(call: Call) -> int:
    from datetime import UTC, datetime

    from dunnage.cli._harden_shown import document, show
    from dunnage.flows.harden import Hardener, written

    name = _name(call)
    one = Hardener(datetime.now(UTC).date()).harden(name, call.text("context"))
    out = call.text("out")
    made: tuple[str, ...] = ()
    if one.result.outcome == "offered" and (call.on("write") or (out and out != "-")):
        made = written(one, out)
    if call.on("json"):
        call.console.result(document(one, made))
    else:
        show(one, call.console, made, whole=out == "-")
    return REFUSED if one.result.outcome == "refused" else 0


def _name(call: Call) -> str:
    """Return the file that is meant.

    Raises:
        UsageError: If options do not go together.
    """
    import os

    from dunnage.model.errors import UsageError

    if len(call.words) > 1:
        raise UsageError("harden takes one Dockerfile", advice="as in: dunnage harden Dockerfile")
    ways = [w for w in ("--diff", "--write", "--out") if call.values[w.removeprefix("--")]]
    if len(ways) > 1:
        raise UsageError(f"{ways[0]} and {ways[1]} are two ways to go on", advice="choose one")
    if call.on("json") and call.text("out") == "-":
        advice = "leave out -o -: the JSON holds the new file"
        raise UsageError("--json and -o - both write to standard output", advice=advice)
    name = call.words[0] if call.words else "Dockerfile"
    if name == "-" and call.on("write"):
        raise UsageError("standard input cannot be written to", advice="use -o PATH or -o -")
    context = call.text("context")
    if context and not os.path.isdir(context):  # noqa: PTH112 - a text from the command line
        raise UsageError("--context is no directory", where=context)
    return name


command = Command(
    summary="rewrite a Dockerfile: a builder, and a small stage without root",
    description="Splits a Dockerfile: the old steps build, and a new last stage on the lightest "
    "image that\nfits gets only what is started, runs as a number that is not root, and needs no "
    "shell.\nIt knows Go, Rust, Java, Node, Python and .NET. It shows a diff, and claims with "
    "reasons.\nWhat it cannot know it does not guess: then it tells every reason, and exits with 1.",
    examples=(
        ("what would change", "dunnage harden Dockerfile"),
        ("change it", "dunnage harden Dockerfile --write"),
        ("into another file", "dunnage harden Dockerfile -o Dockerfile.hardened"),
        ("for a program", "dunnage harden Dockerfile --json"),
    ),
    words="[DOCKERFILE]",
    words_help="the file, - for standard input; without it ./Dockerfile",
    groups=(_WHERE, _HOW, WITHOUT_TARGET),
    run=_run,
    phase="build",
)
