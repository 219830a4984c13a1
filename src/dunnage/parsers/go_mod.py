"""Reads go.mod and go.sum.

The formats are those of the Go modules reference, "go.mod files" and "go.sum files". Since Go 1.17
go.mod lists every module a build needs; before, go.sum knows more, also versions nobody uses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import InputError
from dunnage.parsers._json_values import text
from dunnage.parsers._lock import Entry, Lock, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits

_GO = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})")
_COMPLETE = (1, 17)
_INDIRECT = re.compile(r"indirect(?:;|$)")
"""What Go itself takes for the mark (``modfile``): the word alone, or with a semicolon behind."""
_TOKEN = re.compile(r'(//.*)|("(?:[^"\\]|\\.)*"|`[^`]*`|[()]|(?:[^\s"`/()]|/(?!/))+)')


class GoMod(NamedTuple):
    """What a go.mod says.

    Attributes:
        lock: The required modules, as they are replaced. One that is replaced by a directory has
            no version.
        complete: True if it lists what is needed indirectly, too.
    """

    lock: Lock
    complete: bool


def parse(data: bytes, limits: Limits) -> GoMod:
    """Read a go.mod.

    Raises:
        InputError: If it has no ``module`` line.
        LimitError: If it is too large.
    """
    required: list[Entry] = []
    replaced: dict[tuple[str, str], tuple[str, str]] = {}
    module = ""
    complete = False
    for number, verb, words, comment in _directives(decoded(data, limits, "go.mod")):
        if verb == "module" and words:
            module = words[0]
        elif verb == "go" and words:
            match = _GO.match(words[0])
            complete = match is not None and (int(match[1]), int(match[2])) >= _COMPLETE
        elif verb == "require" and len(words) == 2:
            direct = not _INDIRECT.match(comment)
            if text(words[0]) and text(words[1]):
                required.append(Entry(words[0], words[1], number, direct=direct))
        elif verb == "replace" and "=>" in words:
            _replace(words, replaced)
    if not module:
        raise InputError("the go.mod has no module line")
    entries = (_used(entry, replaced) for entry in required)
    return GoMod(Lock(tuple(entries)), complete)


def _directives(written: str) -> Iterator[tuple[int, str, list[str], str]]:
    """Give number, verb, words and comment of each line, also of those in brackets."""
    block = ""
    for number, line in enumerate(written.split("\n"), 1):
        tokens = _TOKEN.findall(line)
        words = [_unquoted(word) for _, word in tokens if word]
        if not words:
            continue
        told = tokens[-1][0].removeprefix("//").strip()
        if block and words[0] == ")":
            block = ""
        elif block:
            yield number, block, words, told
        elif len(words) == 2 and words[1] == "(":
            block = words[0]
        else:
            yield number, words[0], words[1:], told


def _unquoted(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] in '"`' else word


def _replace(words: list[str], replaced: dict[tuple[str, str], tuple[str, str]]) -> None:
    at = words.index("=>")
    old, new = words[:at], words[at + 1 :]
    if old and new:
        replaced[old[0], old[1] if len(old) > 1 else ""] = (new[0], new[1] if len(new) > 1 else "")


def _used(entry: Entry, replaced: dict[tuple[str, str], tuple[str, str]]) -> Entry:
    """Return the module that is used instead, if there is one; an exact version counts first."""
    found = replaced.get((entry.name, entry.version)) or replaced.get((entry.name, ""))
    if found is None:
        return entry
    name, version = text(found[0]), text(found[1])
    if not version or name.startswith((".", "/")):
        # A directory: the code is not that of any published version.
        return entry._replace(version="", source=name)
    return entry._replace(name=name, version=version)


def parse_sums(data: bytes, limits: Limits) -> Lock:
    """Read a go.sum: every module whose content was hashed, in all versions it was ever asked for.

    Raises:
        LimitError: If it is too large.
        InputError: If it is no text.
    """
    entries = []
    for number, line in enumerate(decoded(data, limits, "go.sum").split("\n"), 1):
        words = line.split()
        if len(words) != 3 or words[1].endswith("/go.mod") or not words[2].startswith("h1:"):
            continue
        name, version = text(words[0]), text(words[1])
        if name and version:
            entries.append(Entry(name, version, number))
    return Lock(tuple(entries))
