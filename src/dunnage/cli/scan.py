"""The ``scan`` verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.cli._command import Command, Group
from dunnage.cli._judging import DOCKERFILE, GATE, IGNORED, SHOWN, tell_unread
from dunnage.cli._option import Option
from dunnage.cli._shared import READING, REGISTRY, TARGET, TARGETS, output_group
from dunnage.io.folder import names

if TYPE_CHECKING:
    from dunnage.cli._command import Call

_DEFAULT = "table"

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
        *SHOWN,
        IGNORED,
        DOCKERFILE,
    ),
)
_BUDGET = Group(
    "budget",
    (
        Option(
            "budget",
            "most there may be, else the gate fails: bytes=200MB, bytes=+5%, setuid=0, packages=+0; "
            "also executables, vulnerabilities, critical, high, medium, low; repeatable",
            (),
            metavar="KEY=MOST",
        ),
        Option(
            "budget-from",
            "JSON report of an earlier image, for budgets with a plus",
            "",
            metavar="FILE",
        ),
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

    from dunnage.cli._output import places_of, write
    from dunnage.cli._request import targets
    from dunnage.cli._scan_request import scan_request
    from dunnage.cli._told import tell
    from dunnage.flows.scan import scan

    named = targets(call)
    places = places_of(call, _DEFAULT)
    now = datetime.now(UTC)
    wanted = scan_request(call, now.date())
    tell_unread(call)
    if call.text("dockerfile"):
        from dunnage.flows._point import open_dockerfile

        # Whatever is wrong with what was asked for is told before anything is read.
        wanted = replace(wanted, dockerfile=open_dockerfile(call.text("dockerfile")))
    report = scan(named, wanted, now=now, progress=call.console.progress())
    write(report, places, call.console, call)
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
        (
            "an image that may not grow by more than 5 %, nor get a setuid program",
            (
                "dunnage scan app.tar --budget bytes=+5% --budget setuid=+0 "
                "--budget-from release.json"
            ),
        ),
        ("a source tree by its lock files", "dunnage scan project:."),
        ("a root file system on a closed network", "dunnage scan dir:rootfs --offline"),
    ),
    words="TARGET...",
    words_help=TARGETS,
    groups=(
        TARGET,
        _WHAT,
        GATE,
        _BUDGET,
        output_group(_DEFAULT, names("dunnage.render")),
        _DATA,
        REGISTRY,
        READING,
    ),
    run=_run,
    phase="ship",
)
