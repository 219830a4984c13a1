"""Tells what is known about a base image from its name: family, tier, distribution, libc.

The facts are in ``data/bases.toml``, each with its source and date. A name that no row knows gives
None: nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Base:
    """What is known about a base image.

    Attributes:
        image: The name as it was given.
        repository: Without registry, tag and digest (``library/`` left out): ``python``.
        tag: Without digest; ``latest`` if none is written.
        digest: ``sha256:...`` or empty.
        family: Key of its row in ``data/bases.toml``.
        tier: ``full``, ``slim``, ``alpine``, ``minimal``, ``distroless``, ``static`` or
            ``scratch``, from heavy to light; empty if the tag does not tell.
        kind: ``os``, ``runtime`` (an interpreter or virtual machine), ``sdk`` (compilers),
            ``server`` (a program of its own) or empty.
        language: ``python``, ``node``, ``go``, ``java``, ``dotnet``, ``ruby``, ``php``, ``rust``
            or empty.
        version: Of the language or program as the tag says it, or empty.
        os: ``linux`` or ``windows``.
        distro: Id of the distribution as in ``data/distros.toml``, or empty.
        release: Of the distribution, or empty.
        libc: ``glibc``, ``musl``, ``none`` or empty.
        shell: True if it has a shell; None if not known.
        package_manager: ``apt``, ``apk``, ``dnf``, ``microdnf``, ``yum``, ``zypper``, ``tdnf``,
            ``none`` or empty.
        user: User it runs as unless told otherwise: ``root``, a name or number, or empty.
        end_of_life: ISO date on which support of the release or language version ends, or empty.
        floating: True if the tag moves to other minor or major versions (``latest``, ``3``,
            ``lts``).
        official: True for Docker's official images.
    """

    image: str
    repository: str
    tag: str
    digest: str = ""
    family: str = ""
    tier: str = ""
    kind: str = ""
    language: str = ""
    version: str = ""
    os: str = "linux"
    distro: str = ""
    release: str = ""
    libc: str = ""
    shell: bool | None = None
    package_manager: str = ""
    user: str = ""
    end_of_life: str = ""
    floating: bool = False
    official: bool = False


def identify(image: str) -> Base | None:
    """Return what is known about a base image, or None if its family is not known.

    Args:
        image: A reference as in FROM, without variables; ``scratch`` is known.
    """
    return (
        Base("scratch", "scratch", "", family="scratch", tier="scratch", shell=False)
        if image == "scratch"
        else None
    )
