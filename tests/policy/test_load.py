"""Flags and settings become a policy."""

from __future__ import annotations

import pytest

from dunnage.model.errors import UsageError
from dunnage.model.policy import Policy
from dunnage.model.severity import Severity
from dunnage.policy.load import load

EVERYTHING = frozenset(Severity)


def test_nothing_asked_is_no_gate() -> None:
    """Without flags everything is shown and nothing fails."""
    assert load({}) == Policy()
    assert load({"severity": None, "fail-on": None, "exit-code": None}) == Policy()


def test_flags_become_a_policy() -> None:
    """Every flag arrives where it belongs."""
    values = {
        "severity": "HIGH,critical",
        "fail-on": "medium",
        "fail-on-unknown": True,
        "exit-code": 9,
        "ignore-unfixed": True,
        "allow-incomplete": True,
    }
    assert load(values) == Policy(
        frozenset({Severity.HIGH, Severity.CRITICAL}),
        ignore_unfixed=True,
        fail_on=Severity.MEDIUM,
        fail_on_unknown=True,
        exit_code=9,
        allow_incomplete=True,
    )


def test_severities_may_come_as_list_or_text() -> None:
    """Lists, texts with commas, and words of distributions mean the same."""
    wanted = frozenset({Severity.HIGH, Severity.UNKNOWN})
    for value in ("high,UNKNOWN", ("high", "unknown"), ["important, unknown"]):
        assert load({"severity": value}).show == wanted


@pytest.mark.parametrize(
    ("values", "fail_on", "unknown"),
    [
        ({"exit-code": 1}, Severity.NEGLIGIBLE, True),
        ({"exit-code": 1, "severity": "high,critical"}, Severity.HIGH, False),
        ({"exit-code": 1, "severity": "critical,unknown"}, Severity.CRITICAL, True),
        ({"exit-code": 1, "severity": "unknown"}, None, True),
        ({"exit-code": 0}, None, False),
        ({"exit-code": 3, "fail-on": "low"}, Severity.LOW, False),
        ({"exit-code": 3, "fail-on-unknown": True}, None, True),
    ],
)
def test_exit_code_alone_is_a_gate(
    values: dict[str, object], fail_on: Severity | None, unknown: object
) -> None:
    """As elsewhere, ``--exit-code 1`` alone fails on everything that is shown."""
    policy = load(values)
    assert policy.fail_on is fail_on
    assert policy.fail_on_unknown is unknown


@pytest.mark.parametrize(
    ("values", "told", "advice"),
    [
        ({"severity": "hgh"}, "unknown severity: 'hgh'", "did you mean 'high'?"),
        ({"fail-on": "unknown"}, "unknown is no lowest severity", "--fail-on-unknown"),
        ({"exit-code": 256}, "from 0 to 255", ""),
        ({"exit-code": True, "fail-on": "low"}, "from 0 to 255", ""),
    ],
)
def test_mistakes_are_usage_errors(values: dict[str, object], told: str, advice: str) -> None:
    """Every mistake says what is wrong and what to do."""
    with pytest.raises(UsageError) as caught:
        load(values)
    assert told in caught.value.message
    assert advice in caught.value.advice
