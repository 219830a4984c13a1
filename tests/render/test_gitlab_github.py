"""``gitlab-container-scanning`` and ``github-snapshot``: the fields their readers ask for.

GitLab publishes its schema outside of package indexes, so its rules are written down here: those of
``lib/gitlab/ci/parsers/security/validators/schemas/15.0.7/container-scanning-report-format.json`` of
gitlabhq/gitlabhq (commit 585826cb22ec), which GitLab itself checks a report of that version with.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator
from msgspec.structs import replace

from dunnage.model.advisory import Score
from dunnage.model.finding import Status
from dunnage.model.report import Report, View
from dunnage.render.github_snapshot import renderer as snapshot
from dunnage.render.gitlab_container_scanning import renderer as scanning
from sample_hostile import HOSTILE
from sample_platforms import PLATFORMS
from samples import EMPTY, FINDINGS, REPORT, SEVERAL, SUBJECT, UNSEEN
from support import gitlab_schema

REPORTS = {
    "sample": REPORT,
    "empty": EMPTY,
    "unseen": UNSEEN,
    "several": SEVERAL,
    "platforms": PLATFORMS,
    "hostile": HOSTILE,
    "nothing": Report(subjects=(), created=REPORT.created, tool=REPORT.tool),
}
BUILD = (
    ("job", "image"),
    ("ref", "refs/heads/main"),
    ("run", "17"),
    ("sha", "5b" * 20),
    ("url", "https://github.com/a/b/actions/runs/17"),
    ("workflow", "ci"),
)


def _text(**more: object) -> dict[str, object]:
    return {"type": "string", "minLength": 1, **more}


def _object(*needed: str, **properties: object) -> dict[str, object]:
    return {"type": "object", "required": list(needed), "properties": properties}


_TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
_URL = {"type": "string", "pattern": "^(https?|ftp)://.+"}
_TOOL = _object(
    "id",
    "name",
    "version",
    "vendor",
    id=_text(),
    name=_text(),
    version=_text(),
    url={"type": "string", "pattern": "^https?://.+"},
    vendor=_object("name", name=_text()),
)
_V2 = (
    r"(AV:[NAL]|AC:[LMH]|Au:[MSN]|[CIA]:[NPC]|E:(U|POC|F|H|ND)|RL:(OF|TF|W|U|ND)|RC:(UC|UR|C|ND)"
    r"|CDP:(N|L|LM|MH|H|ND)|TD:(N|L|M|H|ND)|[CIA]R:(L|M|H|ND))"
)
_V3 = (
    r"(AV:[NALP]|AC:[LH]|PR:[NLH]|UI:[NR]|S:[UC]|[CIA]:[NLH]|E:[XUPFH]|RL:[XOTWU]|RC:[XURC]"
    r"|[CIA]R:[XLMH]|MAV:[XNALP]|MAC:[XLH]|MPR:[XNLH]|MUI:[XNR]|MS:[XUC]|M[CIA]:[XNLH])"
)


def _vector(start: str, metric: str, shortest: int) -> dict[str, object]:
    pattern = f"^{start}({metric}/)*{metric}$"
    vector = {"type": "string", "minLength": shortest, "maxLength": 128, "pattern": pattern}
    return _object("vendor", "vector", vendor=_text(), vector=vector)


_VULNERABILITY = _object(
    "id",
    "identifiers",
    "location",
    id=_text(),
    name={"type": "string", "maxLength": 255},
    description={"type": "string", "maxLength": 1048576},
    severity={"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
    solution={"type": "string", "maxLength": 7000},
    identifiers={
        "type": "array",
        "minItems": 1,
        "items": _object(
            "type", "name", "value", type=_text(), name=_text(), value=_text(), url=_URL
        ),
    },
    cvss_vectors={
        "type": "array",
        "minItems": 1,
        "maxItems": 10,
        "items": {"oneOf": [_vector("", _V2, 16), _vector("CVSS:3[.][01]/", _V3, 32)]},
    },
    links={"type": "array", "items": _object("url", url=_URL)},
    details={
        "type": "object",
        "additionalProperties": _object(
            "name", "type", "value", name=_text(), type={"const": "text"}, value={"type": "string"}
        ),
    },
    location=_object(
        "dependency",
        "operating_system",
        "image",
        dependency=_object(
            "package",
            "version",
            package=_object("name", name={"type": "string"}),
            version={"type": "string"},
        ),
        operating_system=_text(),
        image=_text(),
    ),
)
SCHEMA = _object(
    "scan",
    "version",
    "vulnerabilities",
    version={"const": "15.0.7"},
    scan=_object(
        "analyzer",
        "end_time",
        "scanner",
        "start_time",
        "status",
        "type",
        analyzer=_TOOL,
        scanner=_TOOL,
        start_time=_TIME,
        end_time=_TIME,
        status={"enum": ["success", "failure"]},
        type={"const": "container_scanning"},
        messages={
            "type": "array",
            "items": _object(
                "level", "value", level={"enum": ["info", "warn", "fatal"]}, value=_text()
            ),
        },
    ),
    vulnerabilities={"type": "array", "items": _VULNERABILITY},
)


def scan(report: Report) -> Any:  # noqa: ANN401 - JSON has every type
    """Return a container scanning report, parsed."""
    return json.loads(scanning.render(report, View()))


def dependencies(report: Report, build: tuple[tuple[str, str], ...] = BUILD) -> Any:  # noqa: ANN401
    """Return a snapshot, parsed."""
    return json.loads(snapshot.render(report, View(build=build)))


@pytest.mark.parametrize("name", REPORTS)
def test_gitlab_reads_it(name: str) -> None:
    """Every report keeps GitLab's rules, and every vulnerability has an id of its own."""
    value = scan(REPORTS[name])
    errors = [f"{e.json_path}: {e.message}" for e in Draft7Validator(SCHEMA).iter_errors(value)]
    assert errors == []
    ids = [one["id"] for one in value["vulnerabilities"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.judge
@pytest.mark.parametrize("name", REPORTS)
def test_gitlab_own_schema_takes_it(name: str) -> None:
    """The published schema agrees with the rules above; ``.ci/judges`` fetches it where it can."""
    schema = gitlab_schema("container-scanning-report-format.json")
    value = scan(REPORTS[name])
    assert [f"{e.json_path}: {e.message}" for e in Draft7Validator(schema).iter_errors(value)] == []


def test_the_rules_can_be_broken() -> None:
    """The check above can fail."""
    value = scan(REPORT)
    value["vulnerabilities"][0]["severity"] = "terrible"
    value["scan"]["end_time"] += "Z"
    assert len(list(Draft7Validator(SCHEMA).iter_errors(value))) == 2


def test_vulnerabilities_say_what_gitlab_shows() -> None:
    """The open findings with package, system, fix, vectors and identifiers."""
    found = scan(REPORT)["vulnerabilities"]
    assert len(found) == sum(finding.status is Status.OPEN for finding in FINDINGS)
    first = found[0]
    assert first["severity"] == "Critical"
    assert first["location"] == {
        "dependency": {
            "package": {"name": "org.apache.logging.log4j:log4j-core"},
            "version": "2.14.1",
        },
        "operating_system": "alpine 3.10.4",
        "image": "registry.example.org/shop/web:1.4",
    }
    assert [one["name"] for one in first["identifiers"]] == [
        "CVE-2021-44228",
        "GHSA-jfh8-c2jp-5v3q",
    ]
    assert first["cvss_vectors"][0]["vector"].startswith("CVSS:3.1/")
    assert "2.15.0" in first["solution"]


def test_a_scan_that_saw_less_failed() -> None:
    """What was not examined is a warning, and makes the scan a failure."""
    assert scan(EMPTY)["scan"]["status"] == "success"
    unseen = scan(UNSEEN)["scan"]
    assert unseen["status"] == "failure"
    assert [message["level"] for message in unseen["messages"]] == ["warn", "warn"]


def test_vectors_that_gitlab_does_not_know_are_left_out() -> None:
    """CVSS 4.0, which the schema refuses, is not written."""
    text = scanning.render(REPORT, View())
    assert b"CVSS:3.0/" in text
    assert b"CVSS:4.0/" not in text


_V2_GOOD = "AV:N/AC:L/Au:N/C:P/I:P/A:P"
_V3_GOOD = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
_V2_LONGEST = f"{_V2_GOOD}/E:POC/RL:OF/RC:UC/CDP:LM/TD:ND/CR:ND/IR:ND/AR:ND"
_V3_LONGEST = f"{_V3_GOOD}/E:X/RL:X/RC:X/CR:X/IR:X/AR:X/MAV:X/MAC:X/MPR:X/MUI:X/MS:X/MC:X/MI:X/MA:X"


@pytest.mark.parametrize(
    ("vector", "kept"),
    [
        (_V2_GOOD, True),
        (f"{_V2_GOOD}/E:POC/CDP:LM/CR:ND", True),
        (_V3_GOOD, True),
        (f"{_V3_GOOD}/E:X/MPR:N/CR:H", True),
        (_V2_LONGEST, True),
        (_V3_LONGEST, True),
        (_V2_GOOD.replace("Au:N", "Au:X"), False),
        (f"({_V2_GOOD})", False),
        (f"CVSS:2.0/{_V2_GOOD}", False),
        (f"{_V2_GOOD}/E:X", False),
        (_V3_GOOD.replace("C:H", "C:P"), False),
        (_V3_GOOD.replace("3.1", "3.2"), False),
        (f"{_V3_GOOD}/ZZ:X", False),
        (f"{_V3_GOOD}/", False),
        (f"{_V3_GOOD}\n", False),
        ("CVSS:3.1/AV:N/AC:L/PR:N", False),
    ],
)
def test_one_odd_vector_does_not_cost_the_report(vector: str, *, kept: bool) -> None:
    """A vector goes as it came or not at all: GitLab drops the whole report for one it refuses."""
    said = (Score(vector, 9.8, source="nvd"),)
    subject = replace(SUBJECT, findings=(replace(FINDINGS[0], scores=said),))
    value = scan(replace(REPORT, subjects=(subject,)))
    assert list(Draft7Validator(SCHEMA).iter_errors(value)) == []
    (found,) = value["vulnerabilities"]
    expected = [{"vendor": "nvd", "vector": vector}] if kept else []
    assert found.get("cvss_vectors", []) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-02-03T04:05:06Z", "2026-02-03T04:05:06"),
        ("2026-02-03T04:05:06", "2026-02-03T04:05:06"),
        ("2026-02-03T04:05:06.789Z", "2026-02-03T04:05:06"),
        ("2026-02-03T01:05:06+02:00", "2026-02-02T23:05:06"),
        ("yesterday", "1970-01-01T00:00:00"),
        ("", "1970-01-01T00:00:00"),
    ],
)
def test_times_have_the_one_form_that_gitlab_reads(written: str, expected: str) -> None:
    """UTC in whole seconds without a zone, whatever a stored report says."""
    value = scan(replace(REPORT, created=written))
    assert list(Draft7Validator(SCHEMA).iter_errors(value)) == []
    assert (value["scan"]["start_time"], value["scan"]["end_time"]) == (expected, expected)


