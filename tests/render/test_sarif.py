"""SARIF logs are valid, hold every finding that was asked for, and say what was not examined."""

from __future__ import annotations

import json
import re
import time
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dunnage.model.advisory import Score
from dunnage.model.finding import Finding, Kind, Status
from dunnage.model.report import Report, View
from dunnage.model.severity import Severity
from dunnage.render._sarif_rule import security_severity
from dunnage.render._sarif_text import clean, link, markdown, relative_uri
from dunnage.render.sarif import renderer
from sample_hostile import HOSTILE
from sample_platforms import PLATFORMS
from samples import EMPTY, FINDINGS, LOG4SHELL, REPORT, SEVERAL, SUBJECT, UNSEEN
from schemas import sarif_errors as schema_errors

REPORTS = {
    "sample": REPORT,
    "empty": EMPTY,
    "unseen": UNSEEN,
    "several": SEVERAL,
    "platforms": PLATFORMS,
    "hostile": HOSTILE,
    "nothing": Report(subjects=(), created=REPORT.created, tool=REPORT.tool),
}


def log(report: Report) -> dict[str, Any]:
    """Return the parsed log of a report."""
    value = json.loads(renderer.render(report, View()))
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("name", REPORTS)
def test_official_schema_accepts_it(name: str) -> None:
    """Every kind of report gives a log that the official schema accepts."""
    assert schema_errors(log(REPORTS[name])) == []


def test_official_schema_refuses_what_is_wrong() -> None:
    """The validation above can fail."""
    broken = log(REPORT)
    broken["runs"][0]["results"][0]["level"] = "terrible"
    assert schema_errors(broken)


