"""The ``compare`` verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Command, Group
from dunnage.cli._option import Option
from dunnage.cli._shared import READING, REGISTRY, TARGET, TARGETS, output_group

if TYPE_CHECKING:
    from dunnage.cli._command import Call

_DEFAULT = "table"
_FORMATS = ("json", "markdown", "table")


def _run(call: Call) -> int:
    from datetime import UTC, datetime

    from dunnage.cli._output import places_of, write
    from dunnage.cli._request import request, targets
    from dunnage.cli._told import tell
    from dunnage.flows.compare import EXAMPLE, compare
    from dunnage.flows.scan import ScanRequest
    from dunnage.model.errors import UsageError
    from dunnage.model.policy import Policy

    named = targets(call, f"name two or more targets, {EXAMPLE}")
    places = places_of(call, _DEFAULT)
    other = next((place.format for place in places if place.format not in _FORMATS), "")
    if other:
        advice = f"formats: {', '.join(_FORMATS)}; `dunnage convert` makes others of the JSON"
        raise UsageError(f"compare does not write {other!r}", advice=advice)
    wanted = ScanRequest(
        reading=request(call),
        policy=Policy(),
        mirrors=call.listed("db_mirrors"),
        fetch=not call.on("skip_db_update") and not call.on("offline"),
    )
    now = datetime.now(UTC)
    progress = call.console.progress()
    report = compare(named, wanted, explained=call.on("explain"), now=now, progress=progress)
    write(report, places, call.console, call)
    tell(report, call.console, places)
    return report.exit_code


command = Command(
    summary="set images side by side: size, contents, attack surface",
    description="Reads two or more targets and measures them by one rule: sizes, packages, "
    "executables,\nshells, package managers, compilers, interpreters, setuid files, C library, "
    "wasted bytes,\nvulnerabilities by severity, and a class of attack surface. With two it also "
    "lists what\nwas added, removed and upgraded.",
    examples=(
        (
            "two images, and why each has its class",
            "dunnage compare ubuntu:24.04 alpine:3.20 --explain",
        ),
        (
            "what a rebuild changed, for a merge request",
            "dunnage compare docker-archive:old.tar docker-archive:new.tar -o markdown=compare.md",
        ),
        ("root file systems", "dunnage compare dir:before dir:after --offline"),
    ),
    words="TARGET...",
    words_help=TARGETS,
    groups=(
        TARGET,
        Group(
            "what is told",
            (
                Option(
                    "explain",
                    "say why each target has its class, and how its base is known",
                    default=False,
                ),
                Option(
                    "db-mirrors",
                    "mirrors to fetch missing advisory data from; repeatable, "
                    "the first that answers wins",
                    (),
                    metavar="URL|DIR",
                ),
                Option("skip-db-update", "do not fetch missing advisory data", default=False),
            ),
        ),
        output_group(_DEFAULT, _FORMATS),
        REGISTRY,
        READING,
    ),
    run=_run,
    phase="ship",
)
