"""Shell scripts as people write them in RUN, and what is compared of their commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from dunnage.parsers.shell import Command

WORDS = (
    "a", "b", "-x", "--y=z", "/a/b", "a=b", "1", "12", "$A", "${A}", "${A:-b}", "${A%.*}", "${A##*/}",
    "${A#v}", "$1", "$?", '"$@"', "'a b'", '"a b"', '"$A/b"', "'$A'", '"\\$A"', '"a\\nb"', '"x\\"y"',
    "a\\ b", "\\(", "\\;", "{}", "*.c", "a?b", "~/a", "~", "!", "!=", "$A-$B-c", "$A-$B", "$A$B", 'a"b"c',
    "'a'*", "a'b'\"$C\"", "x^y", "^x", "é", "'é'", '"é"', "+x", "%s", "a,b", "a:b", "@a", "sh", "-c",
    "'c d; e'", '"f && g"', "sudo", "env", "A=b", "A=$B", "in", "do", "done", "fi", "if", "then", "esac",
    "case", "for", "time", "export", "[", "]", "test", "$(a)", '"$(a b)"', "x$(a)y", '"x$(a)$B"',
    "$(a | b)", "$(a; b)", '"$(a "$(b)")"', "a#b", "#", '"#"', "''", '""', "--", "-", "=", "a=", "a=$B-$C",
    "\\\\", "'a\nb'", '"a\nb"', "a\\\nb", "${A/b/c}", "`a`", "$((1))", "a{b,c}", "[a-z]", "{", "}",
    "${A%~*}", "${1}", '${A:+"b c"}', '${A:-"$B/c"}', "$#", '"$#"', "${A:+b}", "${A#*=}", '"${A%%[a-z]*}"', "$", '"$"', "a$", "%", ",", ":", ".",
)  # fmt: skip
HEADS = (
    "a",
    ":",
    "apt-get",
    "set",
    "echo",
    "sh",
    "sudo",
    "test",
    "/a/b",
    "cd",
    "A=b",
    '"a"',
    "$A",
    "A=$(b)",
)
REDIRECTS = (
    "> f", ">f", ">> f", "2>&1", ">/dev/null", "2> /dev/null", "< f", "&> f", ">&2", '> "$A"', "> $A.b",
    "1>&2", "> f 2>&1", "> $A-$B-c", ">| f", "<<< a", "&>> f", "> 'f'", "2>f", "12>f", "> f g",
)  # fmt: skip
TESTS = (
    "-f a", "! -f a", '-z "$A"', '"$A" = b', '"$A" == "b"', '"$A" != b', "a -eq 1", '"$(a)" = b', "a",
    '"$A"', "$A = b", '"x$(a)" = "$(b)"', "-n $(a)", "-d /a/$A", "-d $A/b", "! $A = b", '-n "$A" -a b',
    '"$A" = "b" -o c', '"$A" =~ b', "-e ~/a", "-f a*", "$(a) -gt 3", "$(a)/b = c", "$A-$B-c = d", "-f $A$B", "-n x$A-y", "a = b-c", "= b",
    "-f", "-z", '"$#" -eq 0', '"$1" = "-x"', "a = -b", "-a = b", "! a", "a = 'b*'", "a == b*",
)  # fmt: skip
SIGNS = (" && ", " || ", " | ", "; ", " & ", "\n", ";\n", " &&\n", "  \\\n && ", ";", "&&", " |& ")
PATTERNS = (
    "a",
    "a|b",
    "*",
    "a.b",
    '"a"',
    "a*",
    "a | b",
    "[ab]",
    "-a",
    "1",
    "(a",
    "'a'|b",
    "$A",
    "a\\ b",
)
ENDS = ("", "", "", ";", "\n", " # x", " # x\n", " ", "; # x", " &", ";;", ")", "}", " fi")

_word = st.sampled_from(WORDS)
_gap = st.sampled_from((" ", " ", " ", " ", "  ", "\t", " \\\n ", "\\\n", ""))


@st.composite
def _simple(draw: st.DrawFn) -> str:
    out = draw(st.sampled_from(("", "", "", "", "A=b ", "A=$B C='d' ", "! ", "A= ", 'A="$(b)" ')))
    out += draw(st.sampled_from(HEADS))
    for word in draw(st.lists(_word, max_size=4)):
        out += draw(_gap) + word
    for redirect in draw(st.lists(st.sampled_from(REDIRECTS), max_size=2)) if draw(_some) else ():
        out += " " + redirect
    return out


_some = st.integers(0, 3).map(lambda number: number == 0)


@st.composite
def _exported(draw: st.DrawFn) -> str:
    names = (
        "A=b",
        "A",
        'A="$(b)"',
        "A=$B:$C",
        "A=$B-$C-d",
        "A='b c'",
        "-x",
        "A+=b",
        "A=(b)",
        '"A=b"',
    )
    words = draw(st.lists(st.sampled_from(names), max_size=3))
    return " ".join((draw(st.sampled_from(("export", "local", "readonly", "unset"))), *words))


_assigned = st.sampled_from(
    (
        "A=b",
        "A=$(b)",
        'A="$(b)" C=d',
        "A=",
        "A=$B-$C",
        "A=$B-$C-d",
        "A=(b)",
        "A+=b",
        "A=b C=$(d) > f",
    )
)
_test = st.sampled_from(TESTS).map(lambda inner: f"[ {inner} ]")


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    gap = st.sampled_from(("; ", "\n", ";\n", " ", ";", "; # x\n", "\n# x\n", " # x\n", "; \\\n "))
    end = st.one_of(st.just(""), st.just(""), st.sampled_from(REDIRECTS).map(" ".__add__))
    return st.one_of(
        st.builds("{{ {}{}}}{}".format, inner, gap, end),
        st.builds("( {} ){}".format, inner, end),
        st.builds("({}{}){}".format, inner, gap, end),
        st.builds("if {}{}then {}{}fi{}".format, inner, gap, inner, gap, end),
        st.builds("if {}{}then {}{}else {}{}fi".format, inner, gap, inner, gap, inner, gap),
        st.builds("if {}; then\n {}{}elif {}; then {}; fi".format, inner, inner, gap, inner, inner),
        st.builds("for x in {} {}{}do {}{}done{}".format, _word, _word, gap, inner, gap, end),
        st.builds("while {}{}do {}{}done{}".format, inner, gap, inner, gap, end),
        st.builds(
            "case {} in {}) {} ;; {}) {}{}esac{}".format,
            _word, st.sampled_from(PATTERNS), inner, st.sampled_from(PATTERNS), inner, gap, end,
        ),
        st.builds("f() {{ {}{}}}{}".format, inner, gap, end),
        st.builds("a {}$({})".format, st.sampled_from(("", "x", '"b" ')), inner),
        st.builds('A="{}$({})"'.format, st.sampled_from(("", "x", "$B")), inner),
        st.builds('[ "$({})" = b ]'.format, inner),
        st.builds("! {}".format, inner),
        st.builds("{}{}{}".format, inner, st.sampled_from(SIGNS), inner),
        st.builds("{}{}{}{}{}".format, inner, st.sampled_from(SIGNS), inner, st.sampled_from(SIGNS), inner),
    )  # fmt: skip


BODIES = st.builds(
    "{}{}{}".format,
    st.sampled_from(("", "", "", "# x\n", "\n", "  ")),
    st.recursive(
        st.one_of(_simple(), _simple(), _exported(), _assigned, _test), _nested, max_leaves=8
    ),
    st.sampled_from(ENDS),
)
"""Scripts of which most are valid."""


def told(commands: tuple[Command, ...] | list[Command]) -> list[tuple[object, ...]]:
    """Return all that is known of commands; texts that are asked for places are not alike."""
    return [
        (
            one.name, [(word.text, word.raw, word.span) for word in one.words], one.span,
            (one.called.text, one.called.raw, one.name_span), one.assignments, one.join, one.piped,
            one.guarded, one.wrappers, one.redirects, one.negated, one.form,
        )
        for one in commands
    ]  # fmt: skip
