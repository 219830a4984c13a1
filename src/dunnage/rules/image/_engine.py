"""Runs the rules about images: their hits become findings."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

from dunnage.model.finding import Finding
from dunnage.model.location import Location
from dunnage.model.problem import Effect, Problem
from dunnage.model.rule import RuleText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.rules.image._rule import Facts, Hit, ImageRule

PREFIX = "image/"
_MOST_HITS = 200
"""Hits of one rule in one image; more are counted, not shown."""
_DOUBLE = re.compile(r"(?<!`)``(?!`)")


def check(
    facts: Facts, rules: Mapping[str, ImageRule]
) -> tuple[tuple[Finding, ...], tuple[Problem, ...]]:
    """Look at one image with all rules.

    Args:
        facts: What was measured.
        rules: By public name, without ``image/``.

    Returns:
        Findings by rule and path, and a note for each rule that had more than can be shown.
    """
    digests = {}
    if facts.image is not None:
        digests = {layer.index: layer.diff_id or layer.digest for layer in facts.image.layers}
    findings: list[Finding] = []
    problems: list[Problem] = []
    for name, rule in sorted(rules.items()):
        if rule.image and facts.image is None:
            continue
        hits = sorted(dict.fromkeys(rule.check(facts)), key=lambda hit: (hit.path, hit.message))
        findings += [_finding(name, rule, hit, digests) for hit in hits[:_MOST_HITS]]
        more = len(hits) - _MOST_HITS
        if more > 0:
            message = f"{more} more findings of {PREFIX}{name} are not listed"
            problems.append(Problem("more-findings", message, effect=Effect.NOTE, count=more))
    return tuple(findings), tuple(problems)


def text_of(name: str, rule: ImageRule) -> RuleText:
    """Return what reports say about a rule.

    Args:
        name: Its public name, without ``image/``.
        rule: The rule.
    """
    module = import_module(f"{__package__}.{name.replace('-', '_')}")
    text = _DOUBLE.sub("`", (module.__doc__ or "").strip())
    return RuleText(PREFIX + name, rule.rule.summary, text)


def _finding(name: str, rule: ImageRule, hit: Hit, digests: Mapping[int, str]) -> Finding:
    about = rule.rule
    places: tuple[Location, ...] = ()
    if hit.path or hit.layer >= 0:
        places = (Location(hit.path, hit.layer, digests.get(hit.layer, ""), hit.line),)
    return Finding(
        id=PREFIX + name,
        kind=rule.kind,
        message=hit.message,
        severity=about.severity if hit.severity is None else hit.severity,
        severity_source="rule",
        confidence=hit.confidence or about.confidence,
        persona=about.persona,
        locations=places,
        peers=about.peers,
    )
