"""Writes a dependency snapshot, which GitHub's dependency graph takes.

The format is the body of ``POST /repos/{owner}/{repo}/dependency-graph/snapshots``
(https://docs.github.com/en/rest/dependency-graph/dependency-submission). It names the commit, the
branch and the job it belongs to. Those come from the build server (``GITHUB_SHA``, ``GITHUB_REF``,
...); without one they are left empty, and have to be filled in before the snapshot is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dunnage.model.problem import Effect
from dunnage.model.renderer import Renderer
from dunnage.render._encode import encode
from dunnage.render._sarif_text import clean, link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.model.report import Report, Subject, View

Json = dict[str, Any]
_HOME = "https://dunnage.readthedocs.io"
_NEEDED = ("sha", "ref")


def render(report: Report, view: View) -> bytes:
    """Return the packages of the report as JSON.

    Args:
        report: What to write.
        view: Its ``build`` says which commit and job the snapshot belongs to.
    """
    build = dict(view.build)
    name, _, version = report.tool.partition(" ")
    manifests: Json = {}
    for subject in report.subjects:
        key = clean(subject.name, 200) or "target"
        if key in manifests:
            platform = str(subject.image.platform) if subject.image else ""
            key = f"{key} {platform or len(manifests) + 1}"
        manifests[key if key not in manifests else f"{key} {len(manifests) + 1}"] = _manifest(
            subject, key
        )
    return encode(
        {
            "version": 0,
            "sha": build.get("sha", ""),
            "ref": build.get("ref", ""),
            "job": _job(build),
            "detector": {"name": name or "dunnage", "version": version or "0", "url": _HOME},
            "scanned": report.created,
            "manifests": manifests,
        }
    )


def left_out(report: Report, view: View) -> str:
    """Return which facts of the build are missing, or an empty text."""
    del report
    missing = [name for name in _NEEDED if not dict(view.build).get(name)]
    if not missing:
        return ""
    return f"the snapshot lacks {' and '.join(missing)}, which GITHUB_SHA and GITHUB_REF would give"


def _job(build: Mapping[str, str]) -> Json:
    parts = [build[key] for key in ("workflow", "job") if build.get(key)]
    job: Json = {"correlator": " ".join(["dunnage", *parts]), "id": build.get("run") or "0"}
    url = link(build.get("url", ""))
    return {**job, "html_url": url} if url else job


def _manifest(subject: Subject, name: str) -> Json:
    purls = {package.ref: str(package.purl) for package in subject.inventory.packages}
    needs: dict[str, dict[str, None]] = {purl: {} for purl in purls.values()}
    needed: set[str] = set()
    for ref, others in subject.inventory.edges:
        for other in others:
            if ref in purls and other in purls and purls[other] != purls[ref]:
                needs[purls[ref]][purls[other]] = None
                needed.add(purls[other])
    resolved = {}
    for purl, others_of in needs.items():
        entry: Json = {
            "package_url": purl,
            "relationship": "indirect" if purl in needed else "direct",
            "scope": "runtime",
        }
        if others_of:
            entry["dependencies"] = list(others_of)
        resolved[purl] = entry
    manifest: Json = {"name": name, "metadata": _metadata(subject), "resolved": resolved}
    if subject.dockerfile:
        manifest["file"] = {"source_location": clean(subject.dockerfile)}
    return manifest


def _metadata(subject: Subject) -> Json:
    """Return at most eight scalar values, which is all that the interface takes."""
    image, system = subject.image, subject.inventory.system
    problems = (*subject.problems, *subject.inventory.problems)
    seen = all(problem.effect is Effect.NOTE for problem in problems)
    facts = {
        "dunnage:source": subject.source,
        "dunnage:image-digest": image.digest if image else "",
        "dunnage:image-id": image.config_digest if image else "",
        "dunnage:platform": str(image.platform) if image else "",
        "dunnage:distribution": f"{system.id} {system.version}".strip() if system else "",
        "dunnage:complete": "true" if seen else "false",
    }
    return {key: clean(value) for key, value in facts.items() if value}


renderer = Renderer(
    render=render,
    media_type="application/json",
    suffix=".json",
    summary="GitHub dependency snapshot: packages for the dependency graph",
    left_out=left_out,
    of_source=False,
)
