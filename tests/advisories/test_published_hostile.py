"""A published store that lies is refused with a reason, in bounded time; the old data stays."""

from __future__ import annotations

import io
import json
import re
import tarfile
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisories.mirrors import NOW, Json, held, run
from advisories.published import (
    built,
    forged,
    index_of,
    indexed,
    part_of,
    plain,
    pointed,
    put,
    replaced,
)
from dunnage.advisories._feed import Part
from dunnage.advisories._part_file import FORMAT, FRAME_BYTES, load_part
from dunnage.advisories._part_writer import Counts
from dunnage.advisories._probe import probe
from dunnage.advisories._wire import Cold, Detail, Fact, Packed, Row, pack
from dunnage.advisories._writer import Writer
from dunnage.advisories.match import match
from dunnage.advisories.store import open_store, store_path
from dunnage.io._decoders import zstd_library
from dunnage.model.errors import InputError
from dunnage.model.package import Package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PYPI = ("osv", "PyPI")


def refused(tmp_path: Path, *, name: str = "PyPI") -> str:
    """Take a forged store over; return why one part was refused. All others were taken."""
    done = run(tmp_path / "db", tmp_path / "out")
    assert name not in {part.name for part in done.parts}
    assert len(done.parts) == 4
    [problem] = [found for found in done.problems if found.code == "feed-not-loaded"]
    return problem.message


def refused_whole(tmp_path: Path) -> str:
    """Take a forged store over; return why all of it was refused. Nothing was written."""
    with pytest.raises(InputError) as caught:
        run(tmp_path / "db", tmp_path / "out")
    assert not store_path(tmp_path / "db").exists()
    return caught.value.message


def _first(**changes: object) -> Callable[[Json], object]:
    return lambda index: part_of(index, "PyPI").update(changes)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_first(digest="sha256:../../../../etc/passwd"), "without a sha256 digest"),
        (_first(digest="sha256:" + "A" * 64), "without a sha256 digest"),
        (_first(digest=7), "without a sha256 digest"),
        (_first(size=-1), "size is no number"),
        (_first(size=1 << 62), "size is no number"),
        (_first(size=True), "size is no number"),
        (_first(content=1e300), "content is no number"),
        (_first(name=""), "without a name"),
        (_first(name="a\x1b[2J"), "name is no short text"),
        (_first(name="x" * 501), "name is no short text"),
        (_first(checked="yesterday"), "unknown age"),
        (_first(name="Debian"), "a part twice"),
        (lambda index: index.update(parts={}), "no list"),
        (lambda index: index.update(parts=[{}] * 10_001), "no list"),
        (lambda index: index.update(parts=[[]]), "no object"),
        (lambda index: index.update(minimum=2), "newer version of this tool"),
        (lambda index: index.update(minimum="1"), "newer version of this tool"),
        (lambda index: index.pop("minimum"), "newer version of this tool"),
        (lambda index: index.update(schema=None), "schema is no short text"),
    ],
)
def test_an_index_that_lies(change: Callable[[Json], object], why: str, tmp_path: Path) -> None:
    """Anything in the index that is not as it must be refuses the store as a whole."""
    built(tmp_path)
    forged(tmp_path / "out", change)
    assert why in refused_whole(tmp_path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_first(size=10), "not what its digest and size say"),
        (_first(size=8 << 30), "not what its digest and size say"),
        (_first(digest="sha256:" + "0" * 64), "cannot be read"),
        (_first(content=10), "more than 10 uncompressed bytes"),
        (_first(content=8 << 30), "not as long as the index says"),
        (_first(keys="0" * 16), "another version of this tool"),
        (_first(name="../../etc", keys=""), "that of another part"),
        (_first(feed="kev", keys=""), "that of another part"),
    ],
)
def test_a_part_that_lies(change: Callable[[Json], object], why: str, tmp_path: Path) -> None:
    """A part whose facts are wrong is left out and told of; the others are taken."""
    built(tmp_path)
    forged(tmp_path / "out", change)
    assert why in refused(tmp_path)
    assert {path.name for path in (tmp_path / "db").iterdir()} == {
        "advisories.sqlite",
        "update.lock",
    }


