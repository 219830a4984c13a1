"""Writes the file in two stages: the old lines as the builder, and a new stage that runs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from dunnage.io.tables import table
from dunnage.remedies._harden_types import Claim, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.parsers.dockerfile import Dockerfile, Instruction
    from dunnage.remedies._harden_types import Build, Plan

_BUILDER_NAMES = ("build", "builder", "build-stage", "compile")
_MOVED = frozenset({
    "CMD", "ENTRYPOINT", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "STOPSIGNAL", "VOLUME",
})  # fmt: skip
"""What only says how a container is run; it does nothing in a builder."""
_KEPT = ("LABEL", "VOLUME", "EXPOSE", "STOPSIGNAL")
_NAME = re.compile(r"\$\{?([A-Za-z_]\w*)")
_MAINTAINER = "org.opencontainers.image.authors"


class Written(NamedTuple):
    """The new file.

    Attributes:
        data: Its content.
        claims: What else holds for it.
    """

    data: bytes
    claims: tuple[Claim, ...]


def write(build: Build, plan: Plan) -> Written | Reason:
    """Return the file in two stages, or why its variables cannot be carried over.

    Args:
        build: The final stage.
        plan: The runtime stage.
    """
    file, stage = build.facts.file, build.stage
    variables = _variables(build)
    if isinstance(variables, Reason):
        return variables
    name, final = _names(build)
    moved = [one for one in stage.instructions if one.keyword in _MOVED]
    trailing = _trailing_user(build)
    gone = [*moved, *([trailing] if trailing is not None else [])]
    kept = _without(file, gone)
    head = _with_name(build, kept, name, plan)
    eol = file.newline.decode()
    check, healthy = _health(build, plan)
    flag = stage.start.flag("platform")
    platform = (
        f"--platform={flag.value} " if flag is not None and "$" not in (flag.value or "$") else ""
    )
    lines = [f"FROM {platform}{plan.image}{f' AS {final}' if final else ''}", *variables]
    lines += [_maintainer(one) for one in moved if one.keyword == "MAINTAINER"]
    lines += [_told(file, one) for one in moved if one.keyword == "LABEL"]
    workdir = plan.workdir or build.workdir
    lines += [*plan.lines, *([f"WORKDIR {workdir}"] if workdir != "/" else [])]
    lines += [f"COPY --from={name} {one.source} {one.target}" for one in plan.copies]
    others = (key for key in _KEPT if key != "LABEL")
    lines += [_told(file, one) for key in others for one in moved if one.keyword == key]
    user, who = _user(build, plan)
    lines += [*_comments(file, trailing), f"USER {user}", *check]
    last = [one for one in moved if one.keyword == build.start.form][-1]
    lines += _comments(file, last)
    lines.append(f"ENTRYPOINT {_list(plan.entry)}")
    if plan.arguments is not None:
        lines.append(f"CMD {_list(plan.arguments)}")
    body = "\n".join(lines).replace("\r\n", "\n").replace("\n", eol)
    data = head.rstrip(b"\r\n \t") + (eol * 2).encode() + body.encode() + eol.encode()
    total = len(file.instructions)
    same = total - len(gone) - 1
    claims = (
        who,
        _start(build, plan),
        *healthy,
        Claim(
            "build",
            f"{same} of {total} instructions are byte for byte as they were, in the builder",
            "the others say how a container is run, and stand in the last stage now; FROM got a name",
        ),
    )
    return Written(data, claims)


def _names(build: Build) -> tuple[str, str]:
    """Return the names of the builder and of the last stage; the latter may be empty.

    Whoever builds a stage by its name gets the one that runs.
    """
    taken = {one.name for one in build.facts.stages}
    if build.stage.name in _BUILDER_NAMES:
        return build.stage.name, ""
    fresh = [*_BUILDER_NAMES, *(f"build-{n}" for n in range(2, 2 + len(taken) + 1))]
    name = next(one for one in fresh if one not in taken)
    return name, build.stage.name_word.text if build.stage.name_word is not None else ""


def _without(file: Dockerfile, gone: Iterable[Instruction]) -> list[tuple[int, bytes]]:
    """Return the numbered lines of a file without some instructions and the comments above them."""
    lines = file.data.split(b"\n")
    dropped: set[int] = set()
    for one in gone:
        first = min([one.line, *(file.position(c.span.start)[0] for c in one.above)])
        dropped |= {*range(first, one.last + 1)}
        blank = one.last + 1
        # Of two blank lines that would now meet, one goes.
        before = first - 2
        inside = before >= 0 and blank <= len(lines)
        if inside and not lines[before].strip() and not lines[blank - 1].strip():
            dropped.add(blank)
    return [(n, line) for n, line in enumerate(lines, 1) if n not in dropped]


def _with_name(build: Build, kept: list[tuple[int, bytes]], name: str, plan: Plan) -> bytes:
    """Return the kept lines with the stage named, and what the plan puts into the builder."""
    file, stage = build.facts.file, build.stage
    eol = b"\r" if file.newline == b"\r\n" else b""
    found = []
    for number, line in kept:
        if number == stage.start.last:
            found.append(_from_line(build, line, name, number))
            found += [text.encode() + eol for text in plan.first]
        else:
            found.append(line)
    while found and not found[-1].strip():
        found.pop()
    found += [text.encode() + eol for text in plan.last]
    return b"\n".join(found)


def _from_line(build: Build, line: bytes, name: str, number: int) -> bytes:
    word, file = build.stage.name_word, build.facts.file
    if word is None:
        bare = line.rstrip(b"\r \t")
        return bare + f" AS {name}".encode() + (b"\r" if line.endswith(b"\r") else b"")
    start = file.line_span(number).start
    at, end = word.span.start - start, word.span.end - start
    if at < 0:  # it stands on an earlier line of the instruction
        return line
    same = word.text.lower() == name
    return line if same else line[:at] + name.encode() + line[end:]


def _trailing_user(build: Build) -> Instruction | None:
    """Return the last USER if no later step of the build depends on it."""
    last = next((one for one in reversed(build.stage.instructions) if one.keyword == "USER"), None)
    if last is None:
        return None
    later = [one for one in build.stage.instructions if one.line > last.line]
    depends = any(one.keyword in {"RUN", "COPY", "ADD", "WORKDIR"} for one in later)
    return None if depends else last


def _variables(build: Build) -> list[str] | Reason:
    """Return ARG and ENV lines of the runtime stage, in their order."""
    file, stage = build.facts.file, build.stage
    pattern = re.compile(table("harden")["build_variables"])
    declared = {
        pair.name: one for one in stage.instructions if one.keyword == "ARG" for pair in one.pairs
    }
    own: set[str] = set()
    lines: list[str] = []
    used: set[str] = set()
    for one in stage.instructions:
        if one.keyword in _KEPT:
            used |= {*_NAME.findall(one.value)} - own
        if one.keyword != "ENV":
            continue
        pairs = [pair for pair in one.pairs if not pattern.fullmatch(pair.name)]
        if not pairs:
            continue
        names = {n for pair in pairs for n in _NAME.findall(pair.value or "")}
        unknown = sorted(names - own - set(declared))
        if unknown:
            message = f"{pairs[0].name} is set from ${unknown[0]}, which the runtime may not have"
            return Reason("unknown-variable", message, one.line, "write its value out")
        used |= names - own
        own |= {pair.name for pair in pairs}
        whole = len(pairs) == len(one.pairs)
        lines.append(_source(file, one) if whole else _env(pairs))
    missing = sorted(used - set(declared) - own)
    if missing:
        message = (
            f"${missing[0]} is used where the container is described, and only the build sets it"
        )
        return Reason("unknown-variable", message, stage.start.line, "write its value out")
    arguments = {id(declared[n]): declared[n] for n in declared if n in used}
    return [_source(file, one) for one in arguments.values()] + lines


def _env(pairs: Iterable[object]) -> str:
    return "ENV " + " ".join(f"{pair.name}={pair.value}" for pair in pairs)  # type: ignore[attr-defined]


def _source(file: Dockerfile, one: Instruction) -> str:
    return file.source(one.span)


def _comments(file: Dockerfile, one: Instruction | None) -> list[str]:
    return [file.source(comment.span).strip() for comment in one.above] if one is not None else []


def _told(file: Dockerfile, one: Instruction) -> str:
    """Return an instruction with the comments above it."""
    return "\n".join([*_comments(file, one), _source(file, one)])


def _maintainer(one: Instruction) -> str:
    return f"LABEL {_MAINTAINER}={json.dumps(one.value.strip().strip(chr(34)), ensure_ascii=False)}"


def _list(words: Iterable[str]) -> str:
    return json.dumps(list(words), ensure_ascii=False)


def _user(build: Build, plan: Plan) -> tuple[str, Claim]:
    """Return the user: the number the file names, or that of the image."""
    last = next((one for one in reversed(build.stage.instructions) if one.keyword == "USER"), None)
    named = last.plain if last is not None else ""
    number, _, group = named.partition(":")
    if number.isdecimal() and int(number[:10]) > 0 and (not group or group.isdecimal()):
        return named, Claim("user", f"it runs as {named}", "the file says so; it is a number")
    exposed = any(one.keyword == "EXPOSE" for one in build.stage.instructions)
    why = "EXPOSE names only ports from 1024 on, which any user may open"
    if not exposed:
        why = "no port below 1024 is named, which only root may open in many places"
    if named not in {"", "root", "0"}:
        why = f"a number, so that it can be checked that {named} is not root"
    basis = "shown" if exposed else "assumed"
    return plan.user, Claim("user", f"it runs as {plan.user}", why, basis)


def _start(build: Build, plan: Plan) -> Claim:
    what = f"it starts {_list(plan.entry)} without a shell"
    why = f"line {build.start.line} holds no shell features"
    if build.start.script:
        why = (
            f"package.json says that {build.start.script} is this, and no shell features are in it"
        )
    if build.start.form == "CMD":
        why += "; words given to docker run are now added to it, where they replaced it before"
    return Claim("start", what, why)


def _health(build: Build, plan: Plan) -> tuple[list[str], tuple[Claim, ...]]:
    """Return a HEALTHCHECK that still works, and what is said of one that does not."""
    one = next((i for i in reversed(build.stage.instructions) if i.keyword == "HEALTHCHECK"), None)
    if one is None:
        return [], ()
    if one.inner is None:
        return [_told(build.facts.file, one)], ()
    words = tuple(word.text for word in one.inner.words) if one.inner.json is not None else ()
    if words and words[0] == plan.entry[0] == build.start.words[0]:
        return [_told(build.facts.file, one)], ()
    tool = words[0] if words else "a shell"
    why = f"line {one.line} calls {tool}, which the runtime does not have"
    what = "HEALTHCHECK is left out; check its health from outside, or by the program itself"
    return [], (Claim("left-out", what, why),)
