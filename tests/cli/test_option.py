"""Options: one declaration, three ways to say it, in a fixed order of precedence."""

from __future__ import annotations

import pytest

from dunnage.cli._option import Option, seconds, settle, suggest
from dunnage.model.errors import UsageError

SWITCH = Option("offline", "", default=False)
LIST = Option("severity", "", (), choices=("low", "high"))
TEXT = Option("fail-on", "", "", choices=("low", "high"))
NUMBER = Option("exit-code", "", 0)


def test_flag_beats_environment_beats_file_beats_default() -> None:
    """The nearer to the user, the stronger."""
    environ = {"DUNNAGE_FAIL_ON": "high"}
    assert settle([TEXT], {"fail_on": "low"}, environ, {"fail-on": "x"}) == {"fail_on": "low"}
    assert settle([TEXT], {}, environ, {"fail-on": "low"}) == {"fail_on": "high"}
    assert settle([TEXT], {}, {}, {"fail-on": "low"}) == {"fail_on": "low"}
    assert settle([TEXT], {}, {}, {}) == {"fail_on": ""}


def test_lists_are_split_and_lowered() -> None:
    """Lists come repeated or with commas, in any case."""
    settled = settle([LIST], {"severity": ["HIGH,low", "Low"]}, {}, {})
    assert settled == {"severity": ("high", "low", "low")}
    assert settle([LIST], {}, {"DUNNAGE_SEVERITY": "HIGH, low"}, {}) == {
        "severity": ("high", "low")
    }


@pytest.mark.parametrize(
    ("option", "value"),
    [(SWITCH, "maybe"), (LIST, "hihg"), (TEXT, "severe"), (NUMBER, "-1"), (NUMBER, "two")],
)
def test_wrong_values_are_refused_with_their_origin(option: Option, value: str) -> None:
    """A wrong value names where it came from."""
    with pytest.raises(UsageError, match=option.variable):
        settle([option], {}, {option.variable: value}, {})


def test_suggestion() -> None:
    """A near miss is answered with what was meant."""
    assert suggest("--fail-n", ["--fail-on", "--format"]) == "did you mean --fail-on? "
    assert suggest("xyzzy", ["scan"]) == ""


@pytest.mark.parametrize(
    ("text", "expected"), [("90", 90.0), ("5m", 300.0), ("1h30m", 5400.0), ("2d", 172800.0)]
)
def test_times(text: str, expected: float) -> None:
    """Times are seconds unless a unit says otherwise."""
    assert seconds(text, "--timeout") == expected


@pytest.mark.parametrize("text", ["", "0", "-5", "5x", "m", "1e9", "5 m"])
def test_wrong_times(text: str) -> None:
    """What is no time is refused."""
    with pytest.raises(UsageError, match="--timeout"):
        seconds(text, "--timeout")
