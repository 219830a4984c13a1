"""What is read without the grammar is read as the grammar reads it."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dockerfile_corpus import corpus
from dunnage.parsers._shell_simple import simple
from dunnage.parsers._shell_tree import LONGEST, constructs
from dunnage.parsers.dockerfile import Text, read
from dunnage.parsers.shell import _by_grammar, _unwrapped
from dunnage.parsers.shell import read as read_shell
from dunnage.rules.dockerfile import bashism_under_sh
from shell_bodies import BODIES, told

SHORT = (
    "a", "a b;", "a && b || c | d", "a || b > f | c && d", "a && b 2>&1 | c", "! a 'b' && c", "a; ! b",
    "a > f 2>&1", "a && sh -c 'b; c' > f", "sh -c 'b; c' > f", "sh -c 'b' | c", "echo >&2 'b' \"c\"",
    "A=b c", "A=$(b) && c", 'A="x$(b)"', "export A=b C && d", 'export A="$(b | c)"', "sudo env A=b c",
    "[ -f a ] && b", '[ "$(a)" = b ] || c', '[ ! -d "$A" ]', "a && [ -z $(b) ]", "[ x ] | b", "a | [ x ] > f",
    "{ a; b; } > f", "( a && b ) || c", "(a)", "a && { b\n c\n }", "f() { a; }; f", "a &\nb", "a & b",
    "if a; then b; elif c; then d; else e; fi", "if ! a; then b; fi > f", "for i in a $b *.c; do d; done | e",
    'for i in $(a) "$(b)"; do c; done', "while a; do b || c; done", "a\n\n# x\nb # y\nc", "# x\na",
    'case "$A" in b|c) d ;; *) e; esac', "case $(a) in b) ;; c) d; e ;; esac && f", "a \\\n b \\\n && c",
    'a $(b $(c) | d) "x$(e)" && f', "a 'é' \"ü\"", "a \\( b \\) \\; {} + ! ~/c '*' * \"$A\" ${A%.*} ${A:-b}",
    'a "b\\"c\\$d\\n" \'e\\\'"f"', "a --b='c d' e=\"$F/g\"", "a 'b\n# c' \"d\ne\"", "set -eux; a",
)  # fmt: skip
"""Scripts that need no grammar."""
LEFT = (
    "", ";", "a &&", "a; ; b", "a; }", "a )", "( a", "fi", "if a; then b", "if a; then fi", "a 'b", 'a "b',
    "a $(b", "a `b`", "a $((1))", "a << E", "a <<< b", "[[ -f a ]]", "a |& b", "time a", "A=(b)", "A=b C=d",
    "A=$B-$C-d e", "! { a; }", "a # b\n && c", "a\\\nb", "case a in b) c", "a \r\n b", "a\0b", "a $", "[ a",
    "A=$(b) c", "f() { a; } > f", "$(a=)", "A=b > f", "select a in b; do c; done", "a $(", "a &> $(b)",
)  # fmt: skip
"""Scripts that are left to it."""


def check(body: bytes) -> bool:
    """Compare both ways to read a body, and tell whether it needs no grammar."""
    text = Text(body, (0,), (0,))
    found = simple(text, _unwrapped)
    if found is None:
        return False
    script = _by_grammar(text)
    assert script.known
    assert told(found.commands) == told(script.commands)
    return True


@pytest.mark.parametrize("body", SHORT)
def test_common(body: str) -> None:
    """Common scripts are read without the grammar, and alike."""
    assert check(body.encode())
    assert check(body.encode() + b"\n") or "# y" in body


@pytest.mark.parametrize("body", LEFT)
def test_left(body: str) -> None:
    """Others are not."""
    assert not check(body.encode())


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(BODIES)
def test_any(body: str) -> None:
    """Whatever is thrown together is read alike."""
    check(body.encode())


@pytest.mark.parametrize(
    "pattern",
    [
        "( ",
        "{ ",
        "a $(",
        'a "$(',
        'A="$(',
        "if ",
        "f() { ",
        "for i in a; do ",
        'for i in "$(',
        '[ -z "$(',
    ],
)
def test_nested(pattern: str) -> None:
    """What is nested too deep for the grammar is not read here, either."""
    ends = {
        "( ": ")", "{ ": ";}", "a $(": ")", 'a "$(': ')"', 'A="$(': ')"', "if ": "; then b; fi",
        "f() { ": ";}", "for i in a; do ": "; done", 'for i in "$(': ')"; do b; done', '[ -z "$(': ')" ]',
    }  # fmt: skip
    for depth in range(1, 30):
        check((pattern * depth + "a | b > f && c 2>&1" + ends[pattern] * depth).encode())
    assert check((pattern * 2 + "a" + ends[pattern] * 2).encode())


AROUND = (
    ("( ", " )"), ("{ ", ";}"), ('a "x$(', ')"'), ('A="x$(', ')"'), ("if ", "; then b; fi"),
    ("if a; then b; elif ", "; then b; fi"), ("f() { ", ";}"), ("for i in a; do ", "; done"),
    ('for i in b"x$(', ')"; do b; done'), ('[ ! "x$(', ')" = a ]'), ('case "x$(', ')" in a) b;; esac'),
    ("case a in b) ", ";; esac"), ("a > f && ", ""), ("", " > f && b"), ("", " > f | b > g"),
    ("while ", "; do [ ! -f x$A ]; done"), ('export A="$(', ')"'), ("! [ -f a ] || b > f && ", ""),
)  # fmt: skip
"""What a script may stand in."""


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["a", "A=b", '[ ! -f "x$A" ]', 'A="x$B"', "case a in 'x'|\"b\") c;; esac"]),
    st.lists(st.sampled_from(AROUND), max_size=14),
)
def test_mixed_nesting(body: str, around: list[tuple[str, str]]) -> None:
    """The bound on nesting is kept, whatever nests."""
    for before, behind in around:
        body = before + body + behind
    check(body.encode())


def test_redirections_nest() -> None:
    """The grammar nests a list once for every redirection in it."""
    for count in range(1, 30):
        check(" && ".join(["a > f"] * count).encode())
        check(" | ".join(["a 2>&1"] * count).encode())


def test_corpus() -> None:
    """The bodies of real files are read alike, nearly all of them without the grammar."""
    count = short = 0
    for data in corpus().values():
        for instruction in read(data).of("RUN"):
            if instruction.json is None and not instruction.heredocs:
                count += 1
                short += check(instruction.args.data)
    assert short > 0.9 * count


@pytest.mark.parametrize(
    "unit",
    [
        '"$(',
        "a $(",
        "'",
        '"',
        "${A",
        "$A-",
        "a\\",
        "( ",
        "[ ",
        "a > ",
        "# ",
        "\\\n",
        "a=",
        "-a",
        "{",
    ],
)
def test_takes_linear_time(unit: str) -> None:
    """No script takes much longer than its size says."""
    body = (unit * LONGEST)[: LONGEST - 8].encode()
    start = time.process_time()
    simple(Text(body, (0,), (0,)), _unwrapped)
    assert time.process_time() - start < 2


def test_places_in_pieces() -> None:
    """Words know their places in a file that the builder joined from pieces."""
    body = b"a bc  && d 'e'"
    found = read_shell(Text(body, (0, 6), (100, 200))).commands
    assert [one.span for one in found] == [(100, 104), (203, 208)]
    assert [one.span for one in found[0].words] == [(102, 104)]
    assert found[1].name_span == (203, 204)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(BODIES)
@example("[ a == b ]")
@example("a &> f")
@example("a >& f")
@example("source a")
def test_posix(body: str) -> None:
    """What is said to be POSIX has no construct that the rule about bash tells of."""
    text = Text(body.encode(), (0,), (0,))
    if read_shell(text).posix:
        kinds = frozenset(kind for kind, _ in bashism_under_sh._KINDS)
        assert not [one for one in constructs(text, kinds) if bashism_under_sh._told(one)]
