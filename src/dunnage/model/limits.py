"""The bounds within which hostile input is read."""

from __future__ import annotations

from msgspec import Struct

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


class Limits(Struct, frozen=True):
    """Bounds for everything that is read. Sizes are in bytes, times in seconds.

    Attributes:
        layer_bytes: Uncompressed size of one layer.
        ratio: Uncompressed bytes for each compressed byte, once past ``ratio_floor``.
        ratio_floor: Uncompressed size from which the ratio counts.
        entries: Tar entries in one layer.
        layers: Layers in one image.
        platforms: Images of one index that are examined with it.
        path_bytes: Length of one path; no longer one can be created (PATH_MAX of Linux).
        path_depth: Directories above one file.
        path_memory: Memory for the paths of all layers, with the directories they only imply.
        header_bytes: Size of one extended tar header (pax or GNU long name).
        memory_body: Largest file body kept in memory.
        memory_budget: Memory for file bodies, shared by all layers being read.
        spill_body: Largest file body written to an unlinked temporary file.
        spill_budget: Temporary disk for file bodies, shared by all layers being read.
        text_bytes: Largest text or JSON file a cataloger parses whole.
        sbom_bytes: Largest SBOM read as a target.
        json_depth: Nesting of any JSON document.
        manifest_bytes: Size of a manifest, index or image configuration.
        archive_depth: Archives within archives.
        archive_members: Members of one archive.
        packages: Packages found in one file.
        target_packages: Packages found in all files of one target.
        problems: Problems kept of one kind before they are only counted.
        timeout: Time for a whole target.
    """

    layer_bytes: int = 64 * GIB
    ratio: int = 1100
    ratio_floor: int = 64 * MIB
    entries: int = 5_000_000
    layers: int = 512
    platforms: int = 64
    path_bytes: int = 4 * KIB
    path_depth: int = 256
    path_memory: int = 512 * MIB
    header_bytes: int = 4 * MIB
    memory_body: int = 16 * MIB
    memory_budget: int = 64 * MIB
    spill_body: int = 2 * GIB
    spill_budget: int = 4 * GIB
    text_bytes: int = 16 * MIB
    sbom_bytes: int = 128 * MIB
    json_depth: int = 128
    manifest_bytes: int = 8 * MIB
    archive_depth: int = 4
    archive_members: int = 200_000
    packages: int = 200_000
    target_packages: int = 500_000
    problems: int = 100
    timeout: float = 1800.0
