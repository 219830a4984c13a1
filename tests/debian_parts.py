"""Root file systems made of real Debian packages, as stand-ins for images that cannot be had here.

No maintainer script runs, so links that only these make (alternatives) are missing.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from support import need

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ESSENTIAL = ("?essential", "apt")
"""What every full Debian holds."""
OS_RELEASE = b'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'


def closure(packages: Sequence[str], state: Path) -> list[str]:
    """Return the names of packages with all they depend on, as apt would install them anew."""
    need("apt-get", "dpkg-deb")
    state.mkdir(parents=True, exist_ok=True)
    status = state / "status"
    status.write_text("")
    command = ["apt-get", "-qq", "-s", "--no-install-recommends"]
    command += ["-o", f"Dir::State::status={status}", "install", *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"apt-get cannot plan here: {done.stderr.strip()[-200:]}")
    return [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Inst ")]


def fetched(names: Sequence[str], folder: Path) -> list[Path]:
    """Download packages, or skip the test."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {path.name.partition("_")[0] for path in folder.glob("*.deb")}
    missing = [name for name in names if name not in known]
    if missing:
        done = subprocess.run(
            ["apt-get", "-qq", "download", *missing],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"apt-get cannot download here: {done.stderr.strip()[-200:]}")
    return [path for path in sorted(folder.glob("*.deb")) if path.name.partition("_")[0] in names]


def layer(debs: Sequence[Path], *, distroless: bool = False) -> bytes:
    """Return a layer with the files of packages and a database that lists them.

    Args:
        debs: The packages.
        distroless: The database is that of distroless images: one file for each package.
    """
    buffer = io.BytesIO()
    entries: set[str] = set()
    status = []
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as out:
        for name in ("bin", "sbin", "lib", "lib64"):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, f"usr/{name}"
            out.addfile(link)
        for deb in debs:
            _copy(deb, out, entries)
            control = subprocess.run(["dpkg-deb", "--field", deb], capture_output=True, check=True)
            status.append(control.stdout.strip())
            if distroless:
                _add(out, f"var/lib/dpkg/status.d/{deb.name.partition('_')[0]}", control.stdout)
        if not distroless:
            text = b"\n\n".join(b"Status: install ok installed\n" + one for one in status)
            _add(out, "var/lib/dpkg/status", text + b"\n")
        _add(out, "usr/lib/os-release", OS_RELEASE)
    return buffer.getvalue()


def _copy(deb: Path, out: tarfile.TarFile, entries: set[str]) -> None:
    data = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(data.stdout)) as tar:
        for member in tar:
            path = member.name.removeprefix("./").strip("/")
            top = path.partition("/")[0]
            if not path or path in {"bin", "sbin", "lib", "lib64"} or path in entries:
                continue
            member.name = f"usr/{path}" if top in {"bin", "sbin", "lib", "lib64"} else path
            if member.islnk():
                target = member.linkname.removeprefix("./")
                merged = target.partition("/")[0] in {"bin", "sbin", "lib", "lib64"}
                member.linkname = f"usr/{target}" if merged else target
            if path == "usr/lib/os-release":
                continue
            if member.isdir():
                entries.add(path)
            out.addfile(member, tar.extractfile(member) if member.isreg() else None)


def _add(out: tarfile.TarFile, path: str, data: bytes) -> None:
    info = tarfile.TarInfo(path)
    info.size, info.mode = len(data), 0o644
    out.addfile(info, io.BytesIO(data))
