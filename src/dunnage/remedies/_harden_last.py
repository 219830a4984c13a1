"""Makes the last stage of a file that has a builder already small, and not root, in its place.

Nothing but that stage changes: its base where a lighter one fits what the builder makes, its user,
and the form of what it starts. What it copies stays as it is.
"""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from dunnage.io.tables import table
from dunnage.model.lighter import TIERS
from dunnage.parsers.base_image import identify
from dunnage.remedies._harden_checks import described
from dunnage.remedies._harden_paths import joined, private_folder
from dunnage.remedies._harden_read import read_stage
from dunnage.remedies._harden_start import start_of
from dunnage.remedies._harden_types import Build, Claim, Reason, Start
from dunnage.remedies.edits import spliced

if TYPE_CHECKING:
    from dunnage.parsers.base_image import Base
    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.remedies._harden_types import Context, Facts, Plan

_MOST_STEPS = 300
_CARRIERS = (".jar", ".dll")
_WITH_CERTIFICATES = frozenset({
    "install", "add", "update", "clean", "ca-certificates", "tzdata", "autoremove", "upgrade",
})  # fmt: skip
_LISTS = ("/var/lib/apt/lists", "/var/cache")
_OWN_ENTRY = ("distroless/java", "distroless/nodejs", "distroless/python3")
"""Images with an ENTRYPOINT of their own, which a CMD would be given to."""


class Last(NamedTuple):
    """A last stage that gets what it runs from one builder.

    Attributes:
        stage: The last stage.
        base: What is known of its base.
        start: What it starts, as it is written there.
        build: The builder, read for a recipe; what is started is at its place there.
    """

    stage: Stage
    base: Base
    start: Start
    build: Build


class Changed(NamedTuple):
    """The new file.

    Attributes:
        data: Its content.
        claims: What holds for it.
    """

    data: bytes
    claims: tuple[Claim, ...]


def read_last(facts: Facts, context: Context | None) -> Last | tuple[Reason, ...] | None:
    """Return the last stage if it gets what it runs from one builder; None if it is not so.

    Args:
        facts: The file.
        context: The build context, or None.
    """
    stage = facts.stages[-1]
    sources = {
        flag.value.lower(): one
        for one in stage.instructions
        if one.keyword == "COPY" and (flag := one.flag("from")) is not None and flag.value
    }
    if stage.parent is not None or len(sources) != 1:
        return None
    if len(stage.instructions) > _MOST_STEPS:
        return (Reason("too-long", "the last stage is too long", stage.start.line),)
    builder = _stage(next(iter(sources)), facts)
    base = facts.base(stage)
    if builder is None:
        return None
    if base is None or base.os != "linux" or not base.tier:
        what = f"what the base image {stage.image} holds is not known"
        return (Reason("unknown-base", what, stage.start.line),)
    start = start_of(stage, context)
    found = [*_steps(facts, stage), *([start] if isinstance(start, Reason) else [])]
    if found or isinstance(start, Reason):
        return tuple(found)
    read = read_stage(facts, builder, start, context)
    if isinstance(read, tuple) or read.wrong:
        return read if isinstance(read, tuple) else read.wrong
    mapped = _mapped(facts, stage, start, read)
    if isinstance(mapped, Reason):
        return (mapped,)
    found = list(described(replace(read, stage=stage, start=start)))
    if found:
        return tuple(found)
    return Last(stage, base, start, replace(read, start=mapped))


def _stage(name: str, facts: Facts) -> Stage | None:
    """Return the earlier stage of a name or number."""
    earlier = facts.stages[:-1]
    named = next((one for one in earlier if one.name == name), None)
    if named is None and name.isascii() and name.isdecimal() and len(name) < 5:
        named = earlier[int(name)] if int(name) < len(earlier) else None
    return named


