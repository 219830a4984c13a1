"""SARIF as code scanning takes it: what there is no room for, and lines of a Dockerfile."""

from __future__ import annotations

import json
import random
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from dunnage.model.finding import Finding, Kind, Status
from dunnage.model.report import Report, View
from dunnage.model.severity import Severity
from dunnage.render import _sarif_limits
from dunnage.render.sarif import renderer
from samples import EMPTY, LOG4SHELL, REPORT, SUBJECT
from schemas import sarif_errors

if TYPE_CHECKING:
    from collections.abc import Iterable


def log(report: Report) -> Any:  # noqa: ANN401 - JSON has every type
    """Return the parsed log of a report."""
    return json.loads(renderer.render(report, View()))


def told(report: Report) -> str:
    """Return what the format says it left out."""
    assert renderer.left_out is not None
    return renderer.left_out(report, View())


def holding(*findings: Iterable[Finding]) -> Report:
    """Return a report with one subject for each group of findings."""
    subjects = (replace(SUBJECT, findings=tuple(group), problems=()) for group in findings)
    return replace(EMPTY, subjects=tuple(subjects))


def numbered(count: int, **changes: Any) -> list[Finding]:  # noqa: ANN401 - as replace
    """Return findings with ids of their own."""
    return [
        replace(LOG4SHELL, id=f"CVE-2030-{n:05}", fingerprint=f"{n:032x}", **changes)
        for n in range(count)
    ]


def test_results_of_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst open findings stay, in their order, and a note says how many of how many."""
    monkeypatch.setattr(_sarif_limits, "RESULTS", 20)
    waived = numbered(5, status=Status.WAIVED, reason="x")
    open_ = [replace(f, id="CVE-1-" + f.id[-2:]) for f in numbered(15, severity=Severity.LOW)]
    more = [replace(f, id="CVE-2-" + f.id[-2:]) for f in numbered(6, severity=Severity.LOW)]
    report = holding((*waived, *open_, *more))
    (run,) = log(report)["runs"]
    ids = [result["ruleId"] for result in run["results"]]
    assert ids == [f.id for f in (*open_, *more)][:20]
    assert run["properties"]["leftOutFindings"] == 1
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["descriptor"]["id"] == "left-out"
    assert "only the 20 worst of 21 findings are listed" in note["message"]["text"]
    assert "only the 20 worst of 21 findings" in told(report)
    assert len(run["tool"]["driver"]["rules"]) == 20
    assert sarif_errors(log(report)) == []


def test_bytes_of_one_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too large after gzip loses its least bad findings until it fits."""
    monkeypatch.setattr(_sarif_limits, "BYTES", 40_000)
    rough = random.Random(5)  # noqa: S311 - only to be hard to compress
    noise = [f"{rough.getrandbits(400):x}" for _ in range(1200)]
    findings = [replace(f, message=m) for f, m in zip(numbered(1200), noise, strict=True)]
    report = holding(findings)
    document = renderer.render(report, View())
    assert len(zlib.compress(document, 6)) <= 40_000
    kept = [result["ruleId"] for result in json.loads(document)["runs"][0]["results"]]
    assert 50 < len(kept) < 1200
    assert kept == [finding.id for finding in findings[: len(kept)]]
    assert f"only the {len(kept):,} worst of 1,200 findings" in told(report)


def test_runs_of_one_file() -> None:
    """Of more than twenty targets those with the worst findings stay."""
    mild = [numbered(1, severity=Severity.LOW) for _ in range(24)]
    bad = numbered(1)
    report = holding(*mild, bad)
    runs = log(report)["runs"]
    assert len(runs) == 20
    assert runs[-1]["results"][0]["level"] == "error"
    assert "20 of 25 targets" in told(report)


def test_nothing_is_said_where_all_fits() -> None:
    """No note without need."""
    assert told(REPORT) == ""
    assert "left-out" not in json.dumps(log(REPORT))


@pytest.fixture
def pointed() -> Report:
    """Return the sample with a Dockerfile; the line of the last layer is not known."""
    image = SUBJECT.image
    assert image is not None
    known = {0: 3, 1: 7}
    layers = tuple(replace(layer, line=known.get(layer.index, 0)) for layer in image.layers)
    subject = replace(SUBJECT, image=replace(image, layers=layers), dockerfile="a b/Dockerfile")
    return replace(REPORT, subjects=(subject,))


def test_findings_lie_in_the_dockerfile(pointed: Report) -> None:
    """The first place is the instruction that made the layer; the path in the image is related."""
    (run,) = log(pointed)["runs"]
    lines = {}
    for result, finding in zip(
        run["results"],
        [f for f in SUBJECT.findings if f.status is Status.OPEN],
        strict=True,
    ):
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/Dockerfile"
        lines[finding.locations[0].layer] = place["physicalLocation"]["region"]["startLine"]
        related = [
            one["physicalLocation"]["artifactLocation"] for one in result["relatedLocations"]
        ]
        assert len(related) == len(finding.locations)
    assert lines == {0: 3, 1: 7, 2: 1}
    assert sarif_errors(log(pointed)) == []


def test_what_is_in_no_layer_lies_where_the_base_is_named(pointed: Report) -> None:
    """The end of life of a distribution points at the instruction of the first layer."""
    over = Finding("end-of-life", Kind.END_OF_LIFE, "over", Severity.HIGH, fingerprint="e" * 32)
    (subject,) = pointed.subjects
    report = replace(pointed, subjects=(replace(subject, findings=(over,)),))
    ((result,),) = (run["results"] for run in log(report)["runs"])
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 3


def test_fingerprints_do_not_depend_on_the_dockerfile(pointed: Report) -> None:
    """Naming the file, or editing it, does not make known alerts look new."""
    with_file, without = log(pointed)["runs"][0]["results"], log(REPORT)["runs"][0]["results"]
    assert [r["partialFingerprints"] for r in with_file] == [
        r["partialFingerprints"] for r in without
    ]
