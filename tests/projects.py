"""Source trees for tests: what real package managers wrote, and small ones made on the spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.indexing.plan import Plan
from dunnage.indexing.tree import index_tree
from dunnage.io.folder import load_all
from dunnage.model.cataloger import Cataloger
from dunnage.model.target import Tree
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options
from support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from dunnage.model.inventory import Inventory

SAMPLES = ROOT / "tests" / "data" / "projects"
PLAN = Plan(load_all("dunnage.catalogers", "cataloger", Cataloger))


def inventory_of(target: str) -> Inventory:
    """Return what is found in a target that must be a file tree."""
    tree = open_target(target, Options())
    assert isinstance(tree, Tree)
    return index_tree(tree, PLAN).inventory


def sample(name: str) -> Inventory:
    """Return what is found in one of the sample projects."""
    return inventory_of(f"project:{SAMPLES / name}")


def tree_at(root: Path, **files: str) -> Path:
    """Write files below a directory; ``__`` in a name stands for a slash, ``_`` for a dot.

    Returns:
        The directory.
    """
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def purls(inventory: Inventory) -> list[str]:
    """Return the package URLs of all packages, sorted."""
    return sorted(str(package.purl) for package in inventory.packages)


def dev(inventory: Inventory) -> set[str]:
    """Return name and version of what only development needs."""
    return {f"{p.title}@{p.version}" for p in inventory.packages if ("scope", "dev") in p.extra}


def direct(inventory: Inventory) -> set[str]:
    """Return names of what the project names itself."""
    return {p.title for p in inventory.packages if ("direct", "true") in p.extra}


def needs(inventory: Inventory) -> dict[str, set[str]]:
    """Return the dependency edges by name and version, whatever the refs are."""
    names = {p.ref: f"{p.title}@{p.version}" for p in inventory.packages}
    return {names[ref]: {names[other] for other in others} for ref, others in inventory.edges}
