"""What an image was built on is told from the surest sign, and never guessed."""

from __future__ import annotations

import pytest

from dunnage.io.tables import part, table
from dunnage.model.base import BaseFacts
from dunnage.model.finding import Confidence
from dunnage.model.image import Image
from dunnage.model.inventory import Inventory
from dunnage.model.location import Location
from dunnage.model.package import Package
from dunnage.model.problem import Problem
from dunnage.model.report import Examined, Subject
from dunnage.model.system import OperatingSystem
from dunnage.render._base import base_line
from dunnage.rules.image_base import of_subject, told_by

DEBIAN_12 = OperatingSystem(
    "debian", "12", "Debian GNU/Linux 12 (bookworm)", codename="bookworm", namespace="debian"
)
DEBIAN_13 = OperatingSystem("debian", "13", "Debian GNU/Linux 13 (trixie)", codename="trixie")
ALPINE = OperatingSystem("alpine", "3.19.4", "Alpine Linux v3.19")
UBUNTU = OperatingSystem("ubuntu", "24.04", "Ubuntu 24.04.1 LTS", codename="noble")
RHEL = OperatingSystem("rhel", "9.4", "Red Hat Enterprise Linux 9.4 (Plow)")
WOLFI = OperatingSystem("wolfi", "20230201", "Wolfi")
LABEL = "org.opencontainers.image.base.name"


def debs(*names: str, path: str = "var/lib/dpkg/status") -> tuple[Package, ...]:
    """Return packages of Debian."""
    return tuple(Package("deb", name, "1", locations=(Location(path, 0),)) for name in names)


def interpreter(name: str, version: str, path: str) -> Package:
    """Return an interpreter that no package of the distribution brought."""
    return Package(
        "generic", name, version, found_by=f"{name}-runtime", locations=(Location(path, 0),)
    )


def subject(
    *packages: Package,
    system: OperatingSystem | None = None,
    image: Image | None = None,
    source: str = "docker-archive",
    files: int = 1000,
) -> Subject:
    """Return an examined image."""
    return Subject(
        "app.tar",
        source,
        image=image or Image("app:1"),
        inventory=Inventory(system, packages),
        examined=Examined(files=files),
    )


SLIM = debs("apt", "dash", "bash", "libc6")


@pytest.mark.parametrize(
    ("found", "tier", "line"),
    [
        (
            subject(*SLIM, system=DEBIAN_12),
            "slim",
            "looks like Debian GNU/Linux 12 (slim)",
        ),
        (
            subject(*SLIM, *debs("gcc-12"), system=DEBIAN_12),
            "full",
            (
                "looks like Debian GNU/Linux 12 (full); debian:12-slim keeps glibc, drops compilers, "
                "manual pages, documentation and locales"
            ),
        ),
        (
            subject(*SLIM, *debs(*(f"lib{n}" for n in range(247))), system=DEBIAN_12),
            "full",
            (
                "looks like Debian GNU/Linux 12 (full); debian:12-slim keeps glibc, drops manual "
                "pages, documentation and locales"
            ),
        ),
        # Part of every Debian, and no compiler.
        (subject(*SLIM, *debs("gcc-12-base"), system=DEBIAN_12), "slim", None),
        (
            subject(*SLIM, system=DEBIAN_13),
            "slim",
            (
                "looks like Debian GNU/Linux 13 (slim); gcr.io/distroless/base-debian13 keeps glibc, "
                "drops a shell and a package manager; it needs no library but glibc and OpenSSL"
            ),
        ),
        # Distroless would not have the interpreter that was installed.
        (
            subject(*SLIM, *debs("python3.13-minimal"), system=DEBIAN_13),
            "slim",
            "looks like Debian GNU/Linux 13 (slim)",
        ),
        # All of Ubuntu's images are one tier.
        (subject(*SLIM, system=UBUNTU), "full", "looks like Ubuntu 24.04.1 LTS (full)"),
        (
            subject(*debs("libc6", path="var/lib/dpkg/status.d/libc6"), system=DEBIAN_12),
            "distroless",
            "looks like Debian GNU/Linux 12 (distroless)",
        ),
        (
            subject(*debs("tzdata", path="var/lib/dpkg/status.d/tzdata"), system=DEBIAN_12),
            "static",
            None,
        ),
        # The same without one file for each package: what is there decides.
        (subject(*debs("libc6", "dash"), system=DEBIAN_12), "minimal", None),
        (subject(*debs("libc6"), system=DEBIAN_12), "distroless", None),
        (
            subject(Package("apk", "apk-tools", "1"), Package("apk", "gcc", "1"), system=ALPINE),
            "alpine",
            "looks like Alpine Linux v3.19 (alpine)",
        ),
        (subject(Package("apk", "busybox", "1"), system=ALPINE), "minimal", None),
        (subject(Package("apk", "glibc", "1"), system=WOLFI), "distroless", None),
        (subject(Package("apk", "apk-tools", "1"), system=WOLFI), "slim", None),
        (
            subject(Package("rpm", "dnf", "1"), Package("rpm", "bash", "1"), system=RHEL),
            "full",
            (
                "looks like Red Hat Enterprise Linux 9.4 (full); "
                "registry.access.redhat.com/ubi9/ubi-minimal keeps glibc, drops dnf with its Python "
                "and systemd"
            ),
        ),
        (subject(Package("rpm", "microdnf", "1"), system=RHEL), "slim", None),
        (subject(Package("rpm", "bash", "1"), system=RHEL), "minimal", None),
        (
            subject(Package("golang", "example.com/app", "1", found_by="go-binary"), files=3),
            "scratch",
            "looks like one program and nothing of a distribution (scratch)",
        ),
    ],
)
def test_contents_look_like_a_tier(found: Subject, tier: str, line: str | None) -> None:
    """Without any name, package managers, shells and compilers tell the tier."""
    base = of_subject(found)
    assert base is not None
    assert (base.known_by, base.confidence, base.image) == ("content", Confidence.LOW, "")
    assert base.tier == tier
    assert line is None or base_line(base) == line


