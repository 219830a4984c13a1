"""A scan of an image in a registry fetches the advisory data it lacks; nothing else does."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from advisories.mirrors import NOW, below, record, served, write_mirror
from dunnage.advisories.needs import Needs
from dunnage.flows import _advise
from dunnage.flows._examine import Request
from dunnage.flows.scan import ScanRequest
from dunnage.model.policy import Policy
from dunnage.model.progress import Silent
from flows.helpers_scan import scanned
from flows.small_world import FOUND, LAYERS, ids, local_forms, mirror, python_records, stock
from images import write_oci_dir
from processes import run
from registry import copied, registry
from webserver import Answer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JSON = ("-o", "json")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return an image in a real registry."""
    folder = tmp_path_factory.mktemp("registry")
    write_oci_dir(folder / "image", LAYERS)
    with registry(folder) as host:
        copied(f"oci:{folder}/image:latest", f"docker://{host}/team/app:1")
        yield f"{host}/team/app:1"


def codes(report: dict[str, Any]) -> set[str]:
    """Return the codes of all problems of a report."""
    groups = [report["problems"], *(s["problems"] for s in report["subjects"])]
    return {problem["code"] for group in groups for problem in group}


@pytest.mark.judge
def test_missing_data_is_fetched_once(image: str, tmp_path: Path) -> None:
    """The first scan of an empty machine fetches what it needs, the second nothing more."""
    with served(mirror(tmp_path / "mirror")) as (url, asked):
        words = (image, *JSON, "--db-mirrors", url, "--cache-dir", str(tmp_path / "cache"))
        done = run("scan", *words)
        assert (done.returncode, ids(json.loads(done.stdout))) == (0, FOUND), done.stderr
        fetched = {path for path, status in asked if status == 200 and path.endswith("all.zip")}
        assert fetched == {"GET /osv/PyPI/all.zip", "GET /osv/npm/all.zip"}
        asked.clear()
        again = run("scan", *words)
        assert (again.returncode, ids(json.loads(again.stdout))) == (0, FOUND)
        assert asked == []


@pytest.mark.judge
def test_what_is_there_is_kept_and_the_rest_is_fetched(image: str, tmp_path: Path) -> None:
    """With data for PyPI alone, npm is fetched and PyPI stays."""
    cache = stock(tmp_path / "cache", write_mirror(tmp_path / "half", {"PyPI": python_records()}))
    with served(mirror(tmp_path / "mirror")) as (url, asked):
        done = run("scan", image, *JSON, "--db-mirrors", url, "--cache-dir", cache)
        assert (done.returncode, ids(json.loads(done.stdout))) == (0, FOUND), done.stderr
        assert ("GET /osv/npm/all.zip", 200) in asked
        assert [path for path, _ in asked if "Maven" in path] == []


@pytest.mark.judge
def test_not_without_leave(image: str, tmp_path: Path) -> None:
    """Neither --skip-db-update nor --offline fetches; the packages are listed, and exit is 4 or 3."""
    with served(mirror(tmp_path / "mirror")) as (url, asked):
        words = (image, *JSON, "--db-mirrors", url, "--cache-dir", str(tmp_path / "cache"))
        done = run("scan", *words, "--skip-db-update")
        assert done.returncode == 4
        report = json.loads(done.stdout)
        assert (report["summary"]["packages"], ids(report)) == (3, [])
        done = run("scan", *words, "--offline")
        assert (done.returncode, done.stdout) == (3, "")
        assert asked == []


def test_a_local_target_does_not_fetch(tmp_path: Path) -> None:
    """A file is examined with what is there: exit 4 without any data, and all else is reported."""
    targets = local_forms(tmp_path)
    with served(mirror(tmp_path / "mirror")) as (url, asked):
        words = ("--db-mirrors", url, "--cache-dir", str(tmp_path / "cache"))
        done = run("scan", targets["docker-archive"], *JSON, *words)
        assert (done.returncode, asked) == (4, [])
    report = json.loads(done.stdout)
    subject = report["subjects"][0]
    assert (report["complete"], codes(report)) == (False, {"no-advisory-store"})
    assert sorted(p["name"] for p in subject["packages"]) == ["demo", "left", "other"]
    assert (subject["examined"]["layers"], subject["examined"]["packages_unexamined"]) == (2, 3)
    assert "not examined: there is no advisory data at all" in done.stderr


