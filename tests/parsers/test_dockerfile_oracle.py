"""Our Dockerfile reader sees what BuildKit's own reader (the ``dockerfile`` wheel) sees."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from dockerfile_corpus import corpus, disagreements, refusal
from dunnage.parsers.dockerfile import read

REST = b"\nUSER rest\n"


def test_corpus() -> None:
    """Keywords, lines, flags, lists, here-documents and values agree on every file of the corpus."""
    files = corpus()
    assert len(files) == 768
    found = {
        name: told
        for name, data in files.items()
        if not refusal(data) and (told := list(disagreements(data)))
    }
    # A template, with text behind a list: see NEWER.
    assert {name.rpartition("/")[2] for name in found} <= {"Dockerfile.linux"}
    assert len(found) <= 1
    # What builders refuse is a mistake for us too, and what they read is none.
    mistaken = [name for name, data in files.items() if read(data).mistakes]
    assert [name for name in mistaken if not refusal(files[name])] == []


class Nasty(NamedTuple):
    """A Dockerfile that is easy to get wrong.

    Attributes:
        why: What is odd about it.
        data: The file.
    """

    why: str
    data: bytes


READ = (
    Nasty("a byte order mark is no part of the first keyword", b"\xef\xbb\xbfFROM a\n"),
    Nasty("a mark in front of a directive", b"\xef\xbb\xbf# escape=`\nFROM a\nRUN x `\n y\n"),
    Nasty("carriage returns belong to line ends", b"FROM a\r\nRUN x \\\r\n y\r\n"),
    Nasty("several carriage returns do too", b"FROM a\r\r\nRUN x\r\r\n"),
    Nasty("a carriage return inside of a line is white space", b"FROM a\rAS b\nRUN x\ry\n"),
    Nasty("no line end at the end", b"FROM a\nRUN x"),
    Nasty("a continuation at the end of the file", b"FROM a\nRUN x \\"),
    Nasty("blanks behind the escape character", b"FROM a\nRUN x \\ \t\n y\n"),
    Nasty("an escaped escape character continues nothing", b"FROM a\nRUN x \\\\\nUSER y\n"),
    Nasty("three escape characters continue nothing either", b"FROM a\nRUN x \\\\\\\nUSER y\n"),
    Nasty("a comment between continued lines", b"FROM a\nRUN x \\\n  # c\n y\n"),
    Nasty("a comment that ends in an escape character", b"FROM a\nRUN x \\\n# c \\\n y\n"),
    Nasty("a number sign behind text is no comment", b"FROM a\nRUN x # c\n"),
    Nasty("blank lines between continued lines", b"FROM a\nRUN x \\\n\n\t\n y\n"),
    Nasty("a continued comment is one line", b"FROM a\n# c \\\nRUN x\n"),
    Nasty("an indented keyword", b"FROM a\n \t RUN x\n"),
    Nasty("an indented directive counts", b"  # escape=`\nFROM a\nRUN x `\n y\n"),
    Nasty("a directive behind a blank line is a comment", b"\n# escape=`\nFROM a\nRUN x \\\n y\n"),
    Nasty("a directive behind a comment is a comment", b"# c\n# escape=`\nFROM a\nRUN x \\\n y\n"),
    Nasty("an unknown directive ends them", b"# foo=1\n# escape=`\nFROM a\nRUN x \\\n y\n"),
    Nasty("a directive in upper case", b"# ESCAPE=`\nFROM a\nRUN x `\n y\n"),
    Nasty("a directive with blanks", b"#  escape  =  `  \nFROM a\nRUN x `\n y\n"),
    Nasty("two directives", b"# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN x `\n y\n"),
    Nasty("a keyword in mixed case", b"fRoM a\nrUn x\n"),
    Nasty("tabs, vertical tabs and form feeds part words", b"FROM\ta\nCOPY\va\fb\n"),
    Nasty("white space outside of ASCII in front", "\u00a0FROM a\n\u2003RUN x\n".encode()),
    Nasty("a line of white space outside of ASCII", "FROM a\n\u00a0\nRUN x\n".encode()),
    Nasty("white space outside of ASCII parts pairs", "FROM a\nENV A=x\u00a0B=y\n".encode()),
    Nasty("but no words of COPY", "FROM a\nCOPY a\u00a0b c\n".encode()),
    Nasty("a continuation that starts with nothing", b"\\\n\n  FROM a\n"),
    Nasty("flags before a list", b'FROM a\nCOPY --from=b --chown=c ["d e", "f"]\n'),
    Nasty("a quoted flag", b"FROM a\nRUN --mount='type=cache,target=/a b' x\n"),
    Nasty("an escaped blank in a flag", b"FROM a\nRUN --mount=a\\ b x\n"),
    Nasty("two dashes end the flags", b"FROM a\nRUN -- --mount=x y\n"),
    Nasty("a flag without a value takes no word", b"FROM a\nCOPY --link a b\n"),
    Nasty("a flag behind a word is a word", b"FROM a\nCOPY a --from=b c\n"),
    Nasty("flags over several lines", b"FROM a\nRUN --mount=a \\\n  --mount=b \\\n  x\n"),
    Nasty("flags of what ONBUILD holds", b"FROM a\nONBUILD COPY --from=b c d\n"),
    Nasty("dashes of a health check's command are no flags", b"FROM a\nHEALTHCHECK CMD --x y\n"),
    Nasty("a health check with flags and list", b'FROM a\nHEALTHCHECK --retries=3 CMD ["x"]\n'),
    Nasty("a health check that is none", b"FROM a\nHEALTHCHECK NONE\n"),
    Nasty("a list with white space", b'FROM a\nCMD [ "a" , "b" ]\n'),
    Nasty("an empty list", b"FROM a\nCMD []\n"),
    Nasty("a list in single quotes is shell form", b"FROM a\nCMD ['a']\n"),
    Nasty("a list with a comma too many is shell form", b'FROM a\nCMD ["a",]\n'),
    Nasty("a list that does not end is shell form", b'FROM a\nCMD ["a"\n'),
    Nasty("a test of the shell is no list", b"FROM a\nRUN [ -f x ] && y\n"),
    Nasty("escapes in a list", b'FROM a\nCMD ["\\u00e9\\n\\"", "\\\\"]\n'),
    Nasty("a lone surrogate in a list", b'FROM a\nCMD ["\\ud800"]\n'),
    Nasty("a pair of surrogates in a list", b'FROM a\nCMD ["\\ud83d\\ude00"]\n'),
    Nasty("a constant JSON does not know", b"FROM a\nCMD [NaN]\n"),
    Nasty("a list over several lines", b'FROM a\nCMD ["a", \\\n  # c\n  "b"]\n'),
    Nasty("a list where none may stand", b'FROM a\nUSER ["a"]\n'),
    Nasty("pairs with quotes and escapes", b"FROM a\nENV A=\"b c\" D='e f' G=h\\ i\n"),
    Nasty("an equals sign in a value", b"FROM a\nENV A=b=c\n"),
    Nasty("the old form of ENV", b"FROM a\nENV A b  c=d\n"),
    Nasty("the old form with quotes", b'FROM a\nLABEL a "b c"\n'),
    Nasty("a quote inside of a word", b"FROM a\nENV A=b'c d'e\n"),
    Nasty("a quote that does not end", b"FROM a\nENV A='b c\n"),
    Nasty("an escape character at the end of a value", b"FROM a\nENV A=b\\\\\\\n"),
    Nasty("a backquote that escapes", b'# escape=`\nFROM a\nENV A=b` c D="e`"f"\n'),
    Nasty("a quoted name", b'FROM a\nLABEL "a b"=c\n'),
    Nasty("an empty value", b'FROM a\nENV A= B=""\n'),
    Nasty("a here-document", b"FROM a\nRUN <<EOF\nx\nUSER no\nEOF\n"),
    Nasty("two of them", b"FROM a\nRUN cat <<A <<B\nx\nA\ny\nB\n"),
    Nasty("one of them inside the other", b"FROM a\nRUN cat <<A <<B\nB\nA\nB\n"),
    Nasty("one without leading tabs", b"FROM a\nRUN <<-EOF\n\tx\n\t\tEOF\n"),
    Nasty("leading tabs count without the dash", b"FROM a\nRUN <<EOF\n\tEOF\nEOF\n"),
    Nasty("leading blanks always count", b"FROM a\nRUN <<-EOF\n EOF\nEOF\n"),
    Nasty("a quoted name", b"FROM a\nRUN <<'EOF'\nx\nEOF\n"),
    Nasty("a name with a blank", b'FROM a\nRUN <<"A B"\nx\nA B\n'),
    Nasty("an escaped name", b"FROM a\nRUN <<\\EOF\nx\nEOF\n"),
    Nasty("a name that is quoted in part", b"FROM a\nRUN <<E'O'F\nx\nEOF\n"),
    Nasty("a file descriptor", b"FROM a\nRUN 3<<EOF cat\nx\nEOF\n"),
    Nasty("a file descriptor of many digits", b"FROM a\nRUN 99999999999<<EOF cat\nx\nEOF\n"),
    Nasty("no name", b"FROM a\nRUN cat << \n"),
    Nasty("an empty name", b"FROM a\nRUN cat <<''\nUSER x\n"),
    Nasty("three signs open none", b"FROM a\nRUN cat <<<EOF\nUSER x\n"),
    Nasty("a quoted sign opens none", b"FROM a\nRUN echo '<<EOF'\nUSER x\n"),
    Nasty("an escaped sign opens none", b"FROM a\nRUN echo \\<<EOF\nUSER x\n"),
    Nasty("a sign inside of a word opens none", b"FROM a\nRUN cat x<<EOF\nUSER x\n"),
    Nasty("a quote that does not end opens none", b"FROM a\nRUN echo it's <<EOF\nUSER x\n"),
    Nasty("a brace that does not end opens none", b"FROM a\nRUN echo ${x <<EOF\nUSER x\n"),
    Nasty("in exec form there are none", b'FROM a\nRUN ["cat", "<<EOF"]\nUSER x\n'),
    Nasty("only RUN, COPY and ADD have them", b"FROM a\nCMD cat <<EOF\nUSER x\n"),
    Nasty("COPY with one", b"FROM a\nCOPY <<EOF /a\nx\nEOF\n"),
    Nasty("ONBUILD with one", b"FROM a\nONBUILD RUN <<EOF\nx\nEOF\n"),
    Nasty("one behind a continuation", b"FROM a\nRUN cat \\\n <<EOF\nx \\\nEOF\n"),
    Nasty("comments in one are content", b"FROM a\nRUN <<EOF\n# c\n\nEOF\n"),
    Nasty("carriage returns in one", b"FROM a\r\nRUN <<EOF\r\nx\r\nEOF\r\n"),
    Nasty("its end at the end of the file", b"FROM a\nRUN <<EOF\nx\nEOF"),
    Nasty("an unknown keyword", b"FROM a\nFOO bar\n"),
    Nasty("a keyword without arguments", b"FROM a\nRUN\nCMD\n"),
    Nasty("ONBUILD that holds a health check", b"FROM a\nONBUILD HEALTHCHECK CMD x\n"),
    Nasty("a number sign as a keyword's neighbour", b"FROM a\nRUN# x\n"),
)
"""Files that BuildKit reads."""


@pytest.mark.parametrize("nasty", READ, ids=[one.why for one in READ])
def test_nasty_files(nasty: Nasty) -> None:
    """We read what BuildKit reads, the same way, and have nothing to say against it."""
    assert refusal(nasty.data) == ""
    assert list(disagreements(nasty.data)) == []
    assert [m.code for m in read(nasty.data).mistakes if m.code != "empty-instruction"] == []


REFUSED = (
    (Nasty("a here-document that does not end", b"FROM a\nRUN cat <<EOF"), "unterminated-heredoc"),
    (Nasty("the second one does not", b"FROM a\nRUN a <<A <<B\nA\nx"), "unterminated-heredoc"),
    (Nasty("numbers in a list", b"FROM a\nCMD [1]"), "json-not-strings"),
    (Nasty("nothing in a list", b'FROM a\nCOPY ["a", null]'), "json-not-strings"),
    (Nasty("a list in a list", b"FROM a\nONBUILD RUN [[]]"), "json-not-strings"),
    (Nasty("another escape character", b"# escape=x\nFROM a"), "bad-escape"),
    (Nasty("a directive twice", b"# escape=`\n# escape=`\nFROM a"), "duplicate-directive"),
    (Nasty("a line that is too long", b"FROM a\nRUN x" + b" " * 65_531), "line-too-long"),
    (Nasty("a comment that is too long", b"FROM a\n#" + b"x" * 65_535), "line-too-long"),
)
"""Files that BuildKit refuses, and the mistake it is for us."""


@pytest.mark.parametrize(("nasty", "code"), REFUSED, ids=[one.why for one, _ in REFUSED])
def test_refused_files(nasty: Nasty, code: str) -> None:
    """What BuildKit refuses is a mistake at its place, and the rest of the file is still read."""
    data = nasty.data + REST
    assert refusal(data)
    found = read(data)
    assert [mistake.code for mistake in found.mistakes] == [code]
    assert found.mistakes[0].span.end <= len(nasty.data)
    assert (found.instructions[-1].keyword, found.instructions[-1].value) == ("USER", "rest")


def test_longest_line() -> None:
    """A line of 65,536 bytes with its end is read, by BuildKit too."""
    data = b"FROM a\nRUN " + b"x" * 65_531 + b"\nUSER rest\n"
    assert not refusal(data)
    assert not read(data).mistakes


NEWER = (
    Nasty("a blank before the name of a here-document", b"FROM a\nRUN cat << EOF\nx\nEOF\n"),
    Nasty("text behind a list makes it shell form", b'FROM a\nCMD ["a"] && b\n'),
    Nasty(
        "the escape character of flags is that of the file", b"# escape=`\nFROM a\nRUN --a=b` c d\n"
    ),
)
"""What BuildKit has changed since the release the wheel was made of (checked with 0.25)."""


def test_newer_builders() -> None:
    """Where BuildKit has changed its mind, we read as it does today."""
    heredoc, tail, flag = (read(one.data).instructions[-1] for one in NEWER)
    assert [(doc.name, doc.content) for doc in heredoc.heredocs] == [("EOF", "x\n")]
    assert (tail.json, tail.value) == (None, '["a"] && b')
    assert [(one.name, one.value) for one in flag.flags] == [("a", "b c")]
    assert all(list(disagreements(one.data)) for one in NEWER), "the wheel is newer; move these up"
