"""Gates, waivers and what is shown, from the command line to the exit code."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from flows.small_world import FOUND, ids, local_forms, mirror, stock
from processes import run, told

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

OPEN, HIDDEN, WAIVED = "open", "hidden", "waived"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with an image in ``app`` and a cache in ``cache``.

    The image has four findings: one critical, one low without a fix, two of unknown severity.
    """
    root = tmp_path_factory.mktemp("gates")
    stock(root / "cache", mirror(root / "mirror"))
    local_forms(root)
    return root


def scan(here: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Scan the image."""
    return run("scan", "oci-dir:layout", "--cache-dir", "cache", *words, cwd=here)


def report(here: Path, *words: str) -> dict[str, Any]:
    """Scan the image and return the JSON report, whose exit code is that of the process."""
    done = scan(here, "-o", "json", *words)
    value: dict[str, Any] = json.loads(done.stdout)
    assert value["exit_code"] == done.returncode
    return value


def statuses(value: dict[str, Any]) -> dict[str, str]:
    """Return the status of each finding by its id."""
    return {f["id"]: f["status"] for s in value["subjects"] for f in s["findings"]}


@pytest.mark.parametrize(
    ("words", "code", "failed", "unknown"),
    [
        ((), 0, 0, 0),
        (("--fail-on", "high"), 1, 1, 2),
        (("--fail-on", "critical"), 1, 1, 2),
        (("--fail-on", "low"), 1, 2, 2),
        (("--fail-on-unknown",), 1, 2, 0),
        (("--fail-on", "low", "--fail-on-unknown"), 1, 4, 0),
        (("--fail-on", "high", "--exit-code", "7"), 7, 1, 2),
        (("--exit-code", "7"), 7, 4, 0),
        (("--exit-code", "7", "--severity", "low"), 7, 2, 2),
        (("--severity", "low", "--fail-on", "high"), 1, 1, 2),
        (("--ignore-unfixed", "--fail-on", "low"), 1, 1, 2),
        (("--pkg-types", "os", "--fail-on", "low"), 0, 0, 0),
        (("--skip-dirs", "app/demo-*", "--fail-on", "high"), 0, 0, 1),
        (("--skip-files", "**/METADATA", "--fail-on", "low", "--fail-on-unknown"), 1, 1, 0),
        (("--skip-dirs", "app,srv/**", "--fail-on-unknown"), 0, 0, 0),
    ],
    ids=lambda value: " ".join(value) or "no gate" if isinstance(value, tuple) else str(value),
)
def test_gates(here: Path, words: tuple[str, ...], code: int, failed: int, unknown: int) -> None:
    """Which findings fail a gate, how many it could not judge, and the exit code."""
    value = report(here, *words)
    gate = value["gate"]
    assert (value["exit_code"], gate["failed"], gate["unknown"]) == (code, failed, unknown)
    assert len(gate["failed_fingerprints"]) == failed
    assert value["complete"] is True


def test_what_is_shown_is_not_what_is_judged(here: Path) -> None:
    """--severity and --ignore-unfixed hide findings; JSON still holds all, with the reason."""
    value = report(here, "--severity", "critical,unknown")
    assert statuses(value) == dict.fromkeys(FOUND, OPEN) | {"PYSEC-3": HIDDEN}
    assert [value["summary"]["by_status"][key] for key in (OPEN, HIDDEN)] == [3, 1]
    value = report(here, "--ignore-unfixed")
    assert statuses(value) == dict.fromkeys(FOUND, OPEN) | {"PYSEC-3": HIDDEN}
    table = scan(here, "--severity", "low", "--fail-on", "high").stdout
    assert "PYSEC-3" in table
    assert "CVE-2020-0001" not in table
    assert "1 of them not" in table


def waivers(here: Path, name: str, **entry: str) -> str:
    """Write a configuration with waivers; return its path."""
    lines = [f'{key} = "{value}"' for key, value in entry.items()]
    path = here / name
    path.write_text("\n".join(["[[waivers]]", 'owner = "us"', 'reason = "known"', *lines]) + "\n")
    return str(path)


def test_a_waiver_holds_until_it_expires(here: Path) -> None:
    """Today it still holds; from tomorrow the finding is open again and the report says why."""
    today = datetime.now(UTC).date()
    held = waivers(here, "held.toml", id="CVE-2020-0001", expires=str(today))
    value = report(here, "--config", held, "--fail-on", "high")
    finding = next(f for s in value["subjects"] for f in s["findings"] if f["status"] == WAIVED)
    assert (value["exit_code"], finding["id"]) == (0, "CVE-2020-0001")
    assert finding["reason"] == f"waived by us until {today}: known"
    assert value["problems"] == []
    past = str(today - timedelta(days=1))
    late = waivers(here, "late.toml", id="PYSEC-1", expires=past)
    value = report(here, "--config", late, "--fail-on", "high")
    assert (value["exit_code"], statuses(value)["CVE-2020-0001"]) == (1, OPEN)
    assert [(p["code"], p["effect"]) for p in value["problems"]] == [("waiver-expired", "note")]
    assert f"expired on {past}" in value["problems"][0]["message"]


def test_a_waiver_that_covers_nothing_is_told(here: Path) -> None:
    """Limited to another package it changes nothing, and a note says so."""
    lines = waivers(here, "other.toml", id="CVE-2020-0001", expires="2999-01-01")
    with (here / "other.toml").open("a") as file:
        file.write('packages = ["other"]\n')
    value = report(here, "--config", lines, "--fail-on", "high")
    assert (value["exit_code"], value["complete"]) == (1, True)
    assert [p["code"] for p in value["problems"]] == ["waiver-unused"]


def test_the_configuration_in_the_current_directory(here: Path, tmp_path: Path) -> None:
    """dunnage.toml sets gate and waivers; the environment wins over it, a flag over both."""
    waivers(tmp_path, "dunnage.toml", id="CVE-2020-0001", expires="2999-01-01")
    with (tmp_path / "dunnage.toml").open("a") as file:
        file.write('[scan]\nfail-on = "low"\nexit-code = 9\n')
    words = ("scan", f"oci-dir:{here / 'layout'}", "--cache-dir", str(here / "cache"))
    assert run(*words, cwd=tmp_path).returncode == 9
    assert run(*words, cwd=tmp_path, DUNNAGE_FAIL_ON="medium").returncode == 0
    done = run(*words, "--fail-on", "low", cwd=tmp_path, DUNNAGE_FAIL_ON="medium")
    assert done.returncode == 9


def test_old_data_is_noted_and_too_old_data_is_incomplete(here: Path, tmp_path: Path) -> None:
    """The age is told from a day on; beyond --db-max-age exit is 3, unless that is allowed."""
    old = datetime.now(UTC) - timedelta(days=3, hours=1)
    cache = str(stock(tmp_path / "cache", here / "mirror", now=old))
    value = report(here, "--cache-dir", cache)
    problems = value["subjects"][0]["problems"]
    assert [(p["code"], p["effect"]) for p in problems] == [("advisory-data-old", "note")]
    assert (value["exit_code"], value["complete"]) == (0, True)
    assert problems[0]["message"] == "the advisory data is 3 days old"
    assert 3 < value["data"]["age_days"] < 3.1
    assert report(here, "--cache-dir", cache, "--db-max-age", "4d")["exit_code"] == 0
    value = report(here, "--cache-dir", cache, "--db-max-age", "36h", "--fail-on", "high")
    assert (value["exit_code"], value["gate"]["failed"], ids(value)) == (3, 1, FOUND)
    problem = value["subjects"][0]["problems"][0]
    assert problem["code"] == "advisory-data-too-old"
    assert problem["message"].endswith("is 3 days old, older than the 36 hours allowed")
    words = ("--cache-dir", cache, "--db-max-age", "36h", "--allow-incomplete")
    assert report(here, *words)["exit_code"] == 0
    assert report(here, *words, "--fail-on", "high")["exit_code"] == 1


def test_no_data_at_all_comes_last_and_wins(here: Path, tmp_path: Path) -> None:
    """Without a store everything else is reported, then exit is 4; no gate can pass instead."""
    words = ("--cache-dir", str(tmp_path / "cache"), "--fail-on", "high")
    value = report(here, *words)
    assert (value["exit_code"], value["summary"]["packages"], value["complete"]) == (4, 3, False)
    assert value["data"]["present"] is False
    assert report(here, *words, "--allow-incomplete")["exit_code"] == 4
    done = scan(here, *words)
    assert "Exit     4: there is no advisory data" in done.stdout


def test_an_unexamined_ecosystem_is_incomplete(here: Path) -> None:
    """A package whose ecosystem has no data is counted and makes the scan incomplete."""
    (here / "go").mkdir(exist_ok=True)
    component = {"type": "library", "name": "serde", "version": "1.0.0"}
    component["purl"] = "pkg:cargo/serde@1.0.0"
    listed = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component]}
    (here / "crates.json").write_text(json.dumps(listed))
    done = run("scan", "sbom:crates.json", "-o", "json", "--cache-dir", "cache", cwd=here)
    value = json.loads(done.stdout)
    assert (done.returncode, value["summary"]["packages_unexamined"]) == (3, 1)
    assert "crates.io" in value["subjects"][0]["problems"][0]["message"]


def test_two_runs_say_the_same(here: Path) -> None:
    """Apart from times and what came from the cache, the same image gives the same document."""
    first, second = (scan(here, "-o", "json", "--jobs", jobs) for jobs in ("1", "4"))
    assert told(first.stdout) == told(second.stdout)
    assert list(json.loads(first.stdout)) == list(json.loads(second.stdout))
