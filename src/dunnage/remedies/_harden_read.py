"""Reads the final stage of a Dockerfile for a recipe, or says what cannot be known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.parsers.dockerfile import KEYWORDS
from dunnage.remedies._harden_language import language_of
from dunnage.remedies._harden_paths import joined
from dunnage.remedies._harden_start import start_of
from dunnage.remedies._harden_types import Build, Placed, Reason, Start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.base_image import Base
    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.remedies._harden_types import Context, Facts, Run

_MOST_STEPS = 300
_MOST_COMMANDS = 1_000


def unreadable(facts: Facts) -> tuple[Reason, ...]:
    """Return why a file is no Dockerfile that could be built, or nothing."""
    if not facts.stages:
        return (Reason("not-a-dockerfile", "there is no FROM instruction"),)
    if facts.file.mistakes or not facts.file.whole:
        first = facts.file.mistakes[0] if facts.file.mistakes else None
        line = facts.file.position(first.span.start)[0] if first else 0
        told = first.message if first else "it has more instructions than are read"
        message = f"a builder would refuse the file: {told}"
        return (Reason("not-buildable", message, line, "mend that first: dunnage lint"),)
    try:
        facts.file.data.decode()
    except UnicodeDecodeError as error:
        line = facts.file.position(error.start)[0]
        return (Reason("not-buildable", "the file is not UTF-8", line, "save it as UTF-8"),)
    odd = next((one for one in facts.file.instructions if one.keyword not in KEYWORDS), None)
    if odd is not None:
        message = f"no builder knows the instruction {odd.written[:40]}"
        return (Reason("not-buildable", message, odd.line, "mend that first: dunnage lint"),)
    return ()


def read_build(facts: Facts, context: Context | None) -> Build | tuple[Reason, ...]:
    """Return the final stage with what is not known of it, or why nothing can be said of it.

    Args:
        facts: The file.
        context: The build context, or None.
    """
    stage = facts.stages[-1]
    if stage.parent is not None:
        message = f"the last stage goes on from another stage, {stage.parent.name}"
        return (Reason("stage-on-stage", message, stage.start.line),)
    return read_stage(facts, stage, start_of(stage, context), context)


def read_stage(
    facts: Facts, stage: Stage, start: Start | Reason, context: Context | None
) -> Build | tuple[Reason, ...]:
    """Return a stage with what is not known of it, or why nothing can be said of it.

    Args:
        facts: The file.
        stage: The stage.
        start: What is started, or why that is not known.
        context: The build context, or None.
    """
    if stage.parent is not None:
        message = f"the builder goes on from another stage, {stage.parent.name}"
        return (Reason("stage-on-stage", message, stage.start.line),)
    base = facts.base(stage)
    unknown = _unknown_base(stage, base)
    if base is None or unknown is not None:
        return (unknown or _no_base(stage),)
    if len(stage.instructions) > _MOST_STEPS:
        message = f"the stage has more than {_MOST_STEPS} instructions"
        return (Reason("too-long", message, stage.start.line),)
    walk = _Walk(facts, stage)
    language = language_of(stage, base, walk.commands)
    if isinstance(language, Reason):
        return tuple(sorted((language, *walk.reasons), key=lambda reason: reason.line))
    wrong = (*((start,) if isinstance(start, Reason) else ()), *walk.reasons)
    known = Start(("",), None, start.line, "CMD") if isinstance(start, Reason) else start
    places = tuple(walk.workdirs)
    commands = tuple(walk.commands)
    if len(commands) > _MOST_COMMANDS:
        message = f"the stage runs more than {_MOST_COMMANDS} commands"
        return (Reason("too-long", message, stage.start.line),)
    return Build(
        facts, stage, base, language, walk.workdir, places, commands, known, context, wrong
    )


def _unknown_base(stage: Stage, base: Base | None) -> Reason | None:
    line = stage.start.line
    if stage.image is None:
        advice = "give the ARG in FROM a default"
        return Reason("unknown-base", "only the build knows the base image", line, advice)
    if base is None:
        return _no_base(stage)
    if base.os != "linux":
        return Reason("unknown-base", f"{stage.image} is no Linux image", line)
    return None


def _no_base(stage: Stage) -> Reason:
    message = f"what the base image {stage.image} holds is not known"
    return Reason("unknown-base", message, stage.start.line, "start from an official image")


class _Walk:
    """The working directories and commands of a stage."""

    def __init__(self, facts: Facts, stage: Stage) -> None:
        self.workdir = _default_workdir(facts.base(stage))
        self.workdirs: list[str] = [] if self.workdir == "/" else [self.workdir]
        self.commands: list[Placed] = []
        self.reasons: list[Reason] = []
        runs = {id(run.instruction): run for run in facts.runs}
        for instruction in stage.instructions:
            if instruction.keyword == "WORKDIR":
                self._into(instruction, stage)
            elif instruction.keyword == "RUN":
                self._ran(instruction, runs.get(id(instruction)))
            elif instruction.keyword == "ONBUILD":
                message = "ONBUILD leaves steps to builds that start from this image"
                self.reasons.append(Reason("onbuild", message, instruction.line))

    def _into(self, instruction: Instruction, stage: Stage) -> None:
        text = stage.expanded(instruction.value.strip().strip("\"'"), instruction).value
        if text is None:
            message = f"only the build knows the working directory {instruction.plain[:60]}"
            self.reasons.append(Reason("unknown-directory", message, instruction.line))
            return
        self.workdir = joined(self.workdir, text)
        if self.workdir != "/":
            self.workdirs.append(self.workdir)

    def _ran(self, instruction: Instruction, run: Run | None) -> None:
        if run is None or run.shell != "posix" or not run.script.known:
            message = "the commands of this RUN could not be read"
            self.reasons.append(Reason("unknown-step", message, instruction.line))
            return
        self.commands += _placed(run, self.workdir)


def _default_workdir(base: Base | None) -> str:
    """Return the directory that official images begin in."""
    return "/go" if base is not None and base.family == "golang" else "/"


def _placed(run: Run, workdir: str) -> Iterator[Placed]:
    cwd: str | None = workdir
    for command in run.script.commands:
        if command.name in {"cd", "pushd"}:
            word = command.words[0] if command.words else None
            known = word is not None and word.text is not None and not command.guarded
            cwd = joined(cwd, word.text) if known and cwd is not None and word else None  # type: ignore[arg-type]
            continue
        yield Placed(command, cwd, run.instruction.line)
