"""Lists what pom.xml files declare: names, and versions as far as the project itself says them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from dunnage.model.cataloger import Cataloger, Fact
from dunnage.model.problem import Effect, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dunnage.catalogers._maven_model import Model
    from dunnage.model.cataloger import File
    from dunnage.parsers.maven_pom import Pom

_SHOWN = 4


def parse(file: File) -> Fact:
    """Read one pom.xml; what it inherits is settled when all of them are known.

    Raises:
        InputError: If it is no Maven project.
        LimitError: If it is too large or nested too deeply.
    """
    from dunnage.parsers import maven_pom

    pom = maven_pom.parse(file.body.all(file.limits.text_bytes), file.limits)
    return Fact(notes=(("pom", json.dumps(pom)),))


def assemble(facts: Sequence[Fact]) -> Iterable[Fact]:
    """Give the packages of each pom.xml, and tell what the project alone cannot say."""
    from dunnage.catalogers._maven_model import Model

    poms = {
        fact.path: _pom(json.loads(value))
        for fact in facts
        for key, value in fact.notes
        if key == "pom"
    }
    model = Model(poms)
    told = False
    for fact in facts:
        if fact.path not in poms:
            yield fact
            continue
        done = _packages(fact, model)
        if done.packages and not told:
            done = replace(done, problems=(*done.problems, _direct_only(len(poms))))
            told = True
        yield done


def _pom(written: list[Any]) -> Pom:
    """Return what was noted of one file."""
    from dunnage.parsers.maven_pom import Dependency, Pom

    pom = Pom(*written)
    return pom._replace(
        parent=tuple(pom.parent),
        managed=tuple(Dependency(*item) for item in pom.managed),
        dependencies=tuple(Dependency(*item) for item in pom.dependencies),
    )


def _packages(fact: Fact, model: Model) -> Fact:
    from dunnage.catalogers._lock_file import is_sane, packages_of
    from dunnage.parsers._lock import Entry

    entries = []
    unknown = []
    for needed in model.needed(fact.path):
        entry = Entry(
            needed.artifact,
            needed.version,
            needed.line,
            needed.dev,
            direct=True,
            namespace=needed.group,
        )
        if needed.version and is_sane(entry):
            entries.append(entry)
        else:
            unknown.append(f"{needed.group}:{needed.artifact}")
    packages = packages_of(tuple(entries), "maven", fact.path)
    problems = (*fact.problems, *_unknown(unknown, model.missing(fact.path), fact.path))
    return Fact(fact.cataloger, fact.path, packages, problems=problems)


def _unknown(names: list[str], missing: list[str], path: str) -> tuple[Problem, ...]:
    if not names:
        return ()
    shown = ", ".join(names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    elsewhere = ", ".join(dict.fromkeys(missing[:_SHOWN]))
    why = f" (not in this project: {elsewhere})" if elsewhere else ""
    return (
        Problem(
            "no-version-in-manifest",
            f"not examined, as no version can be found{why}: {shown}{more}",
            where=path,
            advice="scan what is built from it, or an SBOM that Maven's plug-in for CycloneDX makes",
            count=len(names),
        ),
    )


def _direct_only(count: int) -> Problem:
    return Problem(
        "direct-dependencies-only",
        "a pom.xml does not say what its dependencies need themselves; that was not examined",
        advice="scan what is built from it",
        effect=Effect.NOTE,
        count=count,
    )


cataloger = Cataloger(
    parse=parse,
    version=2,
    types=("maven",),
    names=("pom.xml",),
    assemble=assemble,
    project=True,
)
