"""Maven packages are told from real and made-up Java archives, nested ones included."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from itertools import pairwise

import pytest
from msgspec.structs import replace

from dunnage.catalogers import java_archive
from dunnage.catalogers._java_identity import Identity, identify
from dunnage.io.tables import table
from dunnage.model.errors import InputError, LimitError
from dunnage.model.limits import Limits
from programs import archive, examine, listed, pom
from support import data_root

SNAKE = archive(pom("org.yaml", "snakeyaml", "1.33"))
TEXT = archive(pom("org.apache.commons", "commons-text", "1.10.0"))


def test_real_jars() -> None:
    """Two jars have pom.properties, the third only a manifest; each gets its SHA-1."""
    found = {}
    with tarfile.open(data_root() / "images/lang/java-jars.tar.gz") as tar:
        for entry in tar:
            stream = tar.extractfile(entry) if entry.name.endswith(".jar") else None
            if stream is None:
                continue
            data = stream.read()
            fact = examine(java_archive.parse, entry.name, data)
            (package,) = fact.packages
            found[str(package.purl)] = package
            assert package.hashes == (("sha-1", hashlib.sha1(data).hexdigest()),)  # noqa: S324 - Maven's own
            assert fact.problems == ()
    assert set(found) == {
        "pkg:maven/org.yaml/snakeyaml@1.33",
        "pkg:maven/org.apache.commons/commons-text@1.10.0",
        "pkg:maven/org.springframework/spring-beans@4.3.30.RELEASE",
    }


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_nested(method: int) -> None:
    """Archives within archives are read at any depth, and say where they are."""
    war = archive({"WEB-INF/lib/snakeyaml-1.33.jar": SNAKE, "WEB-INF/lib/readme": b""}, method)
    ear = archive({"app.war": war, "lib/text.JAR": TEXT}, method)
    fact = examine(java_archive.parse, "opt/app.ear", ear)
    assert {package.title: package.locations[0].path for package in fact.packages} == {
        "org.yaml:snakeyaml": "opt/app.ear!/app.war!/WEB-INF/lib/snakeyaml-1.33.jar",
        "org.apache.commons:commons-text": "opt/app.ear!/lib/text.JAR",
    }


def test_spring_boot() -> None:
    """An application with its libraries inside, behind a start script, gives all of them."""
    manifest = b"Manifest-Version: 1.0\nImplementation-Title: demo\nImplementation-Version: 0.0.1\n"
    data = archive(
        {
            "META-INF/MANIFEST.MF": manifest,
            **pom("com.example", "demo", "0.0.1"),
            "BOOT-INF/lib/snakeyaml-1.33.jar": SNAKE,
        },
        zipfile.ZIP_STORED,
    )
    fact = examine(java_archive.parse, "app.jar", b"#!/bin/bash\nexit 0\n" + data)
    assert listed(fact) == {("com.example:demo", "0.0.1"), ("org.yaml:snakeyaml", "1.33")}
    assert fact.packages[0].locations == ()


def test_packed_together() -> None:
    """Each pom.properties of an archive is a package; only the archive's own gets its hash."""
    data = archive(
        {**pom("g.one", "one", "1"), **pom("g.two", "two", "2"), **pom("g.app", "app", "3")}
    )
    fact = examine(java_archive.parse, "app-3.jar", data)
    assert listed(fact) == {("g.one:one", "1"), ("g.two:two", "2"), ("g.app:app", "3")}
    assert [package.name for package in fact.packages if package.hashes] == ["app"]


def test_packed_into_another() -> None:
    """An archive that carries one foreign package is not taken for that package."""
    fact = examine(
        java_archive.parse, "mine-7.0.jar", archive(pom("org.yaml", "snakeyaml", "1.33"))
    )
    assert listed(fact) == {("mine", "7.0"), ("org.yaml:snakeyaml", "1.33")}


