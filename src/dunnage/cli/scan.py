"""The ``scan`` verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Command, Group
from dunnage.cli._option import Option
from dunnage.cli._shared import READING, TARGET, output_group
from dunnage.io.folder import names

if TYPE_CHECKING:
    from dunnage.cli._command import Call

_DEFAULT = "table"
_SEVERITIES = ("unknown", "negligible", "low", "medium", "high", "critical")

_WHAT = Group(
    "what is looked for",
    (
        Option(
            "scanners",
            "what to look for: vuln, secret, license, image",
            ("vuln",),
            metavar="LIST",
            choices=("vuln", "secret", "license", "image"),
        ),
        Option(
            "severity",
            "show only findings of these severities (does not change the gate)",
            (),
            short=("-s",),
            metavar="LIST",
            choices=_SEVERITIES,
        ),
        Option("ignore-unfixed", "leave out findings without a published fix", default=False),
        Option("list-all-pkgs", "list every package in the table too", default=False),
    ),
)
_GATE = Group(
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
_DATA = Group(
    "advisory data",
    (
        Option(
            "db-max-age",
            "older advisory data makes the scan incomplete (36h, 7d)",
            "",
            metavar="TIME",
        ),
        Option(
            "db-mirrors",
            "mirrors to fetch missing advisory data from; repeatable, the first that answers wins",
            (),
            metavar="URL|DIR",
        ),
        Option("skip-db-update", "do not fetch missing advisory data", default=False),
    ),
)


def _run(call: Call) -> int:
    from datetime import UTC, datetime

    from dunnage.cli._output import destinations, write
    from dunnage.cli._request import targets
    from dunnage.cli._scan_request import scan_request
    from dunnage.cli._told import tell
    from dunnage.flows.scan import scan

    named = targets(call)
    formats = names("dunnage.render")
    places = destinations(call.listed("output"), call.text("format"), _DEFAULT, formats)
    wanted = scan_request(call)
    report = scan(named, wanted, now=datetime.now(UTC), progress=call.console.progress())
    write(report, places, call.console)
    tell(report, call.console, places)
    return report.exit_code


command = Command(
    summary="find what is vulnerable in a target, and what would fix it",
    description="Reads a container image, archive, directory, file or SBOM once, matches what is "
    "installed\nwith the advisory data, and says what would fix most of it. What could not be\n"
    "examined is said, and never counted as nothing found.",
    examples=(
        ("an image in a registry", "dunnage scan alpine:3.19"),
        (
            "a saved image in CI: gate, table, SBOM and JSON in one run",
            (
                "dunnage scan docker-archive:app.tar --fail-on high -o table "
                "-o cyclonedx-json=app.cdx.json -o json=app.json"
            ),
        ),
        ("a root file system on a closed network", "dunnage scan dir:rootfs --offline"),
    ),
    words="TARGET...",
    words_help="image reference, path, or SCHEME:PATH (docker-archive, oci-archive, oci-dir, dir, "
    "file, sbom, registry); - for a tar on stdin",
    groups=(TARGET, _WHAT, _GATE, output_group(_DEFAULT, names("dunnage.render")), _DATA, READING),
    run=_run,
    phase="ship",
)
