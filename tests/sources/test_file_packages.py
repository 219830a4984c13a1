"""Package files, programs and archives as targets, from the name to the report."""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import package_samples as make
from dunnage.flows._examine import Request, examine
from dunnage.io.http import Http
from dunnage.model.errors import TargetError
from dunnage.model.problem import Effect
from dunnage.model.progress import Silent
from dunnage.model.target import Layers, Listed, Tree
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options
from images import compress, layer_tar
from programs import archive, elf, go_inline
from support import need

if TYPE_CHECKING:
    from dunnage.model.problem import Problem
    from dunnage.model.report import Subject

OFFLINE = Options(http=Http(offline=True))
PURLS = {
    "hello.deb": "pkg:deb/hello@1:2.10-3%2Bb1?arch=amd64",
    "hello.rpm": "pkg:rpm/hello@2.12-3.el9?arch=x86_64&epoch=1",
    "hello.whl": "pkg:pypi/hello-world@1.2.3.post1",
    "hello.apk": "pkg:apk/hello@2.12.1-r3?arch=x86_64",
    "hello.tgz": "pkg:npm/%40greet/hello@4.17.20",
}


BOTH = frozenset({"os", "library"})


def examined(
    target: Path | str,
    cache: Path,
    distro: str = "",
    types: frozenset[str] = BOTH,
    skip_files: tuple[str, ...] = (),
) -> Subject:
    """Examine a target as the verbs do."""
    request = Request(cache, distro=distro, types=types, skip_files=skip_files, offline=True)
    (subject,), _ = examine(str(target), request, Silent())
    return subject


@pytest.mark.parametrize("name", sorted(PURLS))
@pytest.mark.parametrize("scheme", ["file:", ""])
def test_a_package_file_is_an_inventory_of_one_package(
    tmp_path: Path, name: str, scheme: str
) -> None:
    """By its scheme or by its content; with its hashes, its place and nothing about a system."""
    data = make.samples()[name]
    path = tmp_path / "odd\nname"
    path.write_bytes(data)
    target = open_target(f"{scheme}{path}", OFFLINE)
    assert isinstance(target, Listed)
    assert (target.source, target.inventory.system, target.inventory.edges) == ("file", None, ())
    (package,) = target.inventory.packages
    assert str(package.purl) == package.ref == PURLS[name]
    assert dict(package.hashes) == {
        "sha-1": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "sha-256": hashlib.sha256(data).hexdigest(),
    }
    assert [place.path for place in package.locations] == ["odd\nname"]
    assert [(p.code, p.effect) for p in target.problems] == [("content-not-examined", Effect.NOTE)]


def test_a_name_that_is_no_text_can_be_written(tmp_path: Path) -> None:
    """Bytes of a file's name that are no UTF-8 become escapes."""
    path = os.fsencode(tmp_path) + b"/x\xff.whl"
    Path(os.fsdecode(path)).write_bytes(make.wheel())
    target = open_target(f"file:{os.fsdecode(path)}", OFFLINE)
    assert isinstance(target, Listed)
    assert target.inventory.packages[0].locations[0].path == "x\\xff.whl"


@pytest.mark.parametrize(
    ("name", "distro", "purl"),
    [
        (
            "hello.deb",
            "debian/12",
            "pkg:deb/debian/hello@1:2.10-3%2Bb1?arch=amd64&distro=debian-12",
        ),
        (
            "hello.rpm",
            "almalinux/9",
            "pkg:rpm/almalinux/hello@2.12-3.el9?arch=x86_64&distro=almalinux-9&epoch=1",
        ),
        (
            "hello.apk",
            "alpine/3.19",
            "pkg:apk/alpine/hello@2.12.1-r3?arch=x86_64&distro=alpine-3.19",
        ),
        ("hello.deb", "alpine/3.19", PURLS["hello.deb"]),
        ("hello.whl", "debian/12", PURLS["hello.whl"]),
    ],
)
def test_the_user_names_the_distribution(tmp_path: Path, name: str, distro: str, purl: str) -> None:
    """Its own packages get its namespace and qualifier, as when they are found in an image."""
    path = tmp_path / name
    path.write_bytes(make.samples()[name])
    subject = examined(f"file:{path}", tmp_path / "cache", distro)
    (package,) = subject.inventory.packages
    assert str(package.purl) == package.ref == purl
    assert subject.inventory.system is not None
    assert subject.examined.packages == 1


def test_only_the_wanted_kind(tmp_path: Path) -> None:
    """``--pkg-types`` holds for what is listed as for what is found."""
    for name in PURLS:
        path = tmp_path / name
        path.write_bytes(make.samples()[name])
        system = name.endswith(("deb", "rpm", "apk"))
        for kind, count in (("os", int(system)), ("library", int(not system))):
            subject = examined(path, tmp_path / "cache", types=frozenset({kind}))
            assert len(subject.inventory.packages) == count


