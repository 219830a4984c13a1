"""The build stages of a Dockerfile: what each starts from, and which variables hold where.

https://docs.docker.com/reference/dockerfile/, "FROM", "ARG" and "ENV": arguments before the first
FROM hold in FROM lines only, until a stage declares them again; environment variables go from a
stage to those that start from it, arguments do not; a variable of ENV wins over an argument.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.parsers.dockerfile_expand import Expanded, expand, stands_for_itself

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.dockerfile import Dockerfile, Instruction, Word

MOST_STAGES = 1000
PLATFORM_ARGS = frozenset({
    "BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT",
    "TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE",
})  # fmt: skip
PREDEFINED_ARGS = frozenset({
    "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy",
    "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "SOURCE_DATE_EPOCH",
    "BUILDKIT_INLINE_CACHE", "BUILDKIT_SANDBOX_HOSTNAME", "BUILDKIT_SYNTAX",
    "BUILDKIT_CONTEXT_KEEP_GIT_DIR", "BUILDKIT_MULTI_PLATFORM", "BUILDKIT_CACHE_MOUNT_NS",
    "BUILDKIT_DOCKERFILE_CHECK",
})  # fmt: skip
MOST_INHERITED = 1000
"""Variables a stage takes from the one it starts from; with more, all it does not set is unknown."""
MOST_VALUES = 4 * 1024 * 1024
"""Characters of values in a stage; what is set past that is not known."""


class _Variables:
    """What each variable is worth after each instruction of a stage."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[list[int], list[str | None]]] = {}
        self._env: set[str] = set()
        self._left = MOST_VALUES
        self._all_known = True

    def inherit(self, environment: Mapping[str, str | None]) -> None:
        """Note what ENV has set in the stage below."""
        if len(environment) > MOST_INHERITED:
            self._all_known = False
            return
        for name, value in environment.items():
            self.set(0, name, value, env=True)

    def set(self, index: int, name: str, value: str | None, *, env: bool) -> None:
        """Note what an instruction sets; one of ENV is not changed by an argument.

        Args:
            index: One-based number of the instruction; 0 for what the stage starts with.
            name: Of the variable.
            value: None if it is not known.
            env: True for ENV, False for ARG.
        """
        if env:
            self._env.add(name)
        elif name in self._env:
            return
        self._left -= len(value or "")
        places, values = self._known.setdefault(name, ([], []))
        places.append(index)
        values.append(value if self._left >= 0 else None)

    def at(self, index: int) -> Scope:
        """Return what holds after an instruction, by its one-based number."""
        return Scope(self._known, index, all_known=self._all_known)

    def environment(self) -> Mapping[str, str | None]:
        """Return what ENV has set at the end."""
        return {name: self._known[name][1][-1] for name in sorted(self._env)}


