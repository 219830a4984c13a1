"""Reads what ShellCheck writes with ``--format=json1`` (https://www.shellcheck.net)."""

from __future__ import annotations

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import decode

from dunnage.model.errors import InputError


class Comment(Struct, frozen=True, rename="camel"):
    """One thing ShellCheck says about a script.

    Attributes:
        file: The file, as it was named to ShellCheck.
        line: One-based.
        end_line: One-based.
        column: One-based, in characters; a tab is one.
        end_column: Behind the last character.
        level: ``error``, ``warning``, ``info`` or ``style``.
        code: Its number, as 2086.
        message: What is wrong.
    """

    file: str
    line: int
    end_line: int
    column: int
    end_column: int
    level: str
    code: int
    message: str


class _Document(Struct):
    comments: list[Comment]


def read(data: bytes) -> tuple[Comment, ...]:
    """Return what ShellCheck said, in its order.

    Raises:
        InputError: If it is not what ShellCheck writes.
    """
    try:
        return tuple(decode(data, type=_Document).comments)
    except (DecodeError, ValidationError, RecursionError) as error:
        raise InputError(f"not the JSON of ShellCheck: {error}") from error
