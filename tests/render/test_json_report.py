"""The JSON format: its schema, its completeness, its determinism."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

import dunnage.data
import sample_image
import samples
from dunnage.model.finding import Finding, Status
from dunnage.model.location import Location
from dunnage.model.package import Package
from dunnage.model.report import Examined, Report, View
from dunnage.render.json import renderer
from sample_platforms import PLATFORMS

SCHEMA = Path(dunnage.data.__path__[0]) / "report.schema.json"
REPORTS = {
    "sample": samples.REPORT,
    "empty": samples.EMPTY,
    "unseen": samples.UNSEEN,
    "several": samples.SEVERAL,
    "platforms": PLATFORMS,
}


def rendered(report: Report) -> dict[str, Any]:
    """Return the report as a reader gets it."""
    document = json.loads(renderer.render(report, View()))
    assert isinstance(document, dict)
    return document


def closed(schema: Any) -> Any:  # noqa: ANN401 - JSON has every type
    """Return the schema with every object closed, so that nothing undocumented is written."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: closed(value) for key, value in schema.items()}
    if "required" in copy:
        copy["additionalProperties"] = False
    return copy


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_fits_the_published_schema(name: str) -> None:
    """All keys are there, of the promised types, and none is missing from the schema."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    document = rendered(REPORTS[name])
    Draft202012Validator(closed(schema)).validate(document)


def test_schema_notices_a_renamed_key() -> None:
    """The schema is strict enough to fail when a promise is broken."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    document = rendered(samples.REPORT)
    document["subjects"][0]["findings"][0]["cve"] = document["subjects"][0]["findings"][0].pop("id")
    assert not Draft202012Validator(schema).is_valid(document)


def test_no_field_of_the_model_is_forgotten() -> None:
    """A field that a finding, package or count has appears in the JSON, renames listed here."""
    renamed = {"exploited": "kev", "removed": "packages_removed"}
    subject = rendered(samples.REPORT)["subjects"][0]
    pairs = (
        (Finding, subject["findings"][0]),
        (Package, subject["packages"][0]),
        (Examined, subject["examined"]),
    )
    for model, document in pairs:
        assert {renamed.get(name, name) for name in model.__struct_fields__} <= set(document)


def test_findings_keep_their_order_and_say_their_package() -> None:
    """Worst first as judged; each names package URL, path and layer."""
    subject = rendered(samples.REPORT)["subjects"][0]
    assert [f["id"] for f in subject["findings"]] == [f.id for f in samples.FINDINGS]
    worst = subject["findings"][0]
    assert worst["package"]["purl"] == str(sample_image.LOG4J.purl)
    assert worst["locations"][0]["path"].endswith("log4j-core-2.14.1.jar")
    assert worst["locations"][0]["layer"] == 2
    assert worst["kev"] == {"added": "2021-12-10", "due": "2021-12-24", "ransomware": True}


def test_verdict_is_that_of_the_report() -> None:
    """Completeness, exit code and gate are what the report says."""
    document = rendered(samples.REPORT)
    assert document["complete"] is samples.REPORT.complete
    assert document["exit_code"] == samples.REPORT.exit_code
    assert document["gate"]["verdict"] == "failed"
    counts = document["summary"]["open_by_severity"]
    opened = [f for f in samples.FINDINGS if f.status is Status.OPEN]
    assert {key: count for key, count in counts.items() if count} == Counter(
        finding.severity.label for finding in opened
    )
    assert document["summary"]["by_status"]["open"] == len(opened)
    assert document["summary"]["packages"] == len(sample_image.PACKAGES)
    assert rendered(samples.EMPTY)["gate"]["verdict"] == "not-asked"
    assert rendered(samples.UNSEEN)["exit_code"] == 4


def test_unknown_is_null() -> None:
    """No magic numbers: what is unknown is null."""
    subject = rendered(samples.REPORT)["subjects"][0]
    unscored = next(f for f in subject["findings"] if f["id"] == samples.UNSCORED.id)
    assert unscored["severity"] == "unknown"
    assert unscored["severity_source"] is None
    assert unscored["epss"] is None


def test_environment_values_are_not_passed_on() -> None:
    """Values of environment variables may be secret and stay out of the report."""
    image = replace(sample_image.IMAGE, env=("TOKEN=s3cr3t-value",))
    report = replace(samples.REPORT, subjects=(replace(samples.SUBJECT, image=image),))
    raw = renderer.render(report, View())
    assert b"TOKEN" in raw
    assert b"s3cr3t-value" not in raw


def test_same_report_same_bytes() -> None:
    """Rendering depends on nothing but the report; the view changes nothing."""
    first = renderer.render(samples.REPORT, View())
    assert first == renderer.render(samples.REPORT, View(width=200, colour=True))
    assert first.endswith(b"}\n")


@pytest.mark.parametrize(
    ("path", "written"),
    [("a\udcffb", "a\\xffb"), ("a\ud800b", "a\\ud800b"), ("\u202e\x1b[31m", "\u202e\x1b[31m")],
)
def test_hostile_paths_are_written_out(path: str, written: str) -> None:
    """Bytes that are not UTF-8 neither break the output nor vanish."""
    package = replace(sample_image.LOG4J, locations=(Location(path),))
    inventory = replace(sample_image.INVENTORY, packages=(package,))
    subject = replace(samples.SUBJECT, inventory=inventory)
    document = rendered(replace(samples.REPORT, subjects=(subject,)))
    assert document["subjects"][0]["packages"][0]["locations"][0]["path"] == written
