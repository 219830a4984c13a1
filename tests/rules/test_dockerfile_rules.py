"""Every Dockerfile rule says what its Markdown file expects, and its changes keep their promises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dunnage.io.folder import load, load_all, names
from dunnage.model.finding import Safety, Status
from dunnage.remedies.edits import apply
from dunnage.rules.dockerfile._engine import PREFIX, Ruleset, check
from dunnage.rules.dockerfile._ignores import settle
from dunnage.rules.dockerfile._rule import DockerfileRule
from dunnage.rules.dockerfile._select import Names
from rule_samples import Sample, samples

if TYPE_CHECKING:
    from dunnage.model.finding import Finding

FOLDER = Path(__file__).parent / "dockerfile"
PACKAGE = "dunnage.rules.dockerfile"
ALL = Names(load_all(PACKAGE, "rule", DockerfileRule))
FILES = sorted(FOLDER.glob("*.md"))
SAMPLES = [(path.stem, sample) for path in FILES for sample in samples(path)]


def _rule(name: str) -> DockerfileRule:
    return load(PACKAGE, name, "rule", DockerfileRule)


def _found(name: str, sample: Sample, data: bytes | None = None) -> tuple[Finding, ...]:
    """Return what a rule finds in an example, without what comments in it ask to ignore."""
    rules = Ruleset({one: _rule(one) for one in (name, *sample.others)})
    facts = sample.facts(data)
    settled = settle(facts, check(facts, rules).findings, ALL, rules)
    wanted = PREFIX + name
    return tuple(f for f in settled if f.id == wanted and f.status is Status.OPEN)


@pytest.mark.parametrize(("name", "sample"), SAMPLES, ids=[s.source for _, s in SAMPLES])
def test_rule_says(name: str, sample: Sample) -> None:
    """A rule fires exactly where its Markdown file says."""
    told = [
        f"{f.locations[0].line}:{f.locations[0].column} {f.message}" for f in _found(name, sample)
    ]
    assert told == sample.findings


@pytest.mark.parametrize(
    ("name", "sample"),
    [(name, sample) for name, sample in SAMPLES if sample.fixed is not None],
    ids=[s.source for _, s in SAMPLES if s.fixed is not None],
)
def test_rule_mends(name: str, sample: Sample) -> None:
    """What a rule offers gives the file it promises, and then it has nothing more to offer."""
    once = apply(sample.data, _found(name, sample)).data
    assert once == sample.fixed
    again = _found(name, sample, once)
    assert not [finding for finding in again if finding.fix.edits]


@pytest.mark.parametrize("name", names(PACKAGE))
def test_rule_has_examples(name: str) -> None:
    """Every rule has an example that fires and one that does not; one with changes shows them."""
    found = [sample for owner, sample in SAMPLES if owner == name]
    assert any(sample.findings for sample in found), f"{name}.md lacks an example that fires"
    assert any(not sample.findings for sample in found), f"{name}.md lacks a silent example"
    if _rule(name).rule.fix is Safety.SAFE:
        assert any(s.fixed is not None for s in found), f"{name}.md lacks a fixed example"
