"""Permissions that commands and flags set: ``chmod``, ``mkdir -m``, ``install -m``, ``--chmod``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.shell import Command

_OCTAL = pattern(r"[0-7]{3,5}\Z")
_SYMBOLIC = pattern(r"[ugoa]*(?:[-+=][rwxXst]*)+(?:,[ugoa]*(?:[-+=][rwxXst]*)+)*\Z")
_CLAUSE = pattern(r"([ugoa]*)([-+=])([rwxXst]*)")
OTHERS_WRITE, STICKY, SET_GROUP, SET_USER = 0o002, 0o1000, 0o2000, 0o4000


class Mode(Struct, frozen=True):
    """Permissions that are set.

    Attributes:
        text: As written: ``0777``, ``a+rwx``.
        span: Where.
        bits: The bits it surely sets.
        octal: True if it is a number, so that other bits are cleared.
        paths: What they are set on.
        folder: True if they are surely set on directories.
        plain: False if the span holds more than the text (a flag with quotes).
    """

    text: str
    span: Span
    bits: int
    octal: bool
    paths: tuple[str, ...] = ()
    folder: bool = False
    plain: bool = True


def of_command(command: Command) -> Mode | None:
    """Return the permissions that a command sets, or None if it sets none that are known."""
    if command.name == "chmod":
        words = [word for word in command.words if not _option(word.text)]
        if not words:
            return None
        mode, rest = words[0], words[1:]
    else:
        value = command.value_of("-m", "--mode")
        if value is None:
            return None
        mode = value
        rest = [word for word in command.operands(("-m", "--mode", "-o", "-g")) if word is not mode]
    bits = _bits(mode.text or "")
    if bits is None:
        return None
    text = mode.text or ""
    paths = tuple(word.raw if word.text is None else word.text for word in rest)
    folder = command.name == "mkdir" or (
        command.name == "install" and command.has("-d", "--directory")
    )
    return Mode(text, mode.span, bits, text[0].isdigit(), paths, folder)


def of_flag(instruction: Instruction) -> Mode | None:
    """Return the permissions that ``--chmod`` sets, or None."""
    flag = instruction.flag("chmod")
    bits = _bits(flag.value or "") if flag else None
    if flag is None or bits is None or not flag.value:
        return None
    size = len(flag.value.encode())
    plain = flag.span.end - flag.span.start == len("--chmod=") + size
    span = Span(flag.span.end - size, flag.span.end) if plain else flag.span
    paths = tuple(word.text for word in instruction.words[-1:])
    return Mode(flag.value, span, bits, flag.value[0].isdigit(), paths, plain=plain)


def _option(text: str | None) -> bool:
    return text is not None and text.startswith("-") and not _SYMBOLIC.match(text)


def _bits(text: str) -> int | None:
    if _OCTAL.match(text):
        return int(text, 8)
    if not text or not _SYMBOLIC.match(text):
        return None
    bits = 0
    for who, sign, what in _CLAUSE.findall(text):
        if sign == "-":
            continue
        # Without a letter in front the umask of the build (022) keeps write from others.
        if "w" in what and ({"o", "a"} & {*who}):
            bits |= OTHERS_WRITE
        if "t" in what:
            bits |= STICKY
        if "s" in what:
            bits |= SET_USER if "u" in who or not who or "a" in who else 0
            bits |= SET_GROUP if "g" in who or not who or "a" in who else 0
    return bits
