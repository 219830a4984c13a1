"""Rewrites a Dockerfile into a builder and a small last stage that does not run as root.

What cannot be known is never guessed: then nothing is offered, and every reason is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.io.folder import load_all
from dunnage.io.tables import table
from dunnage.remedies._harden_checks import checks, linked
from dunnage.remedies._harden_last import Last, change, read_last
from dunnage.remedies._harden_paths import private_folder
from dunnage.remedies._harden_read import read_build, unreadable
from dunnage.remedies._harden_traces import traces
from dunnage.remedies._harden_types import Claim, Hardened, Reason, Recipe
from dunnage.remedies._harden_write import write

if TYPE_CHECKING:
    from dunnage.remedies._harden_types import Build, Context, Facts

_LIGHT = frozenset({"distroless", "static", "scratch", "minimal"})


def harden(facts: Facts, context: Context | None) -> Hardened:
    """Return a Dockerfile in two stages, or why none is offered.

    Args:
        facts: The file as the rules see it.
        context: Its build context, or None if that is not known.
    """
    data = facts.file.data
    if (done := _done(facts)) is not None:
        return Hardened("done", data, claims=done)
    if wrong := unreadable(facts):
        return Hardened("refused", data, reasons=wrong)
    last = read_last(facts, context)
    if isinstance(last, Last):
        return _of_last(last, facts)
    build = last or read_build(facts, context)
    if isinstance(build, tuple):
        return Hardened("refused", data, reasons=build)
    name = build.language
    recipe = load_all("dunnage.remedies.recipes", "recipe", Recipe)[name]
    found = (*build.wrong, *checks(build, recipe))
    plan = build.wrong[0] if build.wrong else recipe.plan(build)
    if found or isinstance(plan, Reason):
        all_ = dict.fromkeys((*found, *([plan] if isinstance(plan, Reason) else [])))
        ordered = tuple(sorted(all_, key=lambda reason: reason.line))
        return Hardened("refused", data, name, reasons=ordered)
    for copied in plan.copies:
        workdir = plan.workdir or build.workdir
        private = private_folder(workdir, copied.target, build.start.line)
        if private is not None:
            return Hardened("refused", data, name, reasons=(private,))
    told = traces(build, name, reads=True)
    if not isinstance(told, Claim):
        return Hardened("refused", data, name, reasons=told)
    written = write(build, plan)
    if isinstance(written, Reason):
        return Hardened("refused", data, name, reasons=(written,))
    ignore = _ignore(build, name)
    claims = (*plan.claims, *written.claims, told, *_ignored(build, ignore))
    return Hardened("offered", written.data, name, claims, ignore=ignore)


def _of_last(last: Last, facts: Facts) -> Hardened:
    """Return what comes of a file that has a builder."""
    data, build = facts.file.data, last.build
    name = build.language
    recipe = load_all("dunnage.remedies.recipes", "recipe", Recipe)[name]
    if recipe.whole:
        what = f"a last stage with {recipe.title} that has a builder already is not taken apart"
        return Hardened("refused", data, name, reasons=(Reason("has-builder", what),))
    plan = recipe.plan(build)
    if isinstance(plan, Reason):
        return Hardened("refused", data, name, reasons=(plan,))
    told = traces(build, name, reads=False)
    if not isinstance(told, Claim):
        return Hardened("refused", data, name, reasons=told)
    changed = change(last, plan, facts, linked(build, recipe))
    if isinstance(changed, Reason):
        return Hardened("refused", data, name, reasons=(changed,))
    return Hardened("offered", changed.data, name, (*changed.claims, told))


def _done(facts: Facts) -> tuple[Claim, ...] | None:
    """Return why nothing is left to do, or None.

    The last stage runs nothing but what it is given, on a base that holds no build tools, under a
    numeric user, without a shell.
    """
    if not facts.stages or facts.file.mistakes:
        return None
    stage = facts.stages[-1]
    base = facts.base(stage)
    if stage.parent is not None or base is None or base.kind == "sdk":
        return None
    given = any(i.keyword == "COPY" and i.flag("from") is not None for i in stage.instructions)
    user = next((i.plain for i in reversed(stage.instructions) if i.keyword == "USER"), "")
    number = (user or base.user).partition(":")[0]
    starts = [i for i in stage.instructions if i.keyword in {"ENTRYPOINT", "CMD"}]
    exec_form = bool(starts) and all(i.json is not None for i in starts)
    small = base.tier in _LIGHT or _only_users(facts)
    safe = number.isdecimal() and int(number[:10]) > 0
    if not (given and small and safe and exec_form):
        return None
    return (
        Claim("base", f"it runs on {stage.image} (tier {base.tier})", "it holds no build tools"),
        Claim("user", f"it runs as {user or base.user}", "a number that is not root"),
        Claim("start", "it is started without a shell", "ENTRYPOINT and CMD are JSON lists"),
    )


def _only_users(facts: Facts) -> bool:
    """Tell whether the last stage runs nothing but what makes users."""
    users = table("harden")["users"]
    stage = facts.stages[-1]
    wanted = {id(i) for i in stage.instructions if i.keyword == "RUN"}
    runs = [run for run in facts.runs if id(run.instruction) in wanted]
    return all(
        run.script.known and all(c.name in users for c in run.script.commands) for run in runs
    )


def _ignore(build: Build, name: str) -> bytes:
    """Return a ``.dockerignore``, or nothing if there is one or the context is not known.

    It leaves out only what a build of this file cannot need.
    """
    if build.context is None or build.context.has_ignore_file:
        return b""
    lines = [".dockerignore", "Dockerfile", "Dockerfile.*"]
    if not any(placed.command.name == "git" for placed in build.commands):
        lines.insert(0, ".git")
    copied = {
        word.text.strip("\"'").removeprefix("./").partition("/")[0]
        for one in build.stage.instructions
        if one.keyword in {"COPY", "ADD"} and one.flag("from") is None
        for word in one.words[:-1]
    }
    ignored = table("harden")["ignore"]
    commands = {placed.command.name.removesuffix("w") for placed in build.commands}
    own = [
        *ignored[name],
        *(one for key in ("mvn", "gradle") if key in commands for one in ignored[key]),
    ]
    lines += [one for one in own if one.rpartition("/")[2] not in copied]
    return ("\n".join(line for line in lines if line not in copied) + "\n").encode()


def _ignored(build: Build, ignore: bytes) -> tuple[Claim, ...]:
    if ignore:
        why = "there is none; what it names is made by the build, or is not built"
        return (Claim("context", "a .dockerignore keeps the build context small", why),)
    if build.context is None:
        return ()
    return (Claim("context", "the .dockerignore stays as it is", "there is one"),)
