"""The ``sbom`` verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Command
from dunnage.cli._shared import READING, REGISTRY, TARGET, TARGETS, output_group
from dunnage.io.folder import names

if TYPE_CHECKING:
    from dunnage.cli._command import Call

_DEFAULT = "cyclonedx-json"


def _run(call: Call) -> int:
    from dunnage.cli._clock import document_time
    from dunnage.cli._output import places_of, write
    from dunnage.cli._request import request, targets
    from dunnage.flows.sbom import sbom
    from dunnage.model.errors import UsageError

    named = targets(call)
    if len(named) > 1:
        raise UsageError("sbom takes one target", advice="run it once for each target")
    places = places_of(call, _DEFAULT)
    now = document_time(call.environ)
    report = sbom(named[0], request(call), now=now, progress=call.console.progress())
    write(report, places, call.console, call)
    from dunnage.cli._told import tell

    tell(report, call.console, places)
    if report.subjects[0].source == "sbom":
        call.console.note(
            f"{named[0]} is an SBOM; to match it with advisories: dunnage scan {named[0]}"
        )
    return report.exit_code


command = Command(
    summary="list what a target holds, as an SBOM",
    description="Reads a container image, archive, directory or file once and lists every package "
    "in it,\nwith the layer that brought it, its licences and what it depends on.",
    examples=(
        ("an image in a registry", "dunnage sbom alpine:3.19"),
        (
            "an OCI layout, to a file",
            "dunnage sbom oci-dir:build/image -o cyclonedx-json=sbom.json",
        ),
        ("a list for people", "dunnage sbom app.tar -o table"),
    ),
    words="TARGET",
    words_help=TARGETS,
    groups=(TARGET, output_group(_DEFAULT, names("dunnage.render")), REGISTRY, READING),
    run=_run,
    phase="ship",
)
