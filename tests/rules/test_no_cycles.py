"""What is known of a file is gone with it, without waiting for the collector of cycles."""

from __future__ import annotations

import gc

from dockerfile_corpus import corpus
from dunnage.io.folder import load_all
from dunnage.parsers.dockerfile import read
from dunnage.rules.dockerfile._engine import Ruleset, check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._ignores import settle
from dunnage.rules.dockerfile._rule import DockerfileRule
from dunnage.rules.dockerfile._select import Names
from rule_samples import TODAY


def test_nothing_is_left_for_the_collector() -> None:
    """All rules look at real files, and no object waits to be found afterwards."""
    rules = load_all("dunnage.rules.dockerfile", "rule", DockerfileRule)
    names, ruleset = Names(rules), Ruleset(rules)

    def look(data: bytes) -> int:
        facts = Facts(read(data), TODAY)
        return len(settle(facts, check(facts, ruleset).findings, names, ruleset))

    files = list(corpus().values())[:300]
    assert sum(map(look, files)) > 300  # tables and patterns are there from now on
    gc.collect()
    gc.disable()
    try:
        for data in files:
            look(data)
        assert gc.collect() == 0
    finally:
        gc.enable()
