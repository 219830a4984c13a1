"""Looks at one file: reads it, asks the rules, heeds what a Dockerfile says to ignore."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dunnage.model.errors import DunnageError, InputError
from dunnage.model.finding import Confidence, Persona
from dunnage.model.limits import Limits
from dunnage.model.policy import Policy
from dunnage.model.problem import Effect, Problem
from dunnage.parsers._text_kind import doubt
from dunnage.parsers.dockerfile import LARGEST, read
from dunnage.rules.dockerfile._facts import Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Container
    from datetime import date

    from dunnage.flows._lint_shellcheck import Shellcheck
    from dunnage.model.finding import Finding
    from dunnage.model.rule import RuleText
    from dunnage.model.severity import Severity
    from dunnage.rules.dockerfile._engine import Ruleset
    from dunnage.rules.dockerfile._facts import Context, Facts
    from dunnage.rules.dockerfile._select import Names
    from dunnage.sources._dockerfiles import Place


class LintRequest(Struct, frozen=True):
    """How Dockerfiles are to be looked at.

    Attributes:
        policy: How findings are judged.
        persona: Who looks at them.
        confidence: How sure a rule must be.
        only: Names or codes of the rules to run; empty for all.
        without: Names or codes of rules not to run.
        passed_over: Codes of other tools whose rules are not to run; unknown ones are no mistake.
        overrides: Pairs of a rule's name or code and another severity.
        settings: What rules may need to know.
        context: The build context; empty for the directory of each Dockerfile.
        target: The stage that is built; empty for the last.
        stdin_name: What standard input is called.
        jobs: Files looked at in parallel; 0 for one per core.
        mend: ``write`` changes files, ``show`` only says how, empty does neither.
        unsafe: Changes are made, too, that may change what is built.
        limits: Bounds for what is read.
        shellcheck: Path of ShellCheck; empty if it is not to run.
    """

    policy: Policy = Policy()
    persona: Persona = Persona.REGULAR
    confidence: Confidence = Confidence.LOW
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    overrides: tuple[tuple[str, Severity], ...] = ()
    settings: Settings = Settings()
    context: str = ""
    target: str = ""
    stdin_name: str = ""
    jobs: int = 0
    mend: str = ""
    unsafe: bool = False
    limits: Limits = Limits()
    shellcheck: str = ""


class Looked(Struct, frozen=True):
    """What came of looking at one file.

    Attributes:
        findings: Not judged yet.
        problems: What was not examined.
        data: The file; None if it could not be read.
    """

    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    data: bytes | None = None


class Looker:
    """Looks at files with the rules of one request; rules are imported once."""

    def __init__(self, request: LintRequest, today: date) -> None:
        """Choose the rules.

        Raises:
            UsageError: If nobody knows a rule that is named.
        """
        from dunnage.flows._lint_workflow import WorkflowRules
        from dunnage.io.folder import load_all
        from dunnage.rules.dockerfile._rule import DockerfileRule
        from dunnage.rules.dockerfile._select import Asked, Names, ruleset, wanted

        self.request = request
        self._today = today
        self.names: Names = Names(load_all("dunnage.rules.dockerfile", "rule", DockerfileRule))
        self.workflows = WorkflowRules()
        self.shellcheck = _shellcheck(request, self.names)
        more = (self.shellcheck.words,) if self.shellcheck is not None else ()
        kinds = (self.names, self.workflows.words, *more)
        without, without_workflow, *no_codes = wanted(request.without, "--ignore", *kinds)
        only, only_workflow, *codes = wanted(request.only, "--rules", *kinds)
        asked = Asked(None, without, request.persona, request.confidence)
        theirs = {name for code in request.passed_over for name in self.names.of(code)}
        self.rules: Ruleset = ruleset(
            self.names,
            replace(asked, only=only if request.only else None, without=without | theirs),
        )
        self.workflows.choose(
            replace(asked, only=only_workflow if request.only else None, without=without_workflow)
        )
        self._severities: dict[str, Severity] = {
            name: severity for word, severity in request.overrides for name in self.names.of(word)
        }
        if self.shellcheck is not None:
            words = self.shellcheck.words
            passed = {code for word in request.passed_over for code in words.of(word)}
            only_codes = codes[0] if request.only else None
            self.shellcheck.choose(only_codes, no_codes[0] | passed, without | theirs)
            self._severities.update(self.shellcheck.severities(request.overrides))

    def look(self, place: Place) -> Looked:
        """Look at one file; what cannot be read is a problem."""
        try:
            data = self.content(place)
        except DunnageError as error:
            problem = Problem(
                "file-unreadable", error.message, error.where, error.advice, Effect.UNREADABLE
            )
            return Looked(problems=(problem,))
        return self.look_at(data, place)

    def look_at(self, data: bytes, place: Place) -> Looked:
        """Look at the content of a file."""
        if place.workflow:
            found, missed = self.workflows.look_at(data, place.name)
            return Looked(found, missed, data)
        from dunnage.rules.dockerfile._engine import check
        from dunnage.rules.dockerfile._facts import Facts
        from dunnage.rules.dockerfile._ignores import settle

        file = read(data, where=place.name)
        facts = Facts(
            file=file,
            today=self._today,
            settings=self.request.settings,
            context=self._context(place),
            name=place.name,
            target=self.request.target.lower(),
        )
        outcome = check(facts, self.rules)
        found, missed = outcome.findings, outcome.problems
        codes: Container[str] | None = None
        if self.shellcheck is not None:
            said, unsaid, whole = self.shellcheck.look_at(facts, outcome)
            found, missed = (*found, *said), (*missed, *unsaid)
            codes = self.shellcheck.wanted if whole else ()
        findings = settle(facts, found, self.names, self.rules, self._severities, codes)
        problems = (*_doubts(data, place), *self._wrong_target(facts), *missed)
        return Looked(findings, problems, data)

    def texts(self, ids: Collection[str]) -> tuple[RuleText, ...]:
        """Return what is to be read about rules, sorted by their ids."""
        from dunnage.rules.dockerfile._text import text_of

        return (
            *(
                text_of(name, rule)
                for name, rule in self.names.rules.items()
                if f"dockerfile/{name}" in ids
            ),
            *(self.shellcheck.texts(ids) if self.shellcheck is not None else ()),
            *self.workflows.texts(ids),
        )

    def content(self, place: Place) -> bytes:
        """Return what a file holds.

        Raises:
            InputError: If it cannot be read, is too large, or is no text.
        """
        from dunnage.sources._dockerfiles import read_bytes

        data = read_bytes(place, LARGEST) if place.path else _standard_input(place)
        kind = "workflow" if place.workflow else "Dockerfile"
        if len(data) > LARGEST:
            raise InputError(
                f"it is larger than {LARGEST:,} bytes, the most that is read of a {kind}",
                where=place.name,
                advice=f"check that it is a {kind}; such a large one is usually something else",
            )
        found = doubt(data)
        if found is not None:
            advice = found.advice.replace("Dockerfile", kind)
            raise InputError(found.message, where=place.name, advice=advice)
        return data

    def _context(self, place: Place) -> Context | None:
        from dunnage.sources._build_context import Directory

        root = self.request.context or (str(Path(place.path).parent) if place.path else "")
        return Directory(root, place.path) if root else None

    def _wrong_target(self, facts: Facts) -> tuple[Problem, ...]:
        wanted = self.request.target
        if not wanted or not facts.stages:
            return ()
        known = [stage.name for stage in facts.stages if stage.name]
        if wanted.lower() in known:
            return ()
        told = f"its stages are {', '.join(known[:10])}" if known else "no stage in it has a name"
        message = f"there is no stage {wanted!r}, so the last one was taken"
        return (Problem("no-such-stage", message, facts.name, told),)


def _shellcheck(request: LintRequest, names: Names) -> Shellcheck | None:
    if not request.shellcheck:
        return None
    from dunnage.flows._lint_shellcheck import Shellcheck

    return Shellcheck(request.shellcheck, names)


def _standard_input(place: Place) -> bytes:
    try:
        return sys.stdin.buffer.read(LARGEST + 1)
    except (OSError, AttributeError) as error:  # AttributeError: it is closed
        told = getattr(error, "strerror", "") or "it is closed"
        raise InputError(f"standard input cannot be read: {told}", where=place.name) from error


def _doubts(data: bytes, place: Place) -> tuple[Problem, ...]:
    """Return what makes it doubtful that all of a file was understood."""
    found = []
    if not data.strip():
        message = "the file is empty"
        found.append(Problem("no-instructions", message, place.name, "write a FROM instruction"))
    if nuls := data.count(0):
        line = data.count(b"\n", 0, data.find(b"\0")) + 1
        found.append(
            Problem(
                "nul-bytes",
                "NUL bytes in it; a builder may read the lines that hold them otherwise",
                f"{place.name}:{line}",
                "take them out",
                count=nuls,
            )
        )
    return tuple(found)
