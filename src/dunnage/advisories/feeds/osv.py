"""OSV's bulk export: one zip of JSON records per ecosystem."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from dunnage.advisories import _record
from dunnage.advisories._feed import Feed, Part, Root, Sink, Told
from dunnage.advisories._mirror import safe_name
from dunnage.advisories._names import base_of, facts, normal, prefixes, rule_of
from dunnage.advisories._spans import Span, spans_of
from dunnage.advisories._wire import LAST, OPEN, UNREAD, Detail, Row
from dunnage.advisories._zip import members
from dunnage.model.limits import MIB
from dunnage.versions._registry import ordering_for_ecosystem

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = 300
URLS = 4
NAMES = 500
VERSIONS = 20_000
EVENTS = 10_000
KEYS = 200_000
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}")
_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,128}")
_STREAM = re.compile(r"(?:^|\s)([a-z][\w.+-]*:[\w.+-]+)(?=[\s,])")
_WORD = re.compile(r"(Critical|Important|Moderate|Low):\s", re.IGNORECASE)


def _parts(root: Root, wanted: tuple[str, ...]) -> tuple[Part, ...]:
    listed = root.text("ecosystems.txt", MIB)
    names: list[str] = []
    if listed is not None:
        names = listed.decode("utf-8", "replace").splitlines()
    elif not wanted:
        names = [name for name in root.listing() if "." not in name or name == "crates.io"]
    names = [name.strip() for name in names]
    bases = {name for name in names if base_of(name) == name}
    names = [name for name in names if name in bases or base_of(name) not in bases]
    if wanted:
        found = [name for name in names if base_of(name) in wanted]
        missing = sorted(set(wanted) - {base_of(name) for name in found})
        names = [*found, *(name for name in missing if root.exists(f"{name}/all.zip"))]
    kept = sorted({name for name in names if safe_name(name)})
    return tuple(Part("osv", name, f"{name}/all.zip") for name in kept)


def _load(stream: BinaryIO, part: Part, sink: Sink) -> None:
    reader = _Reader(part.name, sink)
    for member in members(stream, suffix=".json"):
        if member.data is None:
            sink.count("skipped")
        else:
            reader.read(member.data)


class _Reader:
    """Reads the records of one ecosystem."""

    def __init__(self, ecosystem: str, sink: Sink) -> None:
        self._sink = sink
        self._ecosystem = ecosystem
        self._suffixed = ecosystem + ":"
        self._prefixes = prefixes(ecosystem)
        self._rule = rule_of(ecosystem)
        self._related = bool(facts(ecosystem).get("related"))
        self._worded = bool(facts(ecosystem).get("word"))
        ordering = ordering_for_ecosystem(ecosystem)
        self._key = None if ordering is None else _cached(ordering.key)

    def read(self, data: bytes) -> None:
        """Read one record into the sink, or count why not."""
        try:
            record = _record.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            self._sink.count("skipped")
            return
        if not _ID.fullmatch(record.id):
            self._sink.count("skipped")
            return
        self._sink.seen(record.modified)
        if record.withdrawn or record.id.startswith(self._prefixes):
            self._sink.count("ignored")
            return
        told = self._told(record)
        if told:
            self._sink.advisory(self._detail(record), told)
        else:
            self._sink.count("ignored")

    def _told(self, record: _record.Record) -> list[Told]:
        told: list[Told] = []
        for affected in record.affected or ():
            package = affected.package
            if package is None or not package.name or len(package.name) > NAMES:
                continue
            ecosystem = package.ecosystem[:NAMES]
            if ecosystem != self._ecosystem and not ecosystem.startswith(self._suffixed):
                continue
            if self._key is None:
                told.append(Told(ecosystem, package.name, Row(0), []))
                continue
            spans = _spans(affected, self._key)
            if spans:
                modular = any(".module" in span[4] for span in spans)
                row = Row(
                    0,
                    _module((record.summary or "")[:TEXT]) if modular else "",
                    _scores(affected.severity),
                    _record.word_of(affected.database_specific)
                    or _record.word_of(affected.ecosystem_specific),
                )
                told.append(Told(ecosystem, normal(self._rule, package.name), row, spans))
        return told

    def _detail(self, record: _record.Record) -> Detail:
        aliases = [name for name in record.aliases or () if name != record.id][:NAMES]
        upstream = record.upstream or []
        related = list(filter(_CVE.fullmatch, record.related or []))[:NAMES]
        fixed = related if self._related else []
        same = dict.fromkeys(filter(_CVE.fullmatch, [record.id, *aliases]))
        many = dict.fromkeys(filter(_CVE.fullmatch, [*upstream, *fixed]))
        cves = list(same or many)[:NAMES]
        summary = (record.summary or "")[:TEXT]
        word = _WORD.match(summary) if self._worded else None
        severity = _scores(record.severity)
        own = _record.word_of(record.database_specific)
        if own:
            severity.append(("", own))
        return Detail(
            id=record.id,
            aliases=aliases,
            cves=cves,
            bundle=not same and len(cves) > 1,
            summary=summary,
            published=(record.published or "")[:40],
            modified=record.modified[:40],
            severity=severity,
            word=word[1] if word else "",
            urls=_urls(record),
            related=[] if cves else related,
        )


def _spans(affected: _record.Affected, key: Callable[[str], bytes]) -> list[Span]:
    """Return the spans of all ranges, and one more for each enumerated version outside of them.

    A range that cannot be read gives an ``UNREAD`` span, so that a package it may be about is
    never taken for unaffected.
    """
    spans: list[Span] = []
    unread: list[Span] = []
    for span_range in affected.ranges or ():
        if span_range.type == "GIT":
            continue
        if len(span_range.events) > EVENTS:
            unread.append((b"", b"", UNREAD, "", f"more than {EVENTS} events"))
            continue
        try:
            spans += spans_of(span_range.events, key)
        except ValueError as error:
            unread.append((b"", b"", UNREAD, "", str(error)[:TEXT]))
    if affected.versions:
        spans += _points(affected.versions[:VERSIONS], spans, key)
        if len(affected.versions) > VERSIONS:
            unread.append((b"", b"", UNREAD, "", f"more than {VERSIONS} versions"))
    return spans + unread


def _points(versions: list[str], spans: list[Span], key: Callable[[str], bytes]) -> list[Span]:
    """Return a span for each version that no other span covers; unreadable ones are left out."""
    points: dict[bytes, Span] = {}
    ordered = sorted(spans)
    lows = [span[0] for span in ordered]
    # How far the spans reach that begin at or before each low end.
    ends = ((kind == OPEN, high, kind == LAST) for _, high, kind, _, _ in ordered)
    reach = list(accumulate(ends, max))
    for version in versions:
        try:
            place = key(version)
        except ValueError:
            continue
        before = bisect_right(lows, place)
        if not before or reach[before - 1] <= (False, place, False):
            points.setdefault(place, (place, place, LAST, version, version))
    return list(points.values())


def _cached(key: Callable[[str], bytes]) -> Callable[[str], bytes]:
    known: dict[str, bytes] = {}

    def lookup(version: str) -> bytes:
        found = known.get(version)
        if found is None:
            if len(known) > KEYS:
                known.clear()
            found = known[version] = key(version)
        return found

    return lookup


def _module(summary: str) -> str:
    """Return the module streams an advisory names in its summary, or ``*`` if it names none."""
    return " ".join(_STREAM.findall(summary)) or "*"


def _scores(severity: list[_record.Severity] | None) -> list[tuple[str, str]]:
    scores: list[tuple[str, str]] = []
    for entry in (severity or ())[:8]:
        if entry.type.startswith("CVSS"):
            scores.append((entry.score[:256], ""))
        elif entry.score:
            scores.append(("", entry.score[:64]))
    return scores


def _urls(record: _record.Record) -> list[str]:
    rank = {"ADVISORY": 0, "REPORT": 1, "WEB": 2, "ARTICLE": 2, "FIX": 3, "PACKAGE": 5}
    found = [
        reference
        for reference in (record.references or ())[:200]
        if reference.url.startswith(("https://", "http://")) and len(reference.url) <= 512
    ]
    found.sort(key=lambda reference: rank.get(reference.type, 4))
    return list(dict.fromkeys(reference.url for reference in found))[:URLS]


feed = Feed(parts=_parts, load=_load)
