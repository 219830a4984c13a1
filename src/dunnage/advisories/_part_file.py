"""One part of a store as a file that can be carried: the rows as they are, in fixed order.

The file is a sequence of frames: one byte that says what kind, four bytes with the length of the
payload (high byte first), and the payload, a MessagePack array.

====  =====================================================  ==============
kind  payload                                                how often
====  =====================================================  ==============
H     format, feed, name, probe of the sort keys             once, first
D     advisories, by rising number                           any number
A     ecosystem, name, flush and packed spans, rising        any number
F     CVE and packed fact, rising                            any number
E     ``Counts``                                             once, last
====  =====================================================  ==============

The same rows always give the same bytes; times and places are not in the file. It is written
compressed with zstd (RFC 8878), and read as something a stranger made.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import msgspec

from dunnage.advisories._part_writer import Counts
from dunnage.advisories._wire import (
    CHUNK,
    LAST,
    UNREAD,
    pack,
    unpack_chunk,
    unpack_cold,
    unpack_detail,
    unpack_fact,
    unpack_packed,
    unpack_scopes,
)
from dunnage.model.errors import InputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dunnage.advisories._contents import StoredPart
    from dunnage.advisories._feed import Part
    from dunnage.advisories._part_writer import PartWriter
    from dunnage.advisories.store import Store

FORMAT = 1
FRAME_BYTES = 64 << 20
"""Largest payload of one frame."""

_BATCH = 1 << 20
_CHUNK_BYTES = 1 << 26
_DETAIL_BYTES = 1 << 20
_NAME = 500
_HEAD = 5
_KINDS = "HDAFE"
_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,128}")
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}")

_header = msgspec.msgpack.Decoder(tuple[int, str, str, str]).decode
_details = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_affected = msgspec.msgpack.Decoder(list[tuple[str, str, int, bytes]]).decode
_facts = msgspec.msgpack.Decoder(list[tuple[str, bytes]]).decode
_end = msgspec.msgpack.Decoder(tuple[int, int, int, int, str, list[tuple[str, int]]]).decode


def frames(store: Store, part: StoredPart) -> Iterator[bytes]:
    """Give the file of one part of a store, frame by frame, uncompressed.

    Raises:
        InputError: If the store cannot be read.
        LimitError: If a row is too large to be carried.
    """
    releases = [(name, count) for name, count in store.releases_of(part.id) if count]
    is_osv = part.feed == "osv"
    yield _frame("H", [FORMAT, part.feed, part.name, part.keys])
    if is_osv:
        yield from _batches("D", _stored_details(store, part.id), part.name)
    for scope in sorted(unpack_scopes(part.scopes)):
        yield from _batches("A" if is_osv else "F", _stored_rows(store, part, scope), scope)
    counts = [part.records, 0] if is_osv else [0, part.records]
    yield _frame("E", [*counts, part.skipped, part.ignored, part.newest, releases])


def _stored_details(store: Store, part: int) -> Iterator[tuple[msgspec.Raw, int]]:
    for (body,) in store.each("SELECT body FROM advisory WHERE part = ? ORDER BY chunk", (part,)):
        for detail in unpack_chunk(zlib.decompressobj().decompress(body, _CHUNK_BYTES)):
            yield detail, len(bytes(detail))


def _stored_rows(
    store: Store, part: StoredPart, scope: str
) -> Iterator[tuple[tuple[object, ...], int]]:
    if part.feed == "osv":
        query = (
            "SELECT ecosystem, name, flush, body FROM affected WHERE ecosystem = ? AND part = ?"
            " ORDER BY name, flush"
        )
        values: tuple[object, ...] = (scope, part.id)
    else:
        query = (
            "SELECT cve, body FROM facts WHERE cve >= ? AND cve < ? AND kind = ? AND part = ?"
            " ORDER BY cve"
        )
        values = (scope, f"{scope}\U0010ffff", part.feed, part.id)
    for row in store.each(query, values):
        yield row, len(row[-1])


def _batches(kind: str, rows: Iterable[tuple[object, int]], where: str) -> Iterator[bytes]:
    batch: list[object] = []
    size = 0
    for row, weight in rows:
        batch.append(row)
        size += weight
        # Advisories are stored so many at a time, and a frame holds whole lots of them.
        if size >= _BATCH and (kind != "D" or len(batch) % CHUNK == 0):
            yield _frame(kind, batch, where)
            batch, size = [], 0
    if batch:
        yield _frame(kind, batch, where)


def _frame(kind: str, payload: object, where: str = "") -> bytes:
    data = pack(payload)
    if len(data) > FRAME_BYTES:
        raise LimitError(f"a row of more than {FRAME_BYTES} bytes cannot be carried", where=where)
    return kind.encode() + len(data).to_bytes(4, "big") + data


def load_part(chunks: Iterable[bytes], part: Part, keys: str, sink: PartWriter) -> None:
    """Read a file of a part into a store; ``PartWriter.finish`` is left to the caller.

    Args:
        chunks: The file, uncompressed.
        part: The part it has to be.
        keys: The probe of sort keys it has to have.
        sink: Where the rows go; what it took is worth nothing if this raises.

    Raises:
        InputError: If anything in the file is not as it has to be.
    """
    try:
        _Reader(part, keys, sink).read(chunks)
    except (msgspec.MsgspecError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        where = f"{part.feed}/{part.name}"
        raise _bad(f"a value that cannot be read ({error})", where) from error


def _bad(why: str, where: str) -> InputError:
    return InputError(
        f"the file of a part is not as it must be: {why}",
        where=where,
        advice="name another mirror, or have its store built again",
    )


class _Reader:
    """Reads one file; checks all that a lookup in the store relies on."""

    def __init__(self, part: Part, keys: str, sink: PartWriter) -> None:
        self._sink = sink
        self._head = (FORMAT, part.feed, part.name, keys)
        self._where = f"{part.feed}/{part.name}"
        self._part = part
        self._advisories = 0
        self._rows = 0
        self._last: tuple[object, ...] = ()
        self._seen: set[str] = set()
        self._begun = False
        self._ended = False
        self._ragged = False

    def read(self, chunks: Iterable[bytes]) -> None:
        """Read all frames."""
        take = {"H": self._take_head, "D": self._take_details, "A": self._take_affected}
        take |= {"F": self._take_facts, "E": self._take_end}
        stage = 0
        for kind, payload in _split(chunks, self._where):
            place = _KINDS.find(kind)
            if place < stage or self._begun == (kind == "H") or self._ended:
                raise _bad("its frames are out of order", self._where)
            stage = place
            take[kind](payload)
        self._expect(self._ended, "it ends too early")

    def _take_head(self, payload: bytes) -> None:
        self._expect(_header(payload) == self._head, "it is that of another part, or format")
        self._begun = True

    def _take_details(self, payload: bytes) -> None:
        details = _details(payload)
        self._expect(self._part.feed == "osv" and not self._ragged, "advisories are out of place")
        for raw in details:
            self._expect(len(bytes(raw)) <= _DETAIL_BYTES, "an advisory is too large")
            detail = unpack_detail(raw)
            sane = (
                _ID.fullmatch(detail.id)
                and all(map(_CVE.fullmatch, (*detail.cves, *detail.related)))
                and all(url.startswith(("https://", "http://")) for url in detail.urls)
            )
            self._expect(bool(sane), "an advisory has an id or address that is none")
        self._advisories += len(details)
        self._ragged = len(details) % CHUNK != 0
        self._sink.put_chunks([details[at : at + CHUNK] for at in range(0, len(details), CHUNK)])

    def _take_affected(self, payload: bytes) -> None:
        rows = _affected(payload)
        self._expect(self._part.feed == "osv", "spans are out of place")
        for ecosystem, name, flush, body in rows:
            self._expect(self._is_own(ecosystem), "it speaks of another ecosystem")
            self._expect(0 < len(name) <= _NAME and 0 <= flush < 1 << 31, "a name is too long")
            self._rise((ecosystem, name, flush))
            self._check_spans(body)
            self._seen.add(ecosystem)
        self._sink.put_affected(rows)

    def _check_spans(self, body: bytes) -> None:
        packed = unpack_packed(body)
        cold = unpack_cold(packed.cold)
        count = len(packed.rows)
        lengths = {len(packed.lows), len(packed.highs), len(packed.kinds), len(cold.texts)}
        good = (
            count > 0
            and lengths == {count}
            and 0 <= min(packed.rows) <= max(packed.rows) < len(cold.rows)
            and 0 <= min(packed.kinds) <= max(packed.kinds) <= UNREAD
            and all(0 <= row.number < self._advisories for row in cold.rows)
        )
        self._expect(good, "spans that fit no advisory")
        for _, low, high, kind in packed.spans():
            self._expect(not 0 < kind <= LAST or low <= high, "a span that ends before it begins")

    def _take_facts(self, payload: bytes) -> None:
        facts = _facts(payload)
        self._expect(self._part.feed != "osv", "facts are out of place")
        for cve, body in facts:
            self._expect(_CVE.fullmatch(cve) is not None, "a fact about no CVE")
            self._rise((cve,))
            unpack_fact(body)
        self._rows += len(facts)
        self._sink.put_facts(facts)

    def _take_end(self, payload: bytes) -> None:
        advisories, facts, skipped, ignored, newest, releases = _end(payload)
        counts = Counts(advisories, facts, skipped, ignored, newest[:40], dict(releases))
        fits = (
            advisories == self._advisories
            and self._rows <= facts < 1 << 40
            and bool(facts) == bool(self._rows)
            and all(0 <= number < 1 << 40 for number in (skipped, ignored))
            and all(0 < count <= advisories for count in counts.releases.values())
            and all(self._is_own(name) for name in counts.releases)
            and self._seen <= counts.releases.keys()
        )
        self._expect(fits, "its end does not fit what comes before")
        self._sink.told(counts)
        self._ended = True

    def _is_own(self, name: str) -> bool:
        own = self._part.name
        return (name == own or name.startswith(f"{own}:")) and len(name) <= _NAME

    def _rise(self, key: tuple[object, ...]) -> None:
        self._expect(not self._last or self._last < key, "rows are out of order")
        self._last = key

    def _expect(self, holds: bool, why: str) -> None:  # noqa: FBT001 - what is expected
        if not holds:
            raise _bad(why, self._where)


def _split(chunks: Iterable[bytes], where: str) -> Iterator[tuple[str, bytes]]:
    """Give kind and payload of every frame."""
    buffer = bytearray()
    need = _HEAD
    for chunk in chunks:
        buffer += chunk
        while len(buffer) >= need:
            length = int.from_bytes(buffer[1:_HEAD], "big")
            if length > FRAME_BYTES or buffer[0] not in _KINDS.encode():
                raise _bad("a frame that is none", where)
            need = _HEAD + length
            if len(buffer) < need:
                break
            yield chr(buffer[0]), bytes(buffer[_HEAD:need])
            del buffer[:need]
            need = _HEAD
    if buffer:
        raise _bad("it is cut off", where)
