"""Secrets in any content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.io.tables import table
from dunnage.parsers.secrets import MOST, keyed, scan
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTENT = b"""//registry.example/:_authToken=Zk31qq87aaPoZk31qq87aaPo
password = "x9Kq2LmT7vR4"
https://ci:Zk31qq87aaPo@git.example/app.git
Authorization: Bearer Zk31qq87aaPoZk31qq87aaPo
"""


def _found(data: bytes) -> int:
    count = 0
    for hits in (scan(data), keyed(data)):
        end = 0
        assert len(hits) <= MOST
        for hit in hits:
            assert end <= hit.start < hit.end <= len(data)
            end = hit.end
        count += len(hits)
    return count


def _seeds() -> Iterator[bytes]:
    yield _CONTENT
    yield b"\n".join(word.encode() for row in table("secrets")["pattern"] for word in row["words"])


TARGETS = {
    "secrets": Target(
        "parsers/secrets.py",
        _found,
        _seeds,
        "secrets lie in the content, in order and apart from each other",
        words=(
            b"://",
            b"@",
            b"=",
            b"token",
            b"eyJ",
            b"ghp_",
            b"-----BEGIN RSA ",
            b"PRIVATE KEY-----",
        ),
    ),
}
