"""Finds the settings file of hadolint where hadolint would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dunnage.model.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.parsers.hadolint_config import HadolintConfig

_ENDINGS = ("yaml", "yml")


def hadolint_config(named: str, environ: Mapping[str, str]) -> tuple[HadolintConfig, str] | None:
    """Return the settings and the file they come from, or None if there is none.

    Args:
        named: The file a user named, or empty to look for the first there is.
        environ: For ``HOME`` and ``XDG_CONFIG_HOME``.

    Raises:
        UsageError: If the file cannot be read or understood.
    """
    path = Path(named) if named else next(filter(_there, _places(environ)), None)
    if path is None:
        return None
    from dunnage.parsers.hadolint_config import LARGEST, read

    where = str(path)
    try:
        if named and not path.is_file():
            raise UsageError("the settings of hadolint are no file", where=where)
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", "") or str(error)
        raise UsageError(f"the settings of hadolint cannot be read: {told}", where=where) from error
    try:
        return read(data, where), where
    except InputError as error:
        raise UsageError(error.message, where=error.where, advice=error.advice) from error


def _places(environ: Mapping[str, str]) -> Iterator[Path]:
    """Give the places in the order of hadolint: here, then those of the user."""
    yield from (Path(f".hadolint.{ending}") for ending in _ENDINGS)
    home = environ.get("HOME", "")
    if not home:
        return
    settings = Path(environ.get("XDG_CONFIG_HOME", "") or f"{home}/.config")
    yield from (settings / f"hadolint.{ending}" for ending in _ENDINGS)
    for name in ("hadolint", "config"):
        yield from (Path(home) / ".hadolint" / f"{name}.{ending}" for ending in _ENDINGS)
    yield from (Path(home) / f".hadolint.{ending}" for ending in _ENDINGS)


def _there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
