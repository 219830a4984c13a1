"""A report whose names try to harm whoever prints them: escape codes, markup, odd paths."""

from __future__ import annotations

from dunnage.model.finding import Finding, Kind
from dunnage.model.inventory import Inventory
from dunnage.model.location import Location
from dunnage.model.package import Package
from dunnage.model.problem import Problem
from dunnage.model.report import Report, Subject
from dunnage.model.severity import Severity
from sample_image import at, named
from samples import CREATED

_EVIL = named(
    Package(
        "npm",
        "\x1b[31mevil\u202egpj.exe\r\n::error::owned|<script>alert(1)</script>`x`",
        "1.0\x00\x07\u009b2J",
        licenses=("<img src=x onerror=alert(1)>",),
        found_by="node",
        locations=(at("app/a b\n%0A#?[x](javascript:y)/package.json", 2),),
    )
)

HOSTILE = Report(
    subjects=(
        Subject(
            name="\x1b]0;owned\x07image",
            source="dir",
            inventory=Inventory(packages=(_EVIL,)),
            findings=(
                Finding(
                    "CVE-2025-0001",
                    Kind.VULNERABILITY,
                    "\x1b[2Jgone\nsecond line\u2028third \U0001f600 \u6f22\u5b57",
                    Severity.CRITICAL,
                    "osv",
                    package=_EVIL.ref,
                    locations=(*_EVIL.locations, Location("../../etc/passwd", line=3)),
                    urls=("javascript:alert(1)", "https://example.org/ok"),
                    fingerprint="0" * 32,
                ),
            ),
            problems=(Problem("odd-name", "a name holds \x1b[5mcontrol characters"),),
            scanners=("vuln",),
        ),
    ),
    created=CREATED,
    tool="dunnage 0.1.0",
)
