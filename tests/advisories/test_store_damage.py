"""A store that has rotted is told of, wherever the damage lies; it never just finds less."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisories.mirrors import NOW, Json, below, held, record, run, write_mirror
from dunnage.advisories import _part_writer
from dunnage.advisories._checks import Keys, is_whole, number_of, pack_keys, row_sum
from dunnage.advisories.match import match
from dunnage.advisories.status import status
from dunnage.advisories.store import FILE, Store, open_store
from dunnage.flows._examine import Request
from dunnage.flows.scan import ScanRequest, scan
from dunnage.model.errors import InputError
from dunnage.model.package import Package
from dunnage.model.policy import Policy
from dunnage.model.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dunnage.model.report import Report

NAMES = 300
HELD = 20
PAGE = 8192


def _records(ecosystem: str, prefix: str) -> list[Json]:
    """Return two advisories about each of many packages, each about a CVE of its own."""
    return [
        record(
            f"{prefix}-{number}-{fixed}",
            ecosystem,
            f"group:name{number}" if ecosystem == "Maven" else f"name{number}",
            *below(fixed),
            aliases=[f"CVE-20{number % 20 + 5:02}-{10_000 * int(fixed) + number}"],
            summary=f"flaw {number} of {prefix} " + "that does some harm " * (number % 7),
        )
        for number in range(NAMES)
        for fixed in ("2", "3")
    ]


def _mirror(root: Path) -> Path:
    """Write a mirror with advisories of three ecosystems, and a score for each CVE."""
    write_mirror(
        root,
        {
            "PyPI": _records("PyPI", "PYSEC"),
            "Debian": _records("Debian:12", "DSA"),
            "Maven": _records("Maven", "GHSA"),
        },
    )
    cves = sorted({name for entry in _records("PyPI", "") for name in entry["aliases"]})
    lines = [f"{cve},0.{number % 10}1,0.5" for number, cve in enumerate(cves)]
    (root / "epss").mkdir()
    text = "\n".join(["#model_version:v1,score_date:2026-01-01", "cve,epss,percentile", *lines])
    (root / "epss" / "epss_scores-current.csv").write_text(text + "\n")
    kev = {"vulnerabilities": [{"cveID": cve, "dateAdded": "2026-01-01"} for cve in cves[::9]]}
    (root / "kev").mkdir()
    (root / "kev" / "known_exploited_vulnerabilities.json").write_text(json.dumps(kev))
    return root


def _target(root: Path) -> str:
    """Write a list of packages: some affected by two advisories, some by none, some unknown."""
    purls = [f"pkg:pypi/name{n * 7}@{n % 3 + 1}" for n in range(HELD)]
    purls += [f"pkg:deb/debian/name{n * 5}@{n % 3 + 1}?distro=debian-12" for n in range(HELD)]
    purls += [f"pkg:maven/group/name{n * 3}@{n % 3 + 1}" for n in range(HELD // 2)]
    purls += [f"pkg:maven/name{n}@1" for n in range(3)]
    purls += [f"pkg:pypi/unheard-of-{n}@1" for n in range(HELD)]
    components = [
        {"type": "library", "name": purl, "version": "1", "purl": purl, "bom-ref": purl}
        for purl in purls
    ]
    system = {"type": "operating-system", "name": "debian", "version": "12"}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [system, *components],
    }
    (root / "bom.cdx.json").write_text(json.dumps(document))
    return f"sbom:{root}/bom.cdx.json"


def _scan(target: str, cache: Path) -> Report:
    request = ScanRequest(
        reading=Request(cache_root=cache, offline=True), policy=Policy(), fetch=False
    )
    return scan([target], request, now=NOW, progress=Silent())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the file of a small sound store whose names were written in several flushes."""
    root = tmp_path_factory.mktemp("rot")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_part_writer, "FLUSH_SPANS", 250)
        patch.setattr(_part_writer, "FLUSH_FACTS", 200)
        run(root / "db", _mirror(root / "mirror"))
    return (root / "db" / FILE).read_bytes()


def _overwritten(data: bytearray, random: Random) -> None:
    count = random.randint(1, 64)
    place = random.randrange(len(data) - count)
    data[place : place + count] = random.randbytes(count)


