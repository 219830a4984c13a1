"""What an image says of itself."""

from __future__ import annotations

from msgspec import Struct


class Platform(Struct, frozen=True):
    """Operating system and processor an image is for, as OCI names them."""

    os: str = ""
    architecture: str = ""
    variant: str = ""

    def __str__(self) -> str:
        """Return ``os/architecture[/variant]``."""
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Parse ``os/architecture[/variant]``; a lone architecture means Linux.

        Raises:
            ValueError: If there are more than three parts or an empty one.
        """
        parts = text.strip().lower().split("/")
        if not 1 <= len(parts) <= 3 or not all(parts):
            raise ValueError(f"not a platform: {text!r}; write it like linux/arm64")
        if len(parts) == 1:
            parts = ["linux", *parts]
        aliases = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}
        parts[1] = aliases.get(parts[1], parts[1])
        return cls(*parts)


class Layer(Struct, frozen=True):
    """One layer of an image.

    Attributes:
        index: Position from the base upwards.
        digest: Digest of the blob as stored (``sha256:...``), or empty if the store has none.
        diff_id: Digest of the uncompressed tar (``sha256:...``), or empty if unknown.
        size: Size of the blob in bytes, or -1 if unknown.
        media_type: As the manifest says; the content decides how it is read.
        created_by: The history line that made it, or empty.
        created: ISO time of that history line, or empty.
        line: One-based line of the instruction that made it in ``Subject.dockerfile``, or 0.
    """

    index: int
    digest: str = ""
    diff_id: str = ""
    size: int = -1
    media_type: str = ""
    created_by: str = ""
    created: str = ""
    line: int = 0


class Image(Struct, frozen=True):
    """An image as its manifest and configuration describe it.

    Attributes:
        reference: What the user asked for, or the name stored in the archive.
        digest: Manifest digest, or empty (a docker archive has none).
        config_digest: Digest of the configuration; the image id.
        platform: What it runs on.
        layers: From the base upwards, without empty history entries.
        created: ISO time, or empty.
        user: Configured user, or empty (root).
        entrypoint: Configured entrypoint.
        cmd: Configured command.
        env: Configured environment as ``KEY=value``.
        labels: Pairs of key and value, sorted.
        history: Every history line with whether it made no layer.
        healthcheck: True if it has a health check, False if it has none and its format could carry
            one, None where that cannot be told (the OCI image format has no such field).
        base_name: What the manifest says the image was built on, or empty.
        index_base_name: What the index that lists the image says it was built on, or empty.
        config_lines: Places in the configuration (``config.json/Env/PORT``), each with the one-based
            line of the instruction that set it last in ``Subject.dockerfile``; sorted.
    """

    reference: str
    digest: str = ""
    config_digest: str = ""
    platform: Platform = Platform()
    layers: tuple[Layer, ...] = ()
    created: str = ""
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    history: tuple[tuple[str, bool], ...] = ()
    healthcheck: bool | None = None
    base_name: str = ""
    index_base_name: str = ""
    config_lines: tuple[tuple[str, int], ...] = ()
