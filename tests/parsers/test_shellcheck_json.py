"""What ShellCheck prints is read as it is, or refused."""

from __future__ import annotations

import pytest

from dunnage.model.errors import InputError
from dunnage.parsers.shellcheck_json import read

REAL = b"""{"comments":[{"file":"/tmp/x/0","line":2,"endLine":2,"column":6,"endColumn":10,"level":"info",
"code":2086,"message":"Double quote to prevent globbing and word splitting.","fix":{"replacements":[
{"column":6,"endColumn":6,"endLine":2,"insertionPoint":"afterEnd","line":2,"precedence":7,
"replacement":"\\""}]}}]}"""


def test_comments() -> None:
    """Every field but the fix, which is not offered."""
    (one,) = read(REAL)
    assert (one.file, one.line, one.column, one.end_line, one.end_column) == (
        "/tmp/x/0",
        2,
        6,
        2,
        10,
    )
    assert (one.level, one.code) == ("info", 2086)
    assert one.message.startswith("Double quote")
    assert read(b'{"comments":[]}') == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"ShellCheck - shell script analysis tool\n",
        b'{"comments":[{"file":"0"}]}',
        b'{"comments":[{"file":"\xff"}]}',
        b'{"x":' + b"[" * 100_000,
        REAL[:-20],
    ],
)
def test_anything_else(data: bytes) -> None:
    """Is an error that says so; nothing is taken for clean."""
    with pytest.raises(InputError, match="not the JSON of ShellCheck"):
        read(data)
