"""RUN instructions become scripts for ShellCheck, and its places become those of the Dockerfile."""

from __future__ import annotations

from datetime import date

import pytest

from dunnage.io.folder import load_all
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import read
from dunnage.parsers.shellcheck_json import Comment
from dunnage.rules.dockerfile._engine import check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._rule import DockerfileRule
from dunnage.rules.dockerfile._select import Asked, Names, ruleset
from dunnage.rules.dockerfile._shellcheck import Reader, Script, Scripts, scripts
from dunnage.rules.dockerfile._shellcheck_codes import Codes, Wanted, code_of, peers_of

NAMES = Names(load_all("dunnage.rules.dockerfile", "rule", DockerfileRule))
ALL = Wanted(None, ())


def facts_of(text: str) -> Facts:
    """Return the facts of a Dockerfile."""
    return Facts(file=read(text.encode("utf-8", "surrogateescape")), today=date(2026, 11, 30))


def given(text: str) -> Scripts:
    """Return the scripts of a Dockerfile."""
    return scripts(facts_of(text))


def only(text: str) -> Script:
    """Return the one script of a Dockerfile."""
    (one,) = given(text).scripts
    return one


def comment(
    script: Script, text: str, code: int = 2999, level: str = "warning", message: str = "A told."
) -> Comment:
    """Return what ShellCheck would say of the first place of a text in a script."""
    whole = script.data.decode()
    at = whole.index(text, len(script.head))
    line = whole.count("\n", 0, at) + 1
    column = at - (whole.rfind("\n", 0, at) + 1) + 1
    return Comment("0", line, line, column, column + len(text), level, code, message)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("FROM debian:13\nRUN a", "#!/bin/dash"),
        ("FROM alpine:3.22\nRUN a", "#!/bin/ash"),
        ("FROM fedora:42\nRUN a", "#!/bin/bash"),
        ("FROM x\nRUN a", "#!/bin/sh"),
        ('FROM x\nSHELL ["/bin/bash", "-c"]\nRUN a', "#!/bin/bash"),
        ('FROM x\nSHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nRUN a', "#!/bin/bash -e"),
        ('FROM x\nSHELL ["busybox", "sh", "-c"]\nRUN a', "#!/bin/ash"),
        ("FROM x\n# hadolint shell=bash\nRUN a", "#!/bin/bash"),
        ("FROM x\n# shellcheck shell=ksh\nRUN a", "#!/bin/ksh"),
        ("FROM x\nRUN a && \\\n# shellcheck shell=bash disable=SC2086\n b", "#!/bin/bash"),
        ("FROM x\nRUN <<EOF\n#!/usr/bin/env bash\na\nEOF", "#!/bin/bash"),
        ("FROM x\nRUN <<EOF\n#!/bin/bash -ex\na\nEOF", "#!/bin/bash -e"),
        ("FROM x\nRUN <<EOF\n# shellcheck shell=bash\na\nEOF", "#!/bin/bash"),
        ("FROM x\nONBUILD RUN a", "#!/bin/sh"),
    ],
)
def test_shell(text: str, first: str) -> None:
    """It is that of the instruction, or what ``sh`` is in the base."""
    assert only(text + "\n").head.splitlines()[0] == first


@pytest.mark.parametrize(
    "text",
    [
        'RUN ["sh", "-c", "echo $a"]',
        'SHELL ["powershell", "-Command"]\nRUN a',
        "RUN <<EOF\n#!/usr/bin/env python3\nprint()\nEOF",
        "RUN",
        "COPY <<EOF /x\necho $a\nEOF",
    ],
)
def test_what_is_no_script(text: str) -> None:
    """Other shells, other languages and the exec form are not given to it."""
    assert given(f"FROM x\n{text}\n") == Scripts((), (), ())


def test_what_cannot_be_given_is_told() -> None:
    """A shell it does not know, and what is too long."""
    unknown = given('FROM x\nSHELL ["zsh", "-c"]\nRUN a\nRUN b\n')
    assert [run.instruction.line for run in unknown.unknown] == [3, 4]
    long = given(f"FROM x\nRUN {'a ' * 40_000}\nRUN b\n")
    assert [run.instruction.line for run in long.long] == [2]
    assert len(long.scripts) == 1
    many = given("FROM x\n" + f"RUN {'a ' * 30_000}\n" * 6)
    assert (len(many.scripts), len(many.long)) == (4, 2)


def test_variables_of_the_dockerfile_are_set() -> None:
    """Those that are used and hold there; not what they are worth, which may be a secret."""
    text = "FROM x\nARG one\nENV two=hunter2-secret three=3\nRUN echo $one ${two} $no $http_proxy\n"
    script = only(text + "ARG no\n")
    assert [line for line in script.head.splitlines() if "export" in line] == [
        "export http_proxy=1",
        "export one=1",
        "export two=1",
    ]
    assert b"hunter2" not in script.data


def test_directives_that_hold_for_all_of_a_script() -> None:
    """Stand in front of the variables; comments of the Dockerfile are heeded elsewhere."""
    body = "# shellcheck disable=SC2086 # why\n\n#  shellcheck enable=all\necho $x\n"
    head = only(f"FROM x\nENV x=1\nRUN <<EOF\n{body}EOF\n").head.splitlines()
    assert head[2:] == [
        "# shellcheck disable=SC2086",
        "# shellcheck enable=all",
        "export x=1",
    ]
    assert "disable" not in only("FROM x\n# shellcheck disable=SC2086\nRUN echo\n").head


