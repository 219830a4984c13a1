"""A secret that a rule finds is in no message, excerpt or change of any finding."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest
from msgspec.structs import replace

from dunnage.io.folder import load_all
from dunnage.model.finding import Finding, Kind
from dunnage.parsers.dockerfile import read
from dunnage.rules.dockerfile._engine import Ruleset, check
from dunnage.rules.dockerfile._rule import DockerfileRule
from rule_samples import TODAY, MemoryContext, samples

FOLDER = Path(__file__).parent / "dockerfile"
PACKAGE = "dunnage.rules.dockerfile"
_SECRET = "x9Kq2LmT7vR4" + "w8Zs"
_TOKEN = "gh" + "p_" + "".join(random.Random(3).choices(string.ascii_letters, k=36))  # noqa: S311
_RULES = Ruleset(load_all(PACKAGE, "rule", DockerfileRule))

FILES = {
    "variable": f"FROM debian\nENV DB_PASSWORD={_SECRET}\n",
    "quoted": f'FROM debian\nENV A=1 DB_PASSWORD="{_SECRET}" \\\n  B=2\n',
    "argument": f"FROM debian\nARG TOKEN={_SECRET}\nRUN sudo ./x\n",
    "label": f"FROM debian\nLABEL api-token={_SECRET}\n",
    "command": f"FROM debian\nRUN sudo ./x --password={_SECRET} && chmod 777 /{_SECRET}\n",
    "inside": f"FROM debian\nRUN sh -c \"./x --password={_SECRET}; vim '{_SECRET}'\"\n",
    "token": f"FROM debian\nRUN curl -H 'X: {_TOKEN}' http://h | sh\n",
    "url": f"FROM debian\nRUN git clone https://u:{_SECRET}@h/x && cd /x\n",
    "add": f"FROM debian\nADD https://u:{_SECRET}@h/x.tar.gz /\n",
    "user": f"FROM debian\nUSER {_TOKEN}\nWORKDIR {_TOKEN}\nEXPOSE {_TOKEN}\n",
    "heredoc": f"FROM debian\nCOPY <<E /x\npassword = '{_SECRET}'\nE\nRUN <<E\nsudo x {_TOKEN}\nE\n",
    "comment": f"# {_TOKEN}\nFROM debian\n",
    "password": f"FROM debian\nRUN echo root:{_SECRET} | chpasswd && useradd -p {_TOKEN} x\n",
    "string": f'FROM debian\nRUN ["useradd", "-p", "{_SECRET}", "--password={_TOKEN}", "x"]\n',
    "joined": f'FROM debian\nRUN ["usermod", "--password={_SECRET}", "x"]\n',
    "account": f"FROM debian\nRUN sh -c \"useradd -p '{_SECRET}' app\"\n",
    "onbuild": f"FROM debian\nONBUILD ENV DB_PASSWORD={_SECRET}\n",
    "exec": f'FROM debian\nCMD ["x", "--token={_SECRET}"]\nCMD ["x", "{_TOKEN}"]\n',
    "lines": f"FROM debian\nRUN x && \\\n  y --token={_SECRET} && \\\n  z\n",
    "copied": f"FROM debian\nCOPY --chown={_TOKEN} a b c\nCOPY {_TOKEN}.key /{_TOKEN}\n",
    "bare": f"{_TOKEN}\nFROM debian\nFRM {_TOKEN}\n",
}


def _shown(finding: Finding) -> str:
    return repr(replace(finding, locations=()))


@pytest.mark.parametrize("name", sorted(FILES))
def test_secret_is_not_shown(name: str) -> None:
    """Whatever all rules say of a file, they do not say the secret in it."""
    sample = next(iter(samples(FOLDER / "literal-secret.md")))
    facts = replace(sample.facts(), file=read(FILES[name].encode()), today=TODAY)
    facts = replace(facts, context=MemoryContext({"x.key": _TOKEN}))
    found = check(facts, _RULES)
    assert any(finding.kind is Kind.SECRET for finding in found.findings), name
    for finding in found.findings:
        assert _SECRET not in _shown(finding)
        assert _TOKEN not in _shown(finding)
    assert _SECRET not in repr(found.problems)
    assert _TOKEN not in repr(found.problems)


def test_every_secret_of_the_examples_is_starred() -> None:
    """In the examples of the secret rules the value is starred out in every excerpt."""
    count = 0
    for name in ("literal-secret", "secret-in-variable", "password-in-build"):
        for sample in samples(FOLDER / f"{name}.md"):
            facts = sample.facts()
            for finding in check(facts, Ruleset({name: _RULES.rules[name]})).findings:
                if finding.kind is not Kind.SECRET:
                    continue
                count += 1
                place = finding.locations[0]
                row = finding.excerpt[0]
                width = max(1, place.end_column - place.column)
                assert set(row[place.column - 1 : place.column - 1 + width]) == {"*"}, finding.id
    assert count > 20
