"""Understands what people type who come from other scanners, and never ignores it silently.

Only called for words that mean nothing here. What has the same meaning is put into our words and
told; anything else gets one line that names our way. The words are in ``data/peers.toml``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from dunnage.io.tables import table
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dunnage.cli._option import Option

FORMAT_OPTIONS = ("--format", "--output")


class Translated(NamedTuple):
    """Arguments in our words.

    Attributes:
        argv: The arguments.
        notes: What was put otherwise, one sentence each.
    """

    argv: list[str]
    notes: tuple[str, ...]


def flags(
    verb: str, argv: Sequence[str], unknown: Collection[str], options: Sequence[Option]
) -> Translated:
    """Return arguments with the unknown flags of other scanners put into ours.

    Args:
        verb: Our verb.
        argv: Its arguments.
        unknown: Arguments that are no options of the verb; those of nobody are left as they are.
        options: Options of the verb.

    Raises:
        UsageError: If a flag of another scanner has no counterpart here.
    """
    known = {f"--{option.name}" for option in options}
    told: list[str] = []
    out: list[str] = []
    rest = list(argv)
    while rest and rest[0] != "--":
        word = rest.pop(0)
        if word not in unknown:
            out.append(word)
            continue
        flag, equals, value = _split(word)
        renamed = table("peers")["renamed"].get(flag, "")
        always = table("peers")["always"].get(flag)
        if renamed in known:
            out += [f"{renamed}={value}" if equals else renamed]
            told.append(f"{flag} is {renamed} here")
        elif isinstance(always, str):
            _check_switch(flag, equals, value)
            told.append(f"{flag} is always so here: {always}")
        elif isinstance(always, dict):
            value = value if equals or not rest else rest.pop(0)
            if value.lower() not in always:
                raise _refused(verb, f"{flag} {value}", flag)
            told.append(f"{flag} {value} is always so here: {always[value.lower()]}")
        elif renamed or flag in table("peers")["instead"]:
            raise _refused(verb, flag, flag)
        else:
            out.append(word)
    return Translated([*out, *rest], tuple(told))


def _split(word: str) -> tuple[str, str, str]:
    """Return the flag, what stands between, and its value: ``-cFILE`` is ``-c`` and ``FILE``."""
    if word.startswith("--"):
        return word.partition("=")
    short = table("peers")["renamed"]
    if word[:2] in short and len(word) > 2:
        return word[:2], "=", word[2:].removeprefix("=")
    return word, "", ""


def _check_switch(flag: str, equals: str, value: str) -> None:
    if equals and value.lower() not in {"true", "1", "t"}:
        raise UsageError(f"{flag}={value} cannot be had: {table('peers')['always'][flag]}")


def _refused(verb: str, what: str, flag: str) -> UsageError:
    instead = table("peers")["instead"].get(flag, "")
    if not instead:
        renamed = table("peers")["renamed"][flag]
        instead = f"it is {renamed}, which {verb} does not have; 'dunnage {verb} --help' lists all"
    return UsageError(f"{verb} has no option {what}", advice=instead)


class Verb(Struct, frozen=True):
    """A verb of another scanner in our words.

    Attributes:
        argv: Verb and arguments.
        target: What its words are: ``IMAGE``, ``PATH`` or ``ROOTFS``.
        note: What was put otherwise.
    """

    argv: list[str]
    target: str
    note: str


def verb(argv: Sequence[str]) -> Verb | None:
    """Return a command line that begins with a verb of another scanner, or None.

    Raises:
        UsageError: If that verb has no counterpart here.
    """
    words = table("peers")
    name = argv[0]
    if name in words["no-verbs"]:
        raise UsageError(f"there is no verb {name!r}", advice=words["no-verbs"][name])
    if name not in words["verbs"]:
        return None
    ours, _, target = words["verbs"][name].partition(" ")
    return Verb([ours, *argv[1:]], target, f"'{name}' is '{ours}' here")


def targets(words: Sequence[str], kind: str) -> tuple[str, ...]:
    """Return targets as another scanner's verb means them.

    Args:
        words: As they were typed.
        kind: ``IMAGE``, ``PATH`` or ``ROOTFS``, or empty for our own verbs.

    Raises:
        UsageError: If one is the address of a repository.
    """
    if kind in {"", "IMAGE"}:
        return tuple(words)
    return tuple(_path(word, kind) for word in words)


def _path(word: str, kind: str) -> str:
    if "://" in word or word.startswith("git@"):
        raise UsageError(
            "repositories are not fetched",
            where=word[:200],
            advice="clone it, then: dunnage scan project:DIR",
        )
    if kind == "ROOTFS":
        return f"rootfs:{word}"
    # A name that could be an image's must never reach a registry.
    return word if word.startswith(("/", ".")) else f"./{word}"


def check_scheme(target: str) -> None:
    """Refuse a target with a scheme that only other scanners know.

    Raises:
        UsageError: If it is one; the advice names our way.
    """
    scheme, colon, rest = target.partition(":")
    told = table("peers")["schemes"].get(scheme) if colon else None
    if told is None or os.path.lexists(target):
        return
    path = "/" in rest or rest.endswith(".sif") or os.path.lexists(rest)
    if path or scheme in {"pkg", "cpe"}:
        message = f"there is no kind of target called {scheme!r}"
        raise UsageError(message, where=target[:200], advice=told)


def format_of(name: str, option: str, formats: Collection[str]) -> str:
    """Return our name of a format, or the name as it is if nobody knows it.

    Args:
        name: As it was typed, perhaps with ``@VERSION``.
        option: ``--format`` or ``--output``; the same name may mean two things.
        formats: Our formats.

    Raises:
        UsageError: If the format or its version is another scanner's and not ours.
    """
    words = table("peers")
    plain, at, version = name.partition("@")
    ours = words["formats"].get(plain, plain)
    ours = ours[option] if isinstance(ours, dict) else ours
    if plain in words["no-formats"]:
        raise UsageError(f"there is no format {plain!r}", advice=words["no-formats"][plain])
    if ours not in formats:
        return name
    written = words["versions"].get(ours, "")
    if at and version != written:
        what = f"version {written}" if written else "no version to choose"
        raise UsageError(f"{ours} has {what} here, not {version!r}", advice=f"write {ours}")
    return str(ours)


def hint(option: str, value: str) -> str:
    """Return what a value of one of our options means elsewhere, or nothing."""
    return str(table("peers")["values"].get(option, {}).get(value.lower(), ""))


def db_action(word: str) -> str:
    """Return what to do instead of another scanner's ``db`` action, or nothing."""
    return str(table("peers")["db-actions"].get(word, ""))


def config_target(word: str) -> str:
    """Return what to tell who names a file or directory behind ``config``, as in Trivy, or nothing."""
    if not os.path.lexists(word):
        return ""
    return f"{table('peers')['no-verbs']['conf']}; 'dunnage config' shows settings"
