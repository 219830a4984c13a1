"""What stands behind a redirection belongs to the command, and so does what is behind a heredoc."""

from __future__ import annotations

import pytest

from dunnage.parsers import shell
from dunnage.parsers.dockerfile import Text

CASES = {
    'echo >&2 "x" y': [("echo", ["x", "y"], ["2"])],
    "curl -o a > log http://x b": [("curl", ["-o", "a", "http://x", "b"], ["log"])],
    "a b > f c 2> g d | e": [("a", ["b", "c", "d"], ["f", "g"]), ("e", [], [])],
    "> f a b": [("a", ["b"], ["f"])],
    "a && b > f c": [("a", [], []), ("b", ["c"], ["f"])],
    "sudo apt-get >l install x": [("apt-get", ["install", "x"], ["l"])],
    "export A=b > f C": [("export", [None, "C"], ["f"])],
    "cat <<E > /etc/x\nx\nE\n": [("cat", [], ["/etc/x"])],
    "tee <<E a\nx\nE\n": [("tee", ["a"], [])],
    "a && cat <<E >x y && z\nx\nE\n": [("a", [], []), ("cat", ["y"], ["x"]), ("z", [], [])],
    "a > $A-$B-c": [("a", [], [None])],
    "a > $A-$B-$C d > x $A-$B-$C-$D": [("a", ["d", None], [None, "x"])],
    "{ a; } > f": [("a", [], ["f"])],
}


@pytest.mark.parametrize("body", CASES)
def test_words_and_redirections(body: str) -> None:
    """Names, words and targets of the commands."""
    commands = shell.read(Text(body.encode(), (0,), (0,))).commands
    found = [
        (one.name, [word.text for word in one.words], [to.target for to in one.redirects])
        for one in commands
    ]
    assert found == CASES[body]
    for one in commands:
        for word in one.words:
            assert body[word.span.start : word.span.end] == word.raw
