"""Regular expressions that are compiled when they are first used, so that start-up stays short."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, AnyStr, cast

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn")


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what ``re.compile`` would, but do the work when a method is first called.

    Args:
        text: The expression.
        flags: As of ``re.compile``.
    """
    return cast("re.Pattern[AnyStr]", _Lazy(text, flags))


class _Lazy:
    """Stands for a compiled pattern; its methods are those of the pattern once there is one."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> object: ...

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text = text
        self._flags = flags

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Compile, and take over the methods: they are found at once from then on."""
            compiled = re.compile(self._text, self._flags)
            for method in _METHODS:
                setattr(self, method, getattr(compiled, method))
            return getattr(compiled, name)
