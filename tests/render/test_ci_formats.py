"""The formats of build servers: markdown, github-annotations, junit, gitlab-codequality."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft7Validator
from msgspec.structs import replace

from dunnage.io.folder import load
from dunnage.model.finding import Status
from dunnage.model.problem import Effect, Problem
from dunnage.model.renderer import Renderer
from dunnage.model.report import Report, View
from dunnage.model.severity import Severity
from dunnage.render._markdown_text import code, said
from sample_hostile import HOSTILE
from sample_platforms import PLATFORMS
from samples import EMPTY, FINDINGS, LOG4SHELL, REPORT, SEVERAL, SUBJECT, UNSEEN
from support import gitlab_schema

if TYPE_CHECKING:
    from collections.abc import Iterator


REPORTS = {
    "sample": REPORT,
    "empty": EMPTY,
    "unseen": UNSEEN,
    "several": SEVERAL,
    "platforms": PLATFORMS,
    "hostile": HOSTILE,
    "nothing": Report(subjects=(), created=REPORT.created, tool=REPORT.tool),
}
OPEN = [finding for finding in FINDINGS if finding.status is Status.OPEN]
ANNOTATION = re.compile(r"::(error|warning|notice) ((?:[a-z]+=[^,:\n]*,?)+)::([^\n]*)")


def text(name: str, report: Report) -> str:
    """Return a report in a format, as text."""
    renderer = load("dunnage.render", name, "renderer", Renderer)
    return renderer.render(report, View()).decode()


def left_out(name: str, report: Report) -> str:
    """Return what a format says it has no room for."""
    renderer = load("dunnage.render", name, "renderer", Renderer)
    assert renderer.left_out is not None
    return renderer.left_out(report, View())


def many(count: int) -> Report:
    """Return a report with so many packages, each with a finding like Log4Shell."""
    package = next(p for p in SUBJECT.inventory.packages if p.ref == LOG4SHELL.package)
    packages = [replace(package, name=f"a{n}", ref=f"a{n}") for n in range(count)]
    findings = [
        replace(LOG4SHELL, package=p.ref, fingerprint=f"{n:032x}") for n, p in enumerate(packages)
    ]
    inventory = replace(SUBJECT.inventory, packages=tuple(packages), edges=(), removed=())
    return replace(
        EMPTY,
        subjects=(replace(SUBJECT, inventory=inventory, findings=tuple(findings), problems=()),),
    )


def pointed(report: Report) -> Report:
    """Return a report whose layers know their lines."""
    subjects = []
    for subject in report.subjects:
        image = subject.image
        assert image is not None
        layers = tuple(replace(layer, line=10 + layer.index) for layer in image.layers)
        image = replace(image, layers=layers)
        subjects.append(replace(subject, image=image, dockerfile="build/Dockerfile"))
    return replace(report, subjects=tuple(subjects))


def commands(report: Report) -> list[tuple[str, dict[str, str], str]]:
    """Return level, properties and message of every command; there is nothing else."""
    found = []
    for line in text("github-annotations", report).splitlines():
        command = ANNOTATION.fullmatch(line)
        assert command, line
        pairs = dict(pair.split("=", 1) for pair in command[2].split(","))
        found.append((command[1], pairs, command[3]))
    return found


@pytest.mark.parametrize("name", REPORTS)
def test_annotations_are_commands(name: str) -> None:
    """Every line is one command with encoded values, and the last one is the verdict."""
    found = commands(REPORTS[name])
    assert found[-1][:2] == ("notice", {"title": "Dunnage"})
    assert all("%" not in m.replace("%0A", "").replace("%25", "") for _, _, m in found)


def test_annotations_of_a_dockerfile() -> None:
    """With a Dockerfile they lie on the line that made the layer, without one in no file."""
    found = {pairs["title"]: pairs for _, pairs, _ in commands(pointed(REPORT))}
    log4j = next(pairs for title, pairs in found.items() if "log4j" in title)
    assert (log4j["file"], log4j["line"]) == ("build/Dockerfile", "12")
    assert all("file" not in pairs for _, pairs, _ in commands(REPORT))


def test_annotations_keep_to_ten_of_a_kind() -> None:
    """GitHub would drop the rest in silence; here the verdict and standard error tell."""
    report = many(25)
    found = commands(report)
    assert Counter(level for level, _, _ in found) == {"error": 10, "notice": 1}
    assert "15 annotations left out" in found[-1][2]
    assert left_out("github-annotations", report).startswith("15 annotations left out")
    assert left_out("github-annotations", REPORT) == ""


def cases(report: Report) -> Iterator[tuple[ET.Element, ET.Element]]:
    """Return every suite with every one of its cases."""
    root = ET.fromstring(text("junit", report))  # noqa: S314 - it is our own
    for suite in root:
        for case in suite:
            yield suite, case


@pytest.mark.parametrize("name", REPORTS)
def test_junit_counts_what_it_holds(name: str) -> None:
    """It is well-formed, and the counters of each suite are those of its cases."""
    root = ET.fromstring(text("junit", REPORTS[name]))  # noqa: S314 - it is our own
    assert len(root) == len(REPORTS[name].subjects)
    for suite in root:
        kinds = Counter(inner.tag for case in suite for inner in case)
        counts = (kinds["failure"], kinds["skipped"], kinds["error"], len(suite))
        names = ("failures", "skipped", "errors", "tests")
        assert counts == tuple(int(suite.attrib[name]) for name in names)
        assert len(suite) > 0


def test_junit_fails_as_the_gate_does() -> None:
    """With a gate what fails it is a failure, without one all that is open; waived is skipped."""
    failed = [c for _, c in cases(REPORT) if c.find("failure") is not None]
    assert len(failed) == REPORT.gate.failed
    ungated = replace(REPORT, gate=EMPTY.gate)
    failed = [c for _, c in cases(ungated) if c.find("failure") is not None]
    assert len(failed) == len(OPEN)
    skipped = {c.attrib["name"] for _, c in cases(REPORT) if c.find("skipped") is not None}
    assert skipped == {"CVE-2019-10906 in Jinja2 2.10", "CVE-2024-35195 in requests 2.22.0"}


def test_junit_shows_what_fails_the_gate_although_it_is_hidden() -> None:
    """``--severity`` hides a finding that fails ``--fail-on``; a green suite would be a lie."""
    failed = REPORT.gate.failed_fingerprints
    findings = tuple(
        replace(f, status=Status.HIDDEN) if f.fingerprint in failed else f for f in FINDINGS
    )
    report = replace(REPORT, subjects=(replace(SUBJECT, findings=findings),))
    names = [case.attrib["name"] for _, case in cases(report) if case.find("failure") is not None]
    assert len(names) == REPORT.gate.failed > 0
    ungated = replace(report, gate=EMPTY.gate)
    assert len(list(cases(ungated))) == len(list(cases(report))) - len(names)


@pytest.mark.parametrize("name", ["markdown", "github-annotations"])
def test_a_gate_that_passed_says_what_was_not_seen(name: str) -> None:
    """The verdict of an incomplete scan never reads like that of a complete one."""
    gate = replace(REPORT.gate, failed=0, failed_fingerprints=())
    assert "the gate passed" in text(name, replace(EMPTY, gate=gate))
    verdicts = [
        line for line in text(name, replace(REPORT, gate=gate)).splitlines() if "gate" in line
    ]
    assert any("not everything was examined" in line for line in verdicts)
    assert "not everything" not in text(name, replace(EMPTY, gate=gate))


@pytest.mark.parametrize("name", ["markdown", "github-annotations", "gitlab-container-scanning"])
def test_problems_name_their_target_where_there_are_several(name: str) -> None:
    """Each problem is told once, with the targets that have it; a lone target goes without."""
    (problem, *_) = UNSEEN.subjects[0].problems
    other = replace(problem, message="something else")
    held = {"first": (problem,), "second": (problem, other), "third": ()}
    subjects = [replace(SUBJECT, name=word, problems=told) for word, told in held.items()]
    shown = text(name, replace(EMPTY, subjects=tuple(subjects)))
    start = problem.message[:20]
    assert shown.count(start) == 1
    assert f"first, second: {start}" in shown
    assert "second: something else" in shown
    assert f"first: {start}" not in text(name, replace(EMPTY, subjects=tuple(subjects[:1])))


def test_junit_has_no_line_that_a_build_server_obeys() -> None:
    """A path that looks like a workflow command does not begin a line."""
    (finding, *_) = OPEN
    place = replace(finding.locations[0], path="::error::owned")
    subject = replace(SUBJECT, findings=(replace(finding, locations=(place,)),))
    shown = text("junit", replace(EMPTY, subjects=(subject,)))
    assert "at ::error::owned" in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


def test_junit_is_not_green_for_what_was_not_seen() -> None:
    """A target of which nothing was examined has errors, although it has no findings."""
    assert [c.find("error") is not None for _, c in cases(UNSEEN)] == [True, True]
    assert [c.attrib["name"] for _, c in cases(EMPTY)] == ["nothing found"]


def issues(report: Report) -> list[dict[str, Any]]:
    """Return the issues of a Code Quality report."""
    found = json.loads(text("gitlab-codequality", report))
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("name", REPORTS)
def test_codequality_has_what_gitlab_reads(name: str) -> None:
    """The fields of GitLab's table, a known severity, and a fingerprint of its own for each.

    GitLab itself asks for less (``app/validators/json_schemas/codeclimate.json`` of
    gitlabhq/gitlabhq).
    """
    found = issues(REPORTS[name])
    for issue in found:
        assert issue["description"]
        assert issue["check_name"]
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["path"]
        assert not issue["location"]["path"].startswith(("/", "./"))
        assert issue["location"]["lines"]["begin"] >= 1
    prints = [issue["fingerprint"] for issue in found]
    assert len(set(prints)) == len(prints)


@pytest.mark.judge
@pytest.mark.parametrize("name", REPORTS)
def test_gitlab_own_schema_takes_codequality(name: str) -> None:
    """What GitLab itself checks a Code Quality report with; ``.ci/judges`` fetches it if it can."""
    validator = Draft7Validator(gitlab_schema("codeclimate.json"))
    found = issues(REPORTS[name])
    assert [e.message for issue in found for e in validator.iter_errors(issue)] == []


def test_codequality_names_a_problem_the_same_in_every_scan() -> None:
    """What else was not examined does not change its fingerprint; twice the same are two issues."""
    (subject,) = UNSEEN.subjects
    (problem, *_) = subject.problems

    def prints(*problems: Problem) -> list[str]:
        report = replace(EMPTY, subjects=(replace(subject, problems=problems),))
        return [issue["fingerprint"] for issue in issues(report)]

    (alone,) = prints(problem)
    assert prints(replace(problem, where="elsewhere"), problem)[1] == alone
    assert len(set(prints(problem, problem))) == 2


def test_codequality_lists_the_open_findings() -> None:
    """Worst first; with a Dockerfile at its lines, else at the path inside the image."""
    found = issues(REPORT)
    names = [issue["check_name"] for issue in found]
    assert names == [*(finding.id for finding in OPEN), "no-data-for-ecosystem"]
    assert found[-1]["description"].startswith("Not examined: 1 crates.io package")
    assert found[0]["severity"] == "blocker"
    assert found[0]["location"]["path"].endswith("log4j-core-2.14.1.jar")
    assert "upgrade to 2.15.0" in found[0]["description"]
    place = issues(pointed(REPORT))[0]["location"]
    assert place == {"path": "build/Dockerfile", "lines": {"begin": 12}}


def test_markdown_tells_what_matters() -> None:
    """Verdict, counts, findings with fixes, what is not listed, upgrades and problems."""
    shown = text("markdown", REPORT)
    assert shown.startswith("# Dunnage: the gate failed\n")
    assert "| registry.example.org/shop/web:1.4 | 3 | 4 | 0 | 0 | 0 | 1 | 13 | **no** |" in shown
    assert "| critical | CVE-2021-44228 | 2.15.0 | Remote code injection in Log4j" in shown
    assert "Not listed: 1 waived, 1 suppressed, 1 hidden." in shown
    assert "`apk add --upgrade libcrypto1.1 libssl1.1`" in shown
    assert "## Not examined" in shown
    assert shown.count("no security updates since 2021-05-01") == 1
    assert "Nothing found." in text("markdown", EMPTY)


@pytest.mark.parametrize("name", REPORTS)
def test_markdown_is_inert(name: str) -> None:
    """Names are neither markup, links, mentions nor control characters; tables keep their shape."""
    shown = text("markdown", REPORTS[name])
    outside = re.sub(r"`[^`\n]*`", "", shown).replace("<!-- -->", "")
    assert not re.search(r"(?<!\\)[<>\[\]]", outside)
    assert not re.search(r"@[A-Za-z0-9]", re.sub(r"`[^`\n]*`", "", shown))
    assert all(char == "\n" or char.isprintable() for char in shown)
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in shown.splitlines() if line[:1] == "|"]
    assert set(widths) <= {5, 10}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("@babel/core", "@<!-- -->babel/core"),
        ("see #12 and !3", r"see \#<!-- -->12 and \!<!-- -->3"),
        ("https://evil.example www.evil.example", "https&#58;//evil.example www&#46;evil.example"),
        ("a|b", r"a\|b"),
        ("- x", r"\- x"),
        ("*b* _i_ `c` <img> [l](x)", r"\*b\* \_i\_ \`c\` \<img\> \[l\](x)"),
    ],
)
def test_text_means_itself(raw: str, expected: str) -> None:
    """Each thing that Markdown, GitHub or GitLab would make something of is written out."""
    assert said(raw) == expected


def test_code_spans() -> None:
    """Backquotes inside do not end a span."""
    assert code("a`b") == "``a`b``"
    assert code("`a") == "`` `a ``"
    assert code("") == ""


def test_markdown_keeps_within_a_job_summary() -> None:
    """The document stays under a mebibyte; what is left out is counted there and told."""
    report = many(4000)
    shown = text("markdown", report)
    assert len(shown.encode()) < 1024 * 1024
    kept = shown.count("| critical | CVE-2021-44228")
    assert 1000 < kept < 4000
    assert f"**{4000 - kept:,} findings left out**" in shown
    assert left_out("markdown", report).startswith(f"{4000 - kept:,} findings left out")
    assert left_out("markdown", REPORT) == ""


def test_markdown_keeps_within_a_job_summary_whatever_was_not_seen() -> None:
    """Long names of what was not examined leave the document below a mebibyte and are counted."""
    where = "\u6f22" * 1000
    problems = tuple(
        Problem("odd", "cannot be read", f"{n} {where}", effect=effect)
        for n in range(300)
        for effect in (Effect.INCOMPLETE, Effect.NOTE)
    )
    report = many(4000)
    subjects = tuple(replace(one, problems=problems) for one in report.subjects)
    shown = text("markdown", replace(report, subjects=subjects))
    assert len(shown.encode()) < 1024 * 1024
    told = [line for line in shown.splitlines() if line.startswith("- cannot be read")]
    rest = [int(number) for number in re.findall(r"^- and (\d+) more$", shown, re.MULTILINE)]
    assert len(told) + sum(rest) == len(problems)


def test_unknown_severity_is_never_the_mildest() -> None:
    """Where a format has no word for unknown, it is shown like medium."""
    unknown = next(f for f in OPEN if f.severity is Severity.UNKNOWN)
    issue = next(i for i in issues(REPORT) if i["check_name"] == unknown.id)
    assert issue["severity"] == "major"
    levels = {pairs["title"]: level for level, pairs, _ in commands(REPORT)}
    assert next(level for title, level in levels.items() if "busybox" in title) == "warning"


def test_annotations_of_platforms_are_not_repeated() -> None:
    """What two platforms share is one annotation, because ten are all that GitHub shows."""
    lines = text("github-annotations", PLATFORMS).splitlines()
    assert len(lines) == len({*lines}) > 2
