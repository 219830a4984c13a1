"""What package managers of languages and applications keep of what they installed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import programs
from fuzzing.hand import TIGHT, fact_of, joined
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

_JSON = (
    b"[",
    b"]",
    b"{",
    b"}",
    b'"',
    b":",
    b",",
    b"1e999",
    b"null",
    b"\\ud800",
    b"\\n",
    b"\\u0000",
)
_GEM = b"""# -*- encoding: utf-8 -*-
# stub: nokogiri 1.15.0 x86_64-linux lib

Gem::Specification.new do |s|
  s.name = "nokogiri".freeze
  s.version = "1.15.0"
  s.platform = "x86_64-linux".freeze
  s.licenses = ["MIT".freeze, 'Ruby']
  s.add_runtime_dependency(%q<racc>.freeze, ["~> 1.4"])
else
"""
_COMPOSER = {
    "name": "symfony/console",
    "version": "v5.4.0",
    "require": {"php": ">=7.2.5", "symfony/string": "^5.1|^6.0"},
    "license": ["MIT"],
    "authors": [{"name": "A"}],
}
_DEPS = {
    "runtimeTarget": {"name": ".NETCoreApp,Version=v8.0"},
    "targets": {
        ".NETCoreApp,Version=v8.0": {
            "Web/1.0.0": {"dependencies": {"A": "1.0"}, "runtime": {"Web.dll": {}}},
            "A/1.0": {"runtime": {"a.dll": {}}},
        }
    },
    "libraries": {
        "Web/1.0.0": {"type": "project"},
        "A/1.0": {"type": "package"},
        "runtimepack.B/8.0.1": {"type": "runtimepack"},
    },
}
_CONDA = {
    "name": "libcurl",
    "version": "8.5.0",
    "build": "h_0",
    "channel": "https://x/conda-forge/linux-64",
    "subdir": "linux-64",
    "fn": "x.conda",
    "depends": ["krb5 >=1.21", "a::b", "__glibc >=2"],
    "md5": "0" * 32,
}
_COMPONENTS = {"redis": {"arch": "amd64", "distro": "debian-12", "version": "7.0.5-2"}}
_SPDX = {
    "documentDescribes": ["SPDXRef-redis"],
    "packages": [
        {
            "SPDXID": "SPDXRef-redis",
            "licenseDeclared": "MIT",
            "externalRefs": [{"referenceLocator": "pkg:bitnami/redis@7.0.5-2?arch=amd64"}],
        }
    ],
}
_JAVA = b"""IMPLEMENTOR="Azul Systems, Inc."
JAVA_VERSION="1.8.0_392"
FULL_VERSION="1.8.0_392-b08"
MODULES="java.base jdk.compiler"
SOURCE_REPO="https://x"
"""


def _bytes(value: object) -> bytes:
    return json.dumps(value).encode()


def _reader(name: str, *paths: str) -> Callable[[bytes], int]:
    """Return what hands an input to a cataloger under each of some paths, and joins the facts."""

    def read(data: bytes) -> int:
        facts = [fact_of(name, path, data, TIGHT) for path in paths]
        packages = [package for fact in joined(name, *facts) for package in fact.packages]
        for package in packages:
            assert package.name
            assert str(package.purl).startswith(f"pkg:{package.type}/")
        return len(packages)

    return read


def _bitnami(data: bytes) -> int:
    path = "opt/bitnami/x/.spdx-x.spdx" if b"packages" in data else "opt/bitnami/x.json"
    return len(fact_of("bitnami-component", path, data, TIGHT).packages)


def _runtime(data: bytes) -> int:
    found = 0
    for name, path in (
        ("node-runtime", "usr/bin/node"),
        ("php-runtime", "usr/bin/php"),
        ("python-runtime", "usr/bin/python3.11"),
    ):
        found += len(fact_of(name, path, data, TIGHT).packages)
    return found


TARGETS = {
    "gemspec": Target(
        "parsers/gemspec.py",
        _reader("ruby-gem", "specifications/default/a-1.gemspec"),
        lambda: [_GEM],
        "packages have names",
        words=(b"# stub: ", b"%q<", b">", b'"', b"'", b"\\", b"\n", b"s.version = ", b"s.name = "),
    ),
    "composer-installed": Target(
        "parsers/composer_installed.py",
        _reader("composer-package", "vendor/composer/installed.json"),
        lambda: [_bytes([_COMPOSER]), _bytes({"packages": [_COMPOSER] * 3})],
        "packages have names",
        words=(*_JSON, b'"packages":', b'"name":"a/b"', b'"version":"1"', b'"require":{'),
    ),
    "dotnet-deps": Target(
        "parsers/dotnet_deps.py",
        _reader("dotnet-deps", "app/x.deps.json"),
        lambda: [_bytes(_DEPS)],
        "packages have names",
        words=(*_JSON, b'"libraries":{', b'"targets":{', b'"runtimeTarget":', b'"type":"package"'),
    ),
    "conda-record": Target(
        "parsers/conda_record.py",
        _reader("conda-package", "conda-meta/x.json"),
        lambda: [_bytes(_CONDA)],
        "packages have names",
        words=(*_JSON, b'"name":"a"', b'"version":"1"', b'"depends":[', b"::", b">=", b"/linux-64"),
    ),
    "bitnami": Target(
        "parsers/bitnami.py",
        _bitnami,
        lambda: [_bytes(_COMPONENTS), _bytes(_SPDX)],
        words=(
            *_JSON,
            b'"packages":[',
            b"pkg:bitnami/",
            b"%00",
            b"?arch=",
            b'"documentDescribes":',
        ),
    ),
    "java-release": Target(
        "parsers/java_release.py",
        _reader("java-runtime", "opt/jdk/release"),
        lambda: [_JAVA, b'JAVA_VERSION="21.0.4"\nJAVA_RUNTIME_VERSION="21.0.4+7"\n'],
        "packages have names",
        words=(b'JAVA_VERSION="', b'"\n', b"1.8.0_", b'IMAGE_TYPE="JRE"', b'IMPLEMENTOR="Oracle'),
    ),
    "runtime": Target(
        "catalogers/_runtime.py",
        _runtime,
        lambda: [
            programs.elf(
                {".rodata": b"\0node.js/v20.1.0\0X-Powered-By: PHP/8.2.1\0" + b"3.11.7\0"},
                bits=bits,
            )
            for bits in (32, 64)
        ],
        words=(b".rodata\0", b"node.js/v", b"X-Powered-By: PHP/", b"3.11.", b"\0", b"\x7fELF"),
        most=16_384,
    ),
}
