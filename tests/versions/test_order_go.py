"""Go versions sort as the Go project's own packages sort them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from dunnage.versions.go import ordering
from support import need
from versions.corpus import order, pairs, real_versions, rows, wrong

ROWS = rows("""
    go1.19.4 = 1.19.4
    v1.19.4 = 1.19.4
    go1.20rc1 = 1.20.0-rc.1
    1.20rc1 = 1.20.0-rc.1
    1.21.0-rc.2 < 1.21
    go1.20rc1 < go1.20
    go1.20beta1 < go1.20rc1
    go1.20rc2 < go1.20rc10
    go1.20 = go1.20.0
    go1.9 < go1.10
    go1.21.3-custom = go1.21.3
    v0.0.0-20190101000000-abcdefabcdef < v0.0.0-20200101000000-000000000000
    v0.0.0-20190101000000-abcdefabcdef < v0.0.1
    v1.2.4-0.20191109021931-daa7c04131f5 < v1.2.4
    v1.2.4-0.20191109021931-daa7c04131f5 > v1.2.3
    v1.2.4-pre.0.20191109021931-daa7c04131f5 > v1.2.4-pre
    v2.0.0+incompatible = v2.0.0
    v1.9.9 < v2.0.0+incompatible
""")


def test_known_rows() -> None:
    """Toolchain names, pseudo-versions and +incompatible: Go modules reference, "Versions"."""
    assert wrong(ordering.key, ROWS) == []


def test_vendor_marks_and_development_builds() -> None:
    """What a vendor adds has no order; a development build is older than its release."""
    key = ordering.key
    assert key("go1.22.1 X:boringcrypto") == key("go1.22.1")
    assert key("go1.21.13 (Red Hat 1.21.13-4.el9_4)") == key("go1.21.13")
    assert key("go1.22.9") < key("devel go1.23-a1b2c3 Mon Jan 1") < key("go1.23rc1")


@pytest.mark.parametrize("text", ["", "(devel)", "go", "goo1", "devel +a1b2c3", "v", "1" * 513])
def test_what_is_no_version(text: str) -> None:
    """A main module built from a work tree has no version."""
    with pytest.raises(ValueError, match="no "):
        ordering.key(text)


PROGRAM = """package main

import (
	"bufio"
	"fmt"
	goversion "go/version"
	"os"
	"strings"

	"oracle/semver"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		p := strings.Split(in.Text(), "\\t")
		if strings.HasPrefix(p[0], "go") {
			fmt.Println(goversion.Compare(p[0], p[1]), goversion.IsValid(p[0]) && goversion.IsValid(p[1]))
		} else {
			fmt.Println(semver.Compare(p[0], p[1]), semver.IsValid(p[0]) && semver.IsValid(p[1]))
		}
	}
}
"""


@pytest.mark.judge
def test_pairs_agree_with_the_go_toolchain(tmp_path: Path) -> None:
    """Modules as in x/mod/semver (the copy inside the toolchain), toolchains as in go/version."""
    need("go")
    asked = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True)
    library = Path(asked.stdout.strip(), "src/cmd/vendor/golang.org/x/mod/semver/semver.go")
    if not library.is_file():
        pytest.skip(f"this Go toolchain has no {library.name} inside")
    (tmp_path / "semver").mkdir()
    shutil.copy(library, tmp_path / "semver")
    (tmp_path / "go.mod").write_text("module oracle\n\ngo 1.21\n", encoding="utf-8")
    (tmp_path / "main.go").write_text(PROGRAM, encoding="utf-8")
    versions = ["v" + version for version in real_versions("Go")]
    drawn = pairs(versions, "0123456789.-+abrc", 4000)
    names = [
        f"go1.{n}{end}" for n in range(4, 30, 3) for end in (".0", ".1", ".10", "rc1", "beta2")
    ]
    drawn += [(left, right) for left in names for right in names]
    done = subprocess.run(
        ["go", "run", "."],
        cwd=tmp_path,
        input="".join(f"{left}\t{right}\n" for left, right in drawn),
        capture_output=True,
        text=True,
        check=True,
    )
    found = [line.split() for line in done.stdout.splitlines()]
    judged = [
        (pair, int(word)) for pair, (word, ok) in zip(drawn, found, strict=True) if ok == "true"
    ]
    assert len(judged) > 2500
    assert [row for row in judged if order(ordering.key, row[0]) != row[1]] == []
