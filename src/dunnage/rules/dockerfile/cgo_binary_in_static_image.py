r"""A Go program that needs a libc is copied to an image that has another one, or none.

## What it does
Looks for `go build` and `go install` without `CGO_ENABLED=0` in a stage whose result is copied into
an image without a libc (`scratch`, distroless `static`), or with musl where the program was built
against glibc. Programs that are linked statically (`-extldflags "-static"`, `-tags
netgo,osusergo`) are left alone. On Alpine and on distributions without Go, cgo is off unless a C
compiler is installed.

## Why it matters
Go uses the C library for looking up names and users as soon as a program imports `net` or
`os/user`, if a C compiler is there, as in the `golang` images. The program is then linked
dynamically, and does not start: "exec /app: no such file or directory".

## Instead
```dockerfile
FROM golang:1.23 AS build
RUN CGO_ENABLED=0 go build -o /app .
FROM scratch
COPY --from=build /app /app
```

If the program needs C code, link it statically or take an image with the same libc. Where the stage
installs C libraries, or switches cgo on, the program surely needs a libc: that is an error, and no
change is offered.

## When it is wrong
A program that uses neither `net` nor `os/user` nor C code is static without being told.

## Sources
https://pkg.go.dev/cmd/cgo; https://pkg.go.dev/net, "Name Resolution".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.finding import Confidence, Safety
from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.parsers.dockerfile import Span
from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import insert
from dunnage.rules.dockerfile._packages import APT, call
from dunnage.rules.dockerfile._rule import Change, DockerfileRule, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run

_STATIC = pattern(r"-static\b|netgo|osusergo|zig cc")
_ELSEWHERE = ("/etc/", "/usr/share/", "/usr/lib/", "/lib/", "/var/")
_COMPILERS = frozenset({"gcc", "g++", "build-base", "musl-dev", "clang", "alpine-sdk", "libc-dev"})
_MOST_COPIES = 100
_CGO_OFF = (1, 20)
"""Go release since which cgo is off where there is no C compiler."""


def check(command: Command, run: Run, facts: Facts) -> Iterator[Hit]:
    """Give a hit for every build whose result would miss its libc."""
    found = call(command)
    if found is None or found.does not in {"build", "install"} or run.stage is None or run.trigger:
        return
    value = _cgo(command, run, facts)
    if value is None or value == "0" or any(_STATIC.search(word.raw) for word in command.words):
        return
    if value != "1" and not _has_compiler(run.stage, facts):
        return
    base = facts.base(run.stage)
    libc = base.libc if base else ""
    place = _place(command, run.stage, facts, libc)
    if place is None:
        return
    sure = value == "1" or _needs_c(run.stage, facts)
    may, then = ("needs", "does not") if sure else ("may need", "may not")
    yield Hit(
        Span(command.name_span.start, max(command.name_span.end, found.verb.span.end)),
        f"the program {may} a libc that {place} does not have, and {then} start there; "
        + ("link it statically" if sure else "build with CGO_ENABLED=0"),
        () if sure else _changes(command),
        severity=Severity.HIGH if sure else None,
    )


class _Settings:
    """What RUN instructions say of CGO_ENABLED."""

    def __init__(self, _: Facts) -> None:
        self._known: dict[int, _Said] = {}

    def of(self, run: Run) -> _Said:
        """Return what an instruction says."""
        key = id(run.instruction)
        if key not in self._known:
            told = run.instruction.text.data + b"".join(
                document.content.encode() for document in run.instruction.heredocs
            )
            found = [
                (place, value)
                for place, command in enumerate(run.commands if b"CGO_ENABLED" in told else ())
                if command.name in {"export", "go"} and (value := _set(command)) is not None
            ]
            self._known[key] = _Said(found, lasting=b"go env -w" in told)
        return self._known[key]


class _Said(Struct, frozen=True):
    """What one says.

    Attributes:
        values: Places of commands that set it, and what they set it to.
        lasting: True if it changes what holds for all that follow.
    """

    values: list[tuple[int, str]]
    lasting: bool


def _set(command: Command) -> str | None:
    sign = "CGO_ENABLED="
    raw = next((word.raw for word in command.words if word.raw.startswith(sign)), None)
    return None if raw is None else raw.removeprefix(sign).strip("'\"")


def _cgo(command: Command, run: Run, facts: Facts) -> str | None:
    """Return what CGO_ENABLED is where a command runs: empty if not set, None if not known."""
    said = facts.once(_Settings).of(run)
    for name, value in reversed(command.assignments):
        if name == "CGO_ENABLED":
            return value
        if name == "GOOS" and value not in {"linux", None}:
            return None
    at = bisect_left(said.values, (run.script.places.get(id(command), 0), ""))
    if at:
        return said.values[at - 1][1]
    known: Mapping[str, str | None] = run.stage.scope(run.instruction) if run.stage else {}
    if said.lasting or known.get("GOOS", "linux") != "linux":
        return None
    return known.get("CGO_ENABLED", "")


def _has_compiler(stage: Stage, facts: Facts) -> bool:
    """Tell whether there is a C compiler, so that cgo is on by itself."""
    base = facts.base(stage)
    if base is None or (base.language and base.language != "go"):
        return False
    installed = facts.once(_packages)[stage.index] & (_COMPILERS | {"build-essential"})
    if not base.language:
        return base.libc in {"glibc", "musl"} and (base.kind == "sdk" or bool(installed))
    if base.libc == "glibc" and base.tier == "full":
        return True
    if base.libc != "musl":
        return False
    version = tuple(int(part) for part in re.findall(r"\d+", base.version)[:2])
    return bool(len(version) == 2 and version < _CGO_OFF) or bool(installed)


def _packages(facts: Facts) -> dict[int, frozenset[str]]:
    """Return the names of packages that each stage installs, with those it starts from."""
    own: dict[int, set[str]] = {}
    for run in facts.runs:
        for command in run.commands if run.stage is not None else ():
            found = call(command) if command.name in {*APT, "apk"} else None
            if found is not None and run.stage is not None:
                names = (re.split(r"[=~<>@]", word.text or "")[0] for word in found.packages)
                own.setdefault(run.stage.index, set()).update(names)
    every: dict[int, frozenset[str]] = {}
    for stage in facts.stages:
        above = every[stage.parent.index] if stage.parent is not None else frozenset()
        every[stage.index] = above | own[stage.index] if stage.index in own else above
    return every


def _with_flags(facts: Facts) -> frozenset[int]:
    """Return the numbers of the stages in which a variable of cgo is named."""
    return frozenset(
        stage.index
        for stage in facts.stages
        if any(b"CGO_" in one.text.data for one in stage.instructions)
    )


def _needs_c(stage: Stage, facts: Facts) -> bool:
    """Tell whether something shows that C code is compiled on purpose."""
    if stage.index in facts.once(_with_flags):
        return True
    names = facts.once(_packages)[stage.index]
    return any(name in _COMPILERS or name.endswith(("-dev", "-devel")) for name in names)


def _copies(facts: Facts) -> dict[str, list[tuple[Stage, str]]]:
    """Return what is copied out of each stage, by its name or number, and into which."""
    found: dict[str, list[tuple[Stage, str]]] = {}
    for instruction, stage in facts.by_keyword.get("COPY", ()):
        origin = instruction.flag("from")
        if origin is None or stage is None or stage.index not in facts.kept:
            continue
        copied = found.setdefault((origin.value or "").lower(), [])
        if len(copied) < _MOST_COPIES:
            copied += [(stage, word.text) for word in instruction.words[:-1]]
    return found


def _place(command: Command, stage: Stage, facts: Facts, libc: str) -> str | None:
    """Return the image that gets the result and has no such libc, or None."""
    output = _output(command)
    copied = facts.once(_copies)
    for name in (stage.name or "?", str(stage.index)):
        for other, source in copied.get(name, ()):
            base = facts.base(other)
            if base is None or other is stage:
                continue
            lacks = base.libc == "none" or base.tier in {"scratch", "static"}
            if not lacks and {libc, base.libc} != {"glibc", "musl"}:
                continue
            if _program(source, output):
                return base.image
    return None


def _output(command: Command) -> str:
    """Return where the program is put, or empty if that is not known."""
    told = command.value_of("-o")
    if told is not None:
        return told.text or ""
    found = call(command)
    if found is None or found.does != "install" or len(found.packages) != 1:
        return ""
    path = (found.packages[0].text or "").partition("@")[0].rstrip("/")
    return f"/go/bin/{path.rpartition('/')[2]}" if path.strip("./") else ""


def _program(source: str, output: str) -> bool:
    """Tell whether what is copied may be the program, or a directory with it."""
    if source.startswith(_ELSEWHERE):
        return False
    last = source.rstrip("/").rpartition("/")[2]
    if not output or output.endswith("/"):
        return "." not in last or source.endswith(("/", "*"))
    clean = output.removeprefix("./")
    folder, _, name = clean.rpartition("/")
    if last == name or source.endswith("*"):
        return True
    above = source.rstrip("/") + "/"
    return clean.startswith(above) or (bool(folder) and f"/{folder}/".endswith(f"/{last}/"))


def _changes(command: Command) -> tuple[Change, ...]:
    if command.form != "shell" or {*command.wrappers} - {"env"}:
        return ()
    return (insert(command.span.start, "CGO_ENABLED=0 "),)


rule = DockerfileRule(
    Rule(
        summary="a Go program may need a libc that the image does not have",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        fix=Safety.UNSAFE,
    ),
    command=check,
    commands=("go",),
)
