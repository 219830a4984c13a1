"""The cache of layer records: exact, private, bounded, and never trusted."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dunnage.indexing import cache as module
from dunnage.indexing.cache import Cache
from dunnage.indexing.layers import index_layers
from dunnage.indexing.record import Other, Record
from dunnage.model.cataloger import Fact
from dunnage.model.errors import InputError
from dunnage.model.image import Layer
from dunnage.model.limits import Limits
from dunnage.model.location import Location
from dunnage.model.package import Package
from dunnage.model.problem import Effect, Problem
from images import Symlink, compress, layer_tar, sha256
from stubs import CATALOGERS, MAGIC, PLAN, codes, image, layers_of, listed
from support import making

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from dunnage.indexing.plan import Plan
    from dunnage.model.target import Layers
    from images import Content

ENTRIES: dict[str, Content] = {
    "var/db/status": b"libc 1.0 owns=lib/x/METADATA\nbash 5.0\n",
    "usr/lib/x/METADATA": b"x 1\n",
    "lib": Symlink("usr/lib"),
    "caf\udce9/METADATA": b"c 1\n",
    "bin/z": MAGIC + b"n\xe9",
    "broken/METADATA": b"bad\n",
}
BASE = layer_tar(ENTRIES)
NEXT = layer_tar({"opt/y/METADATA": b"y 2\n", "usr/.wh..wh..opq": b"", ".wh.bin": b""})
LAYER = Layer(0, "sha256:" + "1" * 64, "sha256:" + "2" * 64)


def _plan(root: Path) -> Plan:
    return replace(PLAN, cache_root=root)


def _files(root: Path) -> list[Path]:
    return sorted((root / "layers").glob("*"))


def _closed(layers: Layers) -> Layers:
    """Return the image with layers that cannot be opened."""

    def opened(layer: Layer) -> BinaryIO:
        raise InputError("opened", where=str(layer.index))

    return replace(layers, open=opened)


def test_a_second_scan_reads_nothing(tmp_path: Path) -> None:
    """Facts, odd names, links, whiteouts and problems come back exactly, and no blob is opened."""
    layers = image([BASE, NEXT])
    first = index_layers(layers, _plan(tmp_path))
    second = index_layers(_closed(layers), _plan(tmp_path))
    assert second.inventory == first.inventory
    assert (second.examined.layers_cached, second.examined.bytes_read) == (2, 0)
    assert replace(second.examined, layers_cached=0, bytes_read=first.examined.bytes_read) == (
        first.examined
    )
    assert listed(second) == {
        ("libc", "1.0", "var/db/status", 0),
        ("bash", "5.0", "var/db/status", 0),
        ("c", "1", r"caf\xe9/METADATA", 0),
        ("y", "2", "opt/y/METADATA", 1),
    }
    assert codes(second) == ["broken-file"]


def test_files_are_private(tmp_path: Path) -> None:
    """Only the owner may read or write records, whatever the umask is."""
    before = os.umask(0)
    try:
        index_layers(image([BASE]), _plan(tmp_path))
    finally:
        os.umask(before)
    [path] = _files(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_only_verified_pairs_are_kept(tmp_path: Path) -> None:
    """Cut, altered, digestless and unfinished layers leave nothing in the cache."""
    blob = compress(BASE, "gzip")
    good = Layer(0, sha256(blob), sha256(BASE), len(blob))
    for layer, data in (
        (good, blob[:-20]),
        (replace(good, diff_id=sha256(b"other")), blob),
        (replace(good, digest=""), blob),
        (replace(good, digest=sha256(b"other")), blob),
    ):
        index_layers(layers_of([layer], [data]), _plan(tmp_path))
    index_layers(layers_of([good], [blob]), replace(_plan(tmp_path), deadline=0))
    limits = replace(Limits(), memory_budget=0, spill_budget=0, memory_body=10)
    big = layer_tar({"x/METADATA": b"x 1\n" * 500_000})
    assert codes(index_layers(image([big]), replace(_plan(tmp_path), limits=limits))) == [
        "not-examined"
    ]
    assert not (tmp_path / "layers").exists()
    index_layers(layers_of([good], [blob]), _plan(tmp_path))
    assert len(_files(tmp_path)) == 1


def test_the_word_of_a_config_proves_nothing(tmp_path: Path) -> None:
    """An image that claims a known diff id for another blob, or the reverse, is read itself."""
    index_layers(image([BASE]), _plan(tmp_path))
    other = compress(NEXT, "gzip")
    claimed = Layer(0, sha256(other), sha256(BASE), len(other))
    assert codes(index_layers(layers_of([claimed], [other]), _plan(tmp_path))) == [
        "digest-mismatch"
    ]
    blob = compress(BASE, "gzip")
    claimed = Layer(0, sha256(blob), sha256(NEXT), len(blob))
    assert codes(index_layers(layers_of([claimed], [blob]), _plan(tmp_path))) == ["digest-mismatch"]


def test_other_catalogers_and_limits_miss(tmp_path: Path) -> None:
    """A raised version, a further cataloger or other limits never see old facts."""
    layers = image([BASE])
    index_layers(layers, _plan(tmp_path))
    newer = CATALOGERS | {"library": replace(CATALOGERS["library"], version=2)}
    for plan in (
        replace(_plan(tmp_path), catalogers=newer),
        replace(_plan(tmp_path), catalogers={"library": CATALOGERS["library"]}),
        replace(_plan(tmp_path), limits=replace(Limits(), entries=1000)),
    ):
        assert index_layers(layers, plan).examined.layers_cached == 0
        assert index_layers(layers, plan).examined.layers_cached == 1
    relaxed = replace(_plan(tmp_path), limits=replace(Limits(), timeout=5))
    assert index_layers(layers, relaxed).examined.layers_cached == 1


def test_poisoned_records_miss_and_go(tmp_path: Path) -> None:
    """Damaged, cut, renamed and foreign files are no records; the damaged ones are removed."""
    layers = image([BASE, NEXT])
    plan = _plan(tmp_path)
    whole = index_layers(layers, plan).inventory
    one, two = _files(tmp_path)
    content = one.read_bytes()
    for bad in (
        b"",
        content[:-1],
        content[:60] + bytes([content[60] ^ 1]) + content[61:],
        two.read_bytes(),
        b"nonsense" * 100,
    ):
        one.write_bytes(bad)
        again = index_layers(layers, plan)
        assert again.examined.layers_cached == 1
        assert again.inventory == whole
        assert one.read_bytes() == content
    one.chmod(0o622)
    assert index_layers(layers, plan).examined.layers_cached == 1
    target = tmp_path / "elsewhere"
    target.write_bytes(content)
    one.unlink()
    one.symlink_to(target)
    assert index_layers(layers, plan).examined.layers_cached == 1
    one.unlink()
    os.mkfifo(one)
    assert index_layers(layers, plan).examined.layers_cached == 1


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """Without a place to write, scanning goes on."""
    (tmp_path / "layers").write_bytes(b"a file is in the way")
    indexed = index_layers(image([BASE]), _plan(tmp_path))
    assert len(indexed.inventory.packages) == 5


def test_oldest_go_first(tmp_path: Path) -> None:
    """The bound holds, a hit counts as use, and files of dead writers go."""
    cache = Cache(tmp_path, CATALOGERS, Limits(), max_bytes=10**9)
    layers = [replace(LAYER, digest="sha256:" + str(n) * 64) for n in range(4)]
    for number, layer in enumerate(layers):
        cache.put(layer, Record(verified=True, files=number))
        path = tmp_path / "layers" / cache._key(layer)
        os.utime(path, (1000 + number, 1000 + number))
    stale, fresh = tmp_path / "layers" / ".new-a", tmp_path / "layers" / ".new-b"
    stale.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(stale, (1, 1))
    assert cache.get(layers[0]) is not None
    size = path.stat().st_size
    Cache(tmp_path, CATALOGERS, Limits(), max_bytes=2 * size + 60).prune()
    assert [cache.get(layer) is not None for layer in layers] == [True, False, False, True]
    assert (stale.exists(), fresh.exists()) == (False, True)


def test_many_writers_at_once(tmp_path: Path) -> None:
    """Writers and readers of one record never see half of it."""
    caches = [Cache(tmp_path, CATALOGERS, Limits()) for _ in range(6)]
    record = Record(kinds={f"path/{n}": "f" for n in range(3000)}, verified=True, files=3000)
    end = time.monotonic() + 1.0
    seen: list[int] = []

    def work(cache: Cache, *, write: bool) -> None:
        while time.monotonic() < end:
            if write:
                cache.put(LAYER, record)
            elif (found := cache.get(LAYER)) is not None:
                assert found.kinds == record.kinds
                seen.append(1)

    threads = [
        threading.Thread(target=work, args=(cache,), kwargs={"write": n % 2 == 0})
        for n, cache in enumerate(caches)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen
    assert len(_files(tmp_path)) == 1


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
PATHS = st.text(
    st.one_of(
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
        st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF),
    ),
    max_size=9,
)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple)
PROBLEMS = st.builds(
    making(Problem), TEXT, TEXT, TEXT, TEXT, st.sampled_from(Effect), st.integers(0, 9)
)
PACKAGES = st.builds(
    making(Package),
    TEXT,
    TEXT,
    TEXT,
    depends=st.lists(TEXT, max_size=2).map(tuple),
    hashes=PAIRS,
    locations=st.lists(st.builds(making(Location), TEXT, line=st.integers(0, 9)), max_size=2).map(
        tuple
    ),
)
FACTS = st.builds(
    making(Fact),
    TEXT,
    packages=st.lists(PACKAGES, max_size=2).map(tuple),
    files=PAIRS,
    notes=PAIRS,
    problems=st.lists(PROBLEMS, max_size=2).map(tuple),
)
SOME = PATHS.filter(bool)
NAMES = st.lists(TEXT, max_size=2).map(tuple)
OTHERS = st.builds(making(Other), PATHS, st.integers(-1, 9), PATHS, NAMES, st.booleans())
RECORDS = st.builds(
    making(Record),
    kinds=st.dictionaries(SOME, st.sampled_from("fdlhoi"), max_size=4),
    links=st.dictionaries(SOME, PATHS, max_size=3),
    shared=st.dictionaries(SOME, st.tuples(SOME, st.integers(0, 9)), max_size=3),
    hardlinks=st.dictionaries(SOME, SOME, max_size=3),
    late=st.lists(SOME, max_size=3),
    whiteouts=st.lists(SOME, max_size=3),
    opaques=st.lists(PATHS, max_size=3),
    facts=st.lists(st.tuples(SOME, FACTS), max_size=3),
    others=st.dictionaries(OTHERS, st.lists(FACTS, max_size=2), max_size=2),
    problems=st.lists(PROBLEMS, max_size=2),
    files=st.integers(0, 10**9),
    stored_bytes=st.integers(0, 10**12),
    verified=st.just(True),
)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(RECORDS)
def test_any_record_comes_back(record: Record) -> None:
    """Whatever a record holds is written and read without a change."""
    assert module._decoded(module._encoded(record, "key"), "key") == record
    assert module._decoded(module._encoded(record, "key"), "other") is None


def test_unverified_records_are_refused(tmp_path: Path) -> None:
    """What was not verified, or would differ next time, is not written."""
    cache = Cache(tmp_path, CATALOGERS, Limits())
    cache.put(LAYER, Record())
    cache.put(LAYER, Record(verified=True, lasting=False))
    cache.put(replace(LAYER, digest=""), Record(verified=True))
    assert cache.get(LAYER) is None
    with pytest.raises(FileNotFoundError):
        cache.prune()
