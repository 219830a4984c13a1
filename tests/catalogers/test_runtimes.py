"""Language runtimes are found where no operating system package installed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from dunnage.catalogers import java_runtime, node_runtime, php_runtime, python_runtime
from dunnage.catalogers._runtime import one_each
from images import layer_tar
from programs import elf, examine
from stubs import CATALOGERS, index, with_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.model.cataloger import Cataloger, Fact, File

NODE = b"\0fetch\0node.js/v20.1.0\0undici\0"
PHP = b"X-Powered-By: PHP/8.2.1\0"
PYTHON = b"\0/opt/python/3.11.9\0lib/python3.11\0" + b"3.11.7\0Python %.80s\0"
TEMURIN = b"""IMPLEMENTOR="Eclipse Adoptium"
JAVA_RUNTIME_VERSION="21.0.4+7-LTS"
JAVA_VERSION="21.0.4"
MODULES="java.base java.logging"
SOURCE_REPO="https://github.com/adoptium/jdk21u.git"
FULL_VERSION="21.0.4+7-LTS"
IMAGE_TYPE="JRE"
"""


def _program(content: bytes, section: str = ".rodata") -> bytes:
    return elf({section: content, ".text": b"x"})


@pytest.mark.parametrize(
    ("cataloger", "path", "content", "purl", "cpe"),
    [
        (
            node_runtime.cataloger,
            "usr/local/bin/node",
            NODE,
            "node@20.1.0",
            "nodejs:node.js:20.1.0",
        ),
        (php_runtime.cataloger, "usr/local/bin/php", PHP, "php-cli@8.2.1", "php:php:8.2.1"),
        (php_runtime.cataloger, "usr/local/sbin/php-fpm", PHP, "php-fpm@8.2.1", "php:php:8.2.1"),
        (
            php_runtime.cataloger,
            "usr/lib/apache2/modules/libphp.so",
            PHP,
            "libphp@8.2.1",
            "php:php:8.2.1",
        ),
        (
            python_runtime.cataloger,
            "usr/local/bin/python3.11",
            PYTHON,
            "python@3.11.7",
            "python:python",
        ),
        (
            python_runtime.cataloger,
            "opt/lib/libpython3.11.so.1.0",
            PYTHON,
            "python@3.11.7",
            "python:python",
        ),
    ],
)
def test_version_among_the_constants(
    cataloger: Cataloger, path: str, content: bytes, purl: str, cpe: str
) -> None:
    """Each runtime is known by a text of its own, wherever it lies in the constants."""
    for before in (0, 1, 1024 * 1024 - 3, 1024 * 1024 + 1, 2 * 1024 * 1024 - len(content)):
        fact = examine(cataloger.parse, path, _program(b"\0" * before + content))
        assert [str(package.purl) for package in fact.packages] == [f"pkg:generic/{purl}"]
        assert f":{cpe}:" in dict(fact.packages[0].extra)["cpe"]


@pytest.mark.parametrize(
    ("parse", "name"),
    [
        (node_runtime.parse, "node"),
        (php_runtime.parse, "php"),
        (python_runtime.parse, "python3.11"),
    ],
)
def test_what_is_no_runtime(parse: Callable[[File], Fact | None], name: str) -> None:
    """Scripts, programs without the text, texts elsewhere and Bitnami's programs are nothing."""
    content = NODE + PHP + PYTHON
    for path, data in (
        (f"usr/local/bin/{name}", b"#!/bin/sh\n" + content),
        (f"usr/local/bin/{name}", b""),
        (f"usr/local/bin/{name}", _program(b"\0nothing\0")),
        (f"usr/local/bin/{name}", _program(content, ".debug_str")),
        (f"opt/bitnami/{name}/bin/{name}", _program(content)),
    ):
        assert examine(parse, path, data).packages == ()
    stripped = elf({".data": content}, table=False)
    assert len(examine(parse, f"bin/{name}", stripped).packages) == 1


def test_python_version_merged_into_a_path() -> None:
    """A linker may keep the version only as the end of a path; other series do not count."""
    merged = b"\0/root/versions/3.11.7\0python3.12\0x3.11.7.9\0" + b"13.11.9\0"
    fact = examine(python_runtime.parse, "lib/libpython3.11.so.1.0", _program(merged))
    assert [package.version for package in fact.packages] == ["3.11.7"]
    other = examine(python_runtime.parse, "lib/libpython3.12.so.1.0", _program(merged))
    assert other.packages == ()


