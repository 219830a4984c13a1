"""Reads the body of a RUN instruction as the commands a POSIX shell would run.

The grammar is that of tree-sitter-bash, which is imported only when a body needs it. What it cannot
read is unknown, never empty: ``Script.known`` is False then, and there are no commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.parsers._dockerfile_text import Span, Text
from dunnage.parsers._shell_command import Command, Place, Redirect, Script, ShellWord
from dunnage.parsers._shell_simple import simple
from dunnage.parsers._shell_tree import (
    LONGEST,
    MOST,
    Construct,
    constructs,
    flat,
    parts_behind,
    target_parts,
    tree,
)
from dunnage.parsers._shell_words import is_plain, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node

__all__ = [
    "Command",
    "Construct",
    "Redirect",
    "Script",
    "ShellWord",
    "constructs",
    "of_words",
    "read",
]

_DEEPEST = 40
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
_WRAPPERS = {
    "sudo": frozenset("CDghpRrTtUu"),
    "doas": frozenset("Cu"),
    "env": frozenset("uCS"),
    "exec": frozenset("a"),
    "nice": frozenset("n"),
    "nohup": frozenset(),
    "time": frozenset("fo"),
    "command": frozenset(),
    "eatmydata": frozenset(),
    "builtin": frozenset(),
}
"""Commands that run another one, with their short options that take a value."""
_GUARDS = frozenset({
    "if_statement", "while_statement", "for_statement", "c_style_for_statement", "case_statement",
    "function_definition",
})  # fmt: skip
_LISTS = frozenset({"list", "pipeline"})
_COMMANDS = frozenset({"command", "declaration_command", "unset_command"})


def read(text: Text) -> Script:
    """Return the commands of a body.

    Args:
        text: The body as the shell sees it.
    """
    if len(text.data) > LONGEST:
        return Script(known=False, error=text.whole, bound=f"has more than {LONGEST:,} bytes")
    script = simple(text, _unwrapped)
    if script is not None and len(script.commands) < MOST:
        return script
    return _by_grammar(text)


def _by_grammar(text: Text) -> Script:
    root = tree(text.data).root_node
    if root.has_error:
        return Script(known=False, error=_first_error(root, text))
    walk = _Walk(text)
    walk.visit(root, "", guarded=False, depth=0)
    if walk.bound:
        return Script(known=False, error=text.whole, bound=walk.bound)
    return Script(tuple(walk.found))


def of_words(words: tuple[ShellWord, ...], span: Span) -> Script:
    """Return the command of an exec form, and what a shell in it would run.

    Args:
        words: The strings of the JSON list.
        span: Where the list is.
    """
    if not words:
        return Script()
    place = Place(span.start, span.end, None)
    return Script(tuple(_unwrapped(words, (), place, form="exec")))


def _first_error(root: Node, text: Text) -> Span:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type == "ERROR" or node.is_missing:
            return text.span(node.start_byte, max(node.end_byte, node.start_byte))
        stack.extend(child for child in reversed(node.children) if child.has_error)
    return text.whole


class _Walk:
    """Collects commands; recursion is as deep as the script nests."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.found: list[Command] = []
        self.bound = ""

    def visit(self, node: Node, join: str, *, guarded: bool, depth: int) -> None:
        """Add the commands of a node.

        Args:
            node: Any node.
            join: What stands before it.
            guarded: True if it may not run.
            depth: How deep it is nested.
        """
        if depth > _DEEPEST:
            self.bound = f"nests more than {_DEEPEST} deep"
        elif len(self.found) >= MOST:
            self.bound = f"has more than {MOST:,} commands"
        if self.bound:
            return
        kind = node.type
        if kind in _COMMANDS:
            self._command(node, join, (), [], guarded=guarded, depth=depth)
        elif kind == "redirected_statement":
            self._redirected(node, join, guarded=guarded, depth=depth)
        elif kind == "pipeline":
            self._pipeline(node, join, guarded=guarded, depth=depth)
        else:
            self._parts(node, join, guarded=guarded or kind in _GUARDS, depth=depth)

    def _parts(self, node: Node, join: str, *, guarded: bool, depth: int) -> None:
        first, maybe = True, guarded
        listed = node.type == "list"
        for child in flat(node) if listed else node.children:
            if not child.is_named:
                sign = child.type
                if sign in {"&&", "||", ";", "&", "\n", ";;"}:
                    join, first = (";" if sign in {"\n", ";;"} else sign), False
                    maybe = guarded or (listed and sign == "||")
                continue
            if not first and not join:
                join = ";"
            at = len(self.found)
            self.visit(child, join, guarded=maybe, depth=depth + 1)
            if node.type == "negated_command" and len(self.found) > at:
                self.found[at] = replace(self.found[at], negated=True)
            first, join = False, ""

    def _pipeline(self, node: Node, join: str, *, guarded: bool, depth: int) -> None:
        parts = [child for child in node.children if child.is_named]
        for number, child in enumerate(parts):
            self.visit(child, "|" if number else join, guarded=guarded, depth=depth + 1)
            if number + 1 < len(parts) and self.found:
                self.found[-1] = replace(self.found[-1], piped=True)

    def _redirected(self, node: Node, join: str, *, guarded: bool, depth: int) -> None:
        files, behind = parts_behind(node)
        redirects = tuple(map(self._redirect, files))
        body = node.child_by_field_name("body")
        for child in node.children:
            if body is not None and child.id == body.id:
                if child.type in _COMMANDS:
                    self._command(child, join, redirects, behind, guarded=guarded, depth=depth)
                    continue
                self.visit(child, join, guarded=guarded, depth=depth + 1)
                if redirects and self.found:
                    last = self.found[-1]
                    words = self._words(behind if child.type in _LISTS else ())
                    self.found[-1] = replace(
                        last,
                        words=(*last.words, *words),
                        redirects=(*last.redirects, *redirects),
                    )
            elif child.type == "heredoc_redirect":
                self._heredoc(child, guarded=guarded, depth=depth)
            elif child.is_named:
                self._substitutions(child, depth)

    def _heredoc(self, node: Node, *, guarded: bool, depth: int) -> None:
        """Visit what tree-sitter hangs below a here-document: the rest of its line."""
        for child in node.children:
            if child.type == "pipeline":
                for part in child.children:
                    if part.is_named:
                        self.visit(part, "|", guarded=guarded, depth=depth + 1)
            elif child.type in {"command", "list", "redirected_statement"}:
                self.visit(child, "&&", guarded=guarded, depth=depth + 1)

    def _redirect(self, node: Node) -> Redirect:
        places = node.children_by_field_name("destination")
        places = places[: target_parts(places)]
        sign = next((child.type for child in node.children if not child.is_named), ">")
        text = literal(places[0]) if len(places) == 1 else None
        end = places[-1].end_byte if places else node.end_byte
        return Redirect(sign, text, self.text.span(node.start_byte, end))

    def _word(self, node: Node) -> ShellWord:
        start, end = node.start_byte, node.end_byte
        data = self.text.data[start:end]
        raw = data.decode("utf-8", "replace")
        text = raw if is_plain(node.type, data) else literal(node)
        return ShellWord(start, end, self.text, text, raw)

    def _words(self, nodes: Iterable[Node]) -> list[ShellWord]:
        """Return nodes as words; those that touch are one, which the grammar has cut."""
        words: list[ShellWord] = []
        end = -1
        for node in nodes:
            if words and node.start_byte == end:
                words[-1] = _joined(words[-1], self._word(node))
            else:
                words.append(self._word(node))
            end = node.end_byte
        return words

    def _command(
        self,
        node: Node,
        join: str,
        redirects: tuple[Redirect, ...],
        behind: list[Node],
        *,
        guarded: bool,
        depth: int,
    ) -> None:
        words: list[ShellWord] = []
        assignments: list[tuple[str, str | None]] = []
        inner = []
        end = -1
        for child in node.children:
            kind = child.type
            if kind == "variable_assignment" and not words:
                name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
                told = (name.text or b"").decode("utf-8", "replace") if name else ""
                assignments.append((told, literal(value) if value is not None else ""))
            elif kind in {"file_redirect", "herestring_redirect"}:
                inner.append(self._redirect(child))
            elif child.is_named or (node.type != "command" and not words):
                if words and child.start_byte == end:
                    words[-1] = _joined(words[-1], self._word(child))
                else:
                    words.append(self._word(child))
                end = child.end_byte
            if child.named_child_count:
                self._substitutions(child, depth)
        if words:
            words += self._words(behind)
            place = Place(node.start_byte, node.end_byte, self.text)
            all_of_them = (*redirects, *inner)
            self.found += _unwrapped(
                tuple(words), tuple(assignments), place, join, all_of_them, guarded=guarded
            )

    def _substitutions(self, node: Node, depth: int) -> None:
        stack = [node]
        while stack:
            one = stack.pop()
            if one.type in {"command_substitution", "process_substitution"}:
                self.visit(one, "", guarded=False, depth=depth + 1)
            elif one.named_child_count:
                stack.extend(reversed(one.named_children))


