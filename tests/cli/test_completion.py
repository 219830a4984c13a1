"""Completion scripts, run by the shells they are for."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from typing import TYPE_CHECKING, Self

import pytest

from dunnage.cli._offered import verbs
from dunnage.io.folder import names
from processes import environment, run
from support import need

if TYPE_CHECKING:
    from pathlib import Path

CASES: dict[str, set[str]] = {
    "dunnage sc": {"scan"},
    "dunnage scan --fail-on-u": {"--fail-on-unknown"},
    "dunnage scan --fail-on h": {"high"},
    "dunnage scan --fail-on=h": {"--fail-on=high"},
    "dunnage scan -s low,h": {"low,high"},
    "dunnage scan app.tar --severity=low,h": {"--severity=low,high"},
    "dunnage scan app.tar -o cyclonedx-j": {"cyclonedx-json"},
    "dunnage scan app.tar -o json=ap": {"json=app.tar"},
    "dunnage lint -o cyclonedx-j": set(),
    "dunnage lint -o sar": {"sarif"},
    "dunnage scan docker-archive:ap": {"docker-archive:app.tar"},
    "dunnage scan docker-a": {"docker-archive:"},
    "dunnage scan --offline ap": {"app.tar"},
    "dunnage scan --input ap": {"app.tar"},
    "dunnage config scan --fail-on cr": {"critical"},
    "dunnage config scan --offl": {"--offline"},
    "dunnage help compl": {"completion"},
    "dunnage completion z": {"zsh"},
    "dunnage scan --timeout ": set(),
}
"""What is typed, and the words it may become."""

BREAKS = "COMP_WORDBREAKS=$' \\t\\n\"\\'><=;|&(:'"
"""What readline cuts words at unless told otherwise."""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return a directory with the scripts of all shells and two files to complete."""
    for shell in ("bash", "fish", "zsh"):
        done = run("completion", shell)
        assert (done.returncode, done.stderr) == (0, "")
        (tmp_path / f"script.{shell}").write_text(done.stdout, encoding="utf-8")
    (tmp_path / "app.tar").touch()
    (tmp_path / "other file.tar").touch()
    return tmp_path


def shell(here: Path, *words: str) -> list[str]:
    """Run a shell in that directory and return the lines it prints."""
    done = subprocess.run(
        words,
        cwd=here,
        env=environment(HOME=str(here)),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_bash_offers_what_fits(here: Path) -> None:
    """The function leaves in COMPREPLY what readline puts in place of the last part it cut off."""
    need("bash")
    script = [f"source script.bash; {BREAKS}"]
    for line in CASES:
        script.append(f"COMP_LINE='{line}' COMP_POINT={len(line)}; _dunnage")
        script.append('printf "%s|" "${COMPREPLY[@]}"; echo')
    lines = shell(here, "bash", "-c", "\n".join(script))
    for (line, expected), found in zip(CASES.items(), lines, strict=True):
        word = line.rpartition(" ")[2]
        cut = word[: max(word.rfind("="), word.rfind(":")) + 1]
        assert {cut + part for part in found.split("|") if part} == expected, line


def test_bash_offers_every_verb_and_option(here: Path) -> None:
    """Nothing that the declarations have is missing."""
    need("bash")
    for verb in verbs():
        line = f"dunnage {verb.name} -"
        ask = f"COMP_LINE='{line}' COMP_POINT={len(line)}; _dunnage"
        found = shell(here, "bash", "-c", f"source script.bash; {ask}\necho ${{COMPREPLY[@]}}")
        assert set(found[0].split()) == {flag for o in verb.options for flag in o.flags}
    ask = "COMP_LINE='dunnage ' COMP_POINT=8; _dunnage; echo ${COMPREPLY[@]}"
    found = shell(here, "bash", "-c", f"source script.bash; {ask}")
    assert set(found[0].split()) == {*names("dunnage.cli"), "help", "--help", "--version"}


def test_bash_keeps_names_with_spaces_whole(here: Path) -> None:
    """A file name with a space is one candidate."""
    need("bash")
    ask = "COMP_LINE='dunnage scan oth' COMP_POINT=16; _dunnage; printf '%s|' \"${COMPREPLY[@]}\""
    assert shell(here, "bash", "-c", f"source script.bash; {ask}") == ["other file.tar|"]


@pytest.mark.judge
def test_fish_offers_what_fits(here: Path) -> None:
    """The shell itself is asked with ``complete -C``."""
    need("fish")
    asks = [f"echo (complete -C '{line}' | string replace -r '\\t.*' '|')" for line in CASES]
    lines = shell(here, "fish", "-c", "source script.fish; " + "; ".join(asks))
    for (line, expected), found in zip(CASES.items(), lines, strict=True):
        assert {part.strip() for part in found.split("|") if part.strip()} == expected, line


@pytest.mark.judge
@pytest.mark.parametrize("kind", ["bash", "zsh"])
def test_a_person_at_a_terminal(kind: str, here: Path) -> None:
    """The tab key completes in an interactive shell on a terminal."""
    need(kind)
    start = {"bash": ["bash", "--norc", "-i"], "zsh": ["zsh", "-f", "-i"]}[kind]
    prepare = {
        "bash": "bind 'set enable-bracketed-paste off'; source script.bash",
        "zsh": "unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; source script.zsh",
    }[kind]
    with Terminal(start, here) as terminal:
        terminal.type(f"{prepare}; echo REA''DY\n")
        terminal.until("READY")
        for line, expected in CASES.items():
            if expected:
                terminal.type(f"{line}\t")
                time.sleep(0.3)
                terminal.type("\x01echo 'GOT \x05'\n")
                assert terminal.until("\nGOT ").strip() == completed(line, expected), line


def completed(line: str, expected: set[str]) -> str:
    """Return the line after the tab key."""
    return f"{line.rpartition(' ')[0]} {next(iter(expected))}"


class Terminal:
    """A shell on a pseudo-terminal of its own."""

    def __init__(self, words: list[str], folder: Path) -> None:
        self._ours, theirs = pty.openpty()
        environ = environment(TERM="dumb", HOME=str(folder), PS1="$ ", COLUMNS="400")
        self._process = subprocess.Popen(
            words,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env=environ,
            start_new_session=True,
        )
        os.close(theirs)
        self._seen = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._ours, text.encode())

    def until(self, mark: str) -> str:
        """Return the rest of the line that begins with ``mark``, waiting for it."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            _, found, rest = self._seen.rpartition(mark)
            if found and "\n" in rest:
                self._seen = ""
                return rest.partition("\n")[0]
            if select.select([self._ours], [], [], 0.2)[0]:
                self._seen += os.read(self._ours, 65536).decode(errors="replace").replace("\r", "")
        raise AssertionError(f"{mark!r} never came: {self._seen[-2000:]!r}")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "completion takes one shell"),
        (("bsh",), "did you mean bash?"),
        (("bash", "zsh"), "completion takes one shell"),
        (("--fish",), "completion has no option --fish"),
    ],
)
def test_misuse(words: tuple[str, ...], told: str) -> None:
    """A shell that nobody knows is answered with those that are known."""
    done = run("completion", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
