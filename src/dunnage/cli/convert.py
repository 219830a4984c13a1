"""The ``convert`` verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Command, Group
from dunnage.cli._judging import DOCKERFILE, GATE, IGNORED, SHOWN, ignored, judged, policy
from dunnage.cli._shared import GENERAL, output_group
from dunnage.io.folder import names

if TYPE_CHECKING:
    from dunnage.cli._command import Call

_DEFAULT = "table"


def _run(call: Call) -> int:
    from datetime import UTC, datetime

    from msgspec.structs import replace

    from dunnage.cli._output import places_of, write
    from dunnage.cli._told import tell
    from dunnage.flows.convert import pointed, rejudged, stored
    from dunnage.model.errors import UsageError

    if len(call.words) != 1:
        advice = "as in: dunnage convert report.json -o sarif"
        raise UsageError("convert takes one stored report", advice=advice)
    places = places_of(call, _DEFAULT)
    now = datetime.now(UTC)
    waivers = ignored(call, now.date())
    asked = policy(call, waivers) if judged(call) or waivers else None
    report = stored(call.words[0])
    if call.text("dockerfile"):
        from dunnage.flows._point import open_dockerfile

        report = pointed(report, open_dockerfile(call.text("dockerfile")), now=now)
    if asked is not None:
        report = rejudged(report, asked, now=now)
    if call.on("list_all_pkgs"):
        report = replace(report, list_packages=True)
    write(report, places, call.console, call)
    tell(report, call.console, places)
    return report.exit_code


command = Command(
    summary="turn a stored JSON report into other formats",
    description="Reads a report that was stored with -o json=FILE and writes it in other formats, "
    "with the\nsame bytes as the scan would have. Nothing is examined or matched again. Without "
    "options\nthe verdict of the report stays; with them its findings are judged again. "
    "dunnage.toml\ncounts only if --config names it.",
    examples=(
        ("a stored report as SARIF", "dunnage convert report.json -o sarif=report.sarif"),
        (
            "several formats, and another gate than the scan had",
            "dunnage convert report.json -o table -o markdown=report.md --fail-on critical",
        ),
        (
            "findings at the lines of the Dockerfile",
            "dunnage convert report.json -o sarif=report.sarif --dockerfile Dockerfile",
        ),
    ),
    words="REPORT",
    words_help="file that was written with -o json=FILE; - for standard input",
    groups=(
        Group("what is shown", (*SHOWN, IGNORED, DOCKERFILE)),
        GATE,
        output_group(_DEFAULT, names("dunnage.render")),
        GENERAL,
    ),
    run=_run,
    phase="ship",
    judged_before=True,
)
