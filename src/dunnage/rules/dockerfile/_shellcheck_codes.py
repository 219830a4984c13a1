"""The codes of ShellCheck as names of rules: which are asked for, and what is to be read of one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.rule import RuleText
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._select import Words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dunnage.rules.dockerfile._rule import DockerfileRule

PREFIX = "shellcheck/"
WIKI = "https://www.shellcheck.net/wiki/"
EVERY = "every"
"""Stands for all codes."""
ABOUT_FILES = frozenset({"SC1090", "SC1091", "SC2187"})
"""Codes that say nothing about a RUN instruction: what ``.`` reads is in the image, not here, and the
shell of busybox is named by us."""
_CODE = pattern(r"(?:shellcheck[/: ])?(SC\d{4})", re.IGNORECASE)


def code_of(word: str) -> str:
    """Return a code as ShellCheck writes it, or an empty string for what is none."""
    match = _CODE.fullmatch(word.strip())
    return match[1].upper() if match else ""


class Codes(Words):
    """The codes of ShellCheck as words on the command line; ``shellcheck`` is all of them."""

    def __init__(self) -> None:
        """Know any code; which there are is ShellCheck's to say."""
        super().__init__({}, PREFIX)

    def of(self, word: str) -> tuple[str, ...]:
        """Return the code a word stands for, or nothing."""
        if word.strip().lower() == PREFIX.strip("/"):
            return (EVERY,)
        code = code_of(word)
        return (code,) if code else ()


class Wanted:
    """Which codes are wanted."""

    def __init__(self, only: Collection[str] | None, without: Iterable[str]) -> None:
        """Keep them.

        Args:
            only: Those that are asked for by name; None for all.
            without: Those that are not wanted.
        """
        self._only = None if only is None or EVERY in only else frozenset(only)
        self._without = frozenset(without) | ABOUT_FILES

    def __contains__(self, code: object) -> bool:
        """Tell whether a code is wanted."""
        if code in self._without or EVERY in self._without:
            return False
        return self._only is None or code in self._only

    def __bool__(self) -> bool:
        """Tell whether any code may be wanted."""
        return EVERY not in self._without and (self._only is None or bool(self._only))


def peers_of(rules: Mapping[str, DockerfileRule]) -> dict[str, tuple[str, ...]]:
    """Return the codes that each rule of ours stands for, by the id of its findings."""
    found = {
        f"dockerfile/{name}": tuple(
            peer.partition(" ")[2] for peer in one.rule.peers if peer.startswith("shellcheck ")
        )
        for name, one in rules.items()
    }
    return {name: codes for name, codes in found.items() if codes}


def text_of(code: str, rules: Mapping[str, DockerfileRule]) -> RuleText:
    """Return what reports say about a code.

    Args:
        code: As ``SC2086``.
        rules: Our own rules.
    """
    ours = [name for name, codes in peers_of(rules).items() if code in codes]
    same = (
        f"\n\nWithout it {' and '.join(f'`{name}`' for name in ours)} "
        f"{'look' if len(ours) > 1 else 'looks'} for the same; where both see it, only ours is told."
        if ours
        else ""
    )
    return RuleText(
        PREFIX + code,
        f"{code} of ShellCheck",
        "## What it does\nReports what ShellCheck, a program of its own, finds in the shell of `RUN` "
        f"instructions. It runs with `dunnage lint --shellcheck`, and says itself how bad it is.{same}"
        f"\n\n## Sources\n{WIKI}{code}",
    )
