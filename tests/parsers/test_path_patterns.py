"""Patterns of ignore files match what Docker and Git say they match, in bounded time."""

from __future__ import annotations

import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from dunnage.parsers.path_patterns import DockerIgnore, GitIgnore

if TYPE_CHECKING:
    from pathlib import Path

# The behaviour of github.com/moby/patternmatcher (patternmatcher_test.go), as pattern and path.
MATCHED = """
**                file
**                dir/file
**/               file
**/               dir/file
**/**             dir/file
dir/**            dir/file
dir/**            dir/dir2/file
**/dir            dir
**/dir            dir/file
**/dir2/*         dir/dir2/file
**/dir2/**        dir/dir2/dir3/file
**file            file
**file            dir/file
**file            dir/xfile
**/file           dir/file
**/file           dir/dir/file
**/file*          dir/dir/file.txt
**/file*txt       dir/dir/file.txt
**/file*.txt*     dir/dir/file.txt
**/**/*.txt       dir/dir/file.txt
**/**/*.txt       file.txt
**/*.txt          file.txt
a**/*.txt         a/file.txt
a**/*.txt         a/dir/dir/file.txt
a/*.txt           a/file.txt
a/*.txt**         a/file.txt
a[b-d]e           ace
a[^b-d]e          aze
.*                .foo
abc.def           abc.def
abc?def           abcZdef
**/foo/bar        foo/bar
**/foo/bar        dir/dir2/foo/bar
abc/**            abc/def/ghi
**/.foo           .foo
a(b)c/def         a(b)c/def
a.|)$(}+{bc       a.|)$(}+{bc
dist/*.whl        dist/proxy.py-2.4.0rc3.dev36+g08acad9-py3-none-any.whl
*                 abc
*c                abc
a*                a
a*                ab/c
a*/b              abc/b
a*b*c*d*e*/f      axbxcxdxexxx/f
a*b?c*x           abxbbxdbxebxczzx
ab[^e-g]          abc
a\\*b              a*b
a?b               a☺b
a[^a]b            a☺b
[a-ζ]*            α
[\\]a]             ]
[\\-]              -
[x\\-]             x
[\\-x]             -
*x                xxx
docs/             docs/README.md
/docs             docs/README.md
./docs            docs
docs/../src       src/main.c
"""
PASSED = """
**/**/*.txt2      dir/dir/file.txt
a/*.txt           a/dir/file.txt
a[b-d]e           ae
a[b-d]e           aae
.*                foo
abc.def           abcdef
abc.def           abcZdef
abc?def           abcdef
abc/**            abc
**/.foo           bar.foo
a(b)c/def         a(b)c/xyz
a*/b              a/c/b
a*b*c*d*e*/f      axbxcxdxe/xxx/f
a*b*c*d*e*/f      axbxcxdxexxx/fff
a*b?c*x           abxbbxdbxebxczzy
ab[e-g]           abc
ab[^b-d]          abc
a\\*b              ab
a???b             a☺b
*[a-ζ]            A
a?b               a/b
a*b               a/b
[x\\-]             z
#docs             #docs
*.go              .
"""
BROKEN = ["[", "[^", "[^bc", "a[", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "\\", "!"]


def _pairs(table: str) -> list[tuple[str, str]]:
    return [(words[0], words[1]) for line in table.splitlines() if (words := line.split())]


@pytest.mark.parametrize(("pattern", "path"), _pairs(MATCHED.replace("\\\\", "\\")))
def test_docker_ignores(pattern: str, path: str) -> None:
    """The pattern is about the path, or a directory above it."""
    assert DockerIgnore(pattern + "\n").ignores(path)


@pytest.mark.parametrize(("pattern", "path"), _pairs(PASSED.replace("\\\\", "\\")))
def test_docker_passes_over(pattern: str, path: str) -> None:
    """The pattern is about something else."""
    assert not DockerIgnore(pattern + "\n").ignores(path)


@pytest.mark.parametrize("line", BROKEN)
def test_broken_patterns_are_told(line: str) -> None:
    """What Docker refuses is kept as a mistake with its line, and matches nothing."""
    found = DockerIgnore(f"# comment\n{line}\n")
    assert [(one.line, one.text) for one in found.mistakes] == [(2, line)]
    assert not found.patterns


