"""Reads the Markdown files that test rules: Dockerfiles, and beside each what is found in it.

A file ``tests/rules/dockerfile/<rule>.md`` holds fenced blocks. Each ``dockerfile`` block is an
example. What follows it up to the next belongs to it:

- ``findings``: every hit of the rule, a line each: ``LINE:COLUMN message``. Without this block the
  example is silent.
- ``fixed``: the file after all changes of the rule were made; without it nothing else is asked.
- ``context NAME``: a file of the build context. ``context`` alone: an empty context.
- ``settings``: lines ``key = value`` of ``Settings``, in TOML.
- ``name NAME``: how the file is called.
- ``rules NAME, NAME``: further rules that run; their findings are not looked at.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from dunnage.parsers.dockerfile import read
from dunnage.rules.dockerfile._facts import Facts, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TODAY = date(2026, 11, 30)
_FENCE = re.compile(r"^(````*)([a-z]*) ?([^\n]*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


@dataclass
class Sample:
    """One example.

    Attributes:
        source: Name of the Markdown file and line of the block.
        data: The Dockerfile.
        findings: What the rule must say, ``LINE:COLUMN message``, in order.
        fixed: The file after its changes, or None if nobody asks.
        context: Files of the context, or None if there is none.
        settings: What a user settled.
        name: How the file is called.
        others: Further rules that run.
    """

    source: str
    data: bytes
    findings: list[str] = field(default_factory=list)
    fixed: bytes | None = None
    context: dict[str, str] | None = None
    settings: Settings = field(default_factory=Settings)
    name: str = "Dockerfile"
    others: tuple[str, ...] = ()

    def facts(self, data: bytes | None = None) -> Facts:
        """Return the facts of the example, or of another file in its place."""
        return Facts(
            file=read(self.data if data is None else data),
            today=TODAY,
            settings=self.settings,
            context=None if self.context is None else MemoryContext(self.context),
            name=self.name,
        )


class MemoryContext:
    """A build context in memory; ``.dockerignore`` names paths and directories literally."""

    def __init__(self, files: dict[str, str]) -> None:
        """Keep the files by path."""
        self._files = files

    def exists(self, path: str) -> bool:
        """Tell whether a path is there and is not ignored."""
        clean = path.strip("/").removeprefix("./")
        there = any(one == clean or one.startswith(clean + "/") for one in self._files)
        return there and not self.ignored(path)

    def ignored(self, path: str) -> bool:
        """Tell whether a line of ``.dockerignore`` is the path or a directory above it."""
        lines = [line.strip() for line in self._files.get(".dockerignore", "").splitlines()]
        clean = path.strip("/").removeprefix("./")
        return any(
            clean == line or clean.startswith(line.rstrip("/") + "/") for line in lines if line
        )

    def text(self, path: str) -> str | None:
        """Return a file."""
        return self._files.get(path.removeprefix("./"))

    def names(self) -> tuple[str, ...]:
        """Return the names in the top directory."""
        return tuple(sorted({path.partition("/")[0] for path in self._files}))

    @property
    def has_ignore_file(self) -> bool:
        """Return True if there is a ``.dockerignore``."""
        return ".dockerignore" in self._files


def samples(path: Path) -> Iterator[Sample]:
    """Give the examples of one Markdown file."""
    text = path.read_text(encoding="utf-8")
    current: Sample | None = None
    for match in _FENCE.finditer(text):
        kind, rest, body = match[2], match[3].strip(), match[4]
        line = text.count("\n", 0, match.start()) + 2
        if kind == "dockerfile":
            if current is not None:
                yield current
            current = Sample(f"{path.name}:{line}", body.encode())
            continue
        assert current is not None, f"{path.name}:{line}: a block before the first Dockerfile"
        if kind == "findings":
            current.findings = body.splitlines()
        elif kind == "fixed":
            current.fixed = body.encode()
        elif kind == "context":
            current.context = current.context or {}
            if rest:
                current.context[rest] = body
        elif kind == "settings":
            values = tomllib.loads(body)
            current.settings = Settings(
                trusted_registries=tuple(values.get("trusted_registries", ())),
                labels=values.get("labels", {}),
                strict_labels=values.get("strict_labels", False),
            )
        elif kind == "name":
            current.name = rest
        elif kind == "rules":
            current.others = tuple(name.strip() for name in rest.split(","))
        else:
            raise AssertionError(f"{path.name}:{line}: no block is called {kind!r}")
    if current is not None:
        yield current
