"""Decides what to do when nothing was found in a target that should have held something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.indexing._paths import skipped
from dunnage.model.problem import Effect
from dunnage.model.target import Layers, Tree

if TYPE_CHECKING:
    from dunnage.flows._examine import Request
    from dunnage.model.inventory import Inventory
    from dunnage.model.problem import Problem
    from dunnage.model.target import Listed, Target


def otherwise(target: Target, inventory: Inventory, request: Request) -> Listed | None:
    """Return what a target without packages is instead, or None if it is what it seems.

    Args:
        target: What was opened.
        inventory: What was found in it.
        request: What a user left out may be why nothing was found.
    """
    if not isinstance(target, Layers) or target.otherwise is None:
        return None
    if inventory.packages or inventory.removed or inventory.system is not None:
        return None
    if "library" not in request.types or request.skip_dirs or request.skip_files:
        return None
    if any(problem.effect is not Effect.NOTE for problem in inventory.problems):
        return None
    return target.otherwise()


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