def test_one_python_of_program_and_library() -> None:
    """Program and library of one installation are one package, two installations are two."""
    paths = ("usr/lib/libpython3.11.so.1.0", "usr/bin/python3.11", "opt/p/bin/python3.11")
    facts = [
        replace(examine(python_runtime.parse, path, _program(PYTHON)), path=path) for path in paths
    ]
    assert [fact.path for fact in one_each(facts)] == ["opt/p/bin/python3.11", "usr/bin/python3.11"]


def test_search_is_bounded() -> None:
    """A program made of nothing but beginnings is given up, before its end is reached."""
    data = _program(b"node.js/v" * 150_000 + NODE)
    assert examine(node_runtime.parse, "bin/node", data).packages == ()
    assert examine(node_runtime.parse, "bin/node", _program(b"node.js/v" * 9 + NODE)).packages


def test_java() -> None:
    """A runtime is named as NVD names it, with the version it prints itself."""
    (found,) = examine(java_runtime.parse, "opt/java/openjdk/release", TEMURIN).packages
    wanted = "pkg:generic/oracle/openjdk@21.0.4%2B7-LTS?repository_url="
    assert str(found.purl).startswith(wanted)
    assert dict(found.extra)["cpe"] == "cpe:2.3:a:oracle:openjdk:21.0.4:*:*:*:*:*:*:*"
    assert found.supplier == "Eclipse Adoptium"


@pytest.mark.parametrize(
    ("text", "purl", "cpe"),
    [
        (
            'JAVA_VERSION="1.8.0_392"\nFULL_VERSION="1.8.0_392-b08"\nIMPLEMENTOR="Temurin"',
            "oracle/openjdk@1.8.0_392-b08",
            "oracle:openjdk:1.8.0:update392",
        ),
        (
            'JAVA_VERSION="22.0.2"\nIMPLEMENTOR="Oracle Corporation"\nMODULES="java.base"',
            "oracle/jre@22.0.2",
            "oracle:jre:22.0.2:*",
        ),
        (
            'JAVA_VERSION="22.0.2"\nIMPLEMENTOR="Oracle Corporation"\nMODULES="a jdk.compiler"',
            "oracle/jdk@22.0.2",
            "oracle:jdk:22.0.2:*",
        ),
        (
            'JAVA_VERSION="17.0.9"\nFULL_VERSION="1.2"\nIMPLEMENTOR="Azul Systems, Inc."',
            "azul/zulu@17.0.9",
            "azul:zulu:17.0.9:*",
        ),
        ("JAVA_VERSION=11\r\n", "oracle/openjdk@11", "oracle:openjdk:11:*"),
    ],
)
def test_java_of_other_vendors_and_ages(text: str, purl: str, cpe: str) -> None:
    """Vendors and versions before 9 are named as NVD does."""
    (found,) = examine(java_runtime.parse, "opt/jdk/release", text.encode()).packages
    assert str(found.purl) == f"pkg:generic/{purl}"
    assert dict(found.extra)["cpe"] == f"cpe:2.3:a:{cpe}:*:*:*:*:*:*"


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff" * 100, b"Debian 12\n", b'JAVA_VERSION=""', b'X="1"\n' * 5, b"\n" * 100_000],
    ids=lambda data: repr(data[:12]),
)
def test_other_release_files(data: bytes) -> None:
    """Many files are called ``release``; those of other things are nothing."""
    assert examine(java_runtime.parse, "etc/release", data).packages == ()


STATUS = b"nodejs 20.1.0 owns=usr/bin/node\n"
BOTH = {"usr/bin/node": _program(NODE), "usr/local/bin/node": _program(NODE)}


def test_owner_stands_for_a_runtime() -> None:
    """A runtime that an operating system package installed is that package and nothing else."""
    plan = with_plan(catalogers={**CATALOGERS, "node-runtime": node_runtime.cataloger})
    files = {**BOTH, "var/db/status": STATUS}
    packages = index([layer_tar(files)], plan).inventory.packages
    found = [(p.name, p.locations[0].path) for p in packages]
    assert sorted(found) == [("node", "usr/local/bin/node"), ("nodejs", "var/db/status")]