@pytest.mark.parametrize(
    ("stem", "manifest", "expected"),
    [
        (
            "guava-31.1-jre",
            {"bundle-version": "31.1.0.jre"},
            Identity("com.google.guava", "guava", "31.1-jre"),
        ),
        (
            "spring3-web-3.x",
            {"implementation-title": "spring-web", "implementation-version": "4.3.30.RELEASE"},
            Identity("org.springframework", "spring-web", "4.3.30.RELEASE"),
        ),
        (
            "catalina",
            {
                "implementation-title": "Apache Tomcat",
                "implementation-version": "9.0.70",
                "bundle-symbolicname": "org.apache.tomcat-catalina",
            },
            Identity("org.apache.tomcat", "tomcat-catalina", "9.0.70"),
        ),
        (
            "thing-core",
            {
                "bundle-symbolicname": "org.example.thing.core;singleton:=true",
                "bundle-version": "1.2",
            },
            Identity("org.example.thing", "thing-core", "1.2"),
        ),
        (
            "x-text-1.10.0",
            {"automatic-module-name": "org.example.x.text"},
            Identity("org.example.x", "x-text", "1.10.0"),
        ),
        (
            "lib-1.0-linux-x86_64",
            {"implementation-version": "1.0", "implementation-vendor-id": "com.acme.libs"},
            Identity("com.acme.libs", "lib", "1.0"),
        ),
        (
            "plugin",
            {"short-name": "git", "group-id": "org.jenkins-ci.plugins", "plugin-version": "5.0"},
            Identity("org.jenkins-ci.plugins", "git", "5.0"),
        ),
        (
            "rt",
            {
                "implementation-title": "Java Runtime Environment",
                "implementation-version": "1.8.0_292",
            },
            Identity("", "rt", "1.8.0_292"),
        ),
        ("gradle-wrapper", {"implementation-title": "Gradle Wrapper"}, None),
        ("-1.0", {}, None),
        ("y" * 300, {"implementation-version": "1"}, None),
        ("a" * 100_000 + "-1" * 5000 + "!", {"implementation-version": "1" * 100_000 + "!"}, None),
    ],
)
def test_identity(stem: str, manifest: dict[str, str], expected: Identity | None) -> None:
    """Manifest and file name tell the coordinates, or that no version is told."""
    assert identify(stem, manifest) == expected


def test_well_known_groups() -> None:
    """The table names each artifact once and spells group ids as Maven does."""
    groups = table("java_groups")["groups"]
    names = sorted(name for artifacts in groups.values() for name in artifacts)
    assert all(one != other for one, other in pairwise(names))
    assert all(group.replace(".", "").replace("-", "").isalnum() for group in groups)


def test_licence_of_bundles() -> None:
    """``Bundle-License`` gives the licence as written, without its attributes."""
    manifest = b"Bundle-License: MIT;link=x, Apache-2.0\nImplementation-Version: 1\n"
    fact = examine(java_archive.parse, "x.jar", archive({"META-INF/MANIFEST.MF": manifest}))
    assert fact.packages[0].licenses == ("MIT", "Apache-2.0")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Implementation-Vendor: The Shop\nBundle-Vendor: Other\n", "The Shop"),
        ("Bundle-Vendor: Other\nSpecification-Vendor: Third\n", "Other"),
        ("Implementation-Vendor: ${vendor}\nSpecification-Vendor: Third\n", "Third"),
        ("", ""),
    ],
)
def test_vendor(lines: str, expected: str) -> None:
    """Who made an archive is in its manifest, under one of three names."""
    manifest = f"Implementation-Version: 1\n{lines}".encode()
    fact = examine(java_archive.parse, "x.jar", archive({"META-INF/MANIFEST.MF": manifest}))
    assert fact.packages[0].supplier == expected


def test_one_broken_archive_within() -> None:
    """A broken archive inside is a problem with its place; its neighbours are listed."""
    data = archive({"lib/bad.jar": b"not a zip", "lib/empty.jar": b"", "lib/snakeyaml.jar": SNAKE})
    fact = examine(java_archive.parse, "app.war", data)
    assert listed(fact) == {("org.yaml:snakeyaml", "1.33")}
    assert [problem.where for problem in fact.problems] == ["app.war!/lib/bad.jar"]


