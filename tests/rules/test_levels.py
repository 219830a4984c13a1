"""One rule may weigh its hits differently; these are the cases that decide."""

from __future__ import annotations

from datetime import date

import pytest

from dunnage.io.folder import load
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import read
from dunnage.rules.dockerfile._engine import Ruleset, check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._rule import DockerfileRule

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_BUILT = "FROM {} AS b\nCOPY . /s\nRUN {}\nFROM a\nCOPY --from=b /s /s\nCMD x"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("missing-user", "FROM debian\nCMD x", [MEDIUM]),
        ("missing-user", "FROM debian\nRUN x", [LOW]),
        ("missing-user", "FROM debian\nRUN apt-get install -y gosu\nCMD x", [LOW]),
        ("missing-user", "FROM postgres:16\nEXPOSE 5433", [LOW]),
        ("missing-user", "FROM postgres:16\nCMD x", [MEDIUM]),
        ("root-user", "FROM debian\nUSER root", [MEDIUM]),
        ("root-user", "FROM debian\nUSER root\nENTRYPOINT su-exec app x", [LOW]),
        ("secret-in-variable", "FROM a\nENV DB_PASSWORD=Tr0ub4dor-3", [HIGH]),
        ("secret-in-variable", "FROM a\nENV DB_PASSWORD=postgres", [LOW]),
        ("literal-secret", "FROM a\nENV U=x://u:Tr0ub4dor-3@h", [HIGH]),
        ("literal-secret", "FROM a\nENV U=x://postgres:postgres@h", [LOW]),
        ("secret-argument", "FROM a\nARG A_TOKEN\nRUN x", [MEDIUM]),
        ("secret-argument", "FROM a\nARG A_TOKEN\nRUN x\nFROM b", [LOW]),
        ("secret-argument", "FROM a\nARG A_TOKEN\nENV T=$A_TOKEN", [HIGH]),
        ("secret-argument", "FROM a\nARG A_TOKEN\nENV T=$A_TOKEN\nFROM b", [LOW]),
        ("copied-credentials", "FROM a\nCOPY id_rsa /", [HIGH]),
        ("copied-credentials", "FROM a\nCOPY .env /", [MEDIUM]),
        ("copied-credentials", "FROM a\nCOPY id_rsa /\nFROM b", [LOW]),
        ("setuid-files", "FROM a\nRUN chmod u+s /x", [MEDIUM]),
        ("setuid-files", "FROM a\nRUN chmod g+s /x", [LOW]),
        ("setuid-files", "FROM a\nRUN setcap cap_net_bind_service=+ep /x", [LOW]),
        ("setuid-files", "FROM a\nRUN setcap cap_sys_admin=+ep /x", [MEDIUM]),
        ("insecure-run", "FROM a\nRUN --security=insecure x", [HIGH]),
        ("insecure-run", "FROM a\nRUN --network=host x", [MEDIUM]),
        ("build-tools-in-final-stage", "FROM a\nRUN apt-get install gcc\nCMD x", [MEDIUM]),
        ("build-tools-in-final-stage", "FROM a\nRUN apt-get install libx-dev\nCMD x", [LOW]),
        ("single-stage-build", "FROM a\nCOPY . .\nRUN go build\nCMD x", [MEDIUM]),
        ("single-stage-build", "FROM a\nCOPY . .\nRUN npm run build\nCMD x", [LOW]),
        ("source-in-final-stage", _BUILT.format("golang", "go build"), [MEDIUM]),
        ("source-in-final-stage", _BUILT.format("node", "yarn build"), [LOW]),
    ],
)
def test_level(name: str, text: str, expected: list[Severity]) -> None:
    """A hit has the level its place deserves."""
    rules = Ruleset({name: load("dunnage.rules.dockerfile", name, "rule", DockerfileRule)})
    found = check(Facts(read(text.encode()), date(2026, 11, 30)), rules).findings
    assert [finding.severity for finding in found] == expected
