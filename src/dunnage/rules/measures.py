"""What can be limited of a target, measured: one number for each key, or why there is none.

The numbers are those of ``dunnage compare``:

- **bytes**: the unpacked size: all files a container sees, each content once.
- **packages**: packages of distributions and all others.
- **executables**: files somebody may execute that begin like an ELF file, a PE file or a script.
- **setuid**: programs with the setuid or setgid bit, and files with capabilities.
- **vulnerabilities**, **critical**, **high**, **medium**, **low**: findings of vulnerabilities that
  are neither waived nor suppressed, all of them or those of one severity.

A number that may be wrong because something was not examined is none. Which problems spoil which
numbers is in ``data/problems.toml``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.io.tables import table
from dunnage.model.budget import OF_FILES, OF_FINDINGS, SEVERITIES
from dunnage.model.finding import Kind
from dunnage.model.problem import Effect
from dunnage.model.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dunnage.model.finding import Finding
    from dunnage.model.report import Subject
    from dunnage.model.surface import Surface

_OF_FILES: Mapping[str, Callable[[Surface], int]] = {
    "bytes": lambda surface: surface.unpacked,
    "executables": lambda surface: surface.executables,
    "setuid": lambda surface: surface.total("privileged"),
}
_FILES, _PACKAGES, _FINDINGS = "files", "packages", "vulnerabilities"
_SPOILED = {"": (_FILES, _PACKAGES, _FINDINGS), _PACKAGES: (_PACKAGES, _FINDINGS)}
"""What a problem spoils, by what the table says; nothing there means everything."""


class Measured(Struct, frozen=True):
    """One number.

    Attributes:
        value: The number, or -1 if there is none.
        doubt: Why it is none, or why it may be wrong; empty if it is right.
        least: True if the number is in doubt, and can only be too small.
    """

    value: int
    doubt: str = ""
    least: bool = False


class Blame(Struct, frozen=True):
    """What is responsible for a number.

    Attributes:
        names: The worst first.
        layer: Index of the layer that is most responsible, or -1.
    """

    names: tuple[str, ...] = ()
    layer: int = -1


def measured(subject: Subject, key: str, counted: Sequence[Finding]) -> Measured:
    """Return what a target has of something.

    Args:
        subject: What was examined.
        key: One of ``model.budget.KEYS``.
        counted: Those of its findings that count.
    """
    if key in OF_FILES:
        return _of_files(subject, key)
    if key in OF_FINDINGS:
        return _of_findings(subject, key, counted)
    return Measured(len(subject.inventory.packages), _spoiler(subject, _PACKAGES))


def _of_files(subject: Subject, key: str) -> Measured:
    if subject.source == "project":
        return Measured(-1, "a source tree is not what a container sees")
    if subject.source == "sbom":
        return Measured(-1, "an SBOM is only a list of packages, without files")
    if subject.surface is None:
        return Measured(-1, "its files were not measured")
    return Measured(_OF_FILES[key](subject.surface), _spoiler(subject, _FILES))


def _of_findings(subject: Subject, key: str, counted: Sequence[Finding]) -> Measured:
    if "vuln" not in subject.scanners:
        return Measured(-1, "vulnerabilities were not looked for (--scanners vuln)")
    if subject.inventory.packages and not subject.examined.packages_matched:
        return Measured(-1, "there is no advisory data for its packages")
    value = len(_vulnerabilities(key, counted))
    doubt = _spoiler(subject, _PACKAGES)
    if doubt:
        return Measured(value, doubt)
    return Measured(value, _spoiler(subject, _FINDINGS), least=True)


def _vulnerabilities(key: str, counted: Sequence[Finding]) -> list[Finding]:
    severity = Severity.of_word(key) if key in SEVERITIES else None
    return [
        finding
        for finding in counted
        if finding.kind is Kind.VULNERABILITY and severity in {None, finding.severity}
    ]


def _spoiler(subject: Subject, what: str) -> str:
    """Return the first problem that spoils a number, as it is told; or nothing."""
    codes = table("problems")
    for problem in subject.problems:
        said = codes.get(problem.code, {}).get("spoils", "")
        if problem.effect is not Effect.NOTE and what in _SPOILED.get(said, (said,)):
            place = f"{problem.where}: " if problem.where else ""
            return f"{place}{problem.message}"
    return ""


def blame(
    subject: Subject,
    key: str,
    counted: Sequence[Finding],
    before: Subject | None = None,
    counted_before: Sequence[Finding] = (),
) -> Blame:
    """Return what is responsible for a number, or for what it is more than in a baseline.

    Args:
        subject: What was examined.
        key: What was measured of it.
        counted: Those of its findings that count, the worst first.
        before: The baseline, or None.
        counted_before: Those of its findings that count.
    """
    if key == "bytes":
        return Blame(layer=_largest(subject, before))
    if key == "setuid" and subject.surface is not None:
        known = before.surface.privileged if before and before.surface else ()
        paths = {one.path for one in known}
        new = [one for one in subject.surface.privileged if one.path not in paths]
        return Blame(tuple(one.path for one in new), new[0].layer if new else -1)
    if key == "packages":
        return Blame(_packages(subject, before))
    if key in OF_FINDINGS:
        known_ids = {finding.id for finding in counted_before}
        ids = (finding.id for finding in _vulnerabilities(key, counted))
        return Blame(tuple(dict.fromkeys(one for one in ids if one not in known_ids)))
    return Blame()


def _packages(subject: Subject, before: Subject | None) -> tuple[str, ...]:
    """Return the packages a baseline does not have, or how many there are of each type."""
    packages = subject.inventory.packages
    if before is None:
        kinds = Counter(one.type for one in packages)
        return tuple(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    known = Counter((one.type, one.title) for one in before.inventory.packages)
    new = []
    for one in packages:
        key = (one.type, one.title)
        if not known[key]:
            new.append(f"{one.title} {one.version}")
        else:
            known[key] -= 1
    return tuple(sorted(new))


def _largest(subject: Subject, before: Subject | None) -> int:
    """Return the index of the largest layer, of those the baseline does not have, or -1."""
    layers = subject.image.layers if subject.image else ()
    known = before.image.layers if before and before.image else ()
    have = {one.diff_id or one.digest for one in known}
    new = [one for one in layers if one.size > 0 and (one.diff_id or one.digest) not in have]
    return max(new, key=lambda one: (one.size, -one.index)).index if new else -1
