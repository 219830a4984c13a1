"""SARIF rules: what is known of a finding whatever package it was found in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dunnage.model.finding import Confidence
from dunnage.model.severity import Severity
from dunnage.render._sarif_text import clean, clean_lines, link, markdown, plain
from dunnage.render._source import link as rule_link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.model.finding import Finding
    from dunnage.model.rule import RuleText

Json = dict[str, Any]
LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.UNKNOWN: "warning",
    Severity.LOW: "note",
    Severity.NEGLIGIBLE: "note",
}
# GitHub reads over 9.0 as critical, 7.0 to 8.9 as high, 4.0 to 6.9 as medium, 0.1 to 3.9 as low.
_BANDS = {
    Severity.CRITICAL: 9.5,
    Severity.HIGH: 8.0,
    Severity.MEDIUM: 5.5,
    Severity.LOW: 2.0,
    Severity.NEGLIGIBLE: 0.1,
}
_PROBLEM = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.UNKNOWN: "warning",
    Severity.LOW: "recommendation",
    Severity.NEGLIGIBLE: "recommendation",
}
_HELP = 20_000
"""Characters of a rule's documentation."""
_PRECISION = {Confidence.HIGH: "very-high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}


def security_severity(finding: Finding) -> float:
    """Return a number from 0.1 to 10.0 that lies in the band of the finding's severity.

    It is the CVSS score that decided the severity, else the middle of the band, so that a viewer
    that only knows the number shows the same severity as we do. -1.0 means that nobody knows.
    """
    if finding.severity is Severity.UNKNOWN:
        return -1.0
    own = [s for s in finding.scores if s.source == finding.severity_source]
    for score in (*own, *finding.scores):
        if score.score > 0 and Severity.of_score(score.score) is finding.severity:
            return score.score
    return _BANDS[finding.severity]


def rule(findings: Sequence[Finding], text: RuleText | None = None) -> Json:
    """Return the rule for findings that share one id; the worst of them speaks for it.

    Args:
        findings: At least one.
        text: What is to be read about the rule, if it is one of ours.
    """
    worst = max(findings, key=lambda finding: (finding.severity, security_severity(finding)))
    if text is not None:
        return _own(worst, text)
    number = security_severity(worst)
    facts: Json = {
        "precision": _PRECISION[worst.confidence],
        "tags": ["security", worst.kind.value, f"severity-{worst.severity.label}"],
    }
    if number > 0:
        facts["security-severity"] = f"{number:.1f}"
    if worst.exploited:
        facts["tags"].append("known-exploited")
    told: Json = {
        "id": worst.id or worst.kind.value,
        "name": _name(worst),
        "shortDescription": {"text": plain(f"{worst.id}: {worst.message}", 250)},
        "fullDescription": {"text": plain(worst.message or worst.id)},
        "help": {"text": plain(_help(worst), 4000), "markdown": _help_markdown(worst)},
        "helpUri": next((url for url in map(link, _urls(worst)) if url), ""),
        "defaultConfiguration": {"level": LEVELS[worst.severity]},
        "properties": facts,
    }
    return {key: value for key, value in told.items() if value}


def _own(worst: Finding, text: RuleText) -> Json:
    """Return a rule of ours with its documentation.

    Without a number for security, GitHub shows the level and not a severity of vulnerabilities.
    """
    kind = text.id.partition("/")[0]
    told: Json = {
        "id": text.id,
        "name": "".join(word.capitalize() for word in text.id.rpartition("/")[2].split("-")),
        "shortDescription": {"text": plain(text.summary, 250)},
        "fullDescription": {"text": plain(text.summary)},
        "help": {
            "text": "\n".join(map(plain, text.help[:_HELP].splitlines())),
            "markdown": clean_lines(text.help[:_HELP].splitlines()),
        },
        "helpUri": rule_link(text.id),
        "defaultConfiguration": {"level": LEVELS[worst.severity]},
        "properties": {
            "precision": _PRECISION[worst.confidence],
            "tags": [kind, worst.kind.value, worst.severity.level, worst.persona.value],
            "problem.severity": _PROBLEM[worst.severity],
        },
    }
    return {key: value for key, value in told.items() if value}


def _name(finding: Finding) -> str:
    return "".join(word.capitalize() for word in finding.kind.value.split("-"))


def _urls(finding: Finding) -> list[str]:
    return [*finding.urls, *(statement.url for statement in finding.statements)]


def _rows(finding: Finding) -> list[tuple[str, str]]:
    severity = finding.severity.label
    if finding.severity_source:
        severity += f" (says {finding.severity_source})"
    rows = [("Severity", severity)]
    vectors = [score.vector for score in finding.scores if score.vector]
    if vectors:
        rows.append(("CVSS", ", ".join(vectors)))
    if finding.aliases:
        rows.append(("Also known as", ", ".join(finding.aliases)))
    if finding.exploited:
        text = f"yes, since {finding.exploited.added}"
        rows.append(
            ("Known to be exploited", text + (", by ransomware" * finding.exploited.ransomware))
        )
    if finding.epss >= 0:
        rows.append(("Probability of exploitation in 30 days", f"{finding.epss:.1%}"))
    if finding.published:
        rows.append(("Published", finding.published[:10]))
    return rows


def _help(finding: Finding) -> str:
    rows = ". ".join(f"{name}: {value}" for name, value in _rows(finding))
    return f"{finding.message or finding.id}. {rows}."


def _help_markdown(finding: Finding) -> str:
    lines = [f"**{markdown(finding.id)}**: {markdown(finding.message)}", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {markdown(value)} |" for name, value in _rows(finding)]
    links = dict.fromkeys(url for url in map(link, _urls(finding)) if url)
    lines += ["", *(f"- <{clean(url)}>" for url in list(links)[:10])]
    return "\n".join(lines).rstrip()
