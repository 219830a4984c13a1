"""Tells a source tree from a root file system that happens to hold no packages."""

from __future__ import annotations

import os

from dunnage.model.problem import Problem

MANIFESTS = (
    "Cargo.lock",
    "Gemfile.lock",
    "Pipfile.lock",
    "build.gradle",
    "composer.lock",
    "go.mod",
    "package-lock.json",
    "packages.lock.json",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pom.xml",
    "pyproject.toml",
    "requirements.txt",
    "uv.lock",
    "yarn.lock",
)
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz")


def unread(root: str) -> tuple[Problem, ...]:
    """Return what to tell of a directory in which no package is found.

    What lies at its top says whether something was meant that is not read: a project's lock files,
    or a saved image.
    """
    try:
        names = set(os.listdir(root))  # noqa: PTH208 - names may be no text
    except OSError:
        return ()
    manifests = sorted(names & set(MANIFESTS))
    if manifests:
        return (
            Problem(
                "project-not-examined",
                f"a source tree: {', '.join(manifests[:3])} at its top cannot be read yet",
                where=root,
                advice="build the image and scan that",
            ),
        )
    archives = sorted(name for name in names if name.endswith(_ARCHIVES))
    if archives:
        return (
            Problem(
                "archive-not-examined",
                f"archives inside a directory are not opened: {', '.join(archives[:3])}",
                where=root,
                advice=f"name the archive itself, as in {archives[0]}",
            ),
        )
    return ()
