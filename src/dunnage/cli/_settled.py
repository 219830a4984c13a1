"""Works out the value of every option, and who decided it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dunnage.cli._command import Command
from dunnage.cli._config import examined, set_aside, settings_for
from dunnage.cli._option import converted, said, suggest
from dunnage.cli._parse import parse
from dunnage.io.folder import load, names
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dunnage.cli._option import Option, Value
    from dunnage.policy.settings import Settings

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_MAIN = "scan"


class Setting(NamedTuple):
    """One option and what it is set to.

    Attributes:
        option: The option.
        value: Its value, without credentials; the default where what was said is not allowed.
        by: ``flag``, ``environment``, ``file`` or ``default``.
        where: The flag, the variable, or file and line; empty for a default.
        verbs: The verbs that have it.
        error: Why what was said is not allowed, or empty.
    """

    option: Option
    value: Value
    by: str
    where: str
    verbs: tuple[str, ...]
    error: str = ""


class Effective(NamedTuple):
    """What a command would run with.

    Attributes:
        verb: The verb, or empty for all of them.
        settings: All options, those of ``scan`` first.
        file: The configuration file that was read, or empty.
        waivers: Number of waivers in it.
        set_aside: Why a file that is there was not read, or empty.
    """

    verb: str
    settings: tuple[Setting, ...]
    file: str
    waivers: int
    set_aside: str


def effective(words: Sequence[str], chosen: str, environ: Mapping[str, str]) -> Effective:
    """Return what a command would run with.

    Args:
        words: The command: a verb and its arguments, or nothing for all verbs.
        chosen: The configuration file, or empty.
        environ: The environment.

    Raises:
        UsageError: If the command or the configuration file cannot be understood.
    """
    known = tuple(name for name in names("dunnage.cli") if name != "config")
    verb = words[0] if words else ""
    if verb and verb not in known:
        from dunnage.cli._peers import config_target

        raise UsageError(
            f"there is no verb {verb!r} to show the settings of",
            advice=config_target(verb) or f"{suggest(verb, known)}verbs: {', '.join(known)}",
        )
    verbs = (verb,) if verb else sorted(known, key=lambda name: (name != _MAIN, name))
    commands = {name: load("dunnage.cli", name, "command", Command) for name in verbs}
    targets: tuple[str, ...] = ()
    arguments: dict[str, object] = {}
    if verb:
        rest = [word for word in words[1:] if word not in {"-h", "--help"}]
        targets, arguments, *_ = parse(verb, commands[verb], rest)
        targets = examined(targets, arguments, environ)
    chosen = str(arguments.get("config", "")) or chosen
    if verb and commands[verb].own_source:
        targets = ()
    settings = settings_for(commands[verb or _MAIN], chosen, targets)
    if chosen:
        arguments.setdefault("config", chosen)
    return Effective(
        verb,
        tuple(_settings(verb, commands, arguments, environ, settings)),
        settings.origin,
        len(settings.waivers),
        set_aside(chosen, targets),
    )


def _settings(
    verb: str,
    commands: Mapping[str, Command],
    arguments: Mapping[str, object],
    environ: Mapping[str, str],
    settings: Settings,
) -> Iterable[Setting]:
    users: dict[str, list[str]] = {}
    options: dict[str, Option] = {}
    for user, command in commands.items():
        for group in command.groups:
            for option in group.options:
                options.setdefault(option.name, option)
                users.setdefault(option.name, []).append(user)
    values, places = settings.of(verb)
    for name, option in options.items():
        found = said(option, arguments, environ, values, places)
        where = places.get(name, found.where) if found.by == "file" else found.where
        value, error = option.default, ""
        try:
            value = converted(option, found)
        except UsageError as refused:
            error = f"{refused}; {refused.advice}" if refused.advice else str(refused)
        yield Setting(option, _public(value), found.by, where, tuple(users[name]), _hidden(error))


def _public(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(_hidden(part) for part in value)
    return _hidden(value) if isinstance(value, str) else value


def _hidden(text: str) -> str:
    """Return a text with the credentials of URLs replaced."""
    return _CREDENTIALS.sub("***@", text)
