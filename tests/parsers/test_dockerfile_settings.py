"""Which instructions of a Dockerfile set what, in the order in which they run."""

from __future__ import annotations

import pytest

from dunnage.parsers.dockerfile import read
from dunnage.parsers.dockerfile_settings import setters
from dunnage.parsers.dockerfile_stages import stages

Lines = dict[tuple[str, str], int | tuple[int, ...]]


def lines(text: str) -> Lines:
    """Return what is set in a Dockerfile, with the lines, or the line if there is one."""
    found = setters(stages(read(text.encode())))
    return {setting: few if len(few) > 1 else few[0] for setting, few in found.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("ARG A=1", {}),
        ("FROM a\nENV A=1 B=2\n", {("ENV", "A"): 2, ("ENV", "B"): 2}),
        ("FROM a\nENV A 1 B=2\n", {("ENV", "A"): 2}),
        ("FROM a\nENV A=1 \\\n  B=2\nENV C=3\n", {("ENV", n): 2 for n in "AB"} | {("ENV", "C"): 4}),
        ('FROM a\nLABEL "x.y"="1" z=2\n', {("LABEL", "x.y"): 2, ("LABEL", "z"): 2}),
        # An argument and a variable are two things, even of one name.
        ("FROM a\nARG A=1\nENV A=$A\n", {("ARG", "A"): 2, ("ENV", "A"): 3}),
        # The global argument holds for FROM lines only.
        ("ARG A=1\nFROM a\nARG A\n", {("ARG", "A"): 3}),
        ("FROM a\nUSER b\nCMD c\n", {("USER", ""): 2, ("CMD", ""): 3}),
        ('FROM a\nENTRYPOINT ["c"]\n', {("ENTRYPOINT", ""): 2}),
        (
            "FROM a\nHEALTHCHECK CMD x\nhealthcheck none\n",
            {("HEALTHCHECK", n): 2 + (n == "NONE") for n in ("", "NONE")},
        ),
        # Twice on one line is one; the last one comes last.
        ("FROM a\nENV A=1\nENV A=2 B=1\n", {("ENV", "A"): (2, 3), ("ENV", "B"): 3}),
        ("FROM a\nUSER b\nUSER c\n", {("USER", ""): (2, 3)}),
        ("FROM a\nENV A=1 A=2\n", {("ENV", "A"): 2}),
        # Stages: those the last one rests on, and no others.
        ("FROM a AS b\nENV A=1\nFROM c\nCOPY --from=b /x /\nENV B=1\n", {("ENV", "B"): 5}),
        ("FROM a AS b\nENV A=1\nFROM b\nENV B=1\n", {("ENV", "A"): 2, ("ENV", "B"): 4}),
        ("FROM a AS b\nENV A=1\nFROM b\nENV A=2\n", {("ENV", "A"): (2, 4)}),
        ("FROM a AS b\nUSER x\nFROM b AS c\nFROM c\n", {("USER", ""): 2}),
        # What waits for a stage that starts from it.
        ("FROM a AS b\nONBUILD ENV A=1\nFROM b\n", {("ENV", "A"): 2}),
        ("FROM a AS b\nONBUILD ENV A=1\nFROM b\nENV A=2\n", {("ENV", "A"): (2, 4)}),
        ("FROM a AS b\nONBUILD ENV A=1\nENV A=2\nFROM b\n", {("ENV", "A"): (3, 2)}),
        ("FROM a AS b\nONBUILD ENV A=1\nFROM b AS c\nENV A=2\nFROM c\n", {("ENV", "A"): (2, 4)}),
        ("FROM a\nENV A=1\nONBUILD ENV A=2 B=2\n", {("ENV", "A"): 2}),
        # Names with variables: known, or any.
        ("FROM a\nARG N=A\nENV $N=1 B=2\n", {("ARG", "N"): 2, ("ENV", "A"): 3, ("ENV", "B"): 3}),
        ("FROM a\nARG N\nENV $N=1 B=2\nLABEL x=1\n", {("ARG", "N"): 2, ("LABEL", "x"): 4}),
    ],
)
def test_the_instructions_that_set_it(text: str, expected: Lines) -> None:
    """Those of the last stage and of all it rests on."""
    assert lines(text) == expected


def test_as_many_stages_as_are_read() -> None:
    """A long line of stages is walked without going deeper and deeper."""
    text = "FROM a AS s0\nENV A=1\n" + "".join(f"FROM s{n} AS s{n + 1}\n" for n in range(999))
    assert lines(text) == {("ENV", "A"): 2}
