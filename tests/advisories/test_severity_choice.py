"""Which of several severities counts, and who said so."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from advisories.mirrors import NOW, below, held, record, run, write_mirror
from dunnage.advisories.match import match
from dunnage.advisories.store import open_store
from dunnage.model.package import Package
from dunnage.model.severity import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from advisories.mirrors import Json
    from dunnage.model.finding import Finding

LOW = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
OLD = "AV:N/AC:L/Au:N/C:C/I:C/A:C"
CVE = "CVE-2024-1000"


def _metric(kind: str, score: float, version: str = "3.1") -> Json:
    data = {"version": version, "vectorString": f"CVSS:{version}/X", "baseScore": score}
    return {"type": kind, "cvssData": data}


def _nvd(**metrics: list[Json]) -> Json:
    cve = {"id": CVE, "lastModified": "2026-01-01T00:00:00.000", "metrics": metrics}
    return {"format": "NVD_CVE", "version": "2.0", "vulnerabilities": [{"cve": cve}]}


def _finding(root: Path, told: Json, nvd: Json | None = None) -> Finding:
    mirror = write_mirror(root / "mirror", {told["affected"][0]["package"]["ecosystem"]: [told]})
    if nvd is not None:
        (mirror / "nvd").mkdir()
        data = gzip.compress(json.dumps(nvd).encode())
        (mirror / "nvd" / "nvdcve-2.0-2024.json.gz").write_bytes(data)
    run(root / "db", mirror)
    store = open_store(root / "db")
    assert store is not None
    with store:
        (finding,) = match(held(Package("pypi", "a", "1", ref="a")), store, now=NOW).findings
        return finding


def _severity(vector: str, kind: str = "CVSS_V3") -> list[Json]:
    return [{"type": kind, "score": vector}]


@pytest.mark.parametrize(
    ("own", "package", "word", "nvd", "expected"),
    [
        (CRITICAL, "", "", None, (Severity.CRITICAL, "osv")),
        (CRITICAL, LOW, "", None, (Severity.LOW, "osv")),
        (LOW, "", "CRITICAL", {"cvssMetricV31": [_metric("Primary", 9.8)]}, (Severity.LOW, "osv")),
        (
            "",
            "",
            "MODERATE",
            {"cvssMetricV31": [_metric("Primary", 9.8)]},
            (Severity.MEDIUM, "osv"),
        ),
        ("", "", "", {"cvssMetricV31": [_metric("Primary", 9.8)]}, (Severity.CRITICAL, "nvd")),
        (
            "",
            "",
            "",
            {
                "cvssMetricV31": [_metric("Secondary", 9.8)],
                "cvssMetricV2": [_metric("Primary", 2.1)],
            },
            (Severity.LOW, "nvd"),
        ),
        (
            "",
            "",
            "",
            {"cvssMetricV40": [_metric("Secondary", 7.1, "4.0")]},
            (Severity.HIGH, "nvd-secondary"),
        ),
        ("", "", "", {}, (Severity.UNKNOWN, "")),
        ("CVSS:3.1/nonsense", "", "", None, (Severity.UNKNOWN, "")),
    ],
)
def test_choice(
    own: str,
    package: str,
    word: str,
    nvd: Json | None,
    expected: tuple[Severity, str],
    tmp_path: Path,
) -> None:
    """The record counts before NVD, the package before the record, Primary before Secondary."""
    told = record("GHSA-1", "PyPI", "a", *below("2"), aliases=[CVE])
    if own:
        told["severity"] = _severity(own)
    if package:
        told["affected"][0]["severity"] = _severity(package)
    if word:
        told["database_specific"] = {"severity": word}
    finding = _finding(tmp_path, told, _nvd(**nvd) if nvd is not None else None)
    assert (finding.severity, finding.severity_source) == expected


def test_newest_cvss_version_counts_and_all_are_kept(tmp_path: Path) -> None:
    """CVSS 3.1 counts before 2.0, even with a lower score; every statement is kept."""
    told = record("GHSA-1", "PyPI", "a", *below("2"), aliases=[CVE])
    told["severity"] = [*_severity(OLD, "CVSS_V2"), *_severity(LOW)]
    finding = _finding(tmp_path, told, _nvd(cvssMetricV31=[_metric("Primary", 5.0)]))
    assert finding.severity is Severity.LOW
    assert [score.source for score in finding.scores] == ["osv", "osv", "nvd"]
    assert [score.score for score in finding.scores] == pytest.approx([10.0, 1.8, 5.0])


def test_distribution_word_counts_last(tmp_path: Path) -> None:
    """A word beside the package is the distribution's, and counts when nobody else says anything."""
    told = record("X-1", "PyPI", "a", *below("2"))
    told["affected"][0]["ecosystem_specific"] = {"urgency": "unimportant"}
    finding = _finding(tmp_path, told)
    assert (finding.severity, finding.severity_source) == (Severity.NEGLIGIBLE, "distribution")


def test_scale_of_ubuntu_is_the_records_own_word(tmp_path: Path) -> None:
    """A severity of type Ubuntu is the record's own word."""
    told = record("X-1", "PyPI", "a", *below("2"), severity=_severity("medium", "Ubuntu"))
    finding = _finding(tmp_path, told)
    assert (finding.severity, finding.severity_source) == (Severity.MEDIUM, "osv")
