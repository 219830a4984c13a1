"""What a verb declares to the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dunnage.cli._console import Console
    from dunnage.cli._option import Option, Value


class Group(NamedTuple):
    """Options that belong together in the help.

    Attributes:
        title: Heading in the help.
        options: The options.
    """

    title: str
    options: tuple[Option, ...]


class Call(NamedTuple):
    """One call of a verb.

    Attributes:
        words: Positional arguments.
        values: The settled options by key.
        environ: The environment.
        console: Where to write.
    """

    words: tuple[str, ...]
    values: Mapping[str, Value]
    environ: Mapping[str, str]
    console: Console

    def text(self, key: str) -> str:
        """Return the value of an option that is a text."""
        return str(self.values[key])

    def listed(self, key: str) -> tuple[str, ...]:
        """Return the value of an option that is a list."""
        value = self.values[key]
        return value if isinstance(value, tuple) else ()

    def on(self, key: str) -> bool:
        """Return whether a switch is on."""
        return bool(self.values[key])

    def number(self, key: str) -> int:
        """Return the value of an option that is a whole number."""
        value = self.values[key]
        return value if isinstance(value, int) else 0


class Command(NamedTuple):
    """A verb.

    Attributes:
        summary: One line for the list of verbs.
        description: What it does, for its own help.
        examples: Pairs of what one wants and what to type.
        words: What the positional arguments are called in the usage line.
        words_help: What they are.
        groups: Its options.
        run: Does the work and returns the exit code.
        phase: ``build``, ``ship``, ``run`` or ``all``.
        wraps: The first word and all that follows are another command, which it does not parse;
            its own options stand before.
        judged_before: It is about what settings have decided already, so that ``dunnage.toml``
            counts only where it is named.
        own_source: What it examines is the user's own source, so that settings in it count.
    """

    summary: str
    description: str
    examples: tuple[tuple[str, str], ...]
    words: str
    words_help: str
    groups: tuple[Group, ...]
    run: Callable[[Call], int]
    phase: str
    wraps: bool = False
    judged_before: bool = False
    own_source: bool = False