def test_another_schema(tmp_path: Path) -> None:
    """Rows of another version are never taken."""
    built(tmp_path)
    forged(tmp_path / "out", lambda index: index.update(schema="99"))
    assert "another version of this tool" in refused_whole(tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 5000,
        b'{"manifests": {}}',
        b'{"manifests": []}',
        b'{"manifests": [{}, {}]}',
        b'{"manifests": [{"digest": "sha256:../x", "size": 1}]}',
        b'{"manifests": [{"digest": "sha256:' + b"0" * 64 + b'", "size": 1}]}',
        b'{"manifests": [{"digest": "sha256:' + b"0" * 64 + b'", "size": 99999999999}]}',
        b'{"a": "' + b"x" * (9 << 20) + b'"}',
    ],
    ids=lambda data: data[:30].decode("latin-1"),
)
def test_a_layout_that_lies(data: bytes, tmp_path: Path) -> None:
    """Whatever stands where the layout, the manifest or the index should be, is refused."""
    built(tmp_path)
    whole = (tmp_path / "out/index.json").read_bytes()
    (tmp_path / "out/index.json").write_bytes(data)
    assert refused_whole(tmp_path)
    (tmp_path / "out/index.json").write_bytes(whole)
    pointed(tmp_path / "out", data)
    assert refused_whole(tmp_path)
    (tmp_path / "out/index.json").write_bytes(whole)
    indexed(tmp_path / "out", data)
    assert refused_whole(tmp_path)


def test_loops_lead_nowhere(tmp_path: Path) -> None:
    """An index that points to an index, and a manifest whose index is a manifest, are refused."""
    built(tmp_path)
    out = tmp_path / "out"
    layout = (out / "index.json").read_bytes()
    pointed(out, layout)
    assert "something else" in refused_whole(tmp_path)
    (out / "index.json").write_bytes(layout)
    manifest = out / "blobs" / json.loads(layout)["manifests"][0]["digest"].replace(":", "/")
    indexed(out, manifest.read_bytes())
    assert refused_whole(tmp_path)


@pytest.mark.parametrize("claim", [1 << 30, 1 << 20])
def test_a_bomb(claim: int, tmp_path: Path) -> None:
    """A few kilobytes that become half a gigabyte stop early, without the memory for it.

    Whether the index tells of that size or not: then the bound is the ratio, or what it told.
    """
    built(tmp_path)
    packer = zstd_library().ZstdCompressor()
    start = _frame("H", [FORMAT, *PYPI, probe("PyPI")]) + b"D" + FRAME_BYTES.to_bytes(4, "big")
    parts = [packer.compress(start), *(packer.compress(bytes(1 << 20)) for _ in range(512))]
    bomb = b"".join(parts) + packer.flush()
    assert len(bomb) < 1 << 16
    replaced(tmp_path / "out", "PyPI", b"", packed=bomb)
    forged(tmp_path / "out", _first(content=claim))
    tracemalloc.start()
    assert re.search("decompression bomb|more than 1048576 uncompressed", refused(tmp_path))
    assert tracemalloc.get_traced_memory()[1] < 200 << 20
    tracemalloc.stop()


def test_not_zstd(tmp_path: Path) -> None:
    """A part that is stored in another way than the format says is refused."""
    built(tmp_path)
    content = plain(tmp_path / "out", "PyPI")
    replaced(tmp_path / "out", "PyPI", content, packed=content)
    assert "damaged" in refused(tmp_path)
    double = zstd_library().compress(content) + b"more"
    replaced(tmp_path / "out", "PyPI", content, packed=double)
    assert "damaged" in refused(tmp_path)


def _frame(kind: str, payload: object) -> bytes:
    data = pack(payload)
    return kind.encode() + len(data).to_bytes(4, "big") + data


def _spans(**changes: Any) -> bytes:  # noqa: ANN401 - values of several types
    cold = Cold([Row(changes.pop("number", 0))], [("0", "2")] * changes.pop("texts", 1))
    fields: dict[str, Any] = {"rows": [0], "lows": [b""], "highs": [b"2"], "kinds": [1]}
    return pack(Packed(**{**fields, **changes}, cold=pack(cold)))


