"""FIRST's exploit prediction scores (EPSS): one line per CVE."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.advisories._feed import Feed, Part, Root, Sink
from dunnage.advisories._gzip import blocks
from dunnage.advisories._wire import Fact
from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

CURRENT = ("epss_scores-current.csv.gz", "epss_scores-current.csv")
LINE_BYTES = 4096
FILES = 32
_LINE = re.compile(r"(CVE-\d{4}-\d{4,19}),(\d(?:\.\d{1,18})?(?:[eE]-\d{1,2})?),(\d(?:\.\d{1,18})?)")
_DATE = re.compile(r"score_date:([0-9T:+Z-]{10,32})")


def _parts(root: Root, wanted: tuple[str, ...]) -> tuple[Part, ...]:  # noqa: ARG001 - for all
    for name in CURRENT:
        if root.exists(name):
            return (Part("epss", name, name),)
    files = [name for name in root.listing() if name.endswith((".csv", ".csv.gz"))]
    return tuple(Part("epss", name, name) for name in files[-FILES:])


def _load(stream: BinaryIO, part: Part, sink: Sink) -> None:
    date = ""
    headed = False
    for line in _lines(stream, part.path):
        if line.startswith("#"):
            found = _DATE.search(line)
            date = found[1] if found else date
            sink.seen(date)
        elif line.startswith("cve,epss"):
            headed = True
        elif not headed:
            raise InputError("this is no list of EPSS scores", where=part.path)
        elif line:
            _entry(line, date, sink)
    if not headed:
        raise InputError("this is no list of EPSS scores", where=part.path)


def _entry(line: str, date: str, sink: Sink) -> None:
    found = _LINE.match(line)
    score, percentile = (float(found[2]), float(found[3])) if found else (2.0, 2.0)
    if found is None or score > 1 or percentile > 1:
        sink.count("skipped")
        return
    sink.fact(found[1], Fact(at=date, epss=score, percentile=percentile))


def _lines(stream: BinaryIO, where: str) -> Iterator[str]:
    rest = b""
    for block in blocks(stream, where):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > LINE_BYTES:
            raise InputError(f"a line is longer than {LINE_BYTES} bytes", where=where)
        for line in lines:
            yield line[:LINE_BYTES].decode("utf-8", "replace").strip()
    yield rest.decode("utf-8", "replace").strip()


feed = Feed(parts=_parts, load=_load)
