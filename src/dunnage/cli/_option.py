"""Options as data: one declaration gives the flag, the environment variable and the file key."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping

Value = str | bool | int | tuple[str, ...]

_NOWHERE: Mapping[str, str] = MappingProxyType({})
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DIGITS = 9
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


class Option(NamedTuple):
    """One option of a verb.

    Attributes:
        name: Long name without dashes, such as ``fail-on``.
        help: One sentence for people.
        default: Value when nobody says anything; its type is the type of the option: bool for a
            switch, tuple for a repeatable or comma-separated list.
        short: Other spellings with their dashes, such as ``-q``.
        metavar: What the value is called in the help.
        choices: Allowed values, compared in lower case; empty for any.
        split: For lists: False if a value may itself contain commas.
        most: For whole numbers: the largest that is allowed, or 0 for any.
    """

    name: str
    help: str
    default: Value
    short: tuple[str, ...] = ()
    metavar: str = ""
    choices: tuple[str, ...] = ()
    split: bool = True
    most: int = 0

    @property
    def key(self) -> str:
        """Return the name as Python and environment spell it (``fail_on``)."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """Return the environment variable (``DUNNAGE_FAIL_ON``)."""
        return f"DUNNAGE_{self.key.upper()}"


def declare(parser: argparse._ActionsContainer, options: Iterable[Option]) -> None:
    """Add options to a parser; absent ones stay absent, so that their origin can be told."""
    import argparse

    for option in options:
        flags = [*option.short, f"--{option.name}"]
        about = (option.help + _default_text(option)).replace("%", "%%")
        if isinstance(option.default, bool):
            parser.add_argument(
                *flags,
                action="store_true",
                default=argparse.SUPPRESS,
                dest=option.key,
                help=about,
            )
            continue
        parser.add_argument(
            *flags,
            action="append" if isinstance(option.default, tuple) else "store",
            default=argparse.SUPPRESS,
            dest=option.key,
            metavar=option.metavar or option.name.upper(),
            help=about,
        )


class Said(NamedTuple):
    """Who decided about an option, and what they wrote.

    Attributes:
        raw: As it was written, or the default.
        by: ``flag``, ``environment``, ``file`` or ``default``.
        where: The flag, the variable, or file and line; empty for a default.
    """

    raw: object
    by: str = "default"
    where: str = ""


def said(
    option: Option,
    arguments: Mapping[str, object],
    environ: Mapping[str, str],
    configured: Mapping[str, object],
    places: Mapping[str, str] = _NOWHERE,
) -> Said:
    """Return who decides about an option: flag, else environment, else file, else default.

    Args:
        option: The option.
        arguments: What the command line said, by key.
        environ: The environment; a variable that is empty says nothing.
        configured: What the configuration file said, by name or key.
        places: Where it said so, likewise.
    """
    if option.key in arguments:
        return Said(arguments[option.key], "flag", f"--{option.name}")
    if environ.get(option.variable, ""):
        return Said(environ[option.variable], "environment", option.variable)
    for name in (option.name, option.key):
        if name in configured:
            place = places.get(name, "")
            where = f"{place}: {name}" if place else f"{name} in the configuration file"
            return Said(configured[name], "file", where)
    return Said(option.default)


def settle(
    options: Iterable[Option],
    arguments: Mapping[str, object],
    environ: Mapping[str, str],
    configured: Mapping[str, object],
    places: Mapping[str, str] = _NOWHERE,
) -> dict[str, Value]:
    """Return the value of every option, as ``said`` decides.

    Args:
        options: The options of the verb.
        arguments: What the command line said, by key.
        environ: The environment.
        configured: What the configuration file said, by name or key.
        places: Where it said so, likewise.

    Raises:
        UsageError: If a value has the wrong type or is none of the choices.
    """
    return {
        option.key: converted(option, said(option, arguments, environ, configured, places))
        for option in options
    }


def converted(option: Option, found: Said) -> Value:
    """Return what was said in the type of the option.

    Raises:
        UsageError: If it has the wrong type or is none of the choices.
    """
    return _convert(option, found.raw, found.where or "default")


def _convert(option: Option, raw: object, origin: str) -> Value:
    if isinstance(option.default, bool):
        return _switch(raw, origin)
    if isinstance(option.default, tuple):
        values = _listed(option, raw, origin)
        for value in values:
            _check_choice(option, value, origin)
        return values
    if isinstance(option.default, int):
        text = str(raw)
        if isinstance(raw, bool) or not text.isascii() or not text.isdecimal():
            raise UsageError(f"{origin} takes a whole number, not {text!r}")
        # A number of a thousand digits is one that Python will not even read.
        number = int(text) if len(text) <= _DIGITS else 10**_DIGITS
        if number > (option.most or 10**_DIGITS - 1):
            raise UsageError(
                f"{origin} takes 0 to {option.most or 10**_DIGITS - 1}, not {text[:40]}"
            )
        return number
    if not isinstance(raw, str | int | float) or isinstance(raw, bool):
        raise UsageError(f"{origin} takes text, not {type(raw).__name__}")
    text = str(raw)
    if text and option.metavar == "TIME":
        seconds(text, origin)
    if text:
        _check_choice(option, text, origin)
    return text.lower() if option.choices else text


def _switch(raw: object, origin: str) -> bool:
    if isinstance(raw, bool):
        return raw
    text = str(raw).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise UsageError(f"{origin} is a switch: write true or false, not {text!r}")


def _listed(option: Option, raw: object, origin: str) -> tuple[str, ...]:
    items = raw if isinstance(raw, list | tuple) else [raw]
    values: list[str] = []
    for item in items:
        if not isinstance(item, str):
            raise UsageError(f"{origin} takes a list of texts, not of {type(item).__name__}")
        values.extend(item.split(",") if option.split else [item])
    cleaned = (value.strip() for value in values)
    return tuple(v.lower() if option.choices else v for v in cleaned if v)


def _check_choice(option: Option, value: str, origin: str) -> None:
    if not option.choices or value.lower() in option.choices:
        return
    from dunnage.cli._peers import hint

    elsewhere = hint(option.name, value)
    meant = f"{elsewhere}; " if elsewhere else suggest(value, option.choices)
    raise UsageError(
        f"{origin} does not know {value!r}",
        advice=f"{meant}choose from {', '.join(option.choices)}",
    )


def seconds(text: str, origin: str) -> float:
    """Return a time such as ``90``, ``5m``, ``1h30m`` or ``2d`` in seconds.

    Args:
        text: What was written.
        origin: Who wrote it, for the message.

    Raises:
        UsageError: If it is no such time, or not positive.
    """
    import re

    parts = re.findall(r"(\d{1,9}(?:\.\d{1,3})?)([smhd]?)", text.lower())
    whole = "".join(number + unit for number, unit in parts)
    total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if whole != text.lower() or not parts or total <= 0:
        raise UsageError(f"{origin} takes a time like 90, 5m, 1h or 2d, not {text!r}")
    return total


def suggest(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean X? `` if a known word is close, else nothing."""
    import difflib

    close = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]}? " if close else ""


def _default_text(option: Option) -> str:
    if not option.default or isinstance(option.default, bool):
        return ""
    shown = ",".join(option.default) if isinstance(option.default, tuple) else str(option.default)
    return f" [default: {shown}]"
