"""Heeds comments that ask to ignore findings, and says which of them do no good."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dunnage.model.finding import Status
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.rules.dockerfile._edits import replace as put
from dunnage.rules.dockerfile._engine import PREFIX, finding_of
from dunnage.rules.dockerfile._facts import POSIX
from dunnage.rules.dockerfile._pragmas import ALL, OURS, checks_are_errors, ignores
from dunnage.rules.dockerfile._rule import Hit
from dunnage.rules.dockerfile._shellcheck_codes import PREFIX as SHELLCHECK
from dunnage.rules.dockerfile._shellcheck_codes import code_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from dunnage.model.finding import Finding
    from dunnage.rules.dockerfile._engine import Ruleset
    from dunnage.rules.dockerfile._facts import Facts
    from dunnage.rules.dockerfile._pragmas import Ignore
    from dunnage.rules.dockerfile._rule import Change
    from dunnage.rules.dockerfile._select import Names

UNUSED, FOREIGN = "unused-ignore", "unused-foreign-ignore"
UNKNOWN, BARE = "unknown-ignored-rule", "ignore-without-reason"
_MOST = 100
"""Findings of one rule about comments in one file."""
_LOOKED_UP = 20
_Place = tuple[int, int]
"""Number of a comment, and of a code in it."""
_ABOUT_IGNORES = frozenset({UNUSED, FOREIGN, UNKNOWN, BARE})


def settle(
    facts: Facts,
    findings: tuple[Finding, ...],
    names: Names,
    ruleset: Ruleset,
    severities: Mapping[str, Severity] | None = None,
    shellcheck: Container[str] | None = None,
) -> tuple[Finding, ...]:
    """Return the findings with those suppressed that a comment asks to ignore.

    Args:
        facts: The file.
        findings: What the rules found in it.
        names: All rules there are.
        ruleset: The rules that ran.
        severities: Other severities by rule.
        shellcheck: The codes that ShellCheck looked for; None if it did not run. Then comments for
            it say nothing.

    Returns:
        The findings, and besides them those about the comments themselves.
    """
    said = frozenset(
        one.id.removeprefix(SHELLCHECK) for one in findings if one.id.startswith(SHELLCHECK)
    )
    book = _Book(facts, names, ruleset, _Foreign(shellcheck, said))
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


class _Reach(Struct, frozen=True):
    """Where the comments that name one rule count.

    Attributes:
        wide: Those about more than an instruction.
        starts: First lines of the instructions that others are about, sorted.
        narrow: Those others, in the same order.
    """

    wide: list[_Place]
    starts: list[int]
    narrow: list[_Place]

    def at(self, line: int, ignores: tuple[Ignore, ...]) -> Iterator[_Place]:
        """Give the comments that count in a line; no two instructions share one."""
        yield from (
            one for one in self.wide if ignores[one[0]].first <= line <= ignores[one[0]].last
        )
        index = bisect_right(self.starts, line) - 1
        start = self.starts[index] if index >= 0 else 0
        while index >= 0 and self.starts[index] == start:
            if line <= ignores[self.narrow[index][0]].last:
                yield self.narrow[index]
            index -= 1


class _Foreign(Struct, frozen=True):
    """What ShellCheck did.

    Attributes:
        codes: Those it looked for, or None if it did not run.
        said: Those it found.
    """

    codes: Container[str] | None
    said: frozenset[str]

    def meant(self, tool: str, text: str, names: Names) -> frozenset[str]:
        """Return the findings a code in a comment stands for: one, from one to another, or all."""
        if self.codes is None:
            return frozenset()
        if code := code_of(text):
            return frozenset((SHELLCHECK + code,))
        first, _, last = text.upper().partition("-")
        if tool != "shellcheck" or (text != ALL and not (code_of(first) and code_of(last))):
            return frozenset()
        known = {*self.said, *names.codes_of("shellcheck")}
        some = [code for code in known if text == ALL or first <= code <= last]
        ours = {name for code in some for name in names.of(f"shellcheck {code}")}
        return frozenset({*ours, *(SHELLCHECK + code for code in some)})


class _Book:
    """Keeps the comments of one file, and remembers what each was good for."""

    def __init__(self, facts: Facts, names: Names, ruleset: Ruleset, foreign: _Foreign) -> None:
        self._facts = facts
        self._names = names
        self._ruleset = ruleset
        self._foreign = foreign
        self._ignores = tuple(
            one
            for one in ignores(facts.file, facts.today)
            if one.tool != "shellcheck" or foreign.codes is not None
        )
        self._rules: dict[_Place, frozenset[str]] = {}
        self._used: set[_Place] = set()
        self._reach: dict[str, _Reach] = {}
        self._looked_up = 0
        for at, ignore in enumerate(self._ignores):
            for number, code in enumerate(ignore.codes):
                self._rules[at, number] = self._meant(ignore.tool, code.text)
                for name in self._rules[at, number]:
                    self._add(name, (at, number), ignore)

    def _add(self, name: str, place: _Place, ignore: Ignore) -> None:
        if ignore.last < ignore.first:
            return  # it stands alone, and is about nothing
        reach = self._reach.setdefault(name, _Reach([], [], []))
        if ignore.narrow:
            index = bisect_right(reach.starts, ignore.first)
            reach.starts.insert(index, ignore.first)
            reach.narrow.insert(index, place)
        else:
            reach.wide.append(place)

    def _meant(self, tool: str, code: str) -> frozenset[str]:
        if tool == "buildkit" and code.lower() == ALL:
            return frozenset(self._names.of_tool("buildkit"))
        # hadolint passes the codes of ShellCheck on.
        word = code if tool in {OURS, "hadolint"} else f"{tool} {code}"
        found = frozenset(self._names.of(word))
        if tool in {OURS, "hadolint", "shellcheck"}:
            found |= self._foreign.meant(tool, code, self._names)
        return found

    def settled(self, finding: Finding) -> Finding:
        """Return a finding, suppressed if a comment says so."""
        place = finding.locations[0] if finding.locations else None
        reach = self._reach.get(finding.id.removeprefix(PREFIX))
        if reach is None or place is None or place.path != self._facts.name:
            return finding
        found = sorted(reach.at(place.line, self._ignores))
        if not found:
            return finding
        self._used.update(found)
        chosen = self._ignores[found[0][0]]
        by = "" if chosen.tool == OURS else f" for {chosen.tool}"
        why = f": {chosen.reason}" if chosen.reason else ""
        reason = f"ignored by line {chosen.line}{by}{why}"
        return replace(finding, status=Status.SUPPRESSED, reason=reason)

    def about_comments(self) -> Iterator[Finding]:
        """Give a finding for every comment that is broken, or good for nothing."""
        counts: dict[str, int] = {}
        for name, hit in self._hits():
            rule = self._ruleset.rules.get(name)
            counts[name] = counts.get(name, 0) + 1
            if rule is not None and counts[name] <= _MOST:
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
            if self._rules[at, number] or code_of(code.text):
                continue  # which codes ShellCheck has is for it to say
            # Looking for what was meant takes its time; nobody needs it hundreds of times.
            self._looked_up += 1
            close = self._names.nearest(code.text) if self._looked_up <= _LOOKED_UP else ""
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
        if not self._all_read:
            return False
        running = self._ruleset.rules
        return all(
            name.removeprefix(SHELLCHECK) in (self._foreign.codes or ())
            if name.startswith(SHELLCHECK)
            else name in running and (not running[name].context or self._facts.context is not None)
            for name in rules
        )

    @cached_property
    def _all_read(self) -> bool:
        return all(run.script.known and run.shell == POSIX for run in self._facts.runs)

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
