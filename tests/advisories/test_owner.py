"""Whose word counts for a library that an operating system package installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisories.mirrors import NOW, below, held, record, store_of
from dunnage.advisories.match import match
from dunnage.model.finding import Confidence, Status
from dunnage.model.package import Package

if TYPE_CHECKING:
    from pathlib import Path

CVE = "CVE-2024-1000"


@pytest.mark.parametrize(
    ("version", "named", "status", "confidence", "reason"),
    [
        ("1-1+deb12u2", CVE, Status.SUPPRESSED, Confidence.HIGH, "fixed in python3-thing"),
        ("1-1", CVE, Status.SUPPRESSED, Confidence.HIGH, "the same as the finding"),
        ("1-1", "CVE-2024-9999", Status.OPEN, Confidence.MEDIUM, ""),
    ],
)
def test_distribution_word(
    version: str, named: str, status: Status, confidence: Confidence, reason: str, tmp_path: Path
) -> None:
    """Fixed or told elsewhere by the distribution: suppressed with the reason; silent: open."""
    records = {
        "PyPI": [record("PYSEC-1", "PyPI", "thing", *below("2"), aliases=[CVE])],
        "Debian": [
            record("DSA-1-1", "Debian:12", "thing", *below("1-1+deb12u1"), upstream=[named]),
            record("DSA-2-1", "Debian:12", "else", *below("9")),
        ],
    }
    owner = Package("deb", "python3-thing", version, source="thing", ref="owner")
    library = Package("pypi", "thing", "1", owner="owner", ref="library")
    free = Package("pypi", "thing", "1", ref="free")
    inventory = held(owner, library, free, ecosystem="Debian:12")
    with store_of(tmp_path, records) as store:
        by_package = {f.package: f for f in match(inventory, store, now=NOW).findings}
    settled = by_package["library"]
    assert (settled.status, settled.confidence) == (status, confidence)
    assert settled.reason.startswith(reason)
    assert ("DSA-1-1" in settled.reason) is bool(reason)
    assert by_package["free"].status is Status.OPEN
    assert by_package["free"].confidence is Confidence.HIGH


def test_without_distribution_data_nothing_is_suppressed(tmp_path: Path) -> None:
    """A distribution whose release has no data has no word."""
    records = {"PyPI": [record("PYSEC-1", "PyPI", "thing", *below("2"), aliases=[CVE])]}
    owner = Package("deb", "python3-thing", "9", source="thing", ref="owner")
    library = Package("pypi", "thing", "1", owner="owner", ref="library")
    with store_of(tmp_path, records) as store:
        (finding,) = match(held(owner, library, ecosystem="Debian:12"), store, now=NOW).findings
    assert (finding.status, finding.confidence) == (Status.OPEN, Confidence.HIGH)
