"""An update replaces the store in one step, and only reads what has changed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from advisories.mirrors import (
    NOW,
    below,
    held,
    osv_zip,
    record,
    run,
    served,
    write_mirror,
)
from dunnage.advisories.match import match
from dunnage.advisories.status import status
from dunnage.advisories.store import FILE, open_store
from dunnage.model.errors import InputError
from dunnage.model.package import Package
from support import ROOT, data_root

if TYPE_CHECKING:
    from pathlib import Path

    from dunnage.advisories.update import Updated

LATER = NOW + timedelta(days=2)


def _two(root: Path) -> Path:
    return write_mirror(
        root,
        {
            "PyPI": [record("P-1", "PyPI", "a", *below("2"))],
            "Debian": [record("DSA-1-1", "Debian:12", "a", *below("2"))],
        },
    )


def _states(updated: Updated) -> list[tuple[str, int, bool]]:
    return [(part.name, part.records, part.unchanged) for part in updated.parts]


def _ids(root: Path) -> list[str]:
    store = open_store(root)
    assert store is not None
    with store:
        package = Package("pypi", "a", "1", ref="a")
        return [finding.id for finding in match(held(package), store, now=NOW).findings]


@pytest.mark.parametrize("web", [False, True])
def test_unchanged_parts_are_not_read_again(web: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """A second update reads only the zip that changed; the rest is carried over and matched."""
    mirror = _two(tmp_path / "mirror")
    with served(mirror) as (url, asked):
        source = url if web else mirror
        first = run(tmp_path / "db", source)
        assert _states(first) == [("Debian", 1, False), ("PyPI", 1, False)]
        again = run(tmp_path / "db", source, now=LATER)
        assert _states(again) == [("Debian", 1, True), ("PyPI", 1, True)]
        if web:
            assert [code for path, code in asked if path.endswith(".zip")][-2:] == [304, 304]
        changed = mirror / "osv" / "PyPI" / "all.zip"
        changed.write_bytes(osv_zip([record("P-2", "PyPI", "a", *below("3"))]))
        os.utime(changed, (4e9, 4e9))
        third = run(tmp_path / "db", source, now=LATER)
        assert _states(third) == [("Debian", 1, True), ("PyPI", 1, False)]
    assert not third.problems
    assert _ids(tmp_path / "db") == ["P-2"]
    assert status(tmp_path / "db", LATER).age_days == 0


def test_touched_file_with_the_same_content_is_not_read_again(tmp_path: Path) -> None:
    """Another time stamp alone does not make a part read again."""
    mirror = _two(tmp_path / "mirror")
    run(tmp_path / "db", mirror)
    os.utime(mirror / "osv" / "PyPI" / "all.zip", (4e9, 4e9))
    assert all(part.unchanged for part in run(tmp_path / "db", mirror).parts)


def test_only_names_ecosystems_and_keeps_the_others(tmp_path: Path) -> None:
    """``only`` takes a release along, leaves others as old as they are, and tells typing errors."""
    mirror = _two(tmp_path / "mirror")
    run(tmp_path / "db", mirror)
    updated = run(tmp_path / "db", mirror, only=["Debian:12", "PiPI"], now=LATER)
    assert [part.name for part in updated.parts] == ["Debian"]
    assert [(p.code, p.where) for p in updated.problems] == [("ecosystem-not-found", "PiPI")]
    store = open_store(tmp_path / "db")
    assert store is not None
    with store:
        assert store.has("Debian:12")
        assert not store.has("Debian:11")
        assert store.data(LATER, ["Debian:12"]).age_days == 0
        assert store.data(LATER, ["PyPI"]).age_days == 2
        assert store.data(LATER, ["PyPI", "Debian:12"]).age_days == 2


def test_ecosystem_that_all_mirrors_dropped_goes_away(tmp_path: Path) -> None:
    """A full update forgets what the mirrors no longer list."""
    mirror = _two(tmp_path / "mirror")
    run(tmp_path / "db", mirror)
    (mirror / "osv" / "ecosystems.txt").write_text("PyPI\n")
    run(tmp_path / "db", mirror)
    assert [name for name, _ in status(tmp_path / "db", NOW).releases] == ["PyPI"]


@pytest.mark.parametrize("web", [False, True])
def test_mirrors_in_order_and_a_bare_export(web: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """Each ecosystem comes from the first mirror that has it; a failing mirror is told."""
    one = write_mirror(tmp_path / "1", {"PyPI": [record("P-1", "PyPI", "a", *below("2"))]})
    (one / "osv" / "Go").mkdir()
    (one / "osv" / "ecosystems.txt").write_text("PyPI\nGo\n")
    (one / "osv" / "Go" / "all.zip").write_bytes(b"no zip")
    records = {
        "PyPI": [record("P-2", "PyPI", "a", *below("2"))],
        "Go": [record("G-2", "Go", "a", *below("2.0.0"))],
    }
    two = write_mirror(tmp_path / "2", records, bare=True)
    with served(one) as (first, _), served(two) as (second, _):
        sources = ("http://127.0.0.1:1/", first, second) if web else (one, two)
        updated = run(tmp_path / "db", *sources)
    assert [(part.name, part.mirror) for part in updated.parts] == [
        ("Go", str(sources[-1])),
        ("PyPI", str(sources[-2])),
    ]
    assert _ids(tmp_path / "db") == ["P-1"]
    assert any("zip" in problem.message for problem in updated.problems)
    if web:
        assert any("127.0.0.1:1" in problem.where for problem in updated.problems)


def test_broken_part_leaves_the_old_rows(tmp_path: Path) -> None:
    """A zip that breaks half-way changes nothing of what is known about its ecosystem."""
    mirror = _two(tmp_path / "mirror")
    run(tmp_path / "db", mirror)
    path = mirror / "osv" / "PyPI" / "all.zip"
    path.write_bytes(osv_zip([record(f"P-{n}", "PyPI", "a", *below("3")) for n in range(9)])[:-40])
    updated = run(tmp_path / "db", mirror, now=LATER)
    assert [problem.code for problem in updated.problems] == ["feed-not-loaded"]
    assert _ids(tmp_path / "db") == ["P-1"]
    store = open_store(tmp_path / "db")
    assert store is not None
    with store:
        assert store.checked(["PyPI"]) == NOW.isoformat()


def test_listed_and_absent(tmp_path: Path) -> None:
    """A zip that is listed and missing is told, and what was known of it stays."""
    mirror = _two(tmp_path / "mirror")
    run(tmp_path / "db", mirror)
    (mirror / "osv" / "PyPI" / "all.zip").unlink()
    updated = run(tmp_path / "db", mirror, now=LATER)
    assert [problem.where for problem in updated.problems] == [
        str(mirror / "osv" / "PyPI" / "all.zip")
    ]
    assert _ids(tmp_path / "db") == ["P-1"]


def test_another_version_reads_everything_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another version of the tool has read is read again, although it did not change."""
    mirror = _two(tmp_path / "mirror")
    run(tmp_path / "db", mirror)
    monkeypatch.setattr("dunnage.advisories._updating._READER", "9.9:")
    assert not any(part.unchanged for part in run(tmp_path / "db", mirror).parts)
    assert all(part.unchanged for part in run(tmp_path / "db", mirror).parts)


