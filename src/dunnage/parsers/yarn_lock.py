"""Reads yarn.lock, both of Yarn 1 and of Yarn 2 and later.

Yarn 1 writes a format of its own (``@yarnpkg/lockfile``, "Yarn Lockfile"): keys are lists of what
was asked for, fields are a name and a value divided by a blank. Later versions write YAML with the
same keys (Yarn's documentation, "Lexicon": descriptor, locator, resolution).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from dunnage.model.errors import InputError
from dunnage.parsers import _small_yaml
from dunnage.parsers._json_values import text
from dunnage.parsers._lock import Entry, Lock, decoded, line_of_keys, table
from dunnage.parsers.package_lock import ARCHIVES, hashes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits

_FIELD = re.compile(r'("(?:[^"\\]|\\.)*"|[^\s"]+) +(.+)')
_LOCAL = ("file:", "link:", "portal:", "workspace:")
_GROUPS = ("dependencies", "optionalDependencies")


class _Block:
    """One entry of a Yarn 1 lock file."""

    def __init__(self, number: int, descriptors: list[str]) -> None:
        self.number = number
        self.descriptors = descriptors
        self.fields: dict[str, str] = {}
        self.needs: list[tuple[str, str]] = []


def parse(data: bytes, limits: Limits) -> Lock:
    """Read the lock file of Yarn.

    Raises:
        InputError: If it cannot be understood.
        LimitError: If it is too large.
    """
    written = decoded(data, limits, "lock file")
    if re.search(r"^__metadata:", written, re.MULTILINE):
        return _later(written, limits)
    return _first(written)


def _first(written: str) -> Lock:
    blocks = list(_blocks(written))
    by_descriptor = {name: block for block in blocks for name in block.descriptors}
    entries = []
    for block in blocks:
        name, wanted = _split(block.descriptors[0])
        version = block.fields.get("version", "")
        if not version or _is_own(wanted):
            continue
        needed = (by_descriptor.get(f"{key}@{want}") for key, want in block.needs)
        resolved = block.fields.get("resolved", "")
        entry = Entry(
            name=_real(name, wanted),
            version=version,
            line=block.number,
            depends=tuple(_named(other) for other in needed if other is not None),
            hashes=hashes(block.fields.get("integrity")),
            source=resolved if resolved.startswith(("git", "file:")) else "",
        )
        if text(entry.name) and text(version):
            entries.append(entry)
    return Lock(tuple(entries))


def _is_own(reference: str) -> bool:
    """Tell whether a reference is to a directory of the project; an archive is none."""
    file = re.split("::|#", reference, maxsplit=1)[0]
    return reference.startswith(_LOCAL) and not file.endswith(ARCHIVES)


def _named(block: _Block) -> tuple[str, str]:
    return _real(*_split(block.descriptors[0])), block.fields.get("version", "")


def _blocks(written: str) -> Iterator[_Block]:
    block: _Block | None = None
    group = ""
    for number, line in enumerate(written.split("\n"), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip(" "))
        if indent == 0:
            if not bare.endswith(":"):
                raise InputError("an entry of the lock file has no colon", where=f"line {number}")
            if block is not None:
                yield block
            keys = [_unquoted(key) for key in re.split(r", (?=\S)", bare[:-1])]
            block, group = _Block(number, [key for key in keys if key] or [""]), ""
            continue
        if block is None:
            raise InputError("a field before the first entry", where=f"line {number}")
        if bare.endswith(":"):
            group = bare[:-1]
            continue
        match = _FIELD.fullmatch(bare)
        if match is None:
            continue
        key, value = _unquoted(match[1]), _unquoted(match[2])
        if indent > 2 and group in _GROUPS:
            block.needs.append((key, value))
        elif indent == 2:
            block.fields[key] = value
    if block is not None:
        yield block


def _unquoted(word: str) -> str:
    return word[1:-1].replace('\\"', '"') if len(word) > 1 and word[0] == '"' else word


def _split(descriptor: str) -> tuple[str, str]:
    """Return the name with its scope, and what is wanted of it."""
    at = descriptor.find("@", 1)
    return (descriptor[:at], descriptor[at + 1 :]) if at > 0 else (descriptor, "")


def _real(name: str, wanted: str) -> str:
    """Return the name behind an alias (``npm:other@^1``)."""
    if wanted.startswith("npm:") and "@" in wanted.removeprefix("npm:")[1:]:
        return _split(wanted.removeprefix("npm:"))[0]
    return name


def _later(written: str, limits: Limits) -> Lock:
    found = [table(document) for document in _small_yaml.documents(written, limits)]
    told = {key: table(value) for part in found for key, value in part.items()}
    told.pop("__metadata", None)
    lines = line_of_keys(written, r'"?([^"\s][^"]*?)"?:\s*$')
    by_descriptor: dict[str, dict[str, object]] = {}
    for key, entry in told.items():
        for descriptor in key.split(", "):
            by_descriptor[descriptor] = entry
            # What is from a file, or patched, is bound to who asks for it: ``::locator=...``.
            by_descriptor.setdefault(descriptor.partition("::")[0], entry)
    direct: set[int] = set()
    for entry in told.values():
        if "@workspace:" in text(entry.get("resolution")):
            direct.update(id(other) for other in _needed(entry, by_descriptor))
    entries = []
    for key, entry in told.items():
        name, source = _located(entry)
        version = text(entry.get("version"))
        if not name or not version:
            continue
        needs = (_located(other)[0] for other in _needed(entry, by_descriptor))
        versions = (text(other.get("version")) for other in _needed(entry, by_descriptor))
        entries.append(
            Entry(
                name=name,
                version=version,
                line=lines.get(key, 0),
                direct=id(entry) in direct,
                depends=tuple(pair for pair in zip(needs, versions, strict=True) if pair[0]),
                source=source,
            )
        )
    return Lock(tuple(entries))


def _needed(
    entry: dict[str, object], by_descriptor: dict[str, dict[str, object]]
) -> Iterator[dict[str, object]]:
    for name, wanted in table(entry.get("dependencies")).items():
        # Since Yarn 4 a range is written with its protocol, before without.
        for descriptor in (f"{name}@{text(wanted)}", f"{name}@npm:{text(wanted)}"):
            if descriptor in by_descriptor:
                yield by_descriptor[descriptor]
                break


def _located(entry: dict[str, object]) -> tuple[str, str]:
    """Return name and source of an entry; no name for the project's own directories."""
    name, reference = _split(text(entry.get("resolution")))
    if reference.startswith("patch:"):
        inner = unquote(reference.removeprefix("patch:").partition("#")[0])
        return (_split(inner)[0] or name), ""
    # A virtual package stands for the same package with certain peers.
    reference = reference.rpartition("#")[2] if reference.startswith("virtual:") else reference
    if not reference or _is_own(reference):
        return "", ""
    return name, "" if reference.startswith("npm:") else reference
