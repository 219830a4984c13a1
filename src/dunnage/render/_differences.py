"""What differs between the platforms of one target; worked out from the report alone.

Packages are compared by type, namespace, name and version, so that the architecture, which always
differs, does not count; open findings by kind, id and package, whatever its version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from dunnage.model.finding import Status
from dunnage.model.problem import Effect
from dunnage.render._text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dunnage.model.report import Report, Subject

T = TypeVar("T")
_NAMED = 4
"""Platforms that are named together; more are counted."""


class Package(Struct, frozen=True):
    """A package that not all platforms have in this version.

    Attributes:
        type: Package URL type.
        namespace: Package URL namespace, or empty.
        title: Name a person knows it by.
        version: Its version.
        platforms: The platforms that have it, in the order of the report.
    """

    type: str
    namespace: str
    title: str
    version: str
    platforms: tuple[str, ...]


class Finding(Struct, frozen=True):
    """An open finding that not all platforms have.

    Attributes:
        kind: What sort of thing it is.
        id: CVE, advisory id or rule name.
        type: Package URL type of the package it is about, or empty.
        title: Name of that package, or empty.
        platforms: The platforms that have it, in the order of the report.
    """

    kind: str
    id: str
    type: str
    title: str
    platforms: tuple[str, ...]


class Differences(Struct, frozen=True):
    """What differs between the platforms of one target.

    Attributes:
        target: What the user asked for.
        platforms: Those that were compared, as they stand in the names of the subjects.
        unread: Those that could not be read.
        complete: False if something in those that were compared was not examined.
        judged: True if findings were looked for in all of them.
        packages: Sorted by type, namespace, name and version.
        findings: Worst first.
        same_packages: How many packages all of them have.
    """

    target: str
    platforms: tuple[str, ...]
    unread: tuple[str, ...]
    complete: bool
    judged: bool
    packages: tuple[Package, ...]
    findings: tuple[Finding, ...]
    same_packages: int

    @property
    def same(self) -> bool:
        """Tell whether nothing differs in what was compared."""
        return not self.packages and not self.findings


def differences(report: Report) -> list[Differences]:
    """Return what differs, for each target of which several platforms were examined."""
    return [_compared(group) for group in _groups(report) if len(group) > 1]


def summary(found: Differences) -> str:
    """Return in one or two sentences what was compared and whether it is the same."""
    if len(found.platforms) < 2:
        names = f"only {found.platforms[0]}" if found.platforms else "none"
        return f"Nothing could be compared: {names} could be read."
    common = plural(found.same_packages, "package")
    told = f"{', '.join(found.platforms)}: "
    told += f"the same {common}" if found.same_packages else "no package in common"
    if found.judged and not found.findings:
        told += " and the same findings"
    partly = [(len(found.packages), "package"), (len(found.findings), "finding")]
    some = " and ".join(plural(count, word) for count, word in partly if count)
    told += f"; {some} only on some" if some else ""
    told += "." if found.complete else ", as far as was examined."
    return told + (f" Not compared: {', '.join(found.unread)}." if found.unread else "")


def folded(pairs: Iterable[tuple[Subject, T]]) -> list[tuple[str, T]]:
    """Return things with the names they are about; of platforms of one target each thing once.

    Args:
        pairs: Subjects, each with something that is told of it.
    """
    grouped: dict[tuple[str, T], list[Subject]] = {}
    for subject, thing in pairs:
        grouped.setdefault((subject.target or subject.name, thing), []).append(subject)
    rows = []
    for (target, thing), subjects in grouped.items():
        alone = not subjects[0].target
        if alone or len(subjects) == 1:
            rows += [(subject.name, thing) for subject in subjects]
            continue
        labels = ", ".join(map(_label, subjects))
        short = len(subjects) <= _NAMED
        rows.append((f"{target} ({labels if short else f'{len(subjects)} platforms'})", thing))
    return rows


def package_lines(found: Differences) -> list[str]:
    """Return a line for each package with versions that only some platforms have."""
    grouped: dict[tuple[str, str, str], list[Package]] = {}
    for one in found.packages:
        grouped.setdefault((one.type, one.namespace, one.title), []).append(one)
    lines = []
    for (kind, _, title), versions in grouped.items():
        told = "; ".join(
            f"{one.version} {_where(one.platforms, found.platforms)}".lstrip() for one in versions
        )
        lines.append(f"{title} ({kind}): {told}")
    return lines


def finding_lines(found: Differences) -> list[str]:
    """Return a line for each finding that only some platforms have."""
    return [
        f"{one.id}{f' in {one.title}' if one.title else ''}: "
        + _where(one.platforms, found.platforms)
        for one in found.findings
    ]


def document(found: Differences) -> dict[str, object]:
    """Return the differences as JSON values."""
    return {
        "target": found.target,
        "platforms": found.platforms,
        "not_compared": found.unread,
        "complete": found.complete,
        "same": found.same,
        "packages": [
            {
                "type": one.type,
                "namespace": one.namespace or None,
                "name": one.title,
                "version": one.version,
                "platforms": one.platforms,
            }
            for one in found.packages
        ],
        "findings": [
            {
                "kind": one.kind,
                "id": one.id,
                "package_type": one.type or None,
                "package_name": one.title or None,
                "platforms": one.platforms,
            }
            for one in found.findings
        ],
    }


def _where(some: Sequence[str], every: Sequence[str]) -> str:
    without = [platform for platform in every if platform not in some]
    if len(without) < len(some):
        return f"on all but {', '.join(without)}"
    return f"only on {', '.join(some)}"


def _groups(report: Report) -> list[list[Subject]]:
    """Return the platforms of each target; a target that was named twice has two groups."""
    groups: list[list[Subject]] = []
    latest: dict[str, list[Subject]] = {}
    for subject in report.subjects:
        if not subject.target:
            continue
        group = latest.get(subject.target)
        if group is None or any(subject.name == other.name for other in group):
            group = latest[subject.target] = []
            groups.append(group)
        group.append(subject)
    return groups


def _label(subject: Subject) -> str:
    return subject.name.removeprefix(f"{subject.target} (").removesuffix(")")


def _compared(group: Sequence[Subject]) -> Differences:
    read = [subject for subject in group if subject.source]
    labels = tuple(_label(subject) for subject in read)
    packages = {_label(subject): dict.fromkeys(_packages(subject)) for subject in read}
    findings = {_label(subject): _findings(subject) for subject in read}
    holders = _holders(packages)
    partly = {key: some for key, some in holders.items() if len(some) < len(labels)}
    found = {key: some for key, some in _holders(findings).items() if len(some) < len(labels)}
    worst = {key: level for one in findings.values() for key, level in one.items()}
    ordered = sorted(found, key=lambda key: (-worst[key], key))
    several = len(read) > 1
    return Differences(
        target=group[0].target,
        platforms=labels,
        unread=tuple(_label(subject) for subject in group if not subject.source),
        complete=all(p.effect is Effect.NOTE for s in read for p in s.problems),
        judged=all(subject.scanners for subject in read),
        packages=tuple(Package(*key, partly[key]) for key in sorted(partly)) if several else (),
        findings=tuple(Finding(*key, found[key]) for key in ordered) if several else (),
        same_packages=len(holders) - len(partly),
    )


def _packages(subject: Subject) -> Iterable[tuple[str, str, str, str]]:
    for one in subject.inventory.packages:
        yield one.type, one.namespace, one.title, one.version


def _findings(subject: Subject) -> dict[tuple[str, str, str, str], int]:
    """Return the severities of open findings by what identifies them on every platform."""
    by_ref = {package.ref: package for package in subject.inventory.packages}
    found = {}
    for one in subject.findings:
        if one.status is Status.OPEN:
            about = by_ref.get(one.package)
            key = (
                one.kind.value,
                one.id,
                about.type if about else "",
                about.title if about else "",
            )
            found[key] = int(one.severity)
    return found


def _holders(
    held: Mapping[str, Iterable[tuple[str, str, str, str]]],
) -> dict[tuple[str, str, str, str], tuple[str, ...]]:
    """Return the platforms that have each thing."""
    holders: dict[tuple[str, str, str, str], list[str]] = {}
    for platform, things in held.items():
        for thing in things:
            holders.setdefault(thing, []).append(platform)
    return {thing: tuple(platforms) for thing, platforms in holders.items()}
