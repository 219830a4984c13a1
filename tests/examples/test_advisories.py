"""The advisories of the example are well formed and belong to the packages it pins."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from packaging.version import Version

from dunnage.parsers import cvss
from support import ROOT, data_json

EXAMPLES = ROOT / "examples"
RECORDS: list[dict[str, Any]] = json.loads(
    (EXAMPLES / "advisories.json").read_text(encoding="utf-8")
)
# What a scan of the example must not report, and why.
SILENT = {
    "CVE-2015-9251": "repaired before the pinned version",
    "CVE-2020-11078": "repaired in exactly the pinned version",
    "CVE-2022-42969": "withdrawn",
}
UNHIT = {("pypi", "py")}  # its only advisory is the withdrawn one
each_record = pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record["id"]))


@cache
def pins() -> dict[tuple[str, str], str]:
    """Return the pinned version of every package, by ecosystem and normalised name."""
    toml = tomllib.loads((EXAMPLES / "packages.toml").read_text(encoding="utf-8"))
    found = {("pypi", normal(pin["name"])): pin["version"] for pin in toml["python"]["wheels"]}
    return found | {("npm", pin["name"]): pin["version"] for pin in toml["npm"]["tarballs"]}


def normal(name: str) -> str:
    """Return a Python package name in the form of PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def key(record: dict[str, Any]) -> tuple[str, str]:
    """Return the ecosystem and name of the one package a record is about."""
    (affected,) = record["affected"]
    return affected["package"]["ecosystem"].lower(), affected["package"]["name"]


def hits(record: dict[str, Any]) -> bool:
    """Tell whether a record concerns the pinned version.

    All versions here are plain dotted numbers, which PEP 440 and SemVer order alike.
    """
    if "withdrawn" in record:
        return False
    version = Version(pins()[key(record)])
    return any(covers(span["events"], version) for span in record["affected"][0]["ranges"])


def covers(events: list[dict[str, str]], version: Version) -> bool:
    """Tell whether a range of two events (from, to) holds a version."""
    start, end = events
    if version < Version(start["introduced"]):
        return False
    if "fixed" in end:
        return version < Version(end["fixed"])
    return version <= Version(end["last_affected"])


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """Return the validator of the official OSV schema, with format checks."""
    document = data_json("schemas/osv.schema.json")
    return Draft202012Validator(document, format_checker=FormatChecker())


@each_record
def test_record_is_valid_osv(record: dict[str, Any], schema: Draft202012Validator) -> None:
    """Every record passes the official schema."""
    assert [error.message for error in schema.iter_errors(record)] == []


@each_record
def test_vector_scores(record: dict[str, Any]) -> None:
    """Every record has a severity, and its vector is one our parser can score."""
    assert record["severity"]
    for severity in record["severity"]:
        assert 0 < cvss.score(severity["score"]) <= 10


@each_record
def test_record_is_of_a_pinned_package(record: dict[str, Any]) -> None:
    """Every record is about a package of the image, named and versioned as its registry does."""
    (affected,) = record["affected"]
    ecosystem, name = key(record)
    assert (ecosystem, name) in pins()
    assert affected["package"]["purl"] == f"pkg:{ecosystem}/{name}"
    kinds = {span["type"] for span in affected["ranges"]}
    assert kinds == {"SEMVER" if ecosystem == "npm" else "ECOSYSTEM"}


@each_record
def test_record_speaks_for_itself(record: dict[str, Any]) -> None:
    """Every record has one line of summary, two sentences of details, and says its source."""
    assert len(record["summary"]) <= 80
    assert "\n" not in record["summary"]
    assert len(re.findall(r"[.](?=\s|$)", record["details"])) == 2
    assert re.search(r"GHSA-|PYSEC-|NVD", record["database_specific"]["facts_checked"])
    assert record["references"][0]["url"].endswith(record["id"])


def test_ids_are_unique() -> None:
    """No identifier, alias included, belongs to two records."""
    names = [name for record in RECORDS for name in [record["id"], *record["aliases"]]]
    assert sorted(names) == sorted(set(names))


def test_every_pin_is_hit() -> None:
    """Every pinned package has an advisory that concerns the pinned version."""
    assert {key(record) for record in RECORDS if hits(record)} == set(pins()) - UNHIT


def test_the_silent_ones_are_silent() -> None:
    """Exactly the records listed as silent do not concern the pinned version."""
    assert {record["id"] for record in RECORDS if not hits(record)} == set(SILENT)


def test_withdrawn_record_would_hit_otherwise() -> None:
    """The withdrawn record is silent because it is withdrawn, not because of its range."""
    (record,) = [record for record in RECORDS if "withdrawn" in record]
    assert hits({name: value for name, value in record.items() if name != "withdrawn"})
