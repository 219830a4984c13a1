"""Writes SARIF 2.1.0, for code scanning and editors.

The format is the OASIS standard (https://docs.oasis-open.org/sarif/sarif/v2.1.0/). Each target is
one run. Open findings are results. Waived, suppressed and hidden ones are left out and counted in
the run's properties: GitHub takes no notice of ``suppressions`` and would show them as open. What
could not be examined is a notification, and a run that saw less than everything was not successful.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dunnage.model.finding import Status
from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.render._encode import encode
from dunnage.render._sarif_limits import fitting, parts, told
from dunnage.render._sarif_place import fixes, places
from dunnage.render._sarif_rule import LEVELS, rule, security_severity
from dunnage.render._sarif_text import clean, plain
from dunnage.render._sbom_package import split_reference
from dunnage.render._source import as_one

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dunnage.model.finding import Finding
    from dunnage.model.package import Package
    from dunnage.model.problem import Problem
    from dunnage.model.report import Report, Subject, View
    from dunnage.render._sarif_limits import Part

Json = dict[str, Any]
_HOME = "https://dunnage.readthedocs.io"
_SURELY_FITS = 1000
"""Findings that are never too many, so that nothing need be written to know it."""
_LEFT_OUT = "left-out"
"""Id of the notification that says what there was no room for."""


def render(report: Report, view: View) -> bytes:
    """Return the report as one SARIF log with one run for each target.

    Args:
        report: What to write.
        view: Not used; the document is for machines.
    """
    del view
    report = as_one(report)
    return fitting(report.subjects, lambda chosen: _log(report, chosen))[1]


def left_out(report: Report, view: View) -> str:
    """Return what code scanning has no room for, or an empty text.

    Args:
        report: What is written.
        view: Not used.
    """
    del view
    report = as_one(report)
    return told(report.subjects, _chosen(report))


def _chosen(report: Report) -> Sequence[Part]:
    if sum(map(len, (subject.findings for subject in report.subjects))) < _SURELY_FITS:
        return parts(report.subjects)
    return fitting(report.subjects, lambda chosen: _log(report, chosen))[0]


def _log(report: Report, chosen: Sequence[Part]) -> bytes:
    left = told(report.subjects, chosen)
    categories = _categories([part.subject for part in chosen])
    pairs = zip(chosen, categories, strict=True)
    runs = [_run(report, part, left, category) for part, category in pairs]
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return encode({"$schema": schema, "version": "2.1.0", "runs": runs})


def _run(report: Report, part: Part, left: str, category: str) -> Json:
    subject = part.subject
    by_id: dict[str, list[Finding]] = {}
    for finding in part.findings:
        by_id.setdefault(finding.id or finding.kind.value, []).append(finding)
    index = {identifier: position for position, identifier in enumerate(by_id)}
    packages = {package.ref: package for package in subject.inventory.packages}
    texts = {text.id: text for text in report.rules}
    tool, _, version = report.tool.partition(" ")
    driver: Json = {
        "name": tool or "dunnage",
        "version": version or "0",
        "informationUri": _HOME,
        "rules": [rule(found, texts.get(name)) for name, found in by_id.items()],
    }
    facts: Json = {"target": clean(subject.name), "complete": _successful(report, subject)}
    if subject.image:
        facts["imageDigest"] = subject.image.digest
        facts["imagePlatform"] = str(subject.image.platform)
    counts = Counter(finding.status for finding in subject.findings)
    for status in (Status.WAIVED, Status.SUPPRESSED, Status.HIDDEN):
        facts[f"{status.value}Findings"] = counts[status]
    if part.left_out:
        facts["leftOutFindings"] = part.left_out
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": category},
        "invocations": [_invocation(report, subject, left)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index, packages, subject) for finding in part.findings],
        "properties": facts,
    }


def _categories(subjects: Sequence[Subject]) -> Iterator[str]:
    """Give the category of each run; GitHub refuses a file with two runs of one category."""
    used: Counter[str] = Counter()
    for category in map(_category, subjects):
        used[category] += 1
        yield category if used[category] == 1 else f"{category}{used[category]}/"


def _category(subject: Subject) -> str:
    """Return the run's category: all before the last slash tells one series from another.

    It holds no tag and no digest. Builds of one image are one series; in a series of its own, each
    would leave alerts that nothing ever closes.
    """
    platform = str(subject.image.platform) if subject.image else ""
    target = subject.name
    if subject.platform and target == f"{subject.target} ({subject.platform})":
        target, platform = subject.target, subject.platform
    scheme = f"{subject.source}:" if target.startswith(f"{subject.source}:") else ""
    name = scheme + split_reference(target.removeprefix(scheme))[0]
    parts = ("dunnage", clean(name, 200).strip("/"), platform)
    return "/".join(part for part in parts if part) + "/"


def _problems(report: Report, subject: Subject) -> tuple[Problem, ...]:
    return (*report.problems, *subject.problems)


def _successful(report: Report, subject: Subject) -> bool:
    return all(problem.effect is Effect.NOTE for problem in _problems(report, subject))


def _invocation(report: Report, subject: Subject, left: str) -> Json:
    invocation: Json = {
        "executionSuccessful": _successful(report, subject),
        "exitCode": report.exit_code,
    }
    if report.created:
        invocation["endTimeUtc"] = report.created
    notifications = [_notification(problem) for problem in _problems(report, subject)]
    if left:
        text = plain(f"{left}; the JSON report has all.")
        notifications.append(
            {"descriptor": {"id": _LEFT_OUT}, "level": "warning", "message": {"text": text}}
        )
    if notifications:
        invocation["toolExecutionNotifications"] = notifications
    return invocation


def _notification(problem: Problem) -> Json:
    where = f" ({problem.where})" if problem.where else ""
    advice = f"; {problem.advice}" if problem.advice else ""
    return {
        "descriptor": {"id": problem.code},
        "level": "note" if problem.effect is Effect.NOTE else "error",
        "message": {"text": plain(f"{problem.message}{where}{advice}.")},
    }


def _result(
    finding: Finding, index: Mapping[str, int], packages: Mapping[str, Package], subject: Subject
) -> Json:
    package = packages.get(finding.package)
    identifier = finding.id or finding.kind.value
    result: Json = {
        "ruleId": identifier,
        "ruleIndex": index[identifier],
        "level": LEVELS[finding.severity],
        "message": {"text": plain(_message(finding, package), 2000)},
        **places(finding, package, subject),
    }
    if finding.fingerprint:
        result["partialFingerprints"] = {
            "dunnage/v1": finding.fingerprint,
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
        }
    rank = _rank(finding)
    if rank >= 0:
        result["rank"] = rank
    if changes := fixes(finding):
        result["fixes"] = changes
    result["properties"] = _facts(finding, package)
    return result


def _message(finding: Finding, package: Package | None) -> str:
    about = f"{package.title} {package.version}: " if package else ""
    parts = [f"{about}{finding.message or finding.id}".rstrip(".")]
    if finding.fix.version:
        parts.append(f"Fixed in {finding.fix.version}")
    elif package:
        parts.append("No fix has been published")
    if finding.fix.command:
        parts.append(f"To fix it: {finding.fix.command}")
    if finding.exploited:
        parts.append("It is known to be exploited")
    return ". ".join(parts) + "."


def _rank(finding: Finding) -> float:
    """Return a priority from 0 to 100, or -1 where nobody knows the severity."""
    number = security_severity(finding)
    if finding.exploited:
        return 100.0
    return round(min(99.0, number * 9 + max(finding.epss, 0.0) * 9), 1) if number > 0 else -1.0


def _facts(finding: Finding, package: Package | None) -> Json:
    facts: Json = {
        "severity": finding.severity.label,
        "severitySource": finding.severity_source,
        "fixVersion": finding.fix.version,
        "fixState": finding.fix.state,
        "status": finding.status.value,
    }
    if package:
        facts["purl"] = str(package.purl)
        facts["installedVersion"] = package.version
    if finding.epss >= 0:
        facts["epss"] = finding.epss
    return {key: value for key, value in facts.items() if value != ""}


renderer = Renderer(
    render=render,
    media_type="application/sarif+json",
    suffix=".sarif",
    summary="SARIF 2.1.0: findings for code scanning and editors",
    left_out=left_out,
)