@pytest.mark.parametrize("name", REPORTS)
def test_github_takes_the_snapshot(name: str) -> None:
    """All required fields are there, references are package URLs, metadata are few and scalar."""
    value = dependencies(REPORTS[name])
    assert {"version", "sha", "ref", "job", "detector", "scanned", "manifests"} == value.keys()
    assert value["version"] == 0
    assert {"id", "correlator"} <= value["job"].keys()
    assert {"name", "version", "url"} == value["detector"].keys()
    assert len(value["manifests"]) == len(REPORTS[name].subjects)
    for manifest in value["manifests"].values():
        assert manifest["name"]
        assert len(manifest["metadata"]) <= 8
        assert all(isinstance(one, str) for one in manifest["metadata"].values())
        for key, entry in manifest["resolved"].items():
            assert entry["package_url"] == key
            assert entry["relationship"] in {"direct", "indirect"}
            assert set(entry.get("dependencies", ())) <= manifest["resolved"].keys()


def test_snapshot_says_what_was_not_seen() -> None:
    """A manifest without packages of a target that could not be read is not taken for an empty one."""
    told = [
        [one["metadata"]["dunnage:complete"] for one in dependencies(report)["manifests"].values()]
        for report in (EMPTY, UNSEEN, SEVERAL)
    ]
    assert told == [["true"], ["false"], ["false", "true"]]


