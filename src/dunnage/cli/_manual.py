"""Writes the manual page in roff with the man macros (groff_man(7), man-pages(7))."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import dunnage
from dunnage.cli._offered import verbs
from dunnage.cli._variables import FOREIGN, OWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dunnage.cli._offered import Verb
    from dunnage.cli._option import Option

EXIT_CODES = (
    ("0", "done; the gate passed, or there was none"),
    ("1", "the gate failed; another number with --exit-code"),
    ("2", "the command line or the configuration cannot be understood"),
    ("3", "a target cannot be read, or not everything could be examined"),
    ("4", "there is no advisory data"),
    ("5", "an error of the program itself"),
    ("130", "interrupted"),
)
"""Exit codes and what they mean."""

_WIDTH = 79
_START = re.compile(r"^([.'])")
_FILES = (
    ("dunnage.toml", "settings and waivers, in the current directory or named with --config"),
    ("~/.cache/dunnage", "facts of layers and advisory data, unless --cache-dir names another"),
)
_INTRODUCTION = (
    "examines container images, archives, root file systems, projects and SBOMs, lists what is "
    "installed in them, matches it with advisory data, and says what would fix most of it. What "
    "could not be examined is said, and never counts as nothing found."
)
_PRECEDENCE = (
    "Every option is also an environment variable: --fail-on is DUNNAGE_FAIL_ON. The options of "
    "scan can stand in dunnage.toml. The command line wins over the environment, which wins over "
    "the file, which wins over the default; dunnage config shows what decides."
)


def page() -> str:
    """Return the whole page."""
    found = verbs()
    lines = [
        f'.TH DUNNAGE 1 "" "dunnage {_text(dunnage.__version__)}" "User Commands"',
        ".SH NAME",
        r"dunnage \- container security over a container's whole life",
        ".SH SYNOPSIS",
        *_synopsis(found),
        ".SH DESCRIPTION",
        ".B dunnage",
        _text(_INTRODUCTION),
        ".PP",
        _text(_PRECEDENCE),
        ".SH COMMANDS",
    ]
    for verb in found:
        lines += _verb(verb)
    lines += _list("EXIT STATUS", EXIT_CODES)
    lines += _list("ENVIRONMENT", (*_variables(found), *OWN.items(), *FOREIGN.items()))
    lines += _list("FILES", _FILES)
    lines += [".SH EXAMPLES"]
    examples = [example for verb in found for example in verb.command.examples]
    for index, (what, command) in enumerate(examples):
        lines += [*([".PP"] if index else []), f"{_text(what)}:", *_typed(command)]
    lines += [".SH SEE ALSO", ".UR https://dunnage.readthedocs.io", "Documentation", ".UE"]
    return "".join(f"{part}\n" for line in lines for part in _wrapped(line))


def _wrapped(line: str) -> list[str]:
    """Return prose cut into lines that people can read; everything else as it is."""
    if len(line) <= _WIDTH or line.startswith((".", "\\fB", "dunnage ")):
        return [line]
    import textwrap

    parts = textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return [_START.sub(r"\\&\1", part) for part in parts]


def _synopsis(found: Sequence[Verb]) -> Iterator[str]:
    for verb in found:
        yield f".B dunnage {_text(verb.name)}"
        words = f"{_text(verb.command.words)} " if verb.command.words else ""
        yield f"{words}[\\fIoptions\\fR]"
        yield ".br"
    yield ".B dunnage"
    yield r"\fB\-\-help\fR | \fB\-\-version\fR"


def _verb(verb: Verb) -> Iterator[str]:
    command = verb.command
    yield f'.SS "{_text(f"dunnage {verb.name} {command.words}".rstrip())}"'
    yield _text(" ".join(command.description.split()))
    if command.words:
        yield from (".TP", f".I {_text(command.words)}", _text(command.words_help))
    for group in command.groups:
        for option in group.options:
            yield from (".TP", _flags(option), _text(option.help) + _default(option))


def _flags(option: Option) -> str:
    value = ""
    if not isinstance(option.default, bool):
        value = f" \\fI{_text(option.metavar or option.name.upper())}\\fR"
    flags = (*option.short, f"--{option.name}")
    return ", ".join(f"\\fB{_text(flag)}\\fR{value}" for flag in flags)


def _default(option: Option) -> str:
    default = option.default
    if not default or isinstance(default, bool):
        return ""
    shown = ",".join(default) if isinstance(default, tuple) else str(default)
    return f" (default: {_text(shown)})"


def _variables(found: Sequence[Verb]) -> Iterator[tuple[str, str]]:
    options = (o for verb in found for group in verb.command.groups for o in group.options)
    for variable, name in sorted({option.variable: option.name for option in options}.items()):
        yield variable, f"as --{name}"


def _list(title: str, items: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield f".SH {title}"
    for term, meaning in items:
        yield from (".TP", f".B {_text(term)}", _text(meaning))


def _typed(command: str) -> Iterator[str]:
    yield from (".PP", ".RS 4", ".nf", _text(command), ".fi", ".RE")


def _text(text: str) -> str:
    """Return text in which roff finds no commands (groff(7), "Escape sequences")."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti").replace("^", "\\(ha")
    text = text.replace('"', "\\(dq").replace("`", "\\(ga")
    # A full stop or an apostrophe at the beginning of a line would be a request.
    return _START.sub(r"\\&\1", text)
