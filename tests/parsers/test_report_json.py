"""A stored report comes back as it was, and a broken one is told piece by piece."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import sample_image
import samples
from dunnage.model.errors import InputError
from dunnage.model.limits import Limits
from dunnage.model.problem import Effect
from dunnage.model.report import Report, View
from dunnage.parsers.report_json import read
from dunnage.render.json import renderer
from dunnage.render.table import renderer as table
from sample_hostile import HOSTILE
from sample_platforms import PLATFORMS

LIMITS = Limits()
ENDED = replace(
    samples.REPORT, gate=replace(samples.REPORT.gate, exit_on_eol=9, end_of_life=1), problems=()
)
REPORTS = [
    samples.REPORT,
    samples.EMPTY,
    samples.UNSEEN,
    samples.SEVERAL,
    PLATFORMS,
    HOSTILE,
    ENDED,
]


def document(report: Report) -> Any:  # noqa: ANN401 - JSON has every type
    """Return a report as JSON values, to break."""
    return json.loads(renderer.render(report, View()))


def again(value: object) -> Report:
    """Read JSON values."""
    return read(json.dumps(value).encode(), LIMITS)


def without_secrets(report: Report) -> Report:
    """Return a report whose environment variables have lost their values."""
    subjects = []
    for subject in report.subjects:
        image = subject.image
        if image is not None:
            image = replace(image, env=tuple(e.partition("=")[0] + "=" for e in image.env))
        subjects.append(replace(subject, image=image))
    return replace(report, subjects=tuple(subjects))


@pytest.mark.parametrize("report", REPORTS)
def test_report_comes_back_as_it_was(report: Report) -> None:
    """Every field survives but the values of environment variables; the formats agree."""
    raw = renderer.render(report, View())
    back = read(raw, LIMITS)
    assert back == without_secrets(report)
    assert renderer.render(back, View()) == raw
    assert table.render(back, View()) == table.render(report, View())
    assert back.exit_code == report.exit_code


def test_unknown_keys_are_ignored() -> None:
    """A later version may add keys."""
    value = document(samples.REPORT)
    value["new"] = value["subjects"][0]["new"] = value["subjects"][0]["findings"][0]["new"] = [{}]
    assert again(value) == without_secrets(samples.REPORT)


def test_one_broken_entry_does_not_lose_the_others() -> None:
    """A broken finding or package becomes a Problem with its place, and the report incomplete."""
    value = document(samples.EMPTY)
    value["subjects"][0]["findings"] = [*document(samples.REPORT)["subjects"][0]["findings"], 7]
    value["subjects"][0]["findings"][1]["severity"] = "dreadful"
    value["subjects"][0]["packages"][2]["name"] = None
    report = again(value)
    subject = report.subjects[0]
    assert len(subject.findings) == len(samples.FINDINGS) - 1
    assert len(subject.inventory.packages) == len(sample_image.PACKAGES) - 1
    assert not report.complete
    assert [problem.where for problem in subject.problems] == [
        "report.subjects[0].packages[2]",
        "report.subjects[0].findings[1]",
        f"report.subjects[0].findings[{len(samples.FINDINGS)}]",
    ]
    assert {problem.effect for problem in subject.problems} == {Effect.INCOMPLETE}


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "not JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "names no schema"),
        (b'{"bomFormat": "CycloneDX"}', "a CycloneDX SBOM"),
        (b'{"SchemaVersion": 2, "Results": []}', "a report of Trivy"),
        (b'{"schema": "dunnage-report/2"}', "unknown version"),
        (b'{"schema": "dunnage-report/1", "subjects": 3}', "'subjects' is no list"),
        (b'{"schema": "dunnage-report/1", "gate": {"failed": -1}}', "'failed' is no number"),
        (b'{"schema": "dunnage-report/1", "a": ' + b"[" * 500 + b"]" * 500 + b"}", "nested"),
    ],
)
def test_other_documents_are_refused_by_name(raw: bytes, told: str) -> None:
    """What is no report of ours is an error that says what it is."""
    with pytest.raises(InputError, match=told):
        read(raw, LIMITS)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, item in items:
        found.append((*path, key))
        if isinstance(item, dict | list):
            found += _places(item, (*path, key))
    return found


PLACES = _places(document(samples.REPORT))
JUNK = st.sampled_from([None, True, -1, 2**70, 1e300, "", "x", "\u202e", [], [1], {}, {"a": 1}])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), JUNK)
def test_any_value_in_any_place_gives_a_report_or_an_input_error(
    place: tuple[Any, ...], junk: object
) -> None:
    """Types are never taken on trust; what was read can always be printed again."""
    value = document(samples.REPORT)
    target = value
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = junk
    try:
        report = again(value)
    except InputError:
        return
    renderer.render(report, View())
    table.render(report, View())


@settings(max_examples=60)
@given(st.binary(max_size=60))
def test_random_bytes_are_refused(raw: bytes) -> None:
    """Nothing but InputError comes out of junk."""
    with pytest.raises(InputError):
        read(raw, LIMITS)