@pytest.mark.parametrize("name", sorted(PURLS))
@pytest.mark.parametrize("scheme", ["file:", ""])
def test_broken_package_files_are_one_clear_line(tmp_path: Path, name: str, scheme: str) -> None:
    """The error names the file and is no report of nothing."""
    path = tmp_path / name
    data = make.samples()[name]
    path.write_bytes(data[: len(data) - 20])
    with pytest.raises(TargetError) as caught:
        open_target(f"{scheme}{path}", OFFLINE)
    assert str(path) in caught.value.where
    assert "\n" not in str(caught.value)


def test_packages_that_are_not_read_are_refused_by_name(tmp_path: Path) -> None:
    """An apk of version 3 and a package of Arch Linux would else be nothing or a directory."""
    path = tmp_path / "x"
    for data, expected in (
        (b"ADBd" + bytes(100), "version 3"),
        (
            compress(
                make.tar({".BUILDINFO": b"", ".PKGINFO": b"pkgname = a\npkgbase = a\n"}), "zstd"
            ),
            "Arch Linux",
        ),
        (make.ar({"x.o/": b"x"}), "no Debian package"),
    ):
        path.write_bytes(data)
        for scheme in ("file:", ""):
            with pytest.raises(TargetError, match=expected):
                open_target(f"{scheme}{path}", OFFLINE)


def test_bundled_packages_make_it_incomplete(tmp_path: Path) -> None:
    """They are installed along, so a report without them is not the whole truth."""
    path = tmp_path / "x.tgz"
    path.write_bytes(make.npm(bundled=2))
    (problem,) = examined(path, tmp_path / "cache").problems
    assert (problem.code, problem.effect, problem.count) == (
        "bundled-packages",
        Effect.INCOMPLETE,
        2,
    )


def test_root_file_systems_stay_what_they_are(tmp_path: Path) -> None:
    """A directory called like npm's, a project in its own directory, and what ``dir:`` forces."""
    path = tmp_path / "x.tar.gz"
    for data in (
        layer_tar({"package/bin/sh": b"", "package/etc/os-release": b"ID=x\n"}),
        layer_tar({"app/package.json": b'{"name": "a", "version": "1"}'}),
    ):
        path.write_bytes(compress(data, "gzip"))
        assert isinstance(open_target(str(path), OFFLINE), Layers)
    path.write_bytes(compress(layer_tar({"etc/os-release": b"ID=x\n"}), "gzip"))
    with pytest.raises(TargetError) as caught:
        open_target(f"file:{path}", OFFLINE)
    assert caught.value.advice == f"write dir:{path}"
    path.write_bytes(make.npm())
    assert isinstance(open_target(f"dir:{path}", OFFLINE), Layers)
    path.write_bytes(make.npm("hello"))
    assert isinstance(open_target(f"file:{path}", OFFLINE), Listed)


@pytest.mark.parametrize("folder", ["lodash", "hello-1.2"])
def test_npm_takes_any_folder(tmp_path: Path, folder: str) -> None:
    """A tarball in which nothing is installed is the package it holds, unless the user says no."""
    path = tmp_path / "x.tgz"
    path.write_bytes(make.npm(folder))
    subject = examined(path, tmp_path / "cache")
    assert [str(p.purl) for p in subject.inventory.packages] == [PURLS["hello.tgz"]]
    assert (subject.source, subject.image) == ("file", None)
    assert subject.note == "read as file: a package, since no packages are installed in it"
    assert [(p.code, p.effect) for p in subject.problems] == [("content-not-examined", Effect.NOTE)]
    for other in (
        examined(f"dir:{path}", tmp_path / "cache"),
        examined(path, tmp_path / "cache", types=frozenset({"os"})),
        examined(path, tmp_path / "cache", skip_files=("*.json",)),
    ):
        assert (other.source, other.inventory.packages) == ("dir", ())


def test_what_is_installed_comes_first(tmp_path: Path) -> None:
    """An application with what it needs, and a system without packages, are no package file."""
    path = tmp_path / "x.tgz"
    described = b'{"name": "app", "version": "1.0.0"}'
    for data, names in (
        (
            {
                "app/package.json": described,
                "app/lib/a-1.dist-info/METADATA": b"Name: a\nVersion: 1\n",
            },
            ["a"],
        ),
        ({"x/package.json": described, "x/../etc/os-release": b"ID=x\n"}, []),
        ({"x/package.json": described, "etc/os-release": b"ID=x\n"}, []),
        ({"x/package.json": b"{", "x/y": b""}, []),
    ):
        path.write_bytes(compress(layer_tar(data), "gzip"))
        subject = examined(path, tmp_path / "cache")
        assert subject.source == "dir"
        assert [p.name for p in subject.inventory.packages] == names


