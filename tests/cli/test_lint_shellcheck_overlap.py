"""What a rule of ours says, ShellCheck does not say again: script by script, with ShellCheck as judge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dunnage.io.folder import load_all
from dunnage.rules.dockerfile._rule import DockerfileRule
from dunnage.rules.dockerfile._shellcheck_codes import peers_of
from support import needs_shellcheck

if TYPE_CHECKING:
    from collections.abc import Callable

    Lint = Callable[..., tuple[int, str, str]]

PEERS = peers_of(load_all("dunnage.rules.dockerfile", "rule", DockerfileRule))
SCRIPTS = {
    "SC2006": 'x=`date`; echo "$x"; rm "a `date`"; [ "`id -u`" = 0 ]',
    "SC2013": 'for x in $(cat f | sort); do for y in `cat "$x"`; do rm "$y"; done; done',
    "SC2015": "[ -f a ] && cp a b || rm c; test -f a && \\\n  rm a \\\n  || mv b c",
    "SC2016": "echo '$HOME' > f; echo '${HOME}'",
    "SC2028": "echo \"a\\nb\"; echo 'a\\tb' > f",
    "SC2035": "rm -f *.a *.b; cp * /x",
    "SC2044": 'for x in \\\n  $(find . -name a); do rm "$x"; done; for x in `find .`; do rm "$x"; done',
    "SC2045": 'for x in $(ls /a); do for y in $(\\\n  ls "$x"); do rm "$y"; done; done',
    "SC2046": "rm -f $(cat a) $(cat b) && echo `cat c`",
    "SC2086": "rm -f $HOME/a ${HOME}/b $HOME; cd $HOME && ls",
    "SC2155": 'export A=$(cat f) B=`cat g`; f() { local a="$(cat f)"; echo "$a"; }; f',
    "SC2164": "cd /x; (cd /y; ls); ls",
    "SC2251": "set -e; ! grep -q a f; if true; then ! grep -q b f; ls; fi; ls",
    "SC3001": "diff <(ls a) <(ls b)",
    "SC3003": "a=$'x'; echo \"$a\" $'b'",
    "SC3005": "for ((i = 0; i < 3; i += 1)); do ls; done",
    "SC3006": "((a = 1)); if ((a > 1)); then ls; fi",
    "SC3009": 'mkdir {1..9}; for i in {1..3}; do echo "$i"; done',
    "SC3010": "[[ -n a ]]; if [[ -f a ]]; then ls; fi; [[ a ]] && ls",
    "SC3011": 'cat <<< a; read -r x <<< "a"',
    "SC3014": '[ "$HOME" == b ] || [ a == b ]',
    "SC3020": "ls &> /dev/null; { ls; } &> f",
    "SC3030": 'a=(1 2); echo "${a[0]}"',
    "SC3037": 'echo -e "a" && echo -ne b > f',
    "SC3039": 'let a=1; let "a = 1"',
    "SC3046": "source /x && source ./y",
    "SC3057": 'echo "${HOME:0:1}" ${HOME:1}',
    "SC3060": 'echo "${HOME//b/c}" "${HOME/a/b}"; x=${HOME/a/b}',
}
"""By code, what it is said of in several places, all of them places of a rule of ours as well."""
BASES = {"SC2028": "x", "SC3037": "x"}


def found(lint: Lint, code: str, word: str) -> list[tuple[str, int, int]]:
    """Return rule, line and column of what is found in the script of a code."""
    text = f"FROM {BASES.get(code, 'debian:13')}\nRUN {SCRIPTS[code]}\n"
    _, out, _ = lint(
        "-",
        "-o",
        "json",
        "--shellcheck",
        "--persona=auditor",
        f"--rules={word}",
        stdin=text.encode(),
    )
    (subject,) = json.loads(out)["subjects"]
    assert not [one for one in subject["problems"] if one["effect"] != "note"]
    places = [(one["id"], one["locations"][0]) for one in subject["findings"]]
    return [(name, at["line"], at["region"]["column"]) for name, at in places]


def test_every_code_has_a_script() -> None:
    """That a rule of ours stands for a code is shown, not said."""
    assert set(SCRIPTS) == {code for codes in PEERS.values() for code in codes}


@needs_shellcheck
@pytest.mark.usefixtures("real")
@pytest.mark.parametrize("code", SCRIPTS)
def test_said_once(lint: Lint, code: str) -> None:
    """ShellCheck says it by itself, and is silent where the rule of ours speaks."""
    theirs = found(lint, code, f"shellcheck/{code}")
    assert {name for name, _, _ in theirs} == {f"shellcheck/{code}"}
    both = found(lint, code, code)
    assert {name for name, _, _ in both} <= {name for name, codes in PEERS.items() if code in codes}
    assert len({(line, column) for _, line, column in both}) == len(both) >= len(theirs)
