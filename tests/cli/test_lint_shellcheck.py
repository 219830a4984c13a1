"""``dunnage lint --shellcheck`` runs ShellCheck, if somebody asks for it and has it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from dunnage.flows import _lint_shellcheck as flow
from dunnage.model.errors import UsageError
from support import needs_shellcheck

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Lint = Callable[..., tuple[int, str, str]]

QUIET = "--ignore=unpinned-base-image,missing-user,heavy-base-image"
ROUNDS = """FROM debian:13

# dunnage: ignore[apt-get-without-yes] nobody answers
RUN apt install `cat list`

RUN echo same
RUN apt-get install curl
"""
"""A file that ``--fix`` mends in several rounds."""
TEXT = "FROM debian:13\nRUN true \\\n    && read line\n"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a program be found in the place of ShellCheck, and return where it is to be."""
    place = tmp_path / "bin" / "shellcheck"
    place.parent.mkdir()
    monkeypatch.setattr(flow, "program", lambda _: str(place))
    return place


def program(place: Path, script: str) -> None:
    """Write a program."""
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)


def rows(lint: Lint, text: str, *words: str) -> list[tuple[str, int, int]]:
    """Return rule, line and column of the open findings that ShellCheck has part in."""
    code, out, _ = lint("-", "-o", "json", "--shellcheck", *words, stdin=text.encode())
    assert code in {0, 1}
    (subject,) = json.loads(out)["subjects"]
    return [
        (one["id"], one["locations"][0]["line"], one["locations"][0]["region"]["column"])
        for one in subject["findings"]
        if one["status"] == "open" and any("shellcheck" in peer for peer in one["peers"])
    ]


def test_missing_program(lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says what is missing and how to get it; nothing is examined."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    code, out, err = lint("-", "--shellcheck", stdin=TEXT.encode())
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "dunnage: --shellcheck: there is no program 'shellcheck' on PATH",
        "  install it with: pip install 'dunnage[shellcheck]', or as your system does",
    ]


def test_where_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PATH first, then beside our Python; never in the current directory."""
    for name in ("path", "ours", "here"):
        (tmp_path / name).mkdir()
        program(tmp_path / name / "shellcheck", "exit 1")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "ours" / "python"))
    assert flow.program({"PATH": f"{tmp_path}/path"}) == f"{tmp_path}/path/shellcheck"
    assert flow.program({"PATH": ".::"}) == f"{tmp_path}/ours/shellcheck"
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(UsageError):
        flow.program({"PATH": ".::"})


def test_nothing_is_run_without_the_option(lint: Lint, fake: Path, tmp_path: Path) -> None:
    """Nor where there is no shell, nor where none of its codes is wanted."""
    program(fake, f"touch {tmp_path}/ran; echo '{{\"comments\":[]}}'")
    lint("-", stdin=TEXT.encode())
    lint("-", "--shellcheck", stdin=b'FROM debian:13\nCMD ["a"]\n')
    lint("-", "--shellcheck", "--ignore=shellcheck", stdin=TEXT.encode())
    lint("-", "--shellcheck", "--rules=apt-get-without-yes", stdin=TEXT.encode())
    assert not (tmp_path / "ran").exists()
    lint("-", "--shellcheck", stdin=TEXT.encode())
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("exit 4", "it ended with code 4"),
        ("kill -SEGV $$", "it needs too much time, memory or output"),
        ("echo nonsense", "not the JSON of ShellCheck"),
        ("exit 0", "not the JSON of ShellCheck"),
        ("yes '{'", "too much time, memory or output"),
        ("sleep 30", "it takes more than 2 seconds"),
        ("while :; do :; done", "it takes more than 2 seconds"),
    ],
)
def test_a_program_that_fails(
    lint: Lint, fake: Path, script: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it did not look at is not clean: exit code 3, and our own findings all the same."""
    monkeypatch.setattr(flow, "SECONDS", 2.0)
    monkeypatch.setattr(flow, "LARGEST", 100_000)
    program(fake, script)
    text = "FROM debian:13\nRUN apt-get install curl\n"
    code, out, _ = lint("-", "--shellcheck", "-o", "json", stdin=text.encode())
    (subject,) = json.loads(out)["subjects"]
    assert code == 3
    (problem,) = (one for one in subject["problems"] if one["effect"] == "incomplete")
    assert (problem["code"], problem["where"]) == ("shellcheck-failed", "<stdin>:2")
    assert told in problem["message"]
    assert "dockerfile/apt-get-without-yes" in [one["id"] for one in subject["findings"]]


