"""What decides the exit code, and what a severity is."""

from __future__ import annotations

import inspect
from itertools import product

import pytest

from dunnage.model import errors
from dunnage.model.errors import DunnageError, InputError, LimitError
from dunnage.model.problem import Effect, Problem
from dunnage.model.report import Gate, Report, Subject
from dunnage.model.severity import Severity

CODES = {
    "DunnageError": 5,
    "UsageError": 2,
    "TargetError": 3,
    "NoAdvisoryDataError": 4,
    "InputError": 3,
    "ArtifactError": 3,
    "ForeignSystemError": 3,
    "LimitError": 3,
}
ERRORS: dict[str, type[DunnageError]] = {
    name: found
    for name, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, DunnageError)
}


def report(*effects: Effect, gate: Gate | None = None, inside: bool = True) -> Report:
    """Return a report with a problem for each effect, in its subject or beside it."""
    problems = tuple(Problem(f"problem-{n}", "x", effect=e) for n, e in enumerate(effects))
    subject = Subject("image", "registry", problems=problems if inside else ())
    beside = () if inside else problems
    return Report(
        (subject,), "2025-06-01T12:00:00Z", "dunnage 0", gate=gate or Gate(), problems=beside
    )


def test_every_error_has_its_exit_code() -> None:
    """The tree of errors is the one its docstring draws, and each leaf has its code."""
    assert {name: found.exit_code for name, found in ERRORS.items()} == CODES
    drawn = errors.__doc__ or ""
    for name, code in CODES.items():
        line = next(line for line in drawn.splitlines() if name in line.split())
        assert f" {code} " in line
    others = {found for _, found in inspect.getmembers(errors, inspect.isclass)}
    assert others == set(ERRORS.values()), "every exception of the model is a DunnageError"
    assert issubclass(LimitError, InputError)


def test_errors_carry_place_and_advice() -> None:
    """The text names the place; the advice is kept apart, for its own line."""
    error = InputError("it ends too early", where="layer 2", advice="fetch it again")
    assert str(error) == "layer 2: it ends too early"
    assert error.advice not in str(error)
    assert str(InputError("it ends too early")) == "it ends too early"


FAILED = Gate(asked=True, fail_on="high", failed=1)
OWN_CODE = Gate(asked=True, fail_on="high", failed=1, exit_code=7)
LENIENT = Gate(asked=True, fail_on="high", failed=1, allow_incomplete=True)
PASSED = Gate(asked=True, fail_on="high")
TABLE: list[tuple[tuple[Effect, ...], Gate, int]] = [
    ((), Gate(), 0),
    ((), PASSED, 0),
    ((Effect.NOTE,), Gate(), 0),
    ((Effect.NOTE,), FAILED, 1),
    ((), FAILED, 1),
    ((), OWN_CODE, 7),
    ((Effect.INCOMPLETE,), Gate(), 3),
    ((Effect.INCOMPLETE,), FAILED, 3),
    ((Effect.INCOMPLETE,), OWN_CODE, 3),
    ((Effect.INCOMPLETE,), LENIENT, 1),
    ((Effect.INCOMPLETE,), Gate(allow_incomplete=True), 0),
    ((Effect.NO_DATA,), Gate(), 4),
    ((Effect.NO_DATA,), LENIENT, 4),
    ((Effect.NO_DATA, Effect.INCOMPLETE), FAILED, 4),
    ((Effect.INCOMPLETE, Effect.NO_DATA, Effect.NOTE), OWN_CODE, 4),
]


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(("effects", "gate", "code"), TABLE)
def test_the_worst_exit_code_wins(
    effects: tuple[Effect, ...], gate: Gate, code: int, *, inside: bool
) -> None:
    """4 before 3 before the gate's own before 0, wherever the problem was noticed."""
    assert report(*effects, gate=gate, inside=inside).exit_code == code


def test_a_gate_that_nothing_failed_never_fails() -> None:
    """The gate's exit code alone changes nothing, and nothing but a note is complete."""
    for effect, asked in product(Effect, (True, False)):
        made = report(effect, gate=Gate(asked=asked, exit_code=9))
        assert made.exit_code != 9
        assert made.complete is (effect is Effect.NOTE)


def test_all_problems_are_counted_once() -> None:
    """Problems of the report come before those of its subjects, and none is lost."""
    made = report(Effect.NOTE, Effect.INCOMPLETE)
    assert [problem.code for problem in made.all_problems] == ["problem-0", "problem-1"]


@pytest.mark.parametrize(
    ("score", "severity"),
    [
        (0.0, Severity.NEGLIGIBLE),
        (0.1, Severity.LOW),
        (3.9, Severity.LOW),
        (4.0, Severity.MEDIUM),
        (6.9, Severity.MEDIUM),
        (7.0, Severity.HIGH),
        (8.9, Severity.HIGH),
        (9.0, Severity.CRITICAL),
        (10.0, Severity.CRITICAL),
    ],
)
def test_bands_are_those_of_cvss(score: float, severity: Severity) -> None:
    """The qualitative scale of CVSS 3.1, table 14 of its specification, with its edges."""
    assert Severity.of_score(score) is severity


def test_severities_rise() -> None:
    """A higher score is never less severe, and UNKNOWN is below all, not among them."""
    bands = [Severity.of_score(tenth / 10) for tenth in range(101)]
    assert bands == sorted(bands)
    assert Severity.UNKNOWN not in bands
    assert min(Severity) is Severity.UNKNOWN


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("Important", Severity.HIGH),
        (" moderate\n", Severity.MEDIUM),
        ("UNIMPORTANT", Severity.NEGLIGIBLE),
        ("none", Severity.NEGLIGIBLE),
        ("", Severity.UNKNOWN),
        ("untriaged", Severity.UNKNOWN),
        ("end-of-life", Severity.UNKNOWN),
    ],
)
def test_words_of_distributions(word: str, severity: Severity) -> None:
    """What distributions call it has a band; a word nobody knows is UNKNOWN, never low."""
    assert Severity.of_word(word) is severity


def test_labels_are_words_too() -> None:
    """Every severity is found again by its own label."""
    for severity in Severity:
        assert Severity.of_word(severity.label) is severity
