"""Archives and the package metadata inside them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import programs
from dunnage.advisories import _zip
from dunnage.catalogers._java_identity import identify
from dunnage.io.body import MemoryBody
from dunnage.model.errors import InputError
from dunnage.parsers import java_manifest, package_json, python_metadata, zip_directory, zip_member
from fuzzing import samples
from fuzzing.hand import TIGHT, fact_of
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANIFEST = (
    b"Manifest-Version: 1.0\r\nImplementation-Title: shop\r\nImplementation-Version: 1.2\r\n"
    b"Bundle-SymbolicName: org.exam\r\n ple.shop;singleton:=true\r\nBundle-License: a;link=b,c\r\n"
    b"\r\nName: x\r\nSealed: true\r\n"
)
_METADATA = (
    b"Metadata-Version: 2.1\nName: requests\nVersion: 2.19.1\nLicense: Apache 2.0\n"
    b"Classifier: License :: OSI Approved :: MIT License\nAuthor: K <k@x>\n"
    b"Requires-Dist: chardet (<3.1.0,>=3.0.2)\nRequires-Dist: x ; extra == 'socks'\n\nText\n"
)
_PACKAGE = (
    b'{"name":"@a/b","version":"v1.2.3","license":{"type":"MIT"},"licenses":[{"type":"X"}],'
    b'"author":{"name":"N"},"dependencies":{"c":"^1"}}'
)


def _walked(data: bytes) -> tuple[int, int]:
    """Read all members; what the standard library reads without complaint must be the same."""
    body = MemoryBody(data)
    directory = zip_directory.find(body)
    count = total = 0
    for member in zip_directory.members(body, directory, (b"",)):
        count += 1
        left = 1 << 20
        try:
            reader = zip_member.MemberReader(body, member, lambda _: None)
            while left > 0 and (part := reader.read(65536)):
                left -= len(part)
                total += len(part)
        except InputError:
            continue
        if count > 200:
            break
    return count, total


def _feed_zip(data: bytes) -> tuple[int, int]:
    found = list(_zip.members(io.BytesIO(data)))
    assert all((member.data is None) == bool(member.problem) for member in found)
    good = {member.name: member.data for member in found if member.data is not None}
    for name, content in _library(data):
        if name in good and [member.name for member in found].count(name) == 1:
            assert good[name] == content, "the standard library reads something else"
    return len(found), len(good)


def _library(data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist()[:20]:
                if info.file_size < 1 << 20 and info.filename.isascii():
                    yield info.orig_filename, archive.read(info)
    except (zipfile.BadZipFile, OSError, ValueError, zlib.error, EOFError, struct.error):
        return
    except (NotImplementedError, RuntimeError, UnicodeError, OverflowError):
        return


def _jar(data: bytes) -> tuple[int, int]:
    fact = fact_of("java-archive", "app/shop-1.2.jar", _repaired(data), TIGHT)
    assert len(fact.packages) <= TIGHT.packages
    return len(fact.packages), len(fact.problems)


def _repaired(data: bytes) -> bytes:
    """Return an archive with the check sums of members that are not compressed set right."""
    body = MemoryBody(data)
    changes: list[tuple[int, int]] = []
    try:
        directory = zip_directory.find(body)
        at = directory.offset
        for _ in range(min(directory.count, 50)):
            fields = zip_directory._ENTRY.unpack_from(data, at)
            if fields[4] == 0 and fields[8] == fields[9] < len(data):
                head = fields[16] + directory.shift
                sizes = struct.unpack_from("<HH", data, head + 26)
                start = head + 30 + sum(sizes)
                changes.append((at + 16, zlib.crc32(data[start : start + fields[8]])))
            at += 46 + fields[10] + fields[11] + fields[12]
    except (InputError, struct.error):
        pass
    for at, value in changes:
        data = data[:at] + struct.pack("<I", value) + data[at + 4 :]
    return data


def _egg(data: bytes) -> int:
    return len(fact_of("python-package", "x/a-1.0-py3.egg", _repaired(data), TIGHT).packages)


def _manifest(data: bytes) -> tuple[int, int]:
    attributes = java_manifest.main_section(data)
    found = identify("shop-1.2", attributes)
    identify("shop", attributes, mixed=True)
    return len(attributes), 0 if found is None else len(found.version)


def _metadata(data: bytes) -> int:
    told = python_metadata.parse(data)
    assert all(len(name) <= python_metadata.MAX_LICENCE for name in told.licenses[:1])
    try:
        fact_of("python-package", "x/requests-2.19.1.dist-info/METADATA", data)
    except InputError:
        return -1
    return len(told.requires)


def _package(data: bytes) -> int:
    fact_of("node-package", "app/node_modules/b/package.json", data)
    told = package_json.parse(data)
    assert (told.name + told.version).isprintable()
    return len(told.depends)


def _jars() -> Iterator[bytes]:
    pom = programs.pom("org.example", "shop", "1.2")
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        inner = programs.archive({"META-INF/MANIFEST.MF": _MANIFEST, **pom}, method)
        middle = programs.archive({"lib/a-1.0.jar": inner, "META-INF/MANIFEST.MF": b"A: b"}, method)
        yield inner
        yield programs.archive({"WEB-INF/lib/b.war": middle, **pom}, method)
    yield b"#!/bin/sh\n" + programs.archive(pom, zipfile.ZIP_STORED)
    yield _wide(programs.archive(pom, zipfile.ZIP_STORED))
    yield from samples.inside("lang/java-jars.tar.gz", lambda n: n.endswith(".jar"), 8000, 2)


def _wide(data: bytes) -> bytes:
    """Return an archive of one member with a ZIP64 end record."""
    at = data.rindex(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<HII", data, at + 10)
    end = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1)
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, *(0xFFFF,) * 2, *(0xFFFFFFFF,) * 2, 0)
    return data[:at] + end + locator + tail


_ZIP_WORDS = (
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"PK\x06\x07",
    b"\xff\xff",
)
TARGETS = {
    "zip": Target(
        "parsers/zip_directory.py, parsers/zip_member.py", _walked, _jars, words=_ZIP_WORDS
    ),
    "feed-zip": Target(
        "advisories/_zip.py",
        _feed_zip,
        lambda: [*_jars(), programs.archive({"a.json": b"{}" * 50, "b.json": b"[]"})],
        "content is what the standard library's zipfile reads",
        words=_ZIP_WORDS,
    ),
    "java-archive": Target(
        "catalogers/java_archive.py",
        _jar,
        _jars,
        words=(*_ZIP_WORDS, b"META-INF/MANIFEST.MF", b"/pom.properties", b".jar", b"version="),
        most=16_384,
    ),
    "python-egg": Target(
        "catalogers/python_package.py",
        _egg,
        lambda: [
            programs.archive({"EGG-INFO/PKG-INFO": _METADATA}, method)
            for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        ],
        words=(*_ZIP_WORDS, b"EGG-INFO/PKG-INFO", b"\nName: "),
    ),
    "java-manifest": Target(
        "parsers/java_manifest.py",
        lambda data: (_manifest(data), len(java_manifest.properties(data))),
        lambda: [_MANIFEST, b"#c\ngroupId=a\\\n  b\nartifactId : x\\u0041\nversion=1\n"],
        words=(
            b"\r\n ",
            b"\nBundle-SymbolicName: ",
            b"\nImplementation-Version: ",
            b"\\u00",
            b"\\",
        ),
    ),
    "python-metadata": Target(
        "parsers/python_metadata.py",
        _metadata,
        lambda: [
            _METADATA,
            *samples.inside(
                "lang/python-npm-vulnerable-app.tar.gz", lambda n: n.endswith("/METADATA"), 3000, 5
            ),
        ],
        words=(b"\nName: ", b"\nVersion: ", b"\nRequires-Dist: ", b"; extra == ", b"\n ", b"\n\n"),
    ),
    "package-json": Target(
        "parsers/package_json.py",
        _package,
        lambda: [
            _PACKAGE,
            *samples.inside(
                "lang/python-npm-vulnerable-app.tar.gz",
                lambda n: n.endswith("/package.json"),
                3000,
                5,
            ),
        ],
        words=(b'"version":', b'"license":', b'"dependencies":{', b"[", b"{", b"1e999", b"\\ud800"),
    ),
}
