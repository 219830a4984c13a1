"""The rpm cataloger finds what rpm itself lists, and one broken record does not lose the others."""

from __future__ import annotations

import sqlite3
import struct
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from dunnage.catalogers.rpm import cataloger
from dunnage.model.errors import InputError
from dunnage.parsers import rpmdb_ndb
from dunnage.parsers.rpm_header import Tag
from os_images import fact_of, facts_of, image_names, packages_of, tree, wants
from rpm_samples import bdb, header, ndb, package, sqlite
from support import need

if TYPE_CHECKING:
    from pathlib import Path

    from dunnage.model.package import Package

DB = "var/lib/rpm/rpmdb.sqlite"
QUERY = "|".join(
    f"%{{{tag}}}"
    for tag in ("NAME", "EPOCH", "VERSION", "RELEASE", "ARCH", "LICENSE", "SOURCERPM", "VENDOR")
)


def as_rpm(package_: Package) -> str:
    """Return a package in the words of ``rpm --queryformat``."""
    epoch, _, version = package_.version.rpartition(":")
    version, _, release = version.rpartition("-")
    source = f"{package_.source}-{package_.source_version}.src.rpm" if package_.source else ""
    values = (package_.name, epoch, version, release, package_.arch, package_.licenses[0])
    return "|".join(value or "(none)" for value in (*values, source, package_.supplier))


@pytest.mark.judge
@pytest.mark.parametrize("image", [name for name in image_names("rpm") if "ndb" not in name])
def test_rpm_lists_the_same(image: str, tmp_path: Path) -> None:
    """Name, epoch, version, release, arch, licence, source and vendor equal those of ``rpm -qa``."""
    need("rpm")
    files = {
        path.rpartition("/")[2]: data
        for path, data in tree(image).items()
        if "/rpm/" in f"/{path}" and "lib" in path
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        ["rpm", "--dbpath", tmp_path, "-qa", "--qf", QUERY + "\n"],
        capture_output=True,
        text=True,
        check=True,
    )
    # An empty vendor is printed as such, an absent one as (none); to us they are the same.
    expected = sorted(
        line + "(none)" if line.endswith("|") else line for line in done.stdout.splitlines()
    )
    assert sorted(map(as_rpm, packages_of(cataloger, tree(image)))) == expected


