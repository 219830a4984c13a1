"""The commands of a shell script, and questions that rules ask of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.parsers._dockerfile_text import Span

if TYPE_CHECKING:
    from collections.abc import Collection

    from dunnage.parsers._dockerfile_text import Text


class Place(Struct, frozen=True, gc=False):
    """Where something is; the file is asked only when the place is looked at.

    Attributes:
        start: Offset of its first byte in the source, or in the file if there is no source.
        end: Offset behind its last byte.
        source: The text it stands in, or None.
    """

    start: int
    end: int
    source: Text | None

    @property
    def span(self) -> Span:
        """Return where in the file it is."""
        if self.source is None:
            return Span(self.start, self.end)
        return self.source.span(self.start, self.end)


class ShellWord(Place, frozen=True, gc=False):
    """One word of a command.

    Attributes:
        text: What it stands for, or None if it depends on variables, patterns or commands.
        raw: As written.
    """

    text: str | None
    raw: str

    @classmethod
    def at(cls, span: Span, text: str | None, raw: str) -> ShellWord:
        """Return a word of which the place in the file is known."""
        return cls(span.start, span.end, None, text, raw)


class Redirect(Struct, frozen=True):
    """One redirection.

    Attributes:
        operator: ``>``, ``>>``, ``<`` and so on.
        target: Where to, or None if it depends on variables.
        span: Where in the file.
    """

    operator: str
    target: str | None
    span: Span


class Command(Struct, frozen=True):
    """One simple command.

    Attributes:
        name: Its base name after wrappers such as ``sudo``, or empty if it is not known.
        words: Its arguments.
        place: The whole command with its wrappers and assignments.
        called: The word of its name.
        assignments: Pairs of name and value (as ``ShellWord.text``) in front of it.
        join: What stands between it and the command before: ``&&``, ``||``, ``;``, ``|``, ``&``
            or empty for the first.
        piped: True if its output goes into a next command.
        guarded: True if it may not run (condition, loop, function, behind ``||``).
        wrappers: Names of the commands that run it (``sudo``), outermost first.
        redirects: Its redirections.
        negated: True behind ``!``.
        form: How it is written: ``shell``; ``exec`` where each word is a string of a JSON list;
            ``inside`` where it stands in a quoted word with escapes, so that its parts have no
            place of their own and all spans are that of the word.
    """

    name: str
    words: tuple[ShellWord, ...]
    place: Place
    called: ShellWord
    assignments: tuple[tuple[str, str | None], ...] = ()
    join: str = ""
    piped: bool = False
    guarded: bool = False
    wrappers: tuple[str, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    negated: bool = False
    form: str = "shell"

    @property
    def span(self) -> Span:
        """Return where in the file the whole command is, with its wrappers and assignments."""
        return self.place.span

    @property
    def name_span(self) -> Span:
        """Return where in the file its name is."""
        return self.called.span

    def has(self, *options: str) -> bool:
        """Tell whether one of the options is given; short ones may be clustered (``-qy``)."""
        short = {option[1] for option in options if len(option) == 2}
        for word in self.words:
            text = word.raw if word.text is None else word.text
            if text == "--":
                return False
            if text.startswith("--"):
                if text.partition("=")[0] in options:
                    return True
            elif text.startswith("-") and (text in options or short & {*text[1:]}):
                return True
        return False

    def value_of(self, *options: str) -> ShellWord | None:
        """Return the word that follows an option, or holds its value (``--o=x``, ``-ox``)."""
        for index, word in enumerate(self.words):
            text = word.raw if word.text is None else word.text
            if text in options:
                return self.words[index + 1] if index + 1 < len(self.words) else None
            for option in options:
                lead = f"{option}=" if option.startswith("--") else option
                if text.startswith(lead) and len(text) > len(lead) and len(option) > 1:
                    value = None if word.text is None else word.text[len(lead) :]
                    raw = word.raw[len(lead) :]
                    end = word.span.end
                    return ShellWord.at(Span(end - len(raw.encode()), end), value, raw)
        return None

    def operands(self, valued: Collection[str] = ()) -> tuple[ShellWord, ...]:
        """Return the words that are neither options nor their values.

        Args:
            valued: Options whose value is the next word (``-t``, ``--target-release``).
        """
        found: list[ShellWord] = []
        skip = ended = False
        for word in self.words:
            text = word.raw if word.text is None else word.text
            if skip:
                skip = False
            elif ended or not text.startswith("-") or text == "-":
                found.append(word)
            elif text == "--":
                ended = True
            else:
                skip = text in valued
        return tuple(found)

    @property
    def verb(self) -> str:
        """Return the first operand (``install`` of ``apt-get -q install``), or empty."""
        ended = False
        for word in self.words:
            text = word.raw if word.text is None else word.text
            if ended or text[:1] != "-" or text == "-":
                return word.text or ""
            ended = text == "--"
        return ""


_DECLARING = frozenset({"export", "declare", "typeset", "ARG"})


class Script(Struct, frozen=True, dict=True):
    """The commands of one body.

    Attributes:
        commands: In the order they are written; those of substitutions before what uses them.
        known: False if the body could not be read; then there are no commands.
        error: Where reading failed, or None.
        bound: Which bound it goes beyond, as it follows "this RUN"; empty if it breaks the syntax.
        posix: True if it certainly holds no syntax that POSIX does not know, and no ``source``;
            a function may still have variables of its own.
    """

    commands: tuple[Command, ...] = ()
    known: bool = True
    error: Span | None = None
    bound: str = ""
    posix: bool = False

    @cached_property
    def variables(self) -> frozenset[str]:
        """Return the names of all variables that it sets for what it runs."""
        found = {name for one in self.commands for name, _ in one.assignments}
        for one in self.commands:
            if one.name in _DECLARING:
                found.update(word.raw.partition("=")[0] for word in one.words)
        return frozenset(found)

    @cached_property
    def places(self) -> dict[int, int]:
        """Return the place of each command among them, by its identity."""
        return {id(one): place for place, one in enumerate(self.commands)}
