"""Finds out which native code a stage makes, and whether what is copied from it needs a libc."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.parsers.base_image import glibc
from dunnage.rules.dockerfile._needs import SHELLS

if TYPE_CHECKING:
    from dunnage.parsers.base_image import Base
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._bases import Copy
    from dunnage.rules.dockerfile._facts import Facts

_COMPILERS = frozenset({"gcc", "g++", "cc", "c++", "clang", "clang++"})
_PIP = frozenset({"pip", "pip3", "uv", "poetry", "pipenv"})
_NPM = frozenset({"npm", "yarn", "pnpm"})
_INTERPRETERS = {"python": ("python",), "node": ("node",), "ruby": ("ruby",), "php": ("php",)}
_BUILDERS = frozenset({"make", "mage", "task", "bazel", "goreleaser", "xx-go"}) | SHELLS
"""Programs that may call Go in ways that the file does not show."""
_INSTALLERS = frozenset({"apk", "apt", "apt-get"})
_C = frozenset({"gcc", "g++", "build-base", "build-essential", "musl-dev", "clang"})
_TELLING = _BUILDERS | _INSTALLERS | {"export", "go"}
_MOST_COMMANDS = 300
_CGO_OPTIONAL = (1, 20)
"""Since Go 1.20 cgo is off where there is no C compiler: https://go.dev/doc/go1.20#cgo."""


class Native(Struct, frozen=True):
    """Native code among what a COPY copies.

    Attributes:
        what: In words, for a message.
        certain: True if it surely needs the libc of its stage.
    """

    what: str
    certain: bool


def native(copy: Copy, facts: Facts) -> Native | None:
    """Return what of a COPY is native code that needs the libc it was built with, or None.

    Programs in Go are left out: whether they need a libc is for ``cgo`` to tell.
    """
    paths = [word.text for word in copy.paths]
    if (named := _interpreter(paths, copy.base)) is not None:
        return named
    if copy.source is None:
        return None
    made = (one for one in facts.commands_on(copy.source) if _makes(one.name))
    for command in islice(made, _MOST_COMMANDS):
        found = _made(command, paths, copy.base)
        if found is not None:
            return found
    return None


def _makes(name: str) -> bool:
    known = name == "cargo" or name in _COMPILERS or name in _PIP or name in _NPM
    return known or name.startswith("python")


def _interpreter(paths: list[str], base: Base | None) -> Native | None:
    names = _INTERPRETERS.get(base.language, ()) if base is not None else ()
    for path in paths:
        name = path.rpartition("/")[2]
        if "/bin/" in path and any(name.rstrip("0123456789.") == one for one in names):
            return Native(path, certain=True)
    return None


def _made(command: Command, paths: list[str], base: Base | None) -> Native | None:
    words = [word.text or word.raw for word in command.words]
    if command.name == "cargo" and {"build", "install", "b"} & {*words[:2]}:
        # Rust links statically for musl unless told otherwise.
        return None if base is not None and base.libc == "musl" else _cargo(words, paths)
    if command.name in _COMPILERS:
        return _compiled(words, paths)
    if command.name in _PIP or (command.name.startswith("python") and "pip" in words[:2]):
        hit = next((path for path in paths if _of_python(path)), None)
        return Native(f"Python packages in {hit}", certain=False) if hit else None
    if command.name in _NPM:
        hit = next((path for path in paths if path.rstrip("/").endswith("node_modules")), None)
        return Native(f"packages in {hit}", certain=False) if hit else None
    return None


def _of_python(path: str) -> bool:
    return any(word in path for word in ("venv", "site-packages", "/install", "dist-packages"))


def _cargo(words: list[str], paths: list[str]) -> Native | None:
    if any("musl" in word for word in words):
        return None
    hit = next((path for path in paths if _of_cargo(path) and "musl" not in path), None)
    return Native(hit, certain=True) if hit else None


def _of_cargo(path: str) -> bool:
    return "cargo/bin/" in path or ("target/" in path and "release/" in path)


def _compiled(words: list[str], paths: list[str]) -> Native | None:
    if "-static" in words or "-c" in words or "-o" not in words[:-1]:
        return None
    made = words[words.index("-o") + 1].rpartition("/")[2]
    hit = next((path for path in paths if made and path.rpartition("/")[2] == made), None)
    return Native(hit, certain=True) if hit else None


def cgo(copy: Copy, facts: Facts) -> bool | None:
    """Tell whether a Go program that is copied may need the libc of its stage.

    Returns:
        True if cgo is on, False if the program is static, None if it is no Go program or not known.
    """
    source = copy.source
    if source is None or copy.base is None or not _may_have_go(copy.base):
        return None
    built = False
    setting = source.environment.get("CGO_ENABLED")
    for stage in source.lineage:
        for instruction in stage.instructions:
            if instruction.keyword == "ARG":
                pairs = {pair.name: pair.value for pair in instruction.pairs}
                setting = setting or pairs.get("CGO_ENABLED")
    compiler = copy.base.tier != "alpine" if copy.base.language else copy.base.kind == "sdk"
    telling = [one for one in facts.commands_on(source) if one.name in _TELLING]
    if len(telling) > _MOST_COMMANDS:
        return None
    for command in telling:
        words = [word.text or word.raw for word in command.words]
        if command.name in {"export", "go"} and any(one == "CGO_ENABLED=0" for one in words):
            setting = "0"
        if command.name in _INSTALLERS and _C & {*words}:
            compiler = True
        if command.name in _BUILDERS:
            return None
        if command.name == "go" and words[:1] in (["build"], ["install"]):
            built = True
            given = dict(command.assignments).get("CGO_ENABLED", setting)
            static = any("-static" in word for word in words)
            if given != "0" and not static:
                if not copy.base.language:
                    return compiler or None
                return compiler or not _without_compiler(copy.base)
            if given is None and "CGO_ENABLED" in dict(command.assignments):
                return None
    return False if built else None


def _may_have_go(base: Base) -> bool:
    """Tell whether a base has Go, or is a distribution that it may have been put on.

    Alpine's own Go is left out: it may make programs that need musl even without cgo.
    """
    return base.language == "go" or (not base.language and base.libc == "glibc")


def _without_compiler(base: Base) -> bool:
    numbers = base.version.split(".")[:2]
    if not all(number.isdecimal() for number in numbers) or len(numbers) < 2:
        return not base.version
    return tuple(int(number) for number in numbers) >= _CGO_OPTIONAL


def newer(built: Base, run: Base) -> tuple[str, str] | None:
    """Return both versions of glibc if what is built on one may not run on the other."""
    one, other = glibc(built), glibc(run)
    if one is None or other is None or one <= other:
        return None
    return f"{one[0]}.{one[1]}", f"{other[0]}.{other[1]}"
