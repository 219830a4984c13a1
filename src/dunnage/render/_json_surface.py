"""What was measured of a subject, and how subjects compare, as JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dunnage.model.comparison import Change, Comparison
    from dunnage.model.surface import (
        Account,
        Credential,
        Exposed,
        Leftover,
        Place,
        Privileged,
        Program,
        Surface,
        Unlinked,
        Waste,
    )

    Row = (
        Account | Change | Credential | Exposed | Leftover | Place | Privileged | Program | Unlinked
        | Waste
    )  # fmt: skip

_LISTS = (
    "programs",
    "privileged",
    "open_directories",
    "leftovers",
    "waste",
    "credentials",
    "secrets",
    "accounts",
    "unlinked",
)


def surface(item: Surface) -> dict[str, object]:
    """Return a surface; keys are the names of its fields."""
    lists: dict[str, object] = {name: list(map(_row, getattr(item, name))) for name in _LISTS}
    return {
        "class": item.rating or None,
        "reasons": item.reasons,
        "compressed_bytes": None if item.compressed < 0 else item.compressed,
        "unpacked_bytes": item.unpacked,
        "layer_bytes": item.layer_bytes,
        "wasted_bytes": item.wasted,
        "files": item.files,
        "directories": item.directories,
        "links": item.links,
        "executables": item.executables,
        "static": item.static,
        "loader": item.loader,
        "libc": item.libc or None,
        "libc_version": item.libc_version or None,
        "user": item.user or None,
        **lists,
        "more": dict(item.more),
    }


def comparison(item: Comparison) -> dict[str, object]:
    """Return how the subjects compare."""
    return {
        "explained": item.explained,
        "same_packages": item.same_packages,
        "changes": [_row(change) for change in item.changes],
    }


def _row(item: Row) -> dict[str, object]:
    """Return a flat value; layers that are not there and empty texts are null."""
    row = {name: getattr(item, name) for name in item.__struct_fields__}
    return {name: None if value in ("", -1) else value for name, value in row.items()}
