"""The grammar of shells: the tree of a body, and its constructs by kind.

tree-sitter-bash is imported only when a body needs it.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

    from dunnage.parsers._dockerfile_text import Span, Text

LONGEST = 256 * 1024
MOST = 5_000


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


@lru_cache(maxsize=1)
def tree(data: bytes) -> Tree:
    """Return the tree of a body; the last one is kept, since several rules look at it in turn."""
    return _parser().parse(data)


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

    Bodies are read anew for it: ask only where a cheaper look says that one is there.
    """
    if len(text.data) > LONGEST:
        return ()
    root = tree(text.data).root_node
    if root.has_error:
        return ()
    found: list[Construct] = []
    stack: list[tuple[Node, Node | None, int]] = [(root, None, 0)]
    while stack and len(found) < MOST:
        node, parent, place = stack.pop()
        if node.type in kinds:
            raw = (node.text or b"").decode("utf-8", "replace")
            span = text.span(node.start_byte, node.end_byte)
            kind, role = "", ""
            if parent is not None:
                kind, role = parent.type, parent.field_name_for_child(place) or ""
            found.append(Construct(node.type, raw, span, kind, role))
        children = node.children
        stack.extend((children[i], node, i) for i in range(len(children) - 1, -1, -1))
    return tuple(found)
