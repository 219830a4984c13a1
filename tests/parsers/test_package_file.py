"""Package files made by hand: what each format says, and what is said of broken ones."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import package_samples as make
from bodies import Memory
from dunnage.model.errors import InputError, LimitError
from dunnage.model.limits import Limits
from dunnage.model.package import Package
from dunnage.parsers.package_file import PackageFile, read
from images import compress

LIMITS = Limits()


def package(data: bytes) -> Package:
    """Return the package of a file that must be one."""
    found = read(Memory(data), LIMITS)
    assert found is not None
    return found.package


@pytest.mark.parametrize("how", ["none", "gzip", "xz", "zstd"])
def test_debian(how: str) -> None:
    """deb(5): the control part may be compressed in three ways or not at all."""
    assert package(make.deb(how)) == Package(
        type="deb",
        name="hello",
        version="1:2.10-3+b1",
        arch="amd64",
        source="hello-src",
        source_version="2.10-2",
        depends=("libc6", "debconf", "debconf-2.0", "python3"),
        provides=("greeting",),
        supplier="Ann <ann@example.org>",
    )


def test_debian_members_with_an_underscore_are_skipped() -> None:
    """deb(5): they may be put between the others, and names may end with a slash."""
    control = compress(make.tar({"control": make.CONTROL.encode()}), "gzip")
    members = {"debian-binary/": b"2.1\nmore\n", "_extra": b"odd", "control.tar.gz/": control}
    data = make.ar({**members, "_more": b"", "data.tar": make.tar({}), "_gpgorigin": b"x"})
    assert package(data).name == "hello"


def test_rpm() -> None:
    """The header comes after lead and signature; rpm's own features are no dependencies."""
    assert package(make.rpm()) == Package(
        type="rpm",
        name="hello",
        version="1:2.12-3.el9",
        arch="x86_64",
        source="greetings",
        source_version="2.12-3.el9",
        licenses=("GPL-3.0-or-later",),
        depends=("libc.so.6()(64bit)", "/bin/sh"),
        provides=("greeting",),
        supplier="Example",
    )


def test_source_rpm() -> None:
    """Its architecture is ``src``, whatever machine it was made on, and it has no source."""
    found = package(make.rpm(is_source=True))
    assert (found.arch, found.source) == ("src", "")


def test_wheel() -> None:
    """METADATA at the top counts, not that of a copy further down."""
    assert package(make.wheel()) == Package(
        type="pypi",
        name="Hello_World",
        version="1.2.3.post1",
        licenses=("MIT",),
        depends=("charset-normalizer",),
        supplier="Ann <ann@example.org>",
    )


def test_wheel_without_name_in_its_metadata() -> None:
    """The name of the directory says it, too."""
    found = package(make.wheel("Metadata-Version: 2.1\n"))
    assert (found.name, found.version) == ("hello_world", "1.2.3.post1")


@pytest.mark.parametrize("signed", [True, False])
def test_apk(*, signed: bool) -> None:
    """apk-v2(5): signatures come first if there are any."""
    assert package(make.apk(signed=signed)) == Package(
        type="apk",
        name="hello",
        version="2.12.1-r3",
        arch="x86_64",
        source="greetings",
        source_version="2.12.1-r3",
        licenses=("GPL-3.0-or-later",),
        depends=("so:libc.musl-x86_64.so.1", "busybox"),
        provides=("cmd:hello",),
        supplier="Ann <ann@example.org>",
    )


@pytest.mark.parametrize("folder", ["package", "hello"])
def test_npm(folder: str) -> None:
    """The directory may have any name; a package.json further down is another package's."""
    assert package(make.npm(folder)) == Package(
        type="npm",
        name="@greet/hello",
        version="4.17.20",
        licenses=("MIT",),
        depends=("lodash",),
        supplier="Ann",
    )


def test_npm_last_of_two_descriptions_counts() -> None:
    """When a tarball is unpacked the last file of one name stays."""
    late = make.tar({"package/package.json": b'{"name": "late", "version": "2"}'})
    early = make.tar({"package/package.json": b'{"name": "early", "version": "1"}'}, end=False)
    assert package(gzip.compress(early + late)).name == "late"


def test_npm_bundled_packages_are_counted() -> None:
    """Scoped or not, they are not examined, and somebody has to say so."""
    found = read(Memory(make.npm(bundled=3)), LIMITS)
    assert isinstance(found, PackageFile)
    assert found.bundled == 3


def _zip(names: list[str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "Name: x\nVersion: 1\n")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        b"\x7fELF" + bytes(100),
        _zip(["META-INF/MANIFEST.MF"]),
        _zip(["a-1.dist-info/METADATA"]),
        _zip([f"{n}-1.dist-info/{f}" for n in "ab" for f in ("METADATA", "WHEEL")]),
        gzip.compress(make.tar({"etc/os-release": b"", "usr/x": b""})),
        gzip.compress(make.tar({"app/main.js": b"", "app/package.json": b'{"name": "app"}'})),
        gzip.compress(make.tar({"app/package.json": b"{"})),
        make.npm("app", bundled=1),
        gzip.compress(bytes(1024)),
    ],
)
def test_other_files_are_none(data: bytes) -> None:
    """Jars, applications, root file systems and anything else are not taken for packages."""
    assert read(Memory(data), LIMITS) is None


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


