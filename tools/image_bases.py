"""Makes stand-ins for the base images of the Dockerfile out of Debian packages.

For places without an image registry: the Dockerfile builds on them unmodified, under the names of
the published images. They are like those where it matters here (Debian 13, its Python, the layout
of the package database, user 65532), and they are not those: never publish what is built on them.

::

    python tools/image_bases.py build/bases     # build/bases/builder.tar, build/bases/runtime.tar

Needs ``apt-get`` and ``dpkg-deb``, and a Debian mirror. apt's own settings are left alone.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITES = (
    (MIRROR, "trixie"),
    (MIRROR, "trixie-updates"),
    (f"{MIRROR}-security", "trixie-security"),
)
BUILDER = (
    *("base-files", "bash", "ca-certificates", "coreutils", "dash", "findutils", "grep"),
    *("python3", "python3-pip", "python3-venv", "sed", "tar"),
)
"""Packages of the builder; what they depend on comes with them."""
RUNTIME = (
    *("base-files", "media-types", "netbase", "tzdata", "gcc-14-base", "libc6", "libgcc-s1"),
    *("libgomp1", "libssl3t64", "libstdc++6", "zlib1g", "libbz2-1.0", "libdb5.3t64", "libexpat1"),
    *("libffi8", "liblzma5", "libncursesw6", "libreadline8t64", "libsqlite3-0", "libtinfo6"),
    *("libuuid1", "libzstd1", "libpython3.13-minimal", "libpython3.13-stdlib"),
    "python3.13-minimal",
)
"""Packages of the runtime, and nothing that they merely depend on."""
NONROOT = 65532
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
_UNWANTED = ("usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/share/bug")


def main(words: list[str]) -> int:
    """Make both archives in a directory; return the exit code."""
    if len(words) != 1 or words[0].startswith("-"):
        print("usage: image_bases.py DIRECTORY", file=sys.stderr)
        return 2
    missing = [name for name in ("apt-get", "dpkg-deb") if shutil.which(name) is None]
    if missing:
        print(f"not installed here: {', '.join(missing)}", file=sys.stderr)
        return 2
    folder = Path(words[0]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    tool = apt(folder / "apt")
    try:
        pack(builder(folder, tool), folder / "builder.tar")
        pack(runtime(folder, tool), folder / "runtime.tar")
    except subprocess.CalledProcessError as error:
        told = error.stderr.decode("utf-8", "replace").strip().splitlines()
        print(f"{error.cmd[0]} failed: {told[-1] if told else 'no message'}", file=sys.stderr)
        return 3
    return 0


def _run(*words: str | Path) -> bytes:
    return subprocess.run(words, check=True, capture_output=True).stdout


def apt(folder: Path) -> tuple[str, ...]:
    """Return the beginning of an apt command line that knows nothing of this machine.

    Args:
        folder: Where it keeps what it knows and downloads.

    Raises:
        CalledProcessError: If the package lists cannot be fetched.
    """
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "status").write_bytes(b"")
    lines = [f"deb [signed-by={KEYRING}] {url} {suite} main" for url, suite in SUITES]
    (folder / "sources.list").write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = {
        "Dir::State": folder,
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
    }
    options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    _run("apt-get", *options, "-qq", "update")
    return ("apt-get", *options, "-qq")


def builder(
    folder: Path,
    apt: tuple[str, ...],
    more: tuple[str, ...] = (),
    packages: tuple[str, ...] = BUILDER,
) -> Path:
    """Unpack what the first stage needs; return the root file system.

    It trusts the certificates that this machine trusts, as its package index may be a local one.

    Args:
        folder: Where to work.
        apt: The beginning of an apt command line.
        more: Further packages.
        packages: Instead of those of the builder.
    """
    _run(*apt, "install", "--yes", "--download-only", *packages, *more)
    root = _fresh(folder / "builder")
    for path in sorted((folder / "apt/cache/archives").glob("*.deb")):
        _run("dpkg-deb", "--extract", path, root)
    own = Path("/") / CERTIFICATES
    (root / CERTIFICATES).parent.mkdir(parents=True, exist_ok=True)
    (root / CERTIFICATES).write_bytes(own.read_bytes() if own.is_file() else _mozilla(root))
    (root / "etc/pip.conf").write_text(f"[global]\ncert = /{CERTIFICATES}\n", encoding="utf-8")
    return root


def runtime(
    folder: Path,
    apt: tuple[str, ...],
    packages: tuple[str, ...] = RUNTIME,
    name: str = "runtime",
) -> Path:
    """Unpack what runs, in the layout of distroless images; return the root file system.

    Args:
        folder: Where to work; ``builder`` has worked there before.
        apt: The beginning of an apt command line.
        packages: What to unpack.
        name: Of the directory that is made.
    """
    debs = _fresh(folder / f"debs-{name}")
    subprocess.run([*apt, "download", *packages], cwd=debs, check=True, capture_output=True)
    root = _fresh(folder / name)
    known = root / "var/lib/dpkg/status.d"
    known.mkdir(parents=True)
    for path in sorted(debs.glob("*.deb")):
        _run("dpkg-deb", "--extract", path, root)
        package = path.name.partition("_")[0]
        (known / package).write_bytes(_run("dpkg-deb", "--field", path))
        (known / f"{package}.md5sums").write_bytes(_sums(path))
    for unwanted in _UNWANTED:
        shutil.rmtree(root / unwanted, ignore_errors=True)
    if "python3.13-minimal" in packages:
        for link in ("python", "python3"):
            (root / "usr/bin" / link).symlink_to("python3.13")
    (root / CERTIFICATES).parent.mkdir(parents=True, exist_ok=True)
    (root / CERTIFICATES).write_bytes(_mozilla(folder / "builder"))
    accounts = f"root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:{NONROOT}:{NONROOT}:nonroot:"
    (root / "etc/passwd").write_text(f"{accounts}/home/nonroot:/sbin/nologin\n", encoding="utf-8")
    (root / "etc/group").write_text(f"root:x:0:\nnonroot:x:{NONROOT}:\n", encoding="utf-8")
    (root / "home/nonroot").mkdir(mode=0o700)
    return root


def _fresh(root: Path) -> Path:
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    return root


def _sums(deb: Path) -> bytes:
    """Return the checksums that a package carries of its own files."""
    with tarfile.open(fileobj=io.BytesIO(_run("dpkg-deb", "--ctrl-tarfile", deb))) as control:
        names = {name.removeprefix("./"): name for name in control.getnames()}
        found = control.extractfile(names["md5sums"]) if "md5sums" in names else None
        return found.read() if found else b""


def _mozilla(root: Path) -> bytes:
    """Return the certificates of the package ca-certificates in one file."""
    found = sorted((root / "usr/share/ca-certificates").rglob("*.crt"))
    return b"".join(path.read_bytes() for path in found)


def pack(root: Path, target: Path) -> None:
    """Write a root file system as a tar, everything owned by root but the home of the user."""

    def owned(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = NONROOT if entry.name == "home/nonroot" else 0
        entry.uname = entry.gname = ""
        return entry

    with tarfile.open(target, "w") as made:
        for path in sorted(root.iterdir()):
            made.add(path, path.name, filter=owned)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
