"""Rules take time in proportion to a file, however it is made."""

from __future__ import annotations

import time
from datetime import date

import pytest

from dunnage.io.folder import load_all
from dunnage.parsers.dockerfile import read
from dunnage.rules.dockerfile._engine import Ruleset, check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._rule import DockerfileRule

_SIZE = 4_000
_SECONDS = 20.0
"""Each takes well under a second; in proportion to the square it would be minutes."""
_RULES = Ruleset(load_all("dunnage.rules.dockerfile", "rule", DockerfileRule))
_EACH = range(_SIZE // 2)

FILES = {
    "copies": "".join(f"COPY .env b{i}/\nRUN chown -R a b{i} && rm b{i}/.env\n" for i in _EACH),
    "users": "USER a\nRUN sudo x\n" * (_SIZE // 2),
    "arguments": "".join(f"ARG A{i}_TOKEN\nENV X=$A{i}_TOKEN\n" for i in _EACH) + "RUN x\n",
    "variables": "ENV " + " ".join(f"P{i}_PASSWORD=Tr0ub4dor{i}" for i in range(_SIZE)) + "\n",
    "stages": "".join(
        f"FROM s{i} AS s{i + 1}\nUSER root\nCOPY . .\nRUN npm ci\nCOPY --from=s{i} / /\nEXPOSE 80\n"
        for i in range(_SIZE // 6)
    ),
    "tools": "RUN apk add gcc && go build . && chmod 777 /x && rm /x\n" * _SIZE + "CMD x\n",
    "results": "FROM golang AS b\nCOPY . /x\nRUN go build .\nFROM a\n"
    + "COPY --from=b /x /x\n" * _SIZE,
    "folders": "WORKDIR a\nCOPY . .\n" * (_SIZE // 2),
    "removals": "".join(f"COPY f{i} /\nRUN rm /f{i}\n" for i in _EACH),
    "passwords": "RUN x password=x9Kq2LmT7vR4; echo a:b | chpasswd\n" * _SIZE,
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_time_is_bounded(name: str) -> None:
    """A file of thousands of instructions is looked at with all rules in seconds."""
    facts = Facts(read(b"FROM debian AS s0\n" + FILES[name].encode()), date(2026, 11, 30))
    start = time.process_time()
    check(facts, _RULES)
    assert time.process_time() - start < _SECONDS