def _flipped(data: bytearray, random: Random) -> None:
    data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _misplaced(data: bytearray, random: Random) -> None:
    """Put a page where another belongs, as a write that went astray does."""
    source, target = random.sample(range(len(data) // PAGE), 2)
    data[target * PAGE : (target + 1) * PAGE] = data[source * PAGE : (source + 1) * PAGE]


def _lost_cells(data: bytearray, random: Random) -> None:
    """Lower the number of cells of a leaf page; its b-tree stays readable, with fewer rows."""
    # Type at byte 0, number of cells at bytes 3 and 4: SQLite's file format, section 1.6.
    leaves = [at for at in range(PAGE, len(data), PAGE) if data[at] == 0x0A and data[at + 4] > 1]
    place = random.choice(leaves)
    count = int.from_bytes(data[place + 3 : place + 5], "big")
    data[place + 3 : place + 5] = random.randrange(1, count).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("damage", "rounds"),
    [(_overwritten, 200), (_flipped, 80), (_misplaced, 60), (_lost_cells, 60)],
)
def test_random_damage(
    damage: Callable[[bytearray, Random], None], rounds: int, whole: bytes, tmp_path: Path
) -> None:
    """After any damage a scan says exactly what it said before, or that the store is damaged."""
    target = _target(tmp_path)
    path = tmp_path / "advisories" / FILE
    path.parent.mkdir()
    path.write_bytes(whole)
    sound = _scan(target, tmp_path)
    assert len(sound.subjects[0].findings) > 50
    assert sound.exit_code == 0
    random = Random(20)  # noqa: S311 - made-up damage
    told = 0
    for number in range(rounds):
        data = bytearray(whole)
        damage(data, random)
        path.write_bytes(data)
        report = _scan(target, tmp_path)
        if report == sound:
            continue
        told += 1
        assert report.exit_code in {3, 4}, number
        problems = [*report.problems, *report.subjects[0].problems]
        unreadable = [found for found in problems if found.code == "advisory-store-unreadable"]
        assert unreadable, number
        assert "db update" in unreadable[0].advice
        packages = report.subjects[0].inventory.packages
        assert packages == sound.subjects[0].inventory.packages, number
    # The lookups touch much of the store, but not all.
    assert rounds // 20 < told


def _opened(root: Path) -> Store:
    store = open_store(root)
    assert store is not None
    return store


def _all_of(root: Path) -> object:
    """Return what a store answers about two packages, one of them looked up by artifact alone."""
    pypi = Package("pypi", "name7", "1", ref="a")
    jar = Package("maven", "name9", "1", ref="b")
    with _opened(root) as store:
        return match(held(pypi, jar), store, now=NOW)


CHANGES = {
    "affected": "DELETE FROM affected WHERE ecosystem = 'PyPI' AND name = 'name7' AND flush = (SELECT"
    " min(flush) FROM affected WHERE ecosystem = 'PyPI' AND name = 'name7')",
    "affected by another name": "UPDATE affected SET name = 'name8x' WHERE name = 'name7'",
    "affected with the body of another": "UPDATE affected SET (sum, body) = (SELECT sum, body FROM"
    " affected WHERE name = 'name8' AND ecosystem = 'PyPI') WHERE name = 'name7'",
    "affected that was not written": "INSERT INTO affected SELECT ecosystem, name, part, 99, sum,"
    " body FROM affected WHERE name = 'name7'",
    "affected of a type that no row has": "UPDATE affected SET body = 7 WHERE name = 'name7'",
    "affected of a jar": "DELETE FROM affected WHERE ecosystem = 'Maven' AND name = 'group:name1'",
    "affected of a jar by another name": "UPDATE affected SET name = 'group:x' WHERE ecosystem ="
    " 'Maven' AND name = 'group:name1'",
    "advisory": "DELETE FROM advisory",
    "advisory of another part": "UPDATE advisory SET (sum, body) = (SELECT sum, body FROM advisory"
    " AS other WHERE other.part != advisory.part AND other.chunk = advisory.chunk)",
    "facts": "DELETE FROM facts WHERE kind = 'kev'",
    "facts of a part that is not": "UPDATE facts SET part = 'x'",
    "facts with another body": "UPDATE facts SET body = x'90'",
    "keys": "DELETE FROM keys",
    "keys with another body": "UPDATE keys SET body = substr(body, 9)",
    "releases": "DELETE FROM releases WHERE ecosystem = 'PyPI'",
    "parts": "DELETE FROM parts WHERE feed = 'kev'",
    "parts with another date": "UPDATE parts SET checked = '2030-01-01T00:00:00+00:00'",
    "parts of a type that no row has": "UPDATE parts SET records = x'00'",
    "meta": "DELETE FROM meta WHERE key = 'digest'",
    "meta without a schema": "DELETE FROM meta WHERE key = 'schema'",
    "meta of a type that no row has": "UPDATE meta SET value = x'00' WHERE key = 'built'",
}


@pytest.mark.parametrize("change", CHANGES)
def test_rows_that_are_not_as_written(change: str, whole: bytes, tmp_path: Path) -> None:
    """What SQLite reads without complaint is noticed too, in each table: gone, changed, added."""
    path = tmp_path / FILE
    path.write_bytes(whole)
    with sqlite3.connect(path) as link:
        assert link.execute(CHANGES[change]).rowcount > 0
    link.close()
    with pytest.raises(InputError) as caught:
        _all_of(tmp_path)
    assert "damaged" in caught.value.message
    assert (caught.value.where, "db update" in caught.value.advice) == (str(path), True)


def test_absence_is_believed(whole: bytes, tmp_path: Path) -> None:
    """What the store never had is absent, not damaged."""
    (tmp_path / FILE).write_bytes(whole)
    with _opened(tmp_path) as store:
        assert store.candidates("PyPI", "name300") == []
        assert store.candidates("Debian:99", "name1") == []
        assert store.fact("epss", "CVE-1999-0001") is None
        assert store.fact("kev", "GHSA-1") is None
        assert len(set(store.names("Maven"))) == NAMES
        assert len(store.candidates("Debian:12", "name7")) == 1


def test_an_update_repairs(tmp_path: Path) -> None:
    """Damage anywhere makes an update read everything again, and status tells of it before."""
    mirror = _mirror(tmp_path / "mirror")
    run(tmp_path / "db", mirror)
    path = tmp_path / "db" / FILE
    before = _all_of(tmp_path / "db")
    data = bytearray(path.read_bytes())
    place = data.index(b"name123")
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        status(tmp_path / "db", NOW)
    assert _all_of(tmp_path / "db") == before
    assert not any(part.unchanged for part in run(tmp_path / "db", mirror).parts)
    assert status(tmp_path / "db", NOW).present
    assert all(part.unchanged for part in run(tmp_path / "db", mirror).parts)
    assert is_whole(path)
    assert _all_of(tmp_path / "db") == before


def _look_up_all(store: Store) -> None:
    for number in range(NAMES):
        store.candidates("PyPI", f"name{number}")


@pytest.mark.parametrize("kept", [0, 100, PAGE, 5 * PAGE])
def test_cut_off_while_open(kept: int, whole: bytes, tmp_path: Path) -> None:
    """A file that loses its end under an open store gives an error; the process lives on."""
    (tmp_path / FILE).write_bytes(whole)
    with _opened(tmp_path) as store:
        os.truncate(tmp_path / FILE, kept)
        with pytest.raises(InputError) as caught:
            _look_up_all(store)
    assert "db update" in caught.value.advice


def test_a_fact_told_twice_is_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CVE that a file tells twice, far apart, is known as told last and is no damage."""
    monkeypatch.setattr(_part_writer, "FLUSH_FACTS", 2)
    source = _mirror(tmp_path / "mirror")
    lines = ["cve,epss,percentile"]
    lines += [f"CVE-2024-{number},0.{number % 5}1,0.5" for number in (1001, 1002, 1003, 1001)]
    (source / "epss" / "epss_scores-current.csv").write_text("\n".join(lines) + "\n")
    run(tmp_path / "db", source)
    with _opened(tmp_path / "db") as store:
        fact = store.fact("epss", "CVE-2024-1001")
        assert fact is not None
        assert fact.epss == 0.11


@given(st.lists(st.text(max_size=3), max_size=40), st.text(max_size=3))
def test_list_of_keys(names: list[str], other: str) -> None:
    """A list of keys knows how many rows each key has, and whether others are the same."""
    numbers = [number_of(name) for name in names]
    keys = Keys(pack_keys(numbers))
    assert len(keys) == len(names)
    assert {name: keys.rows(number_of(name)) for name in names} == Counter(names)
    assert keys.rows(number_of(other)) == names.count(other)
    assert keys.are(reversed(numbers))
    assert not keys.are([*numbers, number_of(other)])


def test_checksums_as_stored() -> None:
    """What is stored does not depend on the machine that reads it."""
    assert pack_keys([2, 1 << 63]) == bytes([2, *bytes(7), *bytes(7), 128])
    assert number_of("name") == number_of("name") != number_of("Name")
    assert row_sum(b"body", "key") != row_sum(b"body", "kez")
    assert row_sum(b"123456789", "") == 0xCBF43926  # the check value of CRC-32
