"""Semantic versions, as npm, crates.io and others use them.

The order is the precedence of Semantic Versioning 2.0.0, item 11. It serves the ecosystems whose
advisories OSV writes as SEMVER ranges (OSV schema, ``affected[].ranges[].type``).
"""

from __future__ import annotations

from dunnage.model.ordering import Ordering
from dunnage.versions._semver import semver_key

ordering = Ordering(
    key=semver_key,
    ecosystems=(
        "GitHub Actions",
        "Hex",
        "Julia",
        "Kubernetes",
        "Pub",
        "SwiftURL",
        "VSCode",
        "crates.io",
        "npm",
    ),
    types=("cargo", "hex", "julia", "npm", "pub", "swift"),
)
