"""Tells what a word of a shell command stands for, where that does not depend on the shell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

ESCAPED = re.compile(rb"\\(\n|.)", re.DOTALL)
QUOTED = re.compile(rb'\\([$`"\\\n])')
PATTERN = re.compile(rb"(?<!\\)[*?\[]|^~|(?<!\\)\{[^}]*[,.]")
_SPECIAL = re.compile(rb"[\\$`*?\[{~'\"]")
_WORDS = frozenset({"word", "number", "command_name"})
_PLAIN = frozenset({"word", "number", "variable_name", "file_descriptor", "test_operator"})


def is_plain(kind: str, text: bytes) -> bool:
    """Tell whether a node of a kind stands for its own text."""
    return kind in _WORDS and not _SPECIAL.search(text)


def literal(node: Node) -> str | None:
    """Return the text of a word without quotes and escapes, or None if it is not fixed.

    Args:
        node: A word, string, concatenation or command name of tree-sitter-bash.
    """
    text = node.text or b""
    found = text if is_plain(node.type, text) else _bytes(node)
    return None if found is None else found.decode("utf-8", "replace")


def _bytes(node: Node) -> bytes | None:
    kind, text = node.type, node.text or b""
    if kind in _PLAIN or not node.is_named:
        if PATTERN.search(text) or b"$" in text or b"`" in text:
            return None
        return ESCAPED.sub(unescaped, text) if b"\\" in text else text
    if kind == "raw_string":
        return text[1:-1]
    if kind == "string":
        if any(child.is_named and child.type != "string_content" for child in node.children):
            return None
        inner = text[1:-1]
        return QUOTED.sub(unescaped, inner) if b"\\" in inner else inner
    if kind in {"concatenation", "command_name"}:
        parts = [_bytes(child) for child in node.children]
        if kind == "concatenation" and PATTERN.search(text):
            return None
        return None if None in parts else b"".join(part for part in parts if part is not None)
    return None


def unescaped(match: re.Match[bytes]) -> bytes:
    return b"" if match[1] == b"\n" else match[1]
