"""Which operating system a target holds."""

from __future__ import annotations

from msgspec import Struct


class OperatingSystem(Struct, frozen=True):
    """A distribution and its release.

    Attributes:
        id: ``ID`` of os-release, such as ``alpine``.
        version: ``VERSION_ID`` of os-release, such as ``3.19.4``; empty for rolling releases.
        name: Name for people.
        codename: Release code name, or empty.
        ecosystem: Advisory ecosystem with its release, such as ``Debian:12``; empty if unknown.
        namespace: Package URL namespace of its packages.
        end_of_life: ISO date at which free security support ends, or empty if unknown.
        id_like: ``ID_LIKE`` of os-release.
    """

    id: str
    version: str = ""
    name: str = ""
    codename: str = ""
    ecosystem: str = ""
    namespace: str = ""
    end_of_life: str = ""
    id_like: tuple[str, ...] = ()
