"""Tells when nothing was found in a target that should have held something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.indexing._paths import skipped
from dunnage.model.problem import Effect
from dunnage.model.target import Tree

if TYPE_CHECKING:
    from dunnage.flows._examine import Request
    from dunnage.model.inventory import Inventory
    from dunnage.model.problem import Problem
    from dunnage.model.target import Target


def nothing_found(target: Target, inventory: Inventory, request: Request) -> tuple[Problem, ...]:
    """Return what to tell of a target without packages, unless that has its known reason.

    Args:
        target: What was opened.
        inventory: What was found in it.
        request: A user who left out the file, or packages of its kind, wants to hear nothing.
    """
    if not isinstance(target, Tree) or inventory.packages or "library" not in request.types:
        return ()
    if any(problem.effect is not Effect.NOTE for problem in inventory.problems):
        return ()
    return tuple(
        problem
        for problem in target.if_empty
        if not skipped(problem.where, request.skip_dirs, request.skip_files)
    )
