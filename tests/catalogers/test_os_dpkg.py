"""The dpkg cataloger lists what dpkg lists, and joins file lists and licences."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from dunnage.catalogers.dpkg import cataloger
from os_images import facts_of, image_names, packages_of, tree, wants
from support import need

if TYPE_CHECKING:
    from pathlib import Path

STATUS = b"""Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2.15-2+b13
Source: bash (5.2.15-2)
Maintainer: Matthias <m@example.org>
Pre-Depends: libc6 (>= 2.36), libtinfo6 (>= 6)
Depends: base-files (>= 2.1.12), debianutils | other
Provides: shell (= 1)

Package: gone
Status: deinstall ok config-files
Version: 1

Package: held
Status: hold ok installed
Version: 2
Architecture: all

Package: half
Status: install ok unpacked
Version: 3

Package: libc6
Status: install ok installed
Version: 2.36-9
Architecture: amd64
Source: glibc

Package: libc6
Status: install ok installed
Version: 2.36-9
Architecture: i386
Source: glibc

Package: nothing
Status: install ok installed
"""
FILES = {
    "var/lib/dpkg/status": STATUS,
    "var/lib/dpkg/info/bash.list": b"/.\n/bin\n/bin/bash\n/usr/share/x/METADATA\n",
    "var/lib/dpkg/info/libc6:amd64.list": b"/lib/a/METADATA\n",
    "var/lib/dpkg/info/libc6:i386.list": b"/lib/i/METADATA\n",
    "var/lib/dpkg/info/gone.list": b"/gone/METADATA\n",
    "usr/share/doc/bash/copyright": b"Format: x\n\nFiles: *\nLicense: GPL-3+\n",
    "opt/data/bash.list": b"/opt/METADATA\n",
    "opt/doc/bash/copyright": b"Format: x\nLicense: wrong\n",
}


def metadata(path: str) -> bool:
    """Tell whether a path is evidence of a library."""
    return path.endswith("/METADATA")


def test_status_file_lists_and_licences() -> None:
    """Installed and unpacked packages count, each once for every architecture."""
    (fact,) = facts_of(cataloger, FILES, metadata)
    assert [(p.name, p.version, p.arch, p.source, p.source_version) for p in fact.packages] == [
        ("bash", "5.2.15-2+b13", "amd64", "bash", "5.2.15-2"),
        ("held", "2", "all", "held", ""),
        ("half", "3", "", "half", ""),
        ("libc6", "2.36-9", "amd64", "glibc", ""),
        ("libc6", "2.36-9", "i386", "glibc", ""),
    ]
    bash, _, half, *_ = fact.packages
    assert bash.licenses == ("GPL-3+",)
    assert bash.depends == ("libc6", "libtinfo6", "base-files", "debianutils", "other")
    assert bash.provides == ("shell",)
    assert half.extra == (("state", "unpacked"),)
    assert fact.files == (
        ("bash", "usr/share/x/METADATA"),
        ("libc6", "lib/a/METADATA"),
        ("libc6", "lib/i/METADATA"),
    )
    (problem,) = fact.problems
    assert problem.where == "var/lib/dpkg/status: nothing"


def test_distroless_layout() -> None:
    """One status file for each package, and checksums as file lists beside them."""
    files = {
        "var/lib/dpkg/status.d/openssl": b"Package: openssl\nVersion: 3\nArchitecture: amd64\n",
        "var/lib/dpkg/status.d/openssl.md5sums": b"abc  usr/lib/o/METADATA\n",
        "var/lib/dpkg/status.d/b64name": b"Package: tz\nVersion: 1\n",
        "var/lib/dpkg/status.d/b64name.md5sums": b"abc  ./usr/lib/t/METADATA\n",
        "usr/share/doc/tz/copyright": b"see /usr/share/common-licenses/GPL-2 ",
    }
    first, second = facts_of(cataloger, files, metadata)
    assert first.files == (("openssl", "usr/lib/o/METADATA"),)
    assert second.files == (("tz", "usr/lib/t/METADATA"),)
    assert second.packages[0].licenses == ("GPL-2",)


def test_a_nested_root_keeps_to_itself() -> None:
    """File lists and licences of another root directory are not mixed in."""
    nested = {f"chroot/{path}": data for path, data in FILES.items()}
    one, two = facts_of(cataloger, {**FILES, **nested}, metadata)
    assert {path for _, path in one.files} == {path for _, path in two.files}
    assert [package.licenses for package in one.packages] == [p.licenses for p in two.packages]


def test_wanted_files() -> None:
    """Scripts and checksums of the info folder are not read."""
    assert wants(cataloger, "var/lib/dpkg/status")
    assert wants(cataloger, "var/lib/dpkg/status.d/libc6")
    assert wants(cataloger, "var/lib/dpkg/info/libc6:amd64.list")
    assert not wants(cataloger, "var/lib/dpkg/info/libc6:amd64.md5sums")
    assert not wants(cataloger, "var/lib/dpkg/status-old")


@pytest.mark.judge
@pytest.mark.parametrize("image", image_names("dpkg"))
def test_dpkg_lists_the_same(image: str, tmp_path: Path) -> None:
    """Name, version, arch, source and its version equal those of ``dpkg-query``."""
    need("dpkg-query")
    status = tree(image).get("var/lib/dpkg/status")
    if status is None:
        pytest.skip("this image has no status file, which dpkg-query needs")
    (tmp_path / "status").write_bytes(status)
    (tmp_path / "info").mkdir()
    (tmp_path / "updates").mkdir()
    fields = "${Package}|${Version}|${Architecture}|${source:Package}|${source:Version}|${db:Status-Abbrev}\n"
    done = subprocess.run(
        ["dpkg-query", "--admindir", tmp_path, "-W", "-f", fields],
        capture_output=True,
        text=True,
        check=True,
    )
    expected = sorted(line[:-4] for line in done.stdout.splitlines() if line.endswith("|ii "))
    found = sorted(
        f"{p.name}|{p.version}|{p.arch}|{p.source}|{p.source_version or p.version}"
        for p in packages_of(cataloger, tree(image))
    )
    assert found == expected


def test_real_owned_files() -> None:
    """With every file wanted, those of a real image are those of its lists."""
    (image,) = [name for name in image_names("dpkg") if "bookworm-minbase" in name] or [""]
    files = tree(image)
    (fact,) = facts_of(cataloger, files)
    expected = {
        line[1:]
        for path, data in files.items()
        if path.endswith(".list")
        for line in data.decode().splitlines()
        if line != "/." and not line.endswith("/copyright")
    }
    assert {path for _, path in fact.files} == expected