def _steps(facts: Facts, stage: Stage) -> list[Reason]:
    """Return a reason for each step of the last stage that does more than make users."""
    users, managers = table("harden")["users"], table("harden")["managers"]
    runs = {id(run.instruction): run for run in facts.runs}
    found = []
    for one in stage.instructions:
        if one.keyword == "ONBUILD":
            found.append(Reason("onbuild", "ONBUILD leaves steps to later builds", one.line))
        if one.keyword != "RUN":
            continue
        run = runs.get(id(one))
        known = run is not None and run.script.known and run.shell == "posix"
        for command in run.script.commands if run is not None and known else ():
            words = {word.text or word.raw for word in command.words if word.raw[:1] != "-"}
            certificates = command.name in managers and words <= _WITH_CERTIFICATES
            lists = command.name == "rm" and all(word.startswith(_LISTS) for word in words)
            if command.name not in users and not certificates and not lists:
                what = f"what `{command.name or 'a command'}` does in the last stage is not known"
                found.append(Reason("unknown-step", what, one.line, "do it in the builder"))
        if not known:
            found.append(Reason("unknown-step", "this RUN could not be read", one.line))
    return found


def _mapped(facts: Facts, stage: Stage, start: Start, build: Build) -> Start | Reason:
    """Return what is started with its path in the builder."""
    del facts, build
    at = next((i for i, word in enumerate(start.words) if word.endswith(_CARRIERS)), 0)
    workdir, origin = "/", ""
    places: list[tuple[Instruction, str]] = []
    for one in stage.instructions:
        if one.keyword == "WORKDIR":
            text = stage.expanded(one.value.strip().strip("\"'"), one).value
            if text is None:
                return Reason("unknown-directory", "only the build knows this directory", one.line)
            workdir = joined(workdir, text)
        elif one.keyword == "COPY" and one.flag("from") is not None:
            places.append((one, workdir))
    word = start.words[at]
    private = private_folder(workdir, joined(workdir, word), start.line)
    if private is not None:
        return private
    names = [joined(workdir, word)]
    if "/" not in word and not at:
        names = [f"{folder}/{word}" for folder in ("/usr/local/bin", "/usr/bin", "/bin")]
    for one, cwd in places:
        for name in names:
            origin = origin or _origin(one, cwd, name, stage)
    if not origin:
        what = f"which COPY brings {word}, which is started, is not known"
        return Reason("unknown-artefact", what, start.line)
    kept = start.words[: at + 1] if at else ()
    return replace(start, words=(*kept[:-1], origin), arguments=None)


def _origin(one: Instruction, cwd: str, path: str, stage: Stage) -> str:
    """Return where a path of the last stage is in the builder, if a COPY brings it there."""
    texts = [stage.expanded(w.text.strip("\"'"), one).value for w in one.words]
    if len(texts) < 2 or any(text is None for text in texts):
        return ""
    *sources, target = [text or "" for text in texts]
    folder = target.endswith("/") or target in {".", ".."} or len(sources) > 1
    place = joined(cwd, target)
    for text in sources:
        source = joined("/", text)
        if path == place and not folder:
            return source
        if path == joined(place, posixpath.basename(source)):
            return source
        if path.startswith(place.rstrip("/") + "/") and posixpath.basename(source):
            # What is copied may be a directory, whose content goes there.
            rest = path[len(place.rstrip("/")) + 1 :]
            if "/" not in rest and "." not in posixpath.basename(source):
                return joined(source, rest)
    return ""


