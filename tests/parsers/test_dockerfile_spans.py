"""No byte of a Dockerfile is lost, and every part of it is where its span says."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dockerfile_corpus import corpus
from dockerfile_laws import check_commands, check_file
from dunnage.parsers.dockerfile import LARGEST, read
from dunnage.parsers.dockerfile_expand import expand
from dunnage.parsers.dockerfile_stages import stages
from dunnage.rules.dockerfile._facts import Facts

PIECES = (
    "FROM a\n", "RUN ", "COPY ", "ENV ", "LABEL ", "ARG ", "CMD ", "ONBUILD ", "HEALTHCHECK ", "ADD ",
    "\n", "\n", "\r\n", " ", "\t", "\\\n", "`\n", "\\ \r\n", "# c\n", "#", "# escape=`\n", "\ufeff",
    "<<EOF", "<<-'E F'", "\nEOF\n", "\n\tE F\n", "<<", "'", '"', "\\", "`", '["a", "b"]', "[", ",",
    "=", "A=b", "x", "é", "--x=y", "--mount='a b'", "$", "${A:-b}", "&&", "||", "|", ";", "(", ")",
    ">f", "sudo ", "sh -c ", "'a b'", "apt-get install -y curl", "if x; then y; fi", "$(z)", "&", "!",
    "USER x\n", "\u00a0", "\v",
)  # fmt: skip
FILES = st.lists(st.sampled_from(PIECES), max_size=24).map(lambda parts: "".join(parts).encode())


def check(data: bytes) -> None:
    """Read all there is to read of a file, and check the laws."""
    file = read(data)
    check_file(file)
    for run in Facts(file, date(2026, 11, 30)).runs:
        check_commands(file, run.commands, run.instruction.span)
    for stage in stages(file):
        for instruction in (stage.start, *stage.instructions):
            stage.expanded(instruction.value, instruction)


@settings(max_examples=400, deadline=None)
@given(FILES)
@example(b"\\\n  FROM a\n")
@example(b"FROM a\nENV A\\\n=\\\n# c\n'b \\\nc' D=e\n")
@example(b"FROM a\nRUN apt-get \\\n # c\n\n  inst\\\nall x && cat <<E \\\n | y\n1\nE\n")
def test_any_file(data: bytes) -> None:
    """Whatever is thrown together is read without loss."""
    check(data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """So is anything else."""
    file = read(data)
    assert all(one.span.end <= len(data) for one in file.instructions)


def test_corpus() -> None:
    """The laws hold for real files."""
    for data in corpus().values():
        check(data)


KNOWN = {"A": "xxyy", "P": "/a/foo/b/c.txt", "E": "", "S": "a*b?c*", "X": None, "T": "v1.2.3-rc.1"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${A#x}", "xyy"),
        ("${A##*x}", "yy"),
        ("${A#*}", "xxyy"),
        ("${A##*}", ""),
        ("${A%y}", "xxy"),
        ("${A%%y*}", "xx"),
        ("${A%z}", "xxyy"),
        ("${S%%\\**}", "a"),
        ("${S#?\\*}", "b?c*"),
        ("${P##*/}", "c.txt"),
        ("${P%/*}", "/a/foo/b"),
        ("${P/b/z}", "/a/foo/z/c.txt"),
        ("${P//o/0}", "/a/f00/b/c.txt"),
        ("${P//\\//-}", "-a-foo-b-c.txt"),
        ("${P/*o/z}", "z/b/c.txt"),
        ("${P/?o/z}", "/a/zo/b/c.txt"),
        ("${A///-}", "-x-x-y-y-"),
        ("${A//x}", None),
        ("${A/x", None),
        ("${A#\\x}", None),
        ("${A:#x}", None),
        ("${U#x}", ""),
        ("${X#x}", None),
        ("${A#$X}", None),
        ("${T#v}", "1.2.3-rc.1"),
        ("${T%%-*}", "v1.2.3"),
        ("${A:-b}${E:-b}${E-b}${U-b}", "xxyybb"),
        ("${A:+b}${E:+b}${E+b}${U+b}", "bb"),
        ("${U:-${X}}", None),
        ("${A:-${X}}", "xxyy"),
        ("${U?no}", None),
        ("${E:?no}", None),
        ("${E?no}", ""),
        ("${A:-'}", None),
        ("'$A'\"$A\"\\$A", "$Axxyy$A"),
        ("'a", None),
        ('"a', None),
        ("$1$12$@ $", " $"),
        ("${}", None),
        ("${A", None),
        ("a<<b", "a<<b"),
    ],
)
def test_expansion(text: str, expected: str | None) -> None:
    """Variables are expanded as BuildKit 0.25 does; what it refuses is unknown."""
    assert expand(text, KNOWN).value == expected


def test_what_the_base_may_define() -> None:
    """A variable the file does not define is unknown, unless nothing else can define it."""
    for base, expected in ((b"a", None), (b"scratch", "/x")):
        (stage,) = stages(read(b"FROM " + base + b"\nENV B=$A\nWORKDIR $A/x\nUSER ${A:-u}\n"))
        env, workdir, user = stage.instructions
        told = stage.expanded(workdir.value, workdir)
        assert (told.value, told.undefined) == (expected, ("A",))
        assert stage.expanded(user.value, user).value == "u"
        assert stage.scope(user)["B"] == ("" if expected else None)
        assert env.pairs[0].name == "B"


def test_stage_name_twice() -> None:
    """The later of two stages of one name is meant, as BuildKit does."""
    found = stages(read(b"FROM a AS x\nFROM b AS x\nFROM x\n"))
    assert found[2].parent is found[1]


def test_long_chain_of_commands() -> None:
    """A hundred commands joined by ``&&`` are a hundred commands."""
    file = read(b"FROM a\nRUN c0" + b"".join(b" && c%d" % n for n in range(1, 100)) + b" || d\n")
    (run,) = Facts(file, date(2026, 11, 30)).runs
    assert [command.name for command in run.commands] == [*(f"c{n}" for n in range(100)), "d"]
    assert {command.join for command in run.commands[1:-1]} == {"&&"}
    assert [command.guarded for command in run.commands] == [*[False] * 100, True]


HOSTILE = {
    "stages": (b"", b"FROM s AS s\nENV a=b\n", b""),
    "variables": (b"FROM a AS s\nENV " + b"v=1 " * 50_000 + b"\n", b"FROM s AS s\n", b""),
    "one value": (b"FROM scratch\nENV a=" + b"x" * 60_000 + b'\nENV b="', b"$a", b'"\n'),
    "defaults": (b"FROM scratch\nENV b=", b"${a:-b}", b"\n"),
    "nesting": (b"FROM scratch\nENV b=", b"${a:-", b"\n"),
    "patterns": (b"FROM scratch\nENV a=" + b"x" * 1000 + b"\nENV b=", b"${a#*?*?*y}", b"\n"),
    "quotes": (b"FROM a\nENV b=", b'"\\', b"\n"),
    "flags": (b"FROM a\nRUN ", b"--a='\\", b"\n"),
    "lists": (b"FROM a\nRUN ", b"[", b"\n"),
    "blanks": (b"FROM a\nRUN ", b"\xc2\xa0", b"x\n"),
    "here-documents": (b"FROM a\nRUN ", b"<<A ", b"\n"),
    "here-document words": (b"FROM a\nRUN <<A ", b'"$a${b:-"', b"\n"),
    "wrappers": (b'FROM a\nRUN ["', b'sudo", "', b'x"]\n'),
    "runs": (b"FROM a\n", b"RUN x && y\n", b""),
    "triggers": (b"FROM a\n", b"ONBUILD RUN x\n", b""),
    "shells": (b"FROM a\n", b"# hadolint shell=sh\nRUN x\n", b""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mebibyte(name: str) -> None:
    """A mebibyte of repetition is read, with stages, variables and commands, in bounded time."""
    head, unit, tail = HOSTILE[name]
    data = head + unit * ((LARGEST - len(head) - len(tail)) // len(unit)) + tail
    started = time.process_time()
    file = read(data)
    facts = Facts(file, date(2026, 11, 30))
    assert len(facts.runs) <= len(file.instructions)
    for stage in facts.stages:
        assert stage.environment is not None
    assert time.process_time() - started < 4