def test_the_same_script_is_given_once(lint: Lint, fake: Path, tmp_path: Path) -> None:
    """A file of ten thousand equal instructions is one script, and all of them have the finding."""
    said = (
        '{"comments":[{"file":"0","line":3,"endLine":3,"column":1,"endColumn":2,'
        '"level":"error","code":2999,"message":"x"}]}'
    )
    program(fake, f"echo $# >> {tmp_path}/calls; echo '{said}'; exit 1")
    found = rows(lint, "FROM debian:13\n" + "RUN aa\n" * 300)
    assert (tmp_path / "calls").read_text() == "4\n"
    assert len(found) == 300


def test_only_what_changes_is_given_again(lint: Lint, fake: Path, tmp_path: Path) -> None:
    """``--fix`` looks at a file round after round; each script is given to ShellCheck once."""
    program(
        fake, f'shift 3; tail -qn 1 "$@" >> {tmp_path}/given; echo \'{{"comments":[]}}\'; exit 0'
    )
    (tmp_path / "Dockerfile").write_text(ROUNDS)
    lint("Dockerfile", "--shellcheck", "--fix", "--unsafe-fixes")
    given = (tmp_path / "given").read_text().splitlines()
    assert "echo same" in given
    assert "apt-get install --no-install-recommends -y curl" in given
    assert len(given) == len(set(given)) == 7


@needs_shellcheck
@pytest.mark.usefixtures("real")
def test_fix_tells_of_the_final_text(lint: Lint, tmp_path: Path) -> None:
    """Also where nothing but its place changed since ShellCheck looked at it."""
    file = tmp_path / "Dockerfile"
    file.write_text(f"{ROUNDS}RUN true \\\n    && read same\n")
    _, fixed, _ = lint("Dockerfile", "--shellcheck", "--fix", "--unsafe-fixes", "-o", "json")
    _, again, _ = lint("Dockerfile", "--shellcheck", "-o", "json")
    (one,), (other,) = (json.loads(text)["subjects"] for text in (fixed, again))
    assert one["findings"] == other["findings"]
    assert "shellcheck/SC2162" in {finding["id"] for finding in one["findings"]}


@needs_shellcheck
@pytest.mark.usefixtures("real")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("RUN true \\\n # note\n && read REPLY", [("shellcheck/SC2162", 4, 5)]),
        ("RUN <<EOF\nset -e\n\tread REPLY\nEOF", [("shellcheck/SC2162", 4, 2)]),
        ("ONBUILD RUN echo é; read REPLY", [("shellcheck/SC2162", 2, 21)]),
        ('ENV low=1\nRUN echo "$low" "$no"', [("shellcheck/SC2154", 3, 18)]),
        ('RUN . /etc/os-release; . "$X"', []),
        ('RUN f() { local a; a=1; echo "$a"; }; f', []),
        ('SHELL ["/bin/bash", "-c"]\nRUN [[ -n $PATH ]]', []),
        ('SHELL ["/bin/bash", "-e", "-c"]\nRUN cd /x; cd /y', []),
        ("RUN echo $a", [("dockerfile/unquoted-variable", 2, 10), ("shellcheck/SC2154", 2, 10)]),
    ],
)
def test_real_findings(lint: Lint, text: str, found: list[tuple[str, int, int]]) -> None:
    """At their place in the Dockerfile, in the shell of the base, and once."""
    assert sorted(rows(lint, f"FROM debian:13\n{text}\n")) == found


@needs_shellcheck
@pytest.mark.usefixtures("real")
@pytest.mark.parametrize(
    "comment",
    [
        "# hadolint ignore=SC2162",
        "# dunnage: ignore[SC2162, SC2034] reason",
        "# dunnage: ignore[shellcheck/SC2162] reason",
        "# shellcheck disable=SC2162",
        "# shellcheck shell=sh disable=SC2000-SC2999 # reason",
        "# shellcheck disable=all",
    ],
)
def test_comments_hold(lint: Lint, comment: str) -> None:
    """For the next instruction, and for no other; the report says why."""
    read = "RUN read REPLY\n"
    assert rows(lint, f"FROM debian:13\n{comment}\n{read}{read}", "--rules=SC2162") == [
        ("shellcheck/SC2162", 4, 5)
    ]
    _, out, _ = lint(
        "-",
        "--shellcheck",
        "--show-suppressed",
        stdin=f"FROM debian:13\n{comment}\n{read}".encode(),
    )
    assert "shellcheck/SC2162: ignored by line 2" in out