class Scope(Mapping[str, "str | None"]):
    """The variables that hold at one place of a stage."""

    def __init__(
        self,
        known: Mapping[str, tuple[list[int], list[str | None]]],
        index: int,
        *,
        all_known: bool = True,
    ) -> None:
        """Look at what is known as it is after an instruction.

        Args:
            known: Places and values of each name.
            index: One-based number of the instruction.
            all_known: False if further names may be set, to nobody knows what.
        """
        self._known = known
        self._index = index
        self._all_known = all_known

    def __getitem__(self, name: str) -> str | None:
        places, values = self._known.get(name, ((), ()))
        at = bisect_right(places, self._index)
        if at:
            return values[at - 1]
        if self._all_known:
            raise KeyError(name)
        return None

    def __iter__(self) -> Iterator[str]:
        # Names come in the order in which they are set first.
        for name, (places, _) in self._known.items():
            if places[0] > self._index:
                return
            yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Stage(Struct, frozen=True, dict=True):
    """One build stage.

    Attributes:
        index: Zero-based.
        start: Its FROM instruction.
        instructions: What follows FROM.
        base: The image or stage it starts from, as written; None if FROM names nothing.
        image: The same with variables expanded, or None where only the build knows it.
        name: What ``AS`` calls it, in lower case, or empty.
        name_word: The same as written, or None.
        parent: The earlier stage it starts from, or None.
        before: The scope of its FROM line.
        escape: The escape character of the file.
    """

    index: int
    start: Instruction
    instructions: tuple[Instruction, ...]
    base: Word | None
    image: str | None
    name: str
    name_word: Word | None
    parent: Stage | None
    before: Mapping[str, str | None]
    escape: str = "\\"

    @cached_property
    def _variables(self) -> _Variables:
        found = _Variables()
        if self.parent is not None:
            # The first of a long line of stages comes first, so that none has to wait for another.
            for stage in reversed(self.lineage[1:]):
                _ = stage.environment
            found.inherit(self.parent.environment)
        for index, instruction in enumerate(self.instructions, 1):
            if instruction.keyword not in {"ARG", "ENV"}:
                continue
            now = found.at(index - 1)
            for pair in instruction.pairs:
                value = None
                if pair.value is not None:
                    told = expand(pair.value, now, escape=self.escape, complete=self._complete)
                    value = told.value
                elif instruction.keyword == "ARG":
                    value = self.before.get(pair.name)
                found.set(index, pair.name, value, env=instruction.keyword == "ENV")
                if instruction.keyword == "ARG":
                    now = found.at(index)
        return found

    def scope(self, instruction: Instruction) -> Mapping[str, str | None]:
        """Return the variables that hold at an instruction of this stage.

        Values are None where only the build knows them.
        """
        if instruction is self.start:
            return self.before
        place = self._places.get(id(instruction))
        if place is None:
            # One that ONBUILD or HEALTHCHECK holds stands where its holder does.
            place = max(0, bisect_right(self._starts, instruction.span.start) - 1)
        return self._variables.at(place)

    @cached_property
    def environment(self) -> Mapping[str, str | None]:
        """Return the variables that ENV has set up to the end of the stage."""
        return self._variables.environment()

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(one): index for index, one in enumerate(self.instructions)}

    @cached_property
    def _starts(self) -> list[int]:
        return [one.span.start for one in self.instructions]

    def expanded(self, text: str, instruction: Instruction) -> Expanded:
        """Return a text of an instruction with its variables.

        Where the image the stage rests on may define a variable that the file does not, the value
        is unknown.
        """
        if stands_for_itself(text, self.escape):
            return Expanded(text, (), ())
        complete = instruction is self.start or self._complete
        return expand(text, self.scope(instruction), escape=self.escape, complete=complete)

    @property
    def _complete(self) -> bool:
        """Return True if nothing but the file defines variables."""
        return self.root_image == "scratch"

    @property
    def lineage(self) -> tuple[Stage, ...]:
        """Return this stage and those it rests on, itself first."""
        # Itself is not kept, or it would wait for the collector of cycles.
        return (self, *self._below)

    @cached_property
    def _below(self) -> tuple[Stage, ...]:
        found, stage = [], self.parent
        while stage is not None:
            found.append(stage)
            stage = stage.parent
        return tuple(found)

    @property
    def root_image(self) -> str | None:
        """Return the image that the first stage it rests on starts from, or None if unknown."""
        return self._below[-1].image if self._below else self.image


def global_scope(file: Dockerfile) -> Mapping[str, str | None]:
    """Return the arguments before the first FROM; those without a value are None."""
    found: dict[str, str | None] = dict.fromkeys(PLATFORM_ARGS)
    escape = file.escape
    for instruction in file.instructions:
        if instruction.keyword == "FROM":
            break
        if instruction.keyword == "ARG":
            for pair in instruction.pairs:
                value = expand(pair.value, found, escape=escape) if pair.value is not None else None
                found[pair.name] = value.value if value else None
    return MappingProxyType(found)


def stages(file: Dockerfile) -> tuple[Stage, ...]:
    """Return the stages of a Dockerfile, in order; none if it has no FROM.

    A stage can only start from an earlier one. Past 1,000 stages the file is not read on.
    """
    scope = global_scope(file)
    starts = [at for at, one in enumerate(file.instructions) if one.keyword == "FROM"]
    starts = starts[:MOST_STAGES]
    found: list[Stage] = []
    known: dict[str, Stage] = {}
    for number, at in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(file.instructions)
        start = file.instructions[at]
        words = start.words
        base = words[0] if words else None
        name_word = words[2] if len(words) >= 3 and words[1].text.upper() == "AS" else None
        image = expand(base.text, scope, escape=file.escape).value if base else None
        stage = Stage(
            index=number,
            start=start,
            instructions=file.instructions[at + 1 : end],
            base=base,
            image=image,
            name=name_word.text.lower() if name_word else "",
            name_word=name_word,
            parent=known.get(image.lower()) if image else None,
            before=scope,
            escape=file.escape,
        )
        if stage.name:
            known[stage.name] = stage
        found.append(stage)
    return tuple(found)


def chain(found: tuple[Stage, ...]) -> tuple[Instruction, ...]:
    """Return what made the image of the last stage: of every stage it rests on, FROM and the rest.

    The first instruction is the FROM that names an image, not a stage.
    """
    if not found:
        return ()
    return tuple(
        instruction
        for stage in reversed(found[-1].lineage)
        for instruction in (stage.start, *stage.instructions)
    )
