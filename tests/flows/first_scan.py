"""Scans images of a registry that fetch what they lack, and remembers what was fetched."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

from advisories.mirrors import below, record, write_mirror
from dunnage.flows._examine import Request
from dunnage.flows.scan import ScanRequest, scan
from dunnage.model.policy import Policy
from dunnage.model.progress import Silent
from images import layer_tar
from webserver import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dunnage.model.report import Report
    from webserver import Asked, Server

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DEMO = layer_tar({"app/demo-1.0.dist-info/METADATA": b"Name: demo\nVersion: 1.0\n"})
SCORE = {
    "type": "Primary",
    "cvssData": {
        "version": "3.1",
        "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "baseScore": 9.8,
    },
}


def files(root: Path, broken: str = "\0") -> Callable[[Asked], Answer]:
    """Return a server of files without lists of them; what lies below ``broken`` it cannot give."""

    def answer(asked: Asked) -> Answer:
        path = root / unquote(asked.path).lstrip("/")
        if asked.path.startswith(broken):
            return Answer(400)
        return Answer(200, path.read_bytes()) if path.is_file() else Answer(404)

    return answer


def below_root(server: Server) -> tuple[str, ...]:
    """Return a server as one mirror for each feed, as the publishers are."""
    return tuple(f"{feed}={server.url}/{feed}" for feed in ("osv", "kev", "epss", "nvd"))


def asked_of(server: Server) -> list[str]:
    """Return what a server was asked for, and forget it."""
    found = [f"{asked.method} {asked.path}" for asked in server.asked]
    server.asked.clear()
    return found


def got(server: Server) -> list[str]:
    """Return the sorted files of data that were fetched from a server, and forget them."""
    ends = (".gz", ".zip", "vulnerabilities.json", ".csv")
    paths = (path.removeprefix("GET ") for path in asked_of(server) if path.startswith("GET"))
    return sorted(path for path in paths if path.endswith(ends))


def scan_of(
    name: str, cache: Path, mirrors: Sequence[str], *, now: datetime = NOW, distro: str = ""
) -> Report:
    """Scan an image, fetching what is missing."""
    reading = Request(cache_root=cache, platform="linux/amd64", distro=distro)
    request = ScanRequest(reading=reading, policy=Policy(), mirrors=tuple(mirrors))
    return scan([name], request, now=now, progress=Silent())


def said(report: Report) -> list[tuple[object, ...]]:
    """Return what a report says about each finding, and how bad it is."""
    return sorted(
        (f.id, f.package, f.severity, f.severity_source, f.fix.version, f.epss, str(f.exploited))
        for subject in report.subjects
        for f in subject.findings
    )


def codes(report: Report) -> list[str]:
    """Return the codes of what a report as a whole tells."""
    return [problem.code for problem in report.problems]


def small_mirror(root: Path, *cves: str, scored: Sequence[str] = ()) -> Path:
    """Write a mirror with an advisory of PyPI for each CVE, and NVD's scores of some CVEs."""
    told = [record(f"P-{cve}", "PyPI", "demo", *below("2"), aliases=[cve]) for cve in cves]
    write_mirror(root, {"PyPI": told})
    for cve in scored:
        write_scores(root, cve)
    return root


def write_scores(root: Path, *cves: str) -> None:
    """Write the file of NVD for the year of some CVEs."""
    items = [
        {"cve": {"id": cve, "lastModified": "2026", "metrics": {"cvssMetricV31": [SCORE]}}}
        for cve in cves
    ]
    (root / "nvd").mkdir(exist_ok=True)
    data = json.dumps({"format": "NVD_CVE", "vulnerabilities": items}).encode()
    path = root / f"nvd/nvdcve-2.0-{cves[0][4:8]}.json.gz"
    path.write_bytes(gzip.compress(data, mtime=0))
