"""``asff``: what AWS Security Hub asks of a finding, and what its own library has to say."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from dunnage.cli._build import build_of
from dunnage.model.finding import Status
from dunnage.model.report import Report, View
from dunnage.render.asff import renderer
from sample_hostile import HOSTILE
from samples import EMPTY, FINDINGS, LOG4SHELL, REPORT, SEVERAL, SUBJECT, UNSEEN
from support import need

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILD = (("aws-account", "123456789012"), ("aws-region", "eu-central-1"))
REPORTS = {
    "sample": REPORT,
    "empty": EMPTY,
    "unseen": UNSEEN,
    "several": SEVERAL,
    "hostile": HOSTILE,
    "long": replace(
        REPORT,
        subjects=(
            replace(
                SUBJECT,
                name="r.example.org/" + "n" * 900 + ":1",
                findings=(replace(LOG4SHELL, id="X" * 900, message="m" * 9000),),
            ),
        ),
    ),
}
_LENGTHS = {"Id": 512, "ProductArn": 2048, "GeneratorId": 512, "Title": 256, "Description": 1024}
"""Longest values of a finding's own fields (API reference, AwsSecurityFinding)."""
_REQUIRED = {
    *("SchemaVersion", "Id", "ProductArn", "GeneratorId", "AwsAccountId", "CreatedAt"),
    *("UpdatedAt", "Title", "Description", "Resources", "Severity"),
}


NO_ADVICE: dict[str, dict[str, str]] = {"Recommendation": {}}


def found(report: Report, build: tuple[tuple[str, str], ...] = BUILD) -> list[dict[str, Any]]:
    """Return the findings of a document, parsed."""
    value = json.loads(renderer.render(report, View(build=build)))
    assert isinstance(value, list)
    return value


