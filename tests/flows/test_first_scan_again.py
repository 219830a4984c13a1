"""When scans ask again for scores by NVD, and what they say where there are none."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from advisories.mirrors import below, record, write_mirror
from advisories.mirrors import run as update
from dunnage.advisories.needs import ASKED
from dunnage.advisories.publish import publish
from dunnage.advisories.status import status
from dunnage.advisories.store import open_store
from dunnage.model.progress import Silent
from flows.first_scan import (
    DEMO,
    HOUR,
    NOW,
    asked_of,
    codes,
    files,
    got,
    said,
    scan_of,
    small_mirror,
    write_scores,
)
from flows.helpers_scan import scanned
from images import write_oci_dir
from processes import run
from webserver import serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dunnage.model.report import Report


def test_a_score_nobody_has_is_not_asked_for_by_every_scan(
    tmp_path: Path, pulled: Callable[..., str]
) -> None:
    """A year is asked for again only when advisories came that are newer, and hours later."""
    root = small_mirror(tmp_path / "mirror", "CVE-2020-0002", scored=["CVE-2020-0001"])
    name = pulled([DEMO])
    year = ["/nvd/nvdcve-2.0-2020.json.gz"]
    with serving(files(root)) as server:
        scan = partial(scan_of, name, tmp_path / "cache", (server.url,))
        assert codes(scan()) == []
        assert got(server) == [*year, "/osv/PyPI/all.zip"]
        for hours in (0, 1, 7, 70):
            scan(now=NOW + hours * HOUR)
            assert asked_of(server) == []
        write_scores(root, "CVE-2020-0002")
        # Another part of the store becomes newer than the scores.
        osv = write_mirror(
            tmp_path / "osv",
            {"PyPI": [record("P-3", "PyPI", "demo", *below("2"), aliases=["CVE-2020-0002"])]},
        )
        update(tmp_path / "cache/advisories", osv, now=NOW + 2 * HOUR, only=["PyPI"])
        scan(now=NOW + 3 * HOUR)
        assert asked_of(server) == []
        report = scan(now=NOW + 9 * HOUR)
        assert got(server) == year
        assert [finding[3] for finding in said(report)] == ["nvd"]


@pytest.mark.parametrize("broken", [True, False])
def test_years_that_do_not_come(
    broken: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
    pulled: Callable[..., str],
) -> None:
    """Every report says so; the mirrors are asked again after an hour, or six if they have none."""
    root = small_mirror(tmp_path / "mirror", "CVE-2020-0001", "CVE-2021-0001")
    if broken:
        write_scores(root, "CVE-2020-0001")
    name = pulled([DEMO])
    with serving(files(root, "/nvd/nvd" if broken else "\0")) as server:
        scan = partial(scan_of, name, tmp_path / "cache", (server.url,))
        first = scan()
        assert codes(first) == (["advisory-fetch-failed"] if broken else []) + ["no-scores"]
        assert "CVEs of 2020, 2021: the severity" in first.problems[-1].message
        assert [finding[3] for finding in said(first)] == ["", ""]
        assert (first.exit_code, first.gate.unknown) == (0, 0)
        asked_of(server)
        second = scan(now=NOW + HOUR / 2)
        assert (codes(second), asked_of(server)) == (["no-scores"], [])
        scan(now=NOW + 2 * HOUR)
        assert bool(asked_of(server)) is broken
        scan(now=NOW + 9 * HOUR)
        assert asked_of(server)
    with serving(files(small_mirror(tmp_path / "b", scored=["CVE-2020-0001"]))) as other:
        report = scan_of(name, tmp_path / "cache", (other.url,), now=NOW + 9 * HOUR)
        assert got(other) == ["/nvd/nvdcve-2.0-2020.json.gz"]
    assert [finding[3] for finding in said(report)] == ["nvd", ""]
    assert "CVEs of 2021:" in report.problems[-1].message


def test_a_gate_says_what_it_could_not_judge(tmp_path: Path, pulled: Callable[..., str]) -> None:
    """Without a score the gate does not pass in silence."""
    root = small_mirror(tmp_path / "mirror", "CVE-2020-0001")
    words = ("--db-mirrors", root, "--cache-dir", tmp_path / "cache", "--fail-on", "high")
    done = run("scan", pulled([DEMO]), "--platform=linux/amd64", *words)
    assert "1 finding of unknown severity could not be judged" in " ".join(done.stdout.split())
    assert "there are no scores by NVD for CVEs of 2020" in done.stderr + done.stdout


def test_several_scans_at_once_fetch_once(tmp_path: Path, pulled: Callable[..., str]) -> None:
    """Whoever waited finds what it needs; nothing is fetched twice."""
    cves = ["CVE-2020-0001", "CVE-2021-0001"]
    root = small_mirror(tmp_path / "mirror", *cves, scored=cves)
    name = pulled([DEMO])
    reports: list[Report] = []
    with serving(files(root)) as server:

        def one(number: int) -> None:
            # The order of words differs, but not what is asked for.
            now = NOW + timedelta(seconds=number)
            reports.append(scan_of(name, tmp_path / "cache", (server.url,), now=now))

        threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got(server) == [
            "/nvd/nvdcve-2.0-2020.json.gz",
            "/nvd/nvdcve-2.0-2021.json.gz",
            "/osv/PyPI/all.zip",
        ]
    assert len(reports) == 6
    assert {str(said(report)) for report in reports} == {str(said(reports[0]))}
    assert [finding[3] for finding in said(reports[0])] == ["nvd", "nvd"]


def test_what_a_scan_fetched_is_no_complete_update(
    tmp_path: Path, pulled: Callable[..., str]
) -> None:
    """``db update`` brings all years afterwards, and never counts as done because of a scan."""
    cves = ["CVE-2020-0001", "CVE-2021-0001", "CVE-2022-0001"]
    root = small_mirror(tmp_path / "mirror", cves[0], scored=cves)
    cache = tmp_path / "cache"
    scan_of(pulled([DEMO]), cache, (str(root),))
    assert status(cache / "advisories", NOW).scored == "2020"
    store = open_store(cache / "advisories")
    assert store is not None
    with store:
        update(tmp_path / "whole", root)
        whole = open_store(tmp_path / "whole")
        assert whole is not None
        with whole:
            assert store.meta["request"] != whole.meta["request"]
    update(cache / "advisories", root, only=["PyPI"])
    assert status(cache / "advisories", NOW).scored == "2020-2022"
    assert status(cache / "advisories", NOW).digest == status(tmp_path / "whole", NOW).digest


def test_a_published_store_gives_only_the_years(tmp_path: Path, pulled: Callable[..., str]) -> None:
    """Its parts are taken one by one, as the publishers' files are."""
    cves = ["CVE-2020-0001", "CVE-2021-0001"]
    root = small_mirror(tmp_path / "mirror", cves[0], scored=cves)
    update(tmp_path / "server", root, now=NOW)
    publish(tmp_path / "server", tmp_path / "out", now=NOW, progress=Silent())
    name = pulled([DEMO])
    with serving(files(tmp_path / "out")) as server:
        report = scan_of(name, tmp_path / "cache", (server.url,))
        assert asked_of(server)
        scan_of(name, tmp_path / "cache", (server.url,))
        assert asked_of(server) == []
    assert status(tmp_path / "cache/advisories", NOW).scored == "2020"
    assert [finding[3] for finding in said(report)] == ["nvd"]


