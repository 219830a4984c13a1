"""NVD's CVE data in JSON 2.0, for the CVSS scores the advisories themselves lack.

The format is the schema ``cve_api_json_2.0`` of https://nvd.nist.gov/developers/vulnerabilities.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from dunnage.advisories._feed import Feed, Part, Root, Sink
from dunnage.advisories._gzip import blocks
from dunnage.advisories._wire import Fact
from dunnage.advisories._years import FIRST, is_wanted
from dunnage.model.errors import InputError
from dunnage.model.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

RECORD_BYTES = 8 * MIB
YEARS = range(FIRST, 2100)
_FILE = re.compile(r"nvdcve-2\.0-[A-Za-z0-9]{1,16}\.json(\.gz)?")
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}")
# Quotes inside a JSON string are always escaped, so this can only be the beginning of an object.
_START = re.compile(rb'\{\s*"cve"\s*:\s*\{')


class _Data(msgspec.Struct):
    version: str = ""
    vectorString: str = ""  # noqa: N815 - the name in the file
    baseScore: float = -1.0  # noqa: N815


class _Metric(msgspec.Struct):
    cvssData: _Data  # noqa: N815
    type: str = ""


class _Metrics(msgspec.Struct):
    cvssMetricV40: list[_Metric] | None = None  # noqa: N815
    cvssMetricV31: list[_Metric] | None = None  # noqa: N815
    cvssMetricV30: list[_Metric] | None = None  # noqa: N815
    cvssMetricV2: list[_Metric] | None = None  # noqa: N815


class _Cve(msgspec.Struct):
    id: str
    lastModified: str = ""  # noqa: N815
    metrics: _Metrics | None = None


class _Item(msgspec.Struct):
    cve: _Cve


_decode = msgspec.json.Decoder(_Item).decode


def _parts(root: Root, wanted: tuple[str, ...]) -> tuple[Part, ...]:
    files = {name for name in root.listing() if _FILE.fullmatch(name)}
    if not files:
        for year in [y for y in YEARS if not wanted or str(y) in wanted]:
            name = f"nvdcve-2.0-{year}.json.gz"
            if root.exists(name):
                files.add(name)
            elif not wanted and (files or year > 2004):
                break
    kept = sorted(n for n in files if n + ".gz" not in files and is_wanted(n, wanted))
    return tuple(Part("nvd", name, name) for name in kept)


def _load(stream: BinaryIO, part: Part, sink: Sink) -> None:
    empty = True
    for data in _items(stream, part.path):
        empty = False
        try:
            cve = _decode(data).cve
        except (msgspec.MsgspecError, ValueError, RecursionError):
            sink.count("skipped")
            continue
        if not _CVE.fullmatch(cve.id):
            sink.count("skipped")
            continue
        sink.seen(cve.lastModified[:40])
        scores = list(_scores(cve.metrics)) if cve.metrics else []
        if scores:
            sink.fact(cve.id, Fact(at=cve.lastModified[:40], scores=scores))
        else:
            sink.count("ignored")
    if empty:
        raise InputError("this is no NVD file of format 2.0, or it is empty", where=part.path)


def _scores(metrics: _Metrics) -> Iterator[tuple[str, float, str]]:
    """Give the scores, Primary before Secondary, of each the newest CVSS version first."""
    versions = (
        metrics.cvssMetricV40,
        metrics.cvssMetricV31,
        metrics.cvssMetricV30,
        metrics.cvssMetricV2,
    )
    for kind, source in (("Primary", "nvd"), ("Secondary", "nvd-secondary")):
        for metric in (metric for found in versions for metric in (found or ())[:8]):
            if metric.type == kind and 0 <= metric.cvssData.baseScore <= 10:
                yield metric.cvssData.vectorString[:256], metric.cvssData.baseScore, source


def _items(stream: BinaryIO, where: str) -> Iterator[bytes]:
    """Give the objects of the list ``vulnerabilities`` without holding the whole file."""
    rest = b""
    for block in blocks(stream, where):
        rest += block
        starts = [found.start() for found in _START.finditer(rest)]
        for start, end in pairwise(starts):
            yield rest[start:end].rstrip().removesuffix(b",")
        rest = rest[starts[-1] :] if starts else rest[-64:]
        if len(rest) > RECORD_BYTES:
            raise InputError(f"a record is larger than {RECORD_BYTES} bytes", where=where)
    if _START.match(rest):
        yield _last(rest)


def _last(data: bytes) -> bytes:
    """Return the first object of what remains: the last record and the end of the file."""
    from json import JSONDecoder

    text = data.decode("utf-8", "replace")
    try:
        _, end = JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return data
    return text[:end].encode()


feed = Feed(parts=_parts, load=_load)
