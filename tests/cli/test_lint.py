"""``dunnage lint`` as a user meets it: what it finds, shows, changes and refuses."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from dunnage.cli import _config
from dunnage.cli._main import run
from support import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Lint = Callable[..., tuple[int, str, str]]

ONLY = "--rules=apt-get-without-yes"
BAD = "FROM debian:12\nRUN apt-get update && apt-get install curl\n"
GOOD = "FROM debian:12\nRUN apt-get install -y curl\n"
GOLDEN = ROOT / "tests" / "golden" / "lint-bad-input.txt"


@pytest.fixture
def lint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Lint:
    """Return what runs ``lint`` in an empty directory and gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str, stdin: bytes = b"", verb: str = "lint") -> tuple[int, str, str]:
        _config._read.cache_clear()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run([verb, *words], {"HOME": str(tmp_path / "home")})
        told = capsysbinary.readouterr()
        assert b"Traceback" not in told.err
        return code, told.out.decode(), told.err.decode()

    return call


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


def test_diff_changes_nothing(lint: Lint, tmp_path: Path) -> None:
    """What would change is shown, for ``patch``; the gate judges the file as it is."""
    path = tmp_path / "Dockerfile"
    path.write_text(BAD)
    code, out, err = lint("Dockerfile", ONLY, "--diff")
    assert code == 1
    assert path.read_text() == BAD
    assert out == (
        "--- a/Dockerfile\n"
        "+++ b/Dockerfile\n"
        "@@ -1,2 +1,2 @@\n"
        " FROM debian:12\n"
        "-RUN apt-get update && apt-get install curl\n"
        "+RUN apt-get update && apt-get install -y curl\n"
    )
    assert "would fix 1 finding in 1 file" in err
    code, out, _ = lint("Dockerfile", ONLY, "--diff", "-o", "json=report.json")
    assert out.startswith("--- a/Dockerfile")
    assert json.loads((tmp_path / "report.json").read_text())["exit_code"] == 1


