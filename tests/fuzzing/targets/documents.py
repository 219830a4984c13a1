"""JSON documents, names and settings."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from dunnage.io.tables import table
from dunnage.model.errors import InputError, UsageError
from dunnage.model.purl import Purl
from dunnage.model.report import Report, Subject, View
from dunnage.parsers import bounded_json, cyclonedx, report_json
from dunnage.policy.settings import parse
from dunnage.render.cyclonedx_json import renderer as cyclonedx_renderer
from dunnage.render.json import renderer as json_renderer
from fuzzing.hand import LIMITS
from fuzzing.target import Target
from sample_hostile import HOSTILE
from samples import CREATED, EMPTY, REPORT

if TYPE_CHECKING:
    from collections.abc import Iterator

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_JSON = (b"[", b"]", b"{", b"}", b'"', b":", b",", b"1e999", b"-0", b"NaN", b"\\ud800", b"null")
_SETTINGS = b"""[scan]
fail-on = "high"
ignore-unfixed = true
jobs = 2
skip-dirs = ["a", "b"]
[db]
max-age = "24h"
mirrors = "https://x"
[[waivers]]
id = "CVE-2024-1"
owner = "me"
reason = "never called"
expires = 2026-12-31
packages = ["pkg:deb/debian/tar", "musl"]
paths = ["usr/*"]
"""
_FLAGS = {
    "fail-on": "text",
    "ignore-unfixed": "switch",
    "jobs": "number",
    "skip-dirs": "list",
    "timeout": "duration",
}
_PURLS = (
    b"pkg:deb/debian/tar@1.34%2Bdfsg?arch=amd64&distro=debian-12#a/b",
    b"pkg:npm/%40babel/core@7.0.0",
    b"pkg:maven/org.x/y@1?type=jar",
    b"pkg:golang/golang.org/x/text@v0.3.7",
)


def _bounded(data: bytes) -> str:
    value = bounded_json.loads(data, LIMITS)
    if not _SURROGATE.search(data):
        same = json.dumps(value, sort_keys=True) == json.dumps(json.loads(data), sort_keys=True)
        assert same, "the standard library reads something else"
    json.dumps(value, ensure_ascii=False).encode()
    return type(value).__name__


def _cyclonedx(data: bytes) -> tuple[int, int]:
    """Read an SBOM; written again and read again, it lists the same packages."""
    inventory, image, problems = cyclonedx.read(data, LIMITS, table("distros"))
    subject = Subject("x", "sbom", image=image, inventory=inventory, problems=inventory.problems)
    report = Report((subject,), created=CREATED, tool="dunnage 1")
    written = cyclonedx_renderer.render(report, View())
    again, _, _ = cyclonedx.read(written, LIMITS, table("distros"))
    assert len(again.packages) == len(inventory.packages)
    return len(inventory.packages), len(problems) + len(inventory.problems)


def _report(data: bytes) -> tuple[int, int]:
    """Read a stored report; written and read again, it is the same."""
    report = report_json.read(data, LIMITS)
    written = json_renderer.render(report, View())
    again = report_json.read(written, LIMITS)
    assert json_renderer.render(again, View()) == written
    return len(report.subjects), len(report.all_problems)


def _purl(data: bytes) -> str:
    purl = Purl.parse(data.decode("utf-8", "replace"))
    written = str(purl)
    try:
        again = str(Purl.parse(written))
    except ValueError as error:
        raise AssertionError(written) from error
    assert again == written, "a canonical package URL stays as it is"
    return purl.type[:8]


def _settings(data: bytes) -> tuple[int, int]:
    settings = parse(data, "dunnage.toml", _FLAGS)
    return len(settings.values), len(settings.waivers)


def _boms() -> Iterator[bytes]:
    for report in (REPORT, EMPTY, HOSTILE):
        written = cyclonedx_renderer.render(report, View())
        yield json.dumps(json.loads(written), separators=(",", ":")).encode()
    yield json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "metadata": {
                "component": {
                    "type": "container",
                    "name": "x",
                    "version": "sha256:" + "a" * 64,
                    "properties": [
                        {"name": "aquasecurity:trivy:DiffID", "value": "sha256:" + "b" * 64},
                        {"name": "dunnage:layer:0:size", "value": "7"},
                        {"name": "dunnage:removed", "value": "1 0 pkg:deb/debian/a@1"},
                    ],
                }
            },
            "components": [
                {"type": "operating-system", "name": "alpine", "version": "3.19"},
                {
                    "type": "library",
                    "name": "Jinja2",
                    "bom-ref": "r",
                    "purl": "pkg:pypi/jinja2@2.10",
                    "hashes": [{"alg": "SHA-256", "content": "c"}],
                    "licenses": [{"license": {"id": "MIT"}}, {"expression": "MIT OR X"}],
                    "properties": [{"name": "dunnage:location", "value": "0 - 3 a b"}],
                    "components": [{"purl": "pkg:rpm/x/a@1?epoch=1&upstream=a-1-1.src.rpm"}],
                },
            ],
            "dependencies": [{"ref": "r", "dependsOn": ["r", "s"]}],
            "compositions": [{"aggregate": "incomplete"}],
        }
    ).encode()


def _reports() -> Iterator[bytes]:
    for report in (EMPTY, HOSTILE, REPORT):
        written = json_renderer.render(report, View())
        yield json.dumps(json.loads(written), separators=(",", ":")).encode()


TARGETS = {
    "bounded-json": Target(
        "parsers/bounded_json.py",
        _bounded,
        lambda: [b'{"a": [1, 2.5, "\\ud83d\\ude00", null, true]}', b'"\\ud800"', b"[" * 200],
        "values are those of the standard library",
        words=_JSON,
    ),
    "cyclonedx": Target(
        "parsers/cyclonedx.py",
        _cyclonedx,
        _boms,
        "written and read again, an SBOM lists as many packages",
        words=(*_JSON, b'"components":[', b'"purl":"pkg:', b'"bom-ref":', b"dunnage:layer:"),
        most=32_768,
    ),
    "report-json": Target(
        "parsers/report_json.py",
        _report,
        _reports,
        "written and read again, a report is the same",
        words=(*_JSON, b'"findings":[', b'"severity":"low"', b'"epss":', b'"layer":'),
        most=40_960,
    ),
    "purl": Target(
        "model/purl.py",
        _purl,
        lambda: _PURLS,
        "what is written is read back",
        allowed=(ValueError,),
        words=(b"pkg:", b"@", b"?", b"#", b"%2F", b"%40", b"%00", b"&", b"=", b"//", b".."),
        most=400,
    ),
    "settings": Target(
        "policy/settings.py",
        _settings,
        lambda: [_SETTINGS],
        allowed=(UsageError, InputError),
        words=(b"\n[[waivers]]\n", b"\n[scan]\n", b"expires = ", b"=", b'"""', b"1e9", b"0x"),
    ),
}