def _file(**changes: Any) -> bytes:  # noqa: ANN401 - frames or values
    """Return the file of a part with one advisory, some of its frames changed."""
    key = probe("PyPI")
    frames: dict[str, Any] = {
        "H": [FORMAT, *PYPI, key],
        "D": [Detail("P-1")],
        "A": [("PyPI", "a", 0, _spans())],
        "E": Counts(1, 0, 0, 0, "2026", {"PyPI": 1})._replace(releases=[("PyPI", 1)]),  # type: ignore[arg-type] # as packed
        **changes,
    }
    return b"".join(_frame(kind[0], payload) for kind, payload in frames.items())


def _end(*counts: object) -> list[object]:
    return [*counts, "2026", [("PyPI", 1)]]


LIES: dict[str, bytes] = {
    "nothing": b"",
    "no head": _file()[len(_frame("H", [FORMAT, *PYPI, probe("PyPI")])) :],
    "head twice": _frame("H", [FORMAT, *PYPI, probe("PyPI")]) + _file(),
    "no end": _file()[: -len(_frame("E", _end(1, 0, 0, 0)))],
    "after the end": _file() + _frame("E", _end(1, 0, 0, 0)),
    "cut off": _file()[:-1],
    "unknown frame": _file() + b"Z\0\0\0\0",
    "frame of four gigabytes": b"H\xff\xff\xff\xff",
    "other format": _file(H=[99, *PYPI, probe("PyPI")]),
    "head of a wrong type": _file(H=7),
    "other ecosystem": _file(A=[("npm", "a", 0, _spans())]),
    "longer ecosystem": _file(A=[("PyPIx", "a", 0, _spans())]),
    "no name": _file(A=[("PyPI", "", 0, _spans())]),
    "long name": _file(A=[("PyPI", "a" * 501, 0, _spans())]),
    "flush below zero": _file(A=[("PyPI", "a", -1, _spans())]),
    "name twice": _file(A=[("PyPI", "a", 0, _spans())] * 2),
    "names fall": _file(A=[("PyPI", "b", 0, _spans()), ("PyPI", "a", 0, _spans())]),
    "no spans": _file(A=[("PyPI", "a", 0, _spans(rows=[], lows=[], highs=[], kinds=[], texts=0))]),
    "spans are no spans": _file(A=[("PyPI", "a", 0, b"\xc1")]),
    "advisory that is not there": _file(A=[("PyPI", "a", 0, _spans(number=1))]),
    "advisory below zero": _file(A=[("PyPI", "a", 0, _spans(number=-1))]),
    "row that is not there": _file(A=[("PyPI", "a", 0, _spans(rows=[1]))]),
    "row below zero": _file(A=[("PyPI", "a", 0, _spans(rows=[-1]))]),
    "lists of unlike length": _file(A=[("PyPI", "a", 0, _spans(lows=[]))]),
    "texts are missing": _file(A=[("PyPI", "a", 0, _spans(texts=0))]),
    "unknown kind": _file(A=[("PyPI", "a", 0, _spans(kinds=[4]))]),
    "span of nothing": _file(A=[("PyPI", "a", 0, _spans(lows=[b"3"]))]),
    "script as address": _file(D=[Detail("P-1", urls=["javascript:alert(1)"])]),
    "id with a line break": _file(D=[Detail("P-1\nP-2")]),
    "no CVE": _file(D=[Detail("P-1", cves=["CVE-<b>"])]),
    "advisory of two megabytes": _file(D=[Detail("P-1", summary="x" * (2 << 20))]),
    "advisory is no advisory": _file(D=[7]),
    "lots that are not full": _file(D=[Detail("P-1")], D2=[Detail("P-2")]),
    "facts about advisories": _file(F=[("CVE-2024-0001", pack(Fact()))]),
    "more advisories than told": _file(E=_end(2, 0, 0, 0)),
    "counts below zero": _file(E=_end(1, 0, -1, 0)),
    "facts that are not there": _file(E=_end(1, 5, 0, 0)),
    "release of another": _file(E=[1, 0, 0, 0, "", [("PyPI", 1), ("npm", 1)]]),
    "no release": _file(E=[1, 0, 0, 0, "", []]),
    "release of too many": _file(E=[1, 0, 0, 0, "", [("PyPI", 2)]]),
}


