"""The ``lint`` verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Command, Group
from dunnage.cli._option import Option
from dunnage.cli._shared import WITHOUT_TARGET, output_group
from dunnage.io.folder import names

if TYPE_CHECKING:
    from dunnage.cli._command import Call

_DEFAULT = "table"
LEVELS = ("style", "info", "warning", "error", "build-error")
_WORDS = (*LEVELS, "negligible", "low", "medium", "high", "critical")

_WHAT = Group(
    "what is looked for",
    (
        Option("rules", "only these rules; names, or codes of other tools", (), metavar="LIST"),
        Option("ignore", "not these rules; names, or codes of other tools", (), metavar="LIST"),
        Option(
            "persona",
            "who looks: regular, pedantic (what is a matter of taste), auditor (what is unsure)",
            "regular",
            metavar="WHO",
            choices=("regular", "pedantic", "auditor"),
        ),
        Option(
            "min-confidence",
            "leave out rules that are less sure: low, medium, high",
            "low",
            metavar="WORD",
            choices=("low", "medium", "high"),
        ),
        Option(
            "severity",
            "show only findings of these levels (does not change the gate)",
            (),
            short=("-s",),
            metavar="LIST",
            choices=_WORDS,
        ),
        Option(
            "show-suppressed",
            "list in the table what is waived or ignored, with the reasons",
            default=False,
        ),
        Option("trusted-registries", "registries that bases may come from", (), metavar="PATTERNS"),
        Option(
            "labels",
            "labels an image must have, NAME or NAME=KIND (text, url, semver, rfc3339, spdx, "
            "hash, email)",
            (),
            metavar="LIST",
        ),
        Option("strict-labels", "no other labels than --labels", default=False),
        Option(
            "shellcheck",
            "also run ShellCheck, a program that must be installed, over RUN instructions",
            default=False,
        ),
        Option(
            "hadolint-config",
            "settings of hadolint to heed, instead of the file it would find itself",
            "",
            metavar="FILE",
        ),
    ),
)
_WHERE = Group(
    "what is built",
    (
        Option(
            "context",
            "the build context instead of the directory of the Dockerfile",
            "",
            metavar="DIR",
        ),
        Option("target", "the stage that is built instead of the last", "", metavar="STAGE"),
        Option("stdin-name", "what standard input is called", "", metavar="NAME"),
        Option("jobs", "files looked at in parallel; 0 for one per core", 0, metavar="N"),
    ),
)
_FIX = Group(
    "fix",
    (
        Option("fix", "make the changes that leave what is built as it is", default=False),
        Option(
            "diff",
            "show the changes, and those that are only suggested; change nothing",
            default=False,
        ),
        Option(
            "unsafe-fixes",
            "with --fix or --diff: also changes after which what is built may differ",
            default=False,
        ),
    ),
)
_GATE = Group(
    "gate",
    (
        Option(
            "fail-on",
            "exit 1 if a finding is at least: style, info, warning, error, build-error; or none",
            "",
            metavar="LEVEL",
            choices=(*_WORDS, "none"),
        ),
        Option("exit-code", "exit code of a failed gate", 0, metavar="N"),
        Option("allow-incomplete", "exit as if everything could have been examined", default=False),
    ),
)


def _run(call: Call) -> int:
    from datetime import UTC, datetime

    from dunnage.cli._lint_changes import check_places, show_changes
    from dunnage.cli._lint_request import lint_request
    from dunnage.cli._output import places_of, write
    from dunnage.cli._told import tell
    from dunnage.flows.lint import lint

    places = places_of(call, _DEFAULT)
    request = lint_request(call)
    check_places(call, places, request)
    linted = lint(call.words, request, now=datetime.now(UTC))
    shown = show_changes(linted, request, call.console)
    # A diff on standard output leaves no room there for a table.
    others = tuple(place for place in places if place.path or not shown)
    write(linted.report, others, call.console, call)
    tell(linted.report, call.console, others)
    return linted.report.exit_code


command = Command(
    summary="find what is wrong in Dockerfiles, and mend it",
    description="Reads Dockerfiles, says what is wrong at which line and what to do. Directories are\n"
    "searched by name, without what Git ignores; without a path the current one. Workflows in\n"
    ".github/workflows below or beside them are read, too, for the actions they use. Findings\n"
    "of the level warning and above fail the gate.",
    examples=(
        ("all Dockerfiles of a repository", "dunnage lint ."),
        (
            "one file, also for code scanning",
            "dunnage lint Dockerfile -o table -o sarif=lint.sarif",
        ),
        ("what would be mended", "dunnage lint --diff"),
        ("mend what can be mended without risk", "dunnage lint --fix"),
        ("an editor's unsaved file", "dunnage lint - --stdin-name app/Dockerfile -o rdjson"),
    ),
    words="[PATH...]",
    words_help="Dockerfile or directory; - for a Dockerfile on standard input",
    groups=(
        _WHAT,
        _WHERE,
        _FIX,
        _GATE,
        output_group(_DEFAULT, names("dunnage.render"), "; those about packages alone are refused"),
        WITHOUT_TARGET,
    ),
    run=_run,
    phase="build",
    own_source=True,
)
