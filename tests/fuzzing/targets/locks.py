"""Lock files and manifests of source trees, and the YAML some are written in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dunnage.model.purl import Purl
from dunnage.parsers._small_yaml import documents
from fuzzing.hand import LIMITS, catalogers, fact_of, joined, packed, split
from fuzzing.target import Target
from support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.package import Package

_SAMPLES = ROOT / "tests" / "data" / "projects"
_MOST = 6000
# Where two files of one project lie, for catalogers that join them.
_PLACES = {
    "go-mod": ("go.mod", "go.sum"),
    "maven-pom": ("pom.xml", "core/pom.xml", "bom/pom.xml"),
}
_WORDS = {
    "requirements": (b"==", b"===", b" ; ", b"--hash=", b"\\\n", b" # via ", b"@ https://", b"-r "),
    "package-lock": (b'"packages"', b'"node_modules/', b'"link": true', b'"dependencies"', b"npm:"),
    "pipfile-lock": (b'"default"', b'"develop"', b'"version"', b"=="),
    "yarn-lock": (b"__metadata:\n", b"@npm:", b"@workspace:", b"  version ", b"patch:", b'", "'),
    "pnpm-lock": (b"lockfileVersion: '9.0'\n", b"snapshots:\n", b"importers:\n", b"link:", b"("),
    "poetry-lock": (b"[[package]]\n", b"groups = ", b"[package.dependencies]\n", b'version = "'),
    "uv-lock": (b"[[package]]\n", b"source = { ", b"[package.dev-dependencies]\n", b'version = "'),
    "cargo-lock": (b"[[package]]\n", b"dependencies = [", b"source = ", b"checksum = "),
    "go-mod": (b"module ", b"require (", b"replace ", b" => ", b"// indirect", b" h1:", b"/go.mod"),
    "maven-pom": (
        b"<parent>",
        b"<dependency>",
        b"<artifactId>",
        b"<version>${",
        b"<scope>import</scope>",
        b"<relativePath>",
        b"<!DOCTYPE",
    ),
    "gradle-lockfile": (b":", b"=", b",", b"empty=", b"testRuntimeClasspath"),
    "gemfile-lock": (
        b"GEM\n",
        b"PATH\n",
        b"GIT\n",
        b"  specs:\n",
        b"    a (1)\n",
        b"DEPENDENCIES\n",
    ),
    "composer-lock": (b'"packages"', b'"packages-dev"', b'"require"', b'"dist"', b'"version"'),
    "mix-lock": (b"%{\n", b'": {:hex, :', b"[:mix], [", b'{:"a", "~> 1.0", [', b'"hexpm"'),
    "pubspec-lock": (b"packages:\n", b"source: hosted\n", b'dependency: "direct dev"\n', b"url: "),
    "nuget-lock": (b'"dependencies"', b'"resolved"', b'"Project"', b'"type"'),
}


def _checked(package: Package, lines: int) -> None:
    assert package.name
    assert (package.name + package.version + package.namespace).isprintable()
    written = str(package.purl)
    assert str(Purl.parse(written)) == written
    assert all(0 <= place.line <= lines for place in package.locations)


def _one(name: str, data: bytes) -> tuple[int, int]:
    """Read one lock file; its packages are sane and lie on its lines."""
    base = (catalogers()[name].names or ("requirements.txt",))[0]
    fact = fact_of(name, base, data)
    for package in fact.packages:
        _checked(package, data.count(b"\n") + data.count(b"\r") + 1)
    return len(fact.packages), len(fact.problems)


def _several(name: str, data: bytes) -> tuple[int, int]:
    """Read several files of one project and join them."""
    places = _PLACES[name]
    parts = split(data, len(places))
    read = (fact_of(name, place, part) for place, part in zip(places, parts, strict=True))
    facts = joined(name, *read)
    found = [package for fact in facts for package in fact.packages]
    for package in found:
        _checked(package, data.count(b"\n") + 1)
    return len(found), sum(len(fact.problems) for fact in facts)


def _yaml(data: bytes) -> int:
    """Read YAML; every key and value is a text."""
    found = documents(data.decode("utf-8", "replace"), LIMITS)
    pending: list[object] = [*found]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            assert all(isinstance(key, str) for key in node)
            pending += node.values()
        elif isinstance(node, list):
            pending += node
        else:
            assert isinstance(node, str), node
    return len(found)


def _seeds(name: str) -> Iterator[bytes]:
    wanted = catalogers()[name]
    names = wanted.names or ("requirements.txt", "requirements-plain.txt")
    for folder in sorted(_SAMPLES.iterdir()):
        parts = [
            path.read_bytes()
            for place in _PLACES.get(name, names)
            if (path := folder / place).is_file()
        ]
        if parts and name in _PLACES:
            yield packed(*(parts + [b""] * 3)[: len(_PLACES[name])])
        elif parts:
            yield from (part[:_MOST] if b"{" not in part[:1] else part for part in parts)


def _yamls() -> Iterator[bytes]:
    yield from _seeds("pnpm-lock")
    yield from _seeds("yarn-lock")
    yield b"a: |-\n  b\n\n  c\nd: 'e''f'\n? g\n: [h, {i: \"j\\n\"}]\nk:\n- l\n-   m: n\n"


TARGETS = {
    name: Target(
        f"parsers/{name.replace('-', '_')}.py, catalogers/_lock_file.py",
        partial(_several if name in _PLACES else _one, name),
        partial(_seeds, name),
        "packages are sane and lie on lines of the file",
        words=words,
        most=24_576,
    )
    for name, words in _WORDS.items()
} | {
    "small-yaml": Target(
        "parsers/_small_yaml.py",
        _yaml,
        _yamls,
        words=(b": ", b"- ", b"? ", b"|-\n", b">-\n", b"{", b"}", b"[", b"]", b"'", b'"', b"\n  "),
        most=_MOST,
    )
}