def texts(value: object) -> Iterator[str]:
    """Give every text of a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


@pytest.mark.parametrize("name", REPORTS)
def test_security_hub_takes_it(name: str) -> None:
    """Required fields are there, none is empty or too long, and no two findings share an id."""
    entries = found(REPORTS[name])
    for entry in entries:
        assert entry.keys() >= _REQUIRED
        assert all(len(entry[key]) <= longest for key, longest in _LENGTHS.items())
        assert len(entry.get("Remediation", NO_ADVICE)["Recommendation"].get("Text", "")) <= 512
        assert all(len(value) <= 2048 for value in entry.get("ProductFields", {}).values())
        assert entry["Severity"]["Label"] in {"INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"}
        assert len(entry["Resources"]) == 1
        details = entry["Resources"][0].get("Details", {})
        image = details.get("Container", {"ImageName": ""})
        assert len(image["ImageName"]) <= 128
        assert all(re.search(r"\S", text) for text in texts(entry))
    ids = [entry["Id"] for entry in entries]
    assert len(set(ids)) == len(ids)


def test_only_what_is_open_with_all_that_is_known() -> None:
    """A vulnerability names packages, fix, scores, links, probability and that it is exploited."""
    entries = found(REPORT)
    # One more tells what was not examined.
    assert len(entries) == sum(finding.status is Status.OPEN for finding in FINDINGS) + 1
    first = entries[0]
    assert first["ProductArn"] == (
        "arn:aws:securityhub:eu-central-1:123456789012:product/123456789012/default"
    )
    assert first["Severity"] == {"Label": "CRITICAL", "Original": "CRITICAL"}
    (known,) = first["Vulnerabilities"]
    assert known["Id"] == "CVE-2021-44228"
    assert known["FixAvailable"] == "YES"
    assert known["ExploitAvailable"] == "YES"
    assert known["EpssScore"] == pytest.approx(0.9447)
    assert [score["Version"] for score in known["Cvss"]] == ["3.1", "2.0"]
    assert known["VulnerablePackages"][0]["FixedInVersion"] == "2.15.0"
    assert first["Resources"][0]["Details"]["Container"]["ImageName"] == SUBJECT.name
    assert "COPY dist/" in first["ProductFields"]["dunnage/made-by"]
    unscored = entries[-2]
    assert unscored["Severity"] == {"Label": "INFORMATIONAL", "Original": "UNKNOWN"}


def test_what_was_not_examined_is_a_finding() -> None:
    """An empty list means that everything was examined and nothing found."""
    assert found(EMPTY) == []
    (entry,) = found(UNSEEN)
    assert entry["Title"] == "Not everything was examined of app.tar"
    assert "no advisory data" in entry["Description"]
    assert entry["Remediation"]["Recommendation"]["Text"] == "run `dunnage db update`"
    assert entry["Severity"]["Label"] == "MEDIUM"


def test_ids_stay_from_scan_to_scan() -> None:
    """A later scan brings the same findings up to date."""
    later = replace(REPORT, created="2026-01-01T00:00:00Z")
    assert [e["Id"] for e in found(later)] == [e["Id"] for e in found(REPORT)]
    assert found(later)[0]["UpdatedAt"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("region", "partition"),
    [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-east-1", "aws")],
)
def test_partition_is_that_of_the_region(region: str, partition: str) -> None:
    """China and the US government have partitions of their own."""
    entry = found(REPORT, (BUILD[0], ("aws-region", region)))[0]
    assert entry["ProductArn"].startswith(f"arn:{partition}:securityhub:{region}:")
    assert entry["Resources"][0]["Partition"] == partition


def test_what_is_missing_is_said() -> None:
    """Without account or region, or with nonsense for them, and with more than one call takes."""
    assert renderer.left_out is not None
    assert renderer.left_out(REPORT, View(build=BUILD)) == ""
    odd = (("aws-account", "12\n"), ("aws-region", "../x"))
    for build in ((), odd):
        told = renderer.left_out(REPORT, View(build=build))
        assert "AWS_ACCOUNT_ID" in told
        assert "AWS_REGION" in told
        assert found(REPORT, build)[0]["AwsAccountId"] == ""
    findings = tuple(replace(LOG4SHELL, fingerprint=f"{n}") for n in range(201))
    many = replace(REPORT, subjects=(replace(SUBJECT, findings=findings),))
    assert "in 3 parts" in renderer.left_out(many, View(build=BUILD))


def test_account_and_region_come_from_the_environment() -> None:
    """As AWS's own tools take them; ``AWS_REGION`` counts more than the default."""
    environ = {"AWS_ACCOUNT_ID": "123456789012", "AWS_DEFAULT_REGION": "eu-central-1"}
    assert build_of(environ) == BUILD
    assert dict(build_of({**environ, "AWS_REGION": "us-east-1"}))["aws-region"] == "us-east-1"
    assert build_of({}) == ()


@pytest.mark.judge
@pytest.mark.parametrize("name", REPORTS)
def test_library_of_aws_takes_it(name: str) -> None:
    """botocore, which checks requests by the published model, has nothing against the findings."""
    if find_spec("botocore") is None:
        need("botocore")
    from botocore.session import Session
    from botocore.validate import ParamValidator

    shape = (
        Session()
        .get_service_model("securityhub")
        .operation_model("BatchImportFindings")
        .input_shape
    )
    entries = found(REPORTS[name])
    for start in range(0, len(entries), 100):
        errors = ParamValidator().validate({"Findings": entries[start : start + 100]}, shape)
        assert not errors.has_errors(), errors.generate_report()


@pytest.mark.judge
def test_library_of_aws_can_refuse() -> None:
    """The check above can fail."""
    if find_spec("botocore") is None:
        need("botocore")
    from botocore.session import Session
    from botocore.validate import ParamValidator

    model = Session().get_service_model("securityhub")
    shape = model.operation_model("BatchImportFindings").input_shape
    entry = found(REPORT)[0] | {"Severity": "HIGH", "Colour": "red"}
    del entry["Title"]
    told = ParamValidator().validate({"Findings": [entry]}, shape).generate_report()
    assert "Missing required parameter" in told
    assert "Unknown parameter" in told
    assert "Invalid type" in told
