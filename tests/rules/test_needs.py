"""What a rule needs decides where it is asked, never what it finds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dockerfile_corpus import corpus
from dunnage.io.folder import load_all
from dunnage.parsers.dockerfile import read
from dunnage.rules.dockerfile._engine import Ruleset, check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._rule import DockerfileRule
from rule_samples import TODAY

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def _all() -> Mapping[str, DockerfileRule]:
    return load_all("dunnage.rules.dockerfile", "rule", DockerfileRule)


def test_nothing_is_lost_over_the_corpus() -> None:
    """Asked everywhere, the rules that need a command find the same."""
    needing = {name: rule for name, rule in _all().items() if rule.needs}
    assert len(needing) > 10
    anywhere = {name: replace(rule, needs=()) for name, rule in needing.items()}
    found = 0
    for name, data in corpus().items():
        facts = Facts(read(data), TODAY)
        asked = check(facts, Ruleset(needing)).findings
        assert asked == check(facts, Ruleset(anywhere)).findings, name
        found += len(asked)
    assert found > 100


def test_a_rule_is_asked_only_where_its_command_runs() -> None:
    """The file decides for files and stages, each RUN for itself."""
    calls: list[str] = []

    def told(what: str) -> tuple[()]:
        calls.append(what)
        return ()

    rule = replace(
        next(iter(_all().values())),
        file=lambda _: told("file"),
        stage=lambda stage, _: told(stage.name or "?"),
        run=lambda run, _: told(run.commands[0].name),
        instruction=None,
        command=None,
        needs=("curl", "wget"),
    )
    ruleset = Ruleset({"x": rule})
    check(Facts(read(b"FROM a AS one\nRUN apt-get update\nRUN curl x\n"), TODAY), ruleset)
    assert calls == ["file", "one", "curl"]
    calls.clear()
    check(Facts(read(b"FROM a AS one\nRUN apt-get update\n"), TODAY), ruleset)
    assert calls == []
