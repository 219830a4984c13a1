"""What a newcomer gets wrong, one row for each: exact words, exit code, and how long it takes.

A scanner that says "no packages found" and ends with 0 for half an image is worse than none.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import sys
import tarfile
from typing import TYPE_CHECKING, NamedTuple

import pytest

from dunnage.io.folder import names
from images import layer_tar, write_docker_archive
from processes import run

if TYPE_CHECKING:
    from pathlib import Path

KINDS = "  name an image archive, a root file system, a program or an SBOM"
SAVE = "  save or fetch it again"
EARLY = "the archive ends too early\n  copy or save it again"
PIPE = "  name a file; a tar from a pipe is named - and read from standard input"
EXAMPLE = "name an image, archive or directory, as in: dunnage scan alpine:3.19"
FORMATS = ", ".join(names("dunnage.render"))
SECONDS = 0.5
"""CPU time of a refusal, start of the interpreter included."""


ACTIONS = "  write: dunnage db update | status | build --out DIR | export FILE | import FILE"
WRITTEN = "  give a file that was written with `-o json=FILE`"
NO_SBOM = (
    "this is JSON, but no SBOM: it has no bomFormat and no spdxVersion\n"
    "  give CycloneDX (JSON, XML), SPDX 2 (JSON, tag-value), Syft JSON, or a list of purls"
)
ALIKE = {
    "hello.tar": f"a text file, nothing that can be examined\n{KINDS}",
    "noise.tar": f"data of an unknown kind, nothing that can be examined\n{KINDS}",
    "empty.tar": f"the file is empty\n{SAVE}",
    "zeros.tar": f"the archive is empty, or damaged at its beginning\n{SAVE}",
    "at-700.tar": EARLY,
    "image-cut.tar.gz": EARLY,
    "object.json": NO_SBOM,
    "deep.cdx.json": "JSON nested more than 128 levels deep",
    "folder": "the directory is empty\n  name the one that holds the files",
    "pipe": f"a named pipe, not a regular file\n{PIPE}",
    "image.tra": "there is no such file or directory\n  did you mean image.tar?",
}
"""What ``sbom`` refuses in the same words as ``scan``."""


class Row(NamedTuple):
    """What somebody types after ``dunnage``, and what they see on stderr."""

    typed: str
    code: int
    told: str


REFUSED = (
    Row("scan image.tra", 3, "image.tra: there is no such file or directory\n  did you mean image.tar?"),
    Row("scan iamge.tar#app:1", 3, "iamge.tar: there is no such file or directory\n  did you mean image.tar?"),
    Row("scan ./nothing-like-it", 3, "./nothing-like-it: there is no such file or directory\n  check the spelling"),
    Row("scan nowhere/image.tar", 3, "nowhere/image.tar: there is no such file or directory\n  there is no directory nowhere either"),
    Row("scan at-100.tar", 3, f"at-100.tar: data of an unknown kind, nothing that can be examined\n{KINDS}"),
    *(Row(f"scan at-{cut}.tar", 3, f"at-{cut}.tar: {EARLY}") for cut in (512, 700, 30_000, 100_000)),
    *(
        Row(f"{verb} docker-archive:at-{cut}.tar", 3, f"at-{cut}.tar: {EARLY}")
        for verb in ("scan", "sbom")
        for cut in (512, 30_000, 100_000)
    ),
    Row("scan image-cut.tar.gz", 3, f"image-cut.tar.gz: {EARLY}"),
    Row("scan docker-archive:rootfs.tar", 3, "rootfs.tar: no docker archive: it holds no manifest.json\n  an OCI layout is opened with oci-archive:, a root file system with dir:"),
    Row("scan hello.tar", 3, f"hello.tar: a text file, nothing that can be examined\n{KINDS}"),
    Row("scan empty.tar", 3, f"empty.tar: the file is empty\n{SAVE}"),
    Row("scan noise.tar", 3, f"noise.tar: data of an unknown kind, nothing that can be examined\n{KINDS}"),
    Row("scan zeros.tar", 3, f"zeros.tar: the archive is empty, or damaged at its beginning\n{SAVE}"),
    Row("scan bomb.tar.gz", 3, f"bomb.tar.gz: the archive is empty, or damaged at its beginning\n{SAVE}"),
    Row("scan bomb.json.gz", 3, f"bomb.json.gz: a gzip file that holds no tar archive\n{KINDS}"),
    Row("scan deep.cdx.json", 3, "deep.cdx.json: JSON nested more than 128 levels deep"),
    Row("scan folder", 3, "folder: the directory is empty\n  name the one that holds the files"),
    Row("scan oci-dir:folder", 3, "folder: no OCI layout: it holds no index.json\n  a root file system is opened with dir:, a docker archive with docker-archive:"),
    Row("scan pipe", 3, f"pipe: a named pipe, not a regular file\n{PIPE}"),
    Row("scan /dev/null", 3, f"/dev/null: a device, not a regular file\n{PIPE}"),
    Row("scan dir:image.tar", 3, "image.tar: an image archive, not a root file system\n  write docker-archive:image.tar"),
    Row("scan", 2, f"nothing to examine was named\n  {EXAMPLE}"),
    Row("scan image.tar --foo", 2, "scan has no option --foo\n  did you mean --format? 'dunnage scan --help' lists all"),
    Row("scan image.tar --selectt", 2, "scan has no option --selectt\n  did you mean --severity? 'dunnage scan --help' lists all"),
    Row("scan image.tar -o foo", 2, f"there is no format 'foo'\n  formats: {FORMATS}"),
    Row("scan image.tar --severity hihg", 2, "--severity does not know 'hihg'\n  did you mean high? choose from unknown, negligible, low, medium, high, critical"),
    Row("scan image.tar --exit-code x", 2, "--exit-code takes a whole number, not 'x'"),
    Row("scan image.tar --config nosuch.toml", 2, "nosuch.toml: the settings file does not exist"),
    Row("scan object.json", 3, f"object.json: {NO_SBOM}"),
    *(Row(f"sbom {name}", 3, f"{name}: {told}") for name, told in ALIKE.items()),
    Row("sbom docker-archive:rootfs.tar", 3, "rootfs.tar: no docker archive: it holds no manifest.json\n  an OCI layout is opened with oci-archive:, a root file system with dir:"),
    Row("sbom", 2, f"nothing to examine was named\n  {EXAMPLE}"),
    Row("sbom image.tar hello.tar", 2, "sbom takes one target\n  run it once for each target"),
    Row("sbom image.tar -o foo", 2, f"there is no format 'foo'\n  formats: {FORMATS}"),
    Row("sbom image.tar -o json=nowhere/out.json", 2, "nowhere/out.json: the directory of the output does not exist\n  make nowhere first"),
    Row("sbom image.tar -o json=folder", 2, "folder: the output is a directory, not a file"),
    Row("sbom image.tar --fail-on high", 2, "sbom has no option --fail-on\n  it is an option of convert, lint and scan; 'dunnage sbom --help' lists all"),
    Row("convert", 2, "convert takes one stored report\n  as in: dunnage convert report.json -o sarif"),
    Row("convert object.json hello.tar", 2, "convert takes one stored report\n  as in: dunnage convert report.json -o sarif"),
    Row("convert object.json --foo", 2, "convert has no option --foo\n  did you mean --format? 'dunnage convert --help' lists all"),
    Row("convert object.json -o foo", 2, f"there is no format 'foo'\n  formats: {FORMATS}"),
    Row("convert nosuch.json", 3, "nosuch.json: there is no such file or directory\n  check the spelling"),
    Row("convert folder", 3, "folder: cannot be opened: Is a directory"),
    Row("convert pipe", 3, "pipe: a named pipe, not a regular file\n  name a file; a report from a pipe is named - and read from standard input"),
    Row("convert empty.tar", 3, f"empty.tar: there is nothing in it\n{WRITTEN}"),
    Row("convert hello.tar", 3, f"hello.tar: not JSON: Expecting value at line 1 column 1\n{WRITTEN}"),
    Row("convert object.json", 3, f"object.json: not a report of this tool: it names no schema\n{WRITTEN}"),
    Row("convert deep.cdx.json", 3, f"deep.cdx.json: JSON nested more than 128 levels deep\n{WRITTEN}"),
    Row("db", 2, f"db takes one action\n{ACTIONS}"),
    Row("db foo", 2, f"db knows no 'foo'\n{ACTIONS}"),
    Row("db update --foo", 2, "db has no option --foo\n  did you mean --from? 'dunnage db --help' lists all"),
    Row("db update --from nowhere", 3, "nowhere: the mirror is no directory\n  name a directory or URL that holds osv/, kev/, epss/ or nvd/"),
    Row("db update --from folder", 3, "no advisory data could be loaded: none of the mirrors holds any\n  check the mirrors given with --from"),
    Row("db update --from hello.tar", 3, "no advisory data could be loaded: the file is no published store (HERE/hello.tar)\n  check the mirrors given with --from"),
    Row("db import", 2, f"db import takes the name of a file\n{ACTIONS}"),
    Row("db import nosuch.tar", 2, f"HERE/nosuch.tar: there is no such file\n{ACTIONS}"),
    Row("db import image.tar", 3, "no advisory data could be loaded: the file is no published store (HERE/image.tar)\n  check the mirrors given with --from"),
    Row("db export", 2, f"db export takes the name of a file\n{ACTIONS}"),
    Row("db export out.tar", 4, "there is no advisory data to publish\n  fetch it with: dunnage db update"),
    Row("scna image.tar", 2, f"there is no verb 'scna'\n  did you mean scan? verbs: {', '.join(names('dunnage.cli'))}; to examine an image: dunnage scan IMAGE"),
)  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with everything the rows name."""
    root = tmp_path_factory.mktemp("new-user")
    noise = random.Random(7).randbytes(50_000)  # noqa: S311 - the same bytes each time
    layer = layer_tar(
        {"app/first-1.0.dist-info/METADATA": b"Name: first\nVersion: 1.0\n", "n": noise}
    )
    write_docker_archive(root / "image.tar", [layer, layer_tar({"second": noise})])
    image = (root / "image.tar").read_bytes()
    assert len(image) > 100_000
    for cut in (100, 512, 700, 30_000, 100_000):
        (root / f"at-{cut}.tar").write_bytes(image[:cut])
    (root / "image-cut.tar.gz").write_bytes(gzip.compress(image, mtime=0)[:60_000])
    system = {
        "etc/os-release": b"ID=alpine\nVERSION_ID=3.19.0\n",
        "lib/apk/db/installed": b"P:musl\nV:1.2.4-r2\nA:x86_64\n\n",
        "usr/lib/big": noise * 20,
    }
    (root / "rootfs.tar").write_bytes(layer_tar(system))
    (root / "rootfs-cut.tar").write_bytes(layer_tar(system)[:600_000])
    (root / "hello.tar").write_bytes(b"hello\n")
    (root / "empty.tar").touch()
    (root / "noise.tar").write_bytes(noise)
    (root / "zeros.tar").write_bytes(bytes(tarfile.RECORDSIZE))
    (root / "bomb.tar.gz").write_bytes(gzip.compress(bytes(100_000_000), 6, mtime=0))
    (root / "bomb.json.gz").write_bytes(gzip.compress(b"{" + b" " * 50_000_000, 6, mtime=0))
    nested = b'{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": ' + b"[" * 100_000
    (root / "deep.cdx.json").write_bytes(nested)
    (root / "object.json").write_bytes(b"{}")
    (root / "folder").mkdir()
    os.mkfifo(root / "pipe")
    return root


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.typed)
def test_refused_at_once_and_in_words(row: Row, here: Path) -> None:
    """What, where, why and what next, in at most four lines; nothing on stdout; never exit 0."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    verb, *rest = row.typed.split()
    done = run(verb, *rest, cwd=here, DUNNAGE_CACHE_DIR="cache", DUNNAGE_OFFLINE="1")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (done.returncode, done.stdout) == (row.code, "")
    assert done.stderr.replace(str(here), "HERE") == f"dunnage: {row.told}\n"
    assert done.stderr.count("\n") <= 4
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert sys.gettrace() is not None or spent <= SECONDS


@pytest.mark.parametrize("bad", ALIKE)
def test_one_bad_target_never_hides_the_others(bad: str, here: Path) -> None:
    """Its words are those it gets alone; the others are examined; the worst decides the exit code."""
    words = ("docker-archive:image.tar", bad, "dir:rootfs.tar", "-o", "json")
    done = run("scan", *words, cwd=here, DUNNAGE_CACHE_DIR="cache", DUNNAGE_OFFLINE="1")
    one, other, two = json.loads(done.stdout)["subjects"]
    assert done.returncode == 4  # there is no advisory data either, which is worse
    assert f"not examined: {bad}: {ALIKE[bad]}\n" in done.stderr
    assert [p["name"] for s in (one, two) for p in s["packages"]] == ["first", "musl"]
    assert [p["code"] for p in other["problems"]] == ["target-unreadable"]


def test_half_a_root_file_system(here: Path) -> None:
    """What comes before the end is listed, what is missing is said, and the exit code is 3."""
    done = run("sbom", "rootfs-cut.tar", "-o", "table", cwd=here, DUNNAGE_CACHE_DIR="cache")
    assert done.returncode == 3
    assert "musl" in done.stdout
    assert "the tar archive ends too early; what comes before" in " ".join(done.stdout.split())
    assert run("sbom", "rootfs.tar", cwd=here, DUNNAGE_CACHE_DIR="cache").returncode == 0


def test_no_words_show_what_to_type() -> None:
    """Without any argument the overview is shown, and that was a usage error."""
    done = run()
    assert done.returncode == 2
    assert "First steps:\n  dunnage scan alpine:3.19" in done.stdout


def test_nothing_is_said_that_is_not_asked_for(here: Path) -> None:
    """A result that is complete comes without banner, colour or a word on stderr but the note."""
    done = run("sbom", "docker-archive:image.tar", "-q", cwd=here, DUNNAGE_CACHE_DIR="cache")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    table = run("sbom", "image.tar", "-o", "table", cwd=here, DUNNAGE_CACHE_DIR="cache")
    assert "\x1b" not in table.stdout
