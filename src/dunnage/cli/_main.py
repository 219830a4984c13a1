"""Understands the command line, calls one verb, and turns every outcome into an exit code."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import dunnage
from dunnage.cli._console import Console
from dunnage.model.errors import DunnageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dunnage.cli._command import Command
    from dunnage.cli._peers import Verb

_PHASES = (
    ("build", "Build"),
    ("ship", "Ship"),
    ("run", "Run"),
    ("all", "Everywhere"),
)
_INTERRUPTED = 130


def run(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> int:
    """Run one command line and return its exit code."""
    environ = os.environ if environ is None else environ
    console = Console(environ)
    console.debug = "--debug" in argv or "-d" in argv or environ.get("DUNNAGE_DEBUG", "") == "1"
    try:
        return _dispatch(list(argv), environ, console)
    except DunnageError as error:
        console.error(error)
        _reraise_for(console)
        return error.exit_code
    except KeyboardInterrupt:
        console.note("dunnage: interrupted")
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place where our own mistakes end
        told = _adrift() or DunnageError(
            f"internal error: {type(error).__name__}: {error}",
            advice="this is a mistake of ours: please report it with the output of --debug",
        )
        console.error(told)
        _reraise_for(console)
        return told.exit_code


def _adrift() -> UsageError | None:
    """Return what to tell if the current directory was removed, which breaks every relative path."""
    try:
        os.getcwd()  # noqa: PTH109 - asked of the system itself
    except OSError:
        return UsageError("the current directory is not there any more", advice="change to another")
    return None


def _reraise_for(console: Console) -> None:
    if console.debug:
        import traceback

        traceback.print_exc()


def _dispatch(argv: list[str], environ: Mapping[str, str], console: Console) -> int:
    from dunnage.io.folder import names

    if not argv or argv[0] in {"-h", "--help", "help"}:
        verb = argv[1] if argv[:1] == ["help"] and len(argv) > 1 else ""
        if not verb:
            console.result(_overview().encode())
            return 0 if argv else UsageError.exit_code
        argv = [verb, "--help"]
    if argv[0] in {"-V", "--version", "version"}:
        console.result(f"dunnage {dunnage.__version__}\n".encode())
        return 0
    verbs = names("dunnage.cli")
    other = None
    if argv[0] not in verbs:
        from dunnage.cli._peers import verb as translated

        other = translated(argv)
        if other is None:
            raise _unknown_verb(argv[0], verbs)
        argv = other.argv
    return _call(argv[0], argv[1:], environ, console, other)


def _unknown_verb(word: str, verbs: Sequence[str]) -> UsageError:
    from dunnage.cli._option import suggest

    if word.startswith("-"):
        return UsageError(
            f"{word} stands before the verb",
            advice="write the verb first, as in: dunnage scan alpine:3.19",
        )
    target = word if any(mark in word for mark in ":/.") or os.path.lexists(word) else "IMAGE"
    return UsageError(
        f"there is no verb {word!r}",
        advice=f"{suggest(word, verbs)}verbs: {', '.join(verbs)}; to examine an image: "
        f"dunnage scan {target}",
    )


def _call(
    verb: str,
    argv: list[str],
    environ: Mapping[str, str],
    console: Console,
    other: Verb | None = None,
) -> int:
    from dunnage.cli._command import Call, Command
    from dunnage.cli._config import examined, set_aside, settings_for
    from dunnage.cli._option import settle
    from dunnage.cli._parse import parse
    from dunnage.cli._variables import unknown_variables
    from dunnage.io.folder import load

    command = load("dunnage.cli", verb, "command", Command)
    words, arguments, help_text, notes = parse(verb, command, argv)
    if other is not None:
        from dunnage.cli._peers import targets

        words, notes = targets(words, other.target), (other.note, *notes)
    if help_text:
        console.result(help_text.rstrip("\n").encode() + b"\n")
        return 0
    options = [option for group in command.groups for option in group.options]
    chosen = str(arguments.get("config", "") or environ.get("DUNNAGE_CONFIG", ""))
    named = () if command.own_source else examined(words, arguments, environ)
    settings = settings_for(command, chosen, named)
    values = settle(options, arguments, environ, *settings.of(verb))
    console.quiet = bool(values.get("quiet"))
    console.debug = bool(values.get("debug"))
    console.no_progress = bool(values.get("no_progress"))
    console.no_color = bool(values.get("no_color"))
    aside = "" if command.wraps else set_aside(chosen, named)
    for note in filter(None, (aside, *notes, *unknown_variables(environ, options))):
        console.note(note)
    return command.run(Call(words, values, environ, console))


def _overview() -> str:
    from dunnage.cli._command import Command
    from dunnage.io.folder import load_all

    commands: dict[str, Command] = load_all("dunnage.cli", "command", Command)
    lines = [
        "Dunnage: container security over a container's whole life.",
        "",
        "usage: dunnage VERB [TARGET...] [options]",
    ]
    for phase, title in _PHASES:
        verbs = [(name, c) for name, c in commands.items() if c.phase == phase]
        if verbs:
            lines += ["", f"{title}:"]
            lines += [f"  {name:<10} {command.summary}" for name, command in verbs]
    lines += [
        "",
        "First steps:",
        "  dunnage scan alpine:3.19                     an image in a registry",
        "  dunnage scan app.tar --fail-on high          a saved image, with a gate for CI",
        "  dunnage sbom oci-dir:build/image             what is inside, as CycloneDX",
        "",
        "Exit codes: 0 done, gate passed · 1 gate failed · 2 usage · 3 not everything could be",
        "examined · 4 no advisory data · 5 our own error.",
        "Every option is also an environment variable (--fail-on: DUNNAGE_FAIL_ON) and a key in",
        "dunnage.toml. 'dunnage VERB --help' tells all about a verb.",
        "",
    ]
    return "\n".join(lines)
