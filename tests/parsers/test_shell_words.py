"""Words and lists of shell commands are whole, however the grammar cuts them."""

from __future__ import annotations

import pytest

from dunnage.parsers.dockerfile import Text
from dunnage.parsers.shell import read


@pytest.mark.parametrize(
    "word",
    ["a-$B-$C.tgz", "https://x/$A/b-$A-$B-$C.tgz", "$A-$B", "pkg=$A-$B", "a-${B}-$C", 'a-"$B"-$C'],
)
def test_word_with_several_variables_is_one(word: str) -> None:
    """A word is one word, with its own place, and what it stands for is not known."""
    line = f"wget -q {word} -O out"
    data = line.encode()
    (command,) = read(Text(data, (0,), (0,))).commands
    assert [one.raw for one in command.words] == ["-q", word, "-O", "out"]
    found = command.words[1]
    assert found.text is None
    assert data[found.span.start : found.span.end].decode() == word


def test_long_list_is_no_nesting() -> None:
    """Many commands one after another are read; only what is nested has a bound."""
    data = b" && ".join([b"true"] * 1000) + b" || false && done-by-x"
    found = read(Text(data, (0,), (0,)))
    assert found.known
    names = [command.name for command in found.commands]
    assert names == ["true"] * 1000 + ["false", "done-by-x"]
    assert [command.join for command in found.commands[:3]] == ["", "&&", "&&"]
    assert [command.guarded for command in found.commands[-3:]] == [False, True, False]
    assert not read(Text(b"(" * 50 + b"true" + b")" * 50, (0,), (0,))).known
