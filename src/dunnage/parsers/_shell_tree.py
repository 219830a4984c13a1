"""The grammar of shells: the tree of a body, and its constructs by kind.

tree-sitter-bash is imported only when a body needs it.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

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


class Construct(NamedTuple):
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