def test_changed_ordering_is_never_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys of another ordering are not used: a problem until the next update reads them again."""
    mirror = _two(tmp_path / "mirror")
    run(tmp_path / "db", mirror)
    with monkeypatch.context() as changed:
        changed.setattr("dunnage.advisories._matcher.probe", lambda _: "other keys")
        store = open_store(tmp_path / "db")
        assert store is not None
        with store:
            matched = match(held(Package("pypi", "a", "1", ref="a")), store, now=NOW)
    assert not matched.findings
    assert [problem.code for problem in matched.problems] == ["no-advisory-data"]
    assert "another version" in matched.problems[0].message
    monkeypatch.setattr("dunnage.advisories._probe.probe", lambda _: "other keys")
    assert not any(part.unchanged for part in run(tmp_path / "db", mirror).parts)


def test_nothing_at_all_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    """Without any usable mirror the old store stays; the error says what is wrong."""
    run(tmp_path / "db", _two(tmp_path / "mirror"))
    before = (tmp_path / "db" / FILE).read_bytes()
    for bad in (tmp_path / "missing", "ftp://example.org/", "http://127.0.0.1:1/"):
        with pytest.raises(InputError) as caught:
            run(tmp_path / "db", bad)
        assert caught.value.advice or caught.value.where
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no advisory data could be loaded"):
        run(tmp_path / "db", tmp_path / "empty")
    assert (tmp_path / "db" / FILE).read_bytes() == before
    assert sorted(path.name for path in (tmp_path / "db").iterdir()) == [FILE, "update.lock"]


def test_readers_keep_their_store(tmp_path: Path) -> None:
    """A store opened before an update still answers after it, from the old data."""
    mirror = _two(tmp_path / "mirror")
    run(tmp_path / "db", mirror)
    store = open_store(tmp_path / "db")
    assert store is not None
    with store:
        path = mirror / "osv" / "PyPI" / "all.zip"
        path.write_bytes(osv_zip([record("P-2", "PyPI", "a", *below("3"))]))
        run(tmp_path / "db", mirror, now=LATER)
        package = Package("pypi", "a", "1", ref="a")
        assert [f.id for f in match(held(package), store, now=NOW).findings] == ["P-1"]
    assert _ids(tmp_path / "db") == ["P-2"]


def test_several_updates_at_once(tmp_path: Path) -> None:
    """Two updates at the same time both succeed, one after the other."""
    mirror = _two(tmp_path / "mirror")
    done: list[Updated] = []
    threads = [Thread(target=lambda: done.append(run(tmp_path / "db", mirror))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(_states(updated)[0][2] for updated in done) == [False, True, True]
    assert _ids(tmp_path / "db") == ["P-1"]


_CHILD = """
import sys
from advisories.mirrors import run
print("go", flush=True)
run(__import__("pathlib").Path(sys.argv[1]), sys.argv[2])
"""


def test_killed_update_harms_nothing(tmp_path: Path) -> None:
    """An update killed while it writes leaves the old store, and the next one cleans up."""
    source = data_root()
    root = tmp_path / "db"
    run(root, _two(tmp_path / "mirror"))
    before = (root / FILE).read_bytes()
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(root), str(source)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            new = list(root.glob(f".update-*/{FILE}"))
            if new and new[0].stat().st_size > 2 * len(before) + 100_000:
                break
            time.sleep(0.01)
        else:
            pytest.fail("the update never began to write")
        child.send_signal(signal.SIGKILL)
    assert list(root.glob(".update-*"))
    assert (root / FILE).read_bytes() == before
    assert _ids(root) == ["P-1"]
    run(root, _two(tmp_path / "mirror"))
    assert not list(root.glob(".update-*"))


_FULL = """
import resource, sys
from advisories.mirrors import run
from dunnage.model.errors import InputError
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    run(__import__("pathlib").Path(sys.argv[1]), sys.argv[2], only=["Alpine"])
except InputError as error:
    print(error.message)
