"""What a Dockerfile rule declares, and what it gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.finding import Safety

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dunnage.model.rule import Rule
    from dunnage.model.severity import Severity
    from dunnage.parsers.dockerfile import Instruction, Span
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run


class Change(Struct, frozen=True):
    """One replacement in the Dockerfile.

    Attributes:
        span: What goes; empty where text only comes in.
        text: What comes in.
    """

    span: Span
    text: str


class Hit(Struct, frozen=True):
    """One place where a rule fires.

    Attributes:
        span: Where.
        message: What is wrong there and what to do, in one line without a final stop. It never
            holds a secret.
        changes: Replacements that mend it; empty if none is offered here.
        fix: What is promised of them, if not what the rule says of itself.
        needs: The fact that a suggested change needs, or empty.
        severity: If not that of the rule.
        secret: True if the source there must not be shown.
        path: Another file the finding is in (``.dockerignore``), or empty; then ``span`` is in it.
    """

    span: Span
    message: str
    changes: tuple[Change, ...] = ()
    fix: Safety = Safety.NONE
    needs: str = ""
    severity: Severity | None = None
    secret: bool = False
    path: str = ""


class DockerfileRule(Struct, frozen=True):
    """A rule about Dockerfiles: what it says of itself, and how it looks.

    It has one or more of the functions below. Each is called once for every thing of its kind, in
    the order of the file, and gives hits in any order. None of them raises.

    Attributes:
        rule: What it says of itself.
        file: Called once with the facts.
        stage: Called for every stage.
        instruction: Called for every instruction with one of ``keywords``, also for those that
            ONBUILD holds; the stage is None before the first FROM.
        keywords: In upper case.
        command: Called for every command with one of the names ``commands`` in a RUN instruction
            that a POSIX shell runs.
        commands: Base names; ``*`` for every command.
        run: Called for every RUN instruction that a POSIX shell runs and whose commands are known.
        needs: Base names of commands without one of which ``file``, ``stage`` and ``run`` can find
            nothing, so they are only called where one runs: in any RUN of the file, or in the RUN.
            Empty if there are none.
        context: True if it needs the build context. Without one it is skipped, and that is said.
    """

    rule: Rule
    file: Callable[[Facts], Iterable[Hit]] | None = None
    stage: Callable[[Stage, Facts], Iterable[Hit]] | None = None
    instruction: Callable[[Instruction, Stage | None, Facts], Iterable[Hit]] | None = None
    keywords: tuple[str, ...] = ()
    command: Callable[[Command, Run, Facts], Iterable[Hit]] | None = None
    commands: tuple[str, ...] = ()
    run: Callable[[Run, Facts], Iterable[Hit]] | None = None
    needs: tuple[str, ...] = ()
    context: bool = False
