"""SHIP: what a target holds, without judging it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dunnage
from dunnage.flows._examine import examine
from dunnage.model.report import Report

if TYPE_CHECKING:
    from datetime import datetime

    from dunnage.flows._examine import Request
    from dunnage.model.progress import Progress


def sbom(target: str, request: Request, *, now: datetime, progress: Progress) -> Report:
    """List everything one target holds, or each platform of it.

    Args:
        target: What the user asked for.
        request: How to open and read it.
        now: The time to write into the report.
        progress: Told about bytes as they are read.

    Raises:
        TargetError: If the target cannot be read at all.
    """
    examined = examine(target, request, progress)
    return Report(
        subjects=examined.subjects,
        created=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        tool=f"dunnage {dunnage.__version__}",
        problems=examined.problems,
        list_packages=True,
    )
