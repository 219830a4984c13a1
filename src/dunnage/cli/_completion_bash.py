"""Writes the completion script of bash (GNU Bash manual, "Programmable Completion")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dunnage.cli._offered import Taken, Verb

# The words are cut from the line itself: readline also cuts at : and =, which are parts of targets
# and values. What it cut off is taken off the candidates again at the end.
_HEAD = r"""# Completion of dunnage for bash; made by: dunnage completion bash
_dunnage_add() {  # words prefix typed
    local found
    while IFS= read -r found; do COMPREPLY+=("$found"); done < <(
        compgen -P "$2" -W "$1" -- "$3")
}
_dunnage_files() {  # prefix typed
    local found
    compopt -o filenames 2> /dev/null
    while IFS= read -r found; do COMPREPLY+=("$1$found"); done < <(compgen -f -- "$2")
}
_dunnage_value() {  # kind words prefix typed
    case $1 in
    words) _dunnage_add "$2" "$3" "$4" ;;
    list)
        if [[ $4 == *,* ]]; then _dunnage_add "$2" "$3${4%,*}," "${4##*,}"
        else _dunnage_add "$2" "$3" "$4"; fi ;;
    outputs)
        if [[ $4 == *=* ]]; then _dunnage_files "$3${4%%=*}=" "${4#*=}"
        else _dunnage_add "$2" "$3" "$4"; compopt -o nospace 2> /dev/null; fi ;;
    targets)
        if [[ $4 == *:* && " $2 " == *" ${4%%:*}: "* ]]; then
            _dunnage_files "$3${4%%:*}:" "${4#*:}"
        else
            _dunnage_files "$3" "$4"
            [[ -n $4 || ${#COMPREPLY[@]} -eq 0 ]] || return
            local before=${#COMPREPLY[@]}
            _dunnage_add "$2" "$3" "$4"
            [[ ${#COMPREPLY[@]} -eq $before ]] || compopt +o filenames -o nospace 2> /dev/null
        fi ;;
    files) _dunnage_files "$3" "$4" ;;
    esac
}
_dunnage() {
    COMPREPLY=()
    local line=${COMP_LINE:0:COMP_POINT} verb='' flag='' kind='' options='' position='' index
    local -a words
    read -r -a words <<< "$line"
    [[ $line == *[[:space:]] || ${#words[@]} -eq 1 ]] && words+=('')
    local last=$(( ${#words[@]} - 1 ))
    local current=${words[last]}
    [[ $last -gt 1 ]] && verb=${words[1]}
"""
_WRAPPED = r"""    if [[ $verb == config || $verb == help ]]; then
        for (( index = 2; index < last; index++ )); do
            [[ " $all " == *" ${words[index]} "* ]] && { verb=${words[index]}; break; }
        done
    fi
    if [[ -z $verb ]]; then
        _dunnage_add "$all help --help --version" '' "$current"
    else
        [[ $current == --*=* ]] && flag=${current%%=*} || flag=${words[last-1]}
        [[ $current == --*=* || $last -gt 2 ]] || flag=''
        case "$verb $flag" in
"""
_TAIL = r"""        esac
        case "$verb" in
"""
_FOOT = r"""        esac
        if [[ -n $kind && $current == --*=* ]]; then
            _dunnage_value "$kind" "$values" "$flag=" "${current#*=}"
        elif [[ -n $kind ]]; then
            _dunnage_value "$kind" "$values" '' "$current"
        elif [[ $current == -* ]]; then
            _dunnage_add "$options" '' "$current"
        else
            _dunnage_value "$position" "$given" '' "$current"
        fi
    fi
    local cut=$current
    [[ $COMP_WORDBREAKS == *:* ]] && cut=${cut##*:}
    [[ $COMP_WORDBREAKS == *=* ]] && cut=${cut##*=}
    cut=${current%"$cut"}
    for index in "${!COMPREPLY[@]}"; do COMPREPLY[index]=${COMPREPLY[index]#"$cut"}; done
}
complete -F _dunnage dunnage
"""


def script(verbs: Sequence[Verb]) -> str:
    """Return the script."""
    everything = " ".join(verb.name for verb in verbs)
    lines = [f"    local all='{everything}' values='' given=''"]
    body = _HEAD + "\n".join(lines) + "\n" + _WRAPPED
    body += "".join(line for verb in verbs for line in _values(verb)) + _TAIL
    body += "".join(_verb(verb) for verb in verbs)
    return body + f"        help) position=words given='{everything}' ;;\n" + _FOOT


def _values(verb: Verb) -> Iterator[str]:
    for option in verb.options:
        if option.kind != "switch":
            names = "|".join(f'"{verb.name} {flag}"' for flag in option.flags)
            yield f"        {names}) kind={option.kind} values='{_words(option)}' ;;\n"


def _verb(verb: Verb) -> str:
    options = " ".join(flag for option in verb.options for flag in option.flags)
    position = f"position={verb.position.kind} given='{_words(verb.position)}'"
    return f"        {verb.name}) options='{options}' {position} ;;\n"


def _words(taken: Taken) -> str:
    """Return words of a fixed alphabet, which need no quoting."""
    return " ".join(taken.words)
