"""Package files as the formats' own tools make and read them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bodies import Memory
from dunnage.model.errors import InputError
from dunnage.model.limits import Limits
from dunnage.parsers import deb822
from dunnage.parsers.package_file import read
from package_samples import CONTROL, METADATA, deb, wheel
from support import need

if TYPE_CHECKING:
    from dunnage.model.package import Package

SPEC = """Name: hello
Version: 2.12
Release: 3
Epoch: 7
Summary: says hello
License: MIT AND Zlib
Vendor: Example
BuildArch: noarch
Requires: bash >= 4
Provides: greeting = 2
%description
Says hello.
%files
%changelog
"""


def package(path: Path) -> Package:
    """Return the package of a file that must be one."""
    found = read(Memory(path.read_bytes()), Limits())
    assert found is not None
    return found.package


def said(*command: str | Path) -> str:
    """Return what a tool prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def fields_of(path: Path) -> list[str]:
    """Return what dpkg-deb says of a Debian package file."""
    names = ("Package", "Version", "Architecture", "Source", "Maintainer")
    return [said("dpkg-deb", "-f", path, name) for name in names]


def as_control(found: Package) -> list[str]:
    """Return a package as its control file would write it."""
    source = "" if found.source == found.name and not found.source_version else found.source
    source += f" ({found.source_version})" if found.source_version else ""
    return [found.name, found.version, found.arch, source, found.supplier]


@pytest.mark.parametrize("how", ["none", "gzip", "xz", "zstd"])
def test_packages_dpkg_makes(tmp_path: Path, how: str) -> None:
    """Every compression dpkg-deb has gives what dpkg-deb itself reads."""
    need("dpkg-deb")
    (tmp_path / "x/DEBIAN").mkdir(parents=True)
    (tmp_path / "x/DEBIAN/control").write_text(CONTROL)
    path = tmp_path / "x.deb"
    said("dpkg-deb", "--uniform-compression", f"-Z{how}", "-b", tmp_path / "x", path)
    found = package(path)
    assert fields_of(path) == as_control(found)
    assert found.depends == deb822.relation_names(
        f"{said('dpkg-deb', '-f', path, 'Pre-Depends')}, {said('dpkg-deb', '-f', path, 'Depends')}"
    )


def test_packages_made_by_hand_are_what_dpkg_reads(tmp_path: Path) -> None:
    """So the samples of the other tests are Debian packages."""
    need("dpkg-deb")
    (tmp_path / "x.deb").write_bytes(deb())
    assert fields_of(tmp_path / "x.deb") == as_control(package(tmp_path / "x.deb"))


@pytest.mark.judge
def test_packages_of_a_distribution(tmp_path: Path) -> None:
    """What apt fetches from the distribution's archive reads as dpkg-deb reads it."""
    need("dpkg-deb", "apt-get")
    command = ("apt-get", "download", "bash", "libc6", "tzdata")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"apt-get cannot download here: {done.stderr.strip()[-100:]}")
    paths = sorted(tmp_path.glob("*.deb"))
    assert len(paths) == 3
    for path in paths:
        assert fields_of(path) == as_control(package(path))


@pytest.mark.parametrize("kind", ["-bb", "-bs"])
@pytest.mark.judge
def test_packages_rpm_makes(tmp_path: Path, kind: str) -> None:
    """A binary and a source package, compared with what rpm says of them."""
    need("rpmbuild", "rpm")
    spec = tmp_path / "hello.spec"
    spec.write_text(SPEC)
    said("rpmbuild", "--define", f"_topdir {tmp_path}/top", kind, spec)
    (path,) = (tmp_path / "top").rglob("*.rpm")
    form = r"%{NAME}\n%{EPOCH}:%{VERSION}-%{RELEASE}\n%{ARCH}\n%{SOURCERPM}\n%{LICENSE}\n%{VENDOR}"
    name, version, arch, source, licence, vendor = said("rpm", "-qp", "--qf", form, path).split(
        "\n"
    )
    found = package(path)
    assert [found.name, found.version, *found.licenses] == [name, version, licence]
    assert found.supplier == vendor
    if kind == "-bb":
        assert found.arch == arch
        assert f"{found.source}-{found.source_version}.src.rpm" == source
        assert found.depends == ("bash",)
        assert found.provides == ("greeting",)
    else:
        assert (found.arch, source) == ("src", "(none)")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(InputError, match="too early"):
        package(path)


def metadata_of(path: Path) -> importlib.metadata.PackageMetadata:
    """Return what the standard library says of a wheel."""
    with zipfile.ZipFile(path) as archive:
        (folder,) = {n.split("/")[0] for n in archive.namelist() if ".dist-info/" in n[:80]} - {
            "hello"
        }
        return importlib.metadata.PathDistribution(zipfile.Path(archive, folder + "/")).metadata


def bundled_wheels() -> list[Path | None]:
    """Return the wheels Python itself brings."""
    spec = importlib.util.find_spec("ensurepip")
    folder = Path(spec.origin).parent / "_bundled" if spec and spec.origin else Path("/nowhere")
    return [*sorted(folder.glob("*.whl"))] or [None]


@pytest.mark.parametrize("path", bundled_wheels(), ids=lambda path: path.name if path else "none")
def test_real_wheels(path: Path | None) -> None:
    """Name and version are those the standard library reads."""
    if path is None:
        pytest.skip("this Python brings no wheels")
    told, found = metadata_of(path), package(path)
    assert (found.name, found.version) == (told["Name"], told["Version"])


def test_wheels_made_by_hand_are_what_the_standard_library_reads(tmp_path: Path) -> None:
    """So the samples of the other tests are wheels."""
    path = tmp_path / "x.whl"
    path.write_bytes(wheel(METADATA))
    told, found = metadata_of(path), package(path)
    assert (found.name, found.version) == (told["Name"], told["Version"])
    assert found.supplier == told["Author-email"]


@pytest.mark.judge
def test_tarballs_npm_makes(tmp_path: Path) -> None:
    """What ``npm pack`` writes, also with a package bundled in it."""
    need("npm")
    folder = tmp_path / "x"
    (folder / "node_modules/inner").mkdir(parents=True)
    (folder / "node_modules/inner/package.json").write_text('{"name": "inner", "version": "3.0.0"}')
    (folder / "package.json").write_text(
        '{"name": "@greet/hello", "version": "1.2.3", "license": "MIT",'
        ' "dependencies": {"inner": "3.0.0"}, "bundleDependencies": ["inner"]}'
    )
    npm = shutil.which("npm") or "npm"
    subprocess.run([npm, "pack", "--offline", "-s"], cwd=folder, check=True, capture_output=True)
    (path,) = folder.glob("*.tgz")
    found = read(Memory(path.read_bytes()), Limits())
    assert found is not None
    assert str(found.package.purl) == "pkg:npm/%40greet/hello@1.2.3"
    assert found.bundled == 1
