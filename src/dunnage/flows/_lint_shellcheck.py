"""Gives the shell of a Dockerfile to ShellCheck, a program of its own, and takes what it says."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError, UsageError
from dunnage.model.problem import Effect, Problem
from dunnage.parsers.shellcheck_json import read
from dunnage.rules.dockerfile._shellcheck import LONGEST, Reader, scripts
from dunnage.rules.dockerfile._shellcheck_codes import (
    EVERY,
    PREFIX,
    Codes,
    Wanted,
    peers_of,
    text_of,
)
from dunnage.sources._program import found

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dunnage.model.finding import Finding
    from dunnage.model.rule import RuleText
    from dunnage.model.severity import Severity
    from dunnage.parsers.shellcheck_json import Comment
    from dunnage.rules.dockerfile._engine import Outcome
    from dunnage.rules.dockerfile._facts import Facts, Run
    from dunnage.rules.dockerfile._select import Names
    from dunnage.rules.dockerfile._shellcheck import Script

PROGRAM = "shellcheck"
SECONDS = 60.0
MEMORY = 1 << 30
LARGEST = 16 << 20
_AT_ONCE = 500
"""Scripts that one process reads."""
_ARGUMENTS = ("--format=json1", "--norc", "--severity=style")
"""Neither settings nor sourced files of the target are read: that is off unless it is asked for."""


def program(environ: Mapping[str, str]) -> str:
    """Return the path of ShellCheck: on PATH, or installed beside us.

    Raises:
        UsageError: If it is not there.
    """
    ours = os.path.dirname(os.path.abspath(sys.executable))  # noqa: PTH100, PTH120 - PATH is text
    path = found(PROGRAM, environ) or found(PROGRAM, {"PATH": ours})
    if not path:
        raise UsageError(
            f"there is no program {PROGRAM!r} on PATH",
            where="--shellcheck",
            advice="install it with: pip install 'dunnage[shellcheck]', or as your system does",
        )
    return path


class Shellcheck:
    """ShellCheck, and which of its codes are wanted.

    Attributes:
        words: What its codes go by.
        wanted: The codes that are wanted.
    """

    def __init__(self, path: str, names: Names) -> None:
        """Keep where it is; all of its codes are wanted until something else is said.

        Args:
            path: The program.
            names: The rules about Dockerfiles.
        """
        self.words = Codes()
        self.wanted = Wanted(None, ())
        self._path = path
        self._names = names
        self._peers = peers_of(names.rules)
        self._known: dict[bytes, Sequence[Comment]] = {}

    def choose(
        self, only: Collection[str] | None, without: Collection[str], rules: Collection[str]
    ) -> None:
        """Settle which codes are wanted.

        Args:
            only: Those that are asked for by name; None for all.
            without: Those that are not wanted.
            rules: Rules of ours that are not wanted; what they stand for is not wanted either.
        """
        same = {code for name in rules for code in self._peers.get(f"dockerfile/{name}", ())}
        self.wanted = Wanted(only, {*without, *same})

    def severities(self, overrides: Sequence[tuple[str, Severity]]) -> dict[str, Severity]:
        """Return other severities by the id of findings."""
        pairs = ((code, severity) for word, severity in overrides for code in self.words.of(word))
        return {PREFIX + code: severity for code, severity in pairs if code != EVERY}

    def texts(self, ids: Collection[str]) -> tuple[RuleText, ...]:
        """Return what is to be read about codes, sorted by their ids."""
        codes = sorted(one.removeprefix(PREFIX) for one in ids if one.startswith(PREFIX))
        return tuple(text_of(code, self._names.rules) for code in codes)

    def look_at(
        self, facts: Facts, outcome: Outcome
    ) -> tuple[tuple[Finding, ...], tuple[Problem, ...], bool]:
        """Look at one Dockerfile.

        Of one that changed since it was looked at, only what changed is given to ShellCheck again.

        Args:
            facts: The Dockerfile.
            outcome: What our own rules found in it.

        Returns:
            The findings, what was not examined, and whether all of its shell was.
        """
        if not self.wanted:
            return (), (), False
        given = scripts(facts)
        problems = list(_left(facts, given.unknown, given.long))
        by_data: dict[bytes, list[Script]] = {}
        for script in given.scripts:
            by_data.setdefault(script.data, []).append(script)
        # What was said of the last file is kept, no more: the next may be the same, mended.
        self._known = {data: self._known[data] for data in by_data if data in self._known}
        new = [data for data in by_data if data not in self._known]
        for at in range(0, len(new), _AT_ONCE):
            some = new[at : at + _AT_ONCE]
            try:
                self._known.update(self._said(some))
            except InputError as error:
                problems.append(_failed(facts, error, [by_data[data] for data in some]))
        said = [(one, self._known[one.data]) for one in given.scripts if one.data in self._known]
        reader = Reader(facts, outcome, self._peers)
        findings, left_out = reader.findings(said, self.wanted)
        problems += [
            Problem(
                "findings-left-out",
                f"{PREFIX}{code} is said {count:,} times more than is shown",
                facts.name,
                effect=Effect.NOTE,
                count=count,
            )
            for code, count in left_out.items()
        ]
        whole = not any(problem.effect is Effect.INCOMPLETE for problem in problems)
        return tuple(findings), tuple(problems), whole and not given.unknown

    def _said(self, some: Sequence[bytes]) -> Iterator[tuple[bytes, Sequence[Comment]]]:
        """Give each of some different scripts with what ShellCheck says of it.

        Raises:
            InputError: If it does not come to an end, or says what cannot be understood.
        """
        from dunnage.io.child import TIMEOUT, Bounds, run_over_files

        bounds = Bounds(SECONDS, MEMORY, LARGEST)
        done = run_over_files([self._path, *_ARGUMENTS], some, bounds)
        if done.code == TIMEOUT:
            raise InputError(f"it takes more than {SECONDS:.0f} seconds")
        if done.code < 0 or len(done.output) > LARGEST:
            raise InputError("it needs too much time, memory or output")
        if done.code > 1:
            advice = f"it is {self._path}; 0.10 and newer are known to do"
            raise InputError(f"it ended with code {done.code}", advice=advice)
        by_file: dict[str, list[Comment]] = {}
        for comment in read(done.output):
            by_file.setdefault(comment.file.rpartition("/")[2], []).append(comment)
        return ((one, by_file.get(str(at), [])) for at, one in enumerate(some))


def _failed(facts: Facts, error: InputError, left: Sequence[Sequence[Script]]) -> Problem:
    """Return what is said of scripts, alike ones together, that ShellCheck did not look at."""
    first = left[0][0].run.instruction.line
    return Problem(
        "shellcheck-failed",
        f"ShellCheck did not look at RUN instructions: {error.message}",
        f"{facts.name}:{first}",
        error.advice,
        count=sum(map(len, left)),
    )


def _left(facts: Facts, unknown: Sequence[Run], long: Sequence[Run]) -> Iterator[Problem]:
    """Give a problem for what is not given to ShellCheck."""
    if unknown:
        yield Problem(
            "shellcheck-other-shell",
            "ShellCheck knows sh, bash, dash, ksh and the shell of busybox, no other",
            f"{facts.name}:{unknown[0].instruction.line}",
            effect=Effect.NOTE,
            count=len(unknown),
        )
    if long:
        yield Problem(
            "shellcheck-too-long",
            f"RUN instructions are too long for ShellCheck, which is given {LONGEST:,} bytes of each",
            f"{facts.name}:{long[0].instruction.line}",
            "check what is in them as a script by itself",
            count=len(long),
        )
