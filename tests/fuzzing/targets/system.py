"""Package databases and other files of operating systems."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import rpm_samples
from dunnage.io.body import MemoryBody
from dunnage.io.tables import table
from dunnage.model.errors import InputError
from dunnage.parsers import apkdb, deb822, debian_copyright, rpm_header, rpmdb_bdb, sqlite_wal
from dunnage.parsers.distribution import identify, override
from dunnage.parsers.licence import Vocabulary, classify
from fuzzing import samples
from fuzzing.hand import TIGHT, fact_of, joined, packed, split
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_APK = b"P:musl\nV:1.2.4-r2\nA:x86_64\no:musl\nD:so:libc a>1 !b\np:c=1\nF:lib\nR:ld.so\n\nP:x\n\n"
_DEB = (
    b"Package: tar\nStatus: install ok installed\nSource: tar (1.0)\nVersion: 1.34\n"
    b"Depends: libc6 (>= 2.34) | x, y:any [amd64] <!nocheck>\nDescription: a\n b\n .\n\n"
)
_LISTS = (
    "var/lib/dpkg/status",
    "var/lib/dpkg/status.d/tar",
    "var/lib/dpkg/status.d/tar.md5sums",
    "var/lib/dpkg/info/tar.list",
    "usr/share/doc/tar/copyright",
)
_RELEASE = b'ID=debian\nVERSION_ID="12"\nNAME="Debian"\nVERSION_CODENAME=bookworm\nID_LIKE=x\n'
_RELEASES = (
    "etc/os-release",
    "etc/lsb-release",
    "etc/centos-release",
    "etc/alpine-release",
    "etc/debian_version",
    "etc/apk/repositories",
    "etc/SuSE-release",
)


def _apk(data: bytes) -> int:
    fact = fact_of("apk", "lib/apk/db/installed", data, TIGHT)
    names = apkdb.names(data[:500].decode("latin-1"))
    assert all(names)
    return len(fact.packages)


def _deb822(data: bytes) -> int:
    text = data.decode("utf-8", "replace")
    count = 0
    for fields in deb822.paragraphs(text.splitlines(keepends=True)):
        if isinstance(fields, dict):
            assert fields
            assert all(key == key.lower() and not key.isspace() for key in fields)
            count += 1
            for value in fields.values():
                deb822.relation_names(value)
                deb822.source(value)
    return count


def _dpkg(data: bytes) -> tuple[int, int]:
    parts = split(data, len(_LISTS))
    facts = [fact_of("dpkg", path, part) for path, part in zip(_LISTS, parts, strict=True)]
    made = joined("dpkg", *facts)
    return sum(len(fact.packages) for fact in made), sum(len(fact.files) for fact in made)


def _header(data: bytes) -> tuple[int, int]:
    header = rpm_header.Header(data)
    for tag in rpm_header.Tag:
        for read in (header.texts, header.ints):
            try:
                read(tag)
            except InputError:
                continue
    rpm_header.source(header.text(rpm_header.Tag.SOURCERPM))
    return len(header.version), len(list(header.files()))


def _rpm(name: str) -> Callable[[bytes], tuple[int, int]]:
    def run(data: bytes) -> tuple[int, int]:
        fact = fact_of("rpm", f"var/lib/rpm/{name}", data, TIGHT)
        assert len(fact.packages) <= TIGHT.packages
        joined("rpm", fact)
        return len(fact.packages), len(fact.problems)

    return run


def _wal(data: bytes) -> tuple[int, int]:
    database, log = split(data, 2)
    first = fact_of("rpm", "var/lib/rpm/rpmdb.sqlite", database, TIGHT)
    second = fact_of("rpm", "var/lib/rpm/rpmdb.sqlite-wal", _checked(log), TIGHT)
    made = joined("rpm", first, second)
    assert joined("rpm", second) is not None
    return sum(len(fact.packages) for fact in made), len(second.notes)


def _checked(log: bytes) -> bytes:
    """Return a write-ahead log with salts and check sums set right."""
    if len(log) < 32:
        return log
    size = int.from_bytes(log[8:12], "big")
    order = ">" if log[3] & 1 else "<"
    sums = sqlite_wal._checksum(log[:24], (0, 0), order)
    made = [log[:24] + struct.pack(">II", *sums)]
    step = 24 + size
    for at in range(32, len(log) - step + 1 if 512 <= size <= 65536 else 0, step):
        head, page = log[at : at + 8], log[at + 24 : at + step]
        whole = page[: len(page) // 8 * 8]
        sums = sqlite_wal._checksum(whole, sqlite_wal._checksum(head, sums, order), order)
        made.append(head + log[16:24] + struct.pack(">II", *sums) + page)
    return b"".join(made)


def _copyright(data: bytes) -> int:
    vocabulary = Vocabulary.of(table("licences"))
    for name in debian_copyright.licences(data):
        classify(name, vocabulary)
    text = data.decode("latin-1")
    found = classify(text, vocabulary)
    again = classify(found.value, vocabulary)
    assert again == found, "an expression in its canonical spelling stays as it is"
    return len(found.form.value)


def _os_release(data: bytes) -> str:
    parts = split(data, len(_RELEASES))
    pairs = zip(_RELEASES, parts, strict=True)
    facts = [fact_of("os-release", path, part) for path, part in pairs if part]
    system, _ = identify(facts, table("distros"))
    return system.ecosystem if system else "none"


def _override(data: bytes) -> str:
    return override(data.decode("utf-8", "replace"), table("distros")).ecosystem


def _seeds(built: Iterable[bytes], *real: tuple[str, str, int]) -> Callable[[], Iterator[bytes]]:
    def seeds() -> Iterator[bytes]:
        yield from built
        for archive, ending, most in real:
            yield from samples.inside(archive, lambda n, e=ending: n.endswith(e), most, 5)  # type: ignore[misc]  # a default binds the loop's value

    return seeds


def _headers() -> Iterator[bytes]:
    yield rpm_samples.package("bash", "5.1")
    yield rpm_samples.package("a", padding=300)
    yield rpm_samples.header({rpm_header.Tag.NAME: "x", rpm_header.Tag.EPOCH: [7]})


def _sqlite(*, log: bool) -> bytes:
    """Return a small database, or its write-ahead log."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rpmdb.sqlite"
        sizes = (0, 10, 900, 5000)
        headers = [rpm_samples.package(f"p{n}", padding=n) for n in sizes]
        if not log:
            rpm_samples.sqlite(path, headers, page_size=512)
            return path.read_bytes()
        return _with_log(path, headers)