@pytest.mark.parametrize(
    "found",
    [
        subject(),
        subject(Package("golang", "example.com/app", "1", found_by="go-binary"), files=400),
        subject(Package("pypi", "flask", "1"), files=10),
        subject(*debs("apt", "dash")),  # a package database, and no distribution
        subject(system=DEBIAN_12),  # a distribution, and no package of it
        subject(Package("rpm", "bash", "1")),
    ],
)
def test_nothing_is_said_where_nothing_is_known(found: Subject) -> None:
    """Contents that are no sign of anything are not called scratch or static."""
    assert of_subject(found) is None


def test_what_could_not_be_read_is_no_sign() -> None:
    """A layer that is missing may hold the package manager; so may packages nobody asked for."""
    whole = subject(*debs("libc6"), system=DEBIAN_12)
    broken = Subject(
        whole.name,
        whole.source,
        whole.image,
        whole.inventory,
        problems=(Problem("layer-unreadable", "broken"),),
    )
    assert of_subject(whole) is not None
    assert of_subject(broken) is None
    assert of_subject(whole, system=False) is None


@pytest.mark.parametrize(
    ("package", "env", "system", "line"),
    [
        (
            interpreter("python", "3.12.4", "usr/local/bin/python3.12"),
            "PYTHON_VERSION=3.12.4",
            DEBIAN_12,
            (
                "looks like Debian GNU/Linux 12 with Python 3.12.4 (full); "
                "python:3.12.4-slim-bookworm keeps glibc and the interpreter, drops compilers and "
                "headers, git and curl"
            ),
        ),
        (
            interpreter("node", "22.4.0", "usr/local/bin/node"),
            "NODE_VERSION=22.4.0",
            DEBIAN_12,
            (
                "looks like Debian GNU/Linux 12 with Node.js 22.4.0 (full); "
                "node:22.4.0-bookworm-slim keeps glibc and the interpreter, drops compilers and "
                "headers, git, curl and Python"
            ),
        ),
        # The variable of an official image, but another version: somebody built it himself.
        (
            interpreter("python", "3.12.4", "usr/local/bin/python3.12"),
            "PYTHON_VERSION=3.11.1",
            DEBIAN_12,
            (
                "looks like Debian GNU/Linux 12 with Python 3.12.4 (full); debian:12-slim keeps "
                "glibc, drops compilers, manual pages, documentation and locales"
            ),
        ),
        (
            interpreter("python", "3.12.4", "opt/python/bin/python3.12"),
            "PYTHON_VERSION=3.12.4",
            DEBIAN_12,
            (
                "looks like Debian GNU/Linux 12 with Python 3.12.4 (full); debian:12-slim keeps "
                "glibc, drops compilers, manual pages, documentation and locales"
            ),
        ),
    ],
)
def test_official_language_images_leave_their_mark(
    package: Package, env: str, system: OperatingSystem, line: str
) -> None:
    """A version in the variable and below usr/local of the interpreter tells the family."""
    image = Image("app:1", env=("PATH=/usr/bin", env))
    base = of_subject(subject(*SLIM, *debs("gcc"), package, system=system, image=image))
    assert base is not None
    assert base_line(base) == line


def test_two_interpreters_tell_nothing() -> None:
    """With Python and Node.js side by side neither is the base."""
    image = Image("app:1", env=("PYTHON_VERSION=3.12.4", "NODE_VERSION=22.4.0"))
    both = (
        interpreter("python", "3.12.4", "usr/local/bin/python3.12"),
        interpreter("node", "22.4.0", "usr/local/bin/node"),
    )
    base = of_subject(subject(*SLIM, *both, system=DEBIAN_12, image=image))
    assert base is not None
    assert base.looks_like == "Debian GNU/Linux 12"


