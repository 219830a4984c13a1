"""Comments ask to ignore findings in the words of five tools, each with its own reach."""

from __future__ import annotations

import time
from datetime import date

import pytest

from dunnage.io.folder import load_all
from dunnage.model.errors import UsageError
from dunnage.model.finding import Confidence, Persona, Status
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import read
from dunnage.rules.dockerfile._engine import check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._ignores import settle
from dunnage.rules.dockerfile._rule import DockerfileRule
from dunnage.rules.dockerfile._select import Asked, Names, ruleset, wanted

RULE = "apt-get-without-yes"
NAMES = Names(load_all("dunnage.rules.dockerfile", "rule", DockerfileRule))
ONLY = ruleset(NAMES, Asked(only=frozenset({RULE})))
TODAY = date(2026, 11, 30)
INSTALL = "RUN apt-get install curl\n"


def judged(text: str) -> list[tuple[int, str]]:
    """Return line and reason of each finding; an empty reason for an open one."""
    facts = Facts(file=read(text.encode()), today=TODAY)
    found = settle(facts, check(facts, ONLY).findings, NAMES, ONLY)
    assert all((one.status is Status.SUPPRESSED) == bool(one.reason) for one in found)
    return [(one.locations[0].line, one.reason) for one in found]


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        (f"# dunnage: ignore[{RULE}] a person answers", "ignored by line 2: a person answers"),
        (f"#dunnage:ignore[dockerfile/{RULE}]", "ignored by line 2"),
        ("# Dunnage: Ignore[x, DL3014 , y]: why", "ignored by line 2: why"),
        ("# dunnage: ignore[hadolint:DL3014] why", "ignored by line 2: why"),
        ("# hadolint ignore=DL3014", "ignored by line 2 for hadolint"),
        ("#  hadolint\tignore = DL3008 , DL3014 # why", "ignored by line 2 for hadolint: why"),
        ("# trivy:ignore:DS-0021", "ignored by line 2 for trivy"),
        ("# trivy:ignore:AVD-DS-0021 trivy:ignore:DS-0001", "ignored by line 2 for trivy"),
        ("#trivy:ignore:ds021:exp:2026-11-30", "ignored by line 2 for trivy"),
    ],
)
def test_comment_above(comment: str, reason: str) -> None:
    """It is about the next instruction, and about no other."""
    told = judged(f"FROM debian:12\n{comment}\n{INSTALL}{INSTALL}")
    assert told == [(3, reason), (4, "")]


@pytest.mark.parametrize(
    "comment",
    [
        "# dunnage: ignore-file[apt-get-without-yes] why",
        "# hadolint global ignore=DL3014",
        "# checkov:skip=CKV_DOCKER_1:why",
    ],
)
def test_comment_about_the_file(comment: str) -> None:
    """It counts wherever it stands."""
    told = judged(f"FROM debian:12\n{INSTALL}{INSTALL}\n{comment}\n")
    expected = [True, True] if "CKV" not in comment else [False, False]
    assert [bool(reason) for _, reason in told] == expected


def test_comment_for_trivy_at_the_top() -> None:
    """Above the first instruction it is about the whole file."""
    told = judged(f"# trivy:ignore:DS-0021\nFROM debian:12\n{INSTALL}{INSTALL}")
    assert [bool(reason) for _, reason in told] == [True, True]


@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        (f"# hadolint stage ignore=DL3014\nFROM a\n{INSTALL}FROM b\n{INSTALL}", [True, False]),
        (f"FROM a\n{INSTALL}# hadolint stage ignore=DL3014\n{INSTALL}FROM b\n{INSTALL}",
         [False, True, False]),
    ],
)  # fmt: skip
def test_comment_about_a_stage(text: str, ignored: list[bool]) -> None:
    """From the comment to the end of its stage."""
    assert [bool(reason) for _, reason in judged(text)] == ignored


@pytest.mark.parametrize(
    "comment",
    [
        f"# dunnage: ignore [x] {RULE}",
        "# hadolint ignore=DL3008",
        "# please, hadolint ignore=DL3014",
        "# trivy:ignore:DS-0021:exp:2026-11-29",
        "# trivy:ignore:DS-0022",
        "# check=skip=StageNameCasing",
    ],
)
def test_comment_about_something_else(comment: str) -> None:
    """Other rules, other words and what has expired ignore nothing."""
    assert judged(f"FROM debian:12\n{comment}\n{INSTALL}") == [(3, "")]