@pytest.mark.parametrize("data", [b"", b"text", b"\0" * 5000, archive({"a": b"b"})[:-10]])
def test_broken(data: bytes) -> None:
    """A jar that is no archive is an error; other formats share the rarer suffixes."""
    with pytest.raises(InputError):
        examine(java_archive.parse, "x.jar", data)
    if not data.startswith(b"PK"):
        assert examine(java_archive.parse, "x.nar", data).problems == ()


def test_too_deep() -> None:
    """Archives nested beyond the limit are a problem, and what lies above is listed."""
    data = SNAKE
    for _ in range(8):
        data = archive({"snakeyaml.jar": data, **pom("g.x", "snakeyaml", "1")})
    fact = examine(java_archive.parse, "x.jar", data)
    assert len(fact.problems) == 1
    assert "within archives" in fact.problems[0].message
    assert fact.packages


def test_bomb() -> None:
    """An archive that grows beyond all proportion is given up with a problem."""
    limits = replace(Limits(), ratio=10, ratio_floor=100_000, spill_body=1_000_000)
    bomb = archive({"huge.jar": b"\0" * 5_000_000, "snakeyaml.jar": SNAKE})
    fact = examine(java_archive.parse, "x.jar", bomb, limits)
    assert fact.problems
    assert all(problem.where.startswith("x.jar!/") for problem in fact.problems)


def test_views_of_one_region_are_refused() -> None:
    """Thousands of uncompressed members over the same bytes do not multiply the work."""
    base = archive({"inner.jar": archive({"x": b"\0" * 1_000_000}, 0)}, 0)
    at = base.index(b"PK\x01\x02", base.rindex(b"inner.jar") - 60)
    entry = base[at : base.rindex(b"PK\x05\x06")]
    rows = b"".join(entry.replace(b"inner.jar", b"%05d.jar" % n) for n in range(3000))
    end = bytearray(base[base.rindex(b"PK\x05\x06") :])
    end[8:12] = (3000).to_bytes(2, "little") * 2
    end[12:16] = len(rows).to_bytes(4, "little")
    with pytest.raises(InputError, match="overlap"):
        examine(java_archive.parse, "x.jar", base[:at] + rows + bytes(end))


def test_too_many_members() -> None:
    """More members than the limit are refused, and counted over all archives within."""
    limits = replace(Limits(), archive_members=10)
    with pytest.raises(LimitError):
        examine(java_archive.parse, "x.jar", archive({f"{n}": b"" for n in range(11)}), limits)
    inner = archive({f"{n}": b"" for n in range(6)})
    fact = examine(java_archive.parse, "x.jar", archive({"a.jar": inner, "b.jar": inner}), limits)
    assert [problem.where for problem in fact.problems] == ["x.jar!/b.jar"]


def test_duplicates_and_encryption() -> None:
    """Of two members of one name the first counts; an encrypted one is a problem."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("META-INF/MANIFEST.MF", "Implementation-Version: 1\n")
        with pytest.warns(UserWarning, match="Duplicate name"):
            made.writestr("META-INF/MANIFEST.MF", "Implementation-Version: 2\n")
    assert listed(examine(java_archive.parse, "thing.jar", target.getvalue())) == {("thing", "1")}
    data = bytearray(archive({"snakeyaml.jar": SNAKE}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    fact = examine(java_archive.parse, "x.war", bytes(data))
    assert "encrypted" in fact.problems[0].message
    assert fact.packages == ()


def test_unfilled_variables() -> None:
    """A version that Maven never filled in is taken from the manifest, or is none."""
    members = pom("g.h", "thing", "${project.version}")
    assert examine(java_archive.parse, "x.jar", archive(members)).packages == ()
    members["META-INF/MANIFEST.MF"] = b"Implementation-Version: 2.0\n"
    assert listed(examine(java_archive.parse, "thing.jar", archive(members))) == {
        ("g.h:thing", "2.0")
    }
