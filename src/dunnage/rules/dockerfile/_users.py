"""Which user an image runs as, as far as its Dockerfile and its base tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.parsers.lazy_pattern import pattern

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

NOBODY = "65532:65532"
"""A user and group that no distribution gives out; distroless images call it ``nonroot``."""
_ROOTS = frozenset({"root", "containeradministrator"})
_ZERO = pattern(r"\+?0+\Z")
_DROPS = pattern(
    rb"\b(?:gosu|su-exec|setpriv|s6-setuidgid|s6-overlay|s6-applyuidgid|chpst|runuser|fixuid)\b"
)
_DROP_WORDS = (b"gosu", b"su-exec", b"setpriv", b"s6-", b"chpst", b"runuser", b"fixuid")
_FILLS = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})


class User(Struct, frozen=True):
    """Who commands run as at one place.

    Attributes:
        name: User without group, or None if only the build knows it.
        instruction: The USER instruction that says so, or None if it is the base's word.
        stage: The stage of that instruction, or None.
    """

    name: str | None
    instruction: Instruction | None = None
    stage: Stage | None = None


def user_of(stage: Stage, facts: Facts, before: Instruction | None = None) -> User:
    """Return who commands run as.

    Args:
        stage: Where.
        facts: Of the file.
        before: The instruction that asks; None for the end of the stage.
    """
    found: User | None = None
    for one in stage.lineage:
        for instruction in one.instructions:
            if one is stage and instruction is before:
                break
            if instruction.keyword == "USER":
                found = User(named_by(instruction, one), instruction, one)
        if found is not None:
            return found
    base = facts.base(stage)
    if base is None:
        return User(None)
    if base.tier == "scratch":
        return User("root")
    return User(base.user.partition(":")[0] or None)


def is_root(name: str | None) -> bool:
    """Tell whether a user is the superuser, however it is spelled."""
    return name is not None and (name.lower() in _ROOTS or bool(_ZERO.match(name)))


def is_number(name: str) -> bool:
    """Tell whether a user is given by number."""
    return name.isascii() and name.isdigit()


def drops_privileges(stage: Stage, facts: Facts) -> bool:
    """Tell whether an image brings a program that gives up root when it starts."""
    if not any(word in facts.file.data for word in _DROP_WORDS):
        return False
    return any(
        _DROPS.search(facts.file.data, one.span.start, one.span.end)
        for each in stage.lineage
        for one in each.instructions
    )


def last_filling(stage: Stage) -> Instruction:
    """Return the last instruction of a stage that writes files, or its FROM."""
    filling = [one for one in stage.instructions if one.keyword in _FILLS]
    return filling[-1] if filling else stage.start


def ports(stage: Stage) -> tuple[tuple[int, Instruction], ...]:
    """Return the ports that a stage and those it rests on expose; ranges by their first."""
    found = []
    for one in reversed(stage.lineage):
        for instruction in one.instructions:
            if instruction.keyword == "EXPOSE":
                value = one.expanded(instruction.value, instruction).value or ""
                for word in value.split():
                    number = word
                    if not word.isdigit():
                        number = word.partition("/")[0].partition("-")[0]
                    if len(number) < 6 and is_number(number):
                        found.append((int(number), instruction))
    return tuple(found)


def named_by(instruction: Instruction, stage: Stage) -> str | None:
    """Return the user that a USER instruction names, without group, or None if it is not known."""
    expanded = stage.expanded(instruction.value.strip(), instruction)
    if expanded.undefined or not expanded.value:
        return None
    return expanded.value.partition(":")[0].strip() or None