def test_comment_inside() -> None:
    """Inside of an instruction it is about all of it, wherever the finding is."""
    text = f"FROM a\nRUN apt-get install curl && \\\n  # dunnage: ignore[{RULE}] why\n  true\n{INSTALL}"
    assert judged(text) == [(2, "ignored by line 3: why"), (5, "")]


def test_comment_in_a_here_document_is_text() -> None:
    """What a here-document holds is no comment of the Dockerfile."""
    text = f"FROM a\nRUN <<EOF\n# dunnage: ignore[{RULE}] why\napt-get install curl\nEOF\n"
    assert judged(text) == [(4, "")]


def test_blank_line_between() -> None:
    """A comment that is not directly above is about nothing."""
    assert judged(f"FROM a\n# dunnage: ignore[{RULE}] why\n\n{INSTALL}") == [(4, "")]


def test_crlf_and_bom() -> None:
    """Line ends and a byte order mark change nothing."""
    text = f"\ufeff# dunnage: ignore-file[{RULE}] why\r\nFROM a\r\nRUN apt-get install c\r\n"
    assert judged(text) == [(3, "ignored by line 1: why")]


def test_shell_of_a_comment() -> None:
    """Hadolint's shell comment says which shell runs what follows, until the stage ends."""
    text = f"FROM a\n# hadolint shell=powershell\n{INSTALL}FROM b\n{INSTALL}"
    assert judged(text) == [(5, "")]
    assert judged(f"FROM a\n# hadolint shell=/bin/bash\n{INSTALL}") == [(3, "")]


def test_severities_and_checks() -> None:
    """Other severities count, and a directive can make findings errors."""
    facts = Facts(file=read(f"FROM a\n{INSTALL}".encode()), today=TODAY)
    found = check(facts, ONLY).findings
    (one,) = settle(facts, found, NAMES, ONLY, {RULE: Severity.LOW})
    assert (one.severity, one.severity_source) == (Severity.LOW, "settings")


def test_names() -> None:
    """A rule goes by its name, with and without kind, and by codes of other tools."""
    for word in (RULE, f"dockerfile/{RULE}", "DL3014", "dl3014", "hadolint DL3014", "AVD-DS-0021"):
        assert NAMES.of(word) == (RULE,), word
    assert NAMES.of("trivy DL3014") == ()
    assert NAMES.nearest("apt-get-without-y") == RULE
    assert NAMES.nearest("qqqq") == ""


@pytest.mark.parametrize(
    ("word", "told"),
    [("apt-get-without", "did you mean"), ("DL9999", "no rule of ours"), ("?", "lists")],
)
def test_unknown_names(word: str, told: str) -> None:
    """A name nobody knows is refused with the nearest one."""
    with pytest.raises(UsageError) as caught:
        wanted([word], "--rules", NAMES)
    assert told in caught.value.advice


def test_selection() -> None:
    """Persona and confidence choose; a rule that is named runs whoever looks."""
    pedantic = "unused-foreign-ignore"
    assert pedantic not in ruleset(NAMES).rules
    assert pedantic in ruleset(NAMES, Asked(persona=Persona.PEDANTIC)).rules
    assert pedantic in ruleset(NAMES, Asked(persona=Persona.AUDITOR)).rules
    high = ruleset(NAMES, Asked(persona=Persona.PEDANTIC, confidence=Confidence.HIGH)).rules
    assert pedantic not in high
    assert set(ruleset(NAMES, Asked(only=frozenset({pedantic}))).rules) == {pedantic}
    assert RULE not in ruleset(NAMES, Asked(without=frozenset({RULE}))).rules


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\n" + f"# dunnage: ignore[{RULE}, x] r\n{INSTALL}" * 2_000,
        "FROM a\n" + "# hadolint stage ignore=DL3014\nENV a=1\n" * 5_000 + INSTALL,
        "FROM a\n# dunnage: ignore[" + ",".join(map(str, range(100_000))) + "] r\nENV a=1\n",
        "# hadolint ignore=" + " " * 300_000 + "!\nFROM a\n",
        "# trivy:ignore:DS-0002 " * 40_000 + "\nFROM a\n",
    ],
)
def test_time_is_bounded(text: str) -> None:
    """However many comments a file has, heeding them takes no longer than reading it."""
    facts = Facts(file=read(text.encode()), today=TODAY)
    every = ruleset(NAMES, Asked(only=frozenset({RULE, "unused-ignore", "unknown-ignored-rule"})))
    found = check(facts, every).findings
    start = time.process_time()
    settle(facts, found, NAMES, every)
    assert time.process_time() - start < 2