@pytest.mark.parametrize(
    ("text", "path", "ignored"),
    [
        ("docs\n!docs/README.md", "docs/README.md", False),
        ("docs\n!docs/README.md", "docs/other.md", True),
        ("docs/*\n!docs/README.md", "docs/README.md", False),
        ("!main.go\n*.go", "main.go", True),
        ("*.go\n!main.go", "main.go", False),
        ("**\n!util/docker/web", "util/docker/web/foo", False),
        ("**\n!util/docker/web\nutil/docker/web/foo", "util/docker/web/foo", True),
        ("  node_modules  \n", "node_modules/x", True),
        ("\ufeffdocs\n", "docs", True),
        ("*\n! keep ", "keep", False),
    ],
)
def test_last_docker_pattern_decides(text: str, path: str, ignored: bool) -> None:  # noqa: FBT001 - a table
    """What one pattern takes, a later one gives back."""
    assert DockerIgnore(text).ignores(path) is ignored


GIT = [
    ("*.tmp", ["a.tmp", "x/y/a.tmp"], ["a.tmpl"]),
    ("/build", ["build"], ["x/build"]),
    ("x/build", ["x/build"], ["y/x/build"]),
    ("docs/**/draft", ["docs/draft", "docs/a/b/draft"], ["draft"]),
    ("**/cache", ["cache", "a/b/cache"], ["cached"]),
    ("a/**", ["a/b", "a/b/c"], ["b/a"]),
    ("a**b", ["axxb"], ["a/b"]),
    ("\\#x", ["#x"], ["x"]),
    ("\\!x", ["!x"], ["x"]),
    ("a[!b]c", ["axc"], ["abc", "a/c"]),
    ("tail\\ ", ["tail "], ["tail"]),
    ("*", ["a", "a/b"], []),
    ("*\n!keep", ["a"], ["keep"]),
    ("foo*bar*baz", ["foo1bar2baz", "x/foobarbaz"], ["foobar"]),
]


@pytest.mark.parametrize(("text", "ignored", "kept"), GIT)
def test_git_patterns(text: str, ignored: list[str], kept: list[str], tmp_path: Path) -> None:
    """The rules of gitignore(5); Git itself is asked, too, where it is installed."""
    file = GitIgnore(text + "\n")
    for path in ignored:
        assert file.verdict(path, folder=False) is True, path
    for path in kept:
        assert not file.verdict(path, folder=False), path
    if not shutil.which("git"):
        return
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text(text + "\n", encoding="utf-8")
    for path in (*ignored, *kept):
        done = subprocess.run(
            ["git", "-C", tmp_path, "check-ignore", "-q", "--no-index", path], check=False
        )
        # Git also asks for the parents, which the walk does for us.
        if not any(file.verdict(path[:at], folder=True) for at in _slashes(path)):
            assert (done.returncode == 0) is (path in ignored), path


def _slashes(path: str) -> list[int]:
    return [at for at, char in enumerate(path) if char == "/"]


def test_directories_only() -> None:
    """A pattern with a slash at its end is about directories."""
    file = GitIgnore("out/\n")
    assert file.verdict("a/out", folder=True) is True
    assert file.verdict("a/out", folder=False) is None


@pytest.mark.parametrize("read", [DockerIgnore, GitIgnore])
def test_no_pattern_takes_long(read: type) -> None:
    """Time grows with pattern and path alone, whatever they hold."""
    start = time.process_time()
    file = read("*a*a*a*a*a*a*a*a*a*a*a*b\n**/a**/a**/a**/a**/*b\n" * 3)
    path = "a" * 250 + "/" + "a" * 250
    found = (
        file.ignores(path) if isinstance(file, DockerIgnore) else file.verdict(path, folder=False)
    )
    assert not found
    assert time.process_time() - start < 2


def test_size_is_bounded() -> None:
    """Of a huge file only the beginning is read."""
    file = DockerIgnore("a\n" * 1_000_000)
    assert len(file.patterns) <= 5_000
