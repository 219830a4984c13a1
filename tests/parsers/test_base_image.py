"""What base images are known to be, from their names alone."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.io.tables import table
from dunnage.model.lighter import TIERS
from dunnage.parsers.base_image import Base, glibc, identify
from dunnage.parsers.lighter_base import lighter

ROWS = [
    line.split()
    for line in (Path(__file__).parent / "base_images.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
DIGEST = "@sha256:" + 64 * "0"


def _known(image: str) -> Base:
    base = identify(image)
    assert base is not None, image
    return base


def _row(base: Base) -> list[str]:
    place = f"{base.distro}:{base.release}" if base.distro or base.release else ""
    fields = (
        base.family, base.tier, base.kind, base.language, base.version,
        "" if base.os == "linux" else base.os, place, base.libc,
        {True: "shell", False: "no-shell", None: ""}[base.shell], base.package_manager, base.user,
        "floating" if base.floating else "", "official" if base.official else "",
    )  # fmt: skip
    return [field or "-" for field in fields]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_real_references(row: list[str]) -> None:
    """A real reference is known as the table of the test says."""
    assert _row(_known(row[0].replace("@sha256", DIGEST))) == row[1:]


@pytest.mark.parametrize(
    "image",
    [
        "brimstone/ubuntu:14.04", "tonistiigi/xx", "mvdan/shfmt:v3.1.2-alpine", "builder",
        "example.com/library/python:3.12", "gcr.io/gcp-runtimes/ubuntu_16_0_4", "", "a b",
        "Python:3", "python:", "python@sha256:12", "localhost:5000/debian", "-", "x" * 5000,
    ],
)  # fmt: skip
def test_what_is_not_known_is_not_guessed(image: str) -> None:
    """A private registry, a namesake of a known image and what is no name give None."""
    assert identify(image) is None


def test_an_unknown_word_leaves_open_what_the_others_do_not_say() -> None:
    """A word that the table does not know takes nothing for granted."""
    base = _known("python:3.12-wasm")
    assert (base.version, base.tier, base.libc, base.shell, base.user) == ("3.12", "", "", None, "")
    assert _known("python:3.12-wasm-bookworm").libc == "glibc"
    assert lighter(base) == ()


def test_a_digest_alone_says_nothing_about_the_variant() -> None:
    """Without a tag the variant is not known, and nothing floats."""
    base = _known(f"python{DIGEST}")
    assert (base.family, base.tier, base.libc, base.floating) == ("python", "", "", False)
    assert _known(f"alpine{DIGEST}").libc == "musl"


@pytest.mark.parametrize(
    ("image", "day", "what"),
    [
        ("debian:10", "2024-06-30", "Debian GNU/Linux 10"),
        ("python:3.8-slim-bookworm", "2024-10-07", "Python 3.8"),
        ("python:3.12-alpine3.18", "2025-05-09", "Alpine Linux 3.18"),
        ("node:20", "2026-04-30", "Node.js 20"),
        ("golang:1.24", "2026-02-11", "Go 1.24"),
        ("eclipse-temurin:17-jre-noble", "2027-10-31", "Java 17"),
        ("mcr.microsoft.com/dotnet/aspnet:6.0", "2024-11-12", ".NET 6.0"),
        ("ruby:3.1", "2025-03-31", "Ruby 3.1"),
        ("php:8.1-fpm", "2025-12-31", "PHP 8.1"),
        ("gcr.io/distroless/base-debian12", "2026-08-09", "Debian GNU/Linux 12"),
        ("python:3", "", ""),
        ("alpine", "", ""),
        ("amazoncorretto:8-alpine", "", ""),
    ],
)
def test_end_of_support(image: str, day: str, what: str) -> None:
    """The end is that of the release or of the language, whichever comes first."""
    base = _known(image)
    assert (base.end_of_life, base.ending) == (day, what)


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("debian:12-slim", (2, 36)),
        ("golang:1.26-trixie", (2, 41)),
        ("gcr.io/distroless/cc-debian12", (2, 36)),
        ("ubuntu:20.04", (2, 31)),
        ("redhat/ubi9", (2, 34)),
        ("golang:1.26", None),
        ("alpine:3.23", None),
        ("gcr.io/distroless/static-debian12", None),
    ],
)
def test_glibc(image: str, version: tuple[int, int] | None) -> None:
    """The version of glibc follows from the release, and only from that."""
    assert glibc(_known(image)) == version


def _lighter(image: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.image, one.tier, one.changes) for one in lighter(_known(image))]


@pytest.mark.parametrize(
    ("image", "names"),
    [
        ("debian", ["debian:stable-slim"]),
        ("debian:trixie-slim", ["gcr.io/distroless/base-debian13"]),
        ("python:3.12-bookworm", ["python:3.12-slim-bookworm", "python:3.12-alpine"]),
        ("node:lts-bookworm", ["node:lts-bookworm-slim", "node:lts-alpine"]),
        ("php:8.3-apache", []),
        ("eclipse-temurin", []),
        ("redhat/ubi9", [
            "registry.access.redhat.com/ubi9/ubi-minimal",
            "registry.access.redhat.com/ubi9/ubi-micro",
        ]),
        (f"docker.io/library/ruby:3.4{DIGEST}", [
            "docker.io/library/ruby:3.4-slim", "docker.io/library/ruby:3.4-alpine",
        ]),
        ("cgr.dev/chainguard/python:latest-dev", ["cgr.dev/chainguard/python:latest"]),
        ("scratch", []),
        ("mcr.microsoft.com/windows/servercore:ltsc2022", []),
    ],
)  # fmt: skip
def test_lighter_images(image: str, names: list[str]) -> None:
    """Lighter images are named as they are published."""
    assert [name for name, _, _ in _lighter(image)] == names


def test_what_changes_the_libc_says_so_and_comes_last() -> None:
    """Alpine instead of Debian is another libc; distroless Debian is not."""
    assert _lighter("python:3.13") == [
        ("python:3.13-slim", "slim", ()),
        ("gcr.io/distroless/python3-debian13", "distroless", ()),
        ("python:3.13-alpine", "alpine", ("libc",)),
    ]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_lighter_images_are_known_themselves(row: list[str]) -> None:
    """What is offered is known, keeps the language, and keeps the libc unless it says otherwise."""
    base = _known(row[0].replace("@sha256", DIGEST))
    for one in lighter(base):
        other = _known(one.image)
        assert other.tier == one.tier, one
        assert one.drops, one
        if "libc" not in one.changes and base.libc:
            assert other.libc == base.libc, one
        if base.kind == "runtime" and base.language:
            assert other.language == base.language, one
        if not base.deprecated and base.kind == other.kind:
            assert TIERS.index(other.tier) > TIERS.index(base.tier), one


WORDS = ["slim", "alpine3.19", "bookworm", "jdk", "jre", "lts", "3", "3.12.1", "17", "debug", "-",
         "nanoserver", "ltsc2022", "20240101", "ubi9", "minimal", "x", "8u432", "b06", "rc1", ""]  # fmt: skip
NAMES = [
    name.replace("*", "x") for row in table("bases")["family"].values() for name in row["names"]
]


@given(st.sampled_from(NAMES), st.lists(st.sampled_from(WORDS), max_size=5), st.booleans())
def test_any_tag_is_read(name: str, parts: list[str], digest: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever words a tag has, the answer is of the documented values, and it is lighter images'."""
    base = identify(f"{name}:{'-'.join(parts)}{DIGEST if digest else ''}")
    if base is None:
        return
    assert base.tier in {"", *TIERS}
    assert base.kind in {"", "os", "runtime", "sdk", "server"}
    assert base.libc in {"", "glibc", "musl", "none"}
    assert base.distro in {"", *table("distros")}
    assert not (digest and base.floating)
    assert bool(base.end_of_life) == bool(base.ending)
    assert all(one.image != base.image for one in lighter(base))


def test_the_table_is_sound() -> None:
    """Dates are dates, distributions and tiers exist, and no name stands in two families."""
    bases, distros = table("bases"), table("distros")
    for ends in bases["eol"].values():
        assert all(date.fromisoformat(day) for day in ends.values())
    assert set(bases["systems"]) <= set(distros)
    assert set(bases["glibc"]) <= set(bases["systems"])
    names = [name for row in bases["family"].values() for name in row["names"]]
    assert len(names) == len(set(names))
    meanings = [
        meaning
        for row in (*bases["family"].values(), bases)
        for key in ("parts", "by_name", "prefixes")
        for meaning in (row, *row.get(key, {}).values())
    ]
    assert all(one.get("tier", "full") in TIERS for one in meanings)
    assert all(one.get("distro", "debian") in distros for one in meanings)
    assert all(row.get("eol", "go") in bases["eol"] for row in bases["family"].values())
    assert set(table("lighter_bases")) <= set(bases["family"])
    versions = [version for row in bases["glibc"].values() for version in row.values()]
    assert all(re.fullmatch(r"2\.[0-9]+", version) for version in versions)
