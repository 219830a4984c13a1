"""What Dockerfile rules may know: the file, its stages and commands, the settings, the context."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from msgspec import Struct, field

from dunnage.parsers import shell
from dunnage.parsers.base_image import identify
from dunnage.parsers.dockerfile import Text
from dunnage.parsers.dockerfile_stages import stages
from dunnage.rules.dockerfile._held import held
from dunnage.rules.dockerfile._places import folders
from dunnage.rules.dockerfile._pragmas import shells
from dunnage.rules.dockerfile._settings import Context, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from dunnage.parsers.base_image import Base
    from dunnage.parsers.dockerfile import Dockerfile, Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command, Script
    from dunnage.rules.dockerfile._pragmas import Shell

__all__ = ["OTHER", "POSIX", "WINDOWS", "Context", "Facts", "Run", "Settings", "held"]

T = TypeVar("T")
POSIX, WINDOWS, OTHER = "posix", "windows", "other"
_POSIX_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "busybox"})
_MOST_SHELL = 256 * 1024
"""Bytes of shell that are read in one file; the commands of a RUN that goes beyond are unknown."""
_BEYOND = f"goes beyond the {_MOST_SHELL:,} bytes of shell that are read of a file"
_WINDOWS_SHELLS = frozenset({"cmd", "powershell", "pwsh"})


class Run(Struct, frozen=True):
    """One RUN instruction, also one that ONBUILD holds.

    Attributes:
        instruction: The RUN instruction.
        stage: Its stage, or None before the first FROM.
        shell: ``posix``, ``windows`` or ``other``.
        script: Its commands.
        trigger: True if ONBUILD holds it.
        shell_name: Base name of the shell (``bash``), ``sh`` if none is set.
    """

    instruction: Instruction
    stage: Stage | None
    shell: str
    script: Script
    trigger: bool
    shell_name: str

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return its commands; none if they are not known."""
        return self.script.commands

    def after(self, command: Command) -> tuple[Command, ...]:
        """Return the commands that come after one of them."""
        return self.commands[self.script.places.get(id(command), -1) + 1 :]

    def before(self, command: Command) -> tuple[Command, ...]:
        """Return the commands that come before one of them."""
        return self.commands[: self.script.places.get(id(command), 0)]

    def mounts(self, kind: str) -> tuple[Mapping[str, str], ...]:
        """Return the options of its ``--mount`` flags of a type (``cache``, ``secret``)."""
        found = (flag.options() for flag in self.instruction.flags if flag.name == "mount")
        return tuple(one for one in found if one.get("type", "bind") == kind)


