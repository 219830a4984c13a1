"""Records of advisory feeds and CVSS vectors."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import TYPE_CHECKING

from dunnage.advisories._feed import Feed, Part
from dunnage.advisories._wire import pack, unpack_detail, unpack_fact
from dunnage.io.folder import load
from dunnage.parsers.cvss import score
from fuzzing import samples
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dunnage.advisories._feed import Told
    from dunnage.advisories._wire import Detail, Fact

_ECOSYSTEMS = ("PyPI", "Debian", "Alpine", "AlmaLinux", "Maven", "npm", "Go", "RubyGems")
_VECTORS = (
    b"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    b"CVSS:3.0/AV:P/AC:H/PR:L/UI:R/S:C/C:L/I:N/A:L/E:U/RC:R",
    b"AV:N/AC:L/Au:N/C:P/I:P/A:P/E:POC",
    b"(AV:L/AC:H/Au:M/C:N/I:N/A:C)",
    b"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:U/MAV:A",
)
_NVD = {
    "vulnerabilities": [
        {
            "cve": {
                "id": "CVE-2024-0001",
                "lastModified": "2024-01-01",
                "metrics": {
                    "cvssMetricV31": [
                        {"cvssData": {"vectorString": "x", "baseScore": 9.8}, "type": "Primary"}
                    ]
                },
            }
        },
        {"cve": {"id": "CVE-2024-0002"}},
    ]
}


class _Sink:
    """Takes what a feed tells, as the store would."""

    def __init__(self) -> None:
        self.kept = 0
        self.dropped = 0

    def advisory(self, detail: Detail, told: list[Told]) -> None:
        """Check that an advisory can be stored and read back."""
        assert unpack_detail(pack(detail)) == detail
        for one in told:
            pack(one.row)
            for low, high, kind, first, last in one.spans:
                assert kind == 0 or low <= high, f"a span of nothing: {first!r} to {last!r}"
        self.kept += 1

    def fact(self, cve: str, fact: Fact) -> None:
        """Check that a statement can be stored and read back."""
        assert cve.startswith("CVE-")
        assert unpack_fact(pack(fact)) == fact
        self.kept += 1

    def count(self, outcome: str) -> None:
        """Count what is not kept."""
        assert outcome in {"skipped", "ignored"}
        self.dropped += 1

    def seen(self, modified: str) -> None:
        """Take the time of a record."""
        modified.encode()


def _feed(name: str) -> Callable[[bytes], tuple[int, int]]:
    def run(data: bytes) -> tuple[int, int]:
        sink = _Sink()
        part = Part(name, name, "some/file")
        load("dunnage.advisories.feeds", name, "feed", Feed).load(io.BytesIO(data), part, sink)
        return sink.kept, sink.dropped

    return run


def _osv(data: bytes) -> tuple[int, int]:
    """Read one record as that of every ecosystem whose name it holds, or of the first byte."""
    loader = load("dunnage.advisories.feeds", "osv", "feed", Feed).load
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.json", data)
    sink = _Sink()
    for ecosystem in _ECOSYSTEMS:
        if ecosystem.encode() in data:
            loader(buffer, Part("osv", ecosystem, "all.zip"), sink)
    return sink.kept, sink.dropped


def _cvss(data: bytes) -> int:
    vector = data.decode("latin-1")
    found = score(vector)
    assert 0 <= found <= 10
    expected = _by_library(vector)
    assert expected in (None, found), f"the reference library says {expected}, not {found}"
    return int(found)


def _by_library(vector: str) -> float | None:
    from cvss import CVSS2, CVSS3, CVSS4
    from cvss.exceptions import CVSSError

    bare = vector.removeprefix("CVSS:2.0/").strip("()")
    kind = {"CVSS:3": CVSS3, "CVSS:4": CVSS4}.get(vector[:6], CVSS2)
    try:
        return float(kind(bare if kind is CVSS2 else vector).scores()[0])
    except (CVSSError, ValueError, KeyError, TypeError):
        return None


def _records() -> Iterator[bytes]:
    for ecosystem in _ECOSYSTEMS:
        events = [{"introduced": "0"}, {"fixed": "1.2.3"}, {"introduced": "2"}]
        yield json.dumps(
            {
                "id": "X-1",
                "modified": "2026-01-01T00:00:00Z",
                "aliases": ["CVE-2024-0001"],
                "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}],
                "references": [{"type": "WEB", "url": "https://x"}],
                "affected": [
                    {
                        "package": {"ecosystem": ecosystem, "name": "a"},
                        "ranges": [
                            {"type": "ECOSYSTEM", "events": events},
                            {"type": "SEMVER", "events": [{"introduced": "3"}, {"limit": "4"}]},
                        ],
                        "versions": ["1.0", "9"],
                        "database_specific": {"severity": "HIGH"},
                    }
                ],
            }
        ).encode()
        yield from samples.records(ecosystem, 3000, 6)


_EPSS = b"#model_version:v2025,score_date:2025-01-01\ncve,epss,percentile\nCVE-2024-0001,0.9,1\n"
_KEV = (
    b'{"dateReleased":"2025","vulnerabilities":[{"cveID":"CVE-2024-0001","dateAdded":"2024-01-01",'
    b'"dueDate":"2024-02-01","knownRansomwareCampaignUse":"Known"},{"cveID":7}]}'
)
_JSON = (b"[", b"]", b"{", b"}", b'"', b":", b",", b"1e999", b"null", b"\\ud800", b"\xff")
TARGETS = {
    "osv-record": Target(
        "advisories/feeds/osv.py",
        _osv,
        _records,
        "what is kept can be stored, and no span is empty",
        words=(*_JSON, b'"events":[', b'"introduced":"0"', b'"fixed":"', b'"last_affected":"'),
    ),
    "nvd-feed": Target(
        "advisories/feeds/nvd.py",
        _feed("nvd"),
        lambda: [
            json.dumps(_NVD).encode(),
            gzip.compress(json.dumps(_NVD).encode()),
            *(gzip.decompress(data)[:6000] for data in _whole("nvd/nvdcve-2.0-2003.json.gz")),
        ],
        words=(*_JSON, b'{"cve":{', b'"metrics":{', b'"baseScore":', b"\x1f\x8b"),
    ),
    "kev-feed": Target(
        "advisories/feeds/kev.py", _feed("kev"), lambda: [_KEV], words=(*_JSON, b'"cveID":"')
    ),
    "epss-feed": Target(
        "advisories/feeds/epss.py",
        _feed("epss"),
        lambda: [_EPSS, gzip.compress(_EPSS), *samples.raw("epss/*.csv", 2000)],
        words=(b"\nCVE-2024-0001,", b",1e-5", b"\ncve,epss", b"#", b"\x1f\x8b"),
    ),
    "cvss": Target(
        "parsers/cvss.py",
        _cvss,
        lambda: _VECTORS,
        "scores are those of the reference library",
        allowed=(ValueError,),
        words=(b"CVSS:3.1/", b"CVSS:4.0/", b"/E:", b"/MAV:", b":X", b"/CR:H", b"/MSI:S", b":ND"),
        most=400,
    ),
}


def _whole(pattern: str) -> Iterator[bytes]:
    return samples.raw(pattern, 1 << 22)
