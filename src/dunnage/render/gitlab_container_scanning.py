"""Writes a container scanning report, which GitLab shows in pipelines and its vulnerability report.

The format is GitLab's security report schema 15.0.7
(https://gitlab.com/gitlab-org/security-products/security-report-schemas). Only open findings are
vulnerabilities. The scan failed if it saw less than everything.
GitLab drops a whole report for one value that its schema refuses, so such values are left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.model.severity import Severity
from dunnage.parsers.cvss import score as base_score
from dunnage.render._encode import encode
from dunnage.render._moment import moment
from dunnage.render._open import incidents, open_findings, solution
from dunnage.render._sarif_text import clean, link, markdown

if TYPE_CHECKING:
    from dunnage.model.finding import Finding
    from dunnage.model.package import Package
    from dunnage.model.report import Report, Subject, View

Json = dict[str, Any]
_VERSION = "15.0.7"
_HOME = "https://dunnage.readthedocs.io"
_NAMESPACE = UUID("6d0b6f0a-3f0c-5a35-9a6e-0f0d5a3f7c21")
_LINKS = 10
_SEVERITIES = {Severity.NEGLIGIBLE: "Info"}
_TYPES = (
    ("CVE-", "cve", "https://nvd.nist.gov/vuln/detail/{}"),
    ("GHSA-", "ghsa", "https://github.com/advisories/{}"),
)
_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")


def render(report: Report, view: View) -> bytes:
    """Return the report as JSON.

    Args:
        report: What to write.
        view: Not used; the document is for machines.
    """
    del view
    return encode(
        {
            "version": _VERSION,
            "scan": _scan(report),
            "vulnerabilities": [
                _vulnerability(finding, package, subject)
                for subject in report.subjects
                for finding, package in open_findings(subject)
            ],
            "remediations": [],
        }
    )


def _scan(report: Report) -> Json:
    name, _, version = report.tool.partition(" ")
    tool = {
        "id": name or "dunnage",
        "name": (name or "dunnage").capitalize(),
        "url": _HOME,
        "vendor": {"name": "Dunnage"},
        "version": version or "0",
    }
    time = moment(report.created)
    messages = [
        {
            "level": "info" if problem.effect is Effect.NOTE else "warn",
            "value": clean(text) or problem.code,
        }
        for problem, text in incidents(report)
    ]
    return {
        "type": "container_scanning",
        "status": "success" if report.complete else "failure",
        "start_time": time,
        "end_time": time,
        "analyzer": tool,
        "scanner": tool,
        "messages": messages,
    }


def _vulnerability(finding: Finding, package: Package | None, subject: Subject) -> Json:
    os = subject.inventory.system
    name = package.title if package else (os.id if os else subject.name)
    version = package.version if package else (os.version if os else "")
    system = f"{os.id} {os.version}".strip() if os else ""
    found: Json = {
        "id": _id(finding, subject),
        "name": clean(finding.message or finding.id, 255),
        "description": markdown(finding.message or finding.id, 4000),
        "severity": _SEVERITIES.get(finding.severity, finding.severity.label.capitalize()),
        "solution": clean(solution(finding), 7000),
        "identifiers": [_identifier(one) for one in (finding.id, *finding.aliases) if one][:20],
        "cvss_vectors": _vectors(finding),
        "links": [{"url": url} for url in map(link, finding.urls[:_LINKS]) if url],
        "location": {
            "dependency": {"package": {"name": clean(name)}, "version": clean(version)},
            "operating_system": clean(system) or "unknown",
            "image": clean(subject.name) or "unknown",
        },
        "details": _details(finding, package, subject),
    }
    found["identifiers"] = found["identifiers"] or [_identifier(finding.kind.value)]
    return {key: value for key, value in found.items() if value}


def _id(finding: Finding, subject: Subject) -> str:
    text = f"{subject.name}\n{finding.fingerprint}\n{finding.id}\n{finding.package}"
    return str(uuid5(_NAMESPACE, text.encode("utf-8", "backslashreplace").decode()))


def _identifier(name: str) -> Json:
    for start, kind, url in _TYPES:
        if name.startswith(start) and _NAME.fullmatch(name):
            return {"type": kind, "name": name, "value": name, "url": url.format(name)}
    told = clean(name, 200)
    return {"type": "dunnage", "name": told, "value": told}


def _vectors(finding: Finding) -> list[Json]:
    deciding = [score for score in finding.scores if score.source == finding.severity_source]
    others = [score for score in finding.scores if score.source != finding.severity_source]
    vectors = {
        score.vector: {"vendor": clean(score.source) or "unknown", "vector": score.vector}
        for score in (*deciding, *others)
        if _taken(score.vector)
    }
    return list(vectors.values())[:10]


def _taken(vector: str) -> bool:
    """Tell whether the schema lets a vector in: CVSS 2.0 without a prefix, 3.0 or 3.1.

    Every metric must be one of its version, with a value it has: a score that came with the vector
    says nothing of that. None is longer than the 128 characters that the schema bounds it to.
    """
    if vector.startswith(("CVSS:2.0/", "CVSS:4.0/", "(")):
        return False
    try:
        base_score(vector)
    except ValueError:
        return False
    return True


def _details(finding: Finding, package: Package | None, subject: Subject) -> Json:
    """Return named values, which GitLab shows as a table."""
    rows = [("purl", "Package URL", str(package.purl))] if package else []
    layers = {layer.index: layer for layer in subject.image.layers} if subject.image else {}
    for place in finding.locations[:1]:
        rows.append(("path", "Path", place.path))
        if place.layer in layers:
            layer = layers[place.layer]
            rows.append(("layer", f"Layer {place.layer}", layer.created_by or layer.diff_id))
            if layer.line:
                rows.append(("line", "Dockerfile", f"{subject.dockerfile}:{layer.line}"))
    if finding.exploited:
        rows.append(("exploited", "Known to be exploited since", finding.exploited.added))
    if finding.epss >= 0:
        rows.append(("epss", "EPSS", f"{finding.epss:.4f}"))
    return {
        key: {"type": "text", "name": clean(name), "value": clean(value)}
        for key, name, value in rows
        if value
    }


renderer = Renderer(
    render=render,
    media_type="application/json",
    suffix=".json",
    summary="GitLab container scanning report, schema 15",
    of_source=False,
)
