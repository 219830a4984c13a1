"""Writes the completion script of zsh (zsh manual, "Completion System", ``_arguments``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dunnage.cli._offered import Taken, Verb

_HEAD = r"""#compdef dunnage
# Completion of dunnage for zsh; made by: dunnage completion zsh
_dunnage_targets() {
    if compset -P '*:'; then
        _files
    else
        local -a schemes=($@)
        _alternative 'files:file:_files' 'schemes:kind of target:compadd -S "" -a schemes'
    fi
}
_dunnage_outputs() {
    if compset -P '*='; then
        _files
    else
        local -a formats=($@)
        compadd -S '' -a formats
    fi
}
"""
_FOOT = r"""    esac
}
_dunnage() {
    local curcontext=$curcontext state line
    typeset -A opt_args
    _arguments -C '(- *)'{-h,--help}'[list the verbs]' '(- *)--version[print the version]' \
        '1: :->verb' '*::argument:->arguments' && return
    case $state in
    verb) _describe -t verbs verb _dunnage_verbs ;;
    arguments) _dunnage_verb $words[1] ;;
    esac
}
if [[ $funcstack[1] == _dunnage ]]; then _dunnage "$@"; else compdef _dunnage dunnage; fi
"""


def script(verbs: Sequence[Verb]) -> str:
    """Return the script."""
    lines = [_HEAD + "typeset -ga _dunnage_verbs=("]
    lines += [f"    {_quoted(f'{verb.name}:{verb.command.summary}')}" for verb in verbs]
    lines += [")", "_dunnage_verb() {", "    case $1 in"]
    for verb in verbs:
        specs = [spec for option in verb.options for spec in _option(option)]
        if verb.command.wraps:
            specs += ["'1: :_dunnage_names'", "'*::argument:_dunnage_wrapped'"]
        else:
            specs.append(_quoted(f"*:{_plain(verb.command.words)}:{_action(verb.position)}"))
        lines.append(f"    {verb.name}) _arguments -s -S {' '.join(specs)} ;;")
    lines.append("    help) _describe -t verbs verb _dunnage_verbs ;;")
    names = "_dunnage_names() { _describe -t verbs verb _dunnage_verbs }"
    wrapped = "_dunnage_wrapped() { _dunnage_verb $words[1] }"
    return (
        "\n".join(lines)
        + "\n"
        + _FOOT.replace("_dunnage() {", f"{names}\n{wrapped}\n_dunnage() {{", 1)
    )


def _option(option: Taken) -> list[str]:
    """Return one specification for each spelling; lists and outputs may come again."""
    again = "*" if option.kind in {"list", "outputs"} else ""
    found = []
    for flag in option.flags:
        mark = "" if option.kind == "switch" else ("=" if flag.startswith("--") else "")
        value = "" if option.kind == "switch" else f":value:{_action(option)}"
        found.append(_quoted(f"{again}{flag}{mark}[{_plain(option.help)}]{value}"))
    return found


def _action(taken: Taken) -> str:
    words = " ".join(word.replace(":", "\\:") for word in taken.words)
    if taken.kind == "list":
        return f"_values -s , value {words}"
    if taken.kind in {"outputs", "targets"}:
        return f"_dunnage_{taken.kind} {words}"
    if taken.kind == "words":
        return f"({words})"
    return "_files" if taken.kind == "files" else " "


def _plain(text: str) -> str:
    """Return a text without what ends it in a specification."""
    for mark in "\\[]:":
        text = text.replace(mark, f"\\{mark}")
    return text


def _quoted(text: str) -> str:
    escaped = text.replace("'", "'\\''")
    return f"'{escaped}'"
