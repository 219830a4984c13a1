"""Heeds comments that ask to ignore findings, and says which of them do no good."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dunnage.model.finding import Status
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._edits import replace as put
from dunnage.rules.dockerfile._engine import PREFIX, finding_of
from dunnage.rules.dockerfile._pragmas import ALL, OURS, checks_are_errors, ignores
from dunnage.rules.dockerfile._rule import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.model.finding import Finding
    from dunnage.rules.dockerfile._engine import Ruleset
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._pragmas import Code, Ignore
    from dunnage.rules.dockerfile._rule import Change
    from dunnage.rules.dockerfile._select import Names

UNUSED, FOREIGN = "unused-ignore", "unused-foreign-ignore"
UNKNOWN, BARE = "unknown-ignored-rule", "ignore-without-reason"
_ABOUT_IGNORES = frozenset({UNUSED, FOREIGN, UNKNOWN, BARE})


def settle(
    facts: Facts,
    findings: tuple[Finding, ...],
    names: Names,
    ruleset: Ruleset,
    severities: Mapping[str, Severity] | None = None,
) -> tuple[Finding, ...]:
    """Return the findings with those suppressed that a comment asks to ignore.

    Args:
        facts: The file.
        findings: What the rules found in it.
        names: All rules there are.
        ruleset: The rules that ran.
        severities: Other severities by rule.

    Returns:
        The findings, and besides them those about the comments themselves.
    """
    book = _Book(facts, names, ruleset)
    errors = frozenset(names.of_tool("buildkit")) if checks_are_errors(facts.file) else frozenset()
    judged = [_weighed(finding, severities or {}, errors) for finding in findings]
    settled = [book.settled(finding) for finding in judged]
    return (*settled, *map(book.settled, book.about_comments()))


def _weighed(
    finding: Finding, severities: Mapping[str, Severity], errors: frozenset[str]
) -> Finding:
    name = finding.id.removeprefix(PREFIX)
    if name in severities:
        return replace(finding, severity=severities[name], severity_source="settings")
    if name in errors and finding.severity < Severity.HIGH:
        return replace(finding, severity=Severity.HIGH, severity_source="check directive")
    return finding


class _Book:
    """Keeps the comments of one file, and remembers what each was good for."""

    def __init__(self, facts: Facts, names: Names, ruleset: Ruleset) -> None:
        self._facts = facts
        self._names = names
        self._ruleset = ruleset
        self._ignores = ignores(facts.file, facts.today)
        self._rules: dict[tuple[int, int], frozenset[str]] = {
            (at, number): self._meant(ignore, code)
            for at, ignore in enumerate(self._ignores)
            for number, code in enumerate(ignore.codes)
        }
        self._used: set[tuple[int, int]] = set()

    def _meant(self, ignore: Ignore, code: Code) -> frozenset[str]:
        if ignore.tool == "buildkit" and code.text.lower() == ALL:
            return frozenset(self._names.of_tool("buildkit"))
        if ignore.tool in {OURS, "hadolint"}:
            # hadolint passes the codes of ShellCheck on.
            return frozenset(self._names.of(code.text))
        return frozenset(self._names.of(f"{ignore.tool} {code.text}"))

    def settled(self, finding: Finding) -> Finding:
        """Return a finding, suppressed if a comment says so."""
        place = finding.locations[0] if finding.locations else None
        if not self._ignores or place is None or place.path != self._facts.name:
            return finding
        name = finding.id.removeprefix(PREFIX)
        chosen: Ignore | None = None
        for at, ignore in enumerate(self._ignores):
            if not ignore.first <= place.line <= ignore.last:
                continue
            for number, _ in enumerate(ignore.codes):
                if name in self._rules[at, number]:
                    self._used.add((at, number))
                    chosen = chosen or ignore
        if chosen is None:
            return finding
        by = "" if chosen.tool == OURS else f" for {chosen.tool}"
        why = f": {chosen.reason}" if chosen.reason else ""
        reason = f"ignored by line {chosen.line}{by}{why}"
        return replace(finding, status=Status.SUPPRESSED, reason=reason)

    def about_comments(self) -> Iterator[Finding]:
        """Give a finding for every comment that is broken, or good for nothing."""
        for name, hit in self._hits():
            rule = self._ruleset.rules.get(name)
            if rule is not None:
                yield finding_of(name, hit, rule, self._facts, self._facts.file.data, [])

    def _hits(self) -> Iterator[tuple[str, Hit]]:
        for at, ignore in enumerate(self._ignores):
            if ignore.broken:
                message = "the comment ignores nothing; name rules, as in: ignore[some-rule] reason"
                yield UNKNOWN, Hit(ignore.span, message)
                continue
            if ignore.tool == OURS:
                yield from self._unknown(at, ignore)
                if not ignore.reason:
                    message = "say behind the bracket why this is ignored"
                    yield BARE, Hit(ignore.span, message)
            yield from self._unused(at, ignore)

    def _unknown(self, at: int, ignore: Ignore) -> Iterator[tuple[str, Hit]]:
        for number, code in enumerate(ignore.codes):
            if self._rules[at, number]:
                continue
            close = self._names.nearest(code.text)
            advice = f"; did you mean {close}?" if close else ""
            changes = (put(code.span, close),) if close else ()
            message = f"there is no rule {code.text[:80]!r}{advice}"
            yield UNKNOWN, Hit(code.span, message, changes)

    def _unused(self, at: int, ignore: Ignore) -> Iterator[tuple[str, Hit]]:
        idle = [
            code
            for number, code in enumerate(ignore.codes)
            if (at, number) not in self._used and self._ran(self._rules[at, number])
        ]
        if not idle:
            return
        changes = self._without(ignore) if len(idle) == len(ignore.codes) else ()
        listed = ", ".join(code.text for code in idle)
        verb = "ignores" if len(idle) == 1 else "ignore"
        message = f"{listed[:200]} {verb} nothing here; take it out"
        span = idle[0].span if len(idle) == 1 else Span(idle[0].span.start, idle[-1].span.end)
        yield (UNUSED if ignore.tool == OURS else FOREIGN), Hit(span, message, changes)

    def _ran(self, rules: frozenset[str]) -> bool:
        """Tell whether all rules a code stands for have looked, so that it is known to be idle."""
        if not rules or rules & _ABOUT_IGNORES:
            return False
        if any(not run.script.known or run.shell != "posix" for run in self._facts.runs):
            return False
        running = self._ruleset.rules
        return all(
            name in running and (not running[name].context or self._facts.context is not None)
            for name in rules
        )

    def _without(self, ignore: Ignore) -> tuple[Change, ...]:
        """Return the change that takes a comment's line away, if nothing else stands on it."""
        file = self._facts.file
        start, end = file.line_span(ignore.line)
        if ignore.tool == "buildkit" or file.data[start : ignore.span.start].strip(
            b" \t\xef\xbb\xbf"
        ):
            return ()
        if ignore.span.start != start and file.data.startswith(b"\xef\xbb\xbf") and not start:
            return ()
        while file.data[end : end + 1] in {b"\r", b"\n"}:
            end += 1
            if file.data[end - 1 : end] == b"\n":
                break
        return (put(Span(start, end), ""),)
