"""Nothing hostile hurts: one row for each way to hurt a scanner, with what a user is told.

Each is scanned by the command line in a process of its own, within bounds of time and memory. What
is bad costs only itself: it is told with its place and the reason, the exit code is 3, and the good
packages beside it are found and matched. Where nothing is lost (names inside the image that look
as if they led out of it, a million empty files), the report is complete and the exit code is 0.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from advisories.mirrors import below, record, write_mirror
from advisories.mirrors import run as update
from hostile_images import (
    FIRST,
    SELF,
    chain,
    layer_of,
    write_archives,
    write_documents,
    write_image,
    write_layouts,
    write_trees,
)
from hostile_tars import endless
from images import OCI_INDEX, OCI_MANIFEST, write_oci_dir
from measured import MIB, SECONDS, Measured, bounded
from talker import head, talking

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from talker import Heard

LAYER = "not examined: layer 1 (sha256:SHORT): "
BYTE = LAYER + "byte {} of the uncompressed tar"
AGAIN = "\n  fetch or save it again"
EARLY = ": the tar archive ends too early; what comes before was examined" + AGAIN
BOMB = "byte N: a decompression bomb: one byte becomes more than 1100"
DEEP = "JSON nested more than 128 levels deep"
LONG = ": an entry whose name is too long or holds a zero byte was ignored"
CUT = "\n  the file is cut off or damaged; fetch it again"
JAR = LAYER + "usr/lib/app.jar"
RPM = LAYER + "var/lib/rpm/"
UNKNOWN = "the distribution is not known\n  name the distribution with --distro"


class Row(NamedTuple):
    """A bad layer by its name, and what comes of it.

    Attributes:
        name: See ``hostile_tars`` and ``hostile_files``.
        told: All of stderr, with digests replaced.
        found: Packages of the layer (layer 0 always has ``first``).
        seconds: CPU time it may take.
        mib: Memory it may take.
    """

    name: str
    told: str
    found: str = "after before"
    seconds: float = SECONDS
    mib: int = MIB


ROWS = (
    Row("gzip-bomb", "", seconds=8),
    Row("bzip2-bomb", LAYER + BOMB, "before"),
    Row("xz-bomb", LAYER + BOMB, "before", seconds=4),
    Row("zstd-bomb", LAYER + BOMB, "before"),
    Row("gzip-in-gzip", BYTE.format(0) + EARLY, ""),
    Row("million", "", "after", seconds=25, mib=256),
    Row("dotdot", f"{BYTE.format(2048)}, ../../app/evil-1.0.dist-info/METADATA: an entry whose name leads out of the image was ignored"),
    Row("absolute", ""),
    Row("nul", f"{BYTE.format(2048)}, app/evil\\x00-1.0.dist-info/METADATA{LONG}"),
    Row("long-pax", f"{BYTE.format(67584)}, {'n' * 40}...{'n' * 40}{LONG}"),
    Row("long-gnu", f"{BYTE.format(67584)}, {'d/' * 20}...{'d/' * 20}{LONG}"),
    Row("deep", f"{BYTE.format(3584)}, {'d/' * 20}...{'/d' * 19}/f: an entry below too many directories was ignored"),
    Row("escape", f"{LAYER}app/\\x1b[2Jx-1.0.dist-info/METADATA: the Python package has an absurd name or version"),
    Row("links", "\n".join(f"{LAYER}app/{name}-1.0.dist-info/METADATA: the target of a hard link is missing" for name in ("hard", "hart")), "after before lost over"),
    Row("outwards", f"{BYTE.format(2048)}, ../../../etc/hostname: a link whose target is no path inside the image was ignored"),
    Row("size-beyond", BYTE.format(1024) + EARLY, "before"),
    Row("size-largest", BYTE.format(2048) + EARLY, "before"),
    Row("size-20-digits", f"{BYTE.format(2048)}: an extended header with a broken size", "before"),
    Row("size-negative", f"{BYTE.format(1024)}: a tar header with a broken size", "before"),
    Row("size-less", f"{BYTE.format(2048)}: no tar header where one should be (wrong checksum){AGAIN}", "before"),
    Row("inside", ""),
    Row("sparse-old", f"{LAYER}usr/lib/sparse.jar: a file stored with holes was not examined"),
    Row("sparse-pax", f"{LAYER}usr/lib/sparse.jar: a file stored with holes was not examined"),
    Row("zip-bomb", f"{JAR}!/lib/inner.jar: too large to read: 4294967294 bytes or more, the limit is 2147483648", "after app before"),
    Row("zip-ratio", f"{JAR}!/outer.jar!/lib/inner.jar: the archives within grow beyond all proportion, the rest is not read"),
    Row("zip-overlap", f"{JAR}: lib/0001.jar: the members of the archive overlap"),
    Row("zip-nested", f"{JAR}!/lib/inner-19.jar!/lib/inner-18.jar!/lib/inner-17.jar!/lib/inner-16.jar: more than 4 archives within archives", "after before inner inner inner level-16 level-17 level-18 level-19"),
    Row("zip-million", f"{JAR}: 1000000 more members of archives, only 200000 are read"),
    Row("zip-sizes", f"{JAR}!/lib/inner.jar: the member does not have the 100 bytes it claims"),
    Row("zip-beyond", f"{JAR}!/META-INF/MANIFEST.MF: the member has no header\n{JAR}!/lib/inner.jar: the member has no header"),
    Row("rpm-sqlite", f"{RPM}rpmdb.sqlite: page 2 is used twice\nnot examined: rpm: 74 rpm packages were not examined: {UNKNOWN}", " ".join(sorted(["after", "before", *(f"p{n}" for n in range(74))]))),
    Row("rpm-bdb", f"{RPM}Packages: page 1: page 2 is used twice\nnot examined: rpm: 1 rpm package was not examined: {UNKNOWN}", "after before small"),
    Row("rpm-ndb", f"{RPM}Packages.db: package number 1: 253 slots are the same\nnot examined: rpm: 2 rpm packages were not examined: {UNKNOWN}", "after before large small"),
    Row("elf-sections", f"{LAYER}usr/bin/tool: byte 18446744073709551600: section .go.buildinfo of the ELF file lies beyond its end{CUT}"),
    Row("elf-table", f"{LAYER}usr/bin/tool: byte 4611686018427387904: the section table of the ELF file lies beyond its end{CUT}"),
    Row("elf-build-info", f"{LAYER}usr/bin/tool: byte 169: a string in the Go build information has 1152921504606846975 bytes, more than 4096"),
    Row("deep-package-json", f"{LAYER}app/node_modules/x/package.json: {DEEP}"),
    Row("deep-deps-json", f"{LAYER}app/x.deps.json: deps.json: {DEEP}"),
    Row("deep-conda", f"{LAYER}opt/conda/conda-meta/x.json: conda-meta: {DEEP}"),
    Row("deep-composer", f"{LAYER}app/vendor/composer/installed.json: installed.json: {DEEP}"),
)  # fmt: skip

MISSING = "the layer is missing\n  fetch or save the image again"
FILE = "\n  name a file; a tar from a pipe is named - and read from standard input"
REFUSED = {
    "oci-dir:deep-config": f"deep-config: {DEEP}",
    "oci-dir:deep-manifest": f"deep-manifest: {DEEP}",
    "oci-dir:deep-index": f"deep-index, index.json: {DEEP}",
    "oci-dir:many-layers": "many-layers: an image of more than 512 layers",
    "oci-dir:layer-as-config": "layer-as-config: an artifact (application/vnd.oci.image.layer.v1.tar+gzip), not a container image\n  name a container image",
    "oci-dir:config-as-layer": "config-as-layer: an artifact (application/vnd.oci.image.config.v1+json), not a container image\n  name a container image",
    "oci-dir:self-index": "self-index: the content is not what its digest sha256:DIGEST says\n  fetch or make the image again; it is damaged or was tampered with",
    "oci-dir:index-chain": "index-chain: indexes nested more than 4 levels deep",
    "oci-dir:index-loop": "index-loop, index.json: cannot be opened: Too many levels of symbolic links",
    "config-manifest.tar": "config-manifest.tar, manifest.json: not an image configuration",
    "layers-many.tar": "layers-many.tar: an image of more than 512 layers",
    "manifest-deep.tar": f"manifest-deep.tar, manifest.json: {DEEP}",
    "deep-list.json": f"deep-list.json: {DEEP}",
    "deep.cdx.json": f"deep.cdx.json: {DEEP}",
    "deep.cdx.xml": "deep.cdx.xml: XML nested more than 128 levels deep",
    "deep.report.json": f"deep.report.json: {DEEP}",
    "deep.spdx.json": f"deep.spdx.json: {DEEP}",
    "deep.syft.json": f"deep.syft.json: {DEEP}",
    "sparse.cdx.json": "sparse.cdx.json: an SBOM of more than 134217728 bytes",
    "sparse.jar": "sparse.jar: byte 10737418240: the file is not a ZIP archive, or its end is missing\n  the file is cut off or of another kind; fetch it again",
}  # fmt: skip
"""Targets of which nothing can be used, and what is told of them."""

PARTLY = {
    "oci-dir:blob-loop": f"{LAYER}blob-loop, blobs/sha256/DIGEST: cannot be opened: Too many levels of symbolic links",
    "oci-dir:blob-zero": f"{LAYER}blob-zero, blobs/sha256/DIGEST: a link that leads out of the directory",
    "oci-dir:blob-pipe": f"{LAYER}blob-pipe, blobs/sha256/DIGEST: a named pipe, not a regular file{FILE}",
    "oci-dir:blob-folder": f"{LAYER}blob-folder, blobs/sha256/DIGEST: a directory, not a regular file{FILE}",
    "docker-archive:layer-dotdot.tar": f"{LAYER}layer-dotdot.tar, ../../../etc/hostname: {MISSING}",
    "docker-archive:layer-loop.tar": f"{LAYER}layer-loop.tar, DIGEST/layer.tar: {MISSING}",
    "docker-archive:layer-outside.tar": f"{LAYER}layer-outside.tar, DIGEST/layer.tar: {MISSING}",
    "docker-archive:layer-manifest.tar": BYTE.format(0) + EARLY,
}  # fmt: skip
"""Images of which one layer can be used."""

WHOLE = ("oci-dir:size-lies", "oci-dir:size-short", "dir:sparse.tar")
"""Targets that are odd, and of which everything is examined: what a digest proves is not a lie."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a directory with the bad targets, a good one, and advisories in ``cache``.

    It is removed afterwards: it holds a deeper tree than pytest can remove, which does so runs later.
    """
    root = tmp_path_factory.mktemp("hostile")
    for write in (write_layouts, write_archives, write_trees, write_documents):
        write(root)
    write_oci_dir(root / "good", [FIRST])
    records = {
        "PyPI": [record("PYSEC-9", "PyPI", "first", *below("2.0"))],
        "Maven": [record("GHSA-9", "Maven", "org.example:other", *below("2.0"))],
    }
    update(root / "cache/advisories", write_mirror(root / "mirror", records))
    yield root
    subprocess.run(["rm", "-rf", root], check=True)


def scan(
    here: Path, *words: str, seconds: float = SECONDS, mib: int = MIB
) -> tuple[Measured, dict[str, Any]]:
    """Scan within bounds; return what happened and the report."""
    options = ("-o", "json", "--offline", "--cache-dir", "cache")
    return bounded(here, "scan", *words, *options, seconds=seconds, mib=mib)


def told(done: Measured) -> str:
    """Return stderr without its last line end, with digests and names made of them replaced."""
    text = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", done.err.removesuffix("\n"))
    text = re.sub(r"byte \d+(?=: a decompression bomb)", "byte N", text)  # as the packer likes
    return re.sub(r"(?<=sha256:)[0-9a-f]{12}\b", "SHORT", text)


def names(subject: dict[str, Any]) -> list[str]:
    """Return the names of a subject's packages, sorted."""
    return sorted(package["name"] for package in subject["packages"])


