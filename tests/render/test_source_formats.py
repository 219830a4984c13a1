"""Formats of findings in source files say where, how bad, and what would mend it."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from dunnage.io.folder import load, load_all, names
from dunnage.model.finding import Confidence, Edit, Finding, Fix, Kind, Safety, Status
from dunnage.model.location import Location
from dunnage.model.problem import Problem
from dunnage.model.renderer import Renderer
from dunnage.model.report import Examined, Gate, Report, Subject, View
from dunnage.model.rule import RuleText
from dunnage.model.severity import Severity
from dunnage.render._source_text import excerpt
from schemas import report_errors

RULE = "dockerfile/apt-get-without-yes"
LINE = "RUN echo ö && apt-get install curl"


def finding(line: int = 2, path: str = "app/Dockerfile") -> Finding:
    """Return a finding with a change, behind a letter of two bytes."""
    edit = Edit(30, 30, " -y", line, 30, line, 30)
    return Finding(
        id=RULE,
        kind=Kind.MISCONFIGURATION,
        message="apt-get install asks; add -y",
        severity=Severity.MEDIUM,
        severity_source="rule",
        confidence=Confidence.HIGH,
        locations=(Location(path, -1, "", line, 15, line, 35),),
        fix=Fix("", "fixed", "", Safety.SAFE, (edit,)),
        fingerprint=f"{line:032x}",
        excerpt=(LINE,),
        peers=("hadolint DL3014",),
    )


def subject(name: str, *findings: Finding, problems: tuple[Problem, ...] = ()) -> Subject:
    """Return one file."""
    return Subject(
        name=name,
        source="dockerfile",
        findings=findings,
        problems=problems,
        examined=Examined(bytes_read=100, files=1),
        scanners=("lint",),
    )


HIDDEN = replace(finding(9), status=Status.SUPPRESSED, reason="ignored by line 8: why")
PROBLEM = Problem("shell-not-understood", "a RUN could not be read", "b:3:1", "check it")
REPORT = Report(
    subjects=(
        subject("app/Dockerfile", finding(4), finding(2), HIDDEN),
        subject("b", finding(7, "b"), problems=(PROBLEM,)),
    ),
    created="2026-11-30T12:00:00Z",
    tool="dunnage 0.1.0",
    gate=Gate(asked=True, fail_on="medium", failed=3),
    rules=(
        RuleText(RULE, "apt-get asks before it installs", "It asks.\n\n## What it does\nAsks."),
    ),
)


def rendered(name: str, report: Report = REPORT) -> bytes:
    """Return a report in a format."""
    return load("dunnage.render", name, "renderer", Renderer).render(report, View())


def test_rdjson() -> None:
    """Columns count bytes, suggestions are there, and what was not examined is told."""
    value = json.loads(rendered("rdjson"))
    first, second, third, unseen = value["diagnostics"]
    assert first["location"]["range"]["start"] == {"line": 2, "column": 16}
    assert first["location"]["range"]["end"] == {"line": 2, "column": 36}
    assert first["severity"] == "WARNING"
    assert first["code"]["value"] == RULE
    place = {"line": 2, "column": 31}
    assert first["suggestions"] == [{"range": {"start": place, "end": place}, "text": " -y"}]
    assert (second["location"]["range"]["start"]["line"], third["location"]["path"]) == (4, "b")
    assert unseen["message"].startswith("not examined: a RUN could not be read")


def test_rdjson_suggests_only_what_is_sure() -> None:
    """Without the text of a line, or where a fact is missing, nothing is suggested."""
    one = finding()
    edit = replace(one.fix.edits[0], line=9, end_line=9)
    for changed in (
        replace(one, excerpt=()),
        replace(one, fix=replace(one.fix, edits=(edit,))),
        replace(one, fix=replace(one.fix, safety=Safety.SUGGESTED)),
        replace(one, excerpt=("RUN echo \ufffd && apt-get install curl",)),
    ):
        report = replace(REPORT, subjects=(subject("f", changed),))
        (told,) = json.loads(rendered("rdjson", report))["diagnostics"]
        assert "suggestions" not in told
        assert told["location"]["range"]["start"]["line"] == 2


def test_checkstyle() -> None:
    """A file for each path, sorted by line; what was not examined is an error."""
    root = ET.fromstring(rendered("checkstyle"))  # noqa: S314 - our own document
    assert root.tag == "checkstyle"
    files = {file.get("name"): [dict(error.attrib) for error in file] for file in root}
    assert [error["line"] for error in files["app/Dockerfile"]] == ["2", "4"]
    assert files["app/Dockerfile"][0] == {
        "line": "2",
        "column": "15",
        "severity": "warning",
        "message": "apt-get install asks; add -y",
        "source": RULE,
    }
    assert files["b"][-1]["severity"] == "error"
    assert "could not be read" in files["b"][-1]["message"]


def test_sarif() -> None:
    """All files are one run; regions have columns, rules their documentation, results fixes."""
    (run,) = json.loads(rendered("sarif"))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["name"] == "AptGetWithoutYes"
    assert rule["help"]["markdown"] == REPORT.rules[0].help
    assert rule["helpUri"].endswith("/rules/dockerfile/apt-get-without-yes/")
    assert "security-severity" not in rule["properties"]
    assert len(run["results"]) == 3
    first = run["results"][0]
    physical = first["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "app/Dockerfile"
    assert physical["region"] == {"startLine": 2, "startColumn": 15, "endLine": 2, "endColumn": 35}
    assert physical["contextRegion"]["snippet"]["text"] == LINE
    (change,) = first["fixes"][0]["artifactChanges"]
    (made,) = change["replacements"]
    assert made["insertedContent"] == {"text": " -y"}
    assert made["deletedRegion"]["startColumn"] == made["deletedRegion"]["endColumn"] == 30
    assert run["properties"]["suppressedFindings"] == 1


def test_json_fits_its_schema() -> None:
    """The report with all its new keys fits the published schema."""
    value: Any = json.loads(rendered("json"))
    assert report_errors(value) == []
    one = value["subjects"][0]["findings"][0]
    assert one["level"] == "warning"
    assert one["excerpt"] == [LINE]
    assert one["fix"]["change"]["edits"][0]["text"] == " -y"
    assert one["locations"][0]["region"]["column"] == 15


def test_other_formats_say_the_line() -> None:
    """Each says the line in its own way."""
    assert (
        "::warning file=app/Dockerfile,line=2,col=15,title="
        in rendered("github-annotations").decode()
    )
    assert "line 2: apt-get install asks" in rendered("markdown").decode()
    assert "line 2: apt-get install asks" in rendered("html").decode()
    assert f'name="{RULE} in line 2"' in rendered("junit").decode()
    issues = json.loads(rendered("gitlab-codequality"))
    assert issues[0]["location"] == {"path": "app/Dockerfile", "lines": {"begin": 4}}


@pytest.mark.parametrize("name", names("dunnage.render"))
def test_every_format_takes_it(name: str) -> None:
    """Also those that are refused on the command line write something whole."""
    found = load_all("dunnage.render", "renderer", Renderer)[name]
    assert found.render(REPORT, View(template="{{ report.complete }}"))


@pytest.mark.parametrize(
    ("line", "column", "end", "width", "text", "marks"),
    [
        ("RUN a b", 5, 6, 40, "RUN a b", "    ^"),
        ("\tRUN\ta", 2, 5, 40, "    RUN a", "    ^^^"),
        ("宽 x", 3, 4, 40, "宽 x", "   ^"),
        ("a\x1b[1mb", 6, 7, 40, "a\\x1b[1mb", "        ^"),
        ("x" * 100, 1, 4, 20, "x" * 19 + "…", "^^^"),
        ("x" * 100 + "yyy", 101, 104, 40, "…" + "x" * 19 + "yyy", " " * 20 + "^^^"),
        ("", 1, 1, 40, "", "^"),
    ],
)
def test_excerpts(line: str, column: int, end: int, width: int, text: str, marks: str) -> None:
    """Carets stand under what is meant, whatever is in front of it."""
    place = Location("f", -1, "", 1, column, 1, end)
    one = replace(finding(), locations=(place,), excerpt=(line,))
    (shown,) = excerpt(one, width)
    assert shown.text == text
    assert shown.marks == (marks if line else "")


def test_excerpt_of_several_lines() -> None:
    """Each line is marked where the finding covers it."""
    place = Location("f", -1, "", 3, 5, 4, 6)
    one = replace(finding(), locations=(place,), excerpt=("RUN a \\", "    b c"))
    assert [(line.number, line.marks) for line in excerpt(one, 40)] == [
        (3, "    ^^^"),
        (4, "    ^"),
    ]