BROKEN = {
    "static library": (make.ar({"x.o/": b"x"}), "no Debian package"),
    "empty ar": (b"!<arch>\n", "no Debian package"),
    "deb of the future": (make.ar({"debian-binary": b"3.0\n"}), "format version"),
    "deb without control": (make.ar({"debian-binary": b"2.0\n", "data.tar": b""}), "control.tar"),
    "deb without files": (make.deb()[:200] + b"", "ends too early"),
    "deb without version": (make.deb(control="Package: a\n"), "no version"),
    "deb without fields": (make.deb(control=""), "no name"),
    "deb with nonsense": (make.deb(control="x\n"), "not a field"),
    "deb with two words": (make.deb(control="Package: a b\nVersion: 1\n"), "absurd"),
    "cut deb": (_cut(make.deb()), "too early"),
    "cut rpm": (make.rpm()[:-1], "ends 1 bytes too early"),
    "rpm lead": (make.rpm()[:96], "signature header is missing"),
    "rpm cut in its header": (make.rpm()[:300], "beyond the end"),
    "cut wheel": (_cut(make.wheel()), "its end is missing"),
    "cut apk": (make.apk()[:-9], "too early"),
    "apk without PKGINFO": (
        gzip.compress(make.tar({".SIGN.RSA.x": b"", "usr/x": b"", "x/.PKGINFO": b""})),
        "without .PKGINFO",
    ),
    "apk without version": (make.apk("pkgname = a\n"), "no version"),
    "Arch Linux": (make.apk("pkgname = a\npkgbase = a\npkgver = 1-1\n"), "Arch Linux"),
    "apk 3": (b"ADBd" + bytes(50), "version 3"),
    "cut npm": (make.npm()[:-9], "too early"),
    "broken package.json": (make.npm(text=b"{"), "not JSON"),
    "package.json without version": (make.npm(text=b'{"name": "a"}'), "no version"),
    "list": (make.npm(text=b"[]"), "no JSON object"),
    "gzip of text": (gzip.compress(b"hello\n" * 200), "no tar header"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_told_in_one_line(name: str) -> None:
    """What is recognised by its first bytes and then cannot be read is an error, never a zero."""
    data, expected = BROKEN[name]
    with pytest.raises(InputError, match=expected) as caught:
        read(Memory(data), LIMITS)
    assert "\n" not in str(caught.value)


def _fails(data: bytes) -> bool:
    try:
        read(Memory(data), LIMITS)
    except InputError:
        return True
    return False


def test_every_cut_is_noticed() -> None:
    """No package file that ends too early passes for a whole one."""
    passed = [
        (name, size)
        for name, data in make.samples().items()
        for size in range(8, len(data))
        if not _fails(data[:size])
    ]
    assert passed == []


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        (make.npm(), replace(LIMITS, spill_body=1000)),
        (make.npm(), replace(LIMITS, text_bytes=10)),
        (make.npm(), replace(LIMITS, archive_members=2)),
        (make.deb(), replace(LIMITS, text_bytes=10)),
        (make.apk(), replace(LIMITS, text_bytes=10)),
        (make.wheel(), replace(LIMITS, archive_members=2)),
        (make.rpm()[:104] + b"\0\0\0\1\x10\0\0\0" + bytes(8), LIMITS),
    ],
)
def test_bounds_hold(data: bytes, limits: Limits) -> None:
    """Sizes and numbers of entries are bounded."""
    with pytest.raises(LimitError):
        read(Memory(data), limits)


def test_a_bomb_is_not_unpacked() -> None:
    """A control part of 65 MB of zeros is given up."""
    big = make.tar({"./control": make.CONTROL.encode(), "./x": bytes(65 << 20)})
    members = {"debian-binary": b"2.0\n", "control.tar.gz": gzip.compress(big, 1), "data.tar": b""}
    with pytest.raises(LimitError):
        read(Memory(make.ar(members)), LIMITS)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(make.samples())), st.data())
def test_changed_bytes_raise_nothing_else(name: str, data: st.DataObject) -> None:
    """Whatever is changed, it is a package with a sane name, nothing, or an InputError."""
    whole = bytearray(make.samples()[name])
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    _judge(bytes(whole))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["deb", "apk", "wheel", "npm"]),
    st.text('ab:=-. \n\t#\0\x1bé\u202e\ud800{}[]",NameVersionPackagepkgver', max_size=80),
)
def test_any_metadata_raises_nothing_else(kind: str, text: str) -> None:
    """The same for the metadata inside a package file that is whole."""
    text = text.encode("utf-8", "replace").decode()
    if kind == "deb":
        _judge(make.deb("none", f"Package: {text}\nVersion: {text}\n{text}"))
    elif kind == "apk":
        _judge(make.apk(f"pkgname = {text}\npkgver = 1\n{text}"))
    elif kind == "wheel":
        _judge(make.wheel(f"Name: {text}\nVersion: 1\n{text}"))
    else:
        document = {"name": text, "version": text, "license": text, "dependencies": {text: "1"}}
        _judge(make.npm(text=json.dumps(document).encode()))


def _judge(data: bytes) -> None:
    try:
        found = read(Memory(data), LIMITS)
    except InputError as error:
        assert error.message  # noqa: PT017 - that nothing else is raised is the point
        return
    if found is not None:
        assert found.package.name
        assert found.package.version
        assert (found.package.name + found.package.version).isprintable()
        str(found.package.purl).encode()