def findings(subject: dict[str, Any]) -> list[str]:
    """Return the findings of a subject."""
    return [finding["id"] for finding in subject["findings"]]


def incomplete(subject: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the problems of a subject that make it incomplete."""
    return [problem for problem in subject["problems"] if problem["effect"] != "note"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_bad_layer_costs_only_itself(row: Row, here: Path) -> None:
    """It is told where and why; what lies around it and in the other layer is found."""
    write_image(here / row.name, layer_of(row.name))
    done, report = scan(here, f"oci-dir:{row.name}", seconds=row.seconds, mib=row.mib)
    (subject,) = report["subjects"]
    assert told(done) == row.told
    assert names(subject) == sorted(["first", *row.found.split()])
    assert findings(subject) == ["PYSEC-9"]
    assert (done.code, report["complete"]) == ((3, False) if row.told else (0, True))
    assert all(problem["where"] and problem["message"] for problem in incomplete(subject))
    shutil.rmtree(here / row.name)


@pytest.mark.parametrize("text", REFUSED)
def test_a_bad_target_hides_nothing(text: str, here: Path) -> None:
    """Alone it is refused in words; beside another target it is that target's problem alone."""
    done, report = scan(here, text, "oci-dir:good")
    bad, good = report["subjects"]
    assert (done.code, told(done)) == (3, f"not examined: {REFUSED[text]}")
    assert [problem["code"] for problem in bad["problems"]] == ["target-unreadable"]
    assert (names(bad), names(good), findings(good)) == ([], ["first"], ["PYSEC-9"])
    assert not incomplete(good)


def test_a_bad_target_alone(here: Path) -> None:
    """The same words, and no report."""
    for text in ("oci-dir:index-chain", "sparse.jar", "deep.cdx.json"):
        done, report = scan(here, text)
        assert (done.code, told(done), report) == (3, f"dunnage: {REFUSED[text]}", {})


@pytest.mark.parametrize("text", PARTLY)
def test_a_bad_blob_costs_its_layer(text: str, here: Path) -> None:
    """Whatever lies where a blob should be, nothing outside is read and the other layer is."""
    done, report = scan(here, text)
    (subject,) = report["subjects"]
    assert (done.code, told(done)) == (3, PARTLY[text])
    assert (names(subject), findings(subject)) == (["first"], ["PYSEC-9"])


@pytest.mark.parametrize("text", WHOLE)
def test_what_is_odd_and_still_whole(text: str, here: Path) -> None:
    """A wrong size beside a right digest, and a gigabyte of holes, hide nothing."""
    done, report = scan(here, text, seconds=8)
    (subject,) = report["subjects"]
    assert (done.code, done.err, report["complete"]) == (0, "", True)
    assert findings(subject) == ["PYSEC-9"]


def test_a_list_of_images_that_is_a_link_to_itself(here: Path) -> None:
    """It is no image then, and what it is read as instead says that something is wrong."""
    done, report = scan(here, "manifest-loop.tar")
    assert (done.code, report["complete"]) == (3, False)
    assert told(done) == (
        "manifest-loop.tar: read as dir, by its content\n"
        "not examined: manifest-loop.tar: manifest.json is a link that leads nowhere; the archive "
        "was not read as an image\n  save or fetch it again"
    )


def test_time_is_bounded(here: Path) -> None:
    """What would take too long ends when the time is over; what was seen until then is reported."""
    write_image(here / "slow", endless())
    done, report = scan(here, "oci-dir:slow", "--timeout", "1", seconds=5)
    (subject,) = report["subjects"]
    assert (done.code, names(subject), findings(subject)) == (3, ["before", "first"], ["PYSEC-9"])
    late = "the time was over before everything was read\n  raise --timeout"
    assert told(done) == LAYER + late


def test_a_tree_with_holes_loops_and_no_end(here: Path) -> None:
    """Files of 10 GiB that are holes, links in circles and outwards, a pipe, 3000 directories."""
    done, report = scan(here, "dir:tree")
    (subject,) = report["subjects"]
    assert (done.code, names(subject)) == (3, ["first", "musl"])
    assert "PYSEC-9" in findings(subject)
    size = f"({10 << 30} bytes), not examined"
    found = [(p["code"], p["where"], p["message"]) for p in incomplete(subject)][:-1]
    assert found == [
        ("path-too-long", "d/" * 100, "the path is too long; it and what is below it was not examined"),
        ("too-large", "app/sparse-1.0.dist-info/METADATA", f"too large for python-package {size}"),
        ("too-large", "usr/bin/sparse", f"too large for go-binary, rust-binary {size}"),
        ("too-large", "usr/lib/sparse.jar", f"too large for java-archive {size}"),
    ]  # fmt: skip


def test_a_project_of_deep_lock_files(here: Path) -> None:
    """Each is a problem with its path; what the good one lists is found."""
    done, report = scan(here, "project:project")
    (subject,) = report["subjects"]
    assert (done.code, names(subject), findings(subject)) == (3, ["first"], ["PYSEC-9"])
    assert sorted((p["where"], p["message"]) for p in incomplete(subject)) == [
        ("a/pnpm-lock.yaml", "YAML nested more than 128 levels deep"),
        ("b/package-lock.json", DEEP),
        ("c/composer.lock", DEEP),
        ("d/Pipfile.lock", DEEP),
        ("e/pom.xml", "XML nested more than 128 levels deep"),
        ("f/poetry.lock", "the lock file is nested too deeply"),
        ("g/packages.lock.json", DEEP),
    ]


def test_a_deep_report_is_not_converted(here: Path) -> None:
    """The other reader of JSON says the same, and which file it was."""
    done, _ = bounded(here, "convert", "deep.report.json", "-o", "json")
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        f"dunnage: deep.report.json: {DEEP}\n  give a file that was written with `-o json=FILE`\n"
    )