@needs_shellcheck
@pytest.mark.usefixtures("real")
def test_idle_comments(lint: Lint) -> None:
    """A code that ShellCheck looked for and did not find is told; without it nobody knows."""
    text = b"FROM debian:13\n# dunnage: ignore[SC2162] why\nRUN true\n# shellcheck disable=SC2034\nRUN true\n"
    _, without, _ = lint("-", stdin=text)
    assert "ignores nothing" not in without
    assert "there is no rule" not in without
    _, out, _ = lint("-", "--shellcheck", "--persona=auditor", stdin=text)
    assert "<stdin>:2:19 info dockerfile/unused-ignore SC2162 ignores nothing" in out
    assert "<stdin>:4:22 style dockerfile/unused-foreign-ignore SC2034 ignores nothing" in out


@needs_shellcheck
@pytest.mark.usefixtures("real")
def test_rules_settings_and_waivers(lint: Lint, tmp_path: Path) -> None:
    """Its codes are words like our own: for options, hadolint's settings and waivers."""
    text = "FROM debian:13\nRUN read a; read b; echo $a\n"
    assert {row[0][-6:] for row in rows(lint, text)} == {"SC2162", "SC2034", "riable"}
    assert {row[0][-6:] for row in rows(lint, text, "--rules=SC2034")} == {"SC2034"}
    assert {row[0][-6:] for row in rows(lint, text, "--ignore=SC2162,SC2034")} == {"riable"}
    assert not [r for r in rows(lint, text, "--ignore=unquoted-variable") if r[0].endswith("2086")]
    (tmp_path / ".hadolint.yaml").write_text("ignored: [SC2162]\noverride:\n  error: [SC2034]\n")
    (tmp_path / "dunnage.toml").write_text(
        '[lint]\nshellcheck = true\n[[waivers]]\nid = "shellcheck/SC2034"\nowner = "me"\n'
        'reason = "so"\nexpires = 2999-01-01\n'
    )
    _, out, _ = lint("-", "-o", "json", stdin=text.encode())
    (subject,) = json.loads(out)["subjects"]
    ids = {one["id"]: one for one in subject["findings"]}
    assert "shellcheck/SC2162" not in ids
    assert ids["shellcheck/SC2034"]["level"] == "error"
    assert ids["shellcheck/SC2034"]["status"] == "waived"
    assert ids["shellcheck/SC2034"]["urls"] == ["https://www.shellcheck.net/wiki/SC2034"]


@needs_shellcheck
@pytest.mark.usefixtures("real")
def test_nothing_of_the_target_is_read(lint: Lint, tmp_path: Path) -> None:
    """Neither settings beside the Dockerfile nor files that a script reads."""
    (tmp_path / ".shellcheckrc").write_text("disable=SC2162\nexternal-sources=true\n")
    (tmp_path / "lib.sh").write_text("read inside\n")
    text = f"RUN . ./lib.sh; . {tmp_path}/lib.sh; read outside\n"
    assert [row[:2] for row in rows(lint, f"FROM debian:13\n{text}", "--rules=SC2162")] == [
        ("shellcheck/SC2162", 2)
    ]


@needs_shellcheck
@pytest.mark.usefixtures("real")
def test_fix_and_sarif(lint: Lint, tmp_path: Path) -> None:
    """Its findings stay after ours are mended, and code scanning gets a page for each code."""
    (tmp_path / "Dockerfile").write_text("FROM debian:13\nRUN echo `date`; read REPLY\n")
    _, out, _ = lint("Dockerfile", "--shellcheck", "--fix", QUIET)
    assert "$(date)" in (tmp_path / "Dockerfile").read_text()
    assert "shellcheck/SC2162" in out
    _, out, _ = lint("Dockerfile", "--shellcheck", "-o", "sarif")
    rules = {one["id"]: one for one in json.loads(out)["runs"][0]["tool"]["driver"]["rules"]}
    assert rules["shellcheck/SC2162"]["helpUri"] == "https://www.shellcheck.net/wiki/SC2162"


def test_explain(lint: Lint) -> None:
    """What is known of a code: where it comes from, and which rules of ours stand for it."""
    code, out, _ = lint("SC2086", verb="explain")
    assert code == 0
    assert out.startswith("dockerfile/unquoted-variable\n")
    assert "\nshellcheck/SC2086\n" in out
    assert "--shellcheck" in out
    code, out, _ = lint("shellcheck/SC2162", verb="explain")
    assert (code, "dockerfile/" in out) == (0, False)
    assert "https://www.shellcheck.net/wiki/SC2162" in out
    code, _, err = lint("-", "--rules=SC2162", verb="lint")
    assert code == 2
    assert "ShellCheck itself runs with --shellcheck" in err
