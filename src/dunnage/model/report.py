"""What came of examining one or more targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.inventory import Inventory
from dunnage.model.problem import Effect

if TYPE_CHECKING:
    from dunnage.model.base import BaseFacts
    from dunnage.model.comparison import Comparison
    from dunnage.model.finding import Finding
    from dunnage.model.image import Image
    from dunnage.model.problem import Problem
    from dunnage.model.rule import RuleText
    from dunnage.model.surface import Surface


_EXIT_CODES = {
    Effect.INTERNAL: 5,
    Effect.USAGE: 2,
    Effect.NO_DATA: 4,
    Effect.UNREADABLE: 3,
    Effect.INCOMPLETE: 3,
}
"""Exit codes of effects, the worst first."""


class Examined(Struct, frozen=True):
    """How much of a target was looked at.

    Attributes:
        layers: Layers of the target.
        layers_cached: Layers whose facts came from the cache.
        bytes_read: Stored bytes that were read.
        files: Files seen in the layers that were read or cached.
        packages: Packages found.
        packages_matched: Packages whose ecosystem and release have advisory data.
        packages_unexamined: Packages without advisory data.
        removed: Packages that later layers took away.
    """

    layers: int = 0
    layers_cached: int = 0
    bytes_read: int = 0
    files: int = 0
    packages: int = 0
    packages_matched: int = 0
    packages_unexamined: int = 0
    removed: int = 0


class Upgrade(Struct, frozen=True):
    """A change that removes findings, proved by matching again with the change applied.

    Attributes:
        package: Name of the package (for a group of binary packages, of their source).
        type: Package URL type.
        current: Installed version.
        version: Version to go to.
        removes: Open findings that go away.
        remains: Open findings of the same package that stay.
        by_severity: Pairs of severity label and number removed, worst first.
        command: What to run, or empty.
    """

    package: str
    type: str
    current: str
    version: str
    removes: int
    remains: int
    by_severity: tuple[tuple[str, int], ...] = ()
    command: str = ""


class Gate(Struct, frozen=True):
    """How the findings of a report were judged.

    Attributes:
        asked: True if a gate was asked for.
        fail_on: Label of the lowest failing severity, or empty.
        fail_on_unknown: True if unknown severity fails.
        failed: Open findings that failed it.
        unknown: Open findings whose unknown severity could not be judged.
        exit_code: Exit code of a failed gate.
        allow_incomplete: True if incompleteness was allowed.
        failed_fingerprints: Fingerprints of the findings that failed it.
        exit_on_eol: Exit code that was asked for if an operating system has reached its end of
            life; 0 if none was.
        end_of_life: Findings that say so, and are neither waived nor suppressed; not counted
            unless an exit code was asked for.
        budget: Limits that were asked for, as the user wrote them (``bytes=200MB``); what exceeds
            one is a finding that failed the gate.
    """

    asked: bool = False
    fail_on: str = ""
    fail_on_unknown: bool = False
    failed: int = 0
    unknown: int = 0
    exit_code: int = 1
    allow_incomplete: bool = False
    failed_fingerprints: tuple[str, ...] = ()
    exit_on_eol: int = 0
    end_of_life: int = 0
    budget: tuple[str, ...] = ()


class Data(Struct, frozen=True):
    """The advisory data a report was made with.

    Attributes:
        present: False if there was none at all.
        built: ISO time at which the store was built, or empty.
        age_days: Age of the store when the report was made, or -1.0.
        records: Advisories in the store.
        ecosystems: Pairs of ecosystem (with release) and number of records that were consulted.
        digest: Content digest of the store, or empty.
    """

    present: bool = False
    built: str = ""
    age_days: float = -1.0
    records: int = 0
    ecosystems: tuple[tuple[str, int], ...] = ()
    digest: str = ""


class Subject(Struct, frozen=True):
    """One examined target, or one side or platform of it.

    Attributes:
        name: What the user asked for, with the platform where it is one of several.
        source: Public name of the source (``registry``); empty if it could not be read.
        image: Manifest and configuration, or None.
        inventory: What it holds.
        findings: All findings, judged, worst first.
        problems: What was not examined.
        examined: How much was looked at.
        upgrades: The changes that remove most, best first.
        note: How the target was understood, or empty.
        scanners: Names of the scanners that ran.
        skipped: Pairs of scanner and why it did not run.
        dockerfile: Path of the Dockerfile the image was built from, as other tools should show it,
            or empty; ``Layer.line`` is a line of it.
        target: What the user asked for if this is one of its platforms, else empty.
        platform: What this one is for, as the index says, or empty.
        surface: What of it could be attacked or is of no use, or None if nobody asked.
        base: What the image was built on, or None if that is not known.
    """

    name: str
    source: str
    image: Image | None = None
    inventory: Inventory = Inventory()
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    examined: Examined = Examined()
    upgrades: tuple[Upgrade, ...] = ()
    note: str = ""
    scanners: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    dockerfile: str = ""
    target: str = ""
    platform: str = ""
    surface: Surface | None = None
    base: BaseFacts | None = None


class Report(Struct, frozen=True):
    """The outcome of one command.

    Attributes:
        subjects: One per target and platform.
        created: ISO time at which it was made.
        tool: Name and version of this tool.
        data: The advisory data used.
        gate: How the findings were judged.
        problems: What concerns no single subject.
        list_packages: True if the user asked for every package, also those without findings.
        rules: What is to be read about the rules behind findings, sorted by id.
        comparison: Set if the subjects are to be shown side by side.
    """

    subjects: tuple[Subject, ...]
    created: str
    tool: str
    data: Data = Data()
    gate: Gate = Gate()
    problems: tuple[Problem, ...] = ()
    list_packages: bool = False
    rules: tuple[RuleText, ...] = ()
    comparison: Comparison | None = None

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Return the problems of the report and of all its subjects."""
        return (*self.problems, *(p for s in self.subjects for p in s.problems))

    @property
    def complete(self) -> bool:
        """Return True if everything that was asked for was examined."""
        return all(problem.effect is Effect.NOTE for problem in self.all_problems)

    @property
    def decisive(self) -> Effect | None:
        """Return the effect of a problem that decides the exit code, or None if the gate does."""
        effects = {problem.effect for problem in self.all_problems}
        if self.gate.allow_incomplete:
            effects.discard(Effect.INCOMPLETE)
        return next((effect for effect in _EXIT_CODES if effect in effects), None)

    @property
    def exit_code(self) -> int:
        """Return the exit code; the first wins of 5, 2, 4, 3, end of life, the gate's, 0."""
        if (decisive := self.decisive) is not None:
            return _EXIT_CODES[decisive]
        if self.gate.end_of_life:
            return self.gate.exit_on_eol
        return self.gate.exit_code if self.gate.failed else 0