@pytest.mark.parametrize(
    ("image", "source", "dockerfile", "known_by", "named"),
    [
        (Image("python:3.12"), "registry", "", "name", "python:3.12"),
        (Image("python:3.12"), "docker-archive", "", "name", "python:3.12"),
        (Image("python"), "registry", "", "name", "python"),
        # A file or directory may be called like an image.
        (Image("python"), "docker-archive", "", "content", ""),
        (Image("python:3.12"), "oci-dir", "", "content", ""),
        (Image("app:1", base_name="python:3.12"), "oci-dir", "", "annotation", "python:3.12"),
        (Image("app:1", labels=((LABEL, "python:3.12"),)), "docker", "", "label", "python:3.12"),
        (
            Image("python:3.12", base_name="debian:12", labels=((LABEL, "debian:12"),)),
            "registry",
            "python:3.12-slim",
            "dockerfile",
            "python:3.12-slim",
        ),
        (
            Image("app:1", base_name="python:3.12", labels=((LABEL, "debian:12"),)),
            "registry",
            "",
            "annotation",
            "python:3.12",
        ),
        (
            Image("app:1", index_base_name="python:3.12", labels=((LABEL, "debian:12"),)),
            "registry",
            "",
            "index-annotation",
            "python:3.12",
        ),
        (
            Image("app:1", base_name="debian:12", index_base_name="python:3.12"),
            "registry",
            "",
            "annotation",
            "debian:12",
        ),
        # What the manifest says cannot be, so what the index says counts.
        (
            Image("app:1", base_name="alpine:3.19", index_base_name="python:3.12"),
            "registry",
            "",
            "index-annotation",
            "python:3.12",
        ),
        (Image("app:1", index_base_name="alpine:3.19"), "registry", "", "content", ""),
        # What is in the image speaks against it.
        (Image("app:1", base_name="alpine:3.19"), "registry", "", "content", ""),
        (Image("app:1", base_name="debian:11"), "registry", "", "content", ""),
        (Image("app:1", labels=((LABEL, "scratch"),)), "registry", "", "content", ""),
        (Image("app:1"), "registry", "alpine:3.19", "content", ""),
        # Nobody knows it, but its name is no secret.
        (Image("app:1"), "registry", "corp.example/base:7", "dockerfile", "corp.example/base:7"),
        (Image("app:1", base_name="Not A Name"), "registry", "", "content", ""),
        (Image("app:1", base_name="a" * 5000), "registry", "", "content", ""),
    ],
)
def test_the_surest_sign_that_fits_counts(
    image: Image, source: str, dockerfile: str, known_by: str, named: str
) -> None:
    """Dockerfile, name, annotations, label, contents: in this order, if nothing contradicts it."""
    base = of_subject(subject(*SLIM, system=DEBIAN_12, image=image, source=source), dockerfile)
    assert base is not None
    assert (base.known_by, base.image) == (known_by, named)
    assert bool(base.looks_like) == (known_by == "content" or "corp" in named)


def test_a_base_without_a_tier_of_its_own_has_that_of_the_contents() -> None:
    """Of an unknown base only the name is known, and of a scratch image all."""
    base = of_subject(subject(*SLIM, system=DEBIAN_12), "corp.example/base:7")
    assert base is not None
    assert base_line(base) == "corp.example/base:7, looks like Debian GNU/Linux 12 (slim)"
    bare = of_subject(subject(files=900), "scratch")
    assert bare == BaseFacts("dockerfile", Confidence.HIGH, "scratch", "scratch")


def test_a_dockerfile_tells_more_than_was_known() -> None:
    """Of a stored report the base is told anew by a file, and kept if the file does not tell."""
    before = subject(*SLIM, system=DEBIAN_12)
    known = of_subject(before)
    stored = Subject(before.name, before.source, before.image, before.inventory, base=known)
    assert told_by(stored, "") == known
    assert told_by(stored, "alpine:3.19") == known
    told = told_by(stored, "debian:12")
    assert told is not None
    assert (told.image, told.tier, told.looks_like) == ("debian:12", "full", "")
    unknown = told_by(stored, "corp.example/base:7")
    assert unknown is not None
    assert (unknown.image, unknown.looks_like) == ("corp.example/base:7", "Debian GNU/Linux 12")
    assert unknown.known_by == "dockerfile"


def test_only_images_have_a_base() -> None:
    """A directory or an SBOM was not built on anything."""
    found = Subject("dir", "dir", inventory=Inventory(DEBIAN_12, SLIM))
    assert of_subject(found) is None


@pytest.mark.parametrize("name", ["bases", "lighter_bases", "distros"])
def test_a_part_of_a_table_is_what_the_whole_says(name: str) -> None:
    """What is parsed alone is the same as in the whole file."""
    whole = table(name)
    for key, value in whole.items():
        if key in {"family", "eol"}:
            assert all(part(name, f"{key}.{inner}") == value[inner] for inner in value)
        else:
            assert part(name, key) == value
    assert part(name, "nobody") == part(name, "") == {}