def change(last: Last, plan: Plan, facts: Facts, linked: tuple[str, ...]) -> Changed | Reason:
    """Return the file with its last stage made small.

    Args:
        last: The stage.
        plan: What fits what the builder makes.
        facts: The file.
        linked: Packages of the builder whose libraries may be in the base that is there now, and
            not in a lighter one.
    """
    file, stage = facts.file, last.stage
    fits = identify(plan.image)
    image = plan.image if fits is not None and _better(fits, last) and not linked else ""
    edits: list[tuple[int, int, str]] = []
    claims = []
    if image and stage.base is not None and fits is not None:
        edits.append((*stage.base.span, image))
        why = next(one.why for one in plan.claims if one.about == "base")
        what = f"it runs on {image} (tier {fits.tier}, before {last.base.tier})"
        claims.append(Claim("base", what, why))
        named = next((one for one in stage.instructions if _named_owner(one)), None)
        if named is not None:
            what = "--chown names a user, whom the lighter image does not know"
            return Reason("named-owner", what, named.line, "write numbers: --chown=65532:65532")
        edits += [_removed(file.data, one) for one in stage.instructions if one.keyword == "RUN"]
        dropped = [one for one in stage.instructions if one.keyword == "HEALTHCHECK" and one.inner]
        edits += [_removed(file.data, one) for one in dropped]
        if dropped:
            what, why = "HEALTHCHECK is left out", f"line {dropped[0].line} may need a shell"
            claims.append(Claim("left-out", what, why))
    else:
        what, why = f"it stays on {stage.image}", "no lighter image is known that is sure to fit"
        if linked:
            why = f"the program may need the library of {linked[0]}, which a lighter image may lack"
        claims.append(Claim("base", what, why))
    claims += [
        one._replace(what=f"what is started comes from {plan.copies[0].source} of the builder")
        if one.about == "artefact"
        else one
        for one in plan.claims
        if one.about != "base"
    ]
    edits += _started(last, plan, image)
    edits += _user(last, plan, file.newline.decode())
    claims += [
        Claim("user", f"it runs as {_who(last, plan)}", "a number that is not root"),
        Claim("start", "it is started without a shell", "the words need none"),
        Claim(
            "build",
            "the builder and what is copied stay byte for byte",
            "only the last stage changes",
        ),
    ]
    return Changed(spliced(file.data, edits), tuple(claims))


def _better(fits: Base, last: Last) -> bool:
    """Tell whether an image that fits what is built is lighter, and sure to fit what was there.

    Programs bring no more than the C library they were built for; bytecode may use what the
    distribution of its runtime has, so that must stay of the same kind.
    """
    if TIERS.index(fits.tier) <= TIERS.index(last.base.tier):
        return False
    if fits.kind == "runtime":
        return fits.libc == last.base.libc and fits.family != "dotnet"
    return True


def _named_owner(one: Instruction) -> bool:
    flag = one.flag("chown")
    return flag is not None and not (flag.value or "").replace(":", "").isdecimal()


def _removed(data: bytes, one: Instruction) -> tuple[int, int, str]:
    """Return the edit that takes an instruction out, with the comments above it and its line end."""
    start = min([one.span.start, *(comment.span.start for comment in one.above)])
    start = data.rfind(b"\n", 0, start) + 1
    end = data.find(b"\n", one.span.end)
    return start, len(data) if end < 0 else end + 1, ""


def _started(last: Last, plan: Plan, image: str) -> list[tuple[int, int, str]]:
    """Return the edits that write what is started as lists."""
    found = []
    own = any(one in image for one in _OWN_ENTRY)
    first = [one for one in last.stage.instructions if one.keyword == last.start.form][-1]
    words = last.start.words
    if words[0] == "java" and own:
        words = (plan.entry[0], *words[1:])
    if first.json is None or (own and last.start.form == "CMD") or words != last.start.words:
        keyword = "ENTRYPOINT" if own else last.start.form
        text = f"{keyword} {json.dumps(list(words), ensure_ascii=False)}"
        found.append((*first.span, text))
    return found


def _who(last: Last, plan: Plan) -> str:
    named = [one.plain for one in last.stage.instructions if one.keyword == "USER"][-1:]
    number = named[0].partition(":")[0] if named else ""
    return named[0] if number.isdecimal() and int(number[:10]) else plan.user


def _user(last: Last, plan: Plan, eol: str) -> list[tuple[int, int, str]]:
    """Return the edit that names a user by number."""
    who = _who(last, plan)
    users = [one for one in last.stage.instructions if one.keyword == "USER"]
    if users:
        return [] if users[-1].plain == who else [(*users[-1].span, f"USER {who}")]
    starts = [i for i in last.stage.instructions if i.keyword in {"ENTRYPOINT", "CMD"}]
    first = min(starts, key=lambda one: one.span.start)
    place = min([first.span.start, *(comment.span.start for comment in first.above)])
    return [(place, place, f"USER {who}{eol}")]