def _with_log(path: Path, headers: list[bytes]) -> bytes:
    import sqlite3
    from contextlib import closing

    rpm_samples.sqlite(path, headers[:2], page_size=512, wal=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as link:
        for blob in headers[2:]:
            link.execute("INSERT INTO Packages (blob) VALUES (?)", (blob,))
        return packed(path.read_bytes(), Path(f"{path}-wal").read_bytes())


def _real_header() -> Iterator[bytes]:
    for data in samples.inside("rpm/dive-single-rpmdb-bdb.tar.gz", bool, 1 << 20, 2):
        for blob in _bdb_headers(data):
            yield blob[:8192]


def _bdb_headers(data: bytes) -> list[bytes]:
    """Return the headers of a Berkeley DB of the shared data."""
    found = rpmdb_bdb.blobs(MemoryBody(data).read, len(data))
    return [blob for blob in found if isinstance(blob, bytes)]


TARGETS = {
    "apkdb": Target(
        "parsers/apkdb.py",
        _apk,
        _seeds([_APK], ("alpine/alpine-apkdb-3.16.9-x86_64.tar.gz", "db/installed", 6000)),
        words=(b"\n\n", b"\nP:", b"\nV:", b"\nF:", b"\nR:", b"\nD:", b"\np:", b"!", b"so:"),
    ),
    "deb822": Target(
        "parsers/deb822.py",
        _deb822,
        _seeds([_DEB], ("dpkg/debian-trixie-minbase-dpkgdb.tar.gz", "dpkg/status", 6000)),
        words=(b"\n\n", b"\n ", b"\n#", b": ", b" (>= ", b"|", b"[", b"<", b"\r\n"),
    ),
    "dpkg": Target(
        "catalogers/dpkg.py",
        _dpkg,
        _seeds(
            [
                packed(
                    _DEB,
                    _DEB,
                    b"d41d8  usr/bin/tar\n",
                    b"/.\n/usr/bin/tar\n",
                    b"Format: x\nLicense: GPL-2+\n",
                ),
                packed(_DEB * 3, b"", b"", b"/.\n", b"/usr/share/common-licenses/GPL-2"),
            ]
        ),
        words=(b"\nStatus: ", b"deinstall ok config-files", b"half-configured", b"\n\n", b": "),
    ),
    "rpm-header": Target(
        "parsers/rpm_header.py",
        _header,
        lambda: (*_headers(), *_real_header()),
        words=(b"\x8e\xad\xe8\x01\0\0\0\0", b"\0\0\x03\xe8", b"\0\0\x04\x5d", b"\0\0\0\x09"),
    ),
    "rpmdb-bdb": Target(
        "parsers/rpmdb_bdb.py",
        _rpm("Packages"),
        _seeds(
            [rpm_samples.bdb(list(_headers()), order) for order in "<>"],
            ("rpm/dive-single-rpmdb-bdb.tar.gz", "Packages", 20_000),
        ),
        most=24_576,
    ),
    "rpmdb-ndb": Target(
        "parsers/rpmdb_ndb.py",
        _rpm("Packages.db"),
        _seeds([rpm_samples.ndb(list(_headers()))]),
        words=(b"Slot", b"BlbS", b"BlbE", b"RpmP"),
        most=12_288,
    ),
    "rpmdb-sqlite": Target(
        "parsers/rpmdb_sqlite.py",
        _rpm("rpmdb.sqlite"),
        lambda: [_sqlite(log=False)],
        words=(b"SQLite format 3\0", b"\x0d", b"\x05", b"Packages", b"\x81\x80"),
        most=24_576,
    ),
    "rpmdb-wal": Target(
        "parsers/sqlite_wal.py",
        _wal,
        lambda: [_sqlite(log=True)],
        words=(b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83", b"\x0d", b"\x05"),
        most=49_152,
    ),
    "rpm-manifest": Target(
        "catalogers/rpm.py",
        lambda data: len(fact_of("rpm", "var/lib/rpmmanifest/container-manifest-2", data).packages),
        _seeds([b"bash\t5.1-1\t1\t2\tMicrosoft\t(none)\t7\tx86_64\t0\tbash-5.1-1.src.rpm\n"]),
        words=(b"\t", b"(none)", b"\n"),
    ),
    "debian-copyright": Target(
        "parsers/debian_copyright.py",
        _copyright,
        _seeds(
            [b"Format: https://x\n\nFiles: *\nLicense: GPL-2+ or Artistic\n", b"MIT AND (X11)"],
            ("dpkg/debian-trixie-minbase-dpkgdb.tar.gz", "/copyright", 4000),
        ),
        "a classified licence stays what it is",
        words=(b"\nLicense: ", b"/usr/share/common-licenses/", b" WITH ", b" AND ", b"(", b"+"),
    ),
    "os-release": Target(
        "parsers/distribution.py",
        _os_release,
        _seeds(
            [
                packed(_RELEASE, b"", b"", b"", b"12.1\n", b"", b""),
                packed(b"", b"DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=20.04\n", b"", b"", b"", b"", b""),
                packed(b"", b"", b"CentOS release 6.10 (Final)\n", b"", b"", b"", b""),
                packed(b"ID=alpine\n", b"", b"", b"3.19.4\n", b"", b"http://x/v3.18/main\n", b""),
                packed(b"", b"", b"", b"", b"", b"", b"SUSE Linux 11\nPATCHLEVEL = 4\n"),
            ]
        ),
        words=(b"\nID=", b"\nVERSION_ID=", b'"', b"'", b"\\", b"edge", b"opensuse-leap", b"ol"),
    ),
    "distro-option": Target(
        "parsers/distribution.py",
        _override,
        _seeds([b"alpine/3.19", b"debian/sid", b"ubuntu/jammy", b"opensuse-leap-15.5", b"rhel:8"]),
        allowed=(ValueError,),
        words=(b"/", b":", b"-", b"stream", b"edge", b"v", b"\xc2\xb2"),
        most=200,
    ),
}
