"""Finds the upgrades that remove most findings, and proves each by matching again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from dunnage.model.finding import Kind, Status
from dunnage.model.report import Upgrade
from dunnage.model.severity import Severity
from dunnage.remedies._commands import command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dunnage.model.finding import Finding
    from dunnage.model.inventory import Inventory
    from dunnage.model.ordering import Ordering
    from dunnage.model.package import Package

    Rematch = Callable[[tuple[Package, ...]], tuple[Finding, ...]]

SYSTEM_TYPES = frozenset({"deb", "rpm", "apk"})
MAX_CANDIDATES = 4
BATCH = 64

_WEIGHT = {
    Severity.CRITICAL: 1000,
    Severity.HIGH: 250,
    Severity.MEDIUM: 50,
    Severity.UNKNOWN: 20,
    Severity.LOW: 10,
    Severity.NEGLIGIBLE: 1,
}
_EXPLOITED_WEIGHT = 2000


def upgrades(
    inventory: Inventory,
    findings: Iterable[Finding],
    rematch: Rematch,
    top: int = 5,
) -> tuple[Upgrade, ...]:
    """Return the upgrades that remove most open findings, best first.

    Packages that are upgraded together form a group: the packages of one operating system source
    package, or all copies of one version of a library. The fixed versions that a group's open
    findings name are its candidates. Each candidate is put into the packages and matched again,
    so that what is told to go away really does, and what a version brings anew counts against it.

    Args:
        inventory: What the target holds.
        findings: Judged findings; only OPEN vulnerabilities are to be removed.
        rematch: Matches packages (with changed versions and unchanged ``ref``) against the same
            advisories and returns their findings. Called at most ``MAX_CANDIDATES`` times for
            each ``BATCH`` groups, with the changed packages only.
        top: How many to return.

    Returns:
        At most ``top`` upgrades, by weighted severity of what they remove (known exploited
        vulnerabilities weigh most), then by number. Per group it is the version that removes
        most, the smallest if several do.
    """
    groups = _groups(inventory.packages, findings)
    groups.sort(key=lambda group: (-group.weight, group.key))
    proved: list[tuple[int, int, _Group, _Trial]] = []
    for start in range(0, len(groups), BATCH):
        batch = groups[start : start + BATCH]
        if len(proved) >= top and -proved[top - 1][0] >= batch[0].weight:
            break
        for group, trial in _try(batch, rematch):
            proved.append((-trial.gain, -len(trial.removed), group, trial))
        proved.sort(key=lambda row: (row[0], row[1], row[2].key))
    system = inventory.system.id if inventory.system else ""
    return tuple(_upgrade(group, trial, system) for _, _, group, trial in proved[:top])


class _Group(Struct):
    """Packages that are upgraded together, with what is known of them."""

    key: tuple[str, str, str]
    packages: list[Package] = field(default_factory=list)
    open: list[Finding] = field(default_factory=list)
    known: dict[str, set[str]] = field(default_factory=dict)
    weight: int = 0


class _Trial(Struct, frozen=True):
    """What one version was proved to do."""

    version: str
    removed: tuple[Finding, ...]
    remains: int
    gain: int


def _current(package: Package) -> str:
    """Return the version advisories speak of: of the source package, except for rpm."""
    if package.type in {"deb", "apk"}:
        return package.source_version or package.version
    return package.version


def _groups(packages: Sequence[Package], findings: Iterable[Finding]) -> list[_Group]:
    by_ref: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.kind is Kind.VULNERABILITY and finding.package:
            by_ref.setdefault(finding.package, []).append(finding)
    groups: dict[tuple[str, str, str], _Group] = {}
    for package in packages:
        own = by_ref.get(package.ref, ())
        todo = [finding for finding in own if finding.status is Status.OPEN]
        if not todo or not _current(package):
            continue
        name = package.title
        if package.type in SYSTEM_TYPES:
            name = package.source or package.name
        key = (package.type, name, _current(package))
        group = groups.setdefault(key, _Group(key))
        group.packages.append(package)
        group.open.extend(todo)
        group.weight += sum(_weight(finding) for finding in todo)
        group.known[package.ref] = {name for finding in own for name in _names(finding)}
    return list(groups.values())


def _weight(finding: Finding) -> int:
    return _WEIGHT[finding.severity] + (_EXPLOITED_WEIGHT if finding.exploited else 0)


def _names(finding: Finding) -> tuple[str, ...]:
    return (finding.id, *finding.aliases)


def _candidates(group: _Group, ordering: Ordering | None) -> list[str]:
    """Return versions above the current one, those that promise most first."""
    _, _, current = group.key
    fixes = Counter(finding.fix.version for finding in group.open if finding.fix.version)
    for finding in group.open:
        for statement in finding.statements:
            if statement.fixed:
                fixes.setdefault(statement.fixed, 0)
    if ordering is None:
        return [version for version, _ in fixes.most_common(MAX_CANDIDATES)]
    keyed: list[tuple[bytes, str, int]] = []
    try:
        floor = ordering.key(current)
    except ValueError:
        return []
    for version in fixes:
        spelled = _spelled(version, current)
        try:
            keyed.append((ordering.key(spelled), spelled, fixes[version]))
        except ValueError:
            continue
    keyed.sort()
    promises: list[tuple[int, bytes, str]] = []
    promise = 0
    for key, version, count in keyed:
        promise += count
        if key > floor and not (promises and promises[-1][1] == key):
            promises.append((-promise, key, version))
    promises.sort()
    return [version for _, _, version in promises[:MAX_CANDIDATES]]


def _spelled(version: str, current: str) -> str:
    """Return the version with the prefix that Go versions carry where they are installed."""
    for prefix in ("v", "go"):
        if current.startswith(prefix) and version[:1].isdigit():
            return prefix + version
    return version


def _try(batch: Sequence[_Group], rematch: Rematch) -> list[tuple[_Group, _Trial]]:
    """Match every group with each of its candidates and return the best trial of each."""
    from dunnage.versions._registry import ordering_for_type

    plans = [(group, _candidates(group, ordering_for_type(group.key[0]))) for group in batch]
    best: dict[tuple[str, str, str], tuple[_Group, _Trial]] = {}
    for turn in range(MAX_CANDIDATES):
        trials = [(group, plan[turn]) for group, plan in plans if turn < len(plan)]
        if not trials:
            break
        changed = tuple(
            replace(package, version=version, source_version="")
            for group, version in trials
            for package in group.packages
        )
        after: dict[str, list[Finding]] = {}
        for finding in rematch(changed):
            if finding.status is Status.OPEN and finding.kind is Kind.VULNERABILITY:
                after.setdefault(finding.package, []).append(finding)
        for group, version in trials:
            trial = _judged(group, version, after)
            held = best.get(group.key)
            if trial.gain > 0 and (held is None or _better(trial, held[1], group)):
                best[group.key] = (group, trial)
    return list(best.values())


def _better(trial: _Trial, held: _Trial, group: _Group) -> bool:
    """Tell whether a trial beats another: it gains more, or as much with a smaller version."""
    from dunnage.versions._registry import ordering_for_type

    if trial.gain != held.gain:
        return trial.gain > held.gain
    ordering = ordering_for_type(group.key[0])
    return ordering is not None and ordering.key(trial.version) < ordering.key(held.version)


def _judged(group: _Group, version: str, after: Mapping[str, Sequence[Finding]]) -> _Trial:
    still = {
        package.ref: {name for finding in after.get(package.ref, ()) for name in _names(finding)}
        for package in group.packages
    }
    removed = tuple(f for f in group.open if still[f.package].isdisjoint(_names(f)))
    brought = [
        finding
        for package in group.packages
        for finding in after.get(package.ref, ())
        if group.known[package.ref].isdisjoint(_names(finding))
    ]
    gain = sum(_weight(finding) for finding in removed)
    gain -= sum(_weight(finding) for finding in brought)
    return _Trial(version, removed, len(group.open) - len(removed) + len(brought), gain)


def _upgrade(group: _Group, trial: _Trial, system: str) -> Upgrade:
    kind, name, current = group.key
    counts = Counter(finding.severity for finding in trial.removed)
    return Upgrade(
        package=name,
        type=kind,
        current=current,
        version=trial.version,
        removes=len(trial.removed),
        remains=trial.remains,
        by_severity=tuple((s.label, counts[s]) for s in sorted(counts, reverse=True)),
        command=command(kind, [p.title for p in group.packages], trial.version, system),
    )
