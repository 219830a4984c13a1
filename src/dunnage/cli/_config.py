"""Finds the configuration file, and never one inside a target."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dunnage.cli._command import Command
    from dunnage.cli._option import Option
    from dunnage.policy.settings import Settings

_SCHEME = re.compile(r"[a-z][a-z-]*")


def settings_for(command: Command, chosen: str, words: Sequence[str]) -> Settings:
    """Return the settings of one verb; arguments and errors as in ``settings_of``."""
    if command.judged_before and not chosen:
        from dunnage.policy.settings import Settings

        return Settings({})
    return settings_of(chosen, words)


def settings_of(chosen: str, words: Sequence[str]) -> Settings:
    """Return the settings of this run.

    A ``dunnage.toml`` in the current directory counts, unless the current directory is (or lies
    in) a target: what is examined must not decide how it is judged.

    Args:
        chosen: The file the user named, or empty.
        words: The targets.

    Raises:
        UsageError: If the file cannot be read or understood.
    """
    return _read(chosen, tuple(words))


def set_aside(chosen: str, words: Sequence[str]) -> str:
    """Return what to tell of a configuration file that is there and does not count, or nothing.

    Args:
        chosen: The file the user named, or empty.
        words: The targets.
    """
    if chosen or not os.path.lexists("dunnage.toml") or not _inside(Path.cwd(), words):
        return ""
    return (
        "dunnage.toml is not read: it lies in what is examined; "
        "--config dunnage.toml makes it count"
    )


@cache
def _read(chosen: str, words: tuple[str, ...]) -> Settings:
    # The current directory may be gone; then there are no settings in it either.
    there = chosen or Path("dunnage.toml").exists()
    if not there or (not chosen and _inside(Path.cwd(), words)):
        from dunnage.policy.settings import Settings

        return Settings({})
    from dunnage.policy.settings import read

    return read(Path(chosen) if chosen else None, Path(), _shapes("scan"), _shapes)


def examined(
    words: Sequence[str], arguments: Mapping[str, object], environ: Mapping[str, str]
) -> tuple[str, ...]:
    """Return everything a command is told to examine, before any settings are read.

    Args:
        words: The positional arguments.
        arguments: What the command line said besides, by key.
        environ: The environment.
    """
    further = str(arguments.get("input", "") or environ.get("DUNNAGE_INPUT", ""))
    return (*words, further) if further else tuple(words)


def _inside(folder: Path, words: Sequence[str]) -> bool:
    here = folder.resolve()
    for path in (Path(place) for word in words for place in _places(word)):
        try:
            if path.is_dir() and here.is_relative_to(path.resolve()):
                return True
        except (OSError, ValueError):
            continue
    return False


def _places(word: str) -> Iterator[str]:
    """Give the paths a target may name: without its scheme, and without what chooses an image."""
    scheme, colon, rest = word.partition(":")
    for text in (word, rest) if colon and _SCHEME.fullmatch(scheme) else (word,):
        yield from filter(None, (text, *(text.rpartition(mark)[0] for mark in ":@#")))


def _shapes(verb: str) -> Mapping[str, str]:
    from dunnage.cli._command import Command
    from dunnage.io.folder import load

    command = load("dunnage.cli", verb, "command", Command)
    return {o.name: _shape(o) for g in command.groups for o in g.options if o.name != "config"}


def _shape(option: Option) -> str:
    if isinstance(option.default, bool):
        return "switch"
    if isinstance(option.default, tuple):
        return "list"
    if isinstance(option.default, int):
        return "number"
    return "duration" if option.metavar == "TIME" else "text"
