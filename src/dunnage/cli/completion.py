"""The ``completion`` verb: a script with which a shell completes what is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.cli._command import Command

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dunnage.cli._command import Call
    from dunnage.cli._offered import Verb

_SHELLS = ("bash", "fish", "zsh")


def _run(call: Call) -> int:
    from dunnage.cli._offered import verbs
    from dunnage.cli._option import suggest
    from dunnage.model.errors import UsageError

    word = call.words[0] if call.words else ""
    if len(call.words) != 1 or word not in _SHELLS:
        unknown = word and word not in _SHELLS
        what = f"completion knows no shell {word!r}" if unknown else "completion takes one shell"
        advice = f"{suggest(word, _SHELLS)}write: dunnage completion bash | fish | zsh"
        raise UsageError(what, advice=advice)
    call.console.result(_script(word)(verbs()).encode())
    return 0


def _script(shell: str) -> Callable[[Sequence[Verb]], str]:
    if shell == "bash":
        from dunnage.cli._completion_bash import script
    elif shell == "fish":
        from dunnage.cli._completion_fish import script
    else:
        from dunnage.cli._completion_zsh import script
    return script


command = Command(
    summary="print a script that completes verbs, options and values",
    description="Prints a script for a shell. It knows every verb, option, format, severity and "
    "kind of\ntarget of this version, so make it again after an upgrade. It starts no program "
    "while you\ntype.",
    examples=(
        ("bash, now and in ~/.bashrc", "dunnage completion bash > d.bash; source d.bash"),
        ("bash, for all users", "dunnage completion bash > /etc/bash_completion.d/dunnage"),
        ("zsh, in a directory of $fpath", "dunnage completion zsh > ~/.zfunc/_dunnage"),
        ("fish", "dunnage completion fish > ~/.config/fish/completions/dunnage.fish"),
    ),
    words="bash|fish|zsh",
    words_help="the shell",
    groups=(),
    run=_run,
    phase="all",
)
