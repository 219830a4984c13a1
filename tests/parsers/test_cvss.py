"""CVSS vectors score as the reference calculators score them."""

from __future__ import annotations

import gzip
import itertools
import json
import zipfile
from functools import cache

import pytest
from cvss import CVSS2, CVSS3, CVSS4
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.parsers import _cvss2, _cvss3, _cvss4
from dunnage.parsers.cvss import score
from support import data_root


def _reference(vector: str) -> float:
    if vector.startswith("CVSS:4"):
        return float(CVSS4(vector).base_score)
    if vector.startswith("CVSS:3"):
        return float(CVSS3(vector).base_score)
    return float(CVSS2(vector).base_score)


@pytest.mark.parametrize(
    ("vector", "expected"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
        ("CVSS:3.0/AV:L/AC:H/PR:H/UI:R/S:C/C:L/I:N/A:N", 2.3),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0),
        ("(AV:N/AC:L/Au:N/C:P/I:P/A:P)", 7.5),
        ("CVSS:2.0/AV:N/AC:M/Au:N/C:N/I:P/A:N", 4.3),
        ("AV:L/AC:H/Au:M/C:N/I:N/A:N", 0.0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10.0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0.0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 8.1),
    ],
)
def test_published_examples(vector: str, expected: float) -> None:
    """Well-known vectors, with and without prefix and parentheses."""
    assert score(vector) == expected
    assert expected == _reference(vector.strip("()").removeprefix("CVSS:2.0/"))


def test_threat_metrics_count_only_in_version_4() -> None:
    """Temporal metrics of version 3 leave the base score; exploit maturity of 4.0 lowers it."""
    base = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    assert score(f"{base}/E:U/RL:O/RC:U/MAV:P") == score(base)
    base = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
    assert score(f"{base}/E:U") < score(base)


@pytest.mark.parametrize(
    "vector",
    [
        "",
        "low",
        "CVSS:3.1",
        "CVSS:3.1/",
        "CVSS:3.2/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
        "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:Z/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:NA/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/XX:N",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:S/VI:H/VA:H/SC:H/SI:H/SA:H",
        "AV:N/AC:L/Au:N/C:C/I:C",
        "AV:N/AC:L/Au:N/C:C/I:C/A:C/E:X",
        "AV:" + "N" * 1000,
    ],
)
def test_what_is_no_vector(vector: str) -> None:
    """Missing, unknown, repeated and overlong metrics are refused."""
    with pytest.raises(ValueError, match="no CVSS vector"):
        score(vector)


@pytest.mark.parametrize("prefix", ["CVSS:3.0/", "CVSS:3.1/"])
def test_every_base_vector_of_version_3(prefix: str) -> None:
    """All 2592 base vectors of each version score as in the reference, rounding included."""
    vectors = [prefix + text for text in _all(_cvss3._MANDATORY)]
    assert len(vectors) == 2592
    assert [vector for vector in vectors if score(vector) != _reference(vector)] == []


def test_every_base_vector_of_version_2() -> None:
    """All 729 base vectors score as in the reference."""
    vectors = _all(_cvss2._MANDATORY)
    assert len(vectors) == 729
    assert [vector for vector in vectors if score(vector) != _reference(vector)] == []


def _all(metrics: dict[str, str]) -> list[str]:
    return [
        "/".join(f"{name}:{value}" for name, value in zip(metrics, values, strict=True))
        for values in itertools.product(*metrics.values())
    ]


@st.composite
def _vectors_4(draw: st.DrawFn) -> str:
    parts = [f"{name}:{draw(st.sampled_from(known))}" for name, known in _cvss4._MANDATORY.items()]
    chosen = draw(st.sets(st.sampled_from(sorted(_cvss4._OPTIONAL)), max_size=8))
    parts += [f"{n}:{draw(st.sampled_from(_cvss4._OPTIONAL[n]))}" for n in sorted(chosen)]
    return "CVSS:4.0/" + "/".join(parts)


@settings(max_examples=500, deadline=None)
@given(_vectors_4())
def test_random_vectors_of_version_4(vector: str) -> None:
    """Base, threat and environmental metrics together score as in the reference."""
    assert score(vector) == _reference(vector)


def test_real_vectors() -> None:
    """Every vector of the shared advisories and CVE records scores as in the reference."""
    vectors = _real_vectors()
    assert len(vectors) > 1500
    wrong = []
    for vector in vectors:
        try:
            found = score(vector)
        except ValueError:
            assert vector in {"low", "medium", "negligible"}
        else:
            if found != _reference(vector):
                wrong.append(vector)
    assert wrong == []


@cache
def _real_vectors() -> tuple[str, ...]:
    found: set[str] = set()
    for path in sorted((data_root() / "osv").glob("*/all.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                record = json.loads(archive.read(name))
                for part in (record, *record.get("affected", ())):
                    found.update(given["score"] for given in part.get("severity", ()))
    for path in sorted((data_root() / "nvd").glob("*.json.gz")):
        for item in json.loads(gzip.decompress(path.read_bytes()))["vulnerabilities"]:
            for metrics in item["cve"]["metrics"].values():
                shown = (metric.get("cvssData", {}) for metric in metrics)
                found.update(data["vectorString"] for data in shown if "vectorString" in data)
    return tuple(sorted(found))