@pytest.mark.judge
def test_a_mirror_that_is_down(image: str, tmp_path: Path) -> None:
    """The reason is a note; without data exit is 4, with some of it 3, the rest is reported."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = run("scan", image, *JSON, "--db-mirrors", url, "--cache-dir", tmp_path / "none")
    report = json.loads(done.stdout)
    assert (done.returncode, report["summary"]["packages"]) == (4, 3)
    assert codes(report) == {"advisory-fetch-failed", "no-advisory-store"}
    half = stock(tmp_path / "half", write_mirror(tmp_path / "part", {"PyPI": python_records()}))
    done = run("scan", image, *JSON, "--db-mirrors", url, "--cache-dir", half)
    report = json.loads(done.stdout)
    assert (done.returncode, ids(report)) == (3, [name for name in FOUND if name != "GHSA-left"])
    assert "advisory-fetch-failed" in codes(report)
    assert report["subjects"][0]["examined"]["packages_unexamined"] == 1


@pytest.mark.judge
def test_the_second_mirror_answers_for_the_first(image: str, tmp_path: Path) -> None:
    """Mirrors are asked in order; one that is down does not keep the next from answering."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        dead = f"http://127.0.0.1:{free.getsockname()[1]}"
    words = ("--db-mirrors", dead, "--db-mirrors", str(mirror(tmp_path / "mirror")))
    done = run("scan", image, *JSON, *words, "--cache-dir", tmp_path / "cache")
    assert (done.returncode, ids(json.loads(done.stdout))) == (0, FOUND), done.stderr


@pytest.mark.judge
def test_a_damaged_store_is_told_or_replaced(image: str, tmp_path: Path) -> None:
    """A store nobody can read is fetched anew if it may be, and told if not: never silence."""
    cache = stock(tmp_path / "cache", mirror(tmp_path / "mirror"))
    store = cache / "advisories/advisories.sqlite"
    store.write_bytes(b"not a database at all" * 1000)
    words = ("--db-mirrors", str(tmp_path / "mirror"), "--cache-dir", str(cache))
    done = run("scan", image, *JSON, *words, "--skip-db-update")
    report = json.loads(done.stdout)
    assert (done.returncode, report["summary"]["packages"]) == (4, 3)
    assert "advisory-store-unreadable" in codes(report)
    with socket.create_server(("127.0.0.1", 0)) as free:
        dead = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = run("scan", image, *JSON, "--db-mirrors", dead, "--cache-dir", cache)
    assert (done.returncode, json.loads(done.stdout)["summary"]["packages"]) == (4, 3)
    done = run("scan", image, *JSON, *words)
    assert (done.returncode, ids(json.loads(done.stdout))) == (0, FOUND), done.stderr


def test_a_damaged_page_of_the_store_costs_no_package(tmp_path: Path) -> None:
    """Whatever page of the store is damaged: packages are listed, and it is never an empty success."""
    target = local_forms(tmp_path)["oci-dir"]
    cache = stock(tmp_path / "cache", mirror(tmp_path / "mirror"))
    store = cache / "advisories/advisories.sqlite"
    whole = store.read_bytes()
    for page in range(len(whole) // 4096):
        damaged = bytearray(whole)
        damaged[page * 4096 : page * 4096 + 4096] = b"\xa5" * 4096
        store.write_bytes(damaged)
        report = scanned(target, cache)
        assert len(report.subjects[0].inventory.packages) == 3
        found = sorted(finding.id for finding in report.subjects[0].findings)
        assert found == FOUND or report.exit_code in {3, 4}, page


@pytest.mark.judge
def test_what_a_mirror_lacks_is_not_asked_for_by_every_scan(image: str, tmp_path: Path) -> None:
    """A release without data is asked for once, and again where another mirror is named."""
    source = mirror(tmp_path / "mirror")
    write_mirror(tmp_path / "empty", {"npm": [record("M-1", "npm:x", "left", *below("2"))]})
    (source / "osv/npm/all.zip").write_bytes((tmp_path / "empty/osv/npm/all.zip").read_bytes())
    with served(source) as (url, asked):
        words = (image, *JSON, "--db-mirrors", url, "--cache-dir", str(tmp_path / "cache"))
        assert "no-advisory-data" in codes(json.loads(run("scan", *words).stdout))
        asked.clear()
        assert "no-advisory-data" in codes(json.loads(run("scan", *words).stdout))
        assert asked == []
    with served(mirror(tmp_path / "whole")) as (url, _):
        words = (image, *JSON, "--db-mirrors", url, "--cache-dir", str(tmp_path / "cache"))
        assert ids(json.loads(run("scan", *words).stdout)) == FOUND


def test_a_password_for_images_is_not_for_advisories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment has for the registry of the image goes to no registry of advisory data."""
    monkeypatch.setenv("DUNNAGE_REGISTRY_USERNAME", "user")
    monkeypatch.setenv("DUNNAGE_REGISTRY_PASSWORD", "hidden")
    monkeypatch.setenv("HOME", str(tmp_path))
    login = {"WWW-Authenticate": 'Basic realm="x"'}
    with serving(lambda _: Answer(401, headers=login)) as server:
        request = ScanRequest(
            mirrors=(f"oci://{server.host}/a:1",),
            reading=Request(tmp_path / "cache"),
            policy=Policy(),
        )
        needs = Needs(("osv",), ("npm",))
        [problem] = _advise._fetch(tmp_path / "db", lambda _: needs, request, NOW, Silent())
    assert "wants a login" in problem.message
    assert [asked.headers.get("authorization") for asked in server.asked] == [None]
