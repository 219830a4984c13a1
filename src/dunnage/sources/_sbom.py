"""Gives the inventory an SBOM lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import LimitError, TargetError
from dunnage.model.target import Listed

if TYPE_CHECKING:
    from dunnage.model.limits import Limits
    from dunnage.sources._stored import Stored


def listed_of(stored: Stored, limits: Limits) -> Listed:
    """Return what an SBOM of any known format lists.

    Raises:
        TargetError: If it is empty.
        LimitError: If it is larger than ``sbom_bytes``.
        InputError: If it is no SBOM.
    """
    from dunnage.parsers.sbom import read

    if not stored.size:
        raise TargetError("the file is empty", where=stored.name, advice="save or fetch it again")
    if stored.size > limits.sbom_bytes:
        raise LimitError(f"an SBOM of more than {limits.sbom_bytes} bytes", where=stored.name)
    inventory, image, problems = read(stored.read_at(0, stored.size), limits)
    return Listed(stored.name, "sbom", inventory, image, problems)