def _joined(one: ShellWord, other: ShellWord) -> ShellWord:
    """Return two parts of one word; the grammar cuts ``a-$B-$C`` at the second dollar sign."""
    text = None if one.text is None or other.text is None else one.text + other.text
    if one.raw.endswith("$"):
        text = None
    return ShellWord(one.start, other.end, one.source, text, one.raw + other.raw)


def _unwrapped(
    words: tuple[ShellWord, ...],
    assignments: tuple[tuple[str, str | None], ...],
    place: Place,
    join: str = "",
    redirects: tuple[Redirect, ...] = (),
    form: str = "shell",
    *,
    guarded: bool = False,
) -> list[Command]:
    """Return a command without what runs it, and the commands of ``sh -c``."""
    at, name = 0, _base(words[0])
    wrappers: tuple[str, ...] = ()
    if name in _WRAPPERS:
        at, wrappers, more = _wrapped(words)
        name, assignments = _base(words[at]), (*assignments, *more)
    command = Command(
        name,
        words[at + 1 :],
        place,
        words[at],
        assignments,
        join,
        piped=False,
        guarded=guarded,
        wrappers=wrappers,
        redirects=redirects,
        form=form,
    )
    return [command, *_inside(command)] if name in _SHELLS else [command]


def _wrapped(
    words: tuple[ShellWord, ...],
) -> tuple[int, tuple[str, ...], list[tuple[str, str | None]]]:
    """Return the index of the name of what wrappers run, their names and the variables they set."""
    wrappers: list[str] = []
    more: list[tuple[str, str | None]] = []
    at = 0
    while at + 1 < len(words):
        name = _base(words[at])
        if name not in _WRAPPERS:
            break
        behind = _behind(words, at + 1, _WRAPPERS[name])
        if behind >= len(words):
            break
        wrappers.append(name)
        at = behind
        while at + 1 < len(words) and "=" in words[at].raw and name in {"env", "sudo"}:
            text = words[at].text
            key, _, value = (words[at].raw if text is None else text).partition("=")
            more.append((key, value if text is not None else None))
            at += 1
    return at, tuple(wrappers), more