"""


def test_full_disk(tmp_path: Path) -> None:
    """An update that cannot write on says so, and the old store stays."""
    source = data_root()
    root = tmp_path / "db"
    run(root, _two(tmp_path / "mirror"))
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(root), str(source)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "the advisory store cannot be written" in done.stdout
    assert _ids(root) == ["P-1"]
    assert sorted(path.name for path in root.iterdir()) == [FILE, "update.lock"]


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped", "other version"])
def test_damaged_store(damage: str, tmp_path: Path) -> None:
    """A damaged store is told in one error with advice, and an update replaces it."""
    mirror = _two(tmp_path / "mirror")
    run(tmp_path / "db", mirror)
    path = tmp_path / "db" / FILE
    data = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "text": b"this is no database" * 1000,
            "cut": data[: len(data) // 2],
            "flipped": data[:9000] + bytes(len(data) - 9000),
            "other version": data,
        }[damage]
    )
    if damage == "other version":
        import sqlite3

        link = sqlite3.connect(path)
        link.execute("UPDATE meta SET value = '0' WHERE key = 'schema'")
        link.commit()
        link.close()
    with pytest.raises(InputError) as caught:
        _ids(tmp_path / "db")
    assert "db update" in caught.value.advice
    run(tmp_path / "db", mirror)
    assert _ids(tmp_path / "db") == ["P-1"]


def test_status_without_a_store(tmp_path: Path) -> None:
    """Status says that there is none, and where it would be."""
    told = status(tmp_path, NOW)
    assert not told.present
    assert told.path == str(tmp_path / FILE)
    assert open_store(tmp_path) is None


@pytest.mark.parametrize(
    "name",
    ["~nobody-of-this-name/x", "http://[x", "file://[x", "ftp://u:p@h/", "oci://u:p@h/x", "\0"],
)
def test_mirrors_nobody_can_mean_are_told(name: str, tmp_path: Path) -> None:
    """Whatever is named, it is one clear line."""
    with pytest.raises(InputError) as caught:
        run(tmp_path / "db", name)
    assert "u:p" not in str(caught.value)


def test_a_password_is_kept_nowhere(tmp_path: Path) -> None:
    """User and password in a mirror's URL go to the mirror, not into the store or a message."""
    with served(_two(tmp_path / "mirror")) as (url, asked):
        secret = url.replace("://", "://user:hidden@")
        updated = run(tmp_path / "db", secret)
        assert {part.mirror for part in updated.parts} == {url}
        asked.clear()
        assert all(part.unchanged for part in run(tmp_path / "db", secret).parts)
        assert 304 in {status for _, status in asked}
        (tmp_path / "mirror/osv/PyPI/all.zip").unlink()
        told = run(tmp_path / "db", secret).problems
    assert [problem.where for problem in told] == [f"{url}osv/PyPI/all.zip"]
    with pytest.raises(InputError) as caught:
        run(tmp_path / "db", secret)
    assert "hidden" not in str(caught.value)
    for file in (tmp_path / "db").rglob("*"):
        assert b"hidden" not in file.read_bytes()


def test_a_directory_whose_name_is_no_text(tmp_path: Path) -> None:
    """Names are bytes; what is kept of them can be written anywhere."""
    source = tmp_path / os.fsdecode(b"odd\xff")
    write_mirror(source, {"PyPI": [record("P-1", "PyPI", "a", *below("2"))]})
    for unchanged in (False, True):
        [part] = run(tmp_path / "db", source).parts
        assert (part.mirror, part.unchanged) == (f"{tmp_path}/odd\\xff", unchanged)
    assert status(tmp_path / "db", NOW).mirrors == (f"{tmp_path}/odd\\xff",)
