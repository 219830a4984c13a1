"""The SPDX 2.3 document of a report, before it is written as JSON or tag-value.

The format is ISO/IEC 5962 in its version 2.3 (https://spdx.github.io/spdx-spec/v2.3/). Decisions
where it leaves room:

- Every target is a package that the document describes; it contains its operating system and its
  packages. What a package needs is DEPENDS_ON; a library that an operating system package brought
  is contained in that one as well.
- Files are not listed, so ``filesAnalyzed`` is false. Where a package was found, in which layer, and
  which line made that layer stands in its annotation; all layers stand in that of the target.
- Licences are those the metadata declares; none are concluded.
- Open vulnerabilities are references of the category SECURITY (annex F); this is what was known
  when the document was made, and no promise that there are no others.
- What could not be examined is the comment of the document.
- The namespace ends in a version 5 UUID of the content, so the same report gives the same bytes.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from dunnage.io.tables import table
from dunnage.model.problem import Effect
from dunnage.parsers.licence import Vocabulary
from dunnage.render._encode import encode
from dunnage.render._moment import moment
from dunnage.render._sarif_text import clean
from dunnage.render._spdx_licence import Licences
from dunnage.render._spdx_package import Annotator, identifier, packages, system, target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.model.report import Report, Subject

Json = dict[str, Any]
_NAMESPACE = UUID("0d1d3f57-5ad9-5a7c-8f4e-6a4f0c7c1c23")
_HOME = "https://dunnage.readthedocs.io/spdx"
_ITSELF = "SPDXRef-DOCUMENT"
_PROBLEMS = 100


@cache
def _vocabulary() -> tuple[Vocabulary, str]:
    facts = table("licences")
    return Vocabulary.of(facts), str(facts["version"])


def document(report: Report) -> Json:
    """Return the document of a report, with the keys of the JSON format.

    All texts are single lines without control characters, except licence texts and comments.
    """
    vocabulary, listed = _vocabulary()
    created = moment(report.created) + "Z"  # clause 6.9
    tool = clean("-".join(report.tool.split()) or "dunnage", 200)
    licences, annotator = Licences(vocabulary), Annotator(tool, created)
    found: list[Json] = []
    relations: list[Json] = []
    for number, subject in enumerate(report.subjects):
        inside, related = _subject(subject, number, licences, annotator)
        found += inside
        relations += related
    title = ", ".join(clean(subject.name, 300).strip() or "target" for subject in report.subjects)
    body: Json = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _ITSELF,
        "name": clean(title) or "nothing",
        "comment": "\n".join(_comment(report)),
        "creationInfo": {
            "creators": [f"Tool: {tool}"],
            "created": created,
            "licenseListVersion": listed,
        },
        "packages": found,
        "hasExtractedLicensingInfos": licences.extracted(),
        "relationships": relations,
    }
    unique = uuid5(_NAMESPACE, sha256(encode(body, indent=0)).hexdigest())
    kind = "image" if any(subject.image for subject in report.subjects) else "target"
    body["documentNamespace"] = f"{_HOME}/{kind}/{unique}"
    return body


def _comment(report: Report) -> Iterator[str]:
    told = [problem for problem in report.all_problems if problem.effect is not Effect.NOTE]
    seen = [p for s in report.subjects for p in s.inventory.problems if p.effect is not Effect.NOTE]
    told += [problem for problem in seen if problem not in told]
    if not told:
        yield "Everything that was asked for was examined. What nothing can read is not known."
        return
    yield "Not everything was examined:"
    for problem in told[:_PROBLEMS]:
        where = f" ({problem.where})" if problem.where else ""
        yield clean(f"{problem.code}: {problem.message}{where}")
    if len(told) > _PROBLEMS:
        yield f"and {len(told) - _PROBLEMS} more"


def _subject(
    subject: Subject, number: int, licences: Licences, annotator: Annotator
) -> tuple[list[Json], list[Json]]:
    """Return the packages and the relationships of one target."""
    prefix = f"{number + 1}:" if number else ""
    suffix = f"-{number + 1}" if number else ""
    root, os = f"SPDXRef-Target{suffix}", subject.inventory.system
    named = {package.ref: identifier(package, prefix) for package in subject.inventory.packages}
    found = [target(subject, root, annotator)]
    related = [_relation(_ITSELF, "DESCRIBES", root)]
    if os:
        reference = f"SPDXRef-OperatingSystem{suffix}"
        found.append(system(os, reference, annotator))
        related.append(_relation(root, "CONTAINS", reference))
    found += packages(subject, named, licences, annotator)
    related += [_relation(root, "CONTAINS", spdx_id) for spdx_id in named.values()]
    related += _between(subject, named)
    return found, related


def _between(subject: Subject, named: Mapping[str, str]) -> Iterator[Json]:
    """Give the relationships between packages; references to none of them are left out."""
    for package in subject.inventory.packages:
        if package.owner in named and package.owner != package.ref:
            yield _relation(named[package.owner], "CONTAINS", named[package.ref])
    for ref, others in subject.inventory.edges:
        if ref in named:
            for other in dict.fromkeys(others):
                if other in named:
                    yield _relation(named[ref], "DEPENDS_ON", named[other])


def _relation(one: str, kind: str, other: str) -> Json:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
