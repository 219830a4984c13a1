"""Runs Dockerfile rules: each is called for what it looks at, and its hits become findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from dunnage.model.finding import Edit, Finding, Fix, Kind, Safety
from dunnage.model.location import Location
from dunnage.model.problem import Effect, Problem
from dunnage.parsers.dockerfile import MOST_INSTRUCTIONS
from dunnage.parsers.secrets import to_hide
from dunnage.rules.dockerfile._alike import uncompared
from dunnage.rules.dockerfile._facts import POSIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dunnage.model.rule import Rule
    from dunnage.parsers.dockerfile import Dockerfile, Instruction, Span
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run
    from dunnage.rules.dockerfile._rule import Change, DockerfileRule, Hit

PREFIX = "dockerfile/"
_LINES, _COLUMNS = 3, 300
_MOST_HITS = 1_000
"""Hits of one rule in one file; more are counted, not shown."""


class Ruleset:
    """Rules by what they look at.

    Attributes:
        rules: All of them by name.
    """

    def __init__(self, rules: Mapping[str, DockerfileRule]) -> None:
        """Sort the rules; the order of names decides the order of calls."""
        self.rules = dict(sorted(rules.items()))
        self.keywords: dict[str, list[str]] = {}
        self.commands: dict[str, list[str]] = {}
        for name, rule in self.rules.items():
            for keyword in rule.keywords if rule.instruction else ():
                self.keywords.setdefault(keyword, []).append(name)
            for command in rule.commands if rule.command else ():
                self.commands.setdefault(command, []).append(name)
        self._plans: dict[bool, Plan] = {}

    def plan(self, *, context: bool) -> Plan:
        """Return the functions of the rules that can run.

        Args:
            context: True if the build context is known.
        """
        if context not in self._plans:
            able = {n: rule for n, rule in self.rules.items() if context or not rule.context}
            self._plans[context] = Plan(
                file=[(n, rule.file) for n, rule in able.items() if rule.file],
                stage=[(n, rule.stage) for n, rule in able.items() if rule.stage],
                run=[(n, rule.run) for n, rule in able.items() if rule.run],
                needs={n: frozenset(rule.needs) for n, rule in able.items() if rule.needs},
                instruction={
                    keyword: [
                        (n, function)
                        for n in names
                        if n in able and (function := able[n].instruction)
                    ]
                    for keyword, names in self.keywords.items()
                },
                command={
                    word: [(n, look) for n in names if n in able and (look := able[n].command)]
                    for word, names in self.commands.items()
                },
            )
        return self._plans[context]


class Plan(Struct, frozen=True):
    """The functions of rules, each with the rule's name, by what they look at.

    Attributes:
        file: Those that look at files.
        stage: At stages.
        run: At RUN instructions.
        needs: By rule, the commands without one of which these three find nothing.
        instruction: At instructions, by keyword.
        command: At commands, by name; those under ``*`` look at all.
    """

    file: list[tuple[str, Callable[[Facts], Iterable[Hit]]]]
    stage: list[tuple[str, Callable[[Stage, Facts], Iterable[Hit]]]]
    run: list[tuple[str, Callable[[Run, Facts], Iterable[Hit]]]]
    needs: dict[str, frozenset[str]]
    instruction: dict[
        str, list[tuple[str, Callable[[Instruction, Stage | None, Facts], Iterable[Hit]]]]
    ]
    command: dict[str, list[tuple[str, Callable[[Command, Run, Facts], Iterable[Hit]]]]]


class Outcome(NamedTuple):
    """What came of looking at one file.

    Attributes:
        findings: In the order of the file, then by rule.
        problems: What was not examined.
        spans: Where each finding is.
        shown: The file with secrets starred out, byte for byte.
        hidden: Secrets that no message may hold, longest first.
    """

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    spans: tuple[Span, ...] = ()
    shown: bytes = b""
    hidden: tuple[str, ...] = ()


def check(facts: Facts, ruleset: Ruleset) -> Outcome:
    """Look at one Dockerfile with all rules.

    Args:
        facts: The file and what is known besides.
        ruleset: The rules.
    """
    plan = ruleset.plan(context=facts.context is not None)
    hits: list[tuple[str, Hit]] = []
    counts: dict[str, int] = {}
    for name, found in _calls(facts, plan):
        for hit in found:
            counts[name] = counts.get(name, 0) + 1
            if counts[name] <= _MOST_HITS:
                hits.append((name, hit))
    secrets = [hit.span for _, hit in hits if hit.secret and not hit.path]
    hidden = to_hide({facts.file.source(span) for span in secrets})
    shown = _redacted(facts.file, secrets, hidden)
    unique = {(hit.span, name, hit.message): (name, hit) for name, hit in hits}
    ordered = sorted(unique.values(), key=lambda pair: (pair[1].span, pair[0], pair[1].message))
    findings = [
        finding_of(name, hit, ruleset.rules[name], facts, shown, hidden) for name, hit in ordered
    ]
    problems = [
        *_unread(facts), *_uncalled(facts, ruleset), *uncompared(facts), *_cut_off(facts, counts),
    ]  # fmt: skip
    spans = tuple(hit.span for _, hit in ordered)
    return Outcome(tuple(findings), tuple(problems), spans, shown, tuple(hidden))


def _calls(facts: Facts, plan: Plan) -> Iterable[tuple[str, Iterable[Hit]]]:
    names = [frozenset(command.name for command in run.commands) for run in facts.runs]
    idle = _idle(plan, frozenset().union(*names))
    for name, file in plan.file:
        if name not in idle:
            yield name, file(facts)
    of_stages = [pair for pair in plan.stage if pair[0] not in idle]
    for stage in facts.stages:
        for name, of_stage in of_stages:
            yield name, of_stage(stage, facts)
    for keyword, functions in plan.instruction.items():
        for instruction, place in facts.by_keyword.get(keyword, ()):
            for name, of_instruction in functions:
                yield name, of_instruction(instruction, place, facts)
    yield from _calls_of_runs(facts, plan, names, idle)


def _calls_of_runs(
    facts: Facts, plan: Plan, names: list[frozenset[str]], idle: frozenset[str]
) -> Iterable[tuple[str, Iterable[Hit]]]:
    anywhere = plan.command.get("*", [])
    of_runs = [(*pair, plan.needs.get(pair[0])) for pair in plan.run if pair[0] not in idle]
    for run, own in zip(facts.runs, names, strict=True):
        if run.shell != POSIX or not run.script.known:
            continue
        for name, of_run, needed in of_runs:
            if needed is None or not needed.isdisjoint(own):
                yield name, of_run(run, facts)
        for command in run.commands:
            for name, of_command in plan.command.get(command.name, ()):
                yield name, of_command(command, run, facts)
            for name, of_command in anywhere:
                yield name, of_command(command, run, facts)


def _idle(plan: Plan, names: frozenset[str]) -> frozenset[str]:
    """Return the rules that need a command which the file does not run."""
    return frozenset(rule for rule, needed in plan.needs.items() if needed.isdisjoint(names))


def _unread(facts: Facts) -> Iterable[Problem]:
    """Give a problem for every RUN body with a mistake, and for all that go beyond a bound."""
    beyond: dict[str, list[Run]] = {}
    for run in facts.runs:
        if run.script.known:
            continue
        if run.script.bound:
            beyond.setdefault(run.script.bound, []).append(run)
            continue
        line, column = facts.file.position((run.script.error or run.instruction.span).start)
        yield Problem(
            "shell-not-understood",
            "the commands of this RUN could not be read, so no rule looked at them",
            where=f"{facts.name}:{line}:{column}",
            advice="check the shell syntax there; a script file can be checked by itself",
        )
    for bound, runs in beyond.items():
        yield Problem(
            "shell-not-understood",
            f"this RUN {bound}, so no rule looked at its commands",
            where=f"{facts.name}:{runs[0].instruction.line}",
            advice="move them into a script file, which can be checked by itself",
            count=len(runs),
        )


def _uncalled(facts: Facts, ruleset: Ruleset) -> Iterable[Problem]:
    """Give a note for what rules could not look at."""
    other = [run for run in facts.runs if run.shell != POSIX]
    if other:
        line = other[0].instruction.line
        yield Problem(
            "shell-rules-skipped",
            f"rules about commands know POSIX shells, not {other[0].shell_name}",
            where=f"{facts.name}:{line}",
            effect=Effect.NOTE,
            count=len(other),
        )
    needing = [name for name, rule in ruleset.rules.items() if rule.context]
    if needing and facts.context is None:
        yield Problem(
            "rules-skipped",
            f"{len(needing)} rules need the build context: {', '.join(needing)}",
            where=facts.name,
            advice="name it with --context DIR",
            effect=Effect.NOTE,
            count=len(needing),
        )


def _cut_off(facts: Facts, counts: Mapping[str, int]) -> Iterable[Problem]:
    if not facts.file.whole:
        yield Problem(
            "dockerfile-too-long",
            f"only the first {MOST_INSTRUCTIONS:,} instructions are read; the rest was not examined",
            where=f"{facts.name}:{facts.file.instructions[-1].last}",
            advice="split the file behind this line",
        )
    for name, count in counts.items():
        if count > _MOST_HITS:
            yield Problem(
                "findings-left-out",
                f"{PREFIX}{name} fires {count:,} times; the first {_MOST_HITS:,} are shown",
                where=facts.name,
                effect=Effect.NOTE,
                count=count - _MOST_HITS,
            )


def _redacted(file: Dockerfile, spans: Iterable[Span], hidden: Iterable[str]) -> bytes:
    """Return the file with secrets starred out, byte for byte."""
    shown = bytearray(file.data)
    for start, end in spans:
        shown[start:end] = b"*" * (end - start)
    data = bytes(shown)
    for text in hidden:
        value = text.encode()
        data = data.replace(value, b"*" * len(value))
    return data


def finding_of(
    name: str,
    hit: Hit,
    rule: DockerfileRule,
    facts: Facts,
    shown: bytes,
    hidden: list[str],
) -> Finding:
    """Return a hit as a finding.

    Args:
        name: Of the rule.
        hit: What it found.
        rule: The rule.
        facts: The file.
        shown: The file with secrets starred out.
        hidden: Secrets that no message may hold.
    """
    about = rule.rule
    line, column = facts.file.position(hit.span.start)
    end_line, end_column = facts.file.position(max(hit.span.start, hit.span.end))
    place = Location(hit.path or facts.name, -1, "", line, column, end_line, end_column)
    message = hit.message
    for secret in hidden:
        message = message.replace(secret, "***")
    edits = tuple(sorted((_edit(facts.file, one) for one in hit.changes), key=lambda e: e.start))
    if any(secret in edit.text for edit in edits for secret in hidden):
        edits = ()
    return Finding(
        id=PREFIX + name,
        kind=Kind.SECRET if hit.secret else Kind.MISCONFIGURATION,
        message=message,
        severity=hit.severity or about.severity,
        severity_source="rule",
        confidence=about.confidence,
        persona=about.persona,
        locations=(place,),
        fix=Fix(
            state="fixed" if edits else "not-fixed",
            safety=_safety(hit, about) if edits else Safety.NONE,
            edits=edits,
            needs=hit.needs,
        ),
        excerpt=() if hit.path else excerpt(facts.file, shown, line, end_line),
        peers=about.peers,
    )


def _safety(hit: Hit, about: Rule) -> Safety:
    return about.fix if hit.fix is Safety.NONE else hit.fix


def _edit(file: Dockerfile, change: Change) -> Edit:
    start, end = change.span
    return Edit(start, end, change.text, *file.position(start), *file.position(end))


def excerpt(file: Dockerfile, shown: bytes, line: int, end_line: int) -> tuple[str, ...]:
    """Return the first lines of a stretch of the file.

    Args:
        file: The file.
        shown: The same with secrets starred out.
        line: One-based.
        end_line: One-based.
    """
    found = []
    for number in range(line, min(end_line, line + _LINES - 1) + 1):
        start, end = file.line_span(number)
        found.append(shown[start:end].decode("utf-8", "replace")[:_COLUMNS].lstrip("\ufeff"))
    return tuple(found)