def test_a_first_line_stays_where_it_is() -> None:
    """The name of the interpreter is known and would be a mistake behind the variables."""
    script = only("FROM x\nRUN <<EOF\n#!/bin/bash\necho\nEOF\n")
    assert script.text == "##/bin/bash\necho\n"
    assert script.body.data == b"#!/bin/bash\necho\n"


@pytest.mark.parametrize(
    ("text", "what", "place"),
    [
        ("RUN a $b", "$b", (2, 7, 2, 9)),
        ("RUN é $b", "$b", (2, 7, 2, 9)),
        ("RUN a \\\n\t&& é\t$b", "$b", (3, 7, 3, 9)),
        ("RUN a \\\n# comment\n\n  && c d", "&& c", (5, 3, 5, 7)),
        ("RUN --mount=type=cache,target=/x a $b", "$b", (2, 36, 2, 38)),
        ("RUN a b\\\nc d", "bc", (2, 7, 3, 2)),
        ("RUN <<EOF\na\n  $b\nEOF", "$b", (4, 3, 4, 5)),
        ("RUN <<-EOF\n\t\t$b\n\tEOF", "$b", (3, 3, 3, 5)),
        ("RUN cat <<EOF && c $d\n$b\nEOF", "$b", (3, 1, 3, 3)),
        ("RUN cat <<EOF && c $d\n$b\nEOF", "$d", (2, 20, 2, 22)),
        ("ONBUILD RUN a $b", "$b", (2, 15, 2, 17)),
        ("RUN \udcff a $b", "$b", (2, 9, 2, 11)),
    ],
)
def test_places(text: str, what: str, place: tuple[int, int, int, int]) -> None:
    """Lines and columns of a script are found again behind continued lines and in here-documents."""
    facts = facts_of(f"FROM x\n{text}\n")
    (script,) = scripts(facts).scripts
    reader = Reader(facts, check(facts, ruleset(NAMES, Asked(only=frozenset()))), {})
    (finding,), left = reader.findings([(script, [comment(script, what)])], ALL)
    (at,) = finding.locations
    assert (at.line, at.column, at.end_line, at.end_column) == place
    assert finding.id == "shellcheck/SC2999"
    assert finding.message == "A told"
    assert finding.severity is Severity.MEDIUM
    assert not left


def test_places_that_are_not_there() -> None:
    """What is about lines of ours is dropped; what is behind the end is at the end."""
    facts = facts_of("FROM x\nENV b=1\nRUN a $b é\n")
    (script,) = scripts(facts).scripts
    reader = Reader(facts, check(facts, ruleset(NAMES, Asked(only=frozenset()))), {})
    head = Comment("0", 2, 2, 1, 2, "style", 2999, "x")
    last = script.head.count("\n") + 1
    behind = Comment("0", last + 1, last + 1, 1, 1, "error", 1072, "x")
    far = Comment("0", last + 9, last + 9, 99, 99, "error", 1073, "x")
    found, _ = reader.findings([(script, [head, behind, far])], ALL)
    assert [(one.id, one.locations[0].column, one.locations[0].end_column) for one in found] == [
        ("shellcheck/SC1072", 10, 11),
        ("shellcheck/SC1073", 10, 11),
    ]


def test_said_once() -> None:
    """What a rule of ours says of the same command is not told again; of another one it is."""
    facts = facts_of('FROM x\nRUN echo $a $b && true "$c" && if [ $d = 1 ]; then true; fi\n')
    (script,) = scripts(facts).scripts
    reader = Reader(facts, check(facts, ruleset(NAMES)), peers_of(NAMES.rules))
    said = [comment(script, text, 2086, "info") for text in ("$a", "$b", '"$c"', "$d")]
    said.append(comment(script, "$a", 2154))
    found, _ = reader.findings([(script, said)], ALL)
    assert [(one.id[11:], one.locations[0].column) for one in found] == [
        ("SC2154", 10),
        ("SC2086", 24),
        ("SC2086", 37),
    ]


def test_no_secret_is_told() -> None:
    """Neither in an excerpt nor in a message."""
    secret = "x8Kq2-vTz7Lm"
    facts = facts_of(f"FROM x\nRUN curl https://ci:{secret}@git.example/ $a\n")
    (script,) = scripts(facts).scripts
    reader = Reader(facts, check(facts, ruleset(NAMES)), {})
    told = comment(script, "$a", message=f"{secret} is no word.")
    (finding,), _ = reader.findings([(script, [told])], ALL)
    assert secret not in repr(finding)
    assert "***" in finding.message


def test_many_are_counted() -> None:
    """A thousand of one code are shown in a file."""
    facts = facts_of("FROM x\nRUN echo $a\n")
    (script,) = scripts(facts).scripts
    reader = Reader(facts, check(facts, ruleset(NAMES)), {})
    found, left = reader.findings([(script, [comment(script, "$a")] * 1_003)], ALL)
    assert len(found) == 1_000
    assert left == {"SC2999": 3}


def test_codes() -> None:
    """They go by their number, with or without the name of the program."""
    for word in ("SC2086", "sc2086", "shellcheck/SC2086", "shellcheck SC2086", "ShellCheck:sc2086"):
        assert code_of(word) == "SC2086"
        assert Codes().of(word) == ("SC2086",)
    assert not code_of("SC208")
    assert not code_of("DL3008")
    assert "SC2086" in Wanted(Codes().of("shellcheck"), ())
    assert "SC2086" not in Wanted(("SC2034",), ())
    assert "SC2086" not in Wanted(None, ("SC2086",))
    assert not Wanted((), ())
    assert not Wanted(None, Codes().of("shellcheck"))
    assert "SC1091" not in Wanted(None, ())
