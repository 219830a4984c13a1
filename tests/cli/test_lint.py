"""``dunnage lint`` as a user meets it: what it finds, shows, changes and refuses."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import processes
from dunnage.cli._main import run
from lint_samples import BAD, GOOD, ONLY
from support import ROOT, bound_by_permissions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    Lint = Callable[..., tuple[int, str, str]]

GOLDEN = ROOT / "tests" / "golden" / "lint-bad-input.txt"


def test_a_finding_is_shown_with_its_line(lint: Lint, tmp_path: Path) -> None:
    """Path, line, column, level, rule and message in one line; the source; what mends it."""
    (tmp_path / "Dockerfile").write_text(BAD)
    code, out, err = lint("Dockerfile", ONLY)
    assert code == 1
    assert err == ""
    assert out == (
        "Dockerfile:2:23 warning dockerfile/apt-get-without-yes apt-get install asks before it "
        "goes on; add -y\n"
        "  2 | RUN apt-get update && apt-get install curl\n"
        "    |                       ^^^^^^^^^^^^^^^^^^^^\n"
        "  [*] fixed by --fix\n"
        "\n"
        "Found    1 finding in 1 file (1 warning)\n"
        "Fix      1 with --fix\n"
        "Gate     failed: 1 finding of level warning or above\n"
    )


def test_gate(lint: Lint, tmp_path: Path) -> None:
    """Warnings fail unless another level is asked for, in words of linters or of scanners."""
    (tmp_path / "Dockerfile").write_text(BAD)
    for words, expected in (
        ((), 1),
        (("--fail-on", "warning"), 1),
        (("--fail-on", "medium"), 1),
        (("--fail-on", "style"), 1),
        (("--fail-on", "error"), 0),
        (("--fail-on", "build-error"), 0),
        (("--fail-on", "none"), 0),
        (("--exit-code", "7"), 7),
        (("--severity", "error"), 1),
        (("--severity", "error", "--fail-on", "error"), 0),
        (("--ignore", "DL3014"), 0),
        (("--min-confidence", "high"), 1),
    ):
        assert lint("Dockerfile", "--rules=DL3014", *words)[0] == expected, words
    assert lint("Dockerfile", "--severity=warnin")[0] == 2
    assert "did you mean apt-get-without-yes" in lint("--rules=apt-get-without-ye")[2]
    assert lint("--ignore=DL9999")[0] == 2


def test_directories_are_searched(lint: Lint, tmp_path: Path) -> None:
    """By name, sorted, without what Git ignores, links and ``.git``; a named file always counts."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "Dockerfile").write_text(BAD)
    (tmp_path / ".gitignore").write_text("vendor/\n*.Dockerfile\n!kept.Dockerfile\n")
    for name in (
        "Dockerfile", "Dockerfile.dev", "Dockerfile.dockerignore", "Dockerfile~", "Dockerfile.bak",
        "app/Containerfile", "app/Containerfile.ci", "app/api.dockerfile", "app/MyDockerfile",
        "left.Dockerfile", "kept.Dockerfile", "vendor/Dockerfile", "sub/Dockerfile", "README.md",
        "dockerfile.py", "Dockerfile.j2", "Dockerfile.md",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(BAD)
    (tmp_path / "sub" / ".gitignore").write_text("Dockerfile\n")
    (tmp_path / "Dockerfile.link").symlink_to("Dockerfile")
    (tmp_path / "round").symlink_to(".")
    expected = [
        "Dockerfile", "Dockerfile.dev", "kept.Dockerfile", "app/Containerfile",
        "app/Containerfile.ci", "app/api.dockerfile",
    ]  # fmt: skip
    for words in ((), (".",), (".", "Dockerfile")):
        code, out, _ = lint(*words, ONLY, "-o", "json")
        report = json.loads(out)
        names = [one["name"] for one in report["subjects"] if one["source"]]
        assert sorted(names) == sorted(expected)
        assert code == 1
    notes = [p["where"] for s in report["subjects"] for p in s["problems"]]
    assert notes == ["Dockerfile.link"]
    _, out, _ = lint("app", "sub", "vendor/Dockerfile", "Dockerfile.link", ONLY, "-o", "json")
    names = [one["name"] for one in json.loads(out)["subjects"] if one["source"]]
    assert names == [*expected[3:], "vendor/Dockerfile", "Dockerfile.link"]


def test_ignore_files_above_count(lint: Lint, tmp_path: Path) -> None:
    """Below a repository's top, its patterns hold, also those of ``info/exclude``."""
    (tmp_path / ".git" / "info").mkdir(parents=True)
    (tmp_path / ".git" / "info" / "exclude").write_text("a/b/secret\n")
    (tmp_path / ".gitignore").write_text("/a/b/x\n")
    for name in ("a/b/x/Dockerfile", "a/b/y/Dockerfile", "a/b/secret/Dockerfile"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(GOOD)
    _, out, _ = lint("a/b", "-o", "json")
    assert [s["name"] for s in json.loads(out)["subjects"]] == ["a/b/y/Dockerfile"]


def test_standard_input(lint: Lint) -> None:
    """A file that lies nowhere has the name one gives it, and no context."""
    code, out, _ = lint("-", ONLY, "--stdin-name", "app/Dockerfile", stdin=BAD.encode())
    assert code == 1
    assert out.startswith("app/Dockerfile:2:23 warning")
    code, out, _ = lint("-", ONLY, "--fix", stdin=BAD.encode())
    assert (code, out) == (0, BAD.replace("install", "install -y"))


def test_formats(lint: Lint, tmp_path: Path) -> None:
    """A format about packages is refused with a reason; others can be had at once."""
    (tmp_path / "Dockerfile").write_text(BAD)
    code, _, err = lint("-o", "spdx-json")
    assert code == 2
    assert "is about packages and has no room for findings in source files" in err
    assert lint("--diff", "-o", "json")[0] == 2
    assert lint("-", "--fix", "-o", "json")[0] == 2
    assert lint("--unsafe-fixes")[0] == 2
    assert lint("--context", "nowhere")[0] == 2
    lint(
        ONLY, "-o", "sarif=a.sarif", "-o", "rdjson=a.json", "-o", "json=r.json", "-o", "table=a.txt"
    )
    code = lint(
        "r.json", "-o", "sarif=b.sarif", "-o", "rdjson=b.json", "-o", "table=b.txt", verb="convert"
    )[0]
    assert code == 1
    for name in ("a.sarif", "a.json", "a.txt"):
        assert (tmp_path / name).read_bytes() == (tmp_path / name.replace("a.", "b.")).read_bytes()


def test_hostile_text_is_harmless(lint: Lint, tmp_path: Path) -> None:
    """No file can write to the terminal or to a build server; carets stand below wide characters."""
    name = "Docker\x1b[31mfile"
    text = "FROM a\nRUN\tapt-get install 宽 \x1b[2J\x07 \u202e ::error::x\n"
    (tmp_path / name).write_text(text, encoding="utf-8")
    _, out, _ = lint(name, ONLY)
    assert "\x1b" not in out
    assert "\u202e" not in out
    first, source, marks, *_ = out.splitlines()
    assert first.startswith("Docker\\x1b[31mfile:2:5 warning")
    assert source == "  2 | RUN apt-get install 宽 \\x1b[2J\\x07 \\u202e ::error::x"
    assert marks.index("^") == source.index("apt-get")
    # The wide character takes two columns, so there is one caret more than characters.
    assert marks.count("^") == len(source) - source.index("apt-get") + 1


def test_long_lines_are_cut(lint: Lint, tmp_path: Path) -> None:
    """What is meant stays in sight, wherever in a long line it stands."""
    text = f"FROM a\nRUN echo {'x' * 150} && apt-get install b && echo {'y' * 500}\n"
    (tmp_path / "Dockerfile").write_text(text)
    _, out, _ = lint(ONLY)
    _, source, marks, *_ = out.splitlines()
    assert len(source) <= 80
    assert source[marks.index("^") :].startswith("apt-get install b")


def test_colour_only_where_it_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Level and carets have the colour of the level."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Dockerfile").write_text(BAD)
    run(["lint", ONLY], {"FORCE_COLOR": "1"})
    assert b"\x1b[33mwarning\x1b[0m" in capsysbinary.readouterr().out
    run(["lint", ONLY], {"FORCE_COLOR": "1", "NO_COLOR": "1"})
    assert b"\x1b" not in capsysbinary.readouterr().out


def _bad_files(here: Path) -> list[str]:
    """Write one file of each kind that cannot be read, or not well."""
    files: dict[str, bytes] = {
        "empty": b"",
        "utf16": BAD.encode("utf-16"),
        "binary": b"\x7fELF" + bytes(range(256)) * 20,
        "long-line": b"FROM " + b"x" * 10_000_000,
        "many": b"FROM a\n" + b"ENV a=1\n" * 100_000,
        "heredoc": b"FROM a\nRUN <<EOF\napt-get install b\n",
        "json": b'FROM a\nCMD ["a", "b"\nRUN apt-get install c\n',
        "long-run": b"FROM a\nRUN a \\\n"
        + b" && echo b \\\n" * 30_000
        + b" && c\nRUN apt-get install d\n",
        "deep-run": b"FROM a\nRUN " + b"(" * 60 + b"a" + b")" * 60 + b"\n",
        "many-commands": b"FROM a\nRUN " + b"a;" * 6_000 + b"a\n",
        "no-shell": b"FROM a\nRUN a && (\n",
        "nul": b"FROM a\nLABEL a=\0\nRUN apt-get install c\n",
        "good": BAD.encode(),
    }
    for name, data in files.items():
        (here / name).write_bytes(data)
    (here / "folder").mkdir()
    os.mkfifo(here / "pipe")
    (here / "circle").symlink_to("circle")
    return [*files, "folder", "pipe", "missing", "good/a", "circle", "/dev/zero", "nu\0l"]


def test_bad_input(lint: Lint, tmp_path: Path) -> None:
    """Each gets a clear line, the good ones are reported all the same, and the exit code is 3."""
    code, out, err = lint(*_bad_files(tmp_path), ONLY, "-o", "table")
    assert code == 3
    assert err == ""
    assert out == GOLDEN.read_text(encoding="utf-8")


def test_without_permission(tmp_path: Path) -> None:
    """A file one may not read is told."""
    (tmp_path / "Dockerfile").write_text(BAD)
    (tmp_path / "Dockerfile").chmod(0)
    done = processes.run("lint", cwd=tmp_path, before=bound_by_permissions())
    assert done.returncode == 3
    assert "it cannot be read: Permission denied" in done.stdout


def test_nothing_named_and_nothing_there(lint: Lint) -> None:
    """A directory without Dockerfiles is not clean: nothing was examined."""
    code, out, _ = lint()
    assert code == 3
    assert "there is no Dockerfile in it" in out
    assert lint("--allow-incomplete")[0] == 0


def test_target(lint: Lint, tmp_path: Path) -> None:
    """A stage that does not exist is told with those that do."""
    (tmp_path / "Dockerfile").write_text("FROM a AS Build\nFROM b\n")
    assert lint(ONLY, "--target", "build")[0] == 0
    code, out, _ = lint(ONLY, "--target", "biuld")
    assert code == 3
    assert "there is no stage 'biuld'" in out
    assert "its stages are build" in out


def test_many_files_in_several_processes(lint: Lint, tmp_path: Path) -> None:
    """The report is the same as that of one process, in the same order."""
    for number in range(310):
        folder = tmp_path / f"d{number:03}"
        folder.mkdir()
        (folder / "Dockerfile").write_text(BAD if number % 3 else GOOD)
    one = lint(ONLY, "--jobs", "1")
    assert lint(ONLY, "--jobs", "2") == one
    assert one[0] == 1
    assert "206 findings in 310 files" in one[1]
