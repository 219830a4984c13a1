"""Judges findings: what is hidden, what is waived, and what fails the gate."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.budget import OVER_BUDGET
from dunnage.model.finding import Kind, Status
from dunnage.model.problem import Effect, Problem
from dunnage.model.report import Gate
from dunnage.model.severity import Severity
from dunnage.policy._digest import Numbered, sha256_hex
from dunnage.policy._waivers import covers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from dunnage.model.finding import Finding
    from dunnage.model.package import Package
    from dunnage.model.policy import Policy, Waiver

EXPIRED = "waiver-expired"
UNUSED = "waiver-unused"


def judge(
    findings: Iterable[Finding],
    packages_by_ref: Mapping[str, Package],
    policy: Policy,
    now: datetime,
    scope: str = "",
) -> tuple[tuple[Finding, ...], Gate, tuple[Problem, ...]]:
    """Judge the findings of one subject.

    - SUPPRESSED findings stay as they are, with their reason.
    - A waiver that covers a finding and has not expired makes it WAIVED.
    - A vulnerability of what only development needs is HIDDEN, unless ``include_dev`` is set.
    - With ``ignore_unfixed`` a vulnerability nobody has published a fix for is HIDDEN.
    - A severity that is not to be shown is HIDDEN.
    - The gate counts everything that is not suppressed, not waived and not hidden for want of a
      fix or of a use outside development. A finding that only ``--severity`` hides still fails
      ``--fail-on``. End-of-life findings count with their severity like any other; what is over
      the budget fails the gate whatever its severity.

    Args:
        findings: In any order.
        packages_by_ref: Packages of the subject's inventory by ``ref``.
        policy: What the user asked for.
        now: The moment to judge at, with its time zone; a waiver holds on its last day (UTC).
        scope: As in ``fingerprints``.

    Returns:
        All findings, worst first; the gate; a NOTE for every waiver that expired or is unused.
    """
    book = _Book(policy.waivers, now)
    judged = []
    failed: list[str] = []
    unknown = 0
    ordered = sorted(findings, key=_by_name)
    prints = fingerprints(ordered, packages_by_ref, scope)
    for finding, fingerprint in zip(ordered, prints, strict=True):
        package = packages_by_ref.get(finding.package)
        status, reason, gated = _verdict(finding, package, policy, book)
        judged.append(replace(finding, status=status, reason=reason, fingerprint=fingerprint))
        if not gated:
            continue
        if _fails(finding, policy):
            failed.append(fingerprint)
        elif finding.severity is Severity.UNKNOWN:
            unknown += 1
    gate = _gate(policy, judged, failed, unknown)
    judged.sort(key=worst_first)
    return tuple(judged), gate, book.notes()


def _gate(policy: Policy, judged: Sequence[Finding], failed: Sequence[str], unknown: int) -> Gate:
    """Return the gate of findings that were judged.

    Args:
        policy: What the user asked for.
        judged: The findings.
        failed: Fingerprints of those that fail it.
        unknown: How many are of unknown severity and count.
    """
    by_severity = policy.fail_on is not None or policy.fail_on_unknown
    return Gate(
        asked=by_severity or bool(policy.budget),
        fail_on=policy.fail_on.label if policy.fail_on is not None else "",
        fail_on_unknown=policy.fail_on_unknown,
        failed=len(failed),
        unknown=unknown if by_severity else 0,
        exit_code=policy.exit_code,
        allow_incomplete=policy.allow_incomplete,
        failed_fingerprints=tuple(sorted(failed)),
        exit_on_eol=policy.exit_on_eol,
        end_of_life=_ended(judged) if policy.exit_on_eol else 0,
        budget=policy.budget,
    )


def gated(
    findings: Iterable[Finding],
    packages_by_ref: Mapping[str, Package],
    policy: Policy,
    now: datetime,
) -> tuple[Finding, ...]:
    """Return the findings that a gate counts, the worst first.

    Args:
        findings: In any order, judged before or not; what was waived or suppressed stays so.
        packages_by_ref: As in ``judge``.
        policy: What the user asked for.
        now: The moment to judge at.
    """
    book = _Book(policy.waivers, now)
    found = (
        finding
        for finding in findings
        if finding.status is not Status.WAIVED
        and _verdict(finding, packages_by_ref.get(finding.package), policy, book)[2]
    )
    return tuple(sorted(found, key=worst_first))


def _fails(finding: Finding, policy: Policy) -> bool:
    if finding.id == OVER_BUDGET:
        return True
    if finding.severity is Severity.UNKNOWN:
        return policy.fail_on_unknown
    return policy.fail_on is not None and finding.severity >= policy.fail_on


def _ended(findings: Iterable[Finding]) -> int:
    """Return how many findings say that support has ended, and count."""
    kept = (Status.OPEN, Status.HIDDEN)
    return sum(f.kind is Kind.END_OF_LIFE and f.status in kept for f in findings)


def combine(gates: Sequence[Gate]) -> Gate:
    """Return one gate for a report of several subjects judged by the same policy.

    Counts are summed: the report fails if any subject does. No gate at all gives ``Gate()``.
    """
    if not gates:
        return Gate()
    return replace(
        gates[0],
        asked=any(gate.asked for gate in gates),
        failed=sum(gate.failed for gate in gates),
        unknown=sum(gate.unknown for gate in gates),
        end_of_life=sum(gate.end_of_life for gate in gates),
        failed_fingerprints=tuple(
            sorted(print_ for gate in gates for print_ in gate.failed_fingerprints)
        ),
    )


def combine_notes(notes: Sequence[tuple[Problem, ...]]) -> tuple[Problem, ...]:
    """Return the notes about waivers for a report of several subjects.

    A waiver is unused only if no subject used it; each note appears once, counts are summed.
    """
    kept: dict[tuple[str, str, str], Problem] = {}
    told = Counter(note for group in notes for note in set(group))
    for group in notes:
        for note in group:
            everywhere = told[note] == len(notes)
            if note.code != UNUSED or everywhere:
                key = (note.code, note.where, note.message)
                count = kept[key].count + note.count if key in kept else note.count
                kept[key] = note if note.code == UNUSED else replace(note, count=count)
    return tuple(kept.values())


def worst_first(finding: Finding) -> tuple[object, ...]:
    """Return the sort key of findings: severity, known exploitation, EPSS, score, names."""
    return (
        -finding.severity,
        finding.exploited is None,
        -finding.epss,
        -max((score.score for score in finding.scores), default=0.0),
        finding.id,
        finding.package,
        finding.fingerprint,
    )


def fingerprints(
    findings: Sequence[Finding], packages_by_ref: Mapping[str, Package], scope: str = ""
) -> tuple[str, ...]:
    """Return a fingerprint for each finding, 32 hex digits, unique among them.

    It is made of the kind, the id, the package URL without version and qualifiers (but with the
    architecture) and the path of the first location, with the package's version in that path
    replaced. So it does not depend on layers, on their order, on the release of the
    distribution, on the line in a file, or on an upgrade that does not help. Only where two
    findings would share one (two versions of one package side by side) the version, the ``ref``,
    the message and, at last, their number join in. A fingerprint a finding already has is kept.

    Args:
        findings: All findings of one subject, in a fixed order.
        packages_by_ref: Its packages.
        scope: What tells the subject from the others of its target (its platform), or empty. It
            makes all fingerprints different ones, because the same finding of two platforms is
            fixed, and tracked, in each of them.
    """
    seen: set[str] = set()
    numbers: dict[tuple[str, ...], Numbered] = {}
    result = []
    for finding in findings:
        package = packages_by_ref.get(finding.package)
        parts = (*_identity(finding, package), *((scope,) if scope else ()))
        version = package.version if package else ""
        print_ = finding.fingerprint or _hash(parts)
        for more in (version, finding.package, finding.message):
            if print_ not in seen:
                break
            parts = (*parts, more)
            print_ = _hash(parts)
        if print_ in seen:
            # What was taken stays taken: the next of its kind goes on where the last one stopped.
            numbered = numbers.setdefault(parts, Numbered(_joined(parts)))
            print_ = next(one for one in numbered if one not in seen)
        seen.add(print_)
        result.append(print_)
    return tuple(result)


def _identity(finding: Finding, package: Package | None) -> tuple[str, ...]:
    place = finding.locations or (package.locations if package else ())
    path = place[0].path if place else ""
    name = finding.package
    if package is not None:
        purl = replace(package.purl, version="", qualifiers=())
        name = f"{purl} {package.arch}"
        if package.version:
            path = path.replace(package.version, "*")
    return (finding.kind.value, finding.id, name, path)


def _hash(parts: tuple[str, ...]) -> str:
    return sha256_hex(_joined(parts))[:32]


def _joined(parts: tuple[str, ...]) -> bytes:
    return "\0".join(parts).encode("utf-8", "surrogateescape")


def _by_name(finding: Finding) -> tuple[str, ...]:
    place = finding.locations[0] if finding.locations else None
    return (
        finding.kind.value,
        finding.id,
        finding.package,
        f"{place.path}\0{place.line:09}" if place else "",
        finding.message,
    )


def _verdict(
    finding: Finding, package: Package | None, policy: Policy, book: _Book
) -> tuple[Status, str, bool]:
    """Return the status, its reason, and whether the gate counts the finding."""
    waiver = book.waiver_of(finding, package)
    if finding.status is Status.SUPPRESSED:
        return Status.SUPPRESSED, finding.reason, False
    if waiver is not None:
        reason = f"waived by {waiver.owner} until {waiver.expires}: {waiver.reason}"
        return Status.WAIVED, reason, False
    if not policy.include_dev and package is not None and ("scope", "dev") in package.extra:
        return Status.HIDDEN, "only needed for development (--include-dev-deps shows it)", False
    unfixed = finding.kind is Kind.VULNERABILITY and not finding.fix.version
    if policy.ignore_unfixed and unfixed and finding.fix.state != "fixed":
        return Status.HIDDEN, "nobody has published a fix (--ignore-unfixed)", False
    if policy.show and finding.severity not in policy.show:
        return Status.HIDDEN, f"{finding.severity.label} is not asked for (--severity)", True
    return Status.OPEN, "", True


class _Book:
    """Keeps the waivers by id and remembers what each was good for."""

    def __init__(self, waivers: Sequence[Waiver], now: datetime) -> None:
        from datetime import UTC

        today = now.astimezone(UTC).date().isoformat()
        self._waivers = waivers
        self._expired = [waiver.expires < today for waiver in waivers]
        self._uses = [0] * len(waivers)
        self._by_id: dict[str, list[int]] = {}
        for index, waiver in enumerate(waivers):
            self._by_id.setdefault(waiver.id.lower(), []).append(index)

    def waiver_of(self, finding: Finding, package: Package | None) -> Waiver | None:
        """Return the first waiver in force that covers the finding, counting every one."""
        if not self._by_id:
            return None
        names = {finding.id, *finding.aliases, *(s.id for s in finding.statements)}
        indexes = {i for name in names for i in self._by_id.get(name.lower(), ())}
        chosen: Waiver | None = None
        for index in sorted(indexes):
            if covers(self._waivers[index], finding, package):
                self._uses[index] += 1
                if chosen is None and not self._expired[index]:
                    chosen = self._waivers[index]
        return chosen

    def notes(self) -> tuple[Problem, ...]:
        """Return a NOTE for every waiver that is expired or good for nothing."""
        notes = []
        for waiver, expired, uses in zip(self._waivers, self._expired, self._uses, strict=True):
            if not uses:
                message = f"the waiver of {waiver.id} covers nothing that was found"
                advice = "remove it, or check its id, packages and paths"
                notes.append(Problem(UNUSED, message, waiver.origin, advice, Effect.NOTE))
            elif expired:
                message = f"the waiver of {waiver.id} by {waiver.owner} expired on {waiver.expires}"
                advice = "fix the finding, or decide again and set a new date"
                note = Problem(EXPIRED, message, waiver.origin, advice, Effect.NOTE, uses)
                notes.append(note)
        return tuple(notes)
