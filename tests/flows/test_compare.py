"""``dunnage compare``: what it measures, what it says, and which class which image gets."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

import processes
from debian_parts import ESSENTIAL, closure, fetched, layer
from dunnage.cli._main import run
from dunnage.model.surface import Privileged, Surface
from dunnage.render._comparison import rows
from images import write_oci_dir
from parsers.test_elf_dynamic import tiny
from samples import REPORT, SUBJECT
from support import data_root, need
from surfaces import Item, tar_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Compared = Callable[..., tuple[int, bytes, bytes]]

ELF = tiny(interpreter=b"")
Capture = pytest.CaptureFixture[bytes]


def status(*packages: tuple[str, str]) -> bytes:
    """Return a dpkg database."""
    entry = "Package: {}\nStatus: install ok installed\nVersion: {}\nArchitecture: amd64\n"
    return "\n".join(entry.format(*one) for one in packages).encode()


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """Two small images of the same kind, the second without a shell."""
    os_release = Item("etc/os-release", b'ID=debian\nVERSION_ID="12"\nNAME=Debian\n')
    old = tar_of(
        os_release,
        Item("var/lib/dpkg/status", status(("a", "1.0"), ("b", "1.0"), ("same", "1"))),
        Item("bin/sh", ELF, 0o4755),
    )
    new = tar_of(
        os_release,
        Item("var/lib/dpkg/status", status(("a", "1.1"), ("b", "0.9"), ("c", "2"), ("same", "1"))),
    )
    write_oci_dir(tmp_path / "old", [old])
    write_oci_dir(tmp_path / "new", [new])
    return f"oci-dir:{tmp_path}/old", f"oci-dir:{tmp_path}/new"


@pytest.fixture
def compared(tmp_path: Path, capsysbinary: Capture) -> Compared:
    """Run the verb and return exit code, standard output and standard error."""

    def call(*arguments: str) -> tuple[int, bytes, bytes]:
        cache = f"--cache-dir={tmp_path}/cache"
        code = run(["compare", cache, "--offline", *arguments], {})
        return (code, *capsysbinary.readouterr())

    return call


def test_json_holds_measures_and_changes(pair: tuple[str, str], compared: Compared) -> None:
    """Both surfaces, and from the first to the second what was added, removed and changed."""
    code, out, _ = compared(*pair, "-o", "json")
    document = json.loads(out)
    assert code == 0
    classes = [subject["surface"]["class"] for subject in document["subjects"]]
    assert classes == ["small", "minimal"]
    changes = document["comparison"]["changes"]
    assert [(c["kind"], c["name"], c["before"], c["after"]) for c in changes] == [
        ("added", "c", None, "2"),
        ("upgraded", "a", "1.0", "1.1"),
        ("downgraded", "b", "1.0", "0.9"),
    ]
    assert document["comparison"]["same_packages"] == 1


def test_table_says_all_measures_and_why(pair: tuple[str, str], compared: Compared) -> None:
    """One line for each measure; that there is no advisory data is said and spoils nothing."""
    code, out, _ = compared(*pair, "--explain")
    text = out.decode()
    assert code == 0
    for words in (
        "class                  Small",
        "shells                 sh",
        "setuid or setgid       1",
        "not known: no advisory data",
        "- small: at most 50 distribution packages and 150 executables",
        "- minimal: nothing is there to run but the application",
        "3 distribution packages, 1 executable\n",
        "1 program with setuid, setgid or capabilities",
        "Upgraded (1)",
        "a 1.0 → 1.1 (deb)",
        "1 package in the same version in both.",
    ):
        assert words in text, words


def test_what_is_not_listed_is_counted() -> None:
    """A list has an end; the number beside it does not stop there."""
    surface = Surface(privileged=(Privileged("bin/su", 0o4755),), more=(("privileged", 41),))
    subject = replace(SUBJECT, surface=surface)
    found = {row.label: row.cells for row in rows(replace(REPORT, subjects=(subject,)))}
    assert found["setuid or setgid"] == ("42",)


def test_markdown_and_convert_say_the_same(
    pair: tuple[str, str], compared: Compared, tmp_path: Path, capsysbinary: Capture
) -> None:
    """A stored comparison gives the same bytes as the run itself, in every format."""
    outputs = [f"-o=json={tmp_path}/r.json", f"-o=markdown={tmp_path}/r.md"]
    _, table, _ = compared(*pair, "--explain", *outputs, "-o", "table")
    markdown = (tmp_path / "r.md").read_bytes()
    assert b"| class | Small | Minimal |" in markdown
    for form, expected in (("table", table), ("markdown", markdown)):
        run(["convert", f"{tmp_path}/r.json", "-o", form], {})
        assert capsysbinary.readouterr().out == expected
    run(["convert", f"{tmp_path}/r.json", "-o", "json"], {})
    assert capsysbinary.readouterr().out == (tmp_path / "r.json").read_bytes()


def test_many_targets_and_one_that_is_missing(pair: tuple[str, str], compared: Compared) -> None:
    """The others are compared, in several parts where the line is too short; exit code 3."""
    code, out, _ = compared(*pair, *pair, *pair, "/nowhere/at-all.tar")
    text = out.decode()
    assert code == 3
    assert text.count("class ") == 4
    assert "could not be read" in text


def test_one_of_two_that_is_missing(pair: tuple[str, str], compared: Compared) -> None:
    """Nothing is said about what they have in common, and why; its name is told once."""
    code, out, _ = compared(pair[0], "/nowhere/at-all.tar", "--explain")
    text = " ".join(out.decode().split())
    assert code == 3
    assert "could not be read" in text
    assert "same" not in text
    assert "Removed" not in text
    assert "What changed is not known, because /nowhere/at-all.tar could not be read." in text
    assert "/nowhere/at-all.tar - it could not be read" in text
    assert "- /nowhere/at-all.tar: there is no such file or directory → " in text


def test_both_are_missing(compared: Compared, tmp_path: Path) -> None:
    """Each is told with what to do, in the table and in Markdown; a scheme changes nothing."""
    names = ("docker-archive:gone.tar", f"{tmp_path}/gone")
    for form in ("table", "markdown"):
        code, out, _ = compared(*names, "-o", form)
        text = " ".join(out.decode().replace("\\", "").split())
        assert code == 3
        told = "What changed is not known, because {} and {} could not be read."
        assert told.format(*names) in text
        for name in names:
            assert f"- {name}: there is no such file or directory" in text
        assert "(gone.tar)" not in text


def test_an_sbom_beside_an_image(
    pair: tuple[str, str], compared: Compared, tmp_path: Path, capsysbinary: Capture
) -> None:
    """An SBOM has packages and no files: its class is not known, and that is explained."""
    sbom = f"{tmp_path}/sbom.json"
    run(["sbom", "--offline", f"--cache-dir={tmp_path}/cache", pair[0], "-o", f"json={sbom}"], {})
    run(["convert", sbom, "-o", f"cyclonedx-json={tmp_path}/cdx.json"], {})
    capsysbinary.readouterr()
    code, out, _ = compared(f"sbom:{tmp_path}/cdx.json", pair[0], "--explain")
    text = out.decode()
    assert code == 0
    assert "not known" in text
    assert "there are no files to measure" in text
    assert ["base", "-", "looks", "like", "Debian"] in [
        line.split()[:5] for line in text.splitlines()
    ]
    assert "Both have the same 3 packages." in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            (),
            b"dunnage: nothing to examine was named\n  name two or more targets, as in: dunnage compare ",
        ),
        (
            ("one.tar",),
            (
                b"dunnage: one.tar: compare takes 2 to 20 targets, and no other was named\n"
                b"  name another, as in: dunnage compare old.tar new.tar\n"
            ),
        ),
        (("one.tar,two.tar",), b"\n  put spaces between targets, as in: dunnage compare "),
        (("one", "--all-platforms"), b"dunnage scan --all-platforms IMAGE\n"),
        (
            ("x",) * 21,
            (
                b"dunnage: compare takes 2 to 20 targets, and 21 were named\n"
                b"  compare them in several runs\n"
            ),
        ),
        (("a", ""), b"dunnage: a target is an empty text\n  look at the variable or command "),
        (("a", "b", "-o", "sarif"), b"compare does not write 'sarif'"),
        (("a", "b", "--scanners", "vuln"), b"--scanners"),
        (("a", "b", "--platform", "-#/a/b/c"), b"--platform: not a platform: '-#/a/b/c'"),
    ],
)
def test_misuse(arguments: tuple[str, ...], words: bytes, compared: Compared) -> None:
    """One clear line and exit code 2."""
    code, _, err = compared(*arguments)
    assert code == 2
    assert words in err
    assert b"Traceback" not in err


@pytest.mark.parametrize("names", [("-", "-"), ("-#a", "x.tar", "-#b")])
def test_a_pipe_is_read_once(names: tuple[str, ...]) -> None:
    """The second time there would be nothing on it, so that is refused and not told as empty."""
    done = processes.run("compare", *names, "--offline", stdin=b"x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "dunnage: standard input was named more than once, and can be read only once\n"
        "  write what comes on it to a file, and name that\n"
    )


def test_a_file_on_standard_input_is_read_twice(tmp_path: Path) -> None:
    """Two images of one layout can be told apart by their names, as the advice says."""
    for name, content in (("a", b"1"), ("b", b"22")):
        write_oci_dir(tmp_path / "both", [tar_of(Item("x", content))], tag=name)
    with tarfile.open(tmp_path / "both.tar", "w") as archive:
        archive.add(tmp_path / "both", ".")
    command = [*processes.TOOL, "compare", "-#b", "--offline", "-#a", "-o", "json"]
    cache = processes.environment(DUNNAGE_CACHE_DIR=f"{tmp_path}/cache")
    alone = processes.run("sbom", "-", "--offline", stdin=(tmp_path / "both.tar").read_bytes())
    assert "write -#NAME with one of: a, b" in alone.stderr
    with (tmp_path / "both.tar").open("rb") as stdin:
        done = subprocess.run(command, stdin=stdin, capture_output=True, check=False, env=cache)
    assert done.returncode == 0
    subjects = json.loads(done.stdout)["subjects"]
    assert [subject["name"] for subject in subjects] == ["-#b", "-#a"]
    assert [subject["surface"]["unpacked_bytes"] for subject in subjects] == [2, 1]


def _static_go(folder: Path) -> bytes:
    need("go")
    (folder / "main.go").write_text('package main\n\nfunc main() { println("hello") }\n')
    command = ["go", "build", "-o", "app", "main.go"]
    environ = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GO111MODULE": "off"}
    subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)
    return (folder / "app").read_bytes()


_STAND_INS = {
    "ubuntu-like": ("build-essential", "python3", "git", "curl"),
    "golang-like": ("golang-go", "gcc", "git"),
    "python-slim-like": ("python3",),
}


@pytest.mark.judge
def test_classes_of_stand_ins(tmp_path: Path, compared: Compared) -> None:
    """Stand-ins made of real parts get the classes that people expect, in this order.

    They are no published images: Debian 12 packages for a full distribution with build tools, for a
    builder with Go and for a slim Python, the distroless layout with ``status.d``, Alpine's own root
    file system, and one static Go program.
    """
    debs = tmp_path / "debs"
    for name, packages in _STAND_INS.items():
        names = closure((*ESSENTIAL, *packages), tmp_path / "state")
        write_oci_dir(tmp_path / name, [layer(fetched(names, debs))], compression="none")
    cc = (
        "base-files",
        "netbase",
        "tzdata",
        "libc6",
        "libssl3",
        "openssl",
        "libgcc-s1",
        "libstdc++6",
    )
    small = layer(fetched(cc, debs), distroless=True)
    write_oci_dir(tmp_path / "distroless-like", [small], compression="none")
    alpine = data_root() / "images/alpine/alpine-minirootfs-3.19.4-x86_64.tar.gz"
    write_oci_dir(tmp_path / "alpine-3.19", [gzip.decompress(alpine.read_bytes())])
    write_oci_dir(tmp_path / "static", [tar_of(Item("app", _static_go(tmp_path), 0o755))])
    expected = {
        "ubuntu-like": "large",
        "golang-like": "large",
        "python-slim-like": "moderate",
        "distroless-like": "small",
        "alpine-3.19": "small",
        "static": "minimal",
    }
    targets = [f"oci-dir:{tmp_path}/{name}" for name in expected]
    code, out, _ = compared(*targets, "-o", "json")
    subjects: list[dict[str, Any]] = json.loads(out)["subjects"]
    assert code == 0
    surfaces = {Path(s["name"]).name: s["surface"] for s in subjects}
    assert {name: surface["class"] for name, surface in surfaces.items()} == expected
    sizes = [surfaces[name]["unpacked_bytes"] for name in expected if name != "golang-like"]
    assert sizes == sorted(sizes, reverse=True)
    assert surfaces["static"]["static"] == surfaces["static"]["executables"] == 1
    assert all(not surface["unlinked"] for surface in surfaces.values())