@pytest.mark.judge
def test_rpm_lists_the_same_headers_of_an_ndb_database(tmp_path: Path) -> None:
    """Debian's rpm knows no ndb, so it judges the same headers put into an SQLite database."""
    need("rpm")
    image = next((name for name in image_names("rpm") if "ndb" in name), "")
    (data,) = (data for path, data in tree(image).items() if path.endswith("/Packages.db"))
    blobs = list(rpmdb_ndb.blobs(lambda offset, length: data[offset : offset + length], len(data)))
    headers = [blob for blob in blobs if isinstance(blob, bytes)]
    assert len(headers) == len(blobs)
    other = next(name for name in image_names("rpm") if "mariner-2.0-rpmdb-sqlite" in name)
    (tmp_path / "rpmdb.sqlite").write_bytes(tree(other)[DB])
    with closing(sqlite3.connect(tmp_path / "rpmdb.sqlite", isolation_level=None)) as link:
        link.execute("DELETE FROM Packages")
        link.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in headers])
    done = subprocess.run(
        ["rpm", "--dbpath", tmp_path, "-qa", "--qf", QUERY + "\n"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(map(as_rpm, packages_of(cataloger, tree(image)))) == sorted(
        done.stdout.splitlines()
    )


@pytest.mark.judge
def test_files_are_those_rpm_lists(tmp_path: Path) -> None:
    """With every path wanted, owned files equal ``rpm -qal``."""
    need("rpm")
    image = next((name for name in image_names("rpm") if "9.3-micro" in name), "")
    for path, data in tree(image).items():
        if path.startswith("var/lib/rpm/"):
            (tmp_path / path.rpartition("/")[2]).write_bytes(data)
    done = subprocess.run(
        ["rpm", "--dbpath", tmp_path, "-qal"], capture_output=True, text=True, check=True
    )
    (fact,) = facts_of(cataloger, tree(image))
    expected = {line[1:] for line in done.stdout.splitlines() if line.startswith("/")}
    assert {path for _, path in fact.files} == {path for path in expected if path}


def test_all_places_and_formats_are_wanted() -> None:
    """Each of the three folders may hold each of the formats."""
    for folder in "var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm":
        for name in "Packages", "Packages.db", "rpmdb.sqlite", "rpmdb.sqlite-wal":
            assert wants(cataloger, f"{folder}/{name}")
    assert not wants(cataloger, "var/lib/rpm/Basenames")


def test_what_a_header_says() -> None:
    """Requirements lose rpm's features and conditions; only wanted files stay."""
    blob = header(
        {
            Tag.NAME: "nodejs",
            Tag.VERSION: "20.1",
            Tag.RELEASE: "1.module_el8",
            Tag.EPOCH: [1],
            Tag.ARCH: "x86_64",
            Tag.LICENSE: "MIT",
            Tag.VENDOR: "AlmaLinux",
            Tag.SOURCERPM: "nodejs-20.1-1.module_el8.src.rpm",
            Tag.MODULARITYLABEL: "nodejs:20:8090020230101:abc",
            Tag.REQUIRENAME: ["rpmlib(X)", "libc.so.6", "(npm if x)", "/bin/sh", "libc.so.6"],
            Tag.PROVIDENAME: ["nodejs", "nodejs(x86-64)"],
            Tag.BASENAMES: ["package.json", "README"],
            Tag.DIRNAMES: ["/usr/lib/node_modules/npm/"],
            Tag.DIRINDEXES: [0, 0],
        }
    )
    fact = fact_of(
        cataloger, "var/lib/rpm/Packages.db", ndb([blob]), lambda path: path.endswith(".json")
    )
    assert fact is not None
    (found,) = fact.packages
    assert (found.name, found.version, found.arch) == ("nodejs", "1:20.1-1.module_el8", "x86_64")
    assert (found.source, found.source_version) == ("nodejs", "20.1-1.module_el8")
    assert (found.supplier, found.licenses) == ("AlmaLinux", ("MIT",))
    assert found.depends == ("libc.so.6", "/bin/sh")
    assert found.provides == ("nodejs(x86-64)",)
    assert found.extra == (("modularity", "nodejs:20:8090020230101:abc"),)
    assert fact.files == (("nodejs", "usr/lib/node_modules/npm/package.json"),)


@pytest.mark.parametrize("make", [ndb, bdb])
def test_a_broken_header_loses_only_itself(make: object) -> None:
    """Of three packages the middle one is broken: two are found, one is a problem."""
    assert callable(make)
    data = make([package("a"), b"\xff" * 40, package("c")])
    fact = fact_of(cataloger, "var/lib/rpm/Packages", data)
    assert fact is not None
    assert [found.name for found in fact.packages] == ["a", "c"]
    (problem,) = fact.problems
    assert problem.code == "broken-package-record"
    assert "var/lib/rpm/Packages" in problem.where


def test_a_broken_file_list_keeps_the_package() -> None:
    """The package is listed, the missing file list is a problem."""
    blob = header({Tag.NAME: "a", Tag.VERSION: "1", Tag.BASENAMES: ["x"], Tag.DIRINDEXES: [9]})
    fact = fact_of(cataloger, "var/lib/rpm/Packages", ndb([blob]))
    assert fact is not None
    assert [found.version for found in fact.packages] == ["1"]
    assert [problem.code for problem in fact.problems] == ["broken-file-list"]


def test_an_empty_database_has_no_packages() -> None:
    """A file of no bytes is no error."""
    assert facts_of(cataloger, {"var/lib/rpm/Packages": b""})[0].packages == ()


def test_no_database_is_an_input_error() -> None:
    """Anything else at that place is refused."""
    with pytest.raises(InputError):
        fact_of(cataloger, "var/lib/rpm/Packages", b"hello" * 100)


def test_a_list_of_a_distroless_image() -> None:
    """The tab-separated list of Azure Linux is read; a broken line is a problem."""
    good = "openssl\t1.1.1k-21.cm2\t1\t2\tMicrosoft\t(none)\t9\tx86_64\t0\topenssl-1.1.1k-21.cm2.src.rpm"
    epoch = good.replace("openssl\t", "ca\t", 1).replace("(none)", "1")
    text = f"{good}\n{epoch}\nnonsense\n\n"
    fact = fact_of(cataloger, "var/lib/rpmmanifest/container-manifest-2", text.encode())
    assert fact is not None
    assert [(p.name, p.version, p.source) for p in fact.packages] == [
        ("openssl", "1.1.1k-21.cm2", "openssl"),
        ("ca", "1:1.1.1k-21.cm2", "openssl"),
    ]
    assert len(fact.problems) == 1


def names(files: dict[str, bytes]) -> list[str]:
    """Return the names of all packages, sorted."""
    return sorted(found.name for found in packages_of(cataloger, files))


def changed(path: Path, *, count: int, page_size: int) -> dict[str, bytes]:
    """Change a database in WAL mode and return it as a killed program leaves it."""
    first = [package(f"p{n}", padding=n * 40) for n in range(count)]
    sqlite(path, first, wal=True, page_size=page_size)
    with closing(sqlite3.connect(path, isolation_level=None)) as link:
        link.execute("PRAGMA wal_autocheckpoint = 0")
        link.execute("DELETE FROM Packages WHERE hnum IN (2, 3)")
        link.execute("INSERT INTO Packages (blob) VALUES (?)", (package("new", padding=3000),))
        return {DB: path.read_bytes(), DB + "-wal": path.with_name("db-wal").read_bytes()}


@pytest.mark.parametrize("count", [4, 60])
@pytest.mark.parametrize("page_size", [512, 4096])
def test_a_write_ahead_log_is_applied(tmp_path: Path, count: int, page_size: int) -> None:
    """Packages removed and added in the log of a real SQLite count, whatever moved into it."""
    files = changed(tmp_path / "db", count=count, page_size=page_size)
    before = sorted(f"p{n}" for n in range(count))
    assert names({DB: files[DB]}) == before
    assert names(files) == sorted(["new", *(set(before) - {"p1", "p2"})])
    (fact,) = facts_of(cataloger, files)
    assert fact.problems == ()
    assert fact.notes == ()
    owners = {owner for owner, _ in fact.files}
    assert "new" in owners
    assert "p1" not in owners


def test_a_log_of_an_unwritten_database(tmp_path: Path) -> None:
    """A database whose content is all in its log is read from there."""
    path = tmp_path / "db"
    with closing(sqlite3.connect(path, isolation_level=None)) as link:
        link.execute("PRAGMA journal_mode = wal")
        link.execute("PRAGMA wal_autocheckpoint = 0")
        link.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
        for number in range(30):
            link.execute("INSERT INTO Packages (blob) VALUES (?)", (package(f"p{number:02}"),))
        files = {DB: path.read_bytes(), DB + "-wal": path.with_name("db-wal").read_bytes()}
    assert names(files) == [f"p{number:02}" for number in range(30)]
    assert facts_of(cataloger, files)[0].problems == ()


def test_a_log_counts_only_as_far_as_its_checksums_hold(tmp_path: Path) -> None:
    """A log cut off before its last commit, or of other salts, changes nothing."""
    files = changed(tmp_path / "db", count=6, page_size=4096)
    log = files[DB + "-wal"]
    before = [f"p{n}" for n in range(6)]
    (salt,) = struct.unpack_from(">I", log, 16)
    other = log[:16] + struct.pack(">I", salt ^ 1) + log[20:]
    assert names({**files, DB + "-wal": other}) == before
    assert "new" not in names({**files, DB + "-wal": log[:-1]})
    assert names({**files, DB + "-wal": b""}) == before