class Facts(Struct, frozen=True, dict=True):
    """Everything a rule may know about one Dockerfile.

    Attributes:
        file: The file.
        today: The day it is judged on.
        settings: What the user settled.
        context: The build context, or None if it is not known.
        name: The file as the user named it.
        target: Name of the stage that is built, or empty for the last.
    """

    file: Dockerfile
    today: date
    settings: Settings = field(default_factory=Settings)
    context: Context | None = None
    name: str = "Dockerfile"
    target: str = ""

    @cached_property
    def _made(self) -> dict[object, object]:
        return {}

    def once(self, make: Callable[[Facts], T]) -> T:
        """Return what a function makes of the file; it is called once, whoever asks.

        It is for what a rule has to know about the whole file each time it is called.
        """
        if make not in self._made:
            self._made[make] = make(self)
        return cast("T", self._made[make])

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """Return the stages, in order."""
        return stages(self.file)

    @cached_property
    def final(self) -> Stage | None:
        """Return the stage that becomes the image."""
        named = [stage for stage in self.stages if self.target and stage.name == self.target]
        return named[0] if named else self.stages[-1] if self.stages else None

    @cached_property
    def shipped(self) -> tuple[Stage, ...]:
        """Return the stages whose file systems the image is made of: final and what it rests on."""
        return self.final.lineage if self.final else ()

    @cached_property
    def kept(self) -> frozenset[int]:
        """Return the numbers of the stages whose layers may be part of an image.

        These are ``shipped``; and if no target is named, also stages that no other one uses, since
        each of them is a target of its own, with what they rest on.
        """
        if self.target:
            return frozenset(stage.index for stage in self.shipped)
        used: set[str] = set()
        for instruction, stage in self.placed:
            for flag in instruction.flags:
                if flag.name == "from" and instruction.keyword == "COPY":
                    used.add((flag.value or "").lower())
                elif flag.name == "mount":
                    used.add(flag.options().get("from", "").lower())
            if stage is not None and instruction is stage.start and stage.parent is not None:
                used.add(str(stage.parent.index))
        leaves = [one for one in self.stages if not {str(one.index), one.name or "?"} & used]
        found = {stage.index for leaf in leaves for stage in leaf.lineage}
        return frozenset(found | {stage.index for stage in self.shipped})

    @cached_property
    def placed(self) -> tuple[tuple[Instruction, Stage | None], ...]:
        """Return all instructions with their stages; those that ONBUILD holds follow it."""
        first = self.stages[0].start if self.stages else None
        found: list[tuple[Instruction, Stage | None]] = []
        for instruction in self.file.instructions:
            if instruction is first:
                break
            found += [(one, None) for one in _with_held(instruction)]
        for stage in self.stages:
            for instruction in (stage.start, *stage.instructions):
                found += [(one, stage) for one in _with_held(instruction)]
        return tuple(found)

    @cached_property
    def by_keyword(self) -> Mapping[str, list[tuple[Instruction, Stage | None]]]:
        """Return all instructions with their stages by keyword."""
        found: dict[str, list[tuple[Instruction, Stage | None]]] = {}
        for pair in self.placed:
            found.setdefault(pair[0].keyword, []).append(pair)
        return found

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Return all RUN instructions with their commands, in order."""
        return tuple(self._runs())

    @cached_property
    def _stage_runs(self) -> dict[int, list[Run]]:
        found: dict[int, list[Run]] = {}
        for run in self.runs:
            if run.stage is not None and not run.trigger:
                found.setdefault(run.stage.index, []).append(run)
        return found

    def runs_of(self, *wanted: Stage) -> tuple[Run, ...]:
        """Return the RUN instructions of some stages in order, without those of ONBUILD."""
        places = sorted({stage.index for stage in wanted})
        return tuple(run for place in places for run in self._stage_runs.get(place, ()))

    @cached_property
    def _shipped_places(self) -> frozenset[int]:
        return frozenset(stage.index for stage in self.shipped)

    def is_shipped(self, stage: Stage | None) -> bool:
        """Tell whether the image is made of a stage, among others."""
        return stage is not None and stage.index in self._shipped_places

    @cached_property
    def _folders(self) -> dict[int, str | None]:
        return folders(self.stages)

    def folder(self, instruction: Instruction) -> str | None:
        """Return the working directory of an instruction, or None if the base or build knows it."""
        return self._folders.get(id(instruction))

    @cached_property
    def _stage_commands(self) -> dict[int, list[Command]]:
        found: dict[int, list[Command]] = {}
        for run in self.runs:
            if run.stage is not None and not run.trigger and run.shell == POSIX:
                found.setdefault(run.stage.index, []).extend(run.commands)
        return found

    def commands_on(self, stage: Stage) -> Iterator[Command]:
        """Give the commands of a stage and of those it rests on, itself first."""
        for one in stage.lineage:
            yield from self._stage_commands.get(one.index, ())

    @cached_property
    def _bases(self) -> dict[int, Base | None]:
        return {}

    def base(self, stage: Stage) -> Base | None:
        """Return what is known about the image a stage rests on, or None if it is not known."""
        if stage.index not in self._bases:
            image = stage.root_image
            self._bases[stage.index] = identify(image) if image else None
        return self._bases[stage.index]

    @cached_property
    def option_starts(self) -> dict[tuple[int, str], int]:
        """Return what ``_flow`` found: from which offset an option of the shell holds."""
        return {}

    def shell_instruction(
        self, stage: Stage | None, before: Instruction | None = None
    ) -> Instruction | None:
        """Return the SHELL instruction that holds, or None.

        Args:
            stage: Where.
            before: The instruction it holds for; None for the end of the stage.
        """
        if stage is None or not self._set_shells:
            return None
        for one in stage.lineage:
            found = self._set_shells.get(one.index, [])
            end = len(found)
            if one is stage and before is not None:
                end = bisect_left(found, before.line, key=lambda shell: shell.line)
            if end:
                return found[end - 1]
        return None

    @cached_property
    def _set_shells(self) -> dict[int, list[Instruction]]:
        found: dict[int, list[Instruction]] = {}
        for instruction, stage in self.by_keyword.get("SHELL", ()):
            if stage is not None and instruction.json and not held(instruction, stage):
                found.setdefault(stage.index, []).append(instruction)
        return found

    def shell_of(self, stage: Stage | None, before: Instruction | None = None) -> tuple[str, str]:
        """Return kind and name of the shell that runs shell forms.

        Args:
            stage: Where.
            before: The instruction it runs; None for the end of the stage.
        """
        set_by = self.shell_instruction(stage, before)
        words = tuple(word.text for word in (set_by.json or ())) if set_by else ()
        told = self._told_shell(stage, before) if self._shells else ""
        if told and not words:
            return _kind(told), told
        if words:
            name = words[0].replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe")
            return _kind(name), name
        if self.file.escape == "`":
            return WINDOWS, "cmd"
        base = self.base(stage) if stage else None
        if base is not None and base.os == "windows":
            return WINDOWS, "cmd"
        return POSIX, "sh"

    @cached_property
    def _shells(self) -> tuple[Shell, ...]:
        return shells(self.file)

    def _told_shell(self, stage: Stage | None, before: Instruction | None) -> str:
        """Return the shell that a comment in the stage names, or nothing."""
        first = stage.start.line if stage else 0
        last = (
            before.last
            if before
            else (stage.instructions[-1].last if stage and stage.instructions else first)
        )
        at = bisect_right(self._shells, last, key=lambda one: one.line)
        one = self._shells[at - 1] if at else None
        return one.name if one is not None and first <= one.line else ""

    def _runs(self) -> Iterator[Run]:
        holders = {id(one.inner): one for one in self.file.of("ONBUILD")}
        left = _MOST_SHELL
        for instruction, stage in self.by_keyword.get("RUN", ()):
            outer = instruction
            trigger = stage is not None and id(instruction) in holders
            if trigger:
                outer = holders[id(instruction)]
            kind, name = self.shell_of(stage, outer)
            script = shell.Script()
            if instruction.json is not None:
                words = tuple(shell.ShellWord.at(w.span, w.text, w.text) for w in instruction.json)
                script = shell.of_words(words, instruction.args.whole)
                kind = POSIX if kind == OTHER else kind
            elif kind == POSIX:
                script = self._script(instruction, left)
                if script.bound != _BEYOND:
                    left -= instruction.span.end - instruction.span.start
                kind = POSIX if script is not _NOT_SHELL else OTHER
            yield Run(instruction, stage, kind, script, trigger, name)

    def body(self, instruction: Instruction) -> Text | None:
        """Return what a shell reads of a RUN instruction in shell form, here-documents included.

        None if it is a script for another program (``#!/usr/bin/env python3``).
        """
        if not instruction.heredocs:
            return instruction.args
        first = instruction.heredocs[0]
        alone = len(instruction.heredocs) == 1
        if alone and instruction.args.whole == first.marker:
            content = first.content.lstrip("\t") if first.tabs else first.content
            if content.startswith("#!") and not _posix_script(content):
                return None
            body = self.file.data[first.body.start : first.body.end]
            return Text(body, (0,), (first.body.start,))
        line = instruction.args
        rest = self.file.data[first.body.start : instruction.span.end] + b"\n"
        return line.followed_by(rest, first.body.start)

    def _script(self, instruction: Instruction, left: int) -> Script:
        """Return the commands of a shell form with its here-documents.

        Args:
            instruction: The RUN instruction.
            left: How many bytes may still be read.
        """
        text = self.body(instruction)
        if text is None:
            return _NOT_SHELL
        if left < len(text.data):
            return shell.Script(known=False, error=text.whole, bound=_BEYOND)
        return shell.read(text)


_NOT_SHELL = shell.Script()


def _kind(name: str) -> str:
    if name in _POSIX_SHELLS:
        return POSIX
    return WINDOWS if name in _WINDOWS_SHELLS else OTHER


def _posix_script(content: str) -> bool:
    words = content.partition("\n")[0].removeprefix("#!").split()
    names = [word.rpartition("/")[2] for word in words if not word.startswith("-")]
    return bool(names) and names[-1 if names[0] == "env" else 0] in _POSIX_SHELLS


def _with_held(instruction: Instruction) -> Iterator[Instruction]:
    yield instruction
    if instruction.inner is not None and instruction.keyword == "ONBUILD":
        yield instruction.inner
