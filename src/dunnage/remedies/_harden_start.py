"""What a container starts, as words that need no shell."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from dunnage.parsers import shell
from dunnage.remedies._harden_types import Reason, Start

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.remedies._harden_types import Context

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "busybox", "env", "eval", "source"})
_MANAGERS = frozenset({
    "apt", "apt-get", "apk", "dnf", "yum", "pip", "pip3", "bundle", "gem", "composer", "mvn", "mvnw",
    "gradle", "gradlew", "cargo", "go", "npx", "yarn", "pnpm", "pipenv", "poetry", "uv", "conda",
    "nodemon", "ts-node", "pm2", "pm2-runtime", "supervisord", "make", "bun", "deno",
})  # fmt: skip


def start_of(stage: Stage, context: Context | None) -> Start | Reason:
    """Return what a stage starts, or why that cannot be said without a shell.

    Args:
        stage: The final stage.
        context: The build context; what ``npm start`` runs stands in its ``package.json``.
    """
    entry = _last(stage, "ENTRYPOINT")
    command = _last(stage, "CMD")
    first = entry or command
    if first is None:
        message = "nothing says what the container starts: there is no ENTRYPOINT and no CMD"
        return Reason("no-start", message, stage.start.line, "write a CMD in exec form")
    words = _words(first)
    if isinstance(words, Reason):
        return words
    arguments = None
    if entry is not None and entry.json is not None and command is not None:
        if command.json is None:
            message = "CMD in shell form beside an ENTRYPOINT is given to it as `/bin/sh -c ...`"
            return Reason("shell-in-start", message, command.line, "write CMD as a JSON list")
        arguments = tuple(word.text for word in command.json)
    resolved = _of_npm(words, first, context)
    if isinstance(resolved, Reason):
        return resolved
    script = "" if resolved == words else " ".join(words)
    wrong = _wrong(resolved, first)
    return wrong or Start(resolved, arguments, first.line, first.keyword, script)


def _last(stage: Stage, keyword: str) -> Instruction | None:
    return next((one for one in reversed(stage.instructions) if one.keyword == keyword), None)


def _words(instruction: Instruction) -> tuple[str, ...] | Reason:
    if instruction.json is not None:
        if not instruction.json:
            return Reason("no-start", f"{instruction.keyword} is empty", instruction.line)
        return tuple(_string(word.text) for word in instruction.json)
    script = shell.read(instruction.args)
    if not script.known or len(script.commands) != 1:
        return _needs_shell(instruction, "it is more than one command")
    command = script.commands[0]
    if command.assignments or command.redirects or command.guarded or command.negated:
        return _needs_shell(instruction, "it sets variables, redirects or has conditions")
    if set(command.wrappers) - {"exec", "command"}:
        return _needs_shell(instruction, f"it starts through {command.wrappers[0]}")
    unknown = next((word.raw for word in command.words if word.text is None), "")
    if unknown or not command.name:
        return _needs_shell(instruction, f"a shell has to expand {unknown[:60] or 'its name'}")
    source = instruction.args.value.strip()
    if command.piped or source.endswith("&"):
        return _needs_shell(instruction, "it runs in a pipe or in the background")
    program = _program(source, command.name)
    return (program, *(word.text or "" for word in command.words))


def _string(text: str) -> str:
    """Return a string of a JSON list without its escapes."""
    try:
        value = json.loads(f'"{text}"') if "\\" in text else text
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def _program(source: str, name: str) -> str:
    """Return the program with its path as written; the reader of commands gives its base name."""
    for word in source.split():
        bare = word.strip("\"'")
        if bare.rpartition("/")[2] == name:
            return bare
    return name


def _needs_shell(instruction: Instruction, why: str) -> Reason:
    return Reason(
        "shell-in-start",
        f"what {instruction.keyword} starts needs a shell, which the runtime does not have: {why}",
        instruction.line,
        "write it as a JSON list, and read variables in the program",
    )


def _of_npm(
    words: tuple[str, ...], instruction: Instruction, context: Context | None
) -> tuple[str, ...] | Reason:
    """Return what ``npm start`` or ``npm run NAME`` starts, from ``package.json``."""
    if words[0] not in {"npm", "yarn", "pnpm"}:
        return words
    rest = [word for word in words[1:] if word not in {"--silent", "-s"}]
    if rest[:1] in (["run"], ["run-script"]):
        rest = rest[1:]
    if len(rest) != 1:
        return words
    script = rest[0]
    advice = 'name the program itself, as in CMD ["node", "server.js"]'
    text = context.text("package.json") if context is not None else None
    if text is None:
        message = f"what `{words[0]} {script}` starts stands in package.json, which is not known"
        return Reason("package-manager-at-run-time", message, instruction.line, advice)
    scripts = _scripts(text)
    told = scripts.get(script, "node server.js" if script == "start" else "")
    if not told or f"pre{script}" in scripts or f"post{script}" in scripts:
        message = f"package.json runs other scripts around `{script}`, or does not know it"
        return Reason("package-manager-at-run-time", message, instruction.line, advice)
    if not re.fullmatch(r"node( [\w./=:@+-]+)+", told):
        message = f"`{words[0]} {script}` runs `{told[:60]}`, which is more than node with a file"
        return Reason("shell-in-start", message, instruction.line, advice)
    return tuple(told.split())


def _scripts(text: str) -> dict[str, str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    scripts = value.get("scripts") if isinstance(value, dict) else None
    if not isinstance(scripts, dict):
        return {}
    return {key: one for key, one in scripts.items() if isinstance(one, str)}


def _wrong(words: tuple[str, ...], instruction: Instruction) -> Reason | None:
    name = words[0].rpartition("/")[2]
    if name in _SHELLS or name.endswith((".sh", ".bash")):
        return _needs_shell(instruction, f"it is started by {words[0]}")
    if name in _MANAGERS:
        return Reason(
            "package-manager-at-run-time",
            f"`{' '.join(words[:3])}` runs a package manager or build tool when the container starts",
            instruction.line,
            "build in a RUN, and start the program itself",
        )
    port = next((port for one in words[1:] if (port := _port(one)) is not None), None)
    if port is None:
        port = _port_after(words)
    if port is not None:
        return low_port(port, instruction.line)
    return None


def low_port(port: int, line: int) -> Reason:
    """Return the reason that a port is one that only root may open."""
    return Reason(
        "privileged-port",
        f"it listens on port {port}; below 1024 a user that is not root may not, in many places",
        line,
        "let it listen on a port such as 8080, and publish that as the other",
    )


def _port(word: str) -> int | None:
    match = re.search(r"(?:^|[a-z0-9\].*=]):(\d{1,5})$|^--?[\w-]*port=(\d{1,5})$", word)
    if match is None:
        return None
    port = int(match[1] or match[2])
    return port if 0 < port < 1024 else None


def _port_after(words: tuple[str, ...]) -> int | None:
    for one, following in pairwise(words):
        if re.fullmatch(r"-p|--?[\w-]*port", one) and following.isascii() and following.isdecimal():
            port = int(following[:6])
            return port if 0 < port < 1024 else None
    return None