def test_the_plain_file_is_taken(tmp_path: Path) -> None:
    """The file the lies are made from is itself as it must be, so that each lie is what counts."""
    built(tmp_path)
    replaced(tmp_path / "out", "PyPI", _file())
    done = run(tmp_path / "db", tmp_path / "out")
    assert not done.problems
    assert _findings(tmp_path, "a") == ["P-1"]


@pytest.mark.parametrize("lie", LIES)
def test_the_file_of_a_part_that_lies(lie: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each rule of the format is kept: what breaks one is refused, whatever its digest says."""
    with pytest.raises(InputError):
        _load(tmp_path_factory.mktemp("lie"), LIES[lie])


def _load(root: Path, content: bytes, *, size: int = 1 << 16) -> None:
    writer = Writer(root / "advisories.sqlite", fresh=True)
    try:
        part = Part(*PYPI, "")
        sink = writer.part(part, NOW.isoformat())
        chunks = (content[at : at + size] for at in range(0, len(content), size))
        load_part(chunks, part, probe("PyPI"), sink)
        facts = dict.fromkeys(("mirror", "location", "validator", "digest"), "")
        sink.finish({**facts, "checked": NOW.isoformat(), "keys": probe("PyPI")}, matched=True)
        writer.finish({"built": NOW.isoformat()})
    finally:
        writer.abandon()


def _findings(root: Path, name: str) -> list[str]:
    store = open_store(root / "db")
    assert store is not None
    with store:
        package = Package("pypi", name, "1", ref="a")
        return [finding.id for finding in match(held(package), store, now=NOW).findings]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the file of a part as publishing writes it."""
    root = tmp_path_factory.mktemp("real")
    built(root)
    return plain(root / "out", "PyPI")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_changed_bytes_are_refused_or_harmless(
    data: st.DataObject, real: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever bytes change, the part is refused, or the store it becomes can be read in full."""
    changed = bytearray(real)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(real) - 1))] = data.draw(st.integers(0, 255))
    root = tmp_path_factory.mktemp("changed")
    try:
        _load(root, bytes(changed), size=data.draw(st.sampled_from([1, 100, 1 << 20])))
    except InputError:
        return
    store = open_store(root)
    assert store is not None
    with store:
        for name in store.names("PyPI"):
            package = Package("pypi", name, "1", ref="a")
            match(held(package), store, now=NOW)


@pytest.mark.parametrize("name", ["../../escaped", "/escaped", "blobs/sha256/../../../escaped"])
def test_an_archive_writes_nothing(name: str, tmp_path: Path) -> None:
    """Members of an archive with names that lead out of it, and links, have no effect at all."""
    file = tmp_path / "in" / "data.tar"
    file.parent.mkdir()
    with tarfile.open(file, "w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 3
        tar.addfile(entry, io.BytesIO(b"bad"))
        for place in ("index.json", "oci-layout"):
            link = tarfile.TarInfo(place)
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(link)
    with pytest.raises(InputError, match="no published store"):
        run(tmp_path / "db", file)
    assert {path.name for path in tmp_path.rglob("*")} == {"in", "data.tar", "db"} | {
        path.name for path in (tmp_path / "db").iterdir()
    }
    assert not list(tmp_path.rglob("escaped"))


def test_a_blob_that_is_a_link_out_is_only_read_if_it_is_right(tmp_path: Path) -> None:
    """A directory may hold links; what they lead to must have the digest all the same."""
    built(tmp_path)
    out = tmp_path / "out"
    blob = out / "blobs" / part_of(index_of(out), "PyPI")["digest"].replace(":", "/")
    (tmp_path / "secret").write_bytes(b"secret")
    blob.unlink()
    blob.symlink_to(tmp_path / "secret")
    assert "not what its digest" in refused(tmp_path)
    put(out, b"unrelated")
