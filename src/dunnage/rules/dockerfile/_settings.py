"""What a user says about rules, and the build context as rules see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping


class Context(Protocol):
    """The directory that is sent to the builder."""

    def exists(self, path: str) -> bool:
        """Tell whether a path (relative, with slashes) is there and is not ignored."""

    def ignored(self, path: str) -> bool:
        """Tell whether ``.dockerignore`` leaves a path out."""

    def text(self, path: str) -> str | None:
        """Return a small text file, or None if it is not there or cannot be read."""

    def names(self) -> tuple[str, ...]:
        """Return the names in its top directory, sorted; those that are ignored too."""

    @property
    def has_ignore_file(self) -> bool:
        """Return True if there is a ``.dockerignore`` for this Dockerfile."""


class Settings(Struct, frozen=True):
    """What a user settled about rules.

    Attributes:
        trusted_registries: Patterns of registries bases may come from; empty for any.
        labels: Labels images must have: name and kind (``text``, ``url``, ``semver``, ``rfc3339``,
            ``spdx``, ``hash``, ``email``).
        strict_labels: True if other labels are not allowed.
    """

    trusted_registries: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    strict_labels: bool = False