def told(subject: Subject) -> list[tuple[str, Effect]]:
    """Return code and effect of the problems of a target without packages."""
    assert subject.inventory.packages == ()
    return [(problem.code, problem.effect) for problem in subject.problems]


def program(*segments: tuple[int, bytes]) -> bytes:
    """Return an ELF program without sections: one segment of each type, with that content."""
    start = 64 + 56 * len(segments)
    table, content = b"", b""
    for kind, data in segments:
        at = start + len(content)
        table += struct.pack("<IIQQQQQQ", kind, 4, at, at, at, len(data), len(data), 1)
        content += data
    head = struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, len(segments), 64, 0, 0)
    return b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + head + table + content


def dynamic(*pairs: tuple[int, int]) -> bytes:
    """Return a dynamic section."""
    return b"".join(struct.pack("<QQ", *pair) for pair in (*pairs, (0, 0)))


def far(offset: int) -> bytes:
    """Return a program whose dynamic section lies further away than any file reaches."""
    data = program((1, b"x"), (2, dynamic(PIE)))
    place = data.index(struct.pack("<II", 2, 4)) + 8
    return data[:place] + struct.pack("<Q", offset) + data[place + 8 :]


PIE, NEEDED = (0x6FFFFFFB, 0x08000001), (1, 5)
NOTE = [("nothing-to-catalogue", Effect.NOTE)]
INCOMPLETE = [("nothing-to-catalogue", Effect.INCOMPLETE)]
FILES = {
    "static": (program((1, b"x")), NOTE),
    "static-anywhere": (program((1, b"x"), (2, dynamic(PIE))), NOTE),
    "dynamic": (program((1, b"x"), (3, b"/lib/ld.so\0"), (2, dynamic(NEEDED))), INCOMPLETE),
    "library": (program((1, b"x"), (2, dynamic())), INCOMPLETE),
    "far": (far(1 << 63), INCOMPLETE),
    "farther": (far((1 << 64) - 8), INCOMPLETE),
    "library-with-needs": (program((1, b"x"), (2, dynamic(NEEDED, PIE))), INCOMPLETE),
    "object.o": (program(), INCOMPLETE),
    "windows.exe": (b"MZ" + bytes(62), INCOMPLETE),
    "plain.zip": (archive({"a.txt": b"x"}), INCOMPLETE),
    "empty.jar": (archive({"a.txt": b"x"}), INCOMPLETE),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_without_packages_is_never_nothing_found(tmp_path: Path, name: str) -> None:
    """A static program is complete without packages; of anything else nobody knows."""
    data, expected = FILES[name]
    (tmp_path / name).write_bytes(data)
    assert told(examined(f"file:{tmp_path / name}", tmp_path / "cache")) == expected


def test_real_programs(tmp_path: Path) -> None:
    """What the compiler of this machine makes, with and without libraries."""
    need("cc")
    import subprocess

    (tmp_path / "x.c").write_text("int main(void) { return 0; }\n")
    for flags, expected in (
        (["-static"], NOTE),
        (["-static-pie"], NOTE),
        ([], INCOMPLETE),
        (["-shared"], INCOMPLETE),
    ):
        path = tmp_path / "x"
        command = ["cc", *flags, "-fPIC", "-o", str(path), str(tmp_path / "x.c")]
        subprocess.run(command, check=True, capture_output=True)
        assert told(examined(f"file:{path}", tmp_path / "cache")) == expected, flags


def test_what_the_user_left_out_is_not_missed(tmp_path: Path) -> None:
    """Nobody is told of a file they did not want to see, or of kinds they did not ask for."""
    path = tmp_path / "plain.zip"
    path.write_bytes(archive({"a.txt": b"x"}))
    assert told(examined(f"file:{path}", tmp_path / "cache", types=frozenset({"os"}))) == []
    assert told(examined(f"file:{path}", tmp_path / "cache", skip_files=("*.zip",))) == []
    assert told(examined(f"file:{path}", tmp_path / "cache", skip_files=("*.jar",))) == INCOMPLETE


def test_programs_with_packages_say_nothing_of_it(tmp_path: Path) -> None:
    """The problem is only told if it is one."""
    path = tmp_path / "tool"
    path.write_bytes(elf({".go.buildinfo": go_inline()}))
    target = open_target(f"file:{path}", OFFLINE)
    assert isinstance(target, Tree)
    problems: tuple[Problem, ...] = examined(path, tmp_path / "cache").problems
    assert [problem.code for problem in problems] == []
