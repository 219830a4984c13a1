"""The files of the feeds are read tolerantly, and refused in one sentence if they are others."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.advisories._feed import Feed, Part, Told
from dunnage.io.folder import load_all, names
from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.advisories._wire import Detail, Fact

FOLDER = "dunnage.advisories.feeds"


class Notes:
    """A sink that remembers everything."""

    def __init__(self) -> None:
        self.details: list[Detail] = []
        self.told: list[Told] = []
        self.facts: dict[str, Fact] = {}
        self.counts = {"skipped": 0, "ignored": 0}

    def advisory(self, detail: Detail, told: list[Told]) -> None:
        """Remember an advisory."""
        self.details.append(detail)
        self.told += told

    def fact(self, cve: str, fact: Fact) -> None:
        """Remember a fact."""
        self.facts[cve] = fact

    def count(self, outcome: str) -> None:
        """Count."""
        self.counts[outcome] += 1

    def seen(self, modified: str) -> None:
        """Do nothing."""


def _load(feed: str, data: bytes) -> Notes:
    notes = Notes()
    found = load_all(FOLDER, "feed", Feed)[feed]
    found.load(io.BytesIO(data), Part(feed, "PyPI", "some/file"), notes)
    return notes


def _cve(number: int, **more: object) -> dict[str, object]:
    return {"cve": {"id": f"CVE-2024-{number:04}", "lastModified": "2026-01-01", **more}}


def test_feeds() -> None:
    """The feeds are those of the folder."""
    assert names(FOLDER) == ("epss", "kev", "nvd", "osv")


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("packed", [False, True])
def test_nvd_across_blocks(indent: int | None, packed: bool) -> None:  # noqa: FBT001
    """Records are found wherever blocks end, whatever the layout, and around broken ones."""
    metric = {"type": "Primary", "cvssData": {"vectorString": "CVSS:3.1/X", "baseScore": 5.5}}
    text = 'a trap: {"cve": {"id": "CVE-1999-9999"}} ' + "x" * 1500
    items = [
        _cve(n, descriptions=[{"value": text}], metrics={"cvssMetricV31": [metric]})
        for n in range(2000)
    ]
    items[7] = _cve(7, metrics={"cvssMetricV31": [{"type": "Primary", "cvssData": "no"}]})
    items[9] = _cve(9, metrics={})
    items[11] = {"cve": {"id": "GHSA-no"}}
    document = {"format": "NVD_CVE", "vulnerabilities": items, "after": {"all": []}}
    data = json.dumps(document, indent=indent).encode()
    notes = _load("nvd", gzip.compress(data) if packed else data)
    assert len(notes.facts) == 1997
    assert notes.counts == {"skipped": 2, "ignored": 1}
    assert notes.facts["CVE-2024-1999"].scores == [("CVSS:3.1/X", 5.5, "nvd")]


def test_nvd_prefers_primary_and_newest() -> None:
    """Primary metrics come before Secondary ones, and of each the newest CVSS version."""

    def metric(kind: str, score: float) -> dict[str, object]:
        return {"type": kind, "cvssData": {"vectorString": "v", "baseScore": score}}

    metrics = {
        "cvssMetricV2": [metric("Primary", 2)],
        "cvssMetricV31": [metric("Secondary", 3.1), metric("Primary", 3.2)],
        "cvssMetricV40": [metric("Secondary", 4), metric("Primary", 11)],
    }
    notes = _load("nvd", json.dumps({"vulnerabilities": [_cve(1, metrics=metrics)]}).encode())
    assert [(score, source) for _, score, source in notes.facts["CVE-2024-0001"].scores] == [
        (3.2, "nvd"),
        (2.0, "nvd"),
        (4.0, "nvd-secondary"),
        (3.1, "nvd-secondary"),
    ]


def test_kev_skips_broken_entries() -> None:
    """A broken entry is counted and the others are kept."""
    entries = [
        {"cveID": "CVE-2024-0001", "dateAdded": "2024-01-02", "dueDate": "2024-01-23"},
        {"cveID": "CVE-2024-0002", "knownRansomwareCampaignUse": "Known"},
        {"cveID": 7},
        {"cveID": "no"},
        "no object",
    ]
    notes = _load("kev", json.dumps({"vulnerabilities": entries}).encode())
    assert notes.counts["skipped"] == 3
    assert notes.facts["CVE-2024-0001"].due == "2024-01-23"
    assert [fact.ransomware for fact in notes.facts.values()] == [False, True]


@pytest.mark.parametrize("packed", [False, True])
def test_epss(packed: bool) -> None:  # noqa: FBT001
    """Scores carry the date of the comment line; lines out of range are counted."""
    text = (
        "#model_version:v2025.03.14,score_date:2026-05-18T00:00:00Z\ncve,epss,percentile\n"
        "CVE-1999-0001,0.0046,0.7385\r\nCVE-1999-0002,1,1.0\nCVE-1999-0003,2,0.1\n"
        "CVE-1999-0004,nan,0\n\nCVE-1999-0005,0.1"
    )
    data = text.encode()
    notes = _load("epss", gzip.compress(data) if packed else data)
    assert {cve: (fact.epss, fact.percentile) for cve, fact in notes.facts.items()} == {
        "CVE-1999-0001": (0.0046, 0.7385),
        "CVE-1999-0002": (1.0, 1.0),
    }
    assert notes.facts["CVE-1999-0001"].at == "2026-05-18T00:00:00Z"
    assert notes.counts["skipped"] == 3


def _strange() -> Iterator[bytes]:
    yield b""
    yield b"\x00" * 100
    yield b"\x1f\x8b" + b"\x00" * 50
    yield gzip.compress(b"x" * 5000)[:-30]
    yield b"[" * 100_000
    yield b'{"vulnerabilities":' + b"[" * 100_000
    yield b'{"vulnerabilities":[7]'
    yield b"<html>not found</html>"
    yield b"PK\x05\x06" + b"\xff" * 18


@pytest.mark.parametrize("feed", ["epss", "kev", "nvd", "osv"])
def test_other_files_are_refused(feed: str) -> None:
    """What is no such file is refused with one error."""
    for data in _strange():
        with pytest.raises(InputError):
            _load(feed, data)


@given(data=st.binary(max_size=300), feed=st.sampled_from(["epss", "kev", "nvd", "osv"]))
@settings(max_examples=60, deadline=None)
def test_random_bytes(data: bytes, feed: str) -> None:
    """Random bytes never raise anything but InputError."""
    for start in (b"", b'{"vulnerabilities":[{"cve":{', b"cve,epss,percentile\n"):
        try:
            _load(feed, start + data)
        except InputError:
            continue
