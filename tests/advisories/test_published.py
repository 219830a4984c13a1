"""A published store gives what the publishers' files give, and only what changed is fetched."""

from __future__ import annotations

import os
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from advisories.mirrors import NOW, below, osv_zip, record, run, served, write_mirror
from advisories.published import (
    built,
    forged,
    index_of,
    mirror_of,
    part_of,
    plain,
    put,
    records,
    taken,
)
from dunnage.advisories import _mirror
from dunnage.advisories.publish import export, publish
from dunnage.advisories.status import status
from dunnage.advisories.store import store_path
from dunnage.advisories.update import update
from dunnage.io.http import Http
from dunnage.model.errors import InputError, NoAdvisoryDataError, UsageError
from dunnage.model.problem import Effect
from dunnage.model.progress import Silent

if TYPE_CHECKING:
    from pathlib import Path

LATER = NOW + timedelta(days=2)


def rows(root: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of a store that a lookup reads, without the numbers of the parts."""
    link = sqlite3.connect(store_path(root))
    try:
        names = dict(link.execute("SELECT id, feed || '/' || name FROM parts"))
        found: dict[str, list[tuple[Any, ...]]] = {}
        for table, columns in (
            ("affected", "ecosystem, name, flush, body"),
            ("advisory", "chunk, body"),
            ("facts", "cve, kind, body"),
            ("keys", "scope, body"),
            ("releases", "ecosystem, records"),
        ):
            query = f"SELECT part, {columns} FROM {table}"  # noqa: S608 - fixed names
            found[table] = sorted((names[part], *rest) for part, *rest in link.execute(query))
        found["parts"] = link.execute(
            "SELECT feed, name, newest, records, skipped, ignored, matched, keys, scopes"
            " FROM parts ORDER BY feed, name"
        ).fetchall()
        return found
    finally:
        link.close()


@pytest.mark.parametrize("way", ["directory", "web", "archive"])
def test_same_rows_as_from_the_publishers_files(way: str, tmp_path: Path) -> None:
    """Whatever carries it, the store that is taken over equals, row by row, the one it was made of."""
    built(tmp_path)
    expected = rows(tmp_path / "server")
    assert all(expected.values())
    if way == "archive":
        export(tmp_path / "server", tmp_path / "data.tar", now=NOW, progress=Silent())
        done = run(tmp_path / "db", tmp_path / "data.tar")
    elif way == "web":
        with served(tmp_path / "out") as (url, _):
            done = run(tmp_path / "db", url)
    else:
        done = run(tmp_path / "db", tmp_path / "out")
    assert not done.problems
    assert rows(tmp_path / "db") == expected
    assert status(tmp_path / "db", NOW).present


def test_only_what_changed_is_fetched(tmp_path: Path) -> None:
    """The second update of a published store fetches the one part that differs, and no other."""
    first = built(tmp_path)
    with served(tmp_path / "out") as (url, asked):
        assert set(taken(run(tmp_path / "db", url)).values()) == {True}
        asked.clear()
        assert set(taken(run(tmp_path / "db", url)).values()) == {False}
        assert len(asked) < 6
        parts = {**records(), "PyPI": [record("P-9", "PyPI", "py9", *below("3"))]}
        write_mirror(tmp_path / "mirror", parts)
        os.utime(tmp_path / "mirror/osv/PyPI/all.zip", (4e9, 4e9))
        second = built(tmp_path, parts, now=LATER)
        asked.clear()
        done = run(tmp_path / "db", url, now=LATER)
        blobs = [path for path, _ in asked if "/blobs/" in path]
    assert [name for name, new in taken(done).items() if new] == ["PyPI"]
    assert len(blobs) == 3  # manifest, index, and the part
    assert done.published == ((url, second.digest),)
    assert 0 < second.written < first.written
    assert rows(tmp_path / "db") == rows(tmp_path / "server")


def test_the_same_data_is_the_same_files(tmp_path: Path) -> None:
    """Two servers with the same data publish the same files, whenever and wherever they run."""
    built(tmp_path / "a")
    built(tmp_path / "b", now=LATER)
    one, other = (index_of(tmp_path / side / "out")["parts"] for side in "ab")
    assert [part["digest"] for part in one] == [part["digest"] for part in other]
    assert [part["checked"] for part in one] != [part["checked"] for part in other]


def test_age_is_that_of_the_publisher(tmp_path: Path) -> None:
    """Fetching late does not make data younger, and a time in the future counts as now."""
    built(tmp_path)
    run(tmp_path / "db", tmp_path / "out", now=LATER)
    assert status(tmp_path / "db", LATER).age_days == pytest.approx(2.0)
    forged(
        tmp_path / "out",
        lambda index: [part.update(checked="2999-01-01T00:00:00Z") for part in index["parts"]],
    )
    run(tmp_path / "new", tmp_path / "out", now=NOW)
    assert status(tmp_path / "new", LATER).age_days == pytest.approx(2.0)


def test_mirrors_in_order(tmp_path: Path) -> None:
    """What one mirror has damaged comes from the next, and that is told."""
    built(tmp_path / "a")
    built(tmp_path / "b")
    digest = part_of(index_of(tmp_path / "a/out"), "Debian")["digest"]
    blob = tmp_path / "a/out/blobs" / digest.replace(":", "/")
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    done = run(tmp_path / "db", tmp_path / "a/out", tmp_path / "b/out")
    assert {part.name: part.mirror for part in done.parts}["Debian"] == str(tmp_path / "b/out")
    assert {part.name: part.mirror for part in done.parts}["PyPI"] == str(tmp_path / "a/out")
    [problem] = done.problems
    assert "not what its digest and size say" in problem.message
    assert rows(tmp_path / "db") == rows(tmp_path / "b/server")


def test_a_mirror_that_is_away(tmp_path: Path) -> None:
    """Without an answer from the first mirror, the second one gives everything."""
    built(tmp_path)
    done = run(tmp_path / "db", "http://127.0.0.1:9/", tmp_path / "out")
    assert len(done.parts) == 5
    assert [problem.where for problem in done.problems] == ["http://127.0.0.1:9/"]


def test_pinned(tmp_path: Path) -> None:
    """With a digest given, exactly that store is taken, and nothing else."""
    digest = built(tmp_path).digest
    out = str(tmp_path / "out")
    settings: dict[str, Any] = {"http": Http(), "now": NOW, "progress": Silent()}
    assert update(tmp_path / "db", [out], pin=digest, **settings).published == ((out, digest),)
    wrong = "sha256:" + "0" * 64
    for mirror in (out, str(tmp_path / "mirror")):
        with pytest.raises(InputError, match="digest"):
            update(tmp_path / "new", [mirror], pin=wrong, **settings)
    assert not store_path(tmp_path / "new").exists()


def test_older_data_is_not_taken(tmp_path: Path) -> None:
    """A mirror that plays old data back changes nothing, unless its digest was asked for."""
    old = built(tmp_path / "old", {"PyPI": [record("P-1", "PyPI", "a", *below("1"))]})
    built(tmp_path / "new", {"PyPI": [record("P-2", "PyPI", "a", *below("2"))]}, now=LATER)
    run(tmp_path / "db", tmp_path / "new/out", now=LATER)
    before = rows(tmp_path / "db")
    done = run(tmp_path / "db", tmp_path / "old/out", now=LATER)
    assert set(taken(done).values()) == {False}
    assert {problem.effect for problem in done.problems} == {Effect.NOTE}
    assert any("older than what is here" in problem.message for problem in done.problems)
    assert rows(tmp_path / "db") == before
    both = run(tmp_path / "db", tmp_path / "old/out", tmp_path / "new/out", now=LATER)
    assert not both.problems
    settings: dict[str, Any] = {"http": Http(), "now": LATER, "progress": Silent()}
    mirrors = [str(tmp_path / "old/out")]
    update(tmp_path / "db", mirrors, pin=old.digest, **settings)
    assert rows(tmp_path / "db") == rows(tmp_path / "old/server")


def test_what_was_taken_over_never_counts_as_read(tmp_path: Path) -> None:
    """A store that lies about its content is undone by an update from the publishers' files."""
    built(tmp_path)
    source = part_of(index_of(tmp_path / "out"), "PyPI")["source"]
    other = built(tmp_path / "b", {"PyPI": [record("P-1", "PyPI", "bad", *below("9"))]})
    forged(other.path, lambda index: part_of(index, "PyPI").update(source=source))
    run(tmp_path / "db", other.path)
    done = run(tmp_path / "db", tmp_path / "mirror")
    assert taken(done)["PyPI"]
    assert rows(tmp_path / "db") == rows(tmp_path / "server")


def test_only_some_ecosystems(tmp_path: Path) -> None:
    """``only`` takes, and publishes, these ecosystems and the other feeds; the rest stays."""
    built(tmp_path)
    done = run(tmp_path / "db", tmp_path / "out", only=("PyPI",))
    assert {part.name for part in done.parts if part.feed == "osv"} == {"PyPI"}
    run(tmp_path / "db", tmp_path / "out", only=("Debian:12",))
    assert {name for name, _ in status(tmp_path / "db", NOW).releases} == {
        "Debian:11",
        "Debian:12",
        "PyPI",
    }
    found = publish(
        tmp_path / "server", tmp_path / "some", now=NOW, progress=Silent(), only=("Debian",)
    )
    listed = index_of(found.path)["parts"]
    assert {part["name"] for part in listed if part["feed"] == "osv"} == {"Debian"}
    missing = run(tmp_path / "db", found.path, only=("PyPI", "Debian"))
    assert [(problem.code, problem.where) for problem in missing.problems] == [
        ("ecosystem-not-found", "PyPI")
    ]


def test_publishers_come_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After published stores, the publishers are asked for what is lacking, and nothing else."""
    parts = records()
    built(tmp_path, {"PyPI": parts["PyPI"]})
    mirror_of(tmp_path / "all", parts)
    with served(tmp_path / "all") as (url, asked):
        addresses = {feed: [f"{url}{feed}/"] for feed in ("osv", "kev", "epss", "nvd")}
        monkeypatch.setattr(_mirror, "table", lambda _: addresses)
        run(tmp_path / "db", tmp_path / "out", "publishers")
        assert asked == []
        done = run(tmp_path / "db", tmp_path / "out", "publishers", only=("PyPI", "Debian"))
        assert [path for path, _ in asked if "zip" in path] == ["GET /osv/Debian/all.zip"]
        assert taken(done)["Debian"]
        asked.clear()
        run(tmp_path / "db", tmp_path / "out", "publishers")
        assert [path for path, _ in asked if "zip" in path] == ["GET /osv/Debian/all.zip"]
        asked.clear()
        run(tmp_path / "new", "http://127.0.0.1:9/", "publishers", only=("Debian",))
        assert [path for path, _ in asked if "zip" in path] == ["GET /osv/Debian/all.zip"]


def test_import_is_all_or_nothing(tmp_path: Path) -> None:
    """A file of which one part is damaged changes nothing at all."""
    built(tmp_path / "old", {"PyPI": [record("P-1", "PyPI", "a", *below("1"))]})
    run(tmp_path / "db", tmp_path / "old/out")
    before = store_path(tmp_path / "db").read_bytes()
    built(tmp_path, now=LATER)
    file = tmp_path / "data.tar"
    export(tmp_path / "server", file, now=LATER, progress=Silent())
    settings: dict[str, Any] = {"http": Http(), "now": LATER, "progress": Silent()}
    whole = file.read_bytes()
    digest = part_of(index_of(tmp_path / "out"), "Debian")["digest"]
    blob = (tmp_path / "out/blobs" / digest.replace(":", "/")).read_bytes()
    at = whole.index(blob)
    for bad in (
        whole[: at + 9] + b"?" + whole[at + 10 :],
        whole[: len(whole) // 2],
        b"",
        b"x" * 999,
    ):
        file.write_bytes(bad)
        with pytest.raises(InputError):
            update(tmp_path / "db", [str(file)], strict=True, **settings)
        assert store_path(tmp_path / "db").read_bytes() == before
    file.write_bytes(whole)
    assert not update(tmp_path / "db", [str(file)], strict=True, **settings).problems
    assert rows(tmp_path / "db") == rows(tmp_path / "server")


def test_export_is_reproducible(tmp_path: Path) -> None:
    """The same store at the same time gives the same file; nothing else is left beside it."""
    built(tmp_path)
    (tmp_path / "files").mkdir()
    for name in "ab":
        export(tmp_path / "server", tmp_path / "files" / name, now=NOW, progress=Silent())
    one, other = ((tmp_path / "files" / name).read_bytes() for name in "ab")
    assert one == other
    assert sorted(path.name for path in (tmp_path / "files").iterdir()) == ["a", "b"]


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written into, or deleted from, a directory that publishing did not make."""
    built(tmp_path)
    (tmp_path / "home").mkdir()
    (tmp_path / "home/letter.txt").write_text("dear")
    write_mirror(tmp_path / "image", {})
    (tmp_path / "image/index.json").write_text('{"manifests": []}')
    for name in ("home", "image"):
        before = sorted(path.name for path in (tmp_path / name).iterdir())
        with pytest.raises(UsageError, match="something else"):
            publish(tmp_path / "server", tmp_path / name, now=NOW, progress=Silent())
        left = sorted(path.name for path in (tmp_path / name).iterdir() if path.name != ".lock")
        assert left == before
    with pytest.raises(NoAdvisoryDataError):
        publish(tmp_path / "nothing", tmp_path / "new", now=NOW, progress=Silent())


def test_old_files_stay_for_one_more_turn(tmp_path: Path) -> None:
    """Who has read the old index can still fetch what it names; a turn later it is gone."""
    first = built(tmp_path)
    out = first.path
    put(out, b"left behind by a killed run")

    def blobs() -> set[str]:
        return {path.name for path in (out / "blobs/sha256").iterdir()}

    def turn(number: int) -> set[str]:
        parts = {**records(), "PyPI": [record(f"P-{number}", "PyPI", "a", *below("3"))]}
        (tmp_path / "mirror/osv/PyPI/all.zip").write_bytes(osv_zip(parts["PyPI"]))
        built(tmp_path, parts, now=NOW + timedelta(hours=number))
        return blobs()

    named = {part["digest"].partition(":")[2] for part in index_of(out)["parts"]}
    second = turn(1)
    assert named < second
    assert len(second) == len(named) + 1 + 4  # a part, and twice manifest and index
    third = turn(2)
    assert not named <= third
    assert len(third) == len(second)


def test_the_file_of_a_part_has_no_times(tmp_path: Path) -> None:
    """The file of a part holds nothing that tells where or when it was made."""
    built(tmp_path)
    content = plain(tmp_path / "out", "PyPI")
    assert content.startswith(b"H")
    assert NOW.isoformat().encode() not in content
    assert str(tmp_path).encode() not in content