@pytest.mark.parametrize("name", REPORTS)
def test_rules_and_results_belong_together(name: str) -> None:
    """Each rule is there once, and each result points at its own rule."""
    for run in log(REPORTS[name])["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(rules) == len(set(rules))
        for result in run["results"]:
            assert rules[result["ruleIndex"]] == result["ruleId"]
        assert {result["ruleId"] for result in run["results"]} == set(rules)


@pytest.mark.parametrize("name", REPORTS)
def test_what_code_scanning_asks_for(name: str) -> None:
    """Rules have all texts; every result has a place that is relative and stays inside."""
    for run in log(REPORTS[name])["runs"]:
        assert re.fullmatch(r"\S(.*)/", run["automationDetails"]["id"])
        for rule in run["tool"]["driver"]["rules"]:
            assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
            assert len(rule["properties"]["tags"]) <= 10
        for result in run["results"]:
            assert result["locations"]
            assert result["partialFingerprints"]["primaryLocationLineHash"]
            for place in result["locations"]:
                uri = place["physicalLocation"]["artifactLocation"]["uri"]
                assert re.fullmatch(r"[A-Za-z0-9._~!@+,=%/-]+", uri)
                assert urljoin("https://x/a/", uri) == f"https://x/a/{uri}"
                assert place["physicalLocation"]["region"]["startLine"] >= 1


def test_results() -> None:
    """Results are the open findings in the order of the report, worst first."""
    (run,) = log(REPORT)["runs"]
    told = [f for f in FINDINGS if f.status is Status.OPEN]
    assert [r["ruleId"] for r in run["results"]] == [f.id for f in told]
    first = run["results"][0]
    assert first["level"] == "error"
    assert first["rank"] == 100.0
    assert first["message"]["text"] == (
        "org.apache.logging.log4j:log4j-core 2.14.1: Remote code injection in Log4j. "
        "Fixed in 2.15.0. To fix it: set the version of log4j-core to 2.15.0. "
        "It is known to be exploited."
    )
    place = first["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == (
        "app/shop.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar"
    )
    assert place["message"]["text"] == "layer 2: COPY dist/ /app # buildkit"
    assert place["logicalLocations"][0]["fullyQualifiedName"].startswith("pkg:maven/org.apache")


def test_what_is_not_open_is_counted() -> None:
    """GitHub would show a suppressed result as an open alert, so there is none; counts remain."""
    (run,) = log(REPORT)["runs"]
    for status in (Status.WAIVED, Status.SUPPRESSED, Status.HIDDEN):
        count = sum(finding.status is status for finding in FINDINGS)
        assert run["properties"][f"{status.value}Findings"] == count == 1
    assert all("suppressions" not in result for result in run["results"])


@pytest.mark.parametrize(
    ("name", "source", "category"),
    [
        ("registry.example:5000/shop/web:1.4", "registry", "registry.example:5000/shop/web"),
        ("web@sha256:ab", "registry", "web"),
        ("docker:web:5b5b5b", "docker", "docker:web"),
        ("web:5b5b5b", "docker-archive", "web"),
        ("oci-dir:build/image:1.2", "oci-dir", "oci-dir:build/image"),
        ("docker-archive:/srv/app.tar", "docker-archive", "docker-archive:/srv/app.tar"),
        ("project:.", "project", "project:."),
        ("/srv/tree", "dir", "srv/tree"),
    ],
)
def test_builds_of_one_image_are_one_series(name: str, source: str, category: str) -> None:
    """A tag that is new with each commit does not make a category that nothing ever closes."""
    subject = replace(REPORT.subjects[0], name=name, source=source, image=None)
    (run,) = log(replace(REPORT, subjects=(subject,)))["runs"]
    assert run["automationDetails"]["id"] == f"dunnage/{category}/"


def test_every_run_has_a_category_of_its_own() -> None:
    """GitHub refuses a file with two runs of one category, as of a target that is named twice."""
    (subject,) = REPORT.subjects
    runs = log(replace(REPORT, subjects=(subject, subject, subject)))["runs"]
    first, second, third = (run["automationDetails"]["id"] for run in runs)
    assert (second, third) == (f"{first}2/", f"{first}3/")
    assert first == log(REPORT)["runs"][0]["automationDetails"]["id"]


def test_incomplete_run_is_no_success() -> None:
    """Problems become notifications, and only notes leave the run successful."""
    (run,) = log(REPORT)["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    levels = [n["level"] for n in invocation["toolExecutionNotifications"]]
    assert sorted(levels) == ["error", "note", "note"]
    assert log(EMPTY)["runs"][0]["invocations"][0]["executionSuccessful"] is True
    assert log(UNSEEN)["runs"][0]["invocations"][0]["exitCode"] == 4
    assert [r["properties"]["complete"] for r in log(SEVERAL)["runs"]] == [False, True]


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("score", [0.0, 3.1, 5.0, 9.8])
def test_number_agrees_with_the_severity(severity: Severity, score: float) -> None:
    """The number a viewer shows lies in the band of the severity we decided on."""
    told = Finding("X", Kind.VULNERABILITY, "x", severity, "nvd", scores=(Score("", score),))
    number = security_severity(told)
    if severity is Severity.UNKNOWN:
        assert number == -1.0
    elif severity is Severity.NEGLIGIBLE:
        assert 0 < number <= 0.1
    else:
        assert Severity.of_score(number) is severity


def test_hostile_names_are_tame() -> None:
    """No escape codes, invisible characters, links or markup of a stranger get through."""
    text = renderer.render(HOSTILE, View()).decode()
    value = json.loads(text)
    result = value["runs"][0]["results"][0]
    rule = value["runs"][0]["tool"]["driver"]["rules"][0]
    shown = [result["message"]["text"], rule["help"]["text"], rule["help"]["markdown"]]
    shown += [
        result["locations"][0]["logicalLocations"][0]["name"],
        value["runs"][0]["automationDetails"]["id"],
    ]
    for line in shown:
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", line)
    assert "javascript:" not in rule["help"]["markdown"]
    assert rule["helpUri"] == "https://example.org/ok"
    uris = [p["physicalLocation"]["artifactLocation"]["uri"] for p in result["locations"]]
    assert uris[1] == "etc/passwd"


def test_text_rules() -> None:
    """Markdown means itself, long text is cut visibly, and only plain web links are links."""
    assert markdown("[x](y) <b>") == r"\[x\](y) \<b\>"
    assert clean("a\x1b[31mb\u202ec\nd") == "a [31mb c d"
    assert clean("x" * 50, 10) == "x" * 9 + "…"
    assert link("https://example.org/a?b=1#c") == "https://example.org/a?b=1#c"
    for bad in ("javascript:x", "https://a b", "https://a\n", "https://a>b", "//x", ""):
        assert link(bad) == ""


@given(st.text(max_size=40))
def test_paths_become_relative_references(path: str) -> None:
    """Any path gives a relative reference that decodes to its own segments."""
    path = path.encode("utf-8", "ignore").decode()
    uri = relative_uri(path)
    parts = [p for p in path.split("/") if p not in {"", ".", ".."}]
    assert unquote_to_bytes(uri).decode() == ("/".join(parts) or "unknown")
    assert not uri.startswith("/")
    assert ":" not in uri


def test_name_that_is_no_utf8_keeps_its_bytes() -> None:
    """A path whose bytes are no UTF-8 is encoded byte by byte."""
    assert relative_uri(b"a/\xff\xfe".decode("utf-8", "surrogateescape")) == "a/%FF%FE"


def test_same_report_same_bytes() -> None:
    """The log depends on the report only."""
    assert renderer.render(REPORT, View()) == renderer.render(REPORT, View(200, colour=True))


def test_twenty_thousand_findings_are_quick() -> None:
    """20,000 findings take at most 4 seconds of CPU time on a slow machine (1 on ours)."""
    many = tuple(replace(LOG4SHELL, id=f"CVE-{n % 5000}") for n in range(20_000))
    start = time.process_time()
    data = renderer.render(replace(REPORT, subjects=(replace(SUBJECT, findings=many),)), View())
    spent = time.process_time() - start
    print(f"{spent:.2f} s, {len(data)} bytes")
    assert spent < 4.0
