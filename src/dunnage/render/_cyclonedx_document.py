"""The CycloneDX 1.6 document of a report, before it is written as JSON or XML.

The format is ECMA-424 (https://cyclonedx.org/docs/1.6/json/). Decisions where it leaves room:

- The target is ``metadata.component``. A report of several targets is one document: the first is
  ``metadata.component`` with its packages at the top level, each other one is a component that
  holds its packages, and their references start with the number of the target and a colon.
- Nothing is ever called complete: the aggregate is ``incomplete`` if something that was asked for
  was not examined, else ``unknown``, since nobody can know what no cataloger understands.
- Packages that a later layer removed are no components, because a container would not see them;
  they are listed as properties of the target.
- Keys stand in the order in which XML wants its elements (``bom-1.6.xsd``).
- The serial number is a version 5 UUID of the content, so the same report gives the same bytes.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from dunnage.io.tables import table
from dunnage.model.finding import Kind, Status
from dunnage.model.problem import Effect
from dunnage.parsers.licence import Vocabulary
from dunnage.render._cyclonedx_component import image_purl, packages, properties, system, target
from dunnage.render._cyclonedx_vulnerability import vulnerabilities
from dunnage.render._encode import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.finding import Finding
    from dunnage.model.package import Package
    from dunnage.model.problem import Problem
    from dunnage.model.report import Report, Subject

Json = dict[str, Any]
_NAMESPACE = UUID("6b5f1f5e-6f0e-5c0c-9f6b-2f3c8f0f7a11")


@cache
def _vocabulary() -> Vocabulary:
    return Vocabulary.of(table("licences"))


def document(report: Report) -> Json:
    """Return the document of a report, with the keys and in the order of the JSON format."""
    body = _body(report)
    serial = uuid5(_NAMESPACE, sha256(encode(body, indent=0)).hexdigest())
    head: Json = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
    }
    return {**head, **body}


def _body(report: Report) -> Json:
    prefixes = ["" if not n else f"{n + 1}:" for n in range(len(report.subjects))]
    named = list(zip(report.subjects, prefixes, strict=True))
    components: list[Json] = []
    dependencies: list[Json] = []
    compositions: list[Json] = []
    for subject, prefix in named:
        inside = _inside(subject, prefix)
        if prefix:
            inside = [{**target(subject, _root(subject, prefix)), "components": inside}]
        components += inside
        dependencies += _dependencies(subject, prefix)
        compositions.append(_composition(report, subject, prefix))
    body: Json = {"metadata": _metadata(report), "components": components}
    body["dependencies"] = dependencies
    body["compositions"] = compositions
    first = _root(*named[0]) if named else ""
    body["vulnerabilities"] = vulnerabilities(_affected(report, prefixes), first)
    return body


def _root(subject: Subject, prefix: str) -> str:
    purl = image_purl(subject, subject.image) if subject.image else ""
    return f"{prefix}{purl or 'target:' + subject.name}"


def _metadata(report: Report) -> Json:
    name, _, version = report.tool.partition(" ")
    tool = {"type": "application", "name": name or "dunnage", "version": version}
    first = report.subjects[0] if report.subjects else None
    metadata: Json = {"timestamp": report.created}
    if first and first.image:
        metadata["lifecycles"] = [{"phase": "post-build"}]
    metadata["tools"] = {"components": [{key: value for key, value in tool.items() if value}]}
    if first:
        metadata["component"] = target(first, _root(first, ""))
    metadata["properties"] = properties(_report_facts(report))
    return metadata


def _report_facts(report: Report) -> Iterator[tuple[str, object]]:
    yield "complete", str(report.complete).lower()
    yield "data:built", report.data.built
    yield "data:digest", report.data.digest
    for problem in report.all_problems:
        yield "problem", _told(problem)
    findings = [finding for subject in report.subjects for finding in subject.findings]
    hidden = sum(finding.status is Status.HIDDEN for finding in findings)
    yield "hidden-findings", hidden or ""
    for finding in findings:
        if finding.kind is not Kind.VULNERABILITY and finding.status is not Status.HIDDEN:
            yield "finding", f"{finding.severity.label} {finding.id}: {finding.message}"


def _told(problem: Problem) -> str:
    where = f" ({problem.where})" if problem.where else ""
    return f"{problem.effect.value} {problem.code}: {problem.message}{where}"


def _inside(subject: Subject, prefix: str) -> list[Json]:
    found = packages(subject, prefix, _vocabulary())
    os = subject.inventory.system
    return [system(os, _system_ref(subject, prefix)), *found] if os else found


def _system_ref(subject: Subject, prefix: str) -> str:
    os = subject.inventory.system
    return f"{prefix}os:{os.id}@{os.version}" if os else ""


def _dependencies(subject: Subject, prefix: str) -> list[Json]:
    """Return an entry for every component; the target depends on what nothing else needs."""
    known = {package.ref for package in subject.inventory.packages}
    edges = {
        ref: [other for other in others if other in known]
        for ref, others in subject.inventory.edges
        if ref in known
    }
    roots = [prefix + ref for ref in _roots(subject, edges)]
    system_ref = _system_ref(subject, prefix)
    head = [system_ref] if system_ref else []
    listed = [{"ref": _root(subject, prefix), "dependsOn": list(dict.fromkeys(head + roots))}]
    listed += [{"ref": ref} for ref in head]
    for package in subject.inventory.packages:
        others = edges.get(package.ref)
        entry: Json = {"ref": prefix + package.ref}
        if others:
            entry["dependsOn"] = [prefix + other for other in dict.fromkeys(others)]
        listed.append(entry)
    return listed


def _roots(subject: Subject, edges: dict[str, list[str]]) -> list[str]:
    """Return packages from which all others are reached; of a circle, the first one."""
    refs = [package.ref for package in subject.inventory.packages]
    needed = {other for ref, others in edges.items() for other in others if other != ref}
    reached: set[str] = set()
    roots = []
    for ref in [*(r for r in refs if r not in needed), *(r for r in refs if r in needed)]:
        if ref in reached:
            continue
        roots.append(ref)
        pending = [ref]
        while pending:
            current = pending.pop()
            if current not in reached:
                reached.add(current)
                pending.extend(edges.get(current, ()))
    return roots


def _composition(report: Report, subject: Subject, prefix: str) -> Json:
    problems = (*report.problems, *subject.problems, *subject.inventory.problems)
    seen = all(problem.effect is Effect.NOTE for problem in problems)
    root = _root(subject, prefix)
    aggregate = "unknown" if seen else "incomplete"
    return {"aggregate": aggregate, "assemblies": [root], "dependencies": [root]}


def _affected(report: Report, prefixes: list[str]) -> Iterator[tuple[str, Finding, Package | None]]:
    for subject, prefix in zip(report.subjects, prefixes, strict=True):
        by_ref = {package.ref: package for package in subject.inventory.packages}
        for finding in subject.findings:
            package = by_ref.get(finding.package)
            yield (
                (prefix + finding.package if package else _root(subject, prefix)),
                finding,
                package,
            )