class Artifact(Struct, frozen=True):
    """Something new that a verb made besides its report.

    Attributes:
        name: Suggested file name.
        media_type: What it is.
        content: The bytes.
    """

    name: str
    media_type: str
    content: bytes


class View(Struct, frozen=True):
    """How a person looks at a report; never changes what it says.

    Attributes:
        width: Columns of the terminal.
        colour: True if escape codes are welcome.
        template: Text of the template the user brought, for the format ``template``.
        template_name: Name of its file, which tells how values are to be escaped; or empty.
        build: What the build server says of this run, as sorted pairs: ``ref``, ``sha``, ``job``,
            ``workflow``, ``url``; and which AWS account it is for: ``aws-account``, ``aws-region``.
            Only for formats that name the build or the account they belong to.
        sort: What the findings of a table are ordered by: ``severity`` (the worst first, as they
            are), ``package``, ``vulnerability``, ``epss`` or ``kev``.
        suppressed: True if a table is to list what is waived or suppressed.
        dockerfile: Path of the Dockerfile as the user named it for this run, or empty.
    """

    width: int = 80
    colour: bool = False
    template: str = ""
    template_name: str = ""
    build: tuple[tuple[str, str], ...] = ()
    sort: str = "severity"
    suppressed: bool = False
    dockerfile: str = ""
