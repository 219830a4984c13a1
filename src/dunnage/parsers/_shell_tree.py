"""The grammar of shells: the tree of a body, and its constructs by kind.

tree-sitter-bash is imported only when a body needs it.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser, QueryCursor, Tree

    from dunnage.parsers._dockerfile_text import Span, Text

LONGEST = 256 * 1024
MOST = 5_000


_KEPT = 16 * 1024
"""Bytes of a body of which the tree may be kept; it takes a hundred times as many."""


@cache
def _language() -> Language:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Language(tree_sitter_bash.language())


@cache
def _parser() -> Parser:
    import tree_sitter

    return tree_sitter.Parser(_language())


def tree(data: bytes) -> Tree:
    """Return the tree of a body; the last ones are kept, since several rules look at them in turn."""
    return _short(data) if len(data) <= _KEPT else _parser().parse(data)


@lru_cache(maxsize=16)
def _short(data: bytes) -> Tree:
    return _parser().parse(data)


@lru_cache(maxsize=64)
def _cursor(kinds: frozenset[str]) -> QueryCursor:
    import tree_sitter

    query = " ".join(f"({kind})" for kind in sorted(kinds))
    return tree_sitter.QueryCursor(tree_sitter.Query(_language(), f"[{query}] @found"))


class Construct(Struct, frozen=True):
    """One construct of the shell's grammar.

    Attributes:
        kind: Its name in tree-sitter-bash (``test_command``).
        text: As written.
        span: Where in the file.
        parent: Kind of what it is part of.
        role: What it is there (``condition``), or empty.
    """

    kind: str
    text: str
    span: Span
    parent: str
    role: str


def constructs(text: Text, kinds: frozenset[str]) -> tuple[Construct, ...]:
    """Return the constructs of some kinds in a body, in order; none if it cannot be read.

    Bodies are read by the grammar for it: ask only where a cheaper look says that one is there, and
    only for the kinds that may be.
    """
    if len(text.data) > LONGEST or not kinds:
        return ()
    root = tree(text.data).root_node
    if root.has_error:
        return ()
    nodes = _cursor(kinds).captures(root).get("found", [])
    nodes.sort(key=lambda node: (node.start_byte, -node.end_byte))
    return tuple(_construct(node, text) for node in nodes[:MOST])


def _construct(node: Node, text: Text) -> Construct:
    start, end = node.start_byte, node.end_byte
    raw = text.data[start:end].decode("utf-8", "replace")
    parent = node.parent
    kind = role = ""
    if parent is not None:
        kind = parent.type
        at = next(at for at, child in enumerate(parent.children) if child.id == node.id)
        role = parent.field_name_for_child(at) or ""
    return Construct(node.type, raw, text.span(start, end), kind, role)


def parts_behind(node: Node) -> tuple[list[Node], list[Node]]:
    """Return the redirections of a statement, and the words behind them, which are arguments."""
    files: list[Node] = []
    words: list[Node] = []
    for child in node.children:
        if child.type == "file_redirect":
            files.append(child)
        elif child.type == "heredoc_redirect":
            files += child.children_by_field_name("redirect")
            words += child.children_by_field_name("argument")
    for file in files:
        places = file.children_by_field_name("destination")
        words += places[target_parts(places) :]
    return files, sorted(words, key=lambda word: word.start_byte)


def target_parts(places: list[Node]) -> int:
    """Return how many nodes at the start are one word, which the grammar has cut."""
    count = min(1, len(places))
    while 0 < count < len(places) and places[count].start_byte == places[count - 1].end_byte:
        count += 1
    return count


def flat(node: Node) -> list[Node]:
    """Return the parts of a list of commands; ``a && b && c`` is a list in a list."""
    rests: list[list[Node]] = []
    children = node.children
    while children and children[0].type == "list":
        rests.append(children[1:])
        children = children[0].children
    return [*children, *(child for rest in reversed(rests) for child in rest)]
