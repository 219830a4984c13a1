"""What our rules call a build error is what BuildKit refuses, no more and no less."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from dunnage.io.folder import load, names
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import read
from dunnage.rules.dockerfile._engine import Ruleset, check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._rule import DockerfileRule

PACKAGE = "dunnage.rules.dockerfile"
TABLE = json.loads(Path(__file__).with_name("buildkit_verdicts.json").read_text(encoding="utf-8"))
VERDICTS = [(row["dockerfile"], row["error"]) for row in TABLE["verdicts"]]


@cache
def _rules() -> Ruleset:
    return Ruleset({name: load(PACKAGE, name, "rule", DockerfileRule) for name in names(PACKAGE)})


@pytest.mark.parametrize(("text", "error"), VERDICTS, ids=[repr(text) for text, _ in VERDICTS])
def test_build_error(text: str, error: str) -> None:
    """A file has a finding of severity build-error exactly if BuildKit has an error for it."""
    facts = Facts(file=read(text.encode()), today=date(2026, 11, 30))
    told = [f.message for f in check(facts, _rules()).findings if f.severity is Severity.CRITICAL]
    assert bool(told) == bool(error), (told, error)