def test_snapshot_names_its_build() -> None:
    """Commit, branch and job are those of the build server; without one that is said."""
    value = dependencies(REPORT)
    assert (value["sha"], value["ref"]) == ("5b" * 20, "refs/heads/main")
    assert value["job"] == {
        "correlator": "dunnage ci image",
        "id": "17",
        "html_url": "https://github.com/a/b/actions/runs/17",
    }
    assert snapshot.left_out is not None
    assert snapshot.left_out(REPORT, View(build=BUILD)) == ""
    assert "lacks sha and ref" in snapshot.left_out(REPORT, View())


def test_snapshot_holds_the_graph() -> None:
    """What something else needs is indirect; the Dockerfile is the file it was found in."""
    report = replace(REPORT, subjects=(replace(SUBJECT, dockerfile="Dockerfile"),))
    (manifest,) = dependencies(report)["manifests"].values()
    assert manifest["file"] == {"source_location": "Dockerfile"}
    by_name = {
        purl.partition("@1.1.1d")[0].rpartition("/")[2]: one
        for purl, one in manifest["resolved"].items()
    }
    assert by_name["libssl1.1"]["relationship"] == "direct"
    assert by_name["libcrypto1.1"]["relationship"] == "indirect"
    assert len(by_name["libssl1.1"]["dependencies"]) == 2