def test_a_registry_whose_index_points_at_itself(here: Path) -> None:
    """It is refused after two requests, and so is an index behind a thousand others after six."""
    write_image(here / "chain", layer_of("inside"))
    chain(here / "chain", 1000)
    blobs = here / "chain/blobs/sha256"
    first = (here / "chain/index.json").read_bytes()

    def itself(_: Heard, connection: socket.socket) -> None:
        connection.sendall(head("200 OK", len(SELF), Content_Type=OCI_INDEX) + SELF)

    def chained(heard: Heard, connection: socket.socket) -> None:
        name = heard.path.rpartition("/")[2].removeprefix("sha256:")
        body = first if name == "1" else (blobs / name).read_bytes()
        kind = OCI_INDEX if b'"manifests"' in body else OCI_MANIFEST
        connection.sendall(head("200 OK", len(body), Content_Type=kind) + body)

    for talk, why, requests in (
        (itself, REFUSED["oci-dir:self-index"].partition(": ")[2], 2),
        (chained, REFUSED["oci-dir:index-chain"].partition(": ")[2], 6),
    ):
        with talking(talk) as server:
            name = f"{server.host}/app:1"
            options = ("-o", "json", "--cache-dir", "cache")
            done, report = bounded(here, "scan", name, "oci-dir:good", *options)
            asked = [heard.path for heard in server.heard if "/manifests/" in heard.path]
        assert (done.code, told(done)) == (3, f"not examined: {name}: {why}")
        assert findings(report["subjects"][1]) == ["PYSEC-9"]
        assert len(asked) <= requests