def _inside(command: Command) -> Iterator[Command]:
    """Give the commands of ``sh -c 'text'`` where the text is plain."""
    for index, word in enumerate(command.words):
        text = word.text or ""
        if not text.startswith("-"):
            return
        if text.startswith("-") and not text.startswith("--") and text.endswith("c"):
            script = command.words[index + 1] if index + 1 < len(command.words) else None
            if script is None or script.text is None:
                return
            data = script.text.encode()
            plain = script.raw[1:-1] == script.text
            start = script.span.start + 1 if plain else script.span.start
            for inner in read(Text(data, (0,), (start,))).commands:
                yield inner if plain else _at(inner, script.span)
            return


def _at(command: Command, span: Span) -> Command:
    words = tuple(ShellWord.at(span, word.text, word.raw) for word in command.words)
    called = ShellWord.at(span, command.called.text, command.called.raw)
    place = Place(span.start, span.end, None)
    return replace(command, words=words, place=place, called=called, form="inside")


def _behind(words: tuple[ShellWord, ...], at: int, valued: frozenset[str]) -> int:
    """Return the index of what follows the options of a wrapper, which start at an index."""
    while at < len(words):
        raw = words[at].raw
        if raw == "--":
            return at + 1
        if not raw.startswith("-"):
            break
        at += 2 if len(raw) == 2 and raw[1] in valued else 1
    return at


def _base(word: ShellWord) -> str:
    return (word.text or "").rpartition("/")[2]
