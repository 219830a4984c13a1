"""The grammar of shells: the tree of a body, and its constructs by kind.

tree-sitter-bash is imported only when a body needs it.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Parser, Tree

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
    found: list[tuple[int, int, Construct]] = []
    stack = [root]
    while stack and len(found) < MOST:
        node = stack.pop()
        places: dict[int, int] = {}
        for child in node.named_children:
            if child.named_child_count:
                stack.append(child)
            if child.type not in kinds:
                continue
            places = places or {one.id: place for place, one in enumerate(node.children)}
            role = node.field_name_for_child(places[child.id]) or ""
            start, end = child.start_byte, child.end_byte
            raw = text.data[start:end].decode("utf-8", "replace")
            one = Construct(child.type, raw, text.span(start, end), node.type, role)
            found.append((start, -end, one))
    return tuple(one for *_, one in sorted(found, key=lambda item: item[:2]))
