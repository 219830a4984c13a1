"""Writes the completion script of fish (fish manual, ``complete``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dunnage.cli._offered import Taken, Verb

_HEAD = r"""# Completion of dunnage for fish; made by: dunnage completion fish
function __dunnage_verb
    set -l words (commandline -opc)
    set -e words[1]
    test (count $words) -gt 0; or return 1
    if contains -- $words[1] config help
        for word in $words[2..-1]
            if contains -- $word $__dunnage_verbs
                set words[1] $word
                break
            end
        end
    end
    test (count $argv) -eq 0; or test "$words[1]" = "$argv[1]"
end
function __dunnage_list
    set -l typed (string replace -r '^--[a-z-]+=' '' -- (commandline -ct))
    set -l done (string match -r '^.*,' -- $typed)
    printf '%s\n' $done$argv
end
function __dunnage_after
    set -l typed (string replace -r '^--[a-z-]+=' '' -- (commandline -ct))
    set -l parts (string split -m 1 $argv[1] -- $typed)
    set -e argv[1]
    if test (count $parts) -eq 2
        set -l mark (string sub -s (math (string length -- $parts[1]) + 1) -l 1 -- $typed)
        printf '%s\n' $parts[1]$mark(__fish_complete_path $parts[2] | string replace -r '\t.*' '')
    else
        printf '%s\n' $argv
    end
end
complete -c dunnage -f
complete -c dunnage -n 'not __dunnage_verb' -l version -d 'print the version'
complete -c dunnage -n 'not __dunnage_verb' -s h -l help -d 'list the verbs'
"""


def script(verbs: Sequence[Verb]) -> str:
    """Return the script."""
    names = " ".join(verb.name for verb in verbs)
    lines = [_HEAD.rstrip("\n"), f"set -g __dunnage_verbs {names}"]
    start = "complete -c dunnage -n"
    for verb in verbs:
        summary = _quoted(verb.command.summary)
        lines.append(f"{start} 'not __dunnage_verb' -a {verb.name} -d {summary}")
    lines.append(f"{start} '__dunnage_verb help' -a '{names}'")
    for verb in verbs:
        condition = f"{start} '__dunnage_verb {verb.name}'"
        lines += [f"{condition} {rest}" for rest in _position(verb.position)]
        lines += [f"{condition} {_option(option)}" for option in verb.options]
    return "\n".join(lines) + "\n"


def _position(taken: Taken) -> Iterator[str]:
    if taken.kind in {"targets", "files"}:
        yield "-F"
    if taken.words:
        yield f"-a {_arguments(taken)}"


def _option(option: Taken) -> str:
    parts = []
    for flag in option.flags:
        if flag.startswith("--"):
            parts.append(f"-l {flag[2:]}")
        else:
            parts.append(f"-{'s' if len(flag) == 2 else 'o'} {flag[1:]}")
    parts.append(f"-d {_quoted(option.help)}")
    if option.kind == "files":
        parts.append("-r -F")
    elif option.kind == "targets":
        parts.append(f"-r -F -a {_arguments(option)}")
    elif option.kind != "switch":
        parts.append(f"-x -a {_arguments(option)}" if option.words else "-x")
    return " ".join(parts)


def _arguments(taken: Taken) -> str:
    words = " ".join(taken.words)
    if taken.kind == "list":
        return f"'(__dunnage_list {words})'"
    if taken.kind == "outputs":
        return f"'(__dunnage_after = {words})'"
    if taken.kind == "targets":
        return f"'(__dunnage_after : {words})'"
    return f"'{words}'"


def _quoted(text: str) -> str:
    """Return a text in single quotes, in which fish knows only two escapes."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