def test_local_targets_hear_nothing_of_it(tmp_path: Path) -> None:
    """What may not fetch is reported as ever."""
    root = small_mirror(tmp_path / "mirror", "CVE-2020-0001")
    update(tmp_path / "cache/advisories", root, now=datetime.now(UTC))
    write_oci_dir(tmp_path / "layout", [DEMO])
    report = scanned(f"oci-dir:{tmp_path}/layout", tmp_path / "cache")
    assert (codes(report), [f.id for f in report.subjects[0].findings]) == ([], ["CVE-2020-0001"])
    assert not (tmp_path / "cache/advisories" / ASKED).exists()


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b'{"2020": 1}', b"[" * 100_000, b'{"2020": {"mirrors": "x"}}']
)
def test_a_damaged_memory_is_none(
    content: bytes, tmp_path: Path, pulled: Callable[..., str]
) -> None:
    """Whatever stands in the file, the years are asked for."""
    root = small_mirror(tmp_path / "mirror", "CVE-2020-0001", scored=["CVE-2020-0001"])
    (tmp_path / "cache/advisories").mkdir(parents=True)
    (tmp_path / "cache/advisories" / ASKED).write_bytes(content)
    report = scan_of(pulled([DEMO]), tmp_path / "cache", (str(root),))
    assert [finding[3] for finding in said(report)] == ["nvd"]


def test_a_damaged_store_is_not_replaced_by_scores_alone(
    tmp_path: Path, pulled: Callable[..., str]
) -> None:
    """Scores cannot be added to a damaged store; what it still gives is reported."""
    root = small_mirror(tmp_path / "mirror", "CVE-2020-0001")
    scan_of(pulled([DEMO]), tmp_path / "cache", (str(root),))
    (tmp_path / "cache/advisories" / ASKED).unlink()
    store = tmp_path / "cache/advisories/advisories.sqlite"
    content = bytearray(store.read_bytes())
    content[60:64] = b"\xff\xff\xff\xff"
    store.write_bytes(content)
    write_scores(root, "CVE-2020-0001")
    report = scan_of(pulled([DEMO]), tmp_path / "cache", (str(root),))
    assert [finding[0] for finding in said(report)] == ["CVE-2020-0001"]
    assert codes(report) == ["advisory-fetch-failed", "no-scores"]
    assert store.read_bytes() == bytes(content)
