"""The open findings of a subject with their packages, and what most formats say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.finding import Kind, Status

if TYPE_CHECKING:
    from dunnage.model.finding import Finding
    from dunnage.model.package import Package
    from dunnage.model.problem import Problem
    from dunnage.model.report import Report, Subject

_NAMED = 3
"""Targets that are named where several have the same problem."""


def open_findings(subject: Subject) -> list[tuple[Finding, Package | None]]:
    """Return the open findings, worst first, each with the package it is about."""
    by_ref = {package.ref: package for package in subject.inventory.packages}
    return [
        (finding, by_ref.get(finding.package))
        for finding in subject.findings
        if finding.status is Status.OPEN
    ]


def title(finding: Finding, package: Package | None) -> str:
    """Return what was found where, in a few words."""
    about = f" in {package.title} {package.version}".rstrip() if package else ""
    return f"{finding.id or finding.kind.value}{about}"


def solution(finding: Finding) -> str:
    """Return what to do, as one sentence without a final stop."""
    parts = []
    if finding.fix.version:
        parts.append(f"upgrade to {finding.fix.version}")
    elif finding.kind is Kind.VULNERABILITY:
        parts.append("nobody has published a fix")
    if finding.fix.command:
        parts.append(finding.fix.command)
    return ": ".join(parts)


def incidents(report: Report) -> list[tuple[Problem, str]]:
    """Return every problem once with its sentence, which names its targets if there are others."""
    found: dict[tuple[Problem, str], list[str]] = {}
    several = len(report.subjects) > 1
    for problem in report.problems:
        found.setdefault((problem, incident(problem)), [])
    for subject in report.subjects:
        for problem in subject.problems:
            where = beside(subject.name, problem.where) if several else problem.where
            text = incident(replace(problem, where=where))
            found.setdefault((problem, text), []).append(subject.name)
    told = []
    for (problem, text), names in found.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        start = f"{', '.join(names[:_NAMED])}{more}: " if several and names else ""
        told.append((problem, start + text))
    return told


def beside(name: str, where: str) -> str:
    """Return where a problem is, as it is told behind the name of its target.

    Args:
        name: Of the target, or empty.
        where: Of the problem; often it begins with that name, or with the path behind its scheme.
    """
    path = name.partition(":")[2]
    for start in filter(None, (name, path)):
        if where == start:
            return ""
        if where.startswith(f"{start}, "):
            return where[len(start) + 2 :]
    return where


def incident(problem: Problem) -> str:
    """Return a problem as one sentence without a final stop."""
    where = f" ({problem.where})" if problem.where else ""
    advice = f"; {problem.advice}" if problem.advice else ""
    return f"{problem.message}{where}{advice}"
