"""Whether a layer keeps what a package manager leaves behind, and how it is cleaned."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.parsers.lazy_pattern import pattern
from dunnage.rules.dockerfile._edits import insert
from dunnage.rules.dockerfile._flow import comes_after

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.parsers.dockerfile import Dockerfile
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command
    from dunnage.rules.dockerfile._facts import Facts, Run
    from dunnage.rules.dockerfile._rule import Change

_QUOTES = pattern(r"[\"']")
_ENDS = frozenset({"exit", "return", "break", "continue"})


def removed(commands: Iterable[Command], *paths: str) -> bool:
    """Tell whether one of the commands removes one of the directories, or what is in it.

    A removal of what only the build knows counts: what is not known is not accused.

    Args:
        commands: The commands that follow.
        paths: Absolute, or relative to a home directory (``.cache/pip``).
    """
    for command in commands:
        if command.name == "rm" or (command.name == "find" and _deletes(command)):
            for word in command.words:
                if _removes(_QUOTES.sub("", word.raw), paths):
                    return True
    return False


def removed_after(command: Command, run: Run, facts: Facts, *paths: str) -> bool:
    """Tell whether a RUN removes directories behind one of its commands, as ``removed`` does.

    Args:
        command: The command.
        run: Its instruction.
        facts: The file.
        paths: As for ``removed``.
    """
    return comes_after(lambda one: removed((one,), *paths), command, run, facts, "removed", paths)


def _deletes(command: Command) -> bool:
    return any(word.raw in {"-delete", "rm"} for word in command.words)


def _removes(raw: str, paths: tuple[str, ...]) -> bool:
    if raw.startswith("$") and "/" not in raw:
        return True
    shown = raw.removesuffix("/").removesuffix("/*").removesuffix("/**").removesuffix("/")
    if "{" in shown:
        parts = re.split(r"[{},/]", raw)
        return any(all(part in parts for part in _parts(path)[-2:]) for path in paths)
    for path in paths:
        if path.startswith("/"):
            # /var/lib/apt/lists/*debian* leaves little; /var/lib/apt takes more.
            if shown.startswith("/") and (
                path == shown or path.startswith(shown + "/") or shown.startswith(path + "/*")
            ):
                return shown.count("/") > 1 or shown == "/var"
        elif shown.endswith("/" + path) or any(shown.endswith("/" + one) for one in _above(path)):
            return True
    return False


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _above(path: str) -> list[str]:
    """Return the directories above a relative path: ``.cache`` of ``.cache/pip``."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def mounted(run: Run, *paths: str) -> bool:
    """Tell whether a mount lies over one of the directories, so that it stays out of the layer."""
    for flag in run.instruction.flags:
        if flag.name != "mount":
            continue
        options = flag.options()
        target = options.get("target") or options.get("dst") or options.get("destination") or ""
        target = target.rstrip("/")
        for path in paths:
            inside = target and path.startswith("/") and f"{path}/".startswith(f"{target}/")
            if inside or (not path.startswith("/") and f"{target}/".endswith(f"/{path}/")):
                return True
            if not path.startswith("/") and any(target.endswith("/" + up) for up in _above(path)):
                return True
    return False


def ships(stage: Stage | None, facts: Facts) -> bool:
    """Tell whether the layers of a stage may be part of an image.

    They are if it is the final stage or one it rests on; without a named target also if nothing
    in the file uses the stage, because then it is a target of its own.
    """
    return stage is not None and stage.index in facts.kept


def is_script(command: Command) -> bool:
    """Tell whether a command runs a script whose commands are not known."""
    if command.name in {".", "source", "make", "bash", "sh", "ash", "dash", "eval", "xargs", ""}:
        return True
    return command.name.endswith((".sh", ".bash", ".py", ".pl", ".rb"))


def append(run: Run, facts: Facts, text: str) -> tuple[Change, ...]:
    """Return the change that runs one more command at the end of a RUN, laid out as the rest is.

    None where the end is not certain: exec form, conditions, what follows the last command.
    """
    last = run.commands[-1] if run.commands else None
    if last is None or not _ends_plainly(last):
        return ()
    end = max((last.span.end, *(one.span.end for one in last.redirects)))
    documents = run.instruction.heredocs
    stop = run.instruction.span.end
    if documents:
        body = documents[0].body
        if len(documents) > 1 or not body.start <= last.span.start < body.end:
            return ()
        stop = body.end
    if facts.file.data[end:stop].strip(b" \t\r\n;"):
        return ()
    if documents:
        return (insert(end, f" && {text}"),)
    return (insert(end, _joint(run, last, end, facts.file) + text),)


def _ends_plainly(last: Command) -> bool:
    if last.form != "shell" or last.guarded or last.piped or last.negated:
        return False
    return last.name not in _ENDS and "exec" not in last.wrappers


def _joint(run: Run, last: Command, end: int, file: Dockerfile) -> str:
    """Return what stands between the last command and one more: as between those before."""
    first, final = file.position(last.span.start)[0], file.position(end)[0]
    newline, escape = file.newline.decode(), file.escape
    lead = file.data[file.line_span(first).start : last.span.start].decode("utf-8", "replace")
    if first == run.instruction.line:
        if first == final:
            return " && "
        lead = _indent(file.data[file.line_span(final).start : end])
    elif lead.strip() == "&&":
        return f" {escape}{newline}{lead}"
    elif not lead.strip():
        if last.join == "&&":
            return f" && {escape}{newline}{lead}"
        if last.join == ";" and _stops_on_error(run.commands[0]):
            return f"; {escape}{newline}{lead}"
    return f" {escape}{newline}{_indent(lead.encode())}&& "


def _stops_on_error(command: Command) -> bool:
    """Tell whether it is ``set -e``, which makes ``;`` as good as ``&&``."""
    return command.name == "set" and (
        command.has("-e") or any(word.text == "errexit" for word in command.words)
    )


def _indent(line: bytes) -> str:
    return line[: len(line) - len(line.lstrip(b" \t"))].decode()


def variable(run: Run, name: str) -> bool:
    """Tell whether a variable is set where a RUN instruction runs, by ENV, ARG or itself."""
    if _written(run, name) and name in run.script.variables:
        return True
    if run.stage is None:
        return False
    known = run.stage.environment if run.trigger else run.stage.scope(run.instruction)
    return name in known


def _written(run: Run, name: str) -> bool:
    """Tell whether a name stands in a RUN at all."""
    instruction = run.instruction
    return name.encode() in instruction.text.data or any(
        name in document.content for document in instruction.heredocs
    )