def test_fix_keeps_mode_and_links(lint: Lint, tmp_path: Path) -> None:
    """The file is exchanged as a whole; what is left is judged; a second run changes nothing."""
    path = tmp_path / "Dockerfile"
    path.write_bytes(BAD.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    (tmp_path / "link").symlink_to("Dockerfile")
    code, out, err = lint("link", ONLY, "--fix")
    assert code == 0
    assert "fixed 1 finding in 1 file" in err
    assert "0 findings in 1 file" in out
    mended = BAD.replace("install", "install -y").replace("\n", "\r\n").encode()
    assert path.read_bytes() == mended
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert (tmp_path / "link").is_symlink()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["Dockerfile", "link"]
    before = path.stat().st_ino
    assert lint("Dockerfile", ONLY, "--fix")[0] == 0
    assert path.stat().st_ino == before


def test_fix_does_not_leave_the_directory(lint: Lint, tmp_path: Path) -> None:
    """A link that leads out is not written through; the exit code says that something is left."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "Dockerfile").write_text(BAD)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile").symlink_to("../elsewhere/Dockerfile")
    code, out, _ = lint("app/Dockerfile", ONLY, "--fix")
    assert code == 3
    assert "it is a link out of its directory" in out
    assert (tmp_path / "elsewhere" / "Dockerfile").read_text() == BAD


def test_ignored_findings_are_not_fixed(lint: Lint, tmp_path: Path) -> None:
    """What a comment or a waiver leaves alone stays as it is."""
    text = BAD.replace("RUN", "# dunnage: ignore[DL3014] a person answers\nRUN")
    (tmp_path / "Dockerfile").write_text(text)
    code, out, _ = lint("Dockerfile", ONLY, "--fix", "--show-suppressed")
    assert code == 0
    assert (tmp_path / "Dockerfile").read_text() == text
    assert "ignored by line 2: a person answers" in " ".join(out.split())
    waiver = (
        '[[waivers]]\nid = "dockerfile/apt-get-without-yes"\nowner = "o"\nreason = "r"\n'
        "expires = 2999-01-01\npaths = ['*.other']\n"
    )
    (tmp_path / "dunnage.toml").write_text(waiver)
    (tmp_path / "Dockerfile.other").write_text(BAD)
    code, out, _ = lint(ONLY, "--fix")
    assert code == 0
    assert (tmp_path / "Dockerfile.other").read_text() == BAD
    assert "1 waived, 1 ignored in the file" in " ".join(out.split())


def test_settings(lint: Lint, tmp_path: Path) -> None:
    """``[lint]`` of ``dunnage.toml`` beside the files counts, ``[scan]`` does not."""
    (tmp_path / "Dockerfile").write_text(BAD)
    settings = tmp_path / "dunnage.toml"
    settings.write_text('[scan]\nfail-on = "low"\n[lint]\nfail-on = "error"\nignore = ["x/y"]\n')
    code, _, err = lint()
    assert code == 2
    assert "there is no rule 'x/y'" in err
    settings.write_text('[lint]\nfail-on = "error"\nrules = ["DL3014"]\n')
    assert lint()[0] == 0
    assert lint("--fail-on", "warning")[0] == 1
    code, out, _ = lint("lint", verb="config")
    assert code == 0
    assert "dunnage.toml:2" in out
    settings.write_text('[lint]\nfail-at = "error"\n')
    code, _, err = lint()
    assert code == 2
    assert "dunnage.toml:2: unknown key in [lint]: 'fail-at'" in err


def test_settings_of_hadolint(lint: Lint, tmp_path: Path) -> None:
    """What was settled for hadolint holds: rules left out, other levels, the threshold."""
    (tmp_path / "Dockerfile").write_text(BAD)
    (tmp_path / ".hadolint.yaml").write_text("ignored: [DL3014, DL9999]\n")
    code, out, err = lint("--fail-on=style", "-o", "json")
    assert "settings of hadolint are heeded: .hadolint.yaml" in err
    assert "apt-get-without-yes" not in out
    other = tmp_path / "other.yml"
    other.write_text("override:\n  error: [DL3014]\nfailure-threshold: error\n")
    code, out, _ = lint(ONLY, "--hadolint-config", "other.yml")
    assert code == 1
    assert " error dockerfile/apt-get-without-yes" in out
    other.write_text("no-fail: true\n")
    assert lint(ONLY, "--hadolint-config", "other.yml")[0] == 0
    assert lint(ONLY, "--hadolint-config", "other.yml", "--fail-on=warning")[0] == 1
    assert lint("--hadolint-config", "nowhere.yml")[0] == 2
    other.write_text("ignored: DL3014\n")
    code, _, err = lint("--hadolint-config", "other.yml")
    assert code == 2
    assert "other.yml: 'ignored' must be a list" in err


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
        "nul": b"FROM a\nLABEL a=\0\nRUN apt-get install c\n",
        "good": BAD.encode(),
    }
    for name, data in files.items():
        (here / name).write_bytes(data)
    (here / "folder").mkdir()
    os.mkfifo(here / "pipe")
    return [*files, "folder", "pipe", "missing", "/dev/zero", "nu\0l"]


def test_bad_input(lint: Lint, tmp_path: Path) -> None:
    """Each gets a clear line, the good ones are reported all the same, and the exit code is 3."""
    code, out, err = lint(*_bad_files(tmp_path), ONLY, "-o", "table")
    assert code == 3
    assert err == ""
    assert out == GOLDEN.read_text(encoding="utf-8")


def test_without_permission(lint: Lint, tmp_path: Path) -> None:
    """A file one may not read is told."""
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "Dockerfile").write_text(BAD)
    (tmp_path / "Dockerfile").chmod(0)
    code, out, _ = lint()
    assert code == 3
    assert "it cannot be read: Permission denied" in out


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


def test_waivers_are_told_apart(lint: Lint, tmp_path: Path) -> None:
    """A waiver of a rule is no concern of a scan, nor one of a CVE of lint."""
    entry = '[[waivers]]\nid = "{}"\nowner = "o"\nreason = "r"\nexpires = 2999-01-01\n'
    text = entry.format("dockerfile/apt-get-without-yes") + entry.format("CVE-2000-1")
    (tmp_path / "dunnage.toml").write_text(text)
    (tmp_path / "Dockerfile").write_text(GOOD)
    (tmp_path / "list").write_text("pkg:pypi/a@1\n")
    _, linted, _ = lint("Dockerfile", ONLY)
    _, scanned, _ = lint("sbom:list", "--offline", "--cache-dir", "cache", verb="scan")
    assert "waiver of dockerfile/apt-get-without-yes covers nothing" in " ".join(linted.split())
    assert "CVE-2000-1" not in linted
    assert "waiver of CVE-2000-1 covers nothing" in " ".join(scanned.split())
    assert "dockerfile/" not in scanned
