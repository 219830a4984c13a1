"""What a target declares, and where the targets are found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from dunnage.io.folder import names
from dunnage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_FOLDER = "fuzzing.targets"


@dataclass(frozen=True, slots=True)
class Target:
    """One entrance for bytes from strangers.

    Attributes:
        reads: The module under test, as a path below ``src/dunnage``.
        run: Reads one input. What it returns is only a hint at what was found, so that inputs
            that find something new are kept. Anything but ``allowed`` that it raises is a find;
            a law that does not hold is an ``AssertionError``.
        seeds: Gives inputs to start from: built ones, and real ones if the shared data is there.
        promise: What holds for every input besides the general contract, in a few words.
        allowed: Exceptions the module documents.
        words: Tokens of the format, to be thrown into inputs.
        most: Largest input in bytes.
    """

    reads: str
    run: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
    promise: str = ""
    allowed: tuple[type[Exception], ...] = (InputError,)
    words: tuple[bytes, ...] = ()
    most: int = 8192


@cache
def targets() -> dict[str, Target]:
    """Return all targets by public name, sorted."""
    found: dict[str, Target] = {}
    for name in names(_FOLDER):
        module = import_module(f"{_FOLDER}.{name.replace('-', '_')}")
        found.update(module.TARGETS)
    return dict(sorted(found.items()))
